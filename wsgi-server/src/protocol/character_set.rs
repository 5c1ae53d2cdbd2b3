//! Sets of characters, as the grammars name them.

/// A set of ASCII characters, looked up by byte.
#[derive(Debug)]
pub(super) struct CharacterSet([bool; 256]);

/// RFC 9110 §5.6.2 "Tokens".
pub(super) static TOKEN: CharacterSet = CharacterSet::alphanumeric_and(b"!#$%&'*+-.^_`|~");

impl CharacterSet {
    /// Letters, digits and these others.
    pub(super) const fn alphanumeric_and(others: &[u8]) -> Self {
        let mut set = [false; 256];
        let mut byte = 0;
        while byte < 128 {
            set[byte] = (byte as u8).is_ascii_alphanumeric();
            byte += 1;
        }
        let mut at = 0;
        while at < others.len() {
            set[others[at] as usize] = true;
            at += 1;
        }
        Self(set)
    }

    #[inline]
    pub(super) fn contains(&self, byte: u8) -> bool {
        self.0[byte as usize]
    }

    /// How many bytes at the start are of the set.
    #[inline]
    pub(super) fn span(&self, bytes: &[u8]) -> usize {
        let mut rest = bytes;
        // Eight at a time, so that the end of the slice is looked for once in eight bytes.
        while let Some((eight, behind)) = rest.split_first_chunk::<8>() {
            if let Some(end) = eight.iter().position(|&byte| !self.contains(byte)) {
                return bytes.len() - rest.len() + end;
            }
            rest = behind;
        }
        let last = rest.iter().take_while(|&&byte| self.contains(byte));
        bytes.len() - rest.len() + last.count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_ends_before_the_first_byte_that_is_not_of_the_set() {
        for byte in 0..=u8::MAX {
            let inside = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            assert_eq!(TOKEN.contains(byte), inside, "{byte}");
            for length in 0..20 {
                for place in 0..length {
                    let mut bytes = vec![b'a'; length];
                    bytes[place] = byte;
                    let expected = if inside { length } else { place };
                    assert_eq!(TOKEN.span(&bytes), expected, "{bytes:?}");
                }
            }
        }
    }
}
