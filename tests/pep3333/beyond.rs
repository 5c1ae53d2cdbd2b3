//! What HTTP requires where PEP 3333 takes it for granted, and what `wsgiref.validate` and Werkzeug's lint check
//! beyond the PEP.

use std::io::{Seek, Write};
use std::sync::Arc;

use wsgi_core::testing::{EnvironBuilder, Recorder, TrackedBody, run};
use wsgi_core::validate::Validator;
use wsgi_core::{Application, Body, Environ, FileWrapper, StatusLine, application_fn};

use crate::kit::{
    TEXT, answering, answering_with, assert_flawless, assert_reports, blocks, get, watched,
};

const PLAIN_206: StatusLine = StatusLine::from_static("206 Partial Content");

#[test]
fn content_length_is_one_number() {
    let id = "content-length.form";
    assert_reports(
        id,
        answering(&[TEXT, ("Content-Length", "two")], || "hi"),
        get,
    );
    assert_reports(
        id,
        answering(&[TEXT, ("Content-Length", "+2")], || "hi"),
        get,
    );
    assert_reports(
        id,
        answering(
            &[TEXT, ("Content-Length", "2"), ("Content-Length", "2")],
            || "hi",
        ),
        get,
    );
}

#[test]
fn more_bytes_than_promised_are_reported() {
    let id = "content-length.surplus";
    const ONE: &[(&str, &str)] = &[TEXT, ("Content-Length", "1")];
    assert_reports(id, answering(ONE, || "hi"), get);
    assert_reports(id, answering(ONE, || blocks(&["", "h", "i", "!"])), get);
    let writing = application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, ONE.iter().copied())?;
        start_response.write(b"hi")?;
        Ok(Body::empty())
    });
    assert_eq!(watched(Arc::new(writing), get()).0, [id]);
    let error = run(&Validator::new(writing), get())
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("[content-length.surplus]"), "{error}");
    let file = || {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"hi").unwrap();
        file.rewind().unwrap();
        Body::from(FileWrapper::new(file).unwrap())
    };
    assert_reports(id, answering(ONE, file), get);
}

#[test]
fn fewer_bytes_than_promised_are_reported() {
    let id = "content-length.short";
    const THREE: &[(&str, &str)] = &[TEXT, ("Content-Length", "3")];
    assert_reports(id, answering(THREE, || "hi"), get);
    assert_reports(id, answering(THREE, || blocks(&["h", "i"])), get);
    // HEAD tells the length of what GET would give.
    assert_flawless(answering(THREE, || ""), || {
        EnvironBuilder::new("HEAD", "/").build()
    });
}

/// A server that sends files by descriptor asks for no blocks, and is checked all the same.
#[test]
fn files_are_checked_when_they_are_lent() {
    let sent = |length: &'static str| {
        let app = Validator::new(application_fn(move |_, start_response| {
            start_response.start(StatusLine::OK, [TEXT, ("Content-Length", length)])?;
            let mut file = tempfile::tempfile()?;
            file.write_all(b"hello")?;
            file.rewind()?;
            Ok(FileWrapper::new(file)?.into())
        }));
        let mut body = app.call(&mut get(), &mut Recorder::default()).unwrap();
        let lent = body.file().map(|region| region.length);
        (
            lent,
            body.next_block()
                .map(|block| block.map(<[u8]>::to_vec))
                .map_err(|error| error.to_string()),
        )
    };
    assert_eq!(sent("5"), (Some(5), Ok(Some(b"hello".to_vec()))));
    let (lent, block) = sent("4");
    assert_eq!(lent, None);
    assert!(block.unwrap_err().starts_with("[content-length.surplus]"));
}

#[test]
fn bodies_where_none_belong_are_reported() {
    let id = "body.forbidden";
    assert_reports(
        id,
        answering_with(StatusLine::NO_CONTENT, &[], || "hi"),
        get,
    );
    assert_reports(
        id,
        answering_with(StatusLine::NOT_MODIFIED, &[], || blocks(&["h", "i"])),
        get,
    );
    assert_flawless(answering_with(StatusLine::NO_CONTENT, &[], || ""), get);
    assert_flawless(
        answering_with(StatusLine::NOT_MODIFIED, &[("Content-Length", "9")], || ""),
        get,
    );
}

#[test]
fn a_body_without_a_content_type_is_reported() {
    assert_reports("content-type.missing", answering(&[], || "hi"), get);
    assert_reports(
        "content-type.missing",
        answering(&[], || blocks(&["", "h", "i"])),
        get,
    );
    assert_flawless(answering(&[], || ""), get);
}

#[test]
fn a_204_describes_no_content() {
    let id = "header.no-content";
    assert_reports(
        id,
        answering_with(StatusLine::NO_CONTENT, &[TEXT], || ""),
        get,
    );
    assert_reports(
        id,
        answering_with(StatusLine::NO_CONTENT, &[("Content-Length", "0")], || ""),
        get,
    );
}

#[test]
fn a_304_describes_no_content() {
    let id = "header.not-modified";
    assert_reports(
        id,
        answering_with(StatusLine::NOT_MODIFIED, &[TEXT], || ""),
        get,
    );
    assert_reports(
        id,
        answering_with(
            StatusLine::NOT_MODIFIED,
            &[("Content-Encoding", "gzip")],
            || "",
        ),
        get,
    );
    let right = &[
        ("ETag", "\"x\""),
        ("Expires", "0"),
        ("Content-Location", "/x"),
    ];
    assert_flawless(answering_with(StatusLine::NOT_MODIFIED, right, || ""), get);
}

#[test]
fn entity_tags_are_quoted() {
    assert_reports(
        "header.etag",
        answering(&[TEXT, ("ETag", "x")], || "hi"),
        get,
    );
    assert_reports(
        "header.etag",
        answering(&[TEXT, ("ETag", "w/\"x\"")], || "hi"),
        get,
    );
    assert_flawless(answering(&[TEXT, ("ETag", "W/\"x\"")], || "hi"), get);
}

#[test]
fn locations_are_uri_references() {
    let found = StatusLine::from_static("302 Found");
    assert_reports(
        "header.location",
        answering_with(found.clone(), &[("Location", "/a b")], || ""),
        get,
    );
    assert_flawless(
        answering_with(found, &[("Location", "../a%20b?c#d")], || ""),
        get,
    );
}

#[test]
fn dates_are_http_dates() {
    assert_reports(
        "header.date",
        answering(&[TEXT, ("Date", "today")], || "hi"),
        get,
    );
    assert_reports(
        "header.date",
        answering(&[TEXT, ("Last-Modified", "1994-11-06")], || "hi"),
        get,
    );
    assert_flawless(
        answering(&[TEXT, ("Date", "Sun, 06 Nov 1994 08:49:37 GMT")], || "hi"),
        get,
    );
}

#[test]
fn unusual_header_names_are_reported() {
    assert_reports(
        "header-name.plain",
        answering(&[TEXT, ("!odd", "v")], || "hi"),
        get,
    );
    assert_reports(
        "header-name.plain",
        answering(&[TEXT, ("X.Y", "v")], || "hi"),
        get,
    );
    assert_flawless(answering(&[TEXT, ("X-Y_2", "v")], || "hi"), get);
}

#[test]
fn a_status_header_is_reported() {
    assert_reports(
        "header-name.status",
        answering(&[TEXT, ("status", "200")], || "hi"),
        get,
    );
}

#[test]
fn unknown_methods_are_reported() {
    let brew = || EnvironBuilder::new("BREW", "/").build();
    assert_reports("environ.known-method", answering(&[TEXT], || "hi"), brew);
}

#[test]
fn paths_begin_with_a_slash() {
    let app = || answering(&[TEXT], || "hi");
    assert_reports("environ.leading-slash", app(), || {
        EnvironBuilder::get("page").build()
    });
    assert_reports("environ.leading-slash", app(), || {
        EnvironBuilder::get("/page").script_name("app").build()
    });
}

#[test]
fn the_root_is_an_empty_script_name() {
    let slash = || EnvironBuilder::get("/page").script_name("/").build();
    assert_reports(
        "environ.script-name-root",
        answering(&[TEXT], || "hi"),
        slash,
    );
}

#[test]
fn one_of_the_two_paths_is_there() {
    let app = || answering(&[TEXT], || "hi");
    assert_reports("environ.some-path", app(), || {
        EnvironBuilder::get("").build()
    });
    // `OPTIONS *` has no path at all.
    assert_flawless(app(), || EnvironBuilder::new("OPTIONS", "").build());
}

#[test]
fn content_type_and_length_have_no_prefix() {
    let app = || answering(&[TEXT], || "hi");
    assert_reports("environ.http-content", app(), || {
        EnvironBuilder::get("/")
            .var("HTTP_CONTENT_TYPE", "a/b")
            .build()
    });
    assert_reports("environ.http-content", app(), || {
        EnvironBuilder::get("/")
            .var("HTTP_CONTENT_LENGTH", "1")
            .build()
    });
}

#[test]
fn a_closed_body_gives_nothing() {
    // `close` takes the body, so that none is left to be asked; what a layer keeps of its own is empty.
    let tracked = TrackedBody::new(["a"]);
    let mut body = tracked.body();
    let taken = std::mem::take(&mut body);
    taken.close().unwrap();
    assert_eq!(body.next_block().unwrap(), None);
    assert_eq!(tracked.log(), ["close"]);
}

#[test]
fn a_dropped_body_is_closed() {
    let tracked = TrackedBody::new(["a"]);
    let inner = tracked.clone();
    let app = Validator::new(answering(&[TEXT], move || inner.body()));
    drop(app.call(&mut get(), &mut Recorder::default()).unwrap());
    assert_eq!(tracked.closed(), 1);
}

/// The application's own failure is what is reported; what was found on the way goes to the error stream.
#[test]
fn a_failure_of_the_application_stays_its_own() {
    let failing = application_fn(|environ: &mut Environ, start_response| {
        let refused = start_response.start(StatusLine::OK, [("Connection", "close")]);
        assert!(refused.is_err());
        environ.errors().write_line("before the failure");
        Err(wsgi_core::ApplicationError::raised("out of paper"))
    });
    let mut environ = get();
    let (errors, written) = wsgi_core::ErrorStream::captured();
    environ.set_errors(errors);
    let error = Validator::new(failing)
        .call(&mut environ, &mut Recorder::default())
        .unwrap_err();
    assert_eq!(error.to_string(), "out of paper");
    let written = String::from_utf8(written.lock().unwrap().clone()).unwrap();
    assert!(written.contains("[hop-by-hop.response]"), "{written}");
}

/// Nothing wrong, nothing changed, for each kind of body.
#[test]
fn a_flawless_response_passes_as_it_is() {
    assert_flawless(answering(&[TEXT], || "hi"), get);
    assert_flawless(
        answering(&[TEXT, ("Content-Length", "2")], || {
            blocks(&["", "h", "", "i"])
        }),
        get,
    );
    assert_flawless(
        answering_with(PLAIN_206, &[TEXT], || TrackedBody::new(["a", "b"]).body()),
        get,
    );
    assert_flawless(
        application_fn(|_, start_response| {
            start_response.start(StatusLine::OK, [TEXT, ("Content-Length", "4")])?;
            start_response.write(b"ab")?;
            Ok("cd".into())
        }),
        get,
    );
}
