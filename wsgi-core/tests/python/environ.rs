//! PEP 3333, "`environ` Variables".

use http::Version;
use wsgi_core::SensitiveNames;
use wsgi_core::environ::{PATH_INFO, REMOTE_USER, SCRIPT_NAME};
use wsgi_core::testing::EnvironBuilder;

use crate::kit::Module;

/// An application that keeps its environ as `environ`.
fn keeping() -> Module {
    Module::new(
        r#"
        def app(env, start_response):
            global environ
            environ = env
            start_response("200 OK", [])
            return [b"x"]
        "#,
    )
}

#[test]
fn the_required_variables_are_there_with_their_types() {
    let module = keeping();
    let request = EnvironBuilder::get("/caf%C3%A9%2Fx?q=%20")
        .script_name("/mount")
        .with(|environ| {
            let connection = environ.connection_mut();
            connection.server_port = "8000".into();
            connection.remote_addr = Some([192, 0, 2, 1].into());
            connection.remote_port = Some(4711);
            connection.multithread = true;
        });
    module.run(request).unwrap();
    for (key, value) in [
        ("REQUEST_METHOD", "'GET'"),
        ("SCRIPT_NAME", "'/mount'"),
        ("PATH_INFO", "'/cafÃ©/x'"),
        ("QUERY_STRING", "'q=%20'"),
        ("SERVER_NAME", "'127.0.0.1'"),
        ("SERVER_PORT", "'8000'"),
        ("SERVER_PROTOCOL", "'HTTP/1.1'"),
        ("HTTP_HOST", "'127.0.0.1'"),
        ("REMOTE_ADDR", "'192.0.2.1'"),
        ("REMOTE_PORT", "'4711'"),
        ("REQUEST_URI", "'/caf%C3%A9%2Fx?q=%20'"),
        ("RAW_URI", "'/caf%C3%A9%2Fx?q=%20'"),
        ("wsgi.version", "(1, 0)"),
        ("wsgi.url_scheme", "'http'"),
        ("wsgi.multithread", "True"),
        ("wsgi.multiprocess", "False"),
        ("wsgi.run_once", "False"),
        ("wsgi.input_terminated", "True"),
    ] {
        assert_eq!(module.repr(&format!("environ['{key}']")), value, "{key}");
    }
    assert!(
        module
            .repr("environ['SERVER_SOFTWARE']")
            .starts_with("'wsgi-rs/")
    );
    assert_eq!(module.repr("type(environ) is dict"), "True");
    let exact = "[k for k, v in environ.items() if type(k) is not str or not k.startswith('wsgi.') and type(v) is not str]";
    assert_eq!(module.repr(exact), "[]");
}

#[test]
fn variables_that_have_no_value_are_left_out() {
    let module = keeping();
    module
        .run(EnvironBuilder::get("/").with(|environ| environ.set_target("")))
        .unwrap();
    for key in [
        "CONTENT_TYPE",
        "CONTENT_LENGTH",
        "REMOTE_ADDR",
        "REMOTE_PORT",
        "REQUEST_URI",
        "HTTPS",
    ] {
        assert_eq!(
            module.repr(&format!("'{key}' in environ")),
            "False",
            "{key}"
        );
    }
    // These two may be empty, but are always there.
    assert_eq!(
        module.repr("environ['SCRIPT_NAME'] + environ['QUERY_STRING']"),
        "''"
    );
}

#[test]
fn header_fields_become_variables_joined_where_they_repeat() {
    let module = keeping();
    let request = EnvironBuilder::post("/", "body")
        .header("Content-Type", "text/plain")
        .append_header("X-Rare-Field", "1")
        .append_header("x-rare-field", "2")
        .append_header("Accept", "a/b")
        .append_header("Accept", "c/d")
        .append_header("Cookie", "a=1")
        .append_header("Cookie", "b=2")
        .header("X-Bytes", b"caf\xe9\xff");
    module.run(request).unwrap();
    for (key, value) in [
        ("CONTENT_TYPE", "'text/plain'"),
        ("CONTENT_LENGTH", "'4'"),
        ("HTTP_X_RARE_FIELD", "'1, 2'"),
        ("HTTP_ACCEPT", "'a/b, c/d'"),
        ("HTTP_COOKIE", "'a=1; b=2'"),
        ("HTTP_X_BYTES", "'café\\u00ff'"),
    ] {
        let shown = module
            .repr(&format!("environ['{key}']"))
            .replace('ÿ', "\\u00ff");
        assert_eq!(shown, value, "{key}");
    }
    let misnamed = "[k for k in environ if k in ('HTTP_CONTENT_TYPE', 'HTTP_CONTENT_LENGTH')]";
    assert_eq!(module.repr(misnamed), "[]");
}

#[test]
fn an_underscore_cannot_pass_for_a_hyphen() {
    let module = keeping();
    module
        .run(
            EnvironBuilder::get("/")
                .header("X-Forwarded-For", "honest")
                .header("X_Forwarded_For", "forged"),
        )
        .unwrap();
    assert_eq!(module.repr("environ['HTTP_X_FORWARDED_FOR']"), "'honest'");
}

#[test]
fn any_byte_of_a_path_survives_as_latin_1() {
    let module = keeping();
    let all: Vec<u8> = (0..=255).collect();
    module
        .run(EnvironBuilder::get("/").with(|environ| environ.set_path_info(&all)))
        .unwrap();
    assert_eq!(
        module.repr("environ['PATH_INFO'].encode('latin-1') == bytes(range(256))"),
        "True"
    );
}

#[test]
fn other_methods_and_versions_come_as_they_are() {
    let module = keeping();
    for (version, text) in [
        (Version::HTTP_10, "'HTTP/1.0'"),
        (Version::HTTP_2, "'HTTP/2'"),
    ] {
        module
            .run(EnvironBuilder::new("BREW", "/").version(version))
            .unwrap();
        assert_eq!(module.repr("environ['SERVER_PROTOCOL']"), text);
        assert_eq!(module.repr("environ['REQUEST_METHOD']"), "'BREW'");
    }
}

#[test]
fn https_is_told() {
    let module = keeping();
    let https = |environ: &mut wsgi_core::Environ| {
        environ.connection_mut().url_scheme = "https".into();
    };
    module.run(EnvironBuilder::get("/").with(https)).unwrap();
    assert_eq!(
        module.repr("environ['wsgi.url_scheme'], environ['HTTPS']"),
        "('https', 'on')"
    );
}

#[test]
fn what_rust_layers_set_is_there() {
    let module = keeping();
    let request = EnvironBuilder::get("/")
        .var(REMOTE_USER, "bob")
        .var("REMOTE_ADDR", "203.0.113.9");
    module.run(request).unwrap();
    assert_eq!(
        module.repr("environ['REMOTE_USER'], environ['REMOTE_ADDR']"),
        "('bob', '203.0.113.9')"
    );
}

#[test]
fn nothing_of_one_request_is_seen_by_the_next() {
    let module = Module::new(
        r#"
        first = None
        def app(environ, start_response):
            global first, second
            if first is None:
                first = environ
                environ["leak"] = "1"
                environ["wsgi.version"] = "changed"
                environ["REMOTE_USER"] = "bob"
                del environ["SERVER_NAME"]
            else:
                second = environ
            start_response("200 OK", [])
            return []
        "#,
    );
    let full = EnvironBuilder::post("/secret?s", "x")
        .header("X-Secret", "1")
        .var("X", "y");
    module.run(full).unwrap();
    module.get();
    assert_eq!(module.repr("first is second"), "False");
    assert_eq!(
        module.repr("[k for k in ('leak', 'REMOTE_USER', 'HTTP_X_SECRET', 'CONTENT_LENGTH', 'X') if k in second]"),
        "[]"
    );
    assert_eq!(
        module.repr("second['wsgi.version'], second['SERVER_NAME'], second['QUERY_STRING'], second['wsgi.input'].read()"),
        "((1, 0), '127.0.0.1', '', b'')"
    );
}

#[test]
fn the_process_environment_is_not_in_it() {
    let module = keeping();
    module.get();
    let leaked = "[k for k in __import__('os').environ if k in environ]";
    assert_eq!(module.repr(leaked), "[]");
}

#[test]
fn what_python_layers_add_or_move_is_seen_by_the_rust_layers_outside() {
    let answer = Module::new(
        r#"
        def app(environ, start_response):
            environ["REMOTE_USER"] = "bob"
            environ["my.object"] = object()
            environ["my.text"] = "\u20ac"
            environ["SCRIPT_NAME"] = "/shifted"
            environ["PATH_INFO"] = "/caf\xe9"
            start_response("200 OK", [])
            return []
        "#,
    )
    .get();
    let environ = answer.environ;
    assert_eq!(environ.var(REMOTE_USER).as_deref(), Some(&b"bob"[..]));
    assert_eq!(environ.var(SCRIPT_NAME).as_deref(), Some(&b"/shifted"[..]));
    assert_eq!(environ.var(PATH_INFO).as_deref(), Some(&b"/caf\xe9"[..]));
    assert_eq!(environ.path_info(), b"/caf\xe9");
    // Objects, and text that is no native string, have no form in Rust.
    assert_eq!(environ.var("my.object"), None);
    assert_eq!(environ.var("my.text"), None);
}

#[test]
fn names_of_secret_fields_come_and_go() {
    let module = Module::new(
        r#"
        def app(env, start_response):
            global before
            before = env["wsgi_rs.sensitive_headers"]
            env["wsgi_rs.sensitive_headers"] += ", x-b"
            start_response("200 OK", [])
            return [b"x"]
        "#,
    );
    let names = SensitiveNames::none().with(["X-A"]).unwrap();
    let request = EnvironBuilder::get("/").with(|environ| names.put(environ));
    let environ = module.run(request).unwrap().environ;
    assert_eq!(module.repr("before"), "'x-a'");
    let told = SensitiveNames::of(&environ).unwrap();
    assert_eq!(told.iter().collect::<Vec<_>>(), ["x-a", "x-b"]);
}

#[test]
fn two_applications_may_answer_from_one_environ_as_in_a_cascade() {
    let module = Module::new(
        r#"
        def first(environ, start_response):
            start_response("404 Not Found", [])
            return [environ["wsgi.input"].read(2)]
        def second(environ, start_response):
            start_response("200 OK", [])
            return [environ["wsgi.input"].read()]
        "#,
    );
    let (first, second) = (module.named("first"), module.named("second"));
    let cascade = wsgi_core::application_fn(move |environ, start_response| {
        let mut unsent = wsgi_core::testing::Recorder::default();
        let mut begun = wsgi_core::Application::call(&first, environ, &mut unsent)?;
        assert_eq!(begun.next_block()?, Some(&b"bo"[..]));
        begun.close()?;
        wsgi_core::Application::call(&second, environ, start_response)
    });
    let request = EnvironBuilder::post("/", "body").build();
    assert_eq!(
        wsgi_core::testing::run(&cascade, request).unwrap().text(),
        "dy"
    );
}
