//! PEP 3333, "Specification Details": the iterable, its blocks, its length, its `close()`.

use wsgi_core::testing::EnvironBuilder;
use wsgi_core::{Application, Environ, testing::Recorder};

use crate::kit::{Module, leave_early};

/// Iterables of the blocks `one`, empty, `two`, and what is known of their length beforehand.
const KINDS: &[(&str, &str, Option<u64>)] = &[
    ("list", "[b'one', b'', b'two']", Some(6)),
    ("tuple", "(b'one', b'', b'two')", Some(6)),
    (
        "generator",
        "(block for block in [b'one', b'', b'two'])",
        None,
    ),
    ("iterator", "iter([b'one', b'', b'two'])", None),
    ("object with __iter__", "Iterable()", None),
    ("object with __getitem__ only", "Indexed()", None),
    ("map", "map(bytes, [b'one', b'', b'two'])", None),
    ("list subclass", "List([b'one', b'', b'two'])", None),
    (
        "bytes subclass in a list",
        "[Bytes(b'one'), b'two']",
        Some(6),
    ),
    ("one block", "[b'onetwo']", Some(6)),
    ("object with a __len__ of one", "Single()", Some(6)),
    ("dict", "{b'one': 1, b'two': 2}", None),
];

const CLASSES: &str = "
class Iterable:
    def __iter__(self):
        return iter([b'one', b'', b'two'])
class Indexed:
    def __getitem__(self, index):
        return [b'one', b'', b'two'][index]
class Single:
    def __len__(self):
        return 1
    def __iter__(self):
        yield b'onetwo'
class List(list):
    pass
class Bytes(bytes):
    pass
";

#[test]
fn every_kind_of_iterable_gives_its_blocks_and_its_length_where_it_has_one() {
    for (name, expression, length) in KINDS {
        let module = Module::new(&format!(
            "{CLASSES}
def app(environ, start_response):
    start_response('200 OK', [])
    return {expression}
"
        ));
        let answer = module.get();
        assert_eq!(answer.text(), "onetwo", "{name}");
        assert_eq!(answer.length, *length, "{name}");
    }
}

#[test]
fn a_large_list_is_lent_block_by_block_without_a_copy_and_its_length_is_known() {
    let module = Module::new(
        r#"
        def app(environ, start_response):
            start_response("200 OK", [])
            return [b"a" * 100000, b"", b"b" * 50000] if environ["PATH_INFO"] == "/" else (b"c" * 100000,)
        "#,
    );
    let answer = module.get();
    assert_eq!(answer.length, Some(150_000));
    assert_eq!(
        answer.blocks.iter().map(Vec::len).collect::<Vec<_>>(),
        [100_000, 50_000]
    );
    let one = module.run(EnvironBuilder::get("/one")).unwrap();
    assert_eq!(
        (one.length, one.body()),
        (Some(100_000), vec![b'c'; 100_000])
    );
}

#[test]
fn a_block_is_asked_for_only_when_the_one_before_was_taken() {
    let module = Module::new(
        r#"
        steps = []
        def app(environ, start_response):
            start_response("200 OK", [])
            for number in range(3):
                steps.append(number)
                yield b"block %d" % number
        "#,
    );
    let mut environ = Environ::new();
    let mut body = module
        .app()
        .call(&mut environ, &mut Recorder::default())
        .unwrap();
    assert_eq!(module.repr("steps"), "[0]");
    assert_eq!(body.next_block().unwrap(), Some(&b"block 0"[..]));
    assert_eq!(module.repr("steps"), "[0]");
    assert_eq!(body.next_block().unwrap(), Some(&b"block 1"[..]));
    assert_eq!(module.repr("steps"), "[0, 1]");
    body.close().unwrap();
}

#[test]
fn empty_blocks_behind_the_first_one_are_passed_on() {
    let answer = Module::new(
        r#"
        def app(environ, start_response):
            start_response("200 OK", [])
            yield b"a"
            yield b""
            yield b"b"
        "#,
    )
    .get();
    assert_eq!(answer.blocks, [&b"a"[..], b"", b"b"]);
}

/// What an application may return by mistake, and a part of what it is told.
const MISTAKES: &[(&str, &str)] = &[
    ("b'bytes'", "return a list: [body]"),
    ("'text'", "[body.encode(\"utf-8\")]"),
    ("None", "returned None"),
    ("bytearray(b'x')", "bytearray"),
    ("memoryview(b'x')", "memoryview"),
    ("7", "int, which is not iterable"),
    (
        "['text']",
        "block of the application's iterable is str, but must be bytes; encode it, e.g. .encode(\"utf-8\")",
    ),
    ("('text',)", "encode it"),
    ("iter(['text'])", "encode it"),
    ("[b'fine', 'text']", "encode it"),
    ("[bytearray(b'x')]", "bytes("),
    ("[None]", "NoneType"),
    ("[1]", "int"),
];

#[test]
fn what_is_no_iterable_of_bytes_is_refused_with_a_mend() {
    for (returned, says) in MISTAKES {
        let failure = Module::new(&format!(
            "
            def app(environ, start_response):
                start_response('200 OK', [])
                return {returned}
            "
        ))
        .failure();
        assert!(failure.contains(says), "{returned}: {failure}");
    }
}

const TRACKED: &str = r#"
class Tracked:
    def __init__(self, *blocks):
        self.blocks = iter(blocks)
        self.log = log
    def __iter__(self):
        return self
    def __next__(self):
        log.append("next")
        block = next(self.blocks)
        if isinstance(block, Exception):
            raise block
        return block
    def close(self):
        log.append("close")
        if fail_to_close:
            raise RuntimeError("close failed")
log = []
fail_to_close = False
def app(environ, start_response):
    start_response("200 OK", [])
    return body()
"#;

fn tracked(body: &str) -> Module {
    Module::new(&format!("{TRACKED}\nbody = lambda: {body}\n"))
}

#[test]
fn close_is_called_once_after_the_last_block() {
    let module = tracked("Tracked(b'a', b'b')");
    module.get();
    assert_eq!(module.repr("log"), "['next', 'next', 'next', 'close']");
}

#[test]
fn close_is_called_once_when_there_is_no_block_at_all() {
    let module = tracked("Tracked()");
    module.get();
    assert_eq!(module.repr("log"), "['next', 'close']");
}

#[test]
fn close_is_called_once_when_the_iteration_fails_at_its_first_step() {
    let module = tracked("Tracked(ValueError('x'))");
    module.failure();
    assert_eq!(module.repr("log"), "['next', 'close']");
}

#[test]
fn close_is_called_once_when_the_iteration_fails_later() {
    let module = tracked("Tracked(b'a', ValueError('x'))");
    module.failure();
    assert_eq!(module.repr("log"), "['next', 'next', 'close']");
}

#[test]
fn close_is_called_once_when_a_block_is_refused() {
    let module = tracked("Tracked('text')");
    module.failure();
    assert_eq!(module.repr("log"), "['next', 'close']");
}

#[test]
fn close_is_called_once_when_the_client_leaves_early() {
    let module = tracked("Tracked(b'a', b'b')");
    leave_early(&module.app());
    assert_eq!(module.repr("log"), "['next', 'close']");
}

#[test]
fn close_is_called_once_when_start_response_never_was() {
    let module = Module::new(&format!(
        "{TRACKED}
def app(environ, start_response):
    return Tracked(b'a') if environ['PATH_INFO'] == '/' else Tracked()
"
    ));
    module.failure();
    assert_eq!(module.repr("log"), "['next', 'close']");
    module.run(EnvironBuilder::get("/empty")).unwrap_err();
    assert_eq!(module.repr("log[2:]"), "['next', 'close']");
}

#[test]
fn close_is_called_once_when_the_server_refuses_the_headers() {
    struct Refusing;
    impl wsgi_core::StartResponse for Refusing {
        fn start_response(
            &mut self,
            _: wsgi_core::StatusLine,
            _: wsgi_core::Headers,
            _: Option<wsgi_core::ExcInfo>,
        ) -> Result<(), wsgi_core::StartResponseError> {
            Err(wsgi_core::StartResponseError::Twice)
        }
        fn write(&mut self, _: &[u8]) -> Result<(), wsgi_core::WriteError> {
            Ok(())
        }
    }
    let module = tracked("Tracked(b'a')");
    module
        .app()
        .call(&mut Environ::new(), &mut Refusing)
        .unwrap_err();
    assert_eq!(module.repr("log"), "['next', 'close']");
}

#[test]
fn close_of_a_generator_runs_its_finally_when_the_client_leaves_early() {
    let module = Module::new(
        r#"
        log = []
        def app(environ, start_response):
            start_response("200 OK", [])
            try:
                yield b"a"
                yield b"b"
            finally:
                log.append("finally")
        "#,
    );
    leave_early(&module.app());
    assert_eq!(module.repr("log"), "['finally']");
}

#[test]
fn a_failure_of_close_is_reported() {
    let module = tracked("Tracked(b'a')");
    module.repr("globals().update(fail_to_close=True)");
    assert!(module.failure().ends_with("RuntimeError: close failed"));
}

#[test]
fn a_failure_of_close_behind_another_is_reported_beside_it() {
    let module = tracked("Tracked(ValueError('first'))");
    module.repr("globals().update(fail_to_close=True)");
    let report = module.failure();
    let (first, then) = (
        report.find("ValueError: first"),
        report.find("RuntimeError: close failed"),
    );
    assert!(first.is_some() && first < then, "{report}");
}

#[test]
fn nothing_but_what_the_pep_names_is_looked_up() {
    let module = Module::new(
        r#"
        looked_up = []
        class Watched:
            def __getattribute__(self, name):
                looked_up.append(name)
                return object.__getattribute__(self, name)
            def __iter__(self):
                return iter([b"a"])
        def app(environ, start_response):
            start_response("200 OK", [])
            return Watched()
        "#,
    );
    module.get();
    assert_eq!(module.repr("looked_up"), "['close']");
}
