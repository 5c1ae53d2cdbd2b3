//! Whatever stream of bytes a client sends, right or wrong: however it is cut, the same is found in it, by the parser and
//! by the server, and the server does what the parser says.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::Value;
use wsgi_server::protocol::CONTINUE;
use wsgi_tests::{Response, Server};

use super::serve;
use super::streams::{End, HANDMADE, Random, Request, Seen, Session, stream};

/// The stream, and the sizes of the pieces that it is sent in.
fn case() -> impl Strategy<Value = (Vec<u8>, Vec<usize>)> {
    let generated = any::<u64>().prop_map(|seed| stream(&mut Random::new(seed)));
    let handmade = prop::sample::select(HANDMADE).prop_map(<[u8]>::to_vec);
    let sizes = prop_oneof![Just(vec![1]), prop::collection::vec(1..60_usize, 1..12)];
    (prop_oneof![3 => generated, 1 => handmade], sizes)
}

fn check(
    cases: u32,
    test: impl Fn((Vec<u8>, Vec<usize>)) -> Result<(), TestCaseError>,
) -> Result<(), String> {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&case(), test);
    outcome.map_err(|error| error.to_string())
}

#[test]
fn the_parser_finds_the_same_however_a_stream_is_cut() {
    let outcome = check(1500, |(stream, sizes)| {
        let whole = Session::of([&stream[..]]);
        let cut = Session::of(pieces(&stream, &sizes));
        prop_assert_eq!(cut, whole, "{}", stream.escape_ascii());
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn the_server_answers_what_the_parser_finds_however_a_stream_is_cut() {
    let server = serve("echo.py");
    let outcome = check(400, |(stream, sizes)| {
        let found = Session::of([&stream[..]]);
        converse(&server, &stream, &sizes, &found).map_err(|fault| {
            TestCaseError::fail(format!("{fault}: {}, {found:#?}", stream.escape_ascii()))
        })
    });
    outcome.unwrap_or_else(|error| panic!("{error}\n{}", server.output()));
}

/// Pieces of these sizes, over and over, until all is taken.
fn pieces<'b>(mut bytes: &'b [u8], sizes: &'b [usize]) -> impl Iterator<Item = &'b [u8]> {
    let mut sizes = sizes.iter().cycle();
    std::iter::from_fn(move || {
        let size = sizes.next()?;
        let (piece, rest) = bytes.split_at(bytes.len().min(*size));
        bytes = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Sends the stream, and holds what comes back against what the parser found in it.
fn converse(
    server: &Server,
    stream: &[u8],
    sizes: &[usize],
    found: &Seen,
) -> Result<(), TestCaseError> {
    let mut connection = server.connect();
    let sent = pieces(stream, sizes).try_for_each(|piece| connection.try_send(piece));
    // Behind a request that asks for the end the server need not take anything.
    prop_assert!(sent.is_ok() || found.end == End::Closed, "{:?}", sent);
    for request in &found.requests {
        let mut answer = connection.response_to(&request.method);
        if answer.status == 100 {
            answer = connection.response_to(&request.method);
        }
        judge(&answer, request)?;
    }
    if matches!(found.end, End::InHead | End::InBody) {
        connection.finish_sending();
    }
    let interim = std::str::from_utf8(CONTINUE).expect("an ASCII constant");
    let rest = String::from_utf8(connection.read_to_end()).expect("what the server says is ASCII");
    judge_rest(rest.trim_start_matches(interim), &found.end)
}

/// What the application saw of a request.
fn judge(answer: &Response, request: &Request) -> Result<(), TestCaseError> {
    prop_assert_eq!(answer.status, 200);
    prop_assert!(answer.is_complete);
    let says_close = answer.header("Connection") == Some("close");
    prop_assert_eq!(says_close, !request.persists);
    if request.method == "HEAD" {
        return Ok(());
    }
    let seen = answer.json();
    prop_assert_eq!(&seen["REQUEST_METHOD"], &*request.method);
    prop_assert_eq!(&seen["REQUEST_URI"], &*request.target);
    prop_assert_eq!(&seen["body"], &*request.body);
    let mut hosts = request.fields.iter().filter(|(name, _)| name == "host");
    let host = hosts
        .next()
        .map_or(Value::Null, |(_, host)| host.as_str().into());
    prop_assert_eq!(&seen["HTTP_HOST"], &host);
    Ok(())
}

/// Behind the last request stands a refusal, or nothing.
fn judge_rest(rest: &str, end: &End) -> Result<(), TestCaseError> {
    let End::Refused(refusal) = end else {
        prop_assert_eq!(rest, "");
        return Ok(());
    };
    let status = refusal.status();
    let reason = status.canonical_reason().unwrap_or_default();
    let (head, body) = rest.split_once("\r\n\r\n").unwrap_or_default();
    let start = format!("HTTP/1.1 {} {reason}\r\n", status.as_u16());
    prop_assert!(head.starts_with(&start), "{}", rest);
    prop_assert!(head.ends_with("\r\nConnection: close"), "{}", rest);
    // None for HEAD.
    prop_assert!(body.is_empty() || body == format!("{reason}\n"), "{}", rest);
    Ok(())
}
