//! Every middleware between two validators, over every kind of response: neither side may see a violation.

use std::io::{Seek, Write};
use std::sync::{Arc, Mutex};

use wsgi_core::testing::{EnvironBuilder, TrackedBody, run};
use wsgi_core::validate::{Validator, Violation};
use wsgi_core::{
    ApplicationError, Body, Environ, ExcInfo, FileWrapper, Headers, StartResponse, StatusLine,
};

use crate::failure;
use crate::transparency::layers;

const TEXT: [(&str, &str); 1] = [("Content-Type", "text/plain")];

/// Answers in the manner that the path names; reads the body, if there is one.
fn every_manner(
    environ: &mut Environ,
    start_response: &mut dyn StartResponse,
) -> Result<Body, ApplicationError> {
    environ.input().read_all()?;
    match environ.path_info().rsplit(|&byte| byte == b'/').next() {
        Some(b"full") => {
            start_response.start(StatusLine::OK, TEXT)?;
            Ok(Body::from("hello"))
        }
        Some(b"blocks") => {
            start_response.start(StatusLine::OK, TEXT)?;
            Ok(TrackedBody::new(["one", "", "two"]).body())
        }
        Some(b"length") => {
            start_response.start(StatusLine::OK, [TEXT[0], ("Content-Length", "6")])?;
            Ok(TrackedBody::new(["one", "two"]).body())
        }
        Some(b"file") => {
            start_response.start(StatusLine::OK, TEXT)?;
            let mut file = tempfile::tempfile()?;
            file.write_all(b"0123456789")?;
            file.rewind()?;
            Ok(FileWrapper::new(file)?.into())
        }
        Some(b"write") => {
            start_response.start(StatusLine::OK, TEXT)?;
            start_response.write(b"one")?;
            Ok(TrackedBody::new(["two"]).body())
        }
        Some(b"again") => {
            start_response.start(StatusLine::OK, TEXT)?;
            let headers = Headers::try_from_pairs(TEXT)?;
            let trapped = Some(ExcInfo::new("trapped"));
            start_response.start_response(StatusLine::BAD_REQUEST, headers, trapped)?;
            Ok(Body::from("sorry"))
        }
        Some(b"nothing") => {
            start_response.start(StatusLine::NO_CONTENT, [("X-A", "1")])?;
            Ok(Body::empty())
        }
        Some(b"fails") => Err(failure()),
        _ => {
            start_response.start(StatusLine::OK, TEXT)?;
            Ok(TrackedBody::new(["one"]).fail_at(1).body())
        }
    }
}

const MANNERS: [&str; 9] = [
    "full",
    "blocks",
    "length",
    "file",
    "write",
    "again",
    "nothing",
    "fails",
    "fails-later",
];

fn request(method: &str, target: &str) -> Environ {
    EnvironBuilder::new(method, target)
        .body("the request's body")
        .with(|environ| environ.connection_mut().remote_addr = "127.0.0.1".parse().ok())
        .header("X-Forwarded-For", "192.0.2.1")
        .header("X-Forwarded-Proto", "https")
        .build()
}

#[test]
fn validators_on_both_sides_find_nothing() {
    for (name, wrap) in layers() {
        let found: Arc<Mutex<Vec<Violation>>> = Arc::default();
        let sink = || {
            let found = found.clone();
            move |violation| found.lock().unwrap().push(violation)
        };
        let inner = Validator::new(every_manner).on_violation(sink());
        let app = Validator::new(wrap(Box::new(inner))).on_violation(sink());
        for manner in MANNERS {
            for method in ["GET", "POST", "HEAD"] {
                let answer = run(&app, request(method, &format!("/mounted/{manner}")));
                let fails = match manner {
                    "fails" => !(cfg!(feature = "recover") && ["recover", "all"].contains(&name)),
                    // Nobody asks for the block that fails.
                    "fails-later" if method == "HEAD" => {
                        !(cfg!(feature = "head") && ["head", "all"].contains(&name))
                    }
                    "fails-later" => true,
                    _ => false,
                };
                let case = format!("{name}: {method} {manner}");
                assert_eq!(answer.is_err(), fails, "{case}: {answer:?}");
                let found: Vec<Violation> = std::mem::take(&mut found.lock().unwrap());
                assert!(found.is_empty(), "{case}: {found:?}");
            }
        }
    }
}
