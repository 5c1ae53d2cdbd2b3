//! The fields `Date` and `Server`, which the server adds: formatted once a second.

use std::cell::RefCell;
use std::io::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The two fields as they are sent.
const TEMPLATE: &str = concat!(
    "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n",
    "Server: wsgi-rs/",
    env!("CARGO_PKG_VERSION_MAJOR"),
    ".",
    env!("CARGO_PKG_VERSION_MINOR"),
    "\r\n"
);

/// Where the value of `Date` begins and ends; an IMF-fixdate has 29 bytes.
const VALUE: (usize, usize) = (6, 35);

/// Where `Server` begins.
const SERVER: usize = VALUE.1 + 2;

/// The last second of the year 9999, beyond which the format has no dates.
const LAST: u64 = 253_402_300_799;

struct Fields {
    second: u64,
    text: [u8; TEMPLATE.len()],
}

thread_local! {
    /// The fields as this thread sent them last.
    static FIELDS: RefCell<Fields> = const {
        RefCell::new(Fields { second: 0, text: *TEMPLATE.as_bytes().first_chunk().expect("as long as it is") })
    };
}

/// Appends `Date`, for `now` or for this moment, and `Server`, or one of them alone.
///
/// # Specification
/// RFC 9110 §5.6.7 "Date/Time Formats", §6.6.1 "Date", §10.2.4 "Server"
pub(super) fn append_fields(
    now: Option<SystemTime>,
    with_date: bool,
    with_server: bool,
    out: &mut Vec<u8>,
) {
    let range = match (with_date, with_server) {
        (true, true) => 0..TEMPLATE.len(),
        (true, false) => 0..SERVER,
        (false, true) => SERVER..TEMPLATE.len(),
        (false, false) => return,
    };
    FIELDS.with_borrow_mut(|fields| {
        if with_date {
            fields.set_date(now.map_or_else(this_second, second_of));
        }
        out.extend_from_slice(&fields.text[range]);
    });
}

impl Fields {
    fn set_date(&mut self, second: u64) {
        if self.second != second {
            let date = httpdate::HttpDate::from(UNIX_EPOCH + Duration::from_secs(second));
            // It fits; were it not to, a part of the last date would be left.
            let _ = write!(&mut self.text[VALUE.0..VALUE.1], "{date}");
            self.second = second;
        }
    }
}

fn second_of(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs().min(LAST))
}

/// The clock that is advanced by each tick of the kernel is right to the second but for some milliseconds, and is
/// read in an eighth of the time.
#[cfg(target_os = "linux")]
fn this_second() -> u64 {
    use rustix::time::{ClockId, clock_gettime};
    let since = clock_gettime(ClockId::RealtimeCoarse).tv_sec;
    u64::try_from(since).map_or(0, |second| second.min(LAST))
}

#[cfg(not(target_os = "linux"))]
fn this_second() -> u64 {
    second_of(SystemTime::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(now: Option<SystemTime>, with_date: bool, with_server: bool) -> String {
        let mut out = Vec::new();
        append_fields(now, with_date, with_server, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn date(now: SystemTime) -> String {
        let line = fields(Some(now), true, false);
        let date = line.strip_prefix("Date: ").unwrap();
        date.strip_suffix("\r\n").unwrap().to_owned()
    }

    /// Text after seconds since 1970; in this order the last date is used, replaced and used again.
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
        assert_eq!(date(UNIX_EPOCH), "Thu, 01 Jan 1970 00:00:00 GMT");
        for &(second, text) in DATES {
            let now = UNIX_EPOCH + Duration::from_secs(second);
            assert_eq!(date(now), text, "{second}");
        }
    }

    #[test]
    fn a_clock_before_1970_gives_1970() {
        let before = UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(date(before), "Thu, 01 Jan 1970 00:00:00 GMT");
    }

    #[test]
    fn this_moment_lies_between_a_look_at_the_clock_before_and_one_after() {
        // The coarse clock may be one tick behind.
        let before = second_of(SystemTime::now() - Duration::from_secs(1));
        let now = this_second();
        assert!((before..=second_of(SystemTime::now())).contains(&now));
        let line = fields(None, true, false);
        let date = line["Date: ".len()..].trim_end();
        let sent = second_of(httpdate::parse_http_date(date).unwrap());
        assert!((now..=second_of(SystemTime::now())).contains(&sent));
    }

    #[test]
    fn each_field_comes_alone_too() {
        let now = Some(UNIX_EPOCH);
        let (date, server) = (fields(now, true, false), fields(now, false, true));
        assert!(date.starts_with("Date: ") && date.ends_with(" GMT\r\n"));
        assert!(server.starts_with("Server: wsgi-rs/") && server.ends_with("\r\n"));
        assert_eq!(fields(now, true, true), date + &server);
        assert_eq!(fields(now, false, false), "");
    }
}
