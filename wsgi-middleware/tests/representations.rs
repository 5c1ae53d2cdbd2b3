//! [`RangeSlice`], [`ConditionalGet`], [`ETag`] and [`Compress`] around one another, in the orders in which they are stacked.

use wsgi_core::testing::{Answer, EnvironBuilder};
use wsgi_core::validate::Validator;
use wsgi_core::{Application, Body, StatusLine, application_fn};
use wsgi_middleware::{Compress, ConditionalGet, ETag, RangeSlice};

use crate::between_validators::between;

type Boxed = Box<dyn Application>;
type Stack = fn(Validator<Boxed>) -> Boxed;

/// As the manual of the crate has it: what is cut and tagged is the plain body.
fn coded_last(app: Validator<Boxed>) -> Boxed {
    let tagged = ETag::new(app).strong(true);
    Box::new(Compress::new(RangeSlice::new(ConditionalGet::new(tagged))))
}

/// The tag is that of the plain body, what is cut is the coded one.
fn tagged_then_coded(app: Validator<Boxed>) -> Boxed {
    let tagged = ETag::new(app).strong(true);
    Box::new(RangeSlice::new(ConditionalGet::new(Compress::new(tagged))))
}

/// What is tagged and cut is the coded body.
fn coded_first(app: Validator<Boxed>) -> Boxed {
    let tagged = ETag::new(Compress::new(app)).strong(true);
    Box::new(RangeSlice::new(ConditionalGet::new(tagged)))
}

const STACKS: [(&str, Stack); 3] = [
    ("coded last", coded_last),
    ("tagged, then coded", tagged_then_coded),
    ("coded first", coded_first),
];

fn page() -> String {
    (0..400).map(|n| format!("line {n:03}\n")).collect()
}

fn ask(stack: Stack, method: &str, fields: &[(&str, &str)]) -> Answer {
    let app = application_fn(|_, start_response| {
        let fields = [
            ("Content-Type", "text/plain"),
            ("Cache-Control", "no-cache"),
        ];
        start_response.start(StatusLine::OK, fields)?;
        Ok(Body::from(page()))
    });
    let request = EnvironBuilder::new(method, "/");
    let request = fields.iter().fold(request, |request, (name, value)| {
        request.header(name, value)
    });
    between(Box::new(app) as Boxed, stack, request.build()).unwrap()
}

const GZIP: (&str, &str) = ("Accept-Encoding", "gzip");
const PLAIN: (&str, &str) = ("Accept-Encoding", "identity");

#[test]
fn a_part_is_of_the_plain_body_where_compression_stands_outside() {
    let whole = ask(coded_last, "GET", &[PLAIN]);
    let tag = whole.header("ETag").unwrap();
    assert!(tag.starts_with('"'));
    for condition in [None, Some(tag)] {
        for range in ["bytes=20-29", "bytes=20-29,40-49"] {
            let mut request = vec![GZIP, ("Range", range)];
            request.extend(condition.map(|tag| ("If-Range", tag)));
            let part = ask(coded_last, "GET", &request);
            assert_eq!(part.status.code(), 206, "{request:?}");
            assert!(part.text().contains(&page()[20..30]), "{request:?}");
            assert_eq!(part.header("Content-Encoding"), None);
            assert_eq!(part.header("Vary"), Some("Accept-Encoding"), "{range}");
            assert_eq!(part.header("Cache-Control"), Some("no-cache"));
            assert_eq!(part.header("ETag"), Some(tag));
        }
    }
}

/// Who has the coded body has its weak tag, which promises nothing of bytes.
#[test]
fn a_part_of_the_coded_body_is_not_joined_with_plain_bytes() {
    for stack in [coded_last, tagged_then_coded] {
        let whole = ask(stack, "GET", &[GZIP]);
        assert_eq!(whole.header("Content-Encoding"), Some("gzip"));
        let tag = whole.header("ETag").unwrap();
        assert!(tag.starts_with("W/"));
        let range = ("Range", "bytes=20-29");
        let again = ask(stack, "GET", &[GZIP, range, ("If-Range", tag)]);
        assert_eq!(again.status.code(), 200);
        assert_eq!(again.body(), whole.body());
    }
}

#[test]
fn a_part_is_of_the_coded_body_where_compression_stands_inside() {
    for stack in [tagged_then_coded, coded_first] {
        let whole = ask(stack, "GET", &[GZIP]);
        let part = ask(stack, "GET", &[GZIP, ("Range", "bytes=20-29")]);
        assert_eq!(part.status.code(), 206);
        assert_eq!(part.body(), whole.body()[20..30]);
        let content_range = format!("bytes 20-29/{}", whole.body().len());
        assert_eq!(part.header("Content-Range"), Some(&*content_range));
        assert_eq!(part.header("Content-Length"), Some("10"));
        for same in ["Content-Encoding", "Vary", "ETag", "Cache-Control"] {
            assert!(part.header(same).is_some(), "{same}");
            assert_eq!(part.header(same), whole.header(same));
        }
    }
    let (coded, plain) = (
        ask(coded_first, "GET", &[GZIP]),
        ask(coded_first, "GET", &[PLAIN]),
    );
    assert_ne!(coded.header("ETag"), plain.header("ETag"));
    for (tag, status) in [(coded.header("ETag"), 206), (plain.header("ETag"), 200)] {
        let range = ("Range", "bytes=20-29");
        let condition = ("If-Range", tag.unwrap());
        let part = ask(coded_first, "GET", &[GZIP, range, condition]);
        assert_eq!(part.status.code(), status, "{condition:?}");
    }
}

/// RFC 9110 §15.4.5 has the list; §13.2.2: the condition comes before the range.
#[test]
fn a_304_has_what_the_200_would_have_had() {
    for (name, stack) in STACKS {
        for accepted in [GZIP, PLAIN] {
            for method in ["GET", "HEAD"] {
                let case = format!("{name}, {method}, {accepted:?}");
                let whole = ask(stack, method, &[accepted]);
                assert_eq!(whole.header("Vary"), Some("Accept-Encoding"), "{case}");
                let condition = ("If-None-Match", whole.header("ETag").unwrap());
                for range in [None, Some(("Range", "bytes=20-29"))] {
                    let request: Vec<_> = [accepted, condition].into_iter().chain(range).collect();
                    let again = ask(stack, method, &request);
                    assert_eq!(again.status, StatusLine::NOT_MODIFIED, "{case}");
                    assert_eq!(again.text(), "", "{case}");
                    for same in ["ETag", "Vary", "Cache-Control"] {
                        assert_eq!(again.header(same), whole.header(same), "{case}: {same}");
                    }
                    for gone in [
                        "Content-Type",
                        "Content-Encoding",
                        "Content-Length",
                        "Accept-Ranges",
                    ] {
                        assert_eq!(again.header(gone), None, "{case}: {gone}");
                    }
                }
            }
        }
    }
}

/// What the client has in one coding says that it need not be sent in another.
#[test]
fn a_tag_of_the_plain_body_counts_for_the_coded_one() {
    for stack in [coded_last, tagged_then_coded] {
        let plain = ask(stack, "GET", &[PLAIN]);
        let condition = ("If-None-Match", plain.header("ETag").unwrap());
        let again = ask(stack, "GET", &[GZIP, condition]);
        assert_eq!(again.status, StatusLine::NOT_MODIFIED);
        assert_eq!(again.header("Vary"), Some("Accept-Encoding"));
    }
}

#[test]
fn head_has_the_fields_of_get() {
    for (name, stack) in STACKS {
        for accepted in [GZIP, PLAIN] {
            let (get, head) = (
                ask(stack, "GET", &[accepted]),
                ask(stack, "HEAD", &[accepted]),
            );
            assert_eq!(head.status, StatusLine::OK, "{name}");
            assert_eq!(head.headers, get.headers, "{name}");
        }
    }
}

#[test]
fn parts_are_advertised_of_what_is_sent() {
    for (name, stack, coded) in [
        ("coded last", coded_last as Stack, None),
        ("tagged, then coded", tagged_then_coded, Some("bytes")),
        ("coded first", coded_first, Some("bytes")),
    ] {
        let answer = ask(stack, "GET", &[PLAIN]);
        assert_eq!(answer.header("Accept-Ranges"), Some("bytes"), "{name}");
        let answer = ask(stack, "GET", &[GZIP]);
        assert_eq!(answer.header("Content-Encoding"), Some("gzip"), "{name}");
        assert_eq!(answer.header("Accept-Ranges"), coded, "{name}");
    }
}

#[test]
fn refusals_are_of_the_body_that_would_have_been_cut() {
    for (name, stack) in STACKS {
        let size = match name {
            "coded last" => page().len(),
            _ => ask(stack, "GET", &[GZIP]).body().len(),
        };
        let answer = ask(stack, "GET", &[GZIP, ("Range", "bytes=99999-")]);
        assert_eq!(answer.status.code(), 416, "{name}");
        let content_range = format!("bytes */{size}");
        assert_eq!(
            answer.header("Content-Range"),
            Some(&*content_range),
            "{name}"
        );
        let answer = ask(stack, "GET", &[GZIP, ("If-Match", "W/\"x\"")]);
        assert_eq!(answer.status.code(), 412, "{name}");
        assert_eq!(answer.header("Content-Encoding"), None, "{name}");
        assert_eq!(answer.text(), "Precondition Failed\n", "{name}");
    }
}
