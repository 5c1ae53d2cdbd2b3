//! What holds for every path and every pattern.

use proptest::prelude::*;
use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_core::{Application, Body, Environ, StartResponse, StatusLine, application_fn};
use wsgi_router::{Params, Router, get};

fn app() -> impl Application + Clone {
    application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::empty())
    })
}

/// Answers with the bytes of the parameter `x`.
fn echo(
    environ: &mut Environ,
    start_response: &mut dyn StartResponse,
) -> Result<Body, wsgi_core::ApplicationError> {
    start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
    let value = Params::of(environ.extensions()).get_bytes("x");
    Ok(Body::from(value.unwrap_or(b"none").to_vec()))
}

fn environ(path: &[u8]) -> Environ {
    EnvironBuilder::get("/")
        .with(|environ| environ.set_path_info(path))
        .build()
}

/// Paths made of the pieces that prefixes and patterns below are made of, and of any bytes.
fn path() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"/".to_vec()),
        Just(b"/a".to_vec()),
        Just(b"/b".to_vec()),
        Just("é".as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..3),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

const PREFIXES: [&str; 6] = ["/a", "/a/b", "/b", "/a/é", "/é", "/ab"];

/// What mounts mean, in the plainest words: the longest prefix that ends at a segment boundary.
fn longest_prefix(path: &[u8]) -> &'static str {
    let fits = |prefix: &&&str| {
        path.strip_prefix(prefix.as_bytes())
            .is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
    };
    let found = PREFIXES
        .iter()
        .filter(fits)
        .max_by_key(|prefix| prefix.len());
    found.copied().unwrap_or_default()
}

/// Text that is nearly a pattern, so that most of it gets past the first check.
const NEARLY_PATTERNS: &str = r"(/(\{\*?[a-z]{0,2}\}|\{\{|\}\}|a|b|é|è|\{|\}|你|%){0,3}){0,4}";

proptest! {
    #[test]
    fn mounts_keep_the_joined_path_and_pick_the_longest_prefix(path in path()) {
        let builder = PREFIXES.iter().fold(Router::builder(), |router, prefix| router.mount(*prefix, app()));
        let router = builder.fallback(app()).build().unwrap();
        let answer = run(&router, environ(&path)).unwrap();
        let (script, rest) = (answer.environ.script_name(), answer.environ.path_info());
        prop_assert_eq!(script, longest_prefix(&path).as_bytes());
        prop_assert_eq!([script, rest].concat(), path);
    }

    #[test]
    fn no_path_panics_and_none_is_changed_by_a_route(path in path()) {
        let router = Router::builder()
            .route("/", app())
            .route("/a/{x}", app())
            .route("/{x}/b", app())
            .route("/{x}é", app())
            .route("/a/b/é", app())
            .route("/b/{*x}", app())
            .build()
            .unwrap();
        let answer = run(&router, environ(&path)).unwrap();
        prop_assert_eq!(answer.environ.path_info(), path);
        // Slashes in a row are sent to where one of them leads.
        prop_assert!([200, 308, 404].contains(&answer.status.code()));
    }

    #[test]
    fn a_segment_of_any_bytes_comes_back(segment in prop::collection::vec(any::<u8>(), 1..12)) {
        let segment: Vec<u8> = segment.into_iter().filter(|&byte| byte != b'/').collect();
        prop_assume!(!segment.is_empty());
        let router = Router::builder().route("/v/{x}/é", get(echo)).build().unwrap();
        let path = [b"/v/", segment.as_slice(), "/é".as_bytes()].concat();
        prop_assert_eq!(run(&router, environ(&path)).unwrap().body(), segment);
    }

    #[test]
    fn a_rest_of_any_bytes_comes_back(rest in prop::collection::vec(any::<u8>(), 1..24)) {
        // As in Werkzeug, the rest begins with no slash and has no newline.
        prop_assume!(rest[0] != b'/' && !rest.contains(&b'\n'));
        let router = Router::builder().route("/{*x}", get(echo)).build().unwrap();
        let path = [b"/", rest.as_slice()].concat();
        prop_assert_eq!(run(&router, environ(&path)).unwrap().body(), rest);
    }

    #[test]
    fn no_patterns_panic_and_a_refusal_names_its_pattern(
        patterns in prop::collection::vec(NEARLY_PATTERNS, 1..6),
        path in path(),
    ) {
        let builder = patterns.iter().fold(Router::builder(), |router, pattern| router.route(pattern, app()));
        match builder.build() {
            Ok(router) => { run(&router, environ(&path)).unwrap(); }
            Err(error) => for mistake in error.mistakes() {
                let text = mistake.to_string();
                prop_assert!(patterns.iter().any(|pattern| text.contains(&format!("{pattern:?}"))), "{}", text);
                prop_assert!(!text.contains("not understood"), "{}", text);
            },
        }
    }
}
