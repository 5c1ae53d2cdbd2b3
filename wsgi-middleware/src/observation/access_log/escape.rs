//! How foreign bytes stand in a line.

use std::io::Write;

/// How a value stands where the format has it. No value can end its field, or the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// In a line of text: printable ASCII stands as it is, but for `"`, `\`, this byte, which ends the field, and a space
    /// where there are no quotes around; all else is `\xNN`. An absent value is `-`.
    Text { quoted: bool, end: Option<u8> },
    /// Between the quotes of a JSON string. An absent value is `-`.
    JsonString,
    /// A JSON value, with quotes of its own. An absent one is `null`.
    JsonValue,
}

impl Escape {
    pub(super) fn absent_text(self) -> &'static str {
        match self {
            Self::Text { .. } | Self::JsonString => "-",
            Self::JsonValue => "null",
        }
    }

    pub(super) fn absent(self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.absent_text().as_bytes());
    }

    /// A value that was escaped before.
    pub(super) fn told_or_absent(self, told: Option<&[u8]>, out: &mut Vec<u8>) {
        out.extend_from_slice(told.unwrap_or(self.absent_text().as_bytes()));
    }

    pub(super) fn value(self, value: &[u8], out: &mut Vec<u8>) {
        self.text(out, |escape, out| escape.piece(value, out));
    }

    pub(super) fn value_or_absent(self, value: Option<&[u8]>, out: &mut Vec<u8>) {
        match value {
            Some(value) if !value.is_empty() => self.value(value, out),
            _ => self.absent(out),
        }
    }

    /// A value in [pieces](Self::piece).
    pub(super) fn text(self, out: &mut Vec<u8>, write: impl FnOnce(Self, &mut Vec<u8>)) {
        let quotes: &[u8] = if self == Self::JsonValue { b"\"" } else { b"" };
        out.extend_from_slice(quotes);
        write(self, out);
        out.extend_from_slice(quotes);
    }

    pub(super) fn piece(self, bytes: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Text { quoted, end } => {
                let lowest = if quoted { b' ' } else { b'!' };
                escape_text(bytes, lowest, end.unwrap_or(b'"'), out);
            }
            Self::JsonString | Self::JsonValue => escape_json(bytes, out),
        }
    }

    /// Whether a byte, which is no control character, quote or backslash, stands as it is.
    pub(super) fn keeps(self, byte: u8) -> bool {
        !matches!(self, Self::Text { end: Some(end), .. } if end == byte)
    }

    pub(super) fn number(self, number: Option<u64>, out: &mut Vec<u8>) {
        match number {
            Some(number) => push_number(number, out),
            None => self.absent(out),
        }
    }
}

/// As `write!` does, for a tenth of its instructions.
pub(super) fn push_number(mut number: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 20]; // of `u64::MAX`
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return out.extend_from_slice(&digits[start..]);
        }
    }
}

/// The last digits of a number, with zeros before it.
pub(super) fn push_digits<const COUNT: usize>(mut number: u32, out: &mut Vec<u8>) {
    let mut digits = [b'0'; COUNT];
    for digit in digits.iter_mut().rev() {
        *digit += (number % 10) as u8;
        number /= 10;
    }
    out.extend_from_slice(&digits);
}

fn escape_text(mut bytes: &[u8], lowest: u8, end: u8, out: &mut Vec<u8>) {
    let is_special = |byte| is_special(byte, lowest) | (byte == end);
    if !any(bytes, is_special) {
        return out.extend_from_slice(bytes);
    }
    while let Some(at) = bytes.iter().position(|&byte| is_special(byte)) {
        out.extend_from_slice(&bytes[..at]);
        push_hex(bytes[at], out);
        bytes = &bytes[at + 1..];
    }
    out.extend_from_slice(bytes);
}

/// Whether it is no printable ASCII, or a quote or backslash.
fn is_special(byte: u8, lowest: u8) -> bool {
    (byte < lowest) | (byte >= 0x7f) | (byte == b'"') | (byte == b'\\')
}

/// Whether any byte is special; hardly ever. Without a way out of the loop the compiler takes many bytes at once.
fn any(bytes: &[u8], is_special: impl Fn(u8) -> bool) -> bool {
    bytes
        .iter()
        .fold(false, |any, &byte| any | is_special(byte))
}

/// Bytes that are no UTF-8 become `\xNN`, with the backslash escaped as JSON wants.
fn escape_json(bytes: &[u8], out: &mut Vec<u8>) {
    if !any(bytes, |byte| is_special(byte, b' ')) {
        return out.extend_from_slice(bytes);
    }
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            push_json(character, out);
        }
        for &byte in chunk.invalid() {
            out.push(b'\\');
            push_hex(byte, out);
        }
    }
}

fn push_json(character: char, out: &mut Vec<u8>) {
    match character {
        '"' | '\\' => out.extend_from_slice(&[b'\\', character as u8]),
        // Beyond what JSON asks for: what terminals obey, what some programs take for a line end, and what turns the
        // direction of text around.
        _ if character.is_control()
            || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
        {
            // Writing to a `Vec` cannot fail.
            drop(write!(out, "\\u{:04x}", character as u32));
        }
        _ => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

fn push_hex(byte: u8, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |four: u8| DIGITS[usize::from(four)];
    out.extend_from_slice(&[b'\\', b'x', digit(byte >> 4), digit(byte & 15)]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const QUOTED: Escape = Escape::Text {
        quoted: true,
        end: Some(b'"'),
    };
    const BARE: Escape = Escape::Text {
        quoted: false,
        end: Some(b'|'),
    };

    fn escaped(escape: Escape, value: &[u8]) -> String {
        let mut out = Vec::new();
        escape.value(value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_place_escapes_what_could_end_it() {
        #[rustfmt::skip]
        const CASES: &[(&[u8], &str, &str, &str)] = &[
            (b"plain", "plain", "plain", r#""plain""#),
            (b"a b|c", "a b|c", r"a\x20b\x7Cc", r#""a b|c""#),
            (b"a\"b\\c", r"a\x22b\x5Cc", r"a\x22b\x5Cc", r#""a\"b\\c""#),
            (b"\r\n\x1b[2J", r"\x0D\x0A\x1B[2J", r"\x0D\x0A\x1B[2J", r#""\u000d\u000a\u001b[2J""#),
            ("é\u{85}\u{2028}\u{202e}".as_bytes(),
             r"\xC3\xA9\xC2\x85\xE2\x80\xA8\xE2\x80\xAE", r"\xC3\xA9\xC2\x85\xE2\x80\xA8\xE2\x80\xAE",
             "\"é\\u0085\\u2028\\u202e\""),
            (b"\xff\x7f", r"\xFF\x7F", r"\xFF\x7F", r#""\\xFF\u007f""#),
        ];
        for (value, quoted, bare, json) in CASES {
            assert_eq!(escaped(QUOTED, value), *quoted);
            assert_eq!(escaped(BARE, value), *bare);
            assert_eq!(escaped(Escape::JsonValue, value), *json);
            assert_eq!(format!("\"{}\"", escaped(Escape::JsonString, value)), *json);
        }
    }

    proptest! {
        #[test]
        fn numbers_are_as_others_write_them(number: u64, digits in 0u32..64) {
            for number in [number >> digits, 0, u64::MAX] {
                let mut out = Vec::new();
                push_number(number, &mut out);
                prop_assert_eq!(out, number.to_string().into_bytes());
            }
            let number = (number % 1_000_000) as u32;
            let mut out = Vec::new();
            push_digits::<6>(number, &mut out);
            prop_assert_eq!(out, format!("{number:06}").into_bytes());
        }

        #[test]
        fn nothing_ends_its_field(value: Vec<u8>) {
            let quoted = escaped(QUOTED, &value);
            prop_assert!(quoted.bytes().all(|byte| (b' '..0x7f).contains(&byte) && byte != b'"'));
            let bare = escaped(BARE, &value);
            prop_assert!(bare.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"|".contains(&byte)));
            let json = escaped(Escape::JsonValue, &value);
            prop_assert!(!json.contains(char::is_control));
            let read: String = serde_json::from_str(&json).unwrap();
            if let Ok(text) = std::str::from_utf8(&value) {
                prop_assert_eq!(read, text);
            }
        }
    }
}
