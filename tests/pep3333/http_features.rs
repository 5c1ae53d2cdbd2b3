//! PEP 3333 "Other HTTP Features".

use http::Version;
use wsgi_core::testing::EnvironBuilder;
use wsgi_core::{Headers, StatusLine, application_fn, is_hop_by_hop};
use wsgi_server::protocol::ResponseWriter;

use crate::kit::{TEXT, answering_with, assert_flawless, assert_reports, get};

/// "servers and gateways should "play dumb" and allow the application complete control over its output"
#[test]
fn status_and_headers_go_out_as_they_are() {
    let headers = [
        ("x-oDD", " v"),
        ("Set-Cookie", "a=1"),
        ("ETag", "bare"),
        ("Set-Cookie", "b=2"),
        ("X-Latin", "caf\u{e9}"),
    ];
    let mut out = Vec::new();
    let mut response = ResponseWriter::new(false, Version::HTTP_11, true);
    let status = StatusLine::parse("299 Odd But Fine").unwrap();
    response
        .start(status, Headers::try_from_pairs(headers).unwrap(), None)
        .unwrap();
    response.finish(None, &mut out);
    let out = String::from_utf8(out).unwrap();
    assert!(out.starts_with("HTTP/1.1 299 Odd But Fine\r\n"), "{out}");
    let places: Vec<_> = headers
        .iter()
        .map(|(name, value)| {
            out.find(&format!("\r\n{name}: {value}\r\n"))
                .unwrap_or_else(|| panic!("{name} in {out}"))
        })
        .collect();
    assert!(places.is_sorted(), "{out}");
}

/// Applications must not "attempt to use HTTP features that would require them to generate such headers".
#[test]
fn interim_statuses_are_reported() {
    for line in ["100 Continue", "101 Switching Protocols", "103 Early Hints"] {
        let status = StatusLine::parse(line).unwrap();
        assert_reports("status.interim", answering_with(status, &[], || ""), get);
    }
}

/// "or rely on the content of any incoming "hop-by-hop" headers": they can be told from the others.
#[test]
fn hop_by_hop_fields_can_be_told() {
    // RFC 2616 §13.5.1, whose "Trailers" is a misprint for "Trailer".
    let fields = "Connection Keep-Alive Proxy-Authenticate Proxy-Authorization TE Trailers Transfer-Encoding Upgrade";
    for name in fields.split(' ') {
        assert!(
            is_hop_by_hop(name) && is_hop_by_hop(name.to_ascii_uppercase()),
            "{name}"
        );
    }
    assert!(!is_hop_by_hop("Content-Encoding") && !is_hop_by_hop("Range"));
}

/// Cache validation, content encoding and byte ranges are the application's: nothing in between answers for it.
#[test]
fn validators_and_ranges_pass_through() {
    let validating = application_fn(|environ, start_response| {
        assert_eq!(environ.headers().get_str("if-none-match"), Some("\"x\""));
        start_response.start(StatusLine::NOT_MODIFIED, [("ETag", "\"x\"")])?;
        Ok("".into())
    });
    let asked = || {
        EnvironBuilder::get("/")
            .header("If-None-Match", "\"x\"")
            .build()
    };
    assert_eq!(
        assert_flawless(validating, asked).header("etag"),
        Some("\"x\"")
    );

    let partial = application_fn(|environ, start_response| {
        assert_eq!(environ.headers().get_str("range"), Some("bytes=0-1"));
        let headers = [
            TEXT,
            ("Content-Range", "bytes 0-1/9"),
            ("Content-Encoding", "gzip"),
        ];
        start_response.start(StatusLine::parse("206 Partial Content")?, headers)?;
        Ok("ab".into())
    });
    let asked = || {
        EnvironBuilder::get("/")
            .header("Range", "bytes=0-1")
            .build()
    };
    let answer = assert_flawless(partial, asked);
    assert_eq!(
        (answer.status.code(), answer.header("content-encoding")),
        (206, Some("gzip"))
    );
}
