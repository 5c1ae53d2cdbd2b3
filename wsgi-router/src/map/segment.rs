//! The segments of a path, read and compared eight bytes at a time.

/// What lies between two slashes, or between a slash and the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// From `start` on; of a short segment, what follows it is in here as well.
    word: u64,
}

/// What tells the segments that lead from nodes apart: all bytes of those of up to sixteen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Key {
    /// Zeros behind the end.
    first: u64,
    /// The last eight bytes, where they are not all in `first`.
    last: u64,
    length: u32,
    node: u32,
}

impl Segment {
    /// The segment that begins at this place, which is no further than the end.
    #[inline(always)]
    pub(crate) fn at(bytes: &[u8], start: usize) -> Self {
        let word = word(bytes, start);
        let slashes = slashes(word);
        let end = if slashes != 0 {
            start + slashes.trailing_zeros() as usize / 8
        } else if bytes.len() - start <= 8 {
            bytes.len()
        } else {
            end_of_long(bytes, start + 8)
        };
        Self { start, end, word }
    }

    /// A text that has no slash in it, or has and is meant as it is, such as a host.
    pub(crate) fn whole(bytes: &[u8]) -> Self {
        Self {
            start: 0,
            end: bytes.len(),
            word: word(bytes, 0),
        }
    }

    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Its key among the children of a node, and the hash of that, of which the upper bits are spread best.
    #[inline(always)]
    pub(crate) fn key(&self, bytes: &[u8], node: u32) -> (Key, u32) {
        let length = self.end - self.start;
        let (first, last, middle) = if length < 8 {
            (self.word & ((1 << (8 * length)) - 1), 0, 0)
        } else if length <= 16 {
            (self.word, word(bytes, self.end - 8), 0)
        } else {
            let middle = fold(&bytes[self.start + 8..self.end - 8]);
            (self.word, word(bytes, self.end - 8), middle)
        };
        let mixed = first ^ last.rotate_left(29) ^ middle ^ u64::from(node).wrapping_mul(SPREAD);
        let key = Key {
            first,
            last,
            length: length as u32,
            node,
        };
        (key, (mixed.wrapping_mul(SPREAD) >> 32) as u32)
    }
}

impl Key {
    /// Whether equal keys are equal segments; else their texts must be compared.
    #[inline(always)]
    pub(crate) fn is_whole(&self) -> bool {
        self.length <= 16
    }
}

/// The golden ratio's bits, as is usual for spreading by multiplication (Knuth, "The Art of Computer Programming" 6.4).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The eight bytes from this place on, the first one lowest; zeros behind the end.
#[inline(always)]
fn word(bytes: &[u8], at: usize) -> u64 {
    if let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        return u64::from_le_bytes(*eight);
    }
    match bytes.last_chunk() {
        // The last eight, without those in front of the place.
        Some(eight) => {
            let known = 8 * (at + 8 - bytes.len()) as u32;
            u64::from_le_bytes(*eight).checked_shr(known).unwrap_or(0)
        }
        None => bytes[at..]
            .iter()
            .rfold(0, |word, &byte| word << 8 | u64::from(byte)),
    }
}

/// The highest bit of each byte that is a slash, and perhaps of others that follow the first such.
#[inline(always)]
fn slashes(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    let other = word ^ (ONES * b'/' as u64);
    other.wrapping_sub(ONES) & !other & (ONES << 7)
}

/// The end of a segment that reaches at least to this place.
fn end_of_long(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        let slashes = slashes(word(bytes, at));
        if slashes != 0 {
            return at + slashes.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    bytes.len()
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
                    for start in 0..=length {
                        let rest = &bytes[start..];
                        let end = memchr::memchr(b'/', rest).unwrap_or(rest.len());
                        let segment = Segment::at(&bytes, start);
                        assert_eq!((segment.start, segment.end), (start, start + end));
                        let whole = Segment::whole(&rest[..end]).key(&rest[..end], 7);
                        assert_eq!(segment.key(&bytes, 7), whole, "{bytes:?} from {start}");
                    }
                }
            }
        }
    }

    #[test]
    fn segments_that_differ_in_a_byte_have_other_keys() {
        let key = |bytes: &[u8]| Segment::whole(bytes).key(bytes, 0);
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
