//! UUIDs, as much of them as routing needs.

use std::fmt::{Display, Formatter, Result as FmtResult};

/// A UUID: 128 bits, written `6ba7b810-9dad-11d1-80b4-00c04fd430c8`.
///
/// # Specification
/// RFC 9562 §4 "UUID Format"
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(u128);

impl Uuid {
    /// From its bits, the first octet being the most significant.
    pub const fn from_u128(bits: u128) -> Self {
        Self(bits)
    }

    /// Its bits, the first octet being the most significant.
    pub const fn to_u128(self) -> u128 {
        self.0
    }

    /// Whether [`parse`](Uuid::parse) reads the text, for less.
    pub(crate) fn is_one(text: &str) -> bool {
        let fits = |(at, byte): (usize, u8)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        };
        text.len() == 36 && text.bytes().enumerate().all(fits)
    }

    /// Reads groups of 8, 4, 4, 4 and 12 hexadecimal digits of either case with hyphens between; `None` otherwise.
    pub fn parse(text: &str) -> Option<Self> {
        let hyphens = [8, 13, 18, 23];
        let mut bits = 0;
        for (at, byte) in text.bytes().enumerate() {
            if hyphens.contains(&at) {
                (byte == b'-').then_some(())?;
            } else {
                bits = bits << 4 | u128::from(char::from(byte).to_digit(16)?);
            }
        }
        (text.len() == 36).then_some(Self(bits))
    }
}

impl Display for Uuid {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        let hex = format!("{:032x}", self.0);
        let [a, b, c, d, e] = [
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..],
        ];
        write!(f, "{a}-{b}-{c}-{d}-{e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_cases_are_read_and_the_lower_is_written() {
        let text = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
        assert_eq!(Uuid::parse(text).unwrap().to_string(), text);
        assert_eq!(Uuid::parse(&text.to_uppercase()), Uuid::parse(text));
        assert!(Uuid::is_one(text) && Uuid::is_one(&text.to_uppercase()));
        assert_eq!(
            Uuid::from_u128(1).to_string(),
            "00000000-0000-0000-0000-000000000001"
        );
        let wrong = [
            &text[1..],
            &format!("{text}0"),
            &text.replace('-', "0"),
            "6ba7b810+9dad-11d1-80b4-00c04fd430c8",
        ];
        for wrong in wrong {
            assert_eq!(Uuid::parse(wrong), None, "{wrong}");
            assert!(!Uuid::is_one(wrong), "{wrong}");
        }
    }
}
