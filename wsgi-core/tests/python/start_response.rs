//! PEP 3333, "The `start_response()` Callable".

use wsgi_core::ApplicationError;
use wsgi_core::testing::EnvironBuilder;

use crate::kit::Module;

#[test]
fn status_and_headers_arrive_in_order_with_duplicates_and_their_own_reason() {
    let answer = Module::new(
        r#"
        def app(environ, start_response):
            start_response("299 Odd But Fine", [("X-B", "1"), ("Set-Cookie", "a"), ("Set-Cookie", "b"), ("X-A", "caf\xe9")])
            return [b"hello"]
        "#,
    )
    .get();
    assert_eq!(answer.status.as_bytes(), b"299 Odd But Fine");
    let fields: Vec<_> = answer.headers.iter().collect();
    assert_eq!(
        fields,
        [
            ("X-B", &b"1"[..]),
            ("Set-Cookie", b"a"),
            ("Set-Cookie", b"b"),
            ("X-A", b"caf\xe9")
        ]
    );
    assert_eq!(answer.body(), b"hello");
}

#[test]
fn start_response_called_late_inside_a_generator_is_in_time() {
    let answer = Module::new(
        r#"
        def app(environ, start_response):
            start_response("201 Created", [("X-Late", "1")])
            yield b"body"
        "#,
    )
    .get();
    assert_eq!(answer.status.code(), 201);
    assert_eq!(answer.header("X-Late"), Some("1"));
    assert_eq!(answer.body(), b"body");
}

#[test]
fn empty_blocks_may_come_before_start_response() {
    let answer = Module::new(
        r#"
        def app(environ, start_response):
            yield b""
            yield b""
            start_response("200 OK", [])
            yield b""
            yield b"body"
        "#,
    )
    .get();
    assert_eq!(answer.body(), b"body");
}

#[test]
fn a_generator_that_gives_no_block_may_still_start_the_response() {
    let answer = Module::new(
        r#"
        def app(environ, start_response):
            start_response("204 No Content", [])
            return
            yield
        "#,
    )
    .get();
    assert_eq!((answer.status.code(), answer.body()), (204, vec![]));
}

#[test]
fn an_application_that_never_calls_start_response_fails() {
    for source in [
        "def app(environ, start_response): return [b'x']",
        "def app(environ, start_response): return []",
        "def app(environ, start_response): return iter([b'x'])",
        "def app(environ, start_response): return iter([])",
    ] {
        let result = Module::new(source).run(EnvironBuilder::get("/"));
        assert!(
            matches!(result, Err(ApplicationError::NotStarted)),
            "{source}: {result:?}"
        );
    }
}

#[test]
fn a_second_call_without_exc_info_raises() {
    let failure = Module::new(
        r#"
        def app(environ, start_response):
            start_response("200 OK", [])
            start_response("200 OK", [])
            return [b""]
        "#,
    )
    .failure();
    assert!(failure.contains("AssertionError"), "{failure}");
    assert!(failure.contains("sys.exc_info()"), "{failure}");
}

#[test]
fn a_second_call_without_exc_info_raises_also_when_the_first_one_was_refused() {
    let answer = Module::new(
        r#"
        import sys

        def app(environ, start_response):
            try:
                start_response("200 OK", [("Bad Name", "1")])
            except ValueError:
                try:
                    start_response("200 OK", [])
                except AssertionError:
                    start_response("500 Trapped", [], sys.exc_info())
            return [b"answered by the error handler"]
        "#,
    )
    .get();
    assert_eq!(answer.status.as_bytes(), b"500 Trapped");
    assert_eq!(answer.body(), b"answered by the error handler");
}

#[test]
fn a_second_call_with_exc_info_replaces_what_was_stored() {
    let answer = Module::new(
        r#"
        import sys
        def app(environ, start_response):
            start_response("200 OK", [("X-Old", "1")])
            try:
                raise ValueError("trapped")
            except ValueError:
                start_response("500 Oops", [("X-New", "1")], sys.exc_info())
            return [b"error page"]
        "#,
    )
    .get();
    assert_eq!(answer.status.code(), 500);
    assert_eq!(answer.header("X-Old"), None);
    assert_eq!(answer.header("X-New"), Some("1"));
}

#[test]
fn exc_info_replaces_inside_a_generator_as_long_as_only_empty_blocks_went_out() {
    let answer = Module::new(
        r#"
        import sys
        def app(environ, start_response):
            start_response("200 OK", [])
            yield b""
            try:
                raise ValueError("trapped")
            except ValueError:
                start_response("500 Oops", [], sys.exc_info())
            yield b"error page"
        "#,
    )
    .get();
    assert_eq!(
        (answer.status.code(), answer.text()),
        (500, "error page".into())
    );
}

#[test]
fn exc_info_after_the_first_block_raises_the_very_same_exception_again() {
    let module = Module::new(
        r#"
        import sys
        trapped = ValueError("trapped")
        seen = []
        def app(environ, start_response):
            start_response("200 OK", [])
            yield b"some output"
            try:
                raise trapped
            except ValueError:
                try:
                    start_response("500 Oops", [], sys.exc_info())
                except ValueError as error:
                    seen.append(error is trapped and error.__traceback__ is not None)
                    raise
        "#,
    );
    let failure = module.failure();
    assert!(failure.ends_with("ValueError: trapped"), "{failure}");
    assert_eq!(module.repr("seen"), "[True]");
}

#[test]
fn exc_info_is_let_go_of() {
    let module = Module::new(
        r#"
        import gc, sys, weakref
        class Trapped(Exception):
            pass
        refs = []
        starts = []
        def app(environ, start_response):
            starts.append(start_response)
            try:
                raise Trapped()
            except Trapped as error:
                refs.append(weakref.ref(error))
                start_response("500 Oops", [], sys.exc_info())
            return [b""]
        "#,
    );
    module.get();
    assert_eq!(module.repr("[gc.collect() * 0, refs[0]()]"), "[0, None]");
}

#[test]
fn arguments_may_be_named() {
    let answer = Module::new(
        r#"
        def app(environ, start_response):
            start_response(status="200 OK", response_headers=[], exc_info=None)
            return [b"x"]
        "#,
    )
    .get();
    assert_eq!(answer.body(), b"x");
}

/// What `start_response` refuses, and a part of what it says.
const REFUSED: &[(&str, &str, &str)] = &[
    ("b'200 OK', []", "TypeError", "must be a str"),
    ("200, []", "TypeError", "must be a str"),
    ("'200', []", "ValueError", "no space"),
    ("'OK', []", "ValueError", "three digits"),
    ("'200 OK\\r\\nX: 1', []", "ValueError", "control character"),
    ("'200 \\u20ac', []", "ValueError", "U+00FF"),
    ("'200 \\udc80', []", "ValueError", "U+00FF"),
    ("'100 Continue', []", "ValueError", "1xx"),
    ("'200 OK', ()", "TypeError", "must be a list"),
    ("'200 OK', iter([])", "TypeError", "must be a list"),
    ("'200 OK', {}", "TypeError", "must be a list"),
    (
        "'200 OK', [['X', '1']]",
        "TypeError",
        "header 0 must be a tuple",
    ),
    ("'200 OK', [('X', '1', '2')]", "TypeError", "tuple of 3"),
    (
        "'200 OK', ['X: 1']",
        "TypeError",
        "header 0 must be a tuple",
    ),
    (
        "'200 OK', [('X', 1)]",
        "TypeError",
        "value of header 0 must be a str",
    ),
    (
        "'200 OK', [('X', '1'), (b'Y', '1')]",
        "TypeError",
        "name of header 1 must be a str",
    ),
    ("'200 OK', [('X', b'1')]", "TypeError", ".decode("),
    (
        "'200 OK', [('X Y', '1')]",
        "ValueError",
        "no token character",
    ),
    (
        "'200 OK', [('X:', '1')]",
        "ValueError",
        "no token character",
    ),
    ("'200 OK', [('', '1')]", "ValueError", "empty"),
    (
        "'200 OK', [('X', 'a\\r\\nY: 1')]",
        "ValueError",
        "control character",
    ),
    (
        "'200 OK', [('X', 'a\\nb')]",
        "ValueError",
        "control character",
    ),
    ("'200 OK', [('X', '\\u20ac')]", "ValueError", "ISO-8859-1"),
    (
        "'200 OK', [('Connection', 'close')]",
        "ValueError",
        "hop-by-hop",
    ),
    ("'200 OK', [], 'error'", "TypeError", "sys.exc_info()"),
    ("'200 OK', [], (1, 2)", "TypeError", "sys.exc_info()"),
    ("'200 OK'", "TypeError", "response_headers"),
];

#[test]
fn arguments_that_break_the_rules_are_refused_where_they_are_given() {
    for (arguments, kind, says) in REFUSED {
        let module = Module::new(&format!(
            "
            import sys
            caught = []
            def app(environ, start_response):
                try:
                    start_response({arguments})
                except Exception as error:
                    caught.append(type(error).__name__ + ': ' + str(error))
                    start_response('200 OK', [], sys.exc_info())
                return [b'recovered']
            "
        ));
        assert_eq!(module.get().body(), b"recovered", "{arguments}");
        let caught = module.repr("caught[0]");
        assert!(
            caught.contains(kind) && caught.contains(says),
            "{arguments}: {caught}"
        );
    }
}

#[test]
fn start_response_kept_beyond_the_request_is_harmless() {
    let module = Module::new(
        r#"
        kept = []
        def app(environ, start_response):
            kept.append((start_response, start_response("200 OK", [])))
            return [b"x"]
        def late():
            said = []
            for call in (lambda: kept[0][0]("200 OK", []), lambda: kept[0][1](b"late")):
                try:
                    call()
                except Exception as error:
                    said.append(type(error).__name__)
            return said
        "#,
    );
    module.get();
    assert_eq!(module.repr("late()"), "['AssertionError', 'RuntimeError']");
}

#[test]
fn callables_kept_from_one_request_never_reach_another() {
    let module = Module::new(
        r#"
        kept, said = [], []
        def app(environ, start_response):
            for callables in kept:
                for call in callables:
                    try:
                        call()
                    except Exception as error:
                        said.append(type(error).__name__)
            write = start_response("200 OK", [("X-Own", environ["PATH_INFO"])])
            if environ["PATH_INFO"] == "/start_response":
                kept.append([lambda: start_response("500 Stolen", [])])
            elif environ["PATH_INFO"] == "/write":
                kept.append([lambda: write(b"stolen")])
            elif environ["PATH_INFO"] == "/self":
                shared = write.__self__
                kept.append([lambda: shared.start_response("500 Stolen", []), lambda: shared.write(b"stolen")])
            return [b"own"]
        "#,
    );
    for path in ["/", "/start_response", "/write", "/self", "/", "/"] {
        let answer = module.run(EnvironBuilder::get(path)).unwrap();
        assert_eq!(answer.status.code(), 200);
        assert_eq!(answer.header("X-Own"), Some(path));
        assert_eq!(answer.body(), b"own");
    }
    // The first is called by four requests, the second by three, the last two by two.
    assert_eq!(
        module.repr("(said.count('AssertionError'), said.count('RuntimeError'), len(said))"),
        "(6, 5, 11)"
    );
}
