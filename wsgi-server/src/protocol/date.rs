//! The `Date` field: formatted once a second.

use std::cell::Cell;
use std::io::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// `Sun, 06 Nov 1994 08:49:37 GMT`
const LENGTH: usize = 29;

/// The last second of the year 9999, beyond which the format has no dates.
const LAST: u64 = 253_402_300_799;

thread_local! {
    /// The second that was formatted last, and its text.
    static CACHE: Cell<(u64, [u8; LENGTH])> = const { Cell::new((u64::MAX, [b' '; LENGTH])) };
}

/// Appends the value of a `Date` field for `now`, or for this moment.
///
/// # Specification
/// RFC 9110 §5.6.7 "Date/Time Formats", §6.6.1 "Date"
pub(super) fn append(now: Option<SystemTime>, out: &mut Vec<u8>) {
    let now = now.unwrap_or_else(SystemTime::now);
    let second = now
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs().min(LAST));
    let (cached, mut text) = CACHE.get();
    if cached != second {
        let date = httpdate::HttpDate::from(UNIX_EPOCH + Duration::from_secs(second));
        // An IMF-fixdate has 29 bytes, so the write fits; were it not to, what is left would be spaces.
        let _ = write!(text.as_mut_slice(), "{date}");
        CACHE.set((second, text));
    }
    out.extend_from_slice(&text);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text after seconds since 1970; in this order the cache is hit, missed and hit again.
    const DATES: &[(u64, &str)] = &[
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (784_111_778, "Sun, 06 Nov 1994 08:49:38 GMT"),
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (LAST, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (LAST + 1, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ];

    #[test]
    fn dates_are_imf_fixdates() {
        for &(second, text) in DATES {
            let mut out = Vec::new();
            append(Some(UNIX_EPOCH + Duration::from_secs(second)), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), text, "{second}");
        }
    }

    #[test]
    fn a_clock_before_1970_gives_1970() {
        let mut out = Vec::new();
        append(Some(UNIX_EPOCH - Duration::from_secs(1)), &mut out);
        assert_eq!(out, b"Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
