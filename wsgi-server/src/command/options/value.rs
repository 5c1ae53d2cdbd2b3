//! Values with units.

use std::time::Duration;

/// `512`, `64k`, `1M` or `2G`, in units of 1024.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 1 << 10),
        Some(b'm' | b'M') => (&text[..text.len() - 1], 1 << 20),
        Some(b'g' | b'G') => (&text[..text.len() - 1], 1 << 30),
        _ => (text, 1),
    };
    digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit))
        .ok_or_else(|| {
            "not a size; write a number of bytes, or one with k, M or G behind it".to_owned()
        })
}

/// `30` or `0.5`.
pub(crate) fn parse_seconds(text: &str) -> Result<Duration, String> {
    text.parse::<f64>()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| {
            "not a length of time; write a number of seconds, such as 30 or 0.5".to_owned()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        const CASES: &[(&str, Option<u64>)] = &[
            ("0", Some(0)),
            ("512", Some(512)),
            ("64k", Some(65_536)),
            ("1M", Some(1_048_576)),
            ("2G", Some(2_147_483_648)),
            ("", None),
            ("k", None),
            ("-1", None),
            ("1kb", None),
            ("17179869184G", None), // 2^64
            ("1é", None),
        ];
        for (text, expected) in CASES {
            assert_eq!(parse_size(text).ok(), *expected, "{text}");
        }
    }

    #[test]
    fn seconds_may_be_broken_but_not_negative() {
        assert_eq!(parse_seconds("0.5"), Ok(Duration::from_millis(500)));
        for text in ["-1", "nan", "inf", "1e300", "soon", ""] {
            assert!(parse_seconds(text).is_err(), "{text}");
        }
    }
}
