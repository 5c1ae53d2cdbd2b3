//! PEP 3333 "Specification Details".

use std::sync::{Arc, Mutex};

use http::Version;
use wsgi_core::testing::{TrackedBody, run};
use wsgi_core::validate::{Validator, ValidatorLayer};
use wsgi_core::{
    Application, ApplicationError, Blocks, Body, Headers, Layer, StatusLine, application_fn,
};
use wsgi_server::protocol::ResponseWriter;

use crate::kit::{TEXT, answering, assert_reports, blocks, get, watched};

/// "the application is allowed to modify the dictionary in any way it desires"
#[test]
fn layers_may_change_the_environ() {
    let app = application_fn(|environ, start_response| {
        environ.set_var("the_app.seen", "yes")?;
        environ.set_path_info("/elsewhere");
        environ.remove_var("HTTP_HOST");
        start_response.start(StatusLine::OK, [TEXT])?;
        Ok(Body::empty())
    });
    let environ = run(&Validator::new(app), get()).unwrap().environ;
    assert_eq!(environ.var("the_app.seen").as_deref(), Some(&b"yes"[..]));
    assert_eq!(environ.path_info(), b"/elsewhere");
    assert_eq!(environ.var("HTTP_HOST"), None);
}

/// "applications should perform their own buffering": and who does has it easy.
#[test]
fn a_complete_body_is_one_block_of_known_length() {
    let answer = crate::kit::assert_flawless(answering(&[TEXT], || "buffered"), get);
    assert_eq!(
        (answer.length, answer.blocks),
        (Some(8), vec![b"buffered".to_vec()])
    );
}

/// "it should ensure that line endings are not altered"
#[test]
fn bytes_go_out_unaltered() {
    let block: Vec<u8> = b"\n\r\r\n\0".iter().copied().chain(0..=255).collect();
    let mut out = Vec::new();
    let mut response = ResponseWriter::new(false, Version::HTTP_11, true);
    response
        .start(StatusLine::OK, Headers::new(), None)
        .unwrap();
    response
        .write(&block, Some(block.len() as u64), &mut out)
        .unwrap();
    response.finish(None, &mut out);
    assert!(out.ends_with(&block));
}

/// Blocks that tell a length, true or not.
struct Told(&'static [&'static [u8]], u64);

impl Blocks for Told {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        let Some((first, rest)) = self.0.split_first() else {
            return Ok(None);
        };
        self.0 = rest;
        Ok(Some(first))
    }

    fn length(&self) -> Option<u64> {
        Some(self.1)
    }
}

/// "it must return an accurate result"
#[test]
fn a_length_that_is_told_is_accurate() {
    for told in [4, 6] {
        let app = answering(&[TEXT], move || {
            Body::from_blocks(Told(&[b"he", b"", b"llo"], told))
        });
        assert_reports("body.length", app, get);
    }
    let app: Arc<dyn Application> = Arc::new(answering(&[TEXT], || {
        Body::from_blocks(Told(&[b"he", b"", b"llo"], 5))
    }));
    assert_eq!(watched(app, get()).0, [""; 0]);
}

/// "the server or gateway must call that method upon completion of the current request"
#[test]
fn a_middleware_that_keeps_a_body_open_is_reported() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = kept.clone();
    let inner = ValidatorLayer::new().layer(answering(&[TEXT], || blocks(&["a"])));
    let forgetful = application_fn(move |environ, start_response| {
        keep.lock()
            .unwrap()
            .push(inner.call(environ, start_response)?);
        Ok("replaced".into())
    });
    assert_reports("close.called", forgetful, get);
}

/// "or terminated early due to an application error during iteration"
#[test]
fn close_is_called_when_iteration_fails() {
    let tracked = TrackedBody::new(["a", "b"]).fail_at(1);
    let body = tracked.clone();
    let app = Validator::new(answering(&[TEXT], move || body.body()));
    run(&app, get()).unwrap_err();
    assert_eq!(tracked.log(), ["next", "next", "close"]);
}

/// "as it may be closed early by the server"
#[test]
fn a_body_may_be_closed_before_its_end() {
    let tracked = TrackedBody::new(["a", "b"]);
    let body = tracked.clone();
    let app = Validator::new(answering(&[TEXT, ("Content-Length", "2")], move || {
        body.body()
    }));
    let mut start = wsgi_core::testing::Recorder::default();
    let mut body = app.call(&mut get(), &mut start).unwrap();
    assert_eq!(body.next_block().unwrap(), Some(&b"a"[..]));
    // The client has left: that is no violation of the application's promise.
    body.close().unwrap();
    assert_eq!(tracked.log(), ["next", "close"]);
}

/// "the application must invoke the start_response() callable before the iterable yields its first body bytestring"
#[test]
fn a_body_without_start_response_is_refused() {
    let silent = application_fn(|_, _| Ok("surprise".into()));
    let error = run(&Validator::new(silent), get()).unwrap_err().to_string();
    assert!(error.starts_with("[start-response.before-body]"), "{error}");
    let silent: Arc<dyn Application> = Arc::new(application_fn(|_, _| Ok(Body::empty())));
    assert_eq!(watched(silent, get()).0, ["start-response.before-body"]);
}
