//! PEP 3333 "Implementation/Application Notes" and "Questions and Answers".

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use http::{Request, Response, Version};
use wsgi_core::testing::{EnvironBuilder, Recorder, run};
use wsgi_core::{
    Application, ApplicationError, Body, Environ, FileWrapper, Headers, Input, StatusLine,
    application_fn, handler, respond, url,
};
use wsgi_server::protocol::{Ending, ResponseWriter};

use crate::kit::{TEXT, answering, assert_flawless, get};

/// An extension API must be "invoked using the portion of the API that they replace": the request of the `http`
/// crate is made of the environ which the application holds, middleware's changes included.
#[test]
fn a_request_is_made_of_the_environ_as_it_is_now() {
    let inner = handler(|request: Request<Input>| {
        let token = request
            .headers()
            .get("x-token")
            .map(|value| value.to_str().unwrap_or("").to_owned());
        format!("{} {token:?}", request.uri())
    });
    let middleware = application_fn(move |environ: &mut Environ, start_response| {
        environ.set_path_info("/rewritten");
        environ.headers_mut().remove("x-token");
        inner.call(environ, start_response)
    });
    let environ = || {
        EnvironBuilder::get("/original")
            .header("X-Token", "secret")
            .build()
    };
    assert_eq!(
        run(&middleware, environ()).unwrap().text(),
        "/rewritten None"
    );
}

/// "it should require the start_response callable to be passed in"
#[test]
fn a_response_goes_through_start_response() {
    let app = application_fn(|_, start_response| {
        let response = Response::builder()
            .status(201)
            .header("X-A", "1")
            .body("made")
            .map_err(ApplicationError::raised)?;
        respond(response, start_response)
    });
    let answer = run(&app, get()).unwrap();
    assert_eq!(
        (
            answer.status.code(),
            answer.header("x-a"),
            answer.text().as_str()
        ),
        (201, Some("1"), "made")
    );
}

/// "information is calculated from environ after any middleware has done any URL rewrites"
#[test]
fn what_is_derived_follows_the_environ() {
    let mut environ = EnvironBuilder::get("/blog/2024").build();
    assert_eq!(
        url::request_uri(&environ, true),
        "http://127.0.0.1/blog/2024"
    );
    url::shift_path_info(&mut environ).unwrap();
    environ
        .headers_mut()
        .try_insert("Host", "example.com")
        .unwrap();
    assert_eq!(url::application_uri(&environ), "http://example.com/blog");
    assert_eq!(
        url::request_uri(&environ, true),
        "http://example.com/blog/2024"
    );
}

/// "server/gateway authors will document how to configure the server to execute a particular application object"
#[test]
fn the_server_documents_how_it_is_configured() {
    let documentation = include_str!("../../wsgi-server/src/command/options.rs");
    for told in ["module:attribute", "--threads", "--bind"] {
        let option = told.trim_start_matches("--");
        assert!(
            documentation.contains(told) || documentation.contains(&format!("{option}:")),
            "{told}"
        );
    }
}

/// "Framework authors, on the other hand, should document how to create an application object"
#[test]
fn the_framework_documents_how_an_application_is_made() {
    let documentation = include_str!("../../wsgi-core/src/handler.rs");
    assert!(
        documentation.contains("/// Makes an application of a function from request to response.")
    );
}

/// "allowing an application's deployer to specify name-value pairs to be placed in environ": the PEP's `new_app`.
#[test]
fn a_deployer_may_put_values_into_the_environ() {
    let the_app = application_fn(|environ, start_response| {
        let value = environ
            .var("the_app.configval1")
            .unwrap_or_default()
            .into_owned();
        start_response.start(StatusLine::OK, [TEXT])?;
        Ok(value.into())
    });
    let new_app = application_fn(move |environ, start_response| {
        environ.set_var("the_app.configval1", "something")?;
        Application::call(&the_app, environ, start_response)
    });
    assert_eq!(assert_flawless(new_app, get).text(), "something");
}

/// "Applications should try to keep such required variables to a minimum": none of ours requires any.
#[test]
fn an_application_needs_no_configuration() {
    let bare = || Environ::new();
    assert_eq!(assert_flawless(handler(|_| "hi"), bare).text(), "hi");
}

fn file(content: &str, at: u64) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content.as_bytes()).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file
}

/// "You may not return a file object […] Use wsgi.file_wrapper": a file becomes a body through its wrapper only.
#[test]
fn a_file_is_sent_by_its_wrapper() {
    let app = answering(&[TEXT], || {
        FileWrapper::new(file("0123456789", 0))
            .unwrap()
            .block_size(4)
    });
    assert_eq!(
        assert_flawless(app, get).blocks,
        [&b"0123"[..], b"4567", b"89"]
    );
}

/// "Supporting Older (<2.2) Versions of Python": none of them can be asked for.
#[test]
fn old_pythons_are_not_reckoned_with() {
    let metadata = include_str!("../../pyproject.toml");
    assert!(metadata.contains("requires-python = \">=3."));
}

/// The callable "must not perform any data transmission until and unless the server/gateway actually receives the
/// iterable as a return value from the application"
#[test]
fn nothing_of_a_file_is_sent_before_it_is_returned() {
    let app = application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [TEXT])?;
        let file = file("unsent", 0);
        let mut other = file.try_clone()?;
        let wrapper = FileWrapper::new(file)?;
        assert_eq!(other.stream_position()?, 0);
        drop(Body::from(wrapper)); // created, never used
        Ok("instead".into())
    });
    let answer = run(&app, get()).unwrap();
    assert_eq!(
        (answer.written.len(), answer.text().as_str()),
        (0, "instead")
    );
}

/// "transmission should begin at the current position within the "file" […] and continue until the end is reached"
#[test]
fn a_file_is_sent_from_its_position() {
    let mut body = Body::from(FileWrapper::new(file("0123456789", 4)).unwrap());
    let region = body.file().unwrap();
    assert_eq!((region.offset, region.length), (4, 6));
    assert_eq!(body.next_block().unwrap(), Some(&b"456789"[..]));
    assert_eq!(body.next_block().unwrap(), None);
}

/// "or until Content-Length bytes have been written"
#[test]
fn a_file_is_sent_up_to_content_length() {
    let mut out = Vec::new();
    let mut response = ResponseWriter::new(false, Version::HTTP_11, true);
    let headers = Headers::try_from_pairs([("Content-Length", "4")]).unwrap();
    response.start(StatusLine::OK, headers, None).unwrap();
    assert_eq!(response.write_raw(6, Some(6), &mut out).unwrap(), 4);
    assert!(!response.wants_more());
}

/// "the server may generate one from the file using its knowledge of the underlying file implementation"
#[test]
fn the_length_of_a_file_becomes_content_length() {
    let mut body = Body::from(FileWrapper::new(file("0123456789", 4)).unwrap());
    let mut out = Vec::new();
    let mut response = ResponseWriter::new(false, Version::HTTP_11, true);
    response
        .start(StatusLine::OK, Headers::new(), None)
        .unwrap();
    let total = body.length();
    let region = body.file().unwrap();
    assert_eq!(
        response.write_raw(region.length, total, &mut out).unwrap(),
        6
    );
    let head = String::from_utf8_lossy(&out).to_ascii_lowercase();
    assert!(head.contains("\r\ncontent-length: 6\r\n"), "{head}");
    let mut sent = Vec::new();
    let file = region.file;
    file.take(region.length).read_to_end(&mut sent).unwrap();
    out.extend(sent);
    assert_eq!(response.finish(None, &mut out), Ending::KeepAlive);
    assert!(out.ends_with(b"\r\n\r\n456789"));
}

/// "an application should not assume that it will definitely not be run again, just because it is called with
/// wsgi.run_once set to True": being called takes nothing from it.
#[test]
fn run_once_does_not_end_the_application() {
    let app = answering(&[TEXT], || "hi");
    for _ in 0..2 {
        let mut environ = EnvironBuilder::get("/")
            .with(|environ| environ.connection_mut().run_once = true)
            .build();
        let mut body = app.call(&mut environ, &mut Recorder::default()).unwrap();
        assert_eq!(body.next_block().unwrap(), Some(&b"hi"[..]));
    }
}
