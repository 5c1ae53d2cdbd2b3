//! PEP 3333, "Optional Platform-Specific File Handling".

use std::io::Read as _;
use std::os::unix::fs::FileExt as _;

use wsgi_core::testing::{EnvironBuilder, Recorder};
use wsgi_core::{Application, Environ};

use crate::kit::Module;

/// An application that sends what `make` opens; `closed` counts.
fn sending(make: &str) -> Module {
    Module::new(&format!(
        r#"
import gzip, io, os, tempfile
closed = []
class Like:
    def __init__(self, data):
        self.file = io.BytesIO(data)
    def read(self, size):
        return self.file.read(size)
    def close(self):
        closed.append(1)
class Unclosable:
    def __init__(self, data):
        self.read = io.BytesIO(data).read
def plain(data, mode="w+b", **options):
    file = tempfile.TemporaryFile(mode, **options)
    file.write(data)
    file.seek(0)
    return file
def positioned(position):
    file = plain(b"0123456789")
    file.read(1)
    file.seek(position)
    return file
def zipped(data):
    raw = tempfile.TemporaryFile()
    with gzip.open(raw, "wb") as archive:
        archive.write(data)
    raw.seek(0)
    return gzip.GzipFile(fileobj=raw)
def pipe(data):
    read, write = os.pipe()
    os.write(write, data)
    os.close(write)
    return os.fdopen(read, "rb")
def app(environ, start_response):
    start_response("200 OK", [])
    global file
    file = {make}
    return environ["wsgi.file_wrapper"](file, 4)
"#
    ))
}

/// What is opened, what must arrive, and whether it may go out as a region of a file.
const FILES: &[(&str, &str, bool)] = &[
    ("plain(b'0123456789')", "0123456789", true),
    ("plain(b'0123456789', buffering=0)", "0123456789", true),
    ("positioned(3)", "3456789", true),
    ("positioned(10)", "", true),
    ("positioned(20)", "", true),
    ("Like(b'0123456789')", "0123456789", false),
    ("Unclosable(b'0123456789')", "0123456789", false),
    ("io.BytesIO(b'0123456789')", "0123456789", false),
    ("zipped(b'0123456789')", "0123456789", false),
    ("pipe(b'0123456789')", "0123456789", false),
    ("Like(b'')", "", false),
];

#[test]
fn every_kind_of_file_arrives_whole() {
    for (make, expected, region) in FILES {
        let answer = sending(make).get();
        assert_eq!(answer.text(), *expected, "{make}");
        let length = region.then_some(expected.len() as u64);
        if !expected.is_empty() {
            assert_eq!(answer.length, length, "{make}");
        }
    }
}

#[test]
fn a_plain_file_is_told_as_a_region_from_its_position() {
    for (make, expected, region) in FILES {
        let module = sending(make);
        let mut environ = Environ::new();
        let mut body = module
            .app()
            .call(&mut environ, &mut Recorder::default())
            .unwrap();
        match body.file() {
            Some(found) => {
                assert!(region, "{make}");
                let mut bytes = vec![0; found.length as usize];
                found.file.read_exact_at(&mut bytes, found.offset).unwrap();
                assert_eq!(String::from_utf8(bytes).unwrap(), *expected, "{make}");
            }
            None => assert!(!region, "{make}"),
        }
        body.close().unwrap();
        if make.starts_with("plain") {
            assert_eq!(module.repr("file.closed"), "True", "{make}");
        }
    }
}

#[test]
fn blocks_have_the_size_that_was_asked_for() {
    let answer = sending("Like(b'0123456789')").get();
    assert_eq!(answer.blocks, [&b"0123"[..], b"4567", b"89"]);
}

#[test]
fn the_file_is_closed_once() {
    let module = sending("Like(b'0123456789')");
    module.get();
    crate::kit::leave_early(&module.app());
    assert_eq!(module.repr("closed"), "[1, 1]");
}

#[test]
fn what_was_written_but_not_flushed_is_sent() {
    let answer = Module::new(
        r#"
        import tempfile
        def app(environ, start_response):
            file = tempfile.TemporaryFile()
            file.write(b"unflushed")
            file.seek(0)
            file.write(b"UN")
            file.seek(0)
            start_response("200 OK", [])
            return environ["wsgi.file_wrapper"](file)
        "#,
    )
    .get();
    assert_eq!(answer.text(), "UNflushed");
}

#[test]
fn the_wrapper_is_an_iterable_that_python_layers_can_use_themselves() {
    let answer = Module::new(
        r#"
        import io
        def app(environ, start_response):
            wrapper = environ["wsgi.file_wrapper"](io.BytesIO(b"abcdef"), blksize=4)
            assert iter(wrapper) is wrapper and wrapper.blksize == 4 and wrapper.filelike is not None
            start_response("200 OK", [])
            return (block.upper() for block in wrapper)
        "#,
    )
    .get();
    assert_eq!(answer.blocks, [&b"ABCD"[..], b"EF"]);
}

#[test]
fn a_file_of_text_is_refused_with_a_mend() {
    let failure = sending("io.StringIO('text')").failure();
    assert!(failure.contains("is str, but must be bytes"), "{failure}");
    let failure = sending("plain('text', 'w+')").failure();
    assert!(failure.contains("is str, but must be bytes"), "{failure}");
}

#[test]
fn what_cannot_be_read_is_refused_at_once() {
    let failure = sending("7").failure();
    assert!(
        failure.contains("TypeError") && failure.contains("open(path, \"rb\")"),
        "{failure}"
    );
    let failure = Module::new(
        "
        import io
        def app(environ, start_response):
            environ['wsgi.file_wrapper'](io.BytesIO(), 0)
        ",
    )
    .failure();
    assert!(failure.contains("at least 1 byte"), "{failure}");
}

#[test]
fn a_wrapper_whose_response_never_started_fails() {
    let result = Module::new(
        "
        import tempfile
        def app(environ, start_response):
            return environ['wsgi.file_wrapper'](tempfile.TemporaryFile())
        ",
    )
    .run(EnvironBuilder::get("/"));
    assert!(matches!(
        result,
        Err(wsgi_core::ApplicationError::NotStarted)
    ));
}

#[test]
fn a_file_that_shrinks_while_it_is_sent_fails_rather_than_fall_short() {
    let module = sending("plain(b'0123456789')");
    let mut environ = Environ::new();
    let mut body = module
        .app()
        .call(&mut environ, &mut Recorder::default())
        .unwrap();
    module.repr("file.truncate(0)");
    body.next_block().unwrap_err();
    body.close().unwrap();
    let mut rest = Vec::new();
    environ.input().read_to_end(&mut rest).unwrap();
    assert!(rest.is_empty());
}
