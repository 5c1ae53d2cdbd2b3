//! What an access log knows of a response, and the formats it is written in.

use std::borrow::Cow;
use std::fmt::Write;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use http::{Method, Version};
use jiff::Timestamp;
use thiserror::Error;
use wsgi_core::Ledger;

/// What an access log knows of one request and its response.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccessRecord {
    /// `REMOTE_ADDR`; none for a client on a unix socket.
    pub remote_addr: Option<Vec<u8>>,
    /// `REMOTE_USER`, when somebody has authenticated the request.
    pub user: Option<Vec<u8>>,
    /// When the request came to the log's layer.
    pub time: SystemTime,
    /// The method.
    pub method: Method,
    /// The target as it came, percent-encoded; the decoded path and the query where the server does
    /// not tell it.
    pub target: Vec<u8>,
    /// The version of the request.
    pub version: Version,
    /// The status that the client was sent.
    pub status: u16,
    /// Size of the body in bytes, as the application gave it: without head and chunk framing, 0 for responses that
    /// have none. A server whose client left early has sent less.
    pub body_bytes: u64,
    /// The `Referer` field.
    pub referer: Option<Vec<u8>>,
    /// The `User-Agent` field.
    pub user_agent: Option<Vec<u8>>,
    /// From [`time`](Self::time) to the end of the response.
    pub duration: Duration,
    /// Where the time went, if the log was asked to tell.
    pub timing: Option<Ledger>,
}

/// How a line of the access log reads; parses from `common`, `combined` and `json`.
///
/// Times are UTC. In the text formats absent values are `-`, and every byte that could end or forge a field is
/// written as `\xNN`: `"`, `\`, control characters, bytes above 0x7E, and spaces outside of quotes. In JSON they are
/// `null`, and bytes that are no UTF-8 are written as `\xNN`.
///
/// A record with [`timing`](AccessRecord::timing) has the phases of its [`Ledger`] behind all else, in whole
/// microseconds: in the text formats as ` parse=21 receive=- queue=400 interpreter=0 app=1200 stream=3 drain=15
/// first_byte=1639 total=1639`, in JSON as an object `timing_us` with these keys. All nine are there in this order;
/// those that are not known are `-` or `null`. But for rounding, the first seven of a response that was sent add up to
/// `total`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessLogFormat {
    /// The Common Log Format of NCSA and Apache: `192.0.2.1 - bob [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 2326`.
    Common,
    /// The same, followed by `"referer" "user agent"`. The default.
    #[default]
    Combined,
    /// One JSON object with `time` (RFC 3339, milliseconds), `remote_addr`, `user`, `method`, `target`, `protocol`,
    /// `referer`, `user_agent`, `status`, `body_bytes` and `duration_us` (microseconds), in this order.
    Json,
}

/// Why a text is no [`AccessLogFormat`].
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("access log format {0:?} is unknown; use common, combined or json")]
pub struct AccessLogFormatError(String);

impl FromStr for AccessLogFormat {
    type Err = AccessLogFormatError;

    fn from_str(text: &str) -> Result<Self, AccessLogFormatError> {
        match text {
            "common" => Ok(Self::Common),
            "combined" => Ok(Self::Combined),
            "json" => Ok(Self::Json),
            _ => Err(AccessLogFormatError(text.to_owned())),
        }
    }
}

impl AccessRecord {
    /// The line, without a line feed.
    pub fn format(&self, format: AccessLogFormat) -> String {
        match format {
            AccessLogFormat::Common => {
                let mut line = self.common();
                self.timing_fields(&mut line);
                line
            }
            AccessLogFormat::Combined => {
                let mut line = self.common();
                for field in [&self.referer, &self.user_agent] {
                    line.push_str(" \"");
                    escape(&mut line, or_dash(field), b' ');
                    line.push('"');
                }
                self.timing_fields(&mut line);
                line
            }
            AccessLogFormat::Json => self.json(),
        }
    }

    fn common(&self) -> String {
        let mut line = String::with_capacity(256);
        for (field, separator) in [(&self.remote_addr, " - "), (&self.user, " [")] {
            escape(&mut line, or_dash(field), b'!');
            line.push_str(separator);
        }
        let time = self.timestamp().strftime("%d/%b/%Y:%H:%M:%S +0000");
        // Writing to a `String` cannot fail.
        let _ = write!(line, "{time}] \"{} ", self.method);
        escape(&mut line, &self.target, b'!');
        let _ = write!(line, " {:?}\" {} ", self.version, self.status);
        let _ = match self.body_bytes {
            0 => line.write_char('-'),
            bytes => write!(line, "{bytes}"),
        };
        line
    }

    fn json(&self) -> String {
        let version = format!("{:?}", self.version);
        let mut line = format!("{{\"time\":\"{:.3}\"", self.timestamp());
        for (key, field) in [
            ("remote_addr", self.remote_addr.as_deref()),
            ("user", self.user.as_deref()),
            ("method", Some(self.method.as_str().as_bytes())),
            ("target", Some(&*self.target)),
            ("protocol", Some(version.as_bytes())),
            ("referer", self.referer.as_deref()),
            ("user_agent", self.user_agent.as_deref()),
        ] {
            let value = field.map(as_utf8);
            // Writing to a `String` cannot fail.
            let _ = write!(line, ",\"{key}\":{}", serde_json::Value::from(value));
        }
        let Self {
            status, body_bytes, ..
        } = self;
        let duration = self.duration.as_micros();
        let _ = write!(
            line,
            ",\"status\":{status},\"body_bytes\":{body_bytes},\"duration_us\":{duration}"
        );
        self.timing_object(&mut line);
        line.push('}');
        line
    }

    fn timing_fields(&self, line: &mut String) {
        for (name, time) in self.timing.iter().flat_map(phases) {
            // Writing to a `String` cannot fail.
            let _ = match time {
                Some(time) => write!(line, " {name}={}", time.as_micros()),
                None => write!(line, " {name}=-"),
            };
        }
    }

    fn timing_object(&self, line: &mut String) {
        let Some(ledger) = &self.timing else { return };
        let mut separator = ",\"timing_us\":{";
        for (name, time) in phases(ledger) {
            // Writing to a `String` cannot fail.
            let _ = match time {
                Some(time) => write!(line, "{separator}\"{name}\":{}", time.as_micros()),
                None => write!(line, "{separator}\"{name}\":null"),
            };
            separator = ",";
        }
        line.push('}');
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::try_from(self.time).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// The phases of a ledger under the names that they have in a line.
fn phases(ledger: &Ledger) -> [(&'static str, Option<Duration>); 9] {
    [
        ("parse", ledger.parse()),
        ("receive", ledger.receive()),
        ("queue", ledger.queue()),
        ("interpreter", ledger.interpreter()),
        ("app", ledger.application()),
        ("stream", ledger.stream()),
        ("drain", ledger.drain()),
        ("first_byte", ledger.first_byte()),
        ("total", Some(ledger.total())),
    ]
}

fn or_dash(field: &Option<Vec<u8>>) -> &[u8] {
    match field {
        Some(value) if !value.is_empty() => value,
        _ => b"-",
    }
}

/// Appends a field of a text format, escaped; `lowest` is the first character that may stand as it is.
fn escape(line: &mut String, field: &[u8], lowest: u8) {
    for &byte in field {
        match byte {
            b'"' | b'\\' => push_escaped(line, byte),
            _ if (lowest..0x7f).contains(&byte) => line.push(char::from(byte)),
            _ => push_escaped(line, byte),
        }
    }
}

fn push_escaped(line: &mut String, byte: u8) {
    // Writing to a `String` cannot fail.
    let _ = write!(line, "\\x{byte:02X}");
}

fn as_utf8(field: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(field) {
        return text.into();
    }
    let mut text = String::with_capacity(field.len());
    for chunk in field.utf8_chunks() {
        text.push_str(chunk.valid());
        for &byte in chunk.invalid() {
            push_escaped(&mut text, byte);
        }
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use proptest::prelude::*;
    use wsgi_core::Mark;

    use super::*;

    fn record() -> AccessRecord {
        AccessRecord {
            remote_addr: Some(b"192.0.2.1".to_vec()),
            user: Some(b"bob".to_vec()),
            time: SystemTime::UNIX_EPOCH + Duration::new(971_186_136, 25_000_000),
            method: Method::GET,
            target: b"/apache_pb.gif".to_vec(),
            version: Version::HTTP_10,
            status: 200,
            body_bytes: 2326,
            referer: Some(b"http://www.example.com/start.html".to_vec()),
            user_agent: Some(b"Mozilla/4.08 [en] (Win98; I ;Nav)".to_vec()),
            duration: Duration::from_micros(1500),
            timing: None,
        }
    }

    /// Parsed after 21 µs, called after 421, started after 1621; no body, not drained.
    fn timed() -> AccessRecord {
        let received = Instant::now();
        let mut ledger = Ledger::new(received);
        ledger.mark(Mark::Parsed, received + Duration::from_micros(21));
        ledger.waited(Duration::from_nanos(999));
        ledger.mark(Mark::Called, received + Duration::from_micros(421));
        ledger.mark(Mark::Started, received + Duration::from_micros(1621));
        AccessRecord {
            timing: Some(ledger),
            ..record()
        }
    }

    #[test]
    fn timing_stands_behind_all_else() {
        for format in [AccessLogFormat::Common, AccessLogFormat::Combined] {
            assert_eq!(
                timed().format(format),
                record().format(format)
                    + " parse=21 receive=- queue=399 interpreter=0 app=1200 stream=- drain=- first_byte=- total=1621"
            );
        }
        let json: serde_json::Value =
            serde_json::from_str(&timed().format(AccessLogFormat::Json)).unwrap();
        let wanted = serde_json::json!({
            "parse": 21, "receive": null, "queue": 399, "interpreter": 0, "app": 1200, "stream": null,
            "drain": null, "first_byte": null, "total": 1621,
        });
        assert_eq!(json["timing_us"], wanted);
    }

    #[test]
    fn the_example_of_apache_reads_as_apache_writes_it() {
        let common = r#"192.0.2.1 - bob [10/Oct/2000:13:55:36 +0000] "GET /apache_pb.gif HTTP/1.0" 200 2326"#;
        assert_eq!(record().format(AccessLogFormat::Common), common);
        assert_eq!(
            record().format(AccessLogFormat::Combined),
            format!(
                "{common} \"http://www.example.com/start.html\" \"Mozilla/4.08 [en] (Win98; I ;Nav)\""
            )
        );
    }

    #[test]
    fn json_has_every_field() {
        let line = record().format(AccessLogFormat::Json);
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        let wanted = serde_json::json!({
            "time": "2000-10-10T13:55:36.025Z", "remote_addr": "192.0.2.1", "user": "bob", "method": "GET",
            "target": "/apache_pb.gif", "protocol": "HTTP/1.0", "status": 200, "body_bytes": 2326,
            "referer": "http://www.example.com/start.html",
            "user_agent": "Mozilla/4.08 [en] (Win98; I ;Nav)", "duration_us": 1500,
        });
        assert_eq!(value, wanted);
    }

    #[test]
    fn absent_fields_are_dashes_or_null() {
        let record = AccessRecord {
            remote_addr: None,
            user: None,
            referer: None,
            user_agent: None,
            body_bytes: 0,
            ..record()
        };
        assert_eq!(
            record.format(AccessLogFormat::Combined),
            r#"- - - [10/Oct/2000:13:55:36 +0000] "GET /apache_pb.gif HTTP/1.0" 200 - "-" "-""#
        );
        let json: serde_json::Value =
            serde_json::from_str(&record.format(AccessLogFormat::Json)).unwrap();
        assert!(json["user"].is_null() && json["user_agent"].is_null());
    }

    #[test]
    fn what_could_forge_a_field_is_escaped() {
        let record = AccessRecord {
            user: Some(b"bob [x] \"".to_vec()),
            user_agent: Some(b"a\"b\\c\r\nd\x1b\xe9".to_vec()),
            ..record()
        };
        let line = record.format(AccessLogFormat::Combined);
        assert!(line.contains(r"- bob\x20[x]\x20\x22 ["), "{line}");
        assert!(
            line.ends_with(r#""a\x22b\x5Cc\x0D\x0Ad\x1B\xE9""#),
            "{line}"
        );
        let json: serde_json::Value =
            serde_json::from_str(&record.format(AccessLogFormat::Json)).unwrap();
        assert_eq!(json["user_agent"], "a\"b\\c\r\nd\x1b\\xE9");
    }

    #[test]
    fn formats_are_found_by_name() {
        assert_eq!("json".parse(), Ok(AccessLogFormat::Json));
        let error = "JSON".parse::<AccessLogFormat>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "access log format \"JSON\" is unknown; use common, combined or json"
        );
    }

    proptest! {
        #[test]
        fn a_line_is_one_line_of_ascii_with_six_quotes(
            user: Vec<u8>, target: Vec<u8>, referer: Vec<u8>, user_agent: Vec<u8>
        ) {
            let record = AccessRecord {
                user: Some(user), target, referer: Some(referer), user_agent: Some(user_agent), ..record()
            };
            let line = record.format(AccessLogFormat::Combined);
            prop_assert!(line.bytes().all(|byte| (b' '..0x7f).contains(&byte)));
            prop_assert_eq!(line.matches('"').count(), 6);
            let json = record.format(AccessLogFormat::Json);
            prop_assert!(!json.contains('\n'));
            prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
        }
    }
}
