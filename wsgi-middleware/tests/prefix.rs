use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_core::{Application, Body, StatusLine, application_fn};
use wsgi_middleware::{Prefix, PrefixError};

/// Shows `SCRIPT_NAME|PATH_INFO`.
fn paths() -> impl Application {
    application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from(
            [environ.script_name(), b"|", environ.path_info()].concat(),
        ))
    })
}

/// Prefix, `SCRIPT_NAME` before, path, what the application saw; `None` for 404.
const CASES: &[(&str, &str, &str, Option<&str>)] = &[
    ("/shop", "", "/shop/cart", Some("/shop|/cart")),
    ("/shop", "", "/shop/", Some("/shop|/")),
    ("/shop", "", "/shop", Some("/shop|")),
    ("/shop/", "", "/shop/cart", Some("/shop|/cart")),
    ("/a/b", "/outer", "/a/b/c", Some("/outer/a/b|/c")),
    ("/shop", "", "/shop//cart", Some("/shop|//cart")),
    ("/shop", "", "/shopping", None),
    ("/shop", "", "/Shop", None),
    ("/shop", "", "/", None),
    ("/shop", "", "*", None),
    ("", "", "/shop", Some("|/shop")),
    ("/", "", "/shop", Some("|/shop")),
];

#[test]
fn whole_segments_move_to_script_name() {
    for &(prefix, script_name, path, wanted) in CASES {
        let app = Prefix::new(paths()).at(prefix).unwrap();
        let environ = EnvironBuilder::get(path).script_name(script_name).build();
        let answer = run(&app, environ).unwrap();
        let seen = (answer.status == StatusLine::OK).then(|| answer.text());
        assert_eq!(seen.as_deref(), wanted, "{path} at {prefix}");
        if wanted.is_none() {
            assert_eq!(answer.status, StatusLine::NOT_FOUND, "{path} at {prefix}");
        }
    }
}

#[test]
fn a_path_that_cannot_be_mounted_at_is_refused() {
    let refused = |prefix: &str| Prefix::new(paths()).at(prefix).err().unwrap();
    assert!(matches!(
        refused("shop"),
        PrefixError::NoLeadingSlash { .. }
    ));
    assert!(matches!(
        refused("//example.com"),
        PrefixError::EmptySegment { .. }
    ));
}
