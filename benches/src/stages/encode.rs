//! Status, headers and blocks → bytes.

use std::time::{Duration, UNIX_EPOCH};

use http::Version;
use wsgi_core::{Headers, StatusLine};
use wsgi_server::protocol::ResponseWriter;

use crate::{Exchange, Stage};

use super::{THREE_FIELDS, hello};

const TWO: &[(&str, &str)] = &[("Content-Type", "text/plain"), ("Content-Length", "13")];
const TEN: &[(&str, &str)] = &[
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Content-Length", "13"),
    ("Cache-Control", "no-store"),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Vary", "Accept-Encoding"),
    ("X-Request-Id", "0123456789abcdef"),
    ("Set-Cookie", "a=1; Path=/; HttpOnly"),
    ("Set-Cookie", "b=2; Path=/; HttpOnly"),
];

pub(super) fn stages() -> Vec<Stage> {
    let (mut exchange, app) = (Exchange::new(), hello());
    vec![
        encode("encode/2 headers", TWO),
        encode("encode/10 headers", TEN),
        encode("encode/chunked", &TWO[..1]),
        Stage::new("call/Rust hello, 3 fields", move || {
            exchange.serve(&app, THREE_FIELDS).len()
        }),
    ]
}

/// One block; in chunks where `headers` have no length and none is told.
fn encode(name: &'static str, headers: &'static [(&str, &str)]) -> Stage {
    let mut out = Vec::new();
    let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
    Stage::new(name, move || {
        out.clear();
        let headers = Headers::try_from_pairs(headers.iter().copied()).expect("valid headers");
        let mut writer = ResponseWriter::new(false, Version::HTTP_11, true).at(now);
        let started = writer.start(StatusLine::OK, headers, None);
        started.expect("headers that may be sent");
        let written = writer.write(b"Hello, World!", None, &mut out);
        written.expect("the block is as long as told");
        writer.finish(None, &mut out)
    })
}
