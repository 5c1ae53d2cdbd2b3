use std::io::Read;
use std::sync::{Arc, Mutex};

use wsgi_core::testing::{EnvironBuilder, TrackedBody, run};
use wsgi_core::{
    Application, ApplicationError, Blocks, Body, EarlyHints, ExcInfo, Headers, Input, Layer,
    StartResponseError, StatusLine, application_fn,
};
use wsgi_middleware::{Cascade, CascadeLayer};

use crate::{answering, failure};

const TEXT: [(&str, &str); 1] = [("Content-Type", "text/plain")];

/// Answers so, with the status as body.
fn status(line: &'static str) -> impl Application {
    application_fn(move |_, start_response| {
        start_response.start(StatusLine::from_static(line), TEXT)?;
        Ok(Body::from(line))
    })
}

/// Reads so much of the request's body, then answers 404.
fn nothing_after(bytes: u64) -> impl Application {
    application_fn(move |environ, start_response| {
        let mut read = Vec::new();
        environ.input().take(bytes).read_to_end(&mut read)?;
        start_response.start(StatusLine::NOT_FOUND, TEXT)?;
        Ok(Body::from("nothing"))
    })
}

fn echo() -> impl Application {
    application_fn(|environ, start_response| {
        let remaining = environ.input().remaining();
        let body = environ.input().read_all()?;
        start_response.start(StatusLine::OK, TEXT)?;
        Ok(Body::from(format!(
            "{remaining:?} {}",
            String::from_utf8_lossy(&body)
        )))
    })
}

/// What the applications answer, and which answer it is.
const STATUSES: &[(&[&str], &str)] = &[
    (&["200 OK"], "200 OK"),
    (&["404 Not Found"], "404 Not Found"),
    (&["200 OK", "200 Second"], "200 OK"),
    (&["404 Not Found", "200 Second"], "200 Second"),
    (&["405 Method Not Allowed", "200 Second"], "200 Second"),
    (
        &["404 Not Found", "405 Method Not Allowed", "201 Third"],
        "201 Third",
    ),
    (&["404 Not Found", "404 Last"], "404 Last"),
    (&["410 Gone", "200 Second"], "410 Gone"),
    (&["500 Broken", "200 Second"], "500 Broken"),
    (&["204 Nothing", "200 Second"], "204 Nothing"),
];

#[test]
fn the_first_that_has_something_or_the_last_answers() {
    for (lines, wanted) in STATUSES {
        let mut app = Cascade::new(status(lines[0]));
        for line in &lines[1..] {
            app = app.then(status(line));
        }
        let answer = run(&app, EnvironBuilder::get("/").build()).unwrap();
        assert_eq!(answer.status.as_bytes(), wanted.as_bytes(), "{lines:?}");
        assert_eq!(answer.text(), *wanted);
    }
}

#[test]
fn the_statuses_may_be_others() {
    let app = Cascade::new(status("403 Forbidden"))
        .then(status("404 Not Found"))
        .then(status("200 OK"))
        .statuses([403]);
    let answer = run(&app, EnvironBuilder::get("/").build()).unwrap();
    assert_eq!(answer.status, StatusLine::NOT_FOUND);
}

#[test]
fn a_dropped_body_is_closed_once_and_unread() {
    let tracked = TrackedBody::new(["one"]);
    let inner = tracked.clone();
    let first = application_fn(move |_, start_response| {
        start_response.start(StatusLine::NOT_FOUND, TEXT)?;
        Ok(inner.body())
    });
    let app = Cascade::new(first).then(answering(|| Body::from("second")));
    let answer = run(&app, EnvironBuilder::get("/").build()).unwrap();
    assert_eq!(answer.text(), "second");
    assert_eq!(tracked.log(), ["close"]);
}

#[test]
fn a_close_that_fails_is_reported_and_the_next_is_tried() {
    struct Failing;
    impl Blocks for Failing {
        fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
            Ok(None)
        }
        fn close(&mut self) -> Result<(), ApplicationError> {
            Err(failure())
        }
    }
    let first = application_fn(|_, start_response| {
        start_response.start(StatusLine::NOT_FOUND, TEXT)?;
        Ok(Body::from_blocks(Failing))
    });
    let app = Cascade::new(first).then(answering(|| Body::from("second")));
    let answer = run(&app, EnvironBuilder::get("/").build()).unwrap();
    assert_eq!(
        (&*answer.text(), &*answer.errors),
        ("second", "failed on purpose\n")
    );
}

#[test]
fn what_a_dropped_response_wrote_goes_nowhere_but_its_early_hints_have_gone() {
    let first = application_fn(|_, start_response| {
        start_response.early_hints(&EarlyHints::try_from_pairs([(
            "Link",
            "</a>; rel=preload",
        )])?)?;
        start_response.start(StatusLine::NOT_FOUND, TEXT)?;
        start_response.write(b"nothing")?;
        // PEP 3333 "Error Handling": the headers count as sent.
        let again = start_response.start_response(
            StatusLine::OK,
            Headers::new(),
            Some(ExcInfo::new("trapped")),
        );
        assert!(matches!(again, Err(StartResponseError::HeadersSent(_))));
        Ok(Body::empty())
    });
    let app = Cascade::new(first).then(answering(|| Body::from("second")));
    let answer = run(&app, EnvironBuilder::get("/").build()).unwrap();
    assert_eq!(answer.text(), "second");
    assert!(answer.written.is_empty());
    assert_eq!(answer.early_hints.len(), 1);
}

#[test]
fn an_error_handler_may_change_the_status_to_and_fro() {
    for (from, to, wanted) in [("404 A", "500 B", "500 B"), ("500 A", "404 B", "404 B")] {
        let first = application_fn(move |_, start_response| {
            start_response.start(StatusLine::from_static(from), TEXT)?;
            let twice = start_response.start(StatusLine::OK, TEXT);
            assert!(matches!(
                twice,
                Err(ApplicationError::StartResponse(StartResponseError::Twice))
            ));
            let headers = Headers::try_from_pairs(TEXT)?;
            let trapped = Some(ExcInfo::new("trapped"));
            start_response.start_response(StatusLine::from_static(to), headers, trapped)?;
            Ok(Body::from("replaced"))
        });
        let app = Cascade::new(first).then(answering(|| Body::from("second")));
        let answer = run(&app, EnvironBuilder::get("/").build()).unwrap();
        assert_eq!(answer.status.as_bytes(), wanted.as_bytes(), "{from} {to}");
        assert_eq!(answer.text(), "replaced");
    }
}

#[test]
fn a_failure_is_no_reason_to_try_the_next() {
    for before in ["200 OK", "404 Not Found"] {
        let first = application_fn(move |_, start_response| {
            start_response.start(StatusLine::from_static(before), TEXT)?;
            Err(failure())
        });
        let app = Cascade::new(first).then(answering(|| Body::from("second")));
        let error = run(&app, EnvironBuilder::get("/").build()).unwrap_err();
        assert_eq!(error.to_string(), "failed on purpose");
    }
}

#[test]
fn the_next_gets_the_environ_as_it_was() {
    let first = application_fn(|environ, start_response| {
        environ.enter_mount("/first".into());
        environ.set_var("REQUEST_METHOD", "PUT")?;
        environ.set_var("SCRIPT_NAME", "/first")?;
        environ.set_var("PATH_INFO", "/moved")?;
        environ.set_var("QUERY_STRING", "changed")?;
        environ.set_var("HTTP_X_ADDED", "1")?;
        environ.set_var("first.key", "1")?;
        environ.extensions_mut().insert(1u8);
        start_response.start(StatusLine::NOT_FOUND, TEXT)?;
        Ok(Body::empty())
    });
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = seen.clone();
    let second = application_fn(move |environ, start_response| {
        *note.lock().unwrap() = environ.vars();
        assert!(environ.extensions().is_empty());
        assert_eq!(environ.route(), None);
        start_response.start(StatusLine::OK, TEXT)?;
        Ok(Body::empty())
    });
    let request = || EnvironBuilder::get("/a?q").header("X-A", "1").build();
    run(&Cascade::new(first).then(second), request()).unwrap();
    assert_eq!(*seen.lock().unwrap(), request().vars());
}

#[test]
fn what_was_read_of_the_body_is_read_once_more() {
    for read in [0, 1, 5, 100] {
        for known in [true, false] {
            let app = Cascade::new(nothing_after(read))
                .then(nothing_after(3))
                .then(echo());
            let body: &[u8] = b"hello";
            let length = known.then_some(5);
            let environ = EnvironBuilder::post("/", Input::from_reader(body, length)).build();
            let answer = run(&app, environ).unwrap();
            assert_eq!(answer.text(), format!("{length:?} hello"), "{read}");
        }
    }
}

#[test]
fn the_response_stands_when_too_much_of_the_body_was_read() {
    for (limit, read, wanted) in [
        (8192, 8192, "second"),
        (8191, 8192, "nothing"),
        (0, 1, "nothing"),
        (0, 0, "second"),
    ] {
        let app = Cascade::new(nothing_after(read))
            .then(answering(|| Body::from("second")))
            .replay_limit(limit);
        let body = Input::from_reader(std::io::repeat(b'x').take(10_000), None);
        let answer = run(&app, EnvironBuilder::post("/", body).build()).unwrap();
        assert_eq!(answer.text(), wanted, "{limit} {read}");
    }
}

/// Reads the body after it has begun its response.
fn late_reader(writes: bool) -> impl Application {
    application_fn(move |environ, start_response| {
        start_response.start(StatusLine::NOT_FOUND, TEXT)?;
        if writes {
            start_response.write(b"nothing")?;
        }
        environ.input().read_all()?;
        Ok(Body::from("nothing"))
    })
}

#[test]
fn a_body_that_is_spent_late_stops_it_as_well() {
    let request = || EnvironBuilder::post("/", "0123456789").build();
    let app = |writes| {
        Cascade::new(late_reader(writes))
            .then(answering(|| Body::from("second")))
            .replay_limit(5)
    };
    let answer = run(&app(false), request()).unwrap();
    assert_eq!((answer.status.code(), &*answer.text()), (404, "nothing"));
    // What was written is lost already, and the next application cannot be asked: that is said.
    let error = run(&app(true), request()).unwrap_err();
    assert!(error.to_string().contains("more than 5 bytes"), "{error}");
}

#[test]
fn a_body_that_breaks_off_is_not_read_by_the_next() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::ConnectionReset.into())
        }
    }
    let first = application_fn(|environ, start_response| {
        environ.input().read_all().unwrap_err();
        start_response.start(StatusLine::NOT_FOUND, TEXT)?;
        Ok(Body::from("nothing"))
    });
    let app = Cascade::new(first).then(echo());
    let body = Input::from_reader(Broken, None);
    let answer = run(&app, EnvironBuilder::post("/", body).build()).unwrap();
    assert_eq!(answer.text(), "nothing");
}

#[test]
fn who_kept_the_body_takes_nothing_from_the_next() {
    let kept: Arc<Mutex<Input>> = Arc::default();
    let keep = kept.clone();
    let first = application_fn(move |environ, start_response| {
        *keep.lock().unwrap() = environ.take_input();
        start_response.start(StatusLine::NOT_FOUND, TEXT)?;
        Ok(Body::empty())
    });
    let kept_by_second = kept.clone();
    let second = application_fn(move |environ, start_response| {
        assert_eq!(kept_by_second.lock().unwrap().read_all()?, b"");
        let body = environ.input().read_all()?;
        start_response.start(StatusLine::OK, TEXT)?;
        Ok(Body::from(body))
    });
    let environ = EnvironBuilder::post("/", "hello").build();
    let answer = run(&Cascade::new(first).then(second), environ).unwrap();
    assert_eq!(answer.text(), "hello");
}

#[test]
fn the_body_of_the_one_that_answers_may_be_read_later() {
    let streaming = application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, TEXT)?;
        let mut input = environ.take_input();
        let block = move || {
            let mut block = vec![0; 4];
            let count = input.read(&mut block).ok().filter(|&count| count > 0)?;
            block.truncate(count);
            Some(block)
        };
        Ok(Body::from_blocks_iter(std::iter::from_fn(block)))
    });
    let app = Cascade::new(streaming).then(echo()).replay_limit(1);
    let environ = EnvironBuilder::post("/", "0123456789").build();
    assert_eq!(run(&app, environ).unwrap().text(), "0123456789");
}

#[test]
fn a_layer_makes_the_first_of_them() {
    let layer = CascadeLayer::default().then(status("201 Second"));
    let app = layer.layer(status("404 Not Found"));
    let answer = run(&app, EnvironBuilder::get("/").build()).unwrap();
    assert_eq!(answer.status.code(), 201);
}
