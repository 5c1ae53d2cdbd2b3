//! Times in lines.

use std::cell::Cell;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use super::escape::push_digits;

/// A second as the log of Apache has it, and as RFC 3339 has it but for its end.
#[derive(Clone, Copy)]
struct Second {
    number: u64,
    apache: [u8; 28],
    rfc3339: [u8; 19],
}

thread_local! {
    /// The second that was written last: many requests come within one.
    static LAST: Cell<Option<Second>> = const { Cell::new(None) };
}

/// `[10/Oct/2000:13:55:36 +0000]`
pub(super) fn write_apache(time: SystemTime, out: &mut Vec<u8>) {
    out.extend_from_slice(&second(since_epoch(time).as_secs()).apache);
}

/// `2000-10-10T13:55:36.025Z`
pub(super) fn write_rfc3339(time: SystemTime, out: &mut Vec<u8>) {
    let since = since_epoch(time);
    out.extend_from_slice(&second(since.as_secs()).rfc3339);
    out.push(b'.');
    push_digits::<3>(since.subsec_millis(), out);
    out.push(b'Z');
}

/// As many as there are in all.
pub(super) fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Years that four digits cannot tell are nobody's; neither is what was before the epoch.
fn since_epoch(time: SystemTime) -> Duration {
    const LAST_SECOND: u64 = 253_402_207_200; // the last day of 9999
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    let known = since.ok().filter(|since| since.as_secs() <= LAST_SECOND);
    known.unwrap_or_default()
}

fn second(number: u64) -> Second {
    if let Some(last) = LAST.get()
        && last.number == number
    {
        return last;
    }
    let timestamp = i64::try_from(number).map(Timestamp::from_second);
    let timestamp = timestamp.ok().and_then(Result::ok).unwrap_or_default();
    let second = Second {
        number,
        apache: text(timestamp, "[%d/%b/%Y:%H:%M:%S +0000]"),
        rfc3339: text(timestamp, "%Y-%m-%dT%H:%M:%S"),
    };
    LAST.set(Some(second));
    second
}

fn text<const LENGTH: usize>(timestamp: Timestamp, format: &str) -> [u8; LENGTH] {
    let text = timestamp.strftime(format).to_string();
    let text = text.as_bytes().try_into();
    text.expect("each field has as many digits as it has for every time of four-digit years")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_written_in_either_form() {
        #[rustfmt::skip]
        const CASES: &[(u64, u32, &str, &str)] = &[
            (971_186_136, 25_000_000, "[10/Oct/2000:13:55:36 +0000]", "2000-10-10T13:55:36.025Z"),
            (971_186_136, 999_999_999, "[10/Oct/2000:13:55:36 +0000]", "2000-10-10T13:55:36.999Z"),
            (971_186_137, 0, "[10/Oct/2000:13:55:37 +0000]", "2000-10-10T13:55:37.000Z"),
            (0, 0, "[01/Jan/1970:00:00:00 +0000]", "1970-01-01T00:00:00.000Z"),
            (253_402_207_200, 0, "[30/Dec/9999:22:00:00 +0000]", "9999-12-30T22:00:00.000Z"),
            (9_000_000_000_000, 0, "[01/Jan/1970:00:00:00 +0000]", "1970-01-01T00:00:00.000Z"),
        ];
        for &(seconds, nanoseconds, apache, rfc3339) in CASES {
            let time = SystemTime::UNIX_EPOCH + Duration::new(seconds, nanoseconds);
            let (mut first, mut second) = (Vec::new(), Vec::new());
            write_apache(time, &mut first);
            write_rfc3339(time, &mut second);
            assert_eq!(first, apache.as_bytes());
            assert_eq!(second, rfc3339.as_bytes());
        }
    }
}
