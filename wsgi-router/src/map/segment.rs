//! The segments of a path, read and compared eight bytes at a time.

/// What is left of a path, to be read segment by segment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rest<'p> {
    bytes: &'p [u8],
    /// The last eight bytes of the whole path, or fewer behind zeros: the end of `bytes` is that of the path.
    tail: u64,
}

/// What lies between two slashes, or between a slash and the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment<'p> {
    pub(crate) bytes: &'p [u8],
    /// Its first eight bytes; of a shorter one, what follows it is in here as well.
    word: u64,
}

/// What tells the segments that lead from nodes apart: all bytes of those of up to sixteen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Key {
    /// Zeros behind the end.
    first: u64,
    /// The last eight bytes, where they are not all in `first`.
    last: u64,
    /// The node, and above it the length.
    origin: u64,
}

impl<'p> Rest<'p> {
    #[inline(always)]
    pub(crate) fn new(bytes: &'p [u8]) -> Self {
        let tail = match bytes.last_chunk() {
            Some(eight) => u64::from_le_bytes(*eight),
            None => bytes
                .iter()
                .fold(0, |word, &byte| word >> 8 | u64::from(byte) << 56),
        };
        Self { bytes, tail }
    }

    pub(crate) fn bytes(&self) -> &'p [u8] {
        self.bytes
    }

    /// The next segment, and what is behind the slash that ends it; `None` where the path ends.
    #[inline(always)]
    pub(crate) fn split(self) -> (Segment<'p>, Option<Self>) {
        let Self { bytes, tail } = self;
        let word = match bytes.first_chunk() {
            Some(eight) => u64::from_le_bytes(*eight),
            None => tail.checked_shr(64 - 8 * bytes.len() as u32).unwrap_or(0),
        };
        let slashes = slashes(word);
        let length = if slashes != 0 {
            slashes.trailing_zeros() as usize / 8
        } else if bytes.len() <= 8 {
            bytes.len()
        } else {
            end_of_long(bytes)
        };
        match bytes.split_at_checked(length) {
            Some((segment, [_, bytes @ ..])) => (
                Segment {
                    bytes: segment,
                    word,
                },
                Some(Self { bytes, tail }),
            ),
            _ => (Segment { bytes, word }, None),
        }
    }
}

impl<'p> Segment<'p> {
    /// A text that has no slash in it, or has and is meant as it is, such as a host.
    pub(crate) fn whole(bytes: &'p [u8]) -> Self {
        let word = match bytes.first_chunk() {
            Some(eight) => u64::from_le_bytes(*eight),
            None => bytes
                .iter()
                .rfold(0, |word, &byte| word << 8 | u64::from(byte)),
        };
        Self { bytes, word }
    }

    /// Its key among the children of a node, and the hash of that, of which the upper bits are spread best.
    #[inline(always)]
    pub(crate) fn key(&self, node: u32) -> (Key, u32) {
        let length = self.bytes.len();
        let origin = (length as u64) << 32 | u64::from(node);
        let (mut first, mut last, mut mixed) = (self.word, 0, origin.wrapping_mul(SPREAD));
        if length < 8 {
            first &= (1 << (8 * length)) - 1;
        } else if let Some(eight) = self.bytes.last_chunk() {
            last = u64::from_le_bytes(*eight);
            mixed ^= last.rotate_left(29);
            if length > 16 {
                mixed ^= fold(&self.bytes[8..length - 8]);
            }
        }
        let hash = ((first ^ mixed).wrapping_mul(SPREAD) >> 32) as u32;
        let key = Key {
            first,
            last,
            origin,
        };
        (key, hash)
    }
}

impl Key {
    /// The key of no segment.
    pub(crate) const NONE: Self = Self {
        first: 0,
        last: 0,
        origin: u64::MAX,
    };

    /// Whether equal keys are equal segments; else their texts must be compared.
    #[inline(always)]
    pub(crate) fn is_whole(&self) -> bool {
        self.origin >> 32 <= 16
    }
}

/// The golden ratio's bits, as is usual for spreading by multiplication (Knuth, "The Art of Computer Programming" 6.4).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Whether the bytes, which are few, have this one among them.
#[inline(always)]
pub(crate) fn contains(bytes: &[u8], byte: u8) -> bool {
    let mut rest = bytes;
    while let Some((word, behind)) = rest.split_first_chunk() {
        if places(u64::from_le_bytes(*word), byte) != 0 {
            return true;
        }
        rest = behind;
    }
    rest.contains(&byte)
}

#[inline(always)]
fn slashes(word: u64) -> u64 {
    places(word, b'/')
}

/// The highest bit of each byte of the word that is this one, and perhaps of others that follow the first such.
#[inline(always)]
fn places(word: u64, byte: u8) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    let other = word ^ (ONES * byte as u64);
    other.wrapping_sub(ONES) & !other & (ONES << 7)
}

/// The length of a segment of at least eight bytes.
fn end_of_long(bytes: &[u8]) -> usize {
    let mut rest = &bytes[8..];
    while let Some((eight, behind)) = rest.split_first_chunk() {
        let slashes = slashes(u64::from_le_bytes(*eight));
        if slashes != 0 {
            return bytes.len() - rest.len() + slashes.trailing_zeros() as usize / 8;
        }
        rest = behind;
    }
    let slash = rest.iter().position(|&byte| byte == b'/');
    bytes.len() - rest.len() + slash.unwrap_or(rest.len())
}

#[cold]
fn fold(bytes: &[u8]) -> u64 {
    let fold = |hash: u64, byte: &u8| (hash.rotate_left(5) ^ u64::from(*byte)).wrapping_mul(SPREAD);
    bytes.iter().fold(0, fold)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Segments of all lengths, at all places, with all that could be taken for a slash around them.
    #[test]
    fn segments_end_at_slashes_wherever_they_are() {
        for filler in [b'a', b'.', b'0', 0, 0xaf, 0x2e, 0xff] {
            for length in 0..40 {
                for slash in 0..=length {
                    let mut bytes = vec![filler; length];
                    if let Some(byte) = bytes.get_mut(slash) {
                        *byte = b'/';
                    }
                    let mut rest = Some(Rest::new(&bytes));
                    for expected in bytes.split(|&byte| byte == b'/') {
                        let (segment, behind) = rest.expect("a segment more").split();
                        assert_eq!(segment.bytes, expected, "{bytes:?}");
                        assert_eq!(segment.key(7), Segment::whole(expected).key(7), "{bytes:?}");
                        rest = behind;
                    }
                    assert!(rest.is_none(), "{bytes:?}");
                }
            }
        }
    }

    #[test]
    fn segments_that_differ_in_a_byte_have_other_keys() {
        let key = |bytes: &[u8]| Segment::whole(bytes).key(0);
        for length in 0..40 {
            let bytes = vec![b'a'; length];
            for at in 0..length {
                let mut other = bytes.clone();
                other[at] = 0;
                assert_ne!(key(&bytes), key(&other), "{other:?}");
                assert_ne!(key(&bytes), key(&bytes[..at]), "{other:?}");
            }
        }
    }
}
