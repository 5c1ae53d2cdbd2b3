use super::*;
use crate::protocol::{BodyDecoder, Framing, Limits};
use Ending::{Close, KeepAlive};
use proptest::prelude::*;
use std::time::UNIX_EPOCH;

const V0: Version = Version::HTTP_10;
const V1: Version = Version::HTTP_11;

fn headers(lines: &str) -> Headers {
    Headers::try_from_pairs(lines.lines().filter_map(|line| line.split_once(": "))).unwrap()
}

fn writer(method: &str, version: Version, keep_alive: bool) -> ResponseWriter {
    ResponseWriter::new(method == "HEAD", version, keep_alive).at(UNIX_EPOCH)
}

/// What went out, without the lines that all responses have alike.
fn text(out: &[u8]) -> String {
    let text = String::from_utf8(out.to_vec()).unwrap();
    let same = "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nServer: wsgi-rs/0.1\r\n";
    assert!(out.is_empty() || text.matches(same).count() == 1, "{text}");
    text.replace(same, "").replace("\r\n", "|")
}

struct Row {
    request: (&'static str, Version),
    status: &'static str,
    headers: &'static str,
    blocks: &'static [&'static str],
    length: Option<u64>,
    expected: &'static str,
    ending: Ending,
}

const fn row(
    request: (&'static str, Version),
    response: (&'static str, &'static str),
    blocks: &'static [&'static str],
    length: Option<u64>,
    expected: &'static str,
    ending: Ending,
) -> Row {
    let (status, headers) = response;
    Row {
        request,
        status,
        headers,
        blocks,
        length,
        expected,
        ending,
    }
}

const SHORT: Ending = Close(Some(CloseReason::TooShort { length: 5, sent: 3 }));
const NONE: Ending = Close(Some(CloseReason::TooShort { length: 5, sent: 0 }));
const LONG: Ending = Close(Some(CloseReason::TooLong { length: 5 }));

/// Request and response, the blocks of the body, its length where it is known; what goes out, and the ending.
#[rustfmt::skip]
const CASES: &[Row] = &[
    // The length is known, given, or neither.
    row(("GET", V1), ("200 OK", ""), &["hello"], Some(5), "200 OK|Content-Length: 5||hello", KeepAlive),
    row(("GET", V1), ("200 OK", "Content-Length: 5"), &["hel", "lo"], None, "200 OK|Content-Length: 5||hello", KeepAlive),
    row(("GET", V1), ("200 OK", ""), &["hel", "", "lo"], None, "200 OK|Transfer-Encoding: chunked||3|hel|2|lo|0||", KeepAlive),
    row(("GET", V1), ("200 OK", ""), &["0123456789abcdefg"], None, "200 OK|Transfer-Encoding: chunked||11|0123456789abcdefg|0||", KeepAlive),
    row(("GET", V1), ("200 OK", ""), &[], None, "200 OK|Content-Length: 0||", KeepAlive),
    row(("GET", V1), ("200 OK", ""), &["", ""], None, "200 OK|Content-Length: 0||", KeepAlive),
    row(("GET", V1), ("200 OK", ""), &[], Some(0), "200 OK|Content-Length: 0||", KeepAlive),
    row(("GET", V1), ("299 ", "Content-Length: 0"), &[], None, "299 |Content-Length: 0||", KeepAlive),
    // HTTP/1.0 has no chunks, and is told when the connection persists.
    row(("GET", V0), ("200 OK", ""), &["hello"], Some(5), "200 OK|Content-Length: 5|Connection: keep-alive||hello", KeepAlive),
    row(("GET", V0), ("200 OK", ""), &["hel", "lo"], None, "200 OK|Connection: close||hello", Close(None)),
    row(("GET", V0), ("204 No Content", ""), &[], None, "204 No Content|Connection: keep-alive||", KeepAlive),
    // Mismatches. What is known when the head goes out is announced.
    row(("GET", V1), ("200 OK", "Content-Length: 5"), &["hel"], None, "200 OK|Content-Length: 5||hel", SHORT),
    row(("GET", V1), ("200 OK", "Content-Length: 5"), &["hel"], Some(3), "200 OK|Content-Length: 5|Connection: close||hel", SHORT),
    row(("GET", V1), ("200 OK", "Content-Length: 5"), &[], None, "200 OK|Content-Length: 5|Connection: close||", NONE),
    row(("GET", V1), ("200 OK", ""), &[], Some(5), "200 OK|Content-Length: 5||", NONE),
    row(("GET", V1), ("200 OK", "Content-Length: 5"), &["hello you"], None, "200 OK|Content-Length: 5|Connection: close||hello", LONG),
    row(("GET", V1), ("200 OK", "Content-Length: 5"), &["hel", "lo", " you"], None, "200 OK|Content-Length: 5||hello", LONG),
    row(("GET", V1), ("200 OK", ""), &["hello you"], Some(5), "200 OK|Content-Length: 5|Connection: close||hello", LONG),
    // HEAD tells what GET would, where that is known, and claims no empty body.
    row(("HEAD", V1), ("200 OK", "Content-Length: 1234"), &[], None, "200 OK|Content-Length: 1234||", KeepAlive),
    row(("HEAD", V1), ("200 OK", "Content-Length: 1234"), &["hello"], Some(5), "200 OK|Content-Length: 1234||", KeepAlive),
    row(("HEAD", V1), ("200 OK", ""), &["hello"], Some(5), "200 OK|Content-Length: 5||", KeepAlive),
    row(("HEAD", V1), ("200 OK", ""), &[], Some(5), "200 OK|Content-Length: 5||", KeepAlive),
    row(("HEAD", V1), ("200 OK", ""), &[], Some(0), "200 OK||", KeepAlive),
    row(("HEAD", V1), ("200 OK", ""), &["hel", "lo"], None, "200 OK||", KeepAlive),
    row(("HEAD", V1), ("200 OK", ""), &[], None, "200 OK||", KeepAlive),
    row(("HEAD", V0), ("200 OK", ""), &[], None, "200 OK|Connection: keep-alive||", KeepAlive),
    // Statuses without content.
    row(("GET", V1), ("204 No Content", "Content-Length: 5"), &["hello"], Some(5), "204 No Content||", KeepAlive),
    row(("GET", V1), ("204 No Content", "A: 1\nContent-Length: 0\nB: 2"), &[], None, "204 No Content|A: 1|B: 2||", KeepAlive),
    row(("HEAD", V1), ("204 No Content", ""), &[], None, "204 No Content||", KeepAlive),
    row(("GET", V1), ("205 Reset Content", "Content-Length: 5"), &["hello"], None, "205 Reset Content|Content-Length: 0||", KeepAlive),
    row(("GET", V1), ("205 Reset Content", ""), &[], None, "205 Reset Content|Content-Length: 0||", KeepAlive),
    row(("GET", V1), ("304 Not Modified", ""), &[], Some(0), "304 Not Modified||", KeepAlive),
    row(("GET", V1), ("304 Not Modified", "Content-Length: 1234"), &[], Some(0), "304 Not Modified|Content-Length: 1234||", KeepAlive),
    row(("GET", V1), ("304 Not Modified", ""), &["hello"], Some(5), "304 Not Modified||", KeepAlive),
    // The application's headers keep their order.
    row(("GET", V1), ("200 OK", "B: 2\nA: 1\nb: 3"), &["x"], Some(1), "200 OK|B: 2|A: 1|b: 3|Content-Length: 1||x", KeepAlive),
];

#[test]
fn responses_are_framed_as_their_status_method_and_version_demand() {
    for (number, row) in CASES.iter().enumerate() {
        let mut writer = writer(row.request.0, row.request.1, true);
        let mut out = Vec::new();
        let status = StatusLine::parse(row.status).unwrap();
        writer.start(status, headers(row.headers), None).unwrap();
        for block in row.blocks {
            let surplus = writer.write(block.as_bytes(), row.length, &mut out);
            assert!(surplus.is_ok() || row.ending == LONG, "row {number}");
        }
        let ending = writer.finish(row.length, &mut out);
        let expected = format!("HTTP/1.1 {}", row.expected);
        assert_eq!((text(&out), ending), (expected, row.ending), "row {number}");
        assert_eq!(writer.finish(None, &mut Vec::new()), ending, "row {number}");
    }
}

#[test]
fn a_connection_that_is_to_end_is_announced() {
    for decide_late in [false, true] {
        let (mut writer, mut out) = (writer("GET", V1, decide_late), Vec::new());
        if decide_late {
            writer.close_after();
        }
        writer.start(StatusLine::OK, Headers::new(), None).unwrap();
        assert_eq!(writer.finish(None, &mut out), Close(None));
        assert_eq!(
            text(&out),
            "HTTP/1.1 200 OK|Content-Length: 0|Connection: close||"
        );
    }
}

#[test]
fn date_and_server_of_the_application_stand_alone() {
    let (mut writer, mut out) = (writer("GET", V1, true), Vec::new());
    let own = headers("date: then\nSERVER: mine\nContent-Length: 0");
    writer.start(StatusLine::OK, own, None).unwrap();
    writer.finish(None, &mut out);
    assert_eq!(
        out,
        b"HTTP/1.1 200 OK\r\ndate: then\r\nSERVER: mine\r\nContent-Length: 0\r\n\r\n"
    );
}

#[test]
fn what_must_not_be_sent_is_refused_and_changes_nothing() {
    for (status, lines) in [
        ("100 Continue", ""),
        ("101 Switching Protocols", ""),
        ("200 OK", "Connection: close"),
        ("200 OK", "Transfer-Encoding: chunked"),
        ("200 OK", "transfer-encoding: identity"),
        ("200 OK", "Upgrade: x"),
        ("200 OK", "Keep-Alive: timeout=5"),
        ("200 OK", "Trailer: X"),
        ("200 OK", "Content-Length: five"),
        ("200 OK", "Content-Length: -5"),
        ("200 OK", "Content-Length: 18446744073709551616"),
        ("200 OK", "Content-Length: 5\nContent-Length: 5"),
        ("204 No Content", "Content-Length: 5\ncontent-length: 6"),
    ] {
        let mut writer = writer("GET", V1, true);
        let status = StatusLine::parse(status).unwrap();
        let refused = writer.start(status, headers(lines), None);
        assert!(refused.is_err() && !writer.is_started(), "{lines:?}");
        let again = writer.start(StatusLine::OK, Headers::new(), None);
        assert!(matches!(again, Err(StartResponseError::Twice)), "{lines:?}");
        let trapped = Some(ExcInfo::new("trapped"));
        writer
            .start(StatusLine::OK, Headers::new(), trapped)
            .unwrap();
    }
}

#[test]
fn a_second_start_replaces_the_first_until_the_head_is_out() {
    let trapped = || Some(ExcInfo::new("trapped"));
    let (mut writer, mut out) = (writer("GET", V1, true), Vec::new());
    writer
        .start(StatusLine::OK, headers("A: 1"), trapped())
        .unwrap();
    let twice = writer.start(StatusLine::OK, Headers::new(), None);
    assert!(matches!(twice, Err(StartResponseError::Twice)));
    writer
        .start(StatusLine::NOT_FOUND, headers("B: 2"), trapped())
        .unwrap();
    writer.write(b"x", None, &mut out).unwrap();
    assert!(text(&out).starts_with("HTTP/1.1 404 Not Found|B: 2|Transfer"));
    let late = writer.start(StatusLine::OK, Headers::new(), trapped());
    assert!(
        matches!(late, Err(StartResponseError::HeadersSent(error)) if error.to_string() == "trapped")
    );
    let late = writer.start(StatusLine::OK, Headers::new(), None);
    assert!(matches!(late, Err(StartResponseError::Twice)));
}

#[test]
fn a_failure_before_the_head_is_a_whole_500_and_nothing_of_what_was_stored() {
    for (method, body) in [("GET", "Internal Server Error\n"), ("HEAD", "")] {
        let (mut writer, mut out) = (writer(method, V1, true), Vec::new());
        writer
            .start(StatusLine::OK, headers("X-Half: 1"), None)
            .unwrap();
        assert_eq!(writer.fail(&mut out), KeepAlive);
        let head = "500 Internal Server Error|Content-Type: text/plain; charset=utf-8|Content-Length: 22||";
        assert_eq!(text(&out), format!("HTTP/1.1 {head}{body}"));
        assert_eq!(
            (writer.status(), writer.body_bytes()),
            (Some(500), body.len() as u64)
        );
        assert!(writer.write(b"x", None, &mut out).is_err() && !writer.wants_more());
        assert_eq!(writer.fail(&mut out), KeepAlive);
        assert_eq!(text(&out), format!("HTTP/1.1 {head}{body}"));
    }
}

#[test]
fn a_failure_after_the_head_adds_nothing_and_closes() {
    let (mut writer, mut out) = (writer("GET", V1, true), Vec::new());
    writer.start(StatusLine::OK, Headers::new(), None).unwrap();
    writer.write(b"half", None, &mut out).unwrap();
    let before = out.clone();
    assert_eq!(writer.fail(&mut out), Close(Some(CloseReason::Failed)));
    assert_eq!((out, writer.status()), (before, Some(200)));
}

#[test]
fn an_end_or_a_block_without_a_start_is_an_error() {
    let (mut writer, mut out) = (writer("GET", V1, false), Vec::new());
    let early = writer.write(b"x", None, &mut out);
    assert!(matches!(early, Err(WriteError::NotStarted)) && out.is_empty());
    assert_eq!(writer.finish(None, &mut out), Close(None));
    assert!(text(&out).starts_with("HTTP/1.1 500 Internal Server Error|"));
}

#[test]
fn surplus_is_reported_with_its_size() {
    let (mut writer, mut out) = (writer("GET", V1, true), Vec::new());
    writer
        .start(StatusLine::OK, headers("Content-Length: 5"), None)
        .unwrap();
    let surplus = writer.write(b"hello you", None, &mut out);
    assert!(matches!(
        surplus,
        Err(WriteError::BeyondContentLength {
            length: 5,
            surplus: 4
        })
    ));
    assert_eq!(writer.body_bytes(), 5);
    assert_eq!(
        writer.fail(&mut out),
        LONG,
        "the response is no less whole for it"
    );
}

#[test]
fn bytes_sent_by_the_caller_are_framed_too() {
    let start = |lines: &str| {
        let mut writer = writer("GET", V1, true);
        writer.start(StatusLine::OK, headers(lines), None).unwrap();
        (writer, Vec::new())
    };
    let (mut writer, mut out) = start("");
    assert_eq!(writer.write_raw(7, Some(7), &mut out).unwrap(), 7);
    assert_eq!(text(&out), "HTTP/1.1 200 OK|Content-Length: 7||");
    assert_eq!(writer.finish(None, &mut out), KeepAlive);
    let (mut writer, mut out) = start("Content-Length: 5");
    assert_eq!(writer.write_raw(7, Some(7), &mut out).unwrap(), 5);
    assert_eq!(writer.finish(None, &mut out), LONG);
    let (mut writer, mut out) = start("");
    writer.write(b"ab", None, &mut out).unwrap();
    out.clear();
    assert_eq!(writer.write_raw(10, Some(10), &mut out).unwrap(), 10);
    assert_eq!(std::mem::take(&mut out), b"a\r\n");
    writer.write(b"x", None, &mut out).unwrap();
    assert_eq!(std::mem::take(&mut out), b"\r\n1\r\nx\r\n");
    writer.write_raw(1, None, &mut out).unwrap();
    out.clear();
    assert_eq!(writer.finish(None, &mut out), KeepAlive);
    assert_eq!(out, b"\r\n0\r\n\r\n");
}

/// Request, start, whether more is wanted then, and after five bytes.
const WANTS: &[(&str, &str, &str, bool, bool)] = &[
    ("GET", "200 OK", "", true, true),
    ("GET", "200 OK", "Content-Length: 6", true, true),
    ("GET", "200 OK", "Content-Length: 5", true, false),
    ("GET", "200 OK", "Content-Length: 0", false, false),
    ("HEAD", "200 OK", "", false, false),
    ("GET", "204 No Content", "", false, false),
    ("GET", "205 Reset Content", "", false, false),
    ("GET", "304 Not Modified", "", false, false),
];

#[test]
fn no_more_is_wanted_than_has_a_place() {
    for &(method, status, lines, at_first, later) in WANTS {
        let mut writer = writer(method, V1, true);
        assert!(writer.wants_more());
        let status = StatusLine::parse(status).unwrap();
        writer.start(status, headers(lines), None).unwrap();
        assert_eq!(writer.wants_more(), at_first, "{method} {lines}");
        let _ = writer.write(b"hello", None, &mut Vec::new());
        assert_eq!(writer.wants_more(), later, "{method} {lines}");
    }
}

#[derive(Clone, Debug)]
enum Step {
    Start(&'static str, &'static str, bool),
    Write(Vec<u8>, Option<u64>),
    WriteRaw(u64, Option<u64>),
    CloseAfter,
    Finish(Option<u64>),
    Fail,
}

fn step() -> impl Strategy<Value = Step> {
    let length = || prop::option::of(0u64..12);
    let status = prop::sample::select(vec![
        "200 OK",
        "299 ",
        "204 No",
        "205 Reset",
        "304 Not",
        "404 No",
        "101 Up",
    ]);
    let lines = prop::sample::select(vec![
        "",
        "",
        "Content-Length: 5",
        "Content-Length: 0",
        "A: 1\nDate: x",
        "TE: x",
    ]);
    prop_oneof![
        3 => (status, lines, any::<bool>()).prop_map(|(s, l, e)| Step::Start(s, l, e)),
        4 => (prop::collection::vec(any::<u8>(), 0..8), length()).prop_map(|(b, l)| Step::Write(b, l)),
        1 => (0u64..8, length()).prop_map(|(n, l)| Step::WriteRaw(n, l)),
        1 => Just(Step::CloseAfter),
        1 => length().prop_map(Step::Finish),
        1 => Just(Step::Fail),
    ]
}

/// A client's view: the body and whether it is complete, in what came over a connection that then closed.
fn receive(method: &str, wire: &[u8]) -> (Vec<u8>, bool, bool) {
    let mut room = [httparse::EMPTY_HEADER; 16];
    let mut response = httparse::Response::new(&mut room);
    let head = response.parse(wire).unwrap().unwrap();
    let value = |name: &str| {
        let mut values = response
            .headers
            .iter()
            .filter(|field| field.name.eq_ignore_ascii_case(name));
        let value = values
            .next()
            .map(|field| std::str::from_utf8(field.value).unwrap());
        assert!(values.next().is_none(), "{name} twice");
        value
    };
    assert!(value("Date").is_some() && value("Server").is_some());
    let closes = value("Connection") == Some("close");
    let (coding, length) = (value("Transfer-Encoding"), value("Content-Length"));
    assert!(coding.is_none() || length.is_none());
    let framing = match (response.code.unwrap(), coding, length) {
        _ if method == "HEAD" => Framing::Empty,
        (204 | 304, ..) => Framing::Empty,
        (_, Some(_), _) => Framing::Chunked,
        (_, _, Some(length)) => Framing::Length(length.parse().unwrap()),
        _ => return (wire[head..].to_vec(), closes, closes),
    };
    let (mut decoder, mut body) = (BodyDecoder::new(framing, &Limits::default()), Vec::new());
    let taken = decoder.decode(&wire[head..], &mut body).unwrap();
    assert_eq!(head + taken, wire.len(), "bytes behind the response");
    (body, decoder.is_complete(), closes)
}

proptest! {
    /// Whatever an application does, a client sees one response, whose end it knows, unless the connection closes.
    #[test]
    fn no_sequence_of_calls_makes_a_response_lie(
        steps in prop::collection::vec(step(), 0..12), is_head: bool, is_new: bool, keep_alive: bool,
    ) {
        let (method, version) = (if is_head { "HEAD" } else { "GET" }, if is_new { V1 } else { V0 });
        let (mut writer, mut out) = (writer(method, version, keep_alive), Vec::new());
        let mut given = Vec::new();
        for step in steps {
            match step {
                Step::Start(status, lines, with_error) => {
                    let exc_info = with_error.then(|| ExcInfo::new("trapped"));
                    let _ = writer.start(StatusLine::parse(status).unwrap(), headers(lines), exc_info);
                }
                Step::Write(block, length) => {
                    if writer.write(&block, length, &mut out).is_ok() || writer.is_started() {
                        given.extend(block);
                    }
                }
                Step::WriteRaw(length, total) => {
                    if let Ok(count) = writer.write_raw(length, total, &mut out) {
                        out.extend(std::iter::repeat_n(b'r', count as usize));
                        given.extend(std::iter::repeat_n(b'r', length as usize));
                    }
                }
                Step::CloseAfter => writer.close_after(),
                Step::Finish(length) => drop(writer.finish(length, &mut out)),
                Step::Fail => drop(writer.fail(&mut out)),
            }
        }
        let ending = writer.finish(None, &mut out);
        let (body, is_complete, closes) = receive(method, &out);
        if writer.status() != Some(500) {
            prop_assert!(given.starts_with(&body));
        }
        prop_assert_eq!(writer.body_bytes(), body.len() as u64);
        match ending {
            KeepAlive => prop_assert!(is_complete && !closes && keep_alive),
            Close(None) | Close(Some(CloseReason::TooLong { .. })) => prop_assert!(is_complete),
            Close(Some(CloseReason::TooShort { length, sent })) => {
                prop_assert!(!is_complete && sent == body.len() as u64 && sent < length);
            }
            Close(Some(_)) => {}
        }
    }
}
