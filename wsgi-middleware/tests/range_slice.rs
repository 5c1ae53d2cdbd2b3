use std::io::{Seek, Write};

use proptest::prelude::*;
use wsgi_core::testing::{Answer, EnvironBuilder, Recorder, TrackedBody, run};
use wsgi_core::{Application, Body, Environ, FileWrapper, StatusLine, application_fn};
use wsgi_middleware::RangeSlice;

use crate::between_validators::between;

const DIGITS: &str = "0123456789";

fn file() -> Body {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"before0123456789").unwrap();
    file.seek(std::io::SeekFrom::Start(6)).unwrap();
    Body::from(FileWrapper::new(file).unwrap())
}

fn blocks() -> Body {
    TrackedBody::new(["0", "12", "", "34567", "89"]).body()
}

/// A name, the body, and whether several parts of it can be had.
type Kind = (&'static str, fn() -> Body, bool);

const KINDS: [Kind; 3] = [
    ("complete", || Body::from(DIGITS), true),
    ("file", file, true),
    ("blocks", blocks, false),
];

type Fields<'f> = &'f [(&'f str, &'f str)];

/// Answers with ten digits, their length, and these fields.
fn digits(
    body: impl Fn() -> Body + Send + Sync + 'static,
    fields: &'static [(&'static str, &'static str)],
) -> impl Application {
    application_fn(move |_, start_response| {
        let length = [("Content-Length", "10")];
        let fields = length.iter().chain(fields).copied();
        start_response.start(StatusLine::OK, fields)?;
        Ok(body())
    })
}

fn request(method: &str, fields: Fields<'_>) -> Environ {
    let request = EnvironBuilder::new(method, "/");
    let with =
        |request: EnvironBuilder, &(name, value): &(&str, &str)| request.append_header(name, value);
    fields.iter().fold(request, with).build()
}

fn get(app: impl Application, fields: Fields<'_>) -> Answer {
    between(app, RangeSlice::new, request("GET", fields)).unwrap()
}

#[test]
fn one_part() {
    #[rustfmt::skip]
    let cases = [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=0-0", "0", "bytes 0-0/10"),
        ("bytes=3-7", "34567", "bytes 3-7/10"),
        ("bytes=4-5", "45", "bytes 4-5/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-2", "89", "bytes 8-9/10"),
        ("bytes=-20", DIGITS, "bytes 0-9/10"),
        ("bytes=0-", DIGITS, "bytes 0-9/10"),
        ("bytes=9-9,20-30", "9", "bytes 9-9/10"),
    ];
    for (kind, body, _) in KINDS {
        for (range, part, content_range) in cases {
            let app = digits(
                body,
                &[
                    ("ETag", "\"v\""),
                    ("Content-MD5", "x"),
                    ("Content-Digest", "y"),
                    ("Repr-Digest", "z"),
                ],
            );
            let answer = get(app, &[("Range", range)]);
            let case = format!("{kind}: {range}");
            assert_eq!(
                (answer.status.code(), answer.text().as_str()),
                (206, part),
                "{case}"
            );
            assert_eq!(
                answer.header("Content-Range"),
                Some(content_range),
                "{case}"
            );
            assert_eq!(
                answer.header("Content-Length"),
                Some(&*part.len().to_string()),
                "{case}"
            );
            assert_eq!(answer.length, Some(part.len() as u64), "{case}");
            assert_eq!(answer.header("ETag"), Some("\"v\""), "{case}");
            assert_eq!(answer.header("Content-MD5"), None, "{case}");
            assert_eq!(answer.header("Content-Digest"), None, "{case}");
            assert_eq!(answer.header("Repr-Digest"), Some("z"), "{case}");
        }
    }
}

#[test]
fn several_parts() {
    for (kind, body, is_divisible) in KINDS {
        let app = digits(body, &[("Content-Type", "text/plain")]);
        let answer = get(app, &[("Range", "bytes=8-9, 0-0, 2-4")]);
        if !is_divisible {
            assert_eq!(
                (answer.status.code(), answer.text().as_str()),
                (200, DIGITS),
                "{kind}"
            );
            continue;
        }
        assert_eq!(answer.status.code(), 206, "{kind}");
        assert_eq!(answer.header("Content-Range"), None, "{kind}");
        let content_type = answer.header("Content-Type").unwrap();
        let boundary = content_type
            .strip_prefix("multipart/byteranges; boundary=")
            .unwrap();
        let part = |range: &str, text: &str| {
            format!(
                "--{boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes {range}/10\r\n\r\n{text}\r\n"
            )
        };
        let wanted = [part("8-9", "89"), part("0-0", "0"), part("2-4", "234")].concat();
        assert_eq!(
            answer.text(),
            format!("{wanted}--{boundary}--\r\n"),
            "{kind}"
        );
        let length = answer.body().len();
        assert_eq!(
            answer.header("Content-Length"),
            Some(&*length.to_string()),
            "{kind}"
        );
        assert_eq!(answer.length, Some(length as u64), "{kind}");
    }
}

#[test]
fn no_part_that_exists() {
    for (kind, body, _) in KINDS {
        let app = digits(body, &[("ETag", "\"v\""), ("Set-Cookie", "a=1")]);
        let answer = get(app, &[("Range", "bytes=10-,-0")]);
        assert_eq!(answer.status.code(), 416, "{kind}");
        assert_eq!(answer.header("Content-Range"), Some("bytes */10"), "{kind}");
        assert_eq!(answer.header("ETag"), None, "{kind}");
        assert_eq!(answer.header("Set-Cookie"), Some("a=1"), "{kind}");
        assert_eq!(answer.text(), "Range Not Satisfiable\n", "{kind}");
        let length = answer.text().len().to_string();
        assert_eq!(answer.header("Content-Length"), Some(&*length), "{kind}");
    }
}

const OLD: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const OLDER: &str = "Sun, 06 Nov 1994 08:49:36 GMT";

#[test]
fn parts_of_another_state_are_all_of_it() {
    #[rustfmt::skip]
    let cases: [(Fields<'static>, &str, u16); 9] = [
        (&[("ETag", "\"v\"")], "\"v\"", 206),
        (&[("ETag", "\"v\"")], "\"x\"", 200),
        (&[("ETag", "\"v\"")], "W/\"v\"", 200),
        (&[("ETag", "W/\"v\"")], "W/\"v\"", 200),
        (&[("ETag", "W/\"v\"")], "\"v\"", 200),
        (&[("ETag", "\"v\""), ("Last-Modified", OLD)], OLD, 206),
        (&[("Last-Modified", OLD)], OLDER, 200),
        (&[("Last-Modified", OLD)], "yesterday", 200),
        (&[("X-None", "1")], "\"v\"", 200),
    ];
    for (fields, condition, status) in cases {
        let app = digits(|| Body::from(DIGITS), fields);
        let answer = get(app, &[("Range", "bytes=0-1"), ("If-Range", condition)]);
        assert_eq!(answer.status.code(), status, "{fields:?} {condition}");
    }
}

#[test]
fn all_of_it_where_parts_are_not_to_be_had() {
    let ask = |app: Box<dyn Application>, method: &str, fields: Fields<'_>| {
        let answer = run(&RangeSlice::new(app), request(method, fields)).unwrap();
        assert_eq!(
            answer
                .header("Content-Range")
                .filter(|&range| range != "bytes 0-1/3"),
            None
        );
        (answer.status.code(), answer.text())
    };
    const RANGE: (&str, &str) = ("Range", "bytes=2-4");
    let complete = || Box::new(digits(|| Body::from(DIGITS), &[]));
    let whole = (200, DIGITS.to_owned());
    assert_eq!(ask(complete(), "POST", &[RANGE]), whole);
    assert_eq!(ask(complete(), "HEAD", &[RANGE]), whole);
    assert_eq!(ask(complete(), "GET", &[RANGE, RANGE]), whole);
    assert_eq!(ask(complete(), "GET", &[("Range", "lines=2-4")]), whole);
    assert_eq!(ask(complete(), "GET", &[("Range", "bytes=4-2")]), whole);
    let refusing = digits(|| Body::from(DIGITS), &[("Accept-Ranges", "none")]);
    assert_eq!(ask(Box::new(refusing), "GET", &[RANGE]), whole);
    let twice = digits(|| Body::from(DIGITS), &[("Content-Length", "10")]);
    assert_eq!(ask(Box::new(twice), "GET", &[RANGE]), whole);
    let wrong = digits(|| Body::from("012345"), &[]);
    assert_eq!(
        ask(Box::new(wrong), "GET", &[RANGE]),
        (200, "012345".to_owned())
    );
    let start = |status: &'static str,
                 fields: &'static [(&'static str, &'static str)],
                 body: fn() -> Body| {
        application_fn(move |_, start_response| {
            start_response.start(StatusLine::from_static(status), fields.iter().copied())?;
            Ok(body())
        })
    };
    let unknown = start("200 OK", &[("X-A", "1")], blocks);
    assert_eq!(ask(Box::new(unknown), "GET", &[RANGE]), whole);
    let error = start("404 Not Found", &[("X-A", "1")], || Body::from(DIGITS));
    assert_eq!(
        ask(Box::new(error), "GET", &[RANGE]),
        (404, DIGITS.to_owned())
    );
    let own = start(
        "206 Partial Content",
        &[("Content-Range", "bytes 0-1/3")],
        || Body::from("01"),
    );
    assert_eq!(ask(Box::new(own), "GET", &[RANGE]), (206, "01".to_owned()));
    let written = application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("Content-Length", "10")])?;
        start_response.write(b"01234")?;
        Ok(Body::from("56789"))
    });
    assert_eq!(ask(Box::new(written), "GET", &[RANGE]), whole);
}

#[test]
fn parts_are_advertised_where_they_can_be_had() {
    let accepts = |app: &dyn Application, method| {
        let answer = run(app, request(method, &[])).unwrap();
        answer.header("Accept-Ranges").map(str::to_owned)
    };
    let some = Some("bytes".to_owned());
    for (kind, body, _) in KINDS {
        let app = RangeSlice::new(digits(body, &[]));
        assert_eq!(accepts(&app, "GET"), some, "{kind}");
        assert_eq!(accepts(&app, "HEAD"), some, "{kind}");
        assert_eq!(accepts(&app, "POST"), None, "{kind}");
        assert_eq!(accepts(&app.advertise(false), "GET"), None, "{kind}");
    }
    let bodiless = RangeSlice::new(digits(Body::empty, &[]));
    assert_eq!(accepts(&bodiless, "HEAD"), some);
    assert_eq!(accepts(&bodiless, "GET"), None);
    let app = RangeSlice::new(crate::answering(blocks));
    assert_eq!(accepts(&app, "GET"), None);
    let app = RangeSlice::new(crate::answering(Body::empty));
    assert_eq!(accepts(&app, "HEAD"), None);
    let app = RangeSlice::new(digits(|| Body::from(DIGITS), &[("Accept-Ranges", "none")]));
    assert_eq!(accepts(&app, "GET"), Some("none".to_owned()));
}

#[test]
fn a_file_stays_a_file() {
    let app = RangeSlice::new(digits(file, &[]));
    let mut body = app
        .call(
            &mut request("GET", &[("Range", "bytes=2-4")]),
            &mut Recorder::default(),
        )
        .unwrap();
    let region = body.file().unwrap();
    assert_eq!((region.offset, region.length), (8, 3));
    assert_eq!(body.next_block().unwrap(), Some(&b"234"[..]));
    assert_eq!(body.file().map_or(0, |region| region.length), 0);
    assert_eq!(body.next_block().unwrap(), None);
}

#[test]
fn a_complete_body_stays_complete() {
    let app = RangeSlice::new(digits(|| Body::from(DIGITS), &[]));
    let body = app
        .call(
            &mut request("GET", &[("Range", "bytes=2-4")]),
            &mut Recorder::default(),
        )
        .unwrap();
    assert_eq!(body.as_full(), Some(&b"234"[..]));
}

/// PEP 3333 "Middleware Handling of Block Boundaries": a block for a block, empty where nothing is to be sent of it.
#[test]
fn blocks_behind_the_part_are_not_asked_for_and_close_runs_once() {
    let tracked = TrackedBody::new(["0", "12", "345", "6789"]);
    let inner = tracked.clone();
    let app = digits(move || inner.body(), &[]);
    let answer = get(app, &[("Range", "bytes=2-3")]);
    let wanted: [&[u8]; 3] = [b"", b"2", b"3"];
    assert_eq!(answer.blocks, wanted);
    assert_eq!(tracked.log(), ["next", "next", "next", "close"]);
}

#[test]
fn a_body_that_ends_early_is_an_error_and_is_closed() {
    let tracked = TrackedBody::new(["01234"]);
    let inner = tracked.clone();
    let app = RangeSlice::new(digits(move || inner.body(), &[]));
    let error = run(&app, request("GET", &[("Range", "bytes=3-7")])).unwrap_err();
    assert_eq!(error.fault(), wsgi_core::Fault::Application);
    assert_eq!(tracked.closed(), 1);
}

/// Rack's CVE-2024-26141: many ranges of the same bytes made responses of many times the size. CVE-2022-44570: a field
/// that took long to read.
#[test]
fn many_or_overlapping_parts_are_all_of_it() {
    let one_by_one = |count: usize| {
        let parts: Vec<String> = (0..count).map(|at| format!("{at}-{at}")).collect();
        format!("bytes={}", parts.join(","))
    };
    let hostile = [
        "bytes=0-,0-,0-,0-".to_owned(),
        "bytes=0-5,5-9".to_owned(),
        one_by_one(17),
        format!("bytes={}", "0-,".repeat(200_000)),
        format!("bytes={}", ",".repeat(800_000)),
        format!("bytes={}", "9".repeat(800_000)),
        format!("bytes=0-{}x", " ".repeat(800_000)),
    ];
    for range in hostile {
        let answer = get(digits(|| Body::from(DIGITS), &[]), &[("Range", &range)]);
        let start = &range[..20.min(range.len())];
        assert_eq!(
            (answer.status.code(), answer.text().as_str()),
            (200, DIGITS),
            "{start}"
        );
    }
    let app = RangeSlice::new(digits(|| Body::from(DIGITS), &[])).range_limit(2);
    for (count, status) in [(2, 206), (3, 200)] {
        let answer = run(&app, request("GET", &[("Range", &one_by_one(count))])).unwrap();
        assert_eq!(answer.status.code(), status, "{count}");
    }
}

#[cfg(all(feature = "conditional-get", feature = "etag"))]
#[test]
fn preconditions_come_first_and_a_strong_tag_lets_parts_through() {
    let stack = || {
        let app = crate::answering(|| Body::from(DIGITS));
        let tagged = wsgi_middleware::ETag::new(app).strong(true);
        RangeSlice::new(wsgi_middleware::ConditionalGet::new(tagged))
    };
    let tag = run(&stack(), request("GET", &[])).unwrap();
    let tag = tag.header("ETag").unwrap();
    let range = ("Range", "bytes=0-1");
    let ask = |fields: Fields<'_>| run(&stack(), request("GET", fields)).unwrap().status.code();
    assert_eq!(ask(&[range, ("If-None-Match", tag)]), 304);
    assert_eq!(ask(&[range, ("If-Match", "\"x\"")]), 412);
    assert_eq!(ask(&[range, ("If-Match", tag)]), 206);
    assert_eq!(ask(&[range, ("If-Range", tag)]), 206);
    assert_eq!(ask(&[range, ("If-Range", "\"x\"")]), 200);
}

proptest! {
    #[test]
    fn a_part_is_the_same_however_the_body_comes(
        blocks in prop::collection::vec("[a-z]{0,5}", 1..8),
        first in 0..40_usize,
        length in 1..40_usize,
    ) {
        let whole = blocks.concat();
        let range = format!("bytes={first}-{}", first + length - 1);
        let size = whole.len().to_string();
        let complete = whole.clone();
        let ask = |body: &(dyn Fn() -> Body + Send + Sync)| {
            let app = RangeSlice::new(application_fn(|_, start_response| {
                start_response.start(StatusLine::OK, [("Content-Length", &size)])?;
                Ok(body())
            }));
            let answer = run(&app, request("GET", &[("Range", &range)])).unwrap();
            (answer.status.code(), answer.text())
        };
        let cut = ask(&|| TrackedBody::new(&blocks).body());
        prop_assert_eq!(&cut, &ask(&|| Body::from(complete.clone())));
        if let Some(rest) = whole.get(first..).filter(|rest| !rest.is_empty()) {
            prop_assert_eq!(cut, (206, rest[..length.min(rest.len())].to_owned()));
        }
    }
}
