//! Whole numbers of any size, and the decimal digits of all scripts.

use std::cmp::Ordering;
use std::fmt::{Display, Formatter, Result as FmtResult};

/// A whole number of any size: an `i64` where it fits, its digits beyond.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Integer(Repr);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Repr {
    Small(i64),
    /// ASCII digits without leading zeros; never what an `i64` holds.
    Large {
        negative: bool,
        digits: String,
    },
}

impl Integer {
    /// Python refuses to convert more digits than these; see `sys.set_int_max_str_digits`.
    pub(crate) const MOST_DIGITS: usize = 4300;

    /// So many ASCII digits always fit an `i64`.
    pub(crate) const FEW_DIGITS: usize = 18;

    /// Reads an optional minus and decimal digits, of any script; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(number) = text.parse::<i64>() {
            return (!text.starts_with('+')).then_some(Self::from(number));
        }
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        if digits.is_empty() {
            return None;
        }
        let ascii = ascii_digits(digits)?;
        let digits = ascii.trim_start_matches('0');
        let signed = format!("{}{digits}", if negative { "-" } else { "" });
        match signed.parse::<i64>() {
            Ok(number) => Some(Self::from(number)),
            Err(_) if digits.is_empty() => Some(Self::from(0)),
            Err(_) => Some(Self(Repr::Large {
                negative,
                digits: digits.to_owned(),
            })),
        }
    }

    /// Reads what Python's `int()` does: white space around, either sign, underscores between digits.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = plain(text)?;
        let text = text.strip_prefix('+').unwrap_or(&text);
        Self::parse(text).filter(|_| text.len() <= 1 + Self::MOST_DIGITS)
    }

    /// The number, if 64 bits hold it.
    pub fn to_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Small(number) => Some(number),
            Repr::Large { .. } => None,
        }
    }

    /// The nearest floating-point number.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Repr::Small(number) => *number as f64,
            Repr::Large { .. } => self.to_string().parse().unwrap_or(f64::NAN),
        }
    }

    /// A floating-point number without what is behind its point; `None` for infinities and what is no number.
    pub(crate) fn truncate(float: f64) -> Option<Self> {
        Self::parse(&format!("{:.0}", float.trunc())).filter(|_| float.is_finite())
    }

    fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Small(number) => *number < 0,
            Repr::Large { negative, .. } => *negative,
        }
    }

    fn magnitude(&self) -> String {
        match &self.0 {
            Repr::Small(number) => number.unsigned_abs().to_string(),
            Repr::Large { digits, .. } => digits.clone(),
        }
    }
}

impl From<i64> for Integer {
    fn from(number: i64) -> Self {
        Self(Repr::Small(number))
    }
}

impl Ord for Integer {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Repr::Small(a), Repr::Small(b)) = (&self.0, &other.0) {
            return a.cmp(b);
        }
        let order = |a: &str, b: &str| a.len().cmp(&b.len()).then_with(|| a.cmp(b));
        match (self.is_negative(), other.is_negative()) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => order(&self.magnitude(), &other.magnitude()),
            (true, true) => order(&other.magnitude(), &self.magnitude()),
        }
    }
}

impl PartialOrd for Integer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Display for Integer {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        match &self.0 {
            Repr::Small(number) => number.fmt(f),
            Repr::Large { negative, digits } => {
                write!(f, "{}{digits}", if *negative { "-" } else { "" })
            }
        }
    }
}

/// The value of a decimal digit of any script: what `\d` matches, and what Python's `int()` reads.
///
/// # Specification
/// Unicode Standard, 4.6 "Numeric Value": the digits of a script stand in one run from zero to nine.
pub(crate) fn digit(c: char) -> Option<u8> {
    if c.is_ascii() {
        return c.to_digit(10).map(|digit| digit as u8);
    }
    let c = u32::from(c);
    let zero = ZEROS[..ZEROS.partition_point(|&zero| zero <= c)].last()?;
    u8::try_from(c - zero).ok().filter(|&digit| digit < 10)
}

/// The digits of a text in ASCII, other characters as they are but for those that are no digits: `None`.
pub(crate) fn ascii_digits(text: &str) -> Option<String> {
    let ascii = |c| digit(c).map(|digit| char::from(b'0' + digit));
    text.chars().map(ascii).collect()
}

/// Reads what Python's `float()` does: besides what Rust takes for a number, white space around, underscores between
/// digits, and digits of any script.
pub(crate) fn read_float(text: &str) -> Option<f64> {
    plain(text)?.parse().ok()
}

/// The text of a number without white space around it and underscores between its digits, which are ASCII then;
/// `None` if it is no number for sure.
fn plain(text: &str) -> Option<String> {
    // `str.isspace` has the separators of ASCII as well.
    let text = text.trim_matches(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c));
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let between = || plain.ends_with(|c: char| c.is_ascii_digit());
        match digit(c) {
            Some(digit) => plain.push(char::from(b'0' + digit)),
            None if c == '_' => {
                let follows = rest.peek().is_some_and(|&next| digit(next).is_some());
                (between() && follows).then_some(())?;
            }
            None if c == '+' && rest.peek().is_some_and(|next| "+-".contains(*next)) => {
                return None;
            }
            None => plain.push(c),
        }
    }
    Some(plain)
}

/// The zero of each script, from the general category `Nd` of Unicode 16.
#[rustfmt::skip]
const ZEROS: [u32; 76] = [
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
    0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620,
    0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x10d40, 0x11066, 0x110f0, 0x11136,
    0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x116d0, 0x116da, 0x11730, 0x118e0, 0x11950, 0x11bf0,
    0x11c50, 0x11d50, 0x11da0, 0x11f50, 0x16130, 0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1d7ce, 0x1d7d8,
    0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e5f1, 0x1e950, 0x1fbf0,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn int(text: &str) -> Integer {
        Integer::parse(text).unwrap()
    }

    #[test]
    fn numbers_of_any_size_keep_all_their_digits() {
        let huge = "123456789012345678901234567890";
        assert_eq!(int(huge).to_string(), huge);
        assert_eq!(int(huge).to_i64(), None);
        assert_eq!(int("-9223372036854775808").to_i64(), Some(i64::MIN));
        assert_eq!(int(&format!("000{huge}")), int(huge));
        assert_eq!(int("00000000000000000000000000007").to_i64(), Some(7));
        assert_eq!(int("-00000000000000000000000000000").to_i64(), Some(0));
        assert_eq!(int("\u{663}\u{661}").to_i64(), Some(31));
        for text in ["", "-", "+1", "1_0", " 1", "1.0", "\u{b2}"] {
            assert_eq!(Integer::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn numbers_are_read_as_python_reads_them() {
        #[rustfmt::skip]
        let whole = [
            (" 7\n", Some(7)), ("+7", Some(7)), ("-7", Some(-7)), ("1_000", Some(1000)), ("\u{663}_1", Some(31)),
            ("\u{1f}7\u{a0}", Some(7)), ("", None), ("++7", None), ("+-7", None), ("-+7", None), ("_7", None), ("7_", None),
            ("1__0", None), ("+_7", None), ("7 7", None), ("7.0", None), ("0x7", None), ("- 7", None),
        ];
        for (text, number) in whole {
            assert_eq!(
                Integer::read(text).and_then(|number| number.to_i64()),
                number,
                "{text:?}"
            );
        }
        #[rustfmt::skip]
        let real = [
            (" 1.5 ", Some(1.5)), ("+1_0.5", Some(10.5)), ("\u{661}.\u{665}", Some(1.5)), ("1e5", Some(1e5)), (".5", Some(0.5)),
            ("5.", Some(5.0)), ("inf", Some(f64::INFINITY)), ("1_.5", None), ("1._5", None), ("", None), ("1,5", None),
        ];
        for (text, number) in real {
            assert_eq!(read_float(text), number, "{text:?}");
        }
    }

    #[test]
    fn numbers_of_any_size_are_ordered() {
        let sorted = [
            "-99999999999999999999",
            "-9999999999999999999",
            "-1",
            "0",
            "5",
            "99999999999999999999",
        ];
        for pair in sorted.windows(2) {
            assert!(int(pair[0]) < int(pair[1]), "{pair:?}");
        }
    }
}
