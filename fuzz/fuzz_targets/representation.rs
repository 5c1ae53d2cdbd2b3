//! What is sent of a page, and how, is what the fields of ranges, preconditions and codings ask for, read a second time as
//! the grammar has them; parts are the bytes that were asked for, and what is coded decodes to the page.
//!
//! Input: flags, the size of what is cut, lines of fields.
#![no_main]

use std::collections::BTreeMap;

use http::Method;
use libfuzzer_sys::fuzz_target;
use wsgi_core::testing::{Answer, EnvironBuilder, run};
use wsgi_core::{Application, Body, Environ, Headers, StatusLine, application_fn};
use wsgi_fuzz::request;
use wsgi_middleware::{Compress, ConditionalGet, Decompress, ETag, RangeSlice};

/// In the order of preference of [`Compress`].
const CODINGS: [&str; 4] = ["zstd", "br", "gzip", "deflate"];
const TEXT: (&str, &str) = ("Content-Type", "text/plain");

/// Answers with this page and these fields.
fn page<'p>(page: &'p [u8], fields: &'p [(&'p str, &'p str)]) -> impl Application + 'p {
    application_fn(move |_, start_response| {
        start_response.start(StatusLine::OK, fields.iter().copied())?;
        Ok(Body::from(page.to_vec()))
    })
}

fn ask(app: impl Application, environ: Environ) -> Answer {
    run(&app, environ).expect("the application never fails")
}

fuzz_target!(|data: &[u8]| {
    let [flags, size, lines @ ..] = data else {
        return;
    };
    if request(&[lines]).is_none() {
        return;
    }
    let asked = || request(&[lines]).expect("the same head");
    let tag = ["\"v\"", "W/\"v\""][usize::from(flags & 1)];
    check_ranges(asked(), tag, *size);
    check_conditions(asked(), tag);
    check_choice(asked());
    // The work of an encoder is too much for each input.
    if flags & 2 != 0 {
        check_stack(asked());
    }
});

fn check_ranges(asked: Environ, tag: &str, size: u8) {
    // Each byte tells its place.
    let bytes: Vec<u8> = (0..size).collect();
    let fields = [("ETag", tag), TEXT];
    let told = asked.headers().clone();
    let answer = ask(RangeSlice::new(page(&bytes, &fields)), asked);
    let parts = ranges(&told, u64::from(size)).filter(|_| is_of_this_state(&told, tag));
    let content_range = answer.header("Content-Range");
    let told = |(first, last): (usize, usize)| format!("bytes {first}-{last}/{size}");
    match parts.as_deref() {
        None => {
            assert_eq!((answer.status.code(), answer.body()), (200, bytes));
            assert_eq!(content_range, None);
        }
        Some([]) => {
            assert_eq!(answer.status.code(), 416);
            assert_eq!(content_range, Some(&*format!("bytes */{size}")));
        }
        Some(&[part]) => {
            assert_eq!(answer.status.code(), 206);
            assert_eq!(content_range, Some(&*told(part)));
            assert_eq!(answer.body(), &bytes[part.0..=part.1]);
        }
        Some(several) => {
            assert_eq!((answer.status.code(), content_range), (206, None));
            let content_type = answer.header("Content-Type").expect("there is one");
            let boundary = content_type.strip_prefix("multipart/byteranges; boundary=");
            let boundary = boundary.expect("that of several parts");
            let mut wanted = Vec::new();
            for &part in several {
                let range = told(part);
                let head = format!(
                    "--{boundary}\r\nContent-Type: text/plain\r\nContent-Range: {range}\r\n\r\n"
                );
                wanted.extend_from_slice(head.as_bytes());
                wanted.extend_from_slice(&bytes[part.0..=part.1]);
                wanted.extend_from_slice(b"\r\n");
            }
            wanted.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
            assert_eq!(answer.body(), wanted);
        }
    }
    check_length(&answer);
}

/// RFC 9110 §14.1.2 "Byte Ranges": the first and last byte of each part, none where there is none of those that were asked
/// for. `None`: the field does not count.
fn ranges(told: &Headers, size: u64) -> Option<Vec<(usize, usize)>> {
    let fields: Vec<&[u8]> = told.get_all("Range").collect();
    let [field] = fields[..] else { return None };
    let (unit, set) = std::str::from_utf8(field).ok()?.split_once('=')?;
    let specs = set.split(',').map(trim).filter(|spec| !spec.is_empty());
    let specs: Vec<&str> = specs.collect();
    if !trim(unit).eq_ignore_ascii_case("bytes") || specs.is_empty() || specs.len() > 16 {
        return None;
    }
    let (mut parts, mut is_sent) = (Vec::new(), vec![false; size as usize]);
    for spec in specs {
        let (first, last) = spec.split_once('-')?;
        let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(first) || !is_number(last) || spec == "-" {
            return None;
        }
        // Beyond 64 bits is beyond every size.
        let number = |digits: &str| digits.parse::<u64>().unwrap_or(u64::MAX);
        let (start, end) = match (first, last) {
            ("", suffix) => (size.saturating_sub(number(suffix)), size),
            (first, "") => (number(first), size),
            (first, last) if number(first) > number(last) => return None,
            (first, last) => (number(first), size.min(number(last).saturating_add(1))),
        };
        if first.is_empty() && size == 0 && number(last) > 0 {
            return None; // all of nothing
        }
        if start < end {
            let (start, end) = (start as usize, end as usize);
            if is_sent[start..end].contains(&true) {
                return None;
            }
            is_sent[start..end].fill(true);
            parts.push((start, end - 1));
        }
    }
    Some(parts)
}

/// RFC 9110 §13.1.5 "If-Range": a strong tag, which is that of the page. The page has no date.
fn is_of_this_state(told: &Headers, tag: &str) -> bool {
    match told.get_all("If-Range").collect::<Vec<_>>()[..] {
        [] => true,
        [one] => one == tag.as_bytes() && !tag.starts_with("W/"),
        _ => false,
    }
}

/// Whether a condition names the tag of the page.
#[derive(Debug, PartialEq)]
enum Named {
    NoCondition,
    Yes,
    No,
    /// The field is malformed, and may be read in several ways; whether the tag occurs in it.
    Unclear(bool),
}

fn check_conditions(asked: Environ, tag: &str) {
    let told = asked.headers().clone();
    let answer = ask(ConditionalGet::new(page(b"page", &[("ETag", tag)])), asked);
    let status = answer.status.code();
    let is_weak = tag.starts_with("W/");
    let strong = named(&told, "If-Match", |asked_weakly| !asked_weakly && !is_weak);
    let weak = named(&told, "If-None-Match", |_| true);
    let may_go_on = strong != Named::No;
    let is_modified = matches!(weak, Named::NoCondition | Named::No);
    match status {
        412 => assert!(matches!(strong, Named::No | Named::Unclear(_))),
        304 => assert!(may_go_on && matches!(weak, Named::Yes | Named::Unclear(true))),
        _ => assert!(
            status == 200 && may_go_on && (is_modified || matches!(weak, Named::Unclear(_)))
        ),
    }
    let body: &[u8] = match status {
        200 => b"page",
        304 => b"",
        _ => b"Precondition Failed\n",
    };
    assert_eq!(answer.body(), body);
}

/// RFC 9110 §13.1.1 "If-Match" and §13.1.2 "If-None-Match"; `counts` is told whether the tag in the field is weak.
fn named(told: &Headers, name: &str, counts: impl Fn(bool) -> bool) -> Named {
    let fields: Vec<&[u8]> = told.get_all(name).collect();
    if fields.is_empty() {
        return Named::NoCondition;
    }
    if fields == [&b"*"[..]] {
        return Named::Yes;
    }
    let lists: Option<Vec<_>> = fields.iter().map(|field| tags(field)).collect();
    let Some(lists) = lists else {
        let has = |part: &[u8]| {
            fields
                .iter()
                .any(|field| field.windows(part.len()).any(|at| at == part))
        };
        return Named::Unclear(has(b"\"v\"") || has(b"*"));
    };
    let mut tags = lists.into_iter().flatten();
    match tags.any(|(is_weak, opaque)| opaque == b"v" && counts(is_weak)) {
        true => Named::Yes,
        false => Named::No,
    }
}

/// RFC 9110 §8.8.3 "ETag": whether each of a list is weak, and what stands between its quotes. `None` for no such list.
fn tags(list: &[u8]) -> Option<Vec<(bool, &[u8])>> {
    let (mut tags, mut rest) = (Vec::new(), list.trim_ascii());
    loop {
        while let Some(behind) = rest.strip_prefix(b",") {
            rest = behind.trim_ascii_start();
        }
        if rest.is_empty() {
            return Some(tags);
        }
        let is_weak = rest.starts_with(b"W/");
        let quoted = rest.strip_prefix(b"W/").unwrap_or(rest);
        let inner = quoted.strip_prefix(b"\"")?;
        let end = inner.iter().position(|&byte| byte == b'"')?;
        let (opaque, behind) = (&inner[..end], inner[end + 1..].trim_ascii_start());
        let is_opaque = opaque.iter().all(|&byte| byte > b' ' && byte != 0x7f);
        if !is_opaque || !matches!(behind, [] | [b',', ..]) {
            return None;
        }
        tags.push((is_weak, opaque));
        rest = behind;
    }
}

/// By a `HEAD`, which chooses and encodes nothing.
fn check_choice(mut asked: Environ) {
    asked.set_method(Method::HEAD);
    let wanted = choice(asked.headers());
    let app = page(b"", &[TEXT, ("Content-Length", "4096")]);
    let answer = ask(Compress::new(app), asked);
    let status = if wanted.is_some() { 200 } else { 406 };
    assert_eq!(answer.status.code(), status);
    let coding = wanted.filter(|&coding| coding != "identity");
    assert_eq!(answer.header("Content-Encoding"), coding);
    assert_eq!(answer.header("Vary"), Some("Accept-Encoding"));
}

/// RFC 9110 §12.5.3 "Accept-Encoding": the heaviest coding, `identity`, or `None` where all is refused.
fn choice(told: &Headers) -> Option<&'static str> {
    let mut weights = BTreeMap::new();
    for field in told.get_all("Accept-Encoding") {
        for element in String::from_utf8_lossy(field).split(',') {
            let mut parts = element.split(';').map(trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            let name = if name == "x-gzip" {
                "gzip".to_owned()
            } else {
                name
            };
            if let Some(weight) = parts.next().map_or(Some(1000), weight) {
                weights.insert(name, weight);
            }
        }
    }
    let of = |name: &str| weights.get(name).copied();
    let identity = of("identity").or(of("*").filter(|&weight| weight == 0));
    let (mut best, mut most) = (None, 0);
    for coding in CODINGS {
        let weight = of(coding).or(of("*")).unwrap_or(0);
        if weight > most {
            (best, most) = (Some(coding), weight);
        }
    }
    match identity {
        Some(0) => best,
        Some(weight) if weight > most => Some("identity"),
        _ => best.or(Some("identity")),
    }
}

/// RFC 9110 §12.4.2 "Quality Values", in thousandths.
fn weight(parameter: &str) -> Option<u32> {
    let (q, value) = parameter.split_once('=')?;
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    let is_form = q.eq_ignore_ascii_case("q") && matches!(whole, "0" | "1") && decimals.len() <= 3;
    if !is_form || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths = format!("{whole}{decimals:0<3}").parse();
    thousandths.ok().filter(|&weight| weight <= 1000)
}

/// All of them around one another.
fn check_stack(asked: Environ) {
    let text = "All work and no play\n".repeat(100);
    let app = ETag::new(page(text.as_bytes(), &[TEXT])).strong(true);
    let app = Compress::new(RangeSlice::new(ConditionalGet::new(app)));
    let answer = ask(app, asked);
    let coding = answer.header("Content-Encoding");
    let etag = answer.header("ETag").unwrap_or_default();
    let status = answer.status.code();
    match status {
        200 => {
            assert_eq!(decoded(coding, answer.body()), text.as_bytes());
            assert_eq!(etag.starts_with("W/"), coding.is_some());
            assert_eq!(answer.header("Accept-Ranges").is_some(), coding.is_none());
        }
        206 => assert!(etag.starts_with('"')),
        304 => assert!(!etag.is_empty() && answer.body().is_empty()),
        _ => assert!(matches!(status, 406 | 412 | 416) && etag.is_empty()),
    }
    if matches!(status, 200 | 206 | 304 | 406) {
        assert_eq!(answer.header("Vary"), Some("Accept-Encoding"));
    }
    check_length(&answer);
}

/// By our own decoder.
fn decoded(coding: Option<&str>, body: Vec<u8>) -> Vec<u8> {
    let Some(coding) = coding else { return body };
    let echo = application_fn(|environ, start_response| {
        let body = environ.input().read_all()?;
        start_response.start(StatusLine::OK, [TEXT])?;
        Ok(Body::from(body))
    });
    let request = EnvironBuilder::post("/", body).header("Content-Encoding", coding);
    ask(Decompress::new(echo), request.build()).body()
}

fn check_length(answer: &Answer) {
    if let Some(told) = answer.header("Content-Length") {
        assert_eq!(told, answer.body().len().to_string());
    }
}

/// Without the whitespace that may stand around an element.
fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}
