//! [`Compress`]: what is compressed, how, and what the head says of it.

use std::io::{Read, Seek, Write};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use wsgi_core::testing::{Answer, EnvironBuilder, Recorder, TrackedBody, run};
use wsgi_core::validate::{Validator, Violation};
use wsgi_core::{
    Application, ApplicationError, Body, ExcInfo, FileWrapper, Headers, StatusLine, application_fn,
};
use wsgi_middleware::{Coding, Compress, CompressError, CompressLayer, Flush};

const HTML: (&str, &str) = ("Content-Type", "text/html; charset=utf-8");

/// Text that compresses as text does, of some size.
fn text(size: usize) -> Vec<u8> {
    let words = (0_u32..)
        .flat_map(|n| format!("line {n} of {}\n", n.wrapping_mul(2_654_435_761)).into_bytes());
    words.take(size).collect()
}

/// Answers `200 OK` with these fields and a complete body of 4 KiB.
fn page<'h>(headers: &'h [(&'h str, &'h str)]) -> impl Application + 'h {
    application_fn(move |_, start_response| {
        start_response.start(StatusLine::OK, headers.iter().copied())?;
        Ok(Body::from(text(4096)))
    })
}

/// Answers `200 OK` with what `body` gives.
fn html(body: impl Fn() -> Body + Send + Sync) -> impl Application {
    application_fn(move |_, start_response| {
        start_response.start(StatusLine::OK, [HTML])?;
        Ok(body())
    })
}

fn asking(accept_encoding: &str) -> EnvironBuilder {
    EnvironBuilder::get("/").header("Accept-Encoding", accept_encoding)
}

fn ask(app: &impl Application, accept_encoding: &str) -> Answer {
    run(app, asking(accept_encoding).build()).unwrap()
}

/// What can be decoded of the beginning of a coded body.
fn decoded(coding: &str, bytes: &[u8]) -> Vec<u8> {
    let mut decoder: Box<dyn Read> = match coding {
        "gzip" => Box::new(flate2::read::GzDecoder::new(bytes)),
        "deflate" => Box::new(flate2::read::ZlibDecoder::new(bytes)),
        "br" => Box::new(brotli::Decompressor::new(bytes, 4096)),
        #[cfg(feature = "zstd")]
        "zstd" => Box::new(zstd::stream::read::Decoder::new(bytes).unwrap()),
        other => panic!("{other} is no coding"),
    };
    let (mut plain, mut part) = (Vec::new(), [0; 4096]);
    // Ends at the end of the stream, or where its rest is missing.
    while let Ok(length @ 1..) = decoder.read(&mut part) {
        plain.extend_from_slice(&part[..length]);
    }
    plain
}

/// The body of an answer, decoded as its head says.
fn plain(answer: &Answer) -> Vec<u8> {
    match answer.header("Content-Encoding") {
        Some(coding) => decoded(coding, &answer.body()),
        None => answer.body(),
    }
}

const CODINGS: &[&str] = &[
    "gzip",
    "deflate",
    "br",
    #[cfg(feature = "zstd")]
    "zstd",
];

#[test]
fn a_complete_body_becomes_one_block_of_known_length() {
    let app = Compress::new(page(&[HTML, ("Content-Length", "4096")]));
    for coding in CODINGS {
        let answer = ask(&app, coding);
        assert_eq!(answer.header("Content-Encoding"), Some(*coding));
        assert_eq!(answer.header("Vary"), Some("Accept-Encoding"));
        let length = answer.body().len();
        assert!(length < 2048, "{coding}: {length}");
        assert_eq!(answer.blocks.len(), 1, "{coding}");
        let told: Vec<&[u8]> = answer.headers.get_all("Content-Length").collect();
        assert_eq!(told, [length.to_string().as_bytes()], "{coding}");
        assert_eq!(plain(&answer), text(4096), "{coding}");
    }
}

#[test]
fn the_client_chooses_and_of_equals_the_order_decides() {
    #[rustfmt::skip]
    let cases: [(&str, Option<&str>); 12] = [
        ("", None),
        ("gzip", Some("gzip")),
        ("x-gzip", Some("gzip")),
        ("gzip, deflate, br", Some("br")),
        #[cfg(feature = "zstd")]
        ("gzip, deflate, br, zstd", Some("zstd")),
        #[cfg(not(feature = "zstd"))]
        ("gzip, deflate, br, zstd", Some("br")),
        ("br;q=0.5, gzip;q=0.8", Some("gzip")),
        ("br;q=0, *", if cfg!(feature = "zstd") { Some("zstd") } else { Some("gzip") }),
        ("identity, gzip;q=0.5", None),
        ("gzip;q=0", None),
        ("compress", None),
        ("identity;q=0, deflate", Some("deflate")),
        ("gzip;q=1.5, deflate;q=0.1", Some("deflate")),
    ];
    let app = Compress::new(page(&[HTML]));
    for (accept_encoding, coding) in cases {
        let answer = ask(&app, accept_encoding);
        let told = answer.header("Content-Encoding");
        assert_eq!(told, coding, "{accept_encoding:?}");
        assert_eq!(
            answer.header("Vary"),
            Some("Accept-Encoding"),
            "{accept_encoding:?}"
        );
        assert_eq!(plain(&answer), text(4096), "{accept_encoding:?}");
    }
    let gzip_first = Compress::new(page(&[HTML])).codings([Coding::Gzip, Coding::Brotli]);
    let answer = ask(&gzip_first, "deflate, br, gzip, zstd");
    assert_eq!(answer.header("Content-Encoding"), Some("gzip"));
    assert_eq!(ask(&gzip_first, "deflate").header("Content-Encoding"), None);
}

#[test]
fn without_accept_encoding_nothing_is_compressed_but_caches_are_told() {
    let answer = wsgi_core::testing::get(&Compress::new(page(&[HTML])), "/");
    assert_eq!(answer.header("Content-Encoding"), None);
    assert_eq!(answer.header("Vary"), Some("Accept-Encoding"));
    assert_eq!(answer.body(), text(4096));
}

/// Several lines of a field are one list (RFC 9110 §5.3), and long ones are read as short ones are.
#[test]
fn all_of_accept_encoding_counts() {
    let app = Compress::new(page(&[HTML]));
    let request = asking("br;q=0.1").append_header("Accept-Encoding", "gzip");
    let answer = run(&app, request.build()).unwrap();
    assert_eq!(answer.header("Content-Encoding"), Some("gzip"));
    let long = format!("{}, gzip", "x-unknown;q=0.1, ".repeat(20));
    assert_eq!(ask(&app, &long).header("Content-Encoding"), Some("gzip"));
}

#[test]
fn what_must_not_or_need_not_be_coded_is_left_as_it_is() {
    let cases: &[&[(&str, &str)]] = &[
        &[],
        &[("Content-Type", "image/png")],
        &[("Content-Type", "application/zip")],
        &[HTML, ("Content-Encoding", "gzip")],
        &[HTML, ("Content-Encoding", "identity")],
        &[HTML, ("Cache-Control", "max-age=60, No-Transform")],
    ];
    for &headers in cases {
        let answer = ask(&Compress::new(page(headers)), "gzip");
        assert_eq!(answer.body(), text(4096), "{headers:?}");
        assert_eq!(
            answer.headers,
            Headers::try_from_pairs(headers.iter().copied()).unwrap()
        );
    }
}

#[test]
fn small_bodies_are_left_alone_where_their_size_is_known() {
    let sized = |length: usize| html(move || Body::from(text(length)));
    let told = |answer: Answer| answer.header("Content-Encoding").is_some();
    assert!(!told(ask(&Compress::new(sized(1023)), "gzip")));
    assert_eq!(
        ask(&Compress::new(sized(1023)), "gzip").header("Vary"),
        None
    );
    assert!(told(ask(&Compress::new(sized(1024)), "gzip")));
    assert!(told(ask(
        &Compress::new(sized(99)).minimum_size(99),
        "gzip"
    )));
    let blocks = html(|| TrackedBody::new(["small"]).body());
    assert!(told(ask(&Compress::new(blocks), "gzip")));
    let told_by_the_head = application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [HTML, ("Content-Length", "5")])?;
        Ok(TrackedBody::new(["small"]).body())
    });
    assert!(!told(ask(&Compress::new(told_by_the_head), "gzip")));
}

/// A client that refuses the plain body gets a coded one, even where that does not pay.
#[test]
fn a_client_that_refuses_identity_gets_small_bodies_and_images_coded() {
    for app in [
        Compress::new(Box::new(html(|| Body::from("small"))) as Box<dyn Application>),
        Compress::new(Box::new(page(&[("Content-Type", "image/png")]))),
        Compress::new(Box::new(page(&[]))),
    ] {
        let answer = ask(&app, "gzip, identity;q=0");
        assert_eq!(answer.header("Content-Encoding"), Some("gzip"));
    }
}

#[test]
fn a_body_that_would_not_become_smaller_stays_plain() {
    let mut state = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    })
    .take(4096)
    .collect();
    let app = Compress::new(html(move || Body::from(noise.clone())));
    for coding in CODINGS {
        let answer = ask(&app, coding);
        assert_eq!(answer.header("Content-Encoding"), None, "{coding}");
        assert_eq!(answer.header("Vary"), Some("Accept-Encoding"), "{coding}");
        assert_eq!(answer.body().len(), 4096, "{coding}");
    }
}

#[test]
fn who_accepts_nothing_that_there_is_gets_406() {
    let tracked = TrackedBody::new(["page"]);
    let body = tracked.clone();
    let app = Compress::new(html(move || body.body()));
    for accept_encoding in ["identity;q=0", "*;q=0", "compress, identity;q=0"] {
        let answer = ask(&app, accept_encoding);
        assert_eq!(answer.status.code(), 406, "{accept_encoding}");
        assert_eq!(answer.text(), "Not Acceptable\n");
        assert_eq!(answer.header("Vary"), Some("Accept-Encoding"));
    }
    assert_eq!(tracked.closed(), 3);
    let request = EnvironBuilder::new("HEAD", "/").header("Accept-Encoding", "*;q=0");
    let answer = run(&app, request.build()).unwrap();
    assert_eq!((answer.status.code(), answer.text().as_str()), (406, ""));
    // The deed is done; the answer must not deny it.
    let request = EnvironBuilder::post("/", "x").header("Accept-Encoding", "identity;q=0");
    assert_eq!(run(&app, request.build()).unwrap().text(), "page");
    let writing = Compress::new(application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [HTML])?;
        start_response.write(b"page")?;
        start_response.write(b"page")?;
        Ok(Body::from("page"))
    }));
    let answer = ask(&writing, "identity;q=0");
    assert_eq!(
        (answer.status.code(), answer.text()),
        (406, "Not Acceptable\n".into())
    );
}

#[test]
fn each_block_becomes_a_block_that_can_be_decoded_at_once() {
    let blocks = ["one ", "", "two, and more of it ", "three"];
    for coding in CODINGS {
        let tracked = TrackedBody::new(blocks);
        let inner = tracked.clone();
        let app = Compress::new(html(move || inner.body()));
        let mut recorder = Recorder::default();
        let mut body = app
            .call(&mut asking(coding).build(), &mut recorder)
            .unwrap();
        assert!(tracked.log().is_empty(), "{coding}");
        assert_eq!(body.length(), None);
        let (mut received, mut expected) = (Vec::new(), String::new());
        for (index, block) in blocks.iter().enumerate() {
            let coded = body.next_block().unwrap().unwrap();
            assert_eq!(coded.is_empty(), block.is_empty(), "{coding}");
            received.extend_from_slice(coded);
            expected.push_str(block);
            assert_eq!(tracked.log().len(), index + 1, "{coding}");
            assert_eq!(decoded(coding, &received), expected.as_bytes(), "{coding}");
        }
        assert!(
            !body.next_block().unwrap().unwrap().is_empty(),
            "{coding}: the end"
        );
        assert_eq!(body.next_block().unwrap(), None, "{coding}");
        body.close().unwrap();
        assert_eq!(tracked.closed(), 1);
        let (_, headers) = recorder.started.unwrap();
        assert_eq!(headers.get("Content-Length"), None);
    }
}

struct Sized(Vec<&'static [u8]>);

impl wsgi_core::Blocks for Sized {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        Ok((!self.0.is_empty()).then(|| self.0.remove(0)))
    }

    fn length(&self) -> Option<u64> {
        Some(self.0.iter().map(|block| block.len() as u64).sum())
    }
}

/// The end of the stream comes with the last block, where that is known to be the last: no block is added.
#[test]
fn blocks_of_known_length_stay_as_many_as_they_are() {
    for coding in CODINGS {
        let app = html(|| Body::from_blocks(Sized(vec![b"one", b"two"])));
        let answer = ask(&Compress::new(app).minimum_size(1), coding);
        assert_eq!(answer.blocks.len(), 2, "{coding}");
        assert_eq!(plain(&answer), b"onetwo", "{coding}");
        assert_eq!(answer.header("Content-Length"), None, "{coding}");
    }
}

#[test]
fn a_file_is_compressed_in_one_stream_and_is_no_file_any_more() {
    for coding in CODINGS {
        let app = Compress::new(html(|| {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&text(200_000)).unwrap();
            file.rewind().unwrap();
            Body::from(FileWrapper::new(file).unwrap())
        }));
        let mut body = app
            .call(&mut asking(coding).build(), &mut Recorder::default())
            .unwrap();
        assert!(body.file().is_none());
        let mut coded = Vec::new();
        while let Some(block) = body.next_block().unwrap() {
            coded.extend_from_slice(block);
        }
        assert_eq!(decoded(coding, &coded), text(200_000), "{coding}");
    }
}

#[test]
fn what_is_written_is_encoded_write_by_write() {
    for coding in CODINGS {
        let app = Compress::new(application_fn(|_, start_response| {
            start_response.start(StatusLine::OK, [HTML])?;
            start_response.write(b"")?;
            start_response.write(b"one ")?;
            start_response.write(b"two ")?;
            Ok(TrackedBody::new(["three ", "four"]).body())
        }));
        let answer = ask(&app, coding);
        assert_eq!(answer.header("Content-Encoding"), Some(*coding));
        assert_eq!(answer.written.len(), 2, "{coding}");
        assert_eq!(decoded(coding, &answer.written[0]), b"one ", "{coding}");
        assert_eq!(
            decoded(coding, &answer.written.concat()),
            b"one two ",
            "{coding}"
        );
        assert_eq!(plain(&answer), b"one two three four", "{coding}");
    }
}

/// Fewer, larger blocks where nobody waits for them; PEP 3333 has the empty one for "nothing yet".
#[test]
fn without_flushes_the_encoder_waits_and_event_streams_are_left_alone() {
    for coding in CODINGS {
        let blocks = || TrackedBody::new(["one ", "two ", "three"]).body();
        let app = Compress::new(html(blocks)).flush(Flush::AtEnd);
        let answer = ask(&app, coding);
        assert_eq!(answer.blocks.len(), 4, "{coding}");
        assert!(
            answer.blocks[1].is_empty() && answer.blocks[2].is_empty(),
            "{coding}"
        );
        assert_eq!(plain(&answer), b"one two three", "{coding}");
    }
    let events = || {
        application_fn(|_, start_response| {
            start_response.start(StatusLine::OK, [("Content-Type", "text/event-stream")])?;
            Ok(TrackedBody::new(["data: 1\n\n"]).body())
        })
    };
    let answer = ask(&Compress::new(events()), "gzip");
    assert_eq!(answer.header("Content-Encoding"), Some("gzip"));
    let answer = ask(&Compress::new(events()).flush(Flush::AtEnd), "gzip");
    assert_eq!(answer.header("Content-Encoding"), None);
}

#[test]
fn fields_that_were_true_of_the_plain_body_go_and_strong_validators_become_weak() {
    let app = Compress::new(page(&[
        HTML,
        ("ETag", "\"a,b\""),
        ("Accept-Ranges", "bytes"),
        ("Content-MD5", "Q2hlY2sgSW50ZWdyaXR5IQ=="),
        ("Digest", "sha-256=x"),
        ("Content-Digest", "sha-256=:x:"),
        ("repr-digest", "sha-256=:x:"),
        ("Vary", "Cookie"),
        ("Last-Modified", "Thu, 01 Jan 2015 00:00:00 GMT"),
    ]));
    let answer = ask(&app, "gzip");
    let names: Vec<&str> = answer.headers.names().collect();
    let left = [
        "Content-Type",
        "ETag",
        "Vary",
        "Last-Modified",
        "Content-Encoding",
        "Content-Length",
    ];
    assert_eq!(names, left);
    assert_eq!(answer.header("Vary"), Some("Cookie, Accept-Encoding"));
    assert_eq!(answer.header("ETag"), Some("W/\"a,b\""));
    let answer = ask(&app, "identity");
    assert_eq!(answer.header("ETag"), Some("\"a,b\""));
    assert_eq!(answer.header("Accept-Ranges"), Some("bytes"));
    let weak = ask(&Compress::new(page(&[HTML, ("ETag", "W/\"a\"")])), "gzip");
    assert_eq!(weak.header("ETag"), Some("W/\"a\""));
    for vary in ["accept-encoding, Cookie", "*"] {
        let answer = ask(&Compress::new(page(&[HTML, ("Vary", vary)])), "gzip");
        let told: Vec<&[u8]> = answer.headers.get_all("Vary").collect();
        assert_eq!(told, [vary.as_bytes()]);
    }
}

/// RFC 9111 §4.3.4: a 304 with another validator than the stored response has would not freshen that.
#[test]
fn a_304_has_the_validator_that_the_client_has() {
    let app = Compress::new(application_fn(|_, start_response| {
        start_response.start(StatusLine::NOT_MODIFIED, [("ETag", "\"a\"")])?;
        Ok(Body::empty())
    }));
    for (condition, etag) in [
        ("W/\"a\"", "W/\"a\""),
        ("\"b\", W/\"a\"", "W/\"a\""),
        ("\"a\"", "\"a\""),
        ("*", "\"a\""),
    ] {
        let request = asking("gzip").header("If-None-Match", condition);
        let answer = run(&app, request.build()).unwrap();
        assert_eq!(answer.header("ETag"), Some(etag), "{condition}");
        assert_eq!(
            answer.header("Vary"),
            Some("Accept-Encoding"),
            "{condition}"
        );
        assert_eq!(answer.header("Content-Encoding"), None);
    }
}

/// RFC 9110 §15.3.7 and §15.4.5: the `Vary` of the `200 OK` that the same request would have got otherwise.
#[test]
fn a_part_and_a_304_vary_as_the_whole_does() {
    const PART: &str = "206 Partial Content";
    const NOT_MODIFIED: &str = "304 Not Modified";
    const SOME: (&str, &str) = ("Content-Range", "bytes 0-9/4096");
    const PNG: (&str, &str) = ("Content-Type", "image/png");
    const PARTS: (&str, &str) = ("Content-Type", "multipart/byteranges; boundary=b");
    const CODED: (&str, &str) = ("Content-Encoding", "br");
    type Fields<'f> = &'f [(&'f str, &'f str)];
    #[rustfmt::skip]
    let cases: [(&str, Fields<'_>, bool); 12] = [
        (PART, &[HTML, SOME], true),
        (PART, &[HTML, ("Content-Range", "bytes 0-9/*")], true),
        (PART, &[HTML, ("Content-Range", "bytes 0-9/99")], false),
        (PART, &[PARTS], true),
        (PART, &[PNG, SOME], false),
        (PART, &[SOME], false),
        (PART, &[HTML, SOME, CODED], false),
        (NOT_MODIFIED, &[("Last-Modified", "Thu, 01 Jan 2015 00:00:00 GMT")], true),
        (NOT_MODIFIED, &[HTML], true),
        (NOT_MODIFIED, &[PNG], false),
        (NOT_MODIFIED, &[("Content-Length", "99")], false),
        (NOT_MODIFIED, &[("Cache-Control", "no-transform")], false),
    ];
    for (status, fields, varies) in cases {
        let app = Compress::new(application_fn(|_, start_response| {
            start_response.start(StatusLine::from_static(status), fields.iter().copied())?;
            Ok(Body::from(if status == PART { "0123456789" } else { "" }))
        }));
        let answer = ask(&app, "gzip");
        let vary = answer.header("Vary");
        assert_eq!(
            vary,
            varies.then_some("Accept-Encoding"),
            "{status} {fields:?}"
        );
        assert_eq!(
            answer.headers.get_all("Content-Encoding").count(),
            usize::from(fields.contains(&CODED))
        );
    }
}

#[test]
fn parts_of_a_body_are_never_coded() {
    let part = |status: &'static str, range: &'static str| {
        Compress::new(application_fn(move |_, start_response| {
            let fields = [HTML, ("Content-Range", range), ("ETag", "\"a\"")];
            start_response.start(StatusLine::from_static(status), fields)?;
            Ok(Body::from(text(4096)))
        }))
    };
    for app in [
        part("206 Partial Content", "bytes 0-4095/9999"),
        part("416 Range Not Satisfiable", "bytes */9999"),
    ] {
        let answer = ask(&app, "gzip");
        assert_eq!(answer.header("Content-Encoding"), None);
        assert_eq!(answer.header("ETag"), Some("\"a\""));
        assert_eq!(answer.body(), text(4096));
    }
    let several_parts = Compress::new(application_fn(|_, start_response| {
        let kind = ("Content-Type", "text/multipart-of-a-kind");
        start_response.start(StatusLine::from_static("206 Partial Content"), [kind])?;
        Ok(Body::from(text(4096)))
    }));
    assert_eq!(ask(&several_parts, "gzip").body(), text(4096));
}

#[test]
fn responses_without_a_body_stay_without() {
    for status in ["204 No Content", "304 Not Modified"] {
        let app = Compress::new(application_fn(move |_, start_response| {
            start_response.start(StatusLine::from_static(status), [HTML])?;
            Ok(Body::empty())
        }));
        let answer = ask(&app, "gzip");
        assert_eq!(answer.header("Content-Encoding"), None, "{status}");
        assert_eq!(answer.header("Content-Length"), None, "{status}");
        let vary = (status == "304 Not Modified").then_some("Accept-Encoding");
        assert_eq!(answer.header("Vary"), vary, "{status}");
        assert!(answer.body().is_empty(), "{status}");
    }
    let answer = ask(&Compress::new(html(Body::empty)), "gzip, identity;q=0");
    assert_eq!(answer.headers, Headers::try_from_pairs([HTML]).unwrap());
    let tunnel = Compress::new(page(&[HTML]));
    let request = EnvironBuilder::new("CONNECT", "/").header("Accept-Encoding", "gzip");
    let answer = run(&tunnel, request.build()).unwrap();
    assert_eq!(answer.header("Content-Encoding"), None);
}

/// RFC 9110 §9.3.2: the fields of a `HEAD` are those of the `GET`.
#[test]
fn head_is_described_as_get_is() {
    let head = || EnvironBuilder::new("HEAD", "/").header("Accept-Encoding", "gzip");
    let with_body = Compress::new(page(&[HTML, ("ETag", "\"a\"")]));
    let answer = run(&with_body, head().build()).unwrap();
    assert_eq!(answer.headers, ask(&with_body, "gzip").headers);
    let without = |length: &'static str| {
        Compress::new(application_fn(move |_, start_response| {
            let fields = [HTML, ("ETag", "\"a\""), ("Content-Length", length)];
            start_response.start(StatusLine::OK, fields)?;
            Ok(Body::empty())
        }))
    };
    let answer = run(&without("4096"), head().build()).unwrap();
    assert_eq!(answer.header("Content-Encoding"), Some("gzip"));
    assert_eq!(answer.header("ETag"), Some("W/\"a\""));
    assert_eq!(answer.header("Content-Length"), None);
    assert!(answer.body().is_empty());
    let answer = run(&without("10"), head().build()).unwrap();
    assert_eq!(answer.header("Content-Encoding"), None);
    assert_eq!(answer.header("Content-Length"), Some("10"));
}

#[test]
fn a_predicate_has_the_last_word_and_its_failure_is_the_requests() {
    let tokens = |_: &StatusLine, headers: &Headers| !headers.contains("X-Token");
    let app = Compress::new(page(&[HTML, ("X-Token", "t")])).only_if(tokens);
    let answer = ask(&app, "gzip, identity;q=0");
    assert_eq!(answer.header("Content-Encoding"), None);
    assert_eq!(answer.header("Vary"), None);
    let app = Compress::new(page(&[HTML])).only_if(tokens);
    assert_eq!(ask(&app, "gzip").header("Content-Encoding"), Some("gzip"));
    let failing = |_: &StatusLine, _: &Headers| Err(crate::failure());
    let app = Compress::new(page(&[HTML])).try_only_if(failing);
    let error = run(&app, asking("gzip").build()).unwrap_err();
    assert_eq!(error.to_string(), "failed on purpose");
}

#[test]
fn content_types_can_be_given() {
    let app = || page(&[("Content-Type", "application/x-mine")]);
    assert_eq!(
        ask(&Compress::new(app()), "gzip").header("Content-Encoding"),
        None
    );
    let given = Compress::new(app())
        .content_types(["application/x-mine"])
        .unwrap();
    assert_eq!(ask(&given, "gzip").header("Content-Encoding"), Some("gzip"));
}

#[test]
fn levels_are_those_that_the_coding_has() {
    let size = |layer: CompressLayer| {
        let app = wsgi_core::Layer::layer(&layer, page(&[HTML]));
        ask(&app, "gzip").body().len()
    };
    let layer = CompressLayer::default;
    let (fast, best) = (
        layer().level(Coding::Gzip, 1),
        layer().level(Coding::Gzip, 9),
    );
    assert!(size(best.unwrap()) < size(fast.unwrap()));
    for (coding, highest) in [
        (Coding::Gzip, 9),
        (Coding::Deflate, 9),
        (Coding::Brotli, 11),
        (Coding::Zstandard, 19),
    ] {
        layer().level(coding, highest).unwrap();
        for level in [0, highest + 1, u32::MAX] {
            let refused = layer().level(coding, level).unwrap_err();
            assert_eq!(
                refused,
                CompressError::Level {
                    coding,
                    level,
                    highest
                }
            );
        }
    }
}

#[test]
fn error_handlers_start_again_and_come_too_late_as_without_it() {
    let app = Compress::new(application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "image/png")])?;
        let headers = Headers::try_from_pairs([HTML])?;
        let exc_info = Some(ExcInfo::new("trapped"));
        start_response.start_response(StatusLine::BAD_REQUEST, headers, exc_info)?;
        Ok(Body::from(text(4096)))
    }));
    let answer = ask(&app, "gzip");
    assert_eq!(answer.status, StatusLine::BAD_REQUEST);
    assert_eq!(plain(&answer), text(4096));
    let late = Compress::new(application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [HTML])?;
        start_response.write(b"one ")?;
        let exc_info = Some(ExcInfo::new("trapped"));
        start_response
            .start_response(StatusLine::BAD_REQUEST, Headers::new(), exc_info)
            .unwrap_err();
        Ok(Body::from("two"))
    }));
    let answer = ask(&late, "gzip");
    assert_eq!(answer.status, StatusLine::OK);
    assert_eq!(plain(&answer), b"one two");
}

#[test]
fn a_body_that_fails_is_cut_short_and_closed_once() {
    let tracked = TrackedBody::new(["one", "two"]).fail_at(1);
    let inner = tracked.clone();
    let app = Compress::new(html(move || inner.body()));
    let mut body = app
        .call(&mut asking("gzip").build(), &mut Recorder::default())
        .unwrap();
    let first = body.next_block().unwrap().unwrap().to_vec();
    assert_eq!(decoded("gzip", &first), b"one");
    body.next_block().unwrap_err();
    drop(body);
    assert_eq!(tracked.closed(), 1);
}

/// All that changes blocks, heads and lengths, between two validators.
#[test]
fn validators_on_both_sides_find_nothing() {
    let found: Arc<Mutex<Vec<Violation>>> = Arc::default();
    let sink = || {
        let found = found.clone();
        move |violation| found.lock().unwrap().push(violation)
    };
    let inner = application_fn(|environ, start_response| {
        environ.input().read_all()?;
        match environ.path_info() {
            b"/nothing" => {
                start_response.start(StatusLine::NO_CONTENT, [("X-A", "1")])?;
                return Ok(Body::empty());
            }
            b"/length" => {
                start_response.start(StatusLine::OK, [HTML, ("Content-Length", "2048")])?
            }
            _ => start_response.start(StatusLine::OK, [HTML])?,
        }
        Ok(match environ.path_info() {
            b"/write" => {
                start_response.write(&text(2048))?;
                TrackedBody::new(["two"]).body()
            }
            b"/length" => TrackedBody::new([text(1024), text(1024)]).body(),
            b"/blocks" => TrackedBody::new(["one", "", "two"]).body(),
            _ => Body::from(text(4096)),
        })
    });
    let inner: Arc<dyn Application> = Arc::new(Validator::new(inner).on_violation(sink()));
    for flush in [Flush::EveryBlock, Flush::AtEnd] {
        let app = Validator::new(Compress::new(inner.clone()).flush(flush)).on_violation(sink());
        for accept_encoding in CODINGS.iter().chain(&["identity;q=0", "identity"]) {
            for path in ["/nothing", "/write", "/length", "/blocks", "/full"] {
                for method in ["GET", "HEAD", "POST"] {
                    let request = EnvironBuilder::new(method, path)
                        .header("Accept-Encoding", accept_encoding);
                    run(&app, request.build()).unwrap();
                    let found: Vec<Violation> = std::mem::take(&mut found.lock().unwrap());
                    assert!(
                        found.is_empty(),
                        "{method} {path} {accept_encoding}: {found:?}"
                    );
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn any_blocks_come_back_as_they_were(
        written in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..3000), 0..3),
        blocks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..3000), 0..4),
        at_end: bool,
        coding in proptest::sample::select(CODINGS),
    ) {
        let flush = if at_end { Flush::AtEnd } else { Flush::EveryBlock };
        let expected = [written.concat(), blocks.concat()].concat();
        let app = Compress::new(application_fn(move |_, start_response| {
            start_response.start(StatusLine::OK, [HTML])?;
            for block in &written {
                start_response.write(block)?;
            }
            Ok(TrackedBody::new(&blocks).body())
        }))
        .flush(flush);
        prop_assert_eq!(plain(&ask(&app, coding)), expected);
    }
}
