//! `RangeSlice` around Python, and exported.

use wsgi_core::Application;
use wsgi_core::testing::{EnvironBuilder, Recorder, run};
use wsgi_middleware::RangeSlice;

use crate::exchange::{application, exchange};

const DIGITS: &str = r#"
import tempfile

def app(environ, start_response):
    kind = environ["PATH_INFO"]
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "10")])
    if kind == "/list":
        return [b"01234", b"56789"]
    if kind == "/file":
        file = tempfile.TemporaryFile()
        file.write(b"before0123456789")
        file.seek(6)
        return environ["wsgi.file_wrapper"](file)
    def generator():
        yield b"01234"
        yield b"56789"
    return generator()
"#;

const COMPLETE: &str = r#"
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"0123456789"]
"#;

#[test]
fn parts_of_all_kinds_of_bodies_of_python() {
    let app = RangeSlice::new(application(DIGITS));
    for path in ["/list", "/generator", "/file"] {
        let request = EnvironBuilder::get(path).header("Range", "bytes=3-6");
        let answer = run(&app, request.build()).expect("an answer");
        assert_eq!(
            (answer.status.code(), &*answer.text()),
            (206, "3456"),
            "{path}"
        );
        assert_eq!(answer.header("Content-Length"), Some("4"), "{path}");
    }
}

#[test]
fn a_file_of_python_stays_a_file() {
    let app = RangeSlice::new(application(DIGITS));
    let mut environ = EnvironBuilder::get("/file")
        .header("Range", "bytes=3-6")
        .build();
    let body = app.call(&mut environ, &mut Recorder::default());
    let mut body = body.expect("an answer");
    let region = body.file().expect("it is a plain file");
    assert_eq!((region.offset, region.length), (9, 4));
}

#[test]
fn exported_it_cuts_as_well() {
    let ask = |range: &str| {
        let app = RangeSlice::new(application(COMPLETE));
        exchange(app, &[("HTTP_RANGE", range)], "")
    };
    let part = ask("bytes=-2");
    assert_eq!((&*part.status, &*part.body), ("206 Partial Content", "89"));
    assert_eq!(part.headers["Content-Range"], "bytes 8-9/10");
    let parts = ask("bytes=0-0,9-9");
    assert!(parts.headers["Content-Type"].starts_with("multipart/byteranges; boundary="));
    let none = ask("bytes=10-");
    assert_eq!(none.status, "416 Range Not Satisfiable");
    assert_eq!(none.headers["Content-Range"], "bytes */10");
}
