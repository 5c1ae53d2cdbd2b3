//! PEP 3333, "The `write()` Callable".

use std::cell::RefCell;
use std::rc::Rc;

use wsgi_core::{
    Application, Environ, ExcInfo, Headers, StartResponse, StartResponseError, StatusLine,
    WriteError,
};

use crate::kit::Module;

#[test]
fn written_blocks_go_before_the_iterable() {
    let answer = Module::new(
        r#"
        def app(environ, start_response):
            write = start_response("200 OK", [])
            write(b"one ")
            write(b"two ")
            return [b"three"]
        "#,
    )
    .get();
    assert_eq!(answer.written, [&b"one "[..], b"two "]);
    assert_eq!(answer.text(), "one two three");
}

#[test]
fn write_alone_makes_a_response() {
    let answer = Module::new(
        r#"
        def app(environ, start_response):
            start_response("200 OK", [])(b"all")
            return []
        "#,
    )
    .get();
    assert_eq!(answer.text(), "all");
}

/// Notes what reaches it, and when.
struct Noting(Rc<RefCell<Vec<String>>>);

impl StartResponse for Noting {
    fn start_response(
        &mut self,
        status: StatusLine,
        _: Headers,
        _: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        self.0.borrow_mut().push(status.to_string());
        Ok(())
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        match block {
            b"leave" => Err(WriteError::Disconnected),
            _ => {
                self.0
                    .borrow_mut()
                    .push(String::from_utf8_lossy(block).into_owned());
                Ok(())
            }
        }
    }
}

#[test]
fn a_block_reaches_the_server_before_write_returns() {
    let module = Module::new(
        r#"
        def app(environ, start_response):
            write = start_response("200 OK", [])
            write(b"")
            write(b"one")
            raise RuntimeError("after the write")
        "#,
    );
    let noted = Rc::new(RefCell::new(Vec::new()));
    let mut server = Noting(noted.clone());
    module
        .app()
        .call(&mut Environ::new(), &mut server)
        .unwrap_err();
    assert_eq!(*noted.borrow(), ["200 OK", "one"]);
}

#[test]
fn an_empty_block_leaves_the_headers_replaceable() {
    let answer = Module::new(
        r#"
        import sys
        def app(environ, start_response):
            start_response("200 OK", [])(b"")
            try:
                raise ValueError
            except ValueError:
                start_response("500 Oops", [], sys.exc_info())
            return [b"x"]
        "#,
    )
    .get();
    assert_eq!(answer.status.code(), 500);
}

#[test]
fn exc_info_after_a_written_block_raises_again() {
    let failure = Module::new(
        r#"
        import sys
        def app(environ, start_response):
            start_response("200 OK", [])(b"x")
            try:
                raise ValueError("trapped")
            except ValueError:
                start_response("500 Oops", [], sys.exc_info())
        "#,
    )
    .failure();
    assert!(failure.ends_with("ValueError: trapped"), "{failure}");
}

#[test]
fn what_is_no_bytes_is_refused_with_a_mend() {
    for (block, says) in [
        ("'text'", "encode it"),
        ("bytearray(b'x')", "bytes("),
        ("None", "NoneType"),
    ] {
        let failure = Module::new(&format!(
            "
            def app(environ, start_response):
                start_response('200 OK', [])({block})
                return []
            "
        ))
        .failure();
        assert!(
            failure.contains("TypeError: write: ") && failure.contains(says),
            "{failure}"
        );
    }
}

#[test]
fn a_client_that_left_during_write_is_told_apart_from_a_failing_application() {
    let module = Module::new(
        r#"
        caught = []
        def app(environ, start_response):
            try:
                start_response("200 OK", [])(b"leave")
            except ConnectionError as error:
                caught.append(isinstance(error, OSError))
                raise
        "#,
    );
    let error = module
        .app()
        .call(&mut Environ::new(), &mut Noting(Rc::default()))
        .unwrap_err();
    assert_eq!(error.fault(), wsgi_core::Fault::Client, "{error:?}");
    assert_eq!(module.repr("caught"), "[True]");
}

#[test]
fn write_works_in_the_first_step_of_a_generator_and_not_after_it() {
    let module = Module::new(
        r#"
        caught = []
        def app(environ, start_response):
            write = start_response("200 OK", [])
            write(b"one ")
            yield b"two"
            try:
                write(b"three")
            except RuntimeError as error:
                caught.append(str(error))
        "#,
    );
    assert_eq!(module.get().text(), "one two");
    assert!(module.repr("caught[0]").contains("returned already"));
}

#[test]
fn write_refuses_another_thread() {
    let module = Module::new(
        r#"
        import threading
        caught = []
        def app(environ, start_response):
            write = start_response("200 OK", [])
            def other():
                try:
                    write(b"stray")
                except RuntimeError as error:
                    caught.append(str(error))
            thread = threading.Thread(target=other)
            thread.start()
            thread.join()
            return [b"own"]
        "#,
    );
    assert_eq!(module.get().text(), "own");
    assert!(module.repr("caught[0]").contains("not the thread"));
}
