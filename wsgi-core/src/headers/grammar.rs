//! Of which bytes names and values are made.

/// RFC 9110 §5.6.2 "Tokens".
#[inline]
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
#[inline]
pub(super) const fn is_forbidden_in_value(byte: u8) -> bool {
    ((byte < 0x20) & (byte != b'\t')) | (byte == 0x7f)
}

/// Whether these bytes, if any, are all token characters.
#[inline]
pub(super) fn is_token(bytes: &[u8]) -> bool {
    // Letters, digits and hyphens, of which most names are made, can be told many at a time.
    let is_unusual = |byte: u8| !(byte.is_ascii_alphanumeric() | (byte == b'-'));
    !any(bytes, is_unusual) || token_length(bytes) == bytes.len()
}

/// Whether these bytes may stand in a value.
#[inline]
pub(super) fn is_value(bytes: &[u8]) -> bool {
    !any(bytes, is_forbidden_in_value)
}

/// How many bytes at the start are token characters.
#[inline]
pub(super) fn token_length(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    // Eight at a time, so that the end of the slice is looked for once in eight bytes.
    while let Some((eight, behind)) = rest.split_first_chunk::<8>() {
        if let Some(end) = eight.iter().position(|&byte| !is_token_byte(byte)) {
            return bytes.len() - rest.len() + end;
        }
        rest = behind;
    }
    let end = rest.iter().take_while(|&&byte| is_token_byte(byte)).count();
    bytes.len() - rest.len() + end
}

/// How many bytes at the start may stand in a value.
#[inline]
pub(super) fn value_length(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    while let Some((block, behind)) = rest.split_first_chunk::<16>() {
        if any_of_block(block, &is_forbidden_in_value) {
            break;
        }
        rest = behind;
    }
    while let Some((eight, behind)) = rest.split_first_chunk::<8>() {
        match first_control(u64::from_le_bytes(*eight)) {
            None => rest = behind,
            Some(at) if eight[at] == b'\t' => rest = &rest[at + 1..],
            Some(at) => return bytes.len() - rest.len() + at,
        }
    }
    let rest_length = rest
        .iter()
        .take_while(|&&byte| !is_forbidden_in_value(byte));
    bytes.len() - rest.len() + rest_length.count()
}

/// Whether any byte is `bad`. Blocks of a fixed size, the last of which may overlap the one before, are looked at
/// without a way out, so that the compiler takes all of their bytes at a time.
#[inline]
fn any(bytes: &[u8], bad: impl Fn(u8) -> bool) -> bool {
    if let Some(last) = bytes.last_chunk::<16>() {
        let mut found = any_of_block(last, &bad);
        let mut rest = bytes;
        while let Some((block, behind)) = rest.split_first_chunk::<16>() {
            found |= any_of_block(block, &bad);
            rest = behind;
        }
        found
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        any_of_block(first, &bad) | any_of_block(last, &bad)
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        any_of_block(first, &bad) | any_of_block(last, &bad)
    } else {
        bytes.iter().any(|&byte| bad(byte))
    }
}

#[inline]
fn any_of_block<const N: usize>(block: &[u8; N], bad: &impl Fn(u8) -> bool) -> bool {
    block.iter().fold(false, |found, &byte| found | bad(byte))
}

/// Where the first control character stands, tab included.
#[inline]
const fn first_control(eight: u64) -> Option<usize> {
    const EACH: u64 = u64::from_le_bytes([1; 8]);
    // A subtraction borrows from the bytes above only, so the lowest bit that is found is a true one.
    let below_space = eight.wrapping_sub(EACH * 0x20) & !eight;
    let others = eight ^ (EACH * 0x7f);
    let delete = others.wrapping_sub(EACH) & !others;
    match (below_space | delete) & (EACH * 0x80) {
        0 => None,
        found => Some(found.trailing_zeros() as usize / 8),
    }
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
        let good = |byte| !is_forbidden_in_value(byte);
        for byte in 0..=u8::MAX {
            for (length, after) in [(40, 0x00), (40, b'\t'), (7, b'a'), (12, 0xff), (35, b'a')] {
                for place in 0..length {
                    let mut bytes = vec![b'a'; length];
                    bytes[place..].fill(after);
                    bytes[place] = byte;
                    assert_eq!(token_length(&bytes), plain(&bytes, is_token_byte));
                    assert_eq!(value_length(&bytes), plain(&bytes, good), "{bytes:?}");
                    for bytes in [&bytes[..], &bytes[..=place]] {
                        assert_eq!(is_token(bytes), plain(bytes, is_token_byte) == bytes.len());
                        assert_eq!(is_value(bytes), plain(bytes, good) == bytes.len());
                    }
                }
            }
        }
    }
}
