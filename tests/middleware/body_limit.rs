//! `BodyLimit` around Python, and exported.

use wsgi_core::Input;
use wsgi_core::testing::{Answer, EnvironBuilder, run};
use wsgi_middleware::BodyLimit;

use crate::exchange::{application, exchange};

const READING: &str = r#"
@validator
def app(environ, start_response):
    stream = environ["wsgi.input"]
    if environ["PATH_INFO"] == "/catch":
        try:
            stream.read(100)
            text = "nothing"
        except OSError as error:
            text = f"{type(error).__name__}: {error}"
    else:
        text = str(len(stream.read(100)))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [text.encode()]
"#;

/// A body that does not say how long it is.
fn chunked(path: &str, body: &'static str) -> Answer {
    let app = BodyLimit::new(application(READING)).limit(10);
    let request = EnvironBuilder::new("POST", path);
    let request = request.body(Input::from_reader(body.as_bytes(), None));
    run(&app, request.build()).expect("an answer")
}

#[test]
fn python_reads_no_further_than_the_limit() {
    let fits = chunked("/", "ten bytes.");
    assert_eq!((fits.status.code(), &*fits.text()), (200, "10"));
    let longer = chunked("/", "eleven byte");
    assert_eq!(longer.status.code(), 413);
    assert_eq!(longer.text(), "Content Too Large\n");
    let caught = chunked("/catch", "eleven byte");
    assert_eq!(
        (caught.status.code(), &*caught.text()),
        (
            200,
            "ClientDisconnected: the request's body cannot be read: the body is longer than 10 bytes"
        )
    );
}

#[test]
fn exported_it_limits_the_stream_of_the_server() {
    let ask = |variables: &[(&str, &str)], body: &str| {
        let app = BodyLimit::new(application(READING)).limit(10);
        let post = [("REQUEST_METHOD", "POST")];
        exchange(app, &[&post, variables].concat(), body)
    };
    // Of unknown length, by a server that ends the stream where the body ends.
    assert_eq!(ask(&[], "ten bytes.").body, "10");
    assert_eq!(ask(&[], "eleven byte").status, "413 Content Too Large");
    assert_eq!(ask(&[("CONTENT_LENGTH", "10")], "ten bytes.").body, "10");
    let told = ask(&[("CONTENT_LENGTH", "11")], "eleven byte");
    assert_eq!(told.status, "413 Content Too Large");
}
