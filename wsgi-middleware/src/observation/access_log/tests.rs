//! Lines of known requests, in each format.

use std::time::{Duration, Instant, SystemTime};

use proptest::prelude::*;
use wsgi_core::{Headers, Ledger, Mark};

use super::pattern::{Captured, Outcome};
use super::{AccessLogFormat, AccessRecord};

fn fields() -> Headers {
    Headers::try_from_pairs([
        ("Host", "www.example.com"),
        ("Referer", "http://www.example.com/start.html"),
        ("User-Agent", "Mozilla/4.08 [en] (Win98; I ;Nav)"),
        ("X-Request-Id", "4711"),
        ("X-Forwarded-For", "192.0.2.9"),
        ("X-Forwarded-For", "192.0.2.8"),
        ("Authorization", "Basic Ym9iOnNlY3JldDpz"), // bob:secret:s
    ])
    .unwrap()
}

/// The example of Apache's documentation.
fn record(headers: &Headers) -> AccessRecord<'_> {
    AccessRecord {
        time: SystemTime::UNIX_EPOCH + Duration::new(971_186_136, 25_000_000),
        remote_addr: "192.0.2.1".parse().ok(),
        method: b"GET",
        target: b"/caf%C3%A9?a=b%20c",
        protocol: b"HTTP/1.0",
        headers: Some(headers),
        body_bytes: 2326,
        duration: Some(Duration::from_micros(3_001_500)),
        refused: None,
        ..AccessRecord::refused(200, "")
    }
}

fn line(record: &AccessRecord<'_>, format: &str) -> String {
    let mut text = String::new();
    record.write(&format.parse().unwrap(), |line| {
        text.push_str(std::str::from_utf8(line).unwrap());
    });
    text.strip_suffix('\n').unwrap().to_owned()
}

#[test]
fn the_example_of_apache_reads_as_apache_writes_it() {
    let fields = fields();
    let record = AccessRecord {
        target: b"/apache_pb.gif",
        ..record(&fields)
    };
    let common =
        r#"192.0.2.1 - bob [10/Oct/2000:13:55:36 +0000] "GET /apache_pb.gif HTTP/1.0" 200 2326"#;
    assert_eq!(line(&record, "common"), common);
    assert_eq!(
        line(&record, "combined"),
        format!(
            "{common} \"http://www.example.com/start.html\" \"Mozilla/4.08 [en] (Win98; I ;Nav)\""
        )
    );
}

#[test]
fn each_atom_tells_what_it_is_for() {
    let process = std::process::id();
    let in_brackets = format!("<{process}>");
    #[rustfmt::skip]
    let cases = [
        ("%(h)s", "192.0.2.1"), ("%h", "192.0.2.1"), ("%a", "192.0.2.1"),
        ("%(l)s", "-"), ("%l", "-"),
        ("%(u)s", "bob"), ("%u", "bob"),
        ("%(t)s", "[10/Oct/2000:13:55:36 +0000]"), ("%t", "[10/Oct/2000:13:55:36 +0000]"),
        ("%(r)s", "GET /caf%C3%A9?a=b%20c HTTP/1.0"), ("%r", "GET /caf%C3%A9?a=b%20c HTTP/1.0"),
        ("%(m)s", "GET"), ("%m", "GET"),
        ("%(U)s", r"/caf\xC3\xA9"), ("%U", r"/caf\xC3\xA9"),
        ("%(q)s", "a=b%20c"), ("%q", "?a=b%20c"),
        ("%(H)s", "HTTP/1.0"), ("%H", "HTTP/1.0"),
        ("%(s)s", "200"), ("%s", "200"), ("%>s", "200"), ("%<s", "200"),
        ("%(B)s", "2326"), ("%(B)d", "2326"), ("%B", "2326"),
        ("%(b)s", "2326"), ("%b", "2326"),
        ("%(f)s", "http://www.example.com/start.html"),
        ("\"%(a)s\"", "\"Mozilla/4.08 [en] (Win98; I ;Nav)\""),
        ("%(T)s", "3"), ("%(T)d", "3"), ("%T", "3"), ("%{s}T", "3"),
        ("%(M)s", "3001"), ("%{ms}T", "3001"),
        ("%(D)s", "3001500"), ("%D", "3001500"), ("%{us}T", "3001500"),
        ("%(L)s", "3.001500"),
        ("%(p)s", &in_brackets), ("%P", &process.to_string()),
        ("%({X-Request-Id}i)s", "4711"), ("%{x-request-id}i", "4711"),
        ("\"%({x-forwarded-for}i)s\"", "\"192.0.2.9, 192.0.2.8\""),
        ("%({x-forwarded-for}i)s", r"192.0.2.9,\x20192.0.2.8"),
        ("%({not-there}i)s", "-"), ("%({etag}o)s", "-"), ("%({not_there}e)s", "-"),
        ("%({remote_addr}e)s", "192.0.2.1"), ("%{REQUEST_METHOD}e", "GET"),
        ("%({http_user_agent}e)s", r"Mozilla/4.08\x20[en]\x20(Win98;\x20I\x20;Nav)"),
        ("%(refused)s", "-"),
        ("100%% of %(s)s%%", "100% of 200%"),
    ];
    let fields = fields();
    for (format, expected) in cases {
        assert_eq!(line(&record(&fields), format), expected, "{format}");
    }
}

#[test]
fn addresses_are_escaped_as_all_else() {
    let fields = fields();
    assert_eq!(line(&record(&fields), "%h.%s"), r"192\x2E0\x2E2\x2E1.200");
    assert_eq!(
        line(&record(&fields), r#"{"a":%h}"#),
        r#"{"a":"192.0.2.1"}"#
    );
    let record = AccessRecord {
        remote_addr: "2001:db8::1".parse().ok(),
        ..record(&fields)
    };
    assert_eq!(line(&record, "%h %s"), "2001:db8::1 200");
    assert_eq!(line(&record, "%h:%s"), r"2001\x3Adb8\x3A\x3A1:200");
}

#[test]
fn absent_values_are_dashes_and_an_absent_query_is_nothing() {
    let none = Headers::default();
    let record = AccessRecord {
        remote_addr: None,
        target: b"/a",
        body_bytes: 0,
        duration: None,
        ..record(&none)
    };
    for (format, expected) in [
        (
            "combined",
            r#"- - - [10/Oct/2000:13:55:36 +0000] "GET /a HTTP/1.0" 200 - "-" "-""#,
        ),
        (
            "%(q)s|%q|%(B)s|%(b)s|%(D)s|%(L)s|%{referer}i",
            "||0|-|-|-|-",
        ),
        (
            r#"{"user":%(u)s,"q":"%(q)s","ua":"%(a)s","us":%(D)s,"b":%(b)s}"#,
            r#"{"user":null,"q":"","ua":"-","us":null,"b":0}"#,
        ),
    ] {
        assert_eq!(line(&record, format), expected);
    }
}

#[test]
fn json_has_every_field() {
    let fields = fields();
    let value: serde_json::Value = serde_json::from_str(&line(&record(&fields), "json")).unwrap();
    let wanted = serde_json::json!({
        "time": "2000-10-10T13:55:36.025Z", "remote_addr": "192.0.2.1", "user": "bob", "method": "GET",
        "target": "/caf%C3%A9?a=b%20c", "path": "/café", "query": "a=b%20c", "protocol": "HTTP/1.0",
        "host": "www.example.com", "referer": "http://www.example.com/start.html",
        "user_agent": "Mozilla/4.08 [en] (Win98; I ;Nav)", "route": null, "request_id": "4711", "trace_id": null,
        "status": 200, "body_bytes": 2326, "duration_us": 3_001_500,
    });
    assert_eq!(value, wanted);
    let nothing = AccessRecord::refused(400, "why");
    let value: serde_json::Value = serde_json::from_str(&line(&nothing, "json")).unwrap();
    for key in [
        "remote_addr",
        "user",
        "method",
        "target",
        "path",
        "host",
        "route",
        "request_id",
        "trace_id",
        "duration_us",
    ] {
        assert!(value[key].is_null(), "{key} in {value}");
    }
    assert_eq!(
        (&value["query"], &value["refused"]),
        (&"".into(), &"why".into())
    );
}

#[test]
fn a_refusal_has_its_reason_in_every_format() {
    let record = AccessRecord {
        method: b"G T",
        ..AccessRecord::refused(400, "line \"G T\" is\u{1b}wrong")
    };
    #[rustfmt::skip]
    let cases = [
        (r#""%(r)s" %(s)s"#, r#""G\x20T" 400 refused="line \x22G T\x22 is\x1Bwrong""#),
        (r#"%(s)s "%(refused)s" %(m)s"#, r#"400 "line \x22G T\x22 is\x1Bwrong" G\x20T"#),
        (r#"{"status":%(s)s}"#, r#"{"status":400,"refused":"line \"G T\" is\u001bwrong"}"#),
        (r#"{"why":"%(refused)s"} "#, r#"{"why":"line \"G T\" is\u001bwrong"}"#),
    ];
    for (format, expected) in cases {
        assert_eq!(line(&record, format), expected);
    }
}

/// The user's name is claimed by the client, be it as Basic credentials have it or not.
#[test]
fn users_are_who_basic_credentials_say() {
    for (credentials, user) in [
        ("Basic Ym9iOnNlY3JldA==", "bob"),
        ("basic  Ym9iOnNlY3JldA== ", "bob"),
        ("Basic YSBiIjpj", r"a\x20b\x22"),
        ("Basic OnNlY3JldA==", "-"),
        ("Basic Ym9i", "-"), // no colon
        ("Basic ?", "-"),
        ("Basic", "-"),
        ("Bearer Ym9iOnNlY3JldA==", "-"),
    ] {
        let fields = Headers::try_from_pairs([("Authorization", credentials)]).unwrap();
        assert_eq!(
            line(&record(&fields), "%(u)s %(s)s"),
            format!("{user} 200"),
            "{credentials}"
        );
    }
}

/// Parsed after 21 µs, called after 421, started after 1621; no body, not drained.
fn ledger() -> Ledger {
    let received = Instant::now();
    let mut ledger = Ledger::new(received);
    ledger.mark(Mark::Parsed, received + Duration::from_micros(21));
    ledger.waited(Duration::from_nanos(999));
    ledger.mark(Mark::Called, received + Duration::from_micros(421));
    ledger.mark(Mark::Started, received + Duration::from_micros(1621));
    ledger
}

#[test]
fn timing_stands_behind_all_else() {
    let outcome = Outcome {
        time: SystemTime::now(),
        status: 200,
        body_bytes: 0,
        duration: None,
        timing: Some(&ledger()),
        refused: None,
        suppressed: 0,
    };
    let timed = |format: &str| {
        let format: AccessLogFormat = format.parse().unwrap();
        let mut captured = Captured::default();
        let line = format.pattern().line(&mut captured, None, &outcome);
        String::from_utf8(line.to_vec()).unwrap()
    };
    let text = " parse=21 receive=- queue=399 interpreter=0 app=1200 stream=- drain=- first_byte=- total=1621\n";
    for format in ["common", "combined", "%(s)s"] {
        assert!(timed(format).ends_with(text), "{}", timed(format));
    }
    let wanted = serde_json::json!({
        "parse": 21, "receive": null, "queue": 399, "interpreter": 0, "app": 1200, "stream": null,
        "drain": null, "first_byte": null, "total": 1621,
    });
    for format in ["json", r#"{"status": %(s)s}"#] {
        let value: serde_json::Value = serde_json::from_str(&timed(format)).unwrap();
        assert_eq!(
            (&value["timing_us"], &value["status"]),
            (&wanted, &200.into())
        );
    }
}

proptest! {
    #[test]
    fn a_line_is_one_line_of_as_many_fields_as_its_format_has(
        method: Vec<u8>, target: Vec<u8>, value in "[ -~\t\u{80}-\u{ff}]*", reason: String
    ) {
        let fields = Headers::try_from_pairs([("Referer", &value), ("User-Agent", &value)]).unwrap();
        let record = AccessRecord {
            method: &method, target: &target, refused: Some(&reason), ..record(&fields)
        };
        let combined = line(&record, "combined");
        prop_assert!(combined.bytes().all(|byte| (b' '..0x7f).contains(&byte)), "{}", combined);
        prop_assert_eq!(combined.matches('"').count(), 8);
        let bare = line(&record, "%(m)s|%(U)s|%(q)s|%(f)s|%(refused)s");
        prop_assert!(bare.bytes().all(|byte| byte.is_ascii_graphic()), "{}", bare);
        prop_assert_eq!(bare.matches('|').count(), 4);
        for format in ["json", r#"{"r": "%(r)s", "ua": "%(a)s", "f": %(f)s}"#] {
            let json = line(&record, format);
            prop_assert!(!json.contains(char::is_control), "{}", json);
            let value: serde_json::Value = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(&value["refused"], &reason);
        }
    }
}
