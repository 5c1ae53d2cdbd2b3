//! PEP 3333, "Input and Error Streams".

use std::io::{self, Read};

use wsgi_core::testing::EnvironBuilder;
use wsgi_core::{Fault, Input};

use crate::kit::Module;

/// Calls on `wsgi.input` of the body `one\ntwo\nthree`, one after the other, and what they give.
const CALLS: &[(&str, &str)] = &[
    ("i.read()", "b'one\\ntwo\\nthree'"),
    ("i.read(-1)", "b'one\\ntwo\\nthree'"),
    ("i.read(None)", "b'one\\ntwo\\nthree'"),
    (
        "i.read(5), i.read(0), i.read(100), i.read(1), i.read()",
        "(b'one\\nt', b'', b'wo\\nthree', b'', b'')",
    ),
    ("i.read(10**15)", "b'one\\ntwo\\nthree'"),
    (
        "i.readline(), i.readline(), i.readline(), i.readline()",
        "(b'one\\n', b'two\\n', b'three', b'')",
    ),
    (
        "i.readline(2), i.readline(100), i.readline(0), i.readline(-1)",
        "(b'on', b'e\\n', b'', b'two\\n')",
    ),
    ("i.readline(None)", "b'one\\n'"),
    ("i.readlines()", "[b'one\\n', b'two\\n', b'three']"),
    (
        "i.readlines(5), i.read()",
        "([b'one\\n', b'two\\n'], b'three')",
    ),
    (
        "i.readlines(4), i.readlines(0)",
        "([b'one\\n'], [b'two\\n', b'three'])",
    ),
    ("i.readlines(None)", "[b'one\\n', b'two\\n', b'three']"),
    ("list(i), list(i)", "([b'one\\n', b'two\\n', b'three'], [])"),
    (
        "next(i), i.read(1), i.readline(), i.read()",
        "(b'one\\n', b't', b'wo\\n', b'three')",
    ),
    ("iter(i) is i", "True"),
    ("hasattr(i, 'close')", "False"),
];

/// Gives three bytes at a time, as a network may.
struct Trickle(&'static [u8]);

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(3);
        self.0.read(&mut buffer[..count])
    }
}

#[test]
fn every_method_works_on_bodies_at_hand_and_on_streams() {
    const BODY: &[u8] = b"one\ntwo\nthree";
    for (calls, expected) in CALLS {
        let bodies = [
            ("bytes", Input::from(BODY)),
            ("stream", Input::from_reader(Trickle(BODY), Some(13))),
            (
                "stream of unknown length",
                Input::from_reader(Trickle(BODY), None),
            ),
        ];
        for (kind, body) in bodies {
            let module = Module::new(&format!(
                "
                def app(environ, start_response):
                    i = environ['wsgi.input']
                    start_response('200 OK', [])
                    return [repr(({calls})).encode()]
                "
            ));
            let answer = module.run(EnvironBuilder::post("/", body)).unwrap();
            assert_eq!(answer.text(), *expected, "{calls} of {kind}");
        }
    }
}

#[test]
fn an_empty_body_reads_as_empty() {
    let answer = Module::new(
        r#"
        def app(environ, start_response):
            i = environ["wsgi.input"]
            start_response("200 OK", [])
            return [repr((i.read(), i.read(5), i.readline(), i.readlines(), list(i))).encode()]
        "#,
    )
    .get();
    assert_eq!(answer.text(), "(b'', b'', b'', [], [])");
}

#[test]
fn the_body_can_still_be_read_while_the_response_is_iterated() {
    let answer = Module::new(
        r#"
        def app(environ, start_response):
            start_response("200 OK", [])
            yield b"read: "
            for line in environ["wsgi.input"]:
                yield line
        "#,
    )
    .run(EnvironBuilder::post(
        "/",
        Input::from_reader(Trickle(b"a\nb"), Some(3)),
    ))
    .unwrap();
    assert_eq!(answer.text(), "read: a\nb");
}

#[test]
fn rust_layers_can_read_after_the_call_what_python_left() {
    let mut answer = Module::new(
        r#"
        def app(environ, start_response):
            start_response("200 OK", [])
            return [environ["wsgi.input"].read(3)]
        "#,
    )
    .run(EnvironBuilder::post("/", "one two"))
    .unwrap();
    assert_eq!(answer.text(), "one");
    assert_eq!(answer.environ.input().read_all().unwrap(), b" two");
}

#[test]
fn the_size_is_a_number_or_none() {
    let failure =
        Module::new("def app(environ, start_response): environ['wsgi.input'].read('1')").failure();
    assert!(failure.contains("TypeError"), "{failure}");
}

/// Fails as connections do.
struct Failing(io::ErrorKind);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::new(self.0, "on purpose"))
    }
}

#[test]
fn a_client_that_leaves_raises_os_error_and_is_the_clients_fault() {
    for (kind, fault) in [
        (io::ErrorKind::UnexpectedEof, Fault::Client),
        (io::ErrorKind::ConnectionReset, Fault::Client),
        (io::ErrorKind::InvalidData, Fault::Client),
        (io::ErrorKind::StorageFull, Fault::Application),
    ] {
        let module = Module::new(
            r#"
            caught = []
            def app(environ, start_response):
                try:
                    environ["wsgi.input"].read()
                except OSError as error:
                    caught.append(str(error))
                    raise
            "#,
        );
        let body = Input::from_reader(Failing(kind), None);
        let error = module.run(EnvironBuilder::post("/", body)).unwrap_err();
        assert_eq!(error.fault(), fault, "{kind:?}");
        assert_eq!(module.repr("'on purpose' in caught[0]"), "True");
        assert!(error.report().contains("Traceback"), "{}", error.report());
    }
}

#[test]
fn memory_that_runs_out_raises_memory_error() {
    let module = Module::new(
        r#"
        caught = []
        def app(environ, start_response):
            try:
                environ["wsgi.input"].read()
            except MemoryError:
                caught.append(True)
                raise
        "#,
    );
    let body = Input::from_reader(Failing(io::ErrorKind::OutOfMemory), None);
    let error = module.run(EnvironBuilder::post("/", body)).unwrap_err();
    assert_eq!(error.fault(), Fault::Application);
    assert_eq!(module.repr("caught"), "[True]");
}

/// Hands over when the test says so.
struct Gate(std::sync::mpsc::Receiver<()>);

impl Read for Gate {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.recv().map(|()| 0).map_err(io::Error::other)
    }
}

#[test]
fn other_python_threads_run_while_a_stream_waits() {
    let module = Module::new(
        "
        def app(environ, start_response):
            start_response('200 OK', [])
            return [b'read: ' + environ['wsgi.input'].read()]
        ",
    );
    let (open, gate) = std::sync::mpsc::channel();
    let app = module.app();
    let waiting = std::thread::spawn(move || {
        let body = Input::from_reader(Gate(gate), None);
        let answer = wsgi_core::testing::run(&app, EnvironBuilder::post("/", body).build());
        answer.unwrap().text()
    });
    // Only one that can attach can open the gate.
    pyo3::Python::attach(|py| {
        py.run(c"sum(range(10))", None, None).unwrap();
        open.send(()).unwrap();
    });
    assert_eq!(waiting.join().unwrap(), "read: ");
}

#[test]
fn errors_take_any_text() {
    let answer = Module::new(
        r#"
        def app(environ, start_response):
            errors = environ["wsgi.errors"]
            count = errors.write("caf\xe9 \u20ac \udc80\n")
            errors.writelines(["a", "b\n"])
            errors.flush()
            print("printed", file=errors)
            start_response("200 OK", [])
            return [str(count).encode()]
        "#,
    )
    .get();
    assert_eq!(answer.errors, "café € \\udc80\nab\nprinted\n");
    assert_eq!(answer.text(), "9");
}

#[test]
fn errors_refuse_bytes() {
    let failure =
        Module::new("def app(environ, start_response): environ['wsgi.errors'].write(b'x')")
            .failure();
    assert!(
        failure.contains("write() takes a str, not bytes"),
        "{failure}"
    );
}

#[test]
fn logging_and_traceback_can_write_there() {
    let answer = Module::new(
        r#"
        import logging, traceback
        def app(environ, start_response):
            handler = logging.StreamHandler(environ["wsgi.errors"])
            handler.emit(logging.makeLogRecord({"msg": "logged"}))
            try:
                1 / 0
            except ZeroDivisionError:
                traceback.print_exc(file=environ["wsgi.errors"])
            start_response("200 OK", [])
            return []
        "#,
    )
    .get();
    assert!(
        answer.errors.starts_with("logged\nTraceback"),
        "{}",
        answer.errors
    );
    assert!(
        answer
            .errors
            .ends_with("ZeroDivisionError: division by zero\n")
    );
}
