//! `Buffer` around Python, and exported.

use wsgi_core::Input;
use wsgi_core::testing::{EnvironBuilder, get, run};
use wsgi_middleware::Buffer;

use crate::exchange::{application, exchange};

const READING: &str = r#"
import io

def app(environ, start_response):
    stream = environ["wsgi.input"]
    first = stream.read()
    text = environ.get("CONTENT_LENGTH", "none")
    if hasattr(stream, "seek"):
        assert stream.seekable()
        assert stream.read() == b""
        assert stream.seek(0) == 0
        assert stream.readline(3) == first[:3]
        stream.seek(0, 0)
        assert stream.read() == first
        try:
            stream.seek(1)
        except io.UnsupportedOperation as error:
            text += " " + str(error)
    else:
        text += " once"
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [text.encode()]
"#;

const BLOCKS: &str = r#"
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"one"
    yield b"two"
"#;

const REWOUND: &str = "wsgi.input goes back to its beginning alone; write seek(0)";

#[test]
fn python_reads_a_body_twice_and_knows_its_length() {
    let request = || {
        let request = EnvironBuilder::new("POST", "/");
        request
            .body(Input::from_reader(&b"ten bytes."[..], None))
            .build()
    };
    // In memory and in a file.
    for memory in [100, 5] {
        let app = Buffer::new(application(READING)).request_memory(memory);
        let answer = run(&app, request()).expect("an answer");
        assert_eq!(answer.text(), format!("10 {REWOUND}"));
    }
    let answer = run(&application(READING), request()).expect("an answer");
    assert_eq!(answer.text(), "none once");
}

#[test]
fn exported_it_replaces_the_stream_of_the_server() {
    let ask = |body: &str| {
        let app = Buffer::new(application(READING)).request_limit(10);
        exchange(app, &[("REQUEST_METHOD", "POST")], body)
    };
    assert_eq!(ask("ten bytes.").body, format!("10 {REWOUND}"));
    assert_eq!(ask("eleven byte").status, "413 Content Too Large");
}

#[test]
fn blocks_of_python_are_put_together() {
    let app = || Buffer::new(application(BLOCKS)).response(true);
    let answer = get(&app(), "/");
    assert_eq!(answer.blocks, [b"onetwo"]);
    assert_eq!(answer.header("Content-Length"), Some("6"));
    let answer = exchange(app(), &[], "");
    assert_eq!(
        (&*answer.headers["Content-Length"], &*answer.body),
        ("6", "onetwo")
    );
}
