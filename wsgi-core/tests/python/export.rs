//! Rust applications under Python servers and middleware, and Python again below them.

use std::sync::Arc;

use pyo3::prelude::*;
use wsgi_core::python::{PyApplication, application, export};
use wsgi_core::testing::{EnvironBuilder, TrackedBody};
use wsgi_core::{
    Application, ApplicationError, Body, Environ, ExcInfo, Input, StartResponse, StatusLine,
    application_fn, environ,
};

use crate::kit::Module;

/// A Python server's half in few lines: `serve(app, **environ)` gives `(status, headers, body, written)`.
const SERVER: &str = r#"
import io, sys
class Server:
    def __init__(self, body=b"", **variables):
        self.environ = {
            "REQUEST_METHOD": "POST", "SCRIPT_NAME": "", "PATH_INFO": "/path", "QUERY_STRING": "q=1",
            "SERVER_NAME": "outer", "SERVER_PORT": "8080", "SERVER_PROTOCOL": "HTTP/1.0",
            "REMOTE_ADDR": "192.0.2.7", "REMOTE_PORT": "99", "HTTP_HOST": "outer:8080", "HTTP_X_A": "1",
            "CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0), "wsgi.url_scheme": "https", "wsgi.input": io.BytesIO(body + b"NEXT REQUEST"),
            "wsgi.errors": io.StringIO(), "wsgi.multithread": True, "wsgi.multiprocess": True,
            "wsgi.run_once": False, "outer.object": object(),
        }
        self.environ.update(variables)
        self.status = self.headers = None
        self.written = []
        self.closed = 0
    def start_response(self, status, headers, exc_info=None):
        if exc_info:
            if self.written:
                raise exc_info[1].with_traceback(exc_info[2])
        elif self.status is not None:
            raise AssertionError("twice")
        self.status, self.headers = status, headers
        return self.written.append
    def serve(self, app):
        iterable = app(self.environ, self.start_response)
        try:
            self.blocks = list(iterable)
        finally:
            if hasattr(iterable, "close"):
                iterable.close()
                self.closed += 1
        return self.status, b"".join(self.written + self.blocks)
"#;

/// The server with a Rust application exported as `app`.
fn server_over(app: impl Application + 'static) -> Module {
    let module = Module::new(SERVER);
    Python::attach(|py| module.set("app", export(py, Arc::new(app)).unwrap()));
    module
}

fn start(start_response: &mut dyn StartResponse) -> Result<(), ApplicationError> {
    start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])
}

#[test]
fn a_full_body_is_a_list_of_one_bytes() {
    let module = server_over(application_fn(|_, start_response| {
        start_response.start(
            StatusLine::from_static("299 Odd"),
            [("X-A", &b"caf\xe9"[..]), ("X-A", b"2")],
        )?;
        Ok(Body::from("hello"))
    }));
    assert_eq!(
        module.repr("(s := Server()).serve(app), s.headers, s.closed"),
        "(('299 Odd', b'hello'), [('X-A', 'café'), ('X-A', '2')], 0)"
    );
    assert_eq!(
        module.repr("app(s.environ, Server().start_response)"),
        "[b'hello']"
    );
}

#[test]
fn an_empty_body_is_an_empty_list() {
    let module = server_over(application_fn(|_, start_response| {
        start(start_response)?;
        Ok(Body::empty())
    }));
    assert_eq!(
        module.repr("app(Server().environ, Server().start_response)"),
        "[]"
    );
}

#[test]
fn blocks_are_an_iterator_that_is_closed_once() {
    let tracked = TrackedBody::new(["one", "", "two"]);
    let kept = tracked.clone();
    let module = server_over(application_fn(move |_, start_response| {
        start(start_response)?;
        Ok(tracked.body())
    }));
    assert_eq!(
        module.repr("(s := Server()).serve(app), s.blocks, s.closed"),
        "(('200 OK', b'onetwo'), [b'one', b'', b'two'], 1)"
    );
    assert_eq!(kept.closed(), 1);
    // By hand: twice closed is closed once, and what is closed gives no more.
    assert_eq!(
        module.repr("(b := app(Server().environ, Server().start_response), next(b), b.close(), b.close(), list(b))[1:]"),
        "(b'one', None, None, [])"
    );
    assert_eq!(kept.closed(), 2);
}

#[test]
fn blocks_that_python_forgets_to_close_are_closed_when_it_lets_go() {
    let tracked = TrackedBody::new(["one"]);
    let kept = tracked.clone();
    let module = server_over(application_fn(move |_, start_response| {
        start(start_response)?;
        Ok(tracked.body())
    }));
    module.repr("list(app(Server().environ, Server().start_response))");
    assert_eq!(kept.closed(), 1);
}

#[test]
fn the_dict_is_read_through() {
    let module = server_over(application_fn(|environ, start_response| {
        start(start_response)?;
        let connection = environ.connection();
        let said = format!(
            "{} {} {} {} {} {} {:?} {:?} {} {}",
            environ.method(),
            String::from_utf8_lossy(environ.path_info()),
            String::from_utf8_lossy(environ.query_string()),
            environ.headers().get_str("x-a").unwrap_or(""),
            environ.headers().get_str("content-type").unwrap_or(""),
            environ.url_scheme(),
            connection.remote_addr,
            connection.remote_port,
            connection.server_name,
            connection.multithread,
        );
        assert_eq!(environ.version(), http::Version::HTTP_10);
        assert_eq!(
            environ.var("REMOTE_ADDR").as_deref(),
            Some(&b"192.0.2.7"[..])
        );
        assert!(environ.vars().iter().any(|(key, _)| key == "HTTP_HOST"));
        Ok(Body::from(said))
    }));
    assert_eq!(
        module.repr("Server().serve(app)[1].decode()"),
        "'POST /path q=1 1 text/plain https Some(192.0.2.7) Some(99) outer true'"
    );
}

#[test]
fn the_body_of_the_request_ends_where_its_length_says() {
    let module = server_over(application_fn(|environ, start_response| {
        start(start_response)?;
        Ok(Body::from(environ.input().read_all()?))
    }));
    assert_eq!(module.repr("Server(b'body').serve(app)[1]"), "b'body'");
    assert_eq!(module.repr("Server().serve(app)[1]"), "b''");
    // A server that promises an end is read to that end.
    assert_eq!(
        module.repr(
            "Server(b'x', **{'wsgi.input_terminated': True, 'CONTENT_LENGTH': ''}).serve(app)[1]"
        ),
        "b'xNEXT REQUEST'"
    );
}

#[test]
fn reports_go_to_the_outer_servers_error_stream() {
    let module = server_over(application_fn(|environ, start_response| {
        environ.errors().write_line("trouble");
        start(start_response)?;
        Ok(Body::empty())
    }));
    assert_eq!(
        module.repr("(s := Server()).serve(app) and s.environ['wsgi.errors'].getvalue()"),
        "'trouble\\n'"
    );
}

#[test]
fn write_is_the_outer_servers_own() {
    let module = server_over(application_fn(|_, start_response| {
        assert!(start_response.write(b"too early").is_err());
        start(start_response)?;
        start_response.write(b"pushed ")?;
        Ok(Body::from("returned"))
    }));
    assert_eq!(
        module.repr("(s := Server()).serve(app), s.written"),
        "(('200 OK', b'pushed returned'), [b'pushed '])"
    );
}

#[test]
fn an_exception_of_the_outer_server_comes_back_as_the_same_object() {
    let module = server_over(application_fn(|_, start_response| {
        start(start_response)?;
        Ok(Body::empty())
    }));
    Python::attach(|py| {
        let fails = c"
error = ValueError('outer')
def refuse(*args):
    raise error
try:
    app({'REQUEST_METHOD': 'GET'}, refuse)
except ValueError as caught:
    same = caught is error
";
        let names = pyo3::types::PyDict::new(py);
        names.set_item("app", module.object(py, "app")).unwrap();
        py.run(fails, Some(&names), None).unwrap();
        assert!(
            names
                .get_item("same")
                .unwrap()
                .unwrap()
                .is_truthy()
                .unwrap()
        );
    });
}

#[test]
fn exc_info_of_rust_reaches_the_outer_server() {
    let module = server_over(application_fn(|_, start_response| {
        start(start_response)?;
        start_response.write(b"x")?;
        let trapped = ExcInfo::new("trapped in Rust");
        start_response.start_response(StatusLine::OK, Default::default(), Some(trapped))?;
        Ok(Body::empty())
    }));
    let error = Python::attach(|py| {
        let app = module.object(py, "app");
        let server = module.object(py, "Server").call0().unwrap();
        server
            .call_method1("serve", (app,))
            .unwrap_err()
            .to_string()
    });
    assert_eq!(error, "RuntimeError: trapped in Rust");
}

#[test]
fn a_rust_failure_is_raised_and_a_panic_does_not_unwind_into_python() {
    for (app, expected) in [
        (
            Box::new(application_fn(|_, _| {
                Err(ApplicationError::raised("failed on purpose"))
            })) as Box<dyn Application>,
            "RuntimeError: failed on purpose",
        ),
        (
            Box::new(application_fn(|_, _| panic!("on purpose"))),
            "RuntimeError: the application panicked: on purpose",
        ),
        (
            Box::new(application_fn(|_, _| Ok(Body::empty()))),
            "AssertionError: the application did not call start_response before the first block of its body",
        ),
        (
            Box::new(application_fn(|_, start_response| {
                start(start_response)?;
                Ok(Body::from_blocks_iter(
                    (0..1).map(|_| -> &'static str { panic!("late") }),
                ))
            })),
            "RuntimeError: the application panicked: late",
        ),
    ] {
        let module = server_over(app);
        let error = Python::attach(|py| {
            let app = module.object(py, "app");
            let server = module.object(py, "Server").call0().unwrap();
            server
                .call_method1("serve", (app,))
                .unwrap_err()
                .to_string()
        });
        assert_eq!(error, expected);
    }
}

#[test]
fn environ_must_be_a_dict() {
    let module = server_over(application_fn(|_, _| Ok(Body::empty())));
    let error = Python::attach(|py| {
        module
            .object(py, "app")
            .call1((1, 2))
            .unwrap_err()
            .to_string()
    });
    assert_eq!(error, "TypeError: environ must be a dict, not int");
}

/// A Rust layer around a Python application: sets a variable and a header field of the request.
fn layer(inner: PyApplication) -> impl Application {
    application_fn(move |environ, start_response| {
        environ.set_var("rust.key", "set by Rust")?;
        environ.set_path_info("/moved");
        inner.call(environ, start_response)
    })
}

/// Python server → Rust layer → Python application.
fn sandwich(source: &str) -> Module {
    let module = Module::new(&format!("{SERVER}\n{source}"));
    let app = layer(module.named("inner"));
    Python::attach(|py| module.set("app", export(py, Arc::new(app)).unwrap()));
    module
}

#[test]
fn the_very_same_dict_reaches_an_inner_python_application() {
    let module = sandwich(
        "
def inner(environ, start_response):
    global seen
    seen = environ
    environ['added'] = 'by the inner one'
    start_response('200 OK', [])
    return [environ['rust.key'].encode(), environ['PATH_INFO'].encode()]
",
    );
    assert_eq!(
        module.repr("(s := Server()).serve(app)[1]"),
        "b'set by Rust/moved'"
    );
    assert_eq!(
        module.repr("seen is s.environ, s.environ['added'], s.environ['PATH_INFO']"),
        "(True, 'by the inner one', '/moved')"
    );
    assert_eq!(
        module.repr("type(s.environ['wsgi.input']).__module__"),
        "'_io'"
    );
}

#[test]
fn what_the_inner_application_changes_is_seen_by_the_rust_layer_around_it() {
    let module = Module::new(&format!(
        "{SERVER}
def inner(environ, start_response):
    environ['PATH_INFO'] = '/inner'
    environ['REMOTE_USER'] = 'bob'
    environ['HTTP_X_B'] = 'b'
    start_response('200 OK', [])
    return []
"
    ));
    let inner = module.named("inner");
    let app = application_fn(move |environ, start_response| {
        let headers = environ.headers().clone();
        assert!(!headers.contains("x-b"));
        inner.call(environ, start_response)?.close()?;
        let said = format!(
            "{} {} {:?}",
            String::from_utf8_lossy(environ.path_info()),
            environ.headers().get_str("x-b").unwrap_or("-"),
            environ.var(environ::REMOTE_USER)
        );
        Ok(Body::from(said))
    });
    Python::attach(|py| module.set("app", export(py, Arc::new(app)).unwrap()));
    assert_eq!(
        module.repr("Server().serve(app)[1].decode()"),
        format!("'/inner b {:?}'", Some(b"bob"))
    );
}

#[test]
fn header_fields_input_and_errors_that_a_rust_layer_changes_reach_the_inner_application() {
    let module = Module::new(&format!(
        "{SERVER}
def inner(environ, start_response):
    start_response('200 OK', [])
    print('inner', file=environ['wsgi.errors'])
    keys = sorted(key for key in environ if key.startswith('HTTP_'))
    return [repr((keys, environ['HTTP_X_NEW'], environ['wsgi.input'].read())).encode()]
"
    ));
    let inner = module.named("inner");
    let (errors, report) = wsgi_core::ErrorStream::captured();
    let app = application_fn(
        move |environ: &mut Environ, start_response: &mut dyn StartResponse| {
            environ.headers_mut().remove("x-a");
            environ.headers_mut().try_append("X-New", "1")?;
            environ.headers_mut().try_append("X-New", "2")?;
            environ.set_input(Input::from("replaced"));
            environ.set_errors(errors.clone());
            inner.call(environ, start_response)
        },
    );
    Python::attach(|py| module.set("app", export(py, Arc::new(app)).unwrap()));
    assert_eq!(
        module.repr("Server(b'body').serve(app)[1].decode()"),
        r#""(['HTTP_HOST', 'HTTP_X_NEW'], '1, 2', b'replaced')""#
    );
    assert_eq!(*report.lock().unwrap(), b"inner\n");
}

#[test]
fn what_a_rust_layer_has_read_of_the_body_is_gone_for_the_inner_application_and_no_more() {
    let module = Module::new(&format!(
        "{SERVER}
def inner(environ, start_response):
    start_response('200 OK', [])
    return [environ['wsgi.input'].read()]
"
    ));
    let inner = module.named("inner");
    let app = application_fn(
        move |environ: &mut Environ, start_response: &mut dyn StartResponse| {
            assert_eq!(environ.input().read_line(None)?, b"first\n");
            inner.call(environ, start_response)
        },
    );
    Python::attach(|py| module.set("app", export(py, Arc::new(app)).unwrap()));
    assert_eq!(
        module.repr("Server(b'first\\nrest').serve(app)[1]"),
        "b'rest'"
    );
}

#[test]
fn an_exception_passes_through_rust_as_the_same_object_with_its_traceback() {
    let module = sandwich(
        "
error = SystemExit(3)
def inner(environ, start_response):
    raise error
def outer():
    try:
        Server().serve(app)
    except SystemExit as caught:
        names = []
        traceback = caught.__traceback__
        while traceback:
            names.append(traceback.tb_frame.f_code.co_name)
            traceback = traceback.tb_next
        return caught is error, names
",
    );
    assert_eq!(
        module.repr("outer()"),
        "(True, ['outer', 'serve', 'inner'])"
    );
}

#[test]
fn exc_info_passes_through_rust_as_the_same_object() {
    let module = sandwich(
        "
trapped = ValueError('trapped')
def inner(environ, start_response):
    write = start_response('200 OK', [])
    write(b'out')
    try:
        raise trapped
    except ValueError:
        start_response('500 Oops', [], sys.exc_info())
def outer():
    try:
        (s := Server()).serve(app)
    except ValueError as caught:
        return caught is trapped, s.status, s.written
",
    );
    assert_eq!(module.repr("outer()"), "(True, '200 OK', [b'out'])");
}

#[test]
fn a_python_middleware_between_two_rust_layers_shares_the_body_of_the_request() {
    let module = Module::new(
        "
        def app(environ, start_response):
            environ['first'] = environ['wsgi.input'].read(1)
            return inner(environ, start_response)
        ",
    );
    let inner = application_fn(|environ, start_response| {
        start(start_response)?;
        environ.errors().write_line("innermost");
        Ok(Body::from(environ.input().read_all()?))
    });
    Python::attach(|py| module.set("inner", export(py, Arc::new(inner)).unwrap()));
    let answer = module.run(EnvironBuilder::post("/", "body")).unwrap();
    assert_eq!(
        (answer.text(), answer.errors),
        ("ody".into(), "innermost\n".into())
    );
}

#[test]
fn writes_nest_through_both_languages() {
    let module = Module::new(
        "
        def inner(environ, start_response):
            write = start_response('200 OK', [])
            write(b'1 ')
            yield b'2'
        def app(environ, start_response):
            return rust(environ, start_response)
        ",
    );
    let inner = module.named("inner");
    Python::attach(|py| module.set("rust", export(py, Arc::new(inner)).unwrap()));
    assert_eq!(module.get().text(), "1 2");
}

#[test]
fn what_was_exported_is_unwrapped_rather_than_wrapped_again() {
    let app: Arc<dyn Application> = Arc::new(application_fn(|environ, start_response| {
        start(start_response)?;
        // No dict was made on the way: this is the caller's own environ, extensions and all.
        Ok(Body::from(
            environ
                .extensions()
                .get::<&'static str>()
                .copied()
                .unwrap_or("lost"),
        ))
    }));
    crate::kit::python();
    let (same, wrapped) = Python::attach(|py| {
        let exported = export(py, app.clone()).unwrap();
        (
            application(&exported).unwrap(),
            PyApplication::new(&exported).unwrap(),
        )
    });
    assert!(Arc::ptr_eq(&app, &same));
    for app in [&same as &dyn Application, &wrapped] {
        let request = EnvironBuilder::get("/").with(|environ| {
            environ.extensions_mut().insert("kept");
        });
        assert_eq!(
            wsgi_core::testing::run(app, request.build())
                .unwrap()
                .text(),
            "kept"
        );
    }
}

#[test]
fn a_body_of_python_is_iterated_and_closed_through_rust() {
    let module = sandwich(
        "
log = []
class Blocks:
    def __iter__(self):
        yield b'a'
        yield b'b'
    def close(self):
        log.append('close')
def inner(environ, start_response):
    start_response('200 OK', [])
    return Blocks()
",
    );
    assert_eq!(
        module.repr("(s := Server()).serve(app), s.blocks, s.closed, log"),
        "(('200 OK', b'ab'), [b'a', b'b'], 1, ['close'])"
    );
}

#[test]
fn blocks_may_be_taken_on_a_thread_that_python_never_saw() {
    let module = Module::new(
        "
        def app(environ, start_response):
            start_response('200 OK', [])
            yield b'a'
            yield b'b'
        ",
    );
    let app = module.app();
    let text = std::thread::spawn(move || wsgi_core::testing::get(&app, "/").text());
    assert_eq!(text.join().unwrap(), "ab");
}

#[test]
fn threads_of_an_exported_application_report_to_the_same_errors_at_the_same_time() {
    use std::io::Write;

    let module = server_over(application_fn(|environ, start_response| {
        let errors = environ.errors().clone();
        let report = |mut errors: wsgi_core::ErrorStream| errors.write_all(b"x");
        let other = std::thread::spawn({
            let errors = errors.clone();
            move || report(errors)
        });
        report(errors)?;
        let other = Python::attach(|py| py.detach(|| other.join()));
        other.expect("the thread does not panic")?;
        start(start_response)?;
        Ok(Body::from("reported"))
    }));
    // Both threads have to be inside of `write` before either leaves it.
    let served = module.repr(
        "(globals().update(B=__import__('threading').Barrier(2, timeout=30)), \
         Server(**{'wsgi.errors': type('E', (), {'write': lambda self, text: B.wait()})()}).serve(app))[1]",
    );
    assert_eq!(served, "('200 OK', b'reported')");
}
