//! `Range`: which parts of a representation are asked for, and how they are sent.

mod parts;

pub(crate) use parts::{ByteSource, Parts};

/// Bytes `first` to `last`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByteRange {
    pub(crate) first: u64,
    pub(crate) last: u64,
}

impl ByteRange {
    pub(crate) const fn length(self) -> u64 {
        self.last - self.first + 1
    }

    /// As indices of what has `length` bytes; empty where the range lies beyond that.
    pub(crate) fn within(self, length: usize) -> std::ops::Range<usize> {
        let at = |position: u64| usize::try_from(position).map_or(length, |at| at.min(length));
        let first = at(self.first);
        first..at(self.last.saturating_add(1)).max(first)
    }

    /// The value of `Content-Range`.
    pub(crate) fn content_range(self, size: u64) -> String {
        format!("bytes {}-{}/{size}", self.first, self.last)
    }
}

/// What to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ranges {
    /// All: no part is asked for, or the field is one that a server may ignore.
    Whole,
    /// These parts, in the order in which they were asked for; at least one.
    Parts(Vec<ByteRange>),
    /// No part that was asked for exists.
    Unsatisfiable,
}

/// Reads a `Range` field for a representation of `size` bytes.
///
/// What is malformed, of another unit, of more than `limit` parts, or has parts that overlap is as if it were not
/// there: a few bytes of request must not ask for many times the file.
///
/// # Specification
/// RFC 9110 §14.1.2 "Byte Ranges" and §14.2 "Range"
pub(crate) fn ranges(field: &[u8], size: u64, limit: usize) -> Ranges {
    let Some(set) = split_unit(field) else {
        return Ranges::Whole;
    };
    let (mut parts, mut count) = (Vec::new(), 0);
    let specs = set.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    for spec in specs.filter(|spec| !spec.is_empty()) {
        count += 1;
        let Some(spec) = Spec::parse(spec).filter(|_| count <= limit) else {
            return Ranges::Whole;
        };
        parts.extend(spec.of(size));
    }
    if count == 0 || size == 0 && !parts.is_empty() || overlap(&parts) {
        return Ranges::Whole;
    }
    if size == 0 || parts.is_empty() {
        return Ranges::Unsatisfiable;
    }
    Ranges::Parts(parts)
}

/// What follows `bytes=`.
fn split_unit(field: &[u8]) -> Option<&[u8]> {
    let equals = field.iter().position(|&byte| byte == b'=')?;
    let (unit, set) = (&field[..equals], &field[equals + 1..]);
    unit.trim_ascii()
        .eq_ignore_ascii_case(b"bytes")
        .then_some(set)
}

fn overlap(parts: &[ByteRange]) -> bool {
    let mut sorted = parts.to_vec();
    sorted.sort_unstable_by_key(|part| part.first);
    sorted.windows(2).any(|pair| pair[1].first <= pair[0].last)
}

enum Spec {
    From(u64, Option<u64>),
    Suffix(u64),
}

impl Spec {
    fn parse(spec: &[u8]) -> Option<Self> {
        let hyphen = spec.iter().position(|&byte| byte == b'-')?;
        let (first, last) = (&spec[..hyphen], &spec[hyphen + 1..]);
        match (first, last) {
            ([], last) => Some(Self::Suffix(number(last)?)),
            (first, []) => Some(Self::From(number(first)?, None)),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::From(first, Some(last)))
            }
        }
    }

    /// The bytes of a representation of `size` bytes; `None` when there are none. Of an empty one a suffix is all.
    fn of(&self, size: u64) -> Option<ByteRange> {
        let end = size.saturating_sub(1);
        match *self {
            Self::Suffix(0) => None,
            Self::Suffix(length) => Some(ByteRange {
                first: size.saturating_sub(length),
                last: end,
            }),
            Self::From(first, _) if first >= size => None,
            Self::From(first, last) => Some(ByteRange {
                first,
                last: last.unwrap_or(end).min(end),
            }),
        }
    }
}

/// Digits; what is beyond 64 bits lies beyond every file.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        Some(number.saturating_mul(10).saturating_add(digit))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts<const N: usize>(parts: [(u64, u64); N]) -> Ranges {
        let part = |(first, last)| ByteRange { first, last };
        Ranges::Parts(parts.map(part).to_vec())
    }

    #[test]
    fn of_ten_bytes() {
        #[rustfmt::skip]
        let cases = [
            ("bytes=0-4", parts([(0, 4)])),
            ("bytes=0-0", parts([(0, 0)])),
            ("BYTES=5-", parts([(5, 9)])),
            ("bytes=-3", parts([(7, 9)])),
            ("bytes=-30", parts([(0, 9)])),
            ("bytes=8-30", parts([(8, 9)])),
            ("bytes=0-99999999999999999999999", parts([(0, 9)])),
            ("bytes= 0-1 ,, -1", parts([(0, 1), (9, 9)])),
            ("bytes=5-6,0-1", parts([(5, 6), (0, 1)])),
            ("bytes=0-4,5-9", parts([(0, 4), (5, 9)])),
            ("bytes=0-1,10-", parts([(0, 1)])),
            ("bytes=10-", Ranges::Unsatisfiable),
            ("bytes=99999999999999999999999-", Ranges::Unsatisfiable),
            ("bytes=-0", Ranges::Unsatisfiable),
            ("bytes=-0,10-20", Ranges::Unsatisfiable),
            // Malformed or of another unit.
            ("bytes=5-4", Ranges::Whole),
            ("bytes=", Ranges::Whole),
            ("bytes=,", Ranges::Whole),
            ("bytes=-", Ranges::Whole),
            ("bytes=a-b", Ranges::Whole),
            ("bytes=+1-2", Ranges::Whole),
            ("bytes=0x1-2", Ranges::Whole),
            ("bytes=0-1-2", Ranges::Whole),
            ("bytes=0-1;2-3", Ranges::Whole),
            ("bytes 0-4", Ranges::Whole),
            ("lines=0-4", Ranges::Whole),
            ("", Ranges::Whole),
            // More than the file.
            ("bytes=0-,0-", Ranges::Whole),
            ("bytes=0-5,5-9", Ranges::Whole),
            ("bytes=-3,0-7", Ranges::Whole),
            ("bytes=0-0,2-2,4-4,6-6", parts([(0, 0), (2, 2), (4, 4), (6, 6)])),
            ("bytes=0-0,2-2,4-4,6-6,8-8", Ranges::Whole),
            ("bytes=20-,30-,40-,50-,60-", Ranges::Whole),
        ];
        for (field, wanted) in cases {
            assert_eq!(ranges(field.as_bytes(), 10, 4), wanted, "{field}");
        }
    }

    #[test]
    fn of_nothing_a_suffix_is_all_and_all_else_is_beyond_the_end() {
        assert_eq!(ranges(b"bytes=-5", 0, 4), Ranges::Whole);
        assert_eq!(ranges(b"bytes=0-", 0, 4), Ranges::Unsatisfiable);
    }

    proptest! {
        #[test]
        fn parts_lie_inside_and_apart(field in "(bytes=)?[0-9,\\- ]{0,30}", size in 0..20_u64, limit in 0..4_usize) {
            if let Ranges::Parts(parts) = ranges(field.as_bytes(), size, limit) {
                prop_assert!((1..=limit).contains(&parts.len()));
                prop_assert!(parts.iter().all(|part| part.first <= part.last && part.last < size));
                prop_assert!(parts.iter().map(|part| part.length()).sum::<u64>() <= size);
            }
        }
    }
}
