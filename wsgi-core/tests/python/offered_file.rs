//! Whole files of Rust applications, which the outer server may send by its own means.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::prelude::*;
use wsgi_core::python::export;
use wsgi_core::testing::{EnvironBuilder, Recorder};
use wsgi_core::{
    Application, ApplicationError, Blocks, Body, FileRegion, FileWrapper, StatusLine,
    application_fn,
};

use crate::kit::Module;

/// A server that sends what it is given as a Gunicorn, a Waitress or a wsgiref would find it.
const SERVER: &str = r#"
import os
log = []
def middleware(environ, start_response):
    return app(environ, start_response)
class Wrapper:
    def __init__(self, filelike, blksize=8192):
        log.append(f"wrapped {blksize}")
        self.filelike, self.blksize = filelike, blksize
        self.close = filelike.close
    def __iter__(self):
        return iter(lambda: self.filelike.read(self.blksize), b"")
def serve(**environ):
    log.clear()
    result = app({"REQUEST_METHOD": "GET", **environ}, lambda status, headers, exc_info=None: None)
    return result
def by_descriptor(wrapper):
    fileno = wrapper.filelike.fileno()
    os.lseek(fileno, 3, os.SEEK_SET)
    data = os.read(fileno, 100)
    wrapper.close()
    return data
def by_size(wrapper):
    start = wrapper.filelike.tell()
    wrapper.filelike.seek(0, 2)
    size = wrapper.filelike.tell() - start
    wrapper.filelike.seek(start)
    data = wrapper.filelike.read(4), wrapper.filelike.read(), wrapper.filelike.read()
    wrapper.close()
    return size, data
def resized(wrapper, size):
    os.truncate(f"/proc/self/fd/{wrapper.filelike.fileno()}", size)
    return wrapper
def raised(function, *arguments):
    try:
        function(*arguments)
    except Exception as error:
        return error
def by_blocks(iterable):
    blocks = list(iterable)
    iterable.close()
    return blocks
"#;

fn digits() -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"0123456789").unwrap();
    file.rewind().unwrap();
    file
}

/// The server over an application that sends what `body` makes of a file.
fn server(body: fn(File) -> Body) -> Module {
    let module = Module::new(SERVER);
    let app = application_fn(move |_, start_response| {
        start_response.start(StatusLine::OK, [("Content-Length", "10")])?;
        Ok(body(digits()))
    });
    Python::attach(|py| module.set("app", export(py, Arc::new(app)).unwrap()));
    module
}

fn whole(file: File) -> Body {
    FileWrapper::new(file).unwrap().into()
}

const SERVE: &str = "serve(**{'wsgi.file_wrapper': Wrapper})";

#[test]
fn a_whole_file_is_given_in_the_servers_wrapper() {
    for (way, sent) in [
        ("by_descriptor", "b'3456789'"),
        ("by_size", "(10, (b'0123', b'456789', b''))"),
        ("by_blocks", "[b'0123456789']"),
    ] {
        let module = server(whole);
        assert_eq!(module.repr(&format!("{way}({SERVE})")), sent);
        assert_eq!(module.repr("log"), "['wrapped 65536']");
    }
}

#[test]
fn without_a_wrapper_its_blocks_are_iterated() {
    for environ in ["", "**{'wsgi.file_wrapper': None}"] {
        let module = server(whole);
        let sent = module.repr(&format!("by_blocks(serve({environ}))"));
        assert_eq!(sent, "[b'0123456789']");
        assert_eq!(module.repr("log"), "[]");
    }
}

#[test]
fn a_part_of_a_file_is_iterated() {
    let from_the_middle = |mut file: File| {
        file.seek(SeekFrom::Start(4)).unwrap();
        whole(file)
    };
    let to_the_middle = |file| FileWrapper::new(file).unwrap().length(4).into();
    for (body, sent) in [
        (from_the_middle as fn(File) -> Body, "[b'456789']"),
        (to_the_middle, "[b'0123']"),
    ] {
        let module = server(body);
        assert_eq!(module.repr(&format!("by_blocks({SERVE})")), sent);
        assert_eq!(module.repr("log"), "[]");
    }
}

#[test]
fn bytes_that_a_file_grew_by_are_not_sent() {
    let module = server(whole);
    let sent = module.repr(&format!("by_blocks(resized({SERVE}, 12))"));
    assert_eq!(sent, "[b'0123456789']");
}

#[test]
fn a_file_that_shrank_fails_rather_than_fall_short() {
    let module = server(whole);
    let raised = module.repr(&format!("raised(by_blocks, resized({SERVE}, 0))"));
    assert_eq!(
        raised,
        "OSError('the file became shorter while it was sent')"
    );
}

/// Sends its file, and counts its ends.
struct Counted(FileWrapper, Arc<AtomicUsize>);

impl Blocks for Counted {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        self.0.next_block()
    }

    fn file(&mut self) -> Option<FileRegion<'_>> {
        self.0.file()
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

#[test]
fn the_body_is_closed_once_with_the_file() {
    let closed = Arc::<AtomicUsize>::default();
    let count = closed.clone();
    let app = application_fn(move |_, start_response| {
        start_response.start(StatusLine::OK, [("Content-Length", "10")])?;
        let file = FileWrapper::new(digits())?;
        Ok(Body::from_blocks(Counted(file, count.clone())))
    });
    let module = Module::new(SERVER);
    Python::attach(|py| module.set("app", export(py, Arc::new(app)).unwrap()));
    let closed = || closed.load(Ordering::SeqCst);
    module.repr(SERVE);
    assert_eq!(closed(), 1, "dropped unread");
    module.repr(&format!(
        "(wrapper := {SERVE}, by_descriptor(wrapper), wrapper.close())"
    ));
    assert_eq!(closed(), 2, "closed twice by the server");
}

/// A middleware of Python between our server and an application of Rust does not cost the quick way.
#[test]
fn below_python_middleware_it_stays_a_region() {
    let module = server(whole);
    let app = module.named("middleware");
    let mut environ = EnvironBuilder::get("/").build();
    let mut body = app.call(&mut environ, &mut Recorder::default()).unwrap();
    let region = body.file().expect("a region");
    assert_eq!((region.offset, region.length), (0, 10));
    body.close().unwrap();
}
