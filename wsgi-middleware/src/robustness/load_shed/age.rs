//! How long a request has waited.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wsgi_core::{Environ, Ledger};

/// By the server's ledger, or else by the field of this name in which a proxy tells when the request came.
pub(super) fn of(environ: &Environ, header: Option<&str>) -> Option<Duration> {
    environ.ledger().and_then(Ledger::queue).or_else(|| {
        let came = since_1970(environ.headers().get_str(header?)?)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        Some(now.saturating_sub(came))
    })
}

/// A moment as proxies write it: `1700000000.123`, `1700000000123`, `1700000000123456`, or any of these behind `t=`.
fn since_1970(text: &str) -> Option<Duration> {
    let text = text.trim_ascii();
    let text = text.strip_prefix("t=").unwrap_or(text);
    let is_plain = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    if !text.bytes().all(is_plain) {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    // The unit shows by the size: 1e11 seconds are the year 5138, 1e11 milliseconds 1973.
    let seconds = match number {
        _ if number < 1e11 => number,
        _ if number < 1e14 => number / 1e3,
        _ => number / 1e6,
    };
    // A bare "0", or what a proxy writes that does not know, is no moment of a request.
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|since| !since.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_write_seconds_milliseconds_and_microseconds() {
        let moment = Some(1_700_000_000_123);
        let cases = [
            ("1700000000.123", moment),
            ("t=1700000000.123", moment),
            ("1700000000123", moment),
            ("t=1700000000123", moment),
            ("1700000000123456", moment),
            ("1700000000", Some(1_700_000_000_000)),
            ("0", None),
            ("", None),
            ("t=", None),
            ("-5", None),
            ("1e9", None),
            ("yesterday", None),
            ("9".repeat(400).leak(), None),
        ];
        for (text, expected) in cases {
            // What a float of that size cannot tell is far below a millisecond.
            let found = since_1970(text).map(|since| (since.as_micros() + 500) / 1000);
            assert_eq!(found, expected, "{text}");
        }
    }
}
