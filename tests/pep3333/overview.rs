//! PEP 3333, from "Original Rationale and Goals" to "Middleware: Components that Play Both Sides".

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wsgi_core::testing::{TrackedBody, run};
use wsgi_core::validate::ValidatorLayer;
use wsgi_core::{
    Application, ApplicationError, Body, Environ, ExcInfo, Headers, Layer, StartResponse,
    StartResponseError, StatusLine, WriteError, application_fn,
};

use crate::kit::{TEXT, answering, assert_flawless, assert_reports, blocks, get};

/// The CGI gateway of the PEP, in the types of this project.
#[derive(Default)]
struct Cgi {
    stored: Option<(StatusLine, Headers)>,
    sent: bool,
    out: Vec<u8>,
}

impl StartResponse for Cgi {
    fn start_response(
        &mut self,
        status: StatusLine,
        headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        match exc_info {
            Some(trapped) if self.sent => return Err(StartResponseError::HeadersSent(trapped)),
            None if self.stored.is_some() => return Err(StartResponseError::Twice),
            _ => {}
        }
        self.stored = Some((status, headers));
        Ok(())
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        let (status, headers) = self.stored.as_ref().ok_or(WriteError::NotStarted)?;
        if !std::mem::replace(&mut self.sent, true) {
            self.out.extend(format!("Status: {status}\r\n").bytes());
            for (name, value) in headers.iter() {
                self.out
                    .extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
            }
            self.out.extend(b"\r\n");
        }
        self.out.extend(block);
        Ok(())
    }
}

fn run_with_cgi(app: &impl Application) -> Result<String, ApplicationError> {
    let mut server = Cgi::default();
    let mut body = app.call(&mut get(), &mut server)?;
    while let Some(block) = body.next_block()? {
        if !block.is_empty() {
            server.write(block)?; // don't send headers until body appears
        }
    }
    if !server.sent {
        server.write(b"")?; // send headers now if body was empty
    }
    body.close()?;
    Ok(String::from_utf8_lossy(&server.out).into_owned())
}

/// The `Latinator` of the PEP, but for upper case instead of pig Latin.
struct Upper<A>(A);

impl<A: Application> Application for Upper<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let mut body = self.0.call(environ, start_response)?;
        let upper = std::iter::from_fn(move || match body.next_block() {
            Ok(Some(block)) => Some(Ok(block.to_ascii_uppercase())),
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        });
        Ok(Body::from_fallible_blocks(upper))
    }
}

/// "Original Rationale and Goals": WSGI must be easy to implement.
#[test]
fn a_server_of_ones_own_is_a_page() {
    let app = answering(&[TEXT], || blocks(&["", "Hello ", "world!"]));
    assert_eq!(
        run_with_cgi(&app).unwrap(),
        "Status: 200 OK\r\nContent-Type: text/plain\r\n\r\nHello world!"
    );
    let empty = answering(&[TEXT], Body::empty);
    assert!(
        run_with_cgi(&empty)
            .unwrap()
            .ends_with("text/plain\r\n\r\n")
    );
}

/// "Original Rationale and Goals": it should also be easy to create middleware.
#[test]
fn a_middleware_of_ones_own_is_a_page() {
    let answer = assert_flawless(Upper(answering(&[TEXT], || blocks(&["a", "", "b"]))), get);
    assert_eq!(answer.blocks, [&b"A"[..], b"", b"B"]);
}

/// "The Application/Framework Side": functions, methods, classes, instances are all acceptable.
#[test]
fn functions_closures_and_objects_are_applications() {
    fn function(
        _: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        start_response.start(StatusLine::OK, [TEXT])?;
        Ok("hi".into())
    }
    let closure = application_fn(|environ, start_response| function(environ, start_response));
    let object: Arc<dyn Application> = Arc::new(function);
    let boxed: Box<dyn Application> = Box::new(function);
    for app in [&function as &dyn Application, &closure, &object, &boxed] {
        assert_eq!(run(app, get()).unwrap().text(), "hi");
    }
}

/// "The Application/Framework Side": able to be invoked more than once.
#[test]
fn an_application_is_called_more_than_once() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let app = answering(&[TEXT], move || {
        count.fetch_add(1, Ordering::Relaxed).to_string()
    });
    let texts: Vec<_> = (0..3).map(|_| run(&app, get()).unwrap().text()).collect();
    assert_eq!(texts, ["0", "1", "2"]);
}

/// "The Server/Gateway Side": `AssertionError("write() before start_response()")`.
#[test]
fn write_before_start_response_is_refused() {
    assert_reports(
        "write.before-start-response",
        application_fn(|_, start_response| {
            let written = start_response.write(b"early");
            start_response.start(StatusLine::OK, [TEXT])?;
            written?;
            Ok(Body::empty())
        }),
        get,
    );
}

/// "Middleware": its presence requires no special support, and stacks grow.
#[test]
fn a_stack_of_layers_is_an_application() {
    let app = Upper(Upper(answering(&[TEXT], || "hi")));
    let stack: Arc<dyn Application> = Arc::new(ValidatorLayer::new().layer(app));
    assert_eq!(run(&Upper(stack), get()).unwrap().text(), "HI");
}

/// "Middleware": it must conform to the requirements of both the server and the application side.
#[test]
fn validators_on_either_side_see_both_sides() {
    let tracked = TrackedBody::new(["a", "b"]);
    let body = tracked.clone();
    let layer = ValidatorLayer::new();
    let app = layer.layer(Upper(layer.layer(answering(&[TEXT], move || body.body()))));
    assert_eq!(run(&app, get()).unwrap().text(), "AB");
    assert_eq!(tracked.closed(), 1);

    // As a server it has to hand down a whole environ, as an application to hand up a whole response.
    let careless = |environ: &mut Environ, start_response: &mut dyn StartResponse| {
        environ.set_script_name("/");
        layer
            .layer(answering(&[TEXT], || "hi"))
            .call(environ, start_response)
    };
    let error = run(&careless, get()).unwrap_err().to_string();
    assert!(error.starts_with("[environ.script-name-root]"), "{error}");
    let careless = application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, [("Connection", "close")])?;
        let _ = environ;
        Ok(Body::empty())
    });
    let error = run(&ValidatorLayer::new().layer(careless), get())
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("[hop-by-hop.response]"), "{error}");
}
