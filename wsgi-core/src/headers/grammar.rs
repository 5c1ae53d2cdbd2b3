//! Of which bytes names and values are made.

/// RFC 9110 §5.6.2 "Tokens".
pub(crate) const fn is_token_byte(byte: u8) -> bool {
    TOKEN_BYTES[byte as usize]
}

/// By byte, because names are looked at for each request and each response.
const TOKEN_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = matches!(byte as u8, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'!' | b'#' | b'$' | b'%' | b'&'
            | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~');
        byte += 1;
    }
    table
};

/// RFC 9110 §5.5: a field value has no control characters but the tab.
pub(super) const fn is_forbidden_in_value(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\t') || byte == 0x7f
}

/// Whether this is a token, but for its length.
#[inline]
pub(super) fn is_token(bytes: &[u8]) -> bool {
    are_all(bytes, unusual_in_token) || token_length(bytes) == bytes.len()
}

/// Whether all bytes may stand in a value.
#[inline]
pub(super) fn is_value(bytes: &[u8]) -> bool {
    are_all(bytes, controls_among) || value_length(bytes) == bytes.len()
}

/// Whether `bad` is 0 for all bytes, taken eight at a time and some of them twice. Gives up on fewer than four.
#[inline]
fn are_all(bytes: &[u8], bad: impl Fn(u64) -> u64) -> bool {
    if let Some(last) = bytes.last_chunk::<8>() {
        let mut found = bad(u64::from_le_bytes(*last));
        let mut rest = bytes;
        while let Some((eight, behind)) = rest.split_first_chunk::<8>() {
            found |= bad(u64::from_le_bytes(*eight));
            rest = behind;
        }
        found == 0
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        bad(u64::from(first) | u64::from(last) << 32) == 0
    } else {
        false
    }
}

/// How many bytes at the start are token characters.
#[inline]
pub(super) fn token_length(bytes: &[u8]) -> usize {
    let mut at = 0;
    // Eight at a time, so that the end of the slice is looked for once in eight bytes.
    while let Some(eight) = bytes[at..].first_chunk::<8>() {
        for (offset, &byte) in eight.iter().enumerate() {
            if !is_token_byte(byte) {
                return at + offset;
            }
        }
        at += 8;
    }
    let rest = bytes[at..].iter().take_while(|&&byte| is_token_byte(byte));
    at + rest.count()
}

/// How many bytes at the start may stand in a value.
#[inline]
pub(super) fn value_length(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(eight) = bytes[at..].first_chunk::<8>() {
        let controls = controls_among(u64::from_le_bytes(*eight));
        if controls == 0 {
            at += 8;
            continue;
        }
        at += controls.trailing_zeros() as usize / 8;
        if bytes[at] != b'\t' {
            return at;
        }
        at += 1;
    }
    let rest = bytes[at..].iter();
    at + rest
        .take_while(|&&byte| !is_forbidden_in_value(byte))
        .count()
}

const EACH: u64 = u64::from_le_bytes([1; 8]);

/// The highest bit of each byte that is no letter, digit or hyphen, of which most names are made.
const fn unusual_in_token(eight: u64) -> u64 {
    let low = eight & (EACH * 0x7f);
    // Adding to seven bits carries into the eighth from a bound on, and never beyond.
    let lower = low | (EACH * 0x20);
    let letter = (lower + EACH * (0x80 - b'a' as u64)) & !(lower + EACH * (0x7f - b'z' as u64));
    let digit = (low + EACH * (0x80 - b'0' as u64)) & !(low + EACH * (0x7f - b'9' as u64));
    let no_hyphen = (low ^ (EACH * b'-' as u64)) + EACH * 0x7f;
    (eight | !(letter | digit) & no_hyphen) & (EACH * 0x80)
}

/// The highest bit of the first byte that is a control character, tab included; 0 if there is none. Bits of later
/// bytes mean nothing: the subtractions borrow from them.
const fn controls_among(eight: u64) -> u64 {
    let below_space = eight.wrapping_sub(EACH * 0x20) & !eight;
    let delete = eight ^ (EACH * 0x7f);
    let is_delete = delete.wrapping_sub(EACH) & !delete;
    (below_space | is_delete) & (EACH * 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plain way, which the quick one has to agree with.
    fn plain(bytes: &[u8], is_good: impl Fn(u8) -> bool) -> usize {
        bytes.iter().take_while(|&&byte| is_good(byte)).count()
    }

    #[test]
    fn each_byte_is_judged_alike_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            for after in [b'a', b'\t', 0x00, 0x7f, 0xff] {
                for place in 0..20 {
                    let mut bytes = vec![b'a'; 20];
                    bytes[place..].fill(after);
                    bytes[place] = byte;
                    assert_eq!(token_length(&bytes), plain(&bytes, is_token_byte));
                    let good = |byte| !is_forbidden_in_value(byte);
                    assert_eq!(value_length(&bytes), plain(&bytes, good), "{bytes:?}");
                    for end in place..20 {
                        let bytes = &bytes[..end];
                        assert_eq!(is_token(bytes), bytes.iter().all(|&b| is_token_byte(b)));
                        assert_eq!(is_value(bytes), bytes.iter().all(|&b| good(b)));
                    }
                }
            }
        }
    }
}
