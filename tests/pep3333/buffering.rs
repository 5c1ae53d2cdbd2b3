//! PEP 3333 "Buffering and Streaming", "Middleware Handling of Block Boundaries", "The `write()` Callable".

use http::Version;
use wsgi_core::testing::{Recorder, TrackedBody, run};
use wsgi_core::validate::{Validator, ValidatorLayer};
use wsgi_core::{
    Application, ApplicationError, Blocks, Body, Headers, Layer, StatusLine, application_fn,
};
use wsgi_server::protocol::ResponseWriter;

use crate::kit::{TEXT, answering, assert_flawless, assert_reports, blocks, get};

/// "must not delay the transmission of any block": a layer asks for one when it is asked for one.
#[test]
fn a_layer_passes_each_block_on_at_once() {
    let tracked = TrackedBody::new(["a", "", "b"]);
    let inner = tracked.clone();
    let app = Validator::new(answering(&[TEXT], move || inner.body()));
    let mut body = app.call(&mut get(), &mut Recorder::default()).unwrap();
    for (steps, block) in [&b"a"[..], b"", b"b"].into_iter().enumerate() {
        assert_eq!(tracked.log().len(), steps);
        assert_eq!(body.next_block().unwrap(), Some(block));
    }
    assert_eq!(body.next_block().unwrap(), None);
}

/// Gives what `transform` makes of the inner body.
struct Transformed<A, T> {
    app: A,
    transform: T,
}

impl<A: Application, T: Fn(Body) -> Body + Send + Sync> Application for Transformed<A, T> {
    fn call(
        &self,
        environ: &mut wsgi_core::Environ,
        start_response: &mut dyn wsgi_core::StartResponse,
    ) -> Result<Body, ApplicationError> {
        self.app.call(environ, start_response).map(&self.transform)
    }
}

fn transformed(
    app: impl Application + 'static,
    transform: impl Fn(Body) -> Body + Send + Sync + 'static,
) -> impl Application + 'static {
    let app = ValidatorLayer::new().layer(app);
    Transformed { app, transform }
}

/// Joins so many inner blocks into one of its own.
struct Joined {
    body: Body,
    step: usize,
    /// Whether an empty block is given in place of each one that is held back.
    patient: bool,
    held: Vec<u8>,
    count: usize,
    block: Vec<u8>,
}

impl Joined {
    fn of(body: Body, step: usize, patient: bool) -> Body {
        Body::from_blocks(Self {
            body,
            step,
            patient,
            held: Vec::new(),
            count: 0,
            block: Vec::new(),
        })
    }
}

impl Blocks for Joined {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        loop {
            match self.body.next_block()? {
                Some(block) => {
                    self.held.extend(block);
                    self.count += 1;
                }
                None if self.held.is_empty() => return Ok(None),
                None => self.count = self.step,
            }
            if self.count == self.step {
                self.count = 0;
                self.block = std::mem::take(&mut self.held);
                return Ok(Some(&self.block));
            }
            if self.patient {
                return Ok(Some(b""));
            }
        }
    }
}

/// "must not block iteration waiting for multiple values", "must yield at least one value"
#[test]
fn a_middleware_that_waits_for_several_blocks_is_reported() {
    let inner = || answering(&[TEXT], || blocks(&["a", "b"]));
    let waiting = transformed(inner(), |body| Joined::of(body, 2, false));
    assert_reports("middleware.block-for-block", waiting, get);
    let block_by_block = transformed(inner(), |body| Joined::of(body, 1, false));
    assert_eq!(assert_flawless(block_by_block, get).text(), "ab");
}

/// "If the middleware needs to accumulate more data […], it must yield an empty bytestring."
#[test]
fn an_empty_block_stands_for_nothing_yet() {
    let inner = answering(&[TEXT], || blocks(&["a", "b", "c"]));
    let patient = transformed(inner, |body| Joined::of(body, 2, true));
    let answer = assert_flawless(patient, get);
    assert_eq!(answer.blocks, [&b""[..], b"ab", b"", b"c"]);
}

/// "middleware must return an iterable as soon as its underlying application returns an iterable"
#[test]
fn a_middleware_that_consumes_before_it_returns_is_reported() {
    let hasty = transformed(answering(&[TEXT], || blocks(&["a", "b"])), |mut body| {
        let mut all = Vec::new();
        while let Ok(Some(block)) = body.next_block() {
            all.extend(block);
        }
        Body::from(all)
    });
    assert_reports("middleware.returns-at-once", hasty, get);
    // A complete body was never iterated, so there is nothing to wait for.
    let looking = transformed(answering(&[TEXT], || "ab"), |body| {
        assert_eq!(body.as_full(), Some(&b"ab"[..]));
        body
    });
    assert_flawless(looking, get);
}

/// "It is also forbidden for middleware to use the write() callable to transmit data that is yielded"
#[test]
fn a_middleware_that_writes_what_was_yielded_is_reported() {
    let inner = ValidatorLayer::new().layer(answering(&[TEXT], || "yielded"));
    let pushing = application_fn(move |environ, start_response| {
        let mut body = inner.call(environ, start_response)?;
        start_response.write(&body.take_full().unwrap_or_default())?;
        Ok(Body::empty())
    });
    assert_reports("middleware.write", pushing, get);

    let inner = ValidatorLayer::new().layer(application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [TEXT])?;
        start_response.write(b"written")?;
        Ok("yielded".into())
    }));
    let passing =
        application_fn(move |environ, start_response| inner.call(environ, start_response));
    assert_eq!(assert_flawless(passing, get).text(), "writtenyielded");
}

/// "New WSGI applications and frameworks should not use the write() callable if it is possible to avoid doing so."
#[test]
fn the_documentation_says_whom_write_is_for() {
    let documentation = include_str!("../../wsgi-core/src/start_response.rs");
    assert!(documentation.contains("for applications that push"));
}

/// "An application must return an iterable object, even if it uses write()", which "may be empty".
#[test]
fn an_application_that_writes_returns_a_body() {
    let app = application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [TEXT, ("Content-Length", "2")])?;
        start_response.write(b"h")?;
        start_response.write(b"i")?;
        Ok(Body::empty())
    });
    let answer = assert_flawless(app, get);
    assert_eq!(
        (answer.written, answer.blocks),
        (vec![b"h".to_vec(), b"i".to_vec()], vec![])
    );
}

/// "any bytestrings yielded by the iterable are transmitted after all bytestrings passed to write()"
#[test]
fn blocks_follow_what_was_written() {
    let app = application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [TEXT])?;
        start_response.write(b"one ")?;
        Ok(blocks(&["two ", "three"]))
    });
    let answer = run(&Validator::new(app), get()).unwrap();
    assert_eq!(answer.body(), b"one two three");
    let mut out = Vec::new();
    let mut response = ResponseWriter::new(false, Version::HTTP_11, true);
    response.start(answer.status, Headers::new(), None).unwrap();
    for block in answer.written.iter().chain(&answer.blocks) {
        response.write(block, None, &mut out).unwrap();
    }
    response.finish(None, &mut out);
    assert!(out.ends_with(b"\r\n\r\n4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\n"));
}
