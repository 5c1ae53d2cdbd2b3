//! `Content-Length`, of requests and of responses.

/// A length in bytes: `1*DIGIT` that fits into 64 bits; no sign, no list, no whitespace.
///
/// # Specification
/// RFC 9110 §8.6 "Content-Length"
pub(super) fn parse(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0u64, |number, &byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASES: &[(&str, Option<u64>)] = &[
        ("0", Some(0)),
        ("5", Some(5)),
        ("010", Some(10)),
        ("18446744073709551615", Some(u64::MAX)),
        ("18446744073709551616", None),
        ("", None),
        ("+5", None),
        ("-5", None),
        ("5, 5", None),
        (" 5", None),
        ("0x5", None),
        ("five", None),
    ];

    #[test]
    fn a_length_is_a_decimal_number_and_nothing_else() {
        for (value, length) in CASES {
            assert_eq!(parse(value.as_bytes()), *length, "{value:?}");
        }
    }
}
