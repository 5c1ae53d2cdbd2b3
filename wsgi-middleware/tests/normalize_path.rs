use proptest::prelude::*;
use wsgi_core::testing::{EnvironBuilder, get, run};
use wsgi_core::{Application, Body, StatusLine, application_fn};
use wsgi_middleware::{NormalizePath, RedirectStatus, TrailingSlash};

/// Shows `PATH_INFO`, `REQUEST_URI` and the path that was there before.
fn paths() -> impl Application {
    application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        let original = environ.var("wsgi_rs.normalize_path.orig.path_info");
        let original = original.unwrap_or_default();
        let (path, target) = (environ.path_info(), environ.target());
        Ok(Body::from([path, b" ", target, b" ", &original].concat()))
    })
}

/// Target, and where it leads, by `Leave`, `Trim` and `Append`; `-` for nowhere.
#[rustfmt::skip]
const PATHS: &[(&str, &str, &str, &str)] = &[
    ("/", "-", "-", "-"),
    ("/a", "-", "-", "/a/"),
    ("/a/", "-", "/a", "-"),
    ("/a/b?q=1", "-", "-", "/a/b/?q=1"),
    ("//", "/", "/", "/"),
    ("///", "/", "/", "/"),
    ("/a//b", "/a/b", "/a/b", "/a/b/"),
    ("/a//", "/a/", "/a", "/a/"),
    ("//a/?q=//x", "/a/?q=//x", "/a?q=//x", "/a/?q=//x"),
    ("/./a", "/a", "/a", "/a/"),
    ("/a/.", "/a/", "/a", "/a/"),
    ("/a/b/..", "/a/", "/a", "/a/"),
    ("/a/../b", "/b", "/b", "/b/"),
    ("/a//../b", "/b", "/b", "/b/"),
    ("/../../a", "/a", "/a", "/a/"),
    ("/..", "/", "/", "/"),
    ("/.a/..b/c..", "-", "-", "/.a/..b/c../"),
    ("/a/.../b", "-", "-", "/a/.../b/"),
    // As the application sees the path: an encoded dot is a dot, an encoded slash a slash.
    ("/a/%2e%2E/b", "/b", "/b", "/b/"),
    ("/a%2F%2fb", "/a/b", "/a/b", "/a/b/"),
    ("/a%2Fb", "-", "-", "/a/b/"),
    // Another host nowhere.
    ("//evil.example", "/evil.example", "/evil.example", "/evil.example/"),
    ("///evil.example/", "/evil.example/", "/evil.example", "/evil.example/"),
    ("/%2Fevil.example", "/evil.example", "/evil.example", "/evil.example/"),
    ("/\\evil.example/", "-", "/%5Cevil.example", "-"),
    ("//%5Cevil.example", "/%5Cevil.example", "/%5Cevil.example", "/%5Cevil.example/"),
    ("/.//evil.example", "/evil.example", "/evil.example", "/evil.example/"),
    ("/a/..//evil.example", "/evil.example", "/evil.example", "/evil.example/"),
    // Bytes that can stand in no header field, or mean something in a URL.
    ("//a%0D%0ASet-Cookie:x", "/a%0D%0ASet-Cookie:x", "/a%0D%0ASet-Cookie:x", "/a%0D%0ASet-Cookie:x/"),
    ("//a%3Fb%23c%25", "/a%3Fb%23c%25", "/a%3Fb%23c%25", "/a%3Fb%23c%25/"),
    ("//%FF%C3%A9", "/%FF%C3%A9", "/%FF%C3%A9", "/%FF%C3%A9/"),
    ("*", "-", "-", "-"),
    ("", "-", "-", "-"),
];

#[test]
fn needless_slashes_and_dots_are_redirected() {
    for &(target, leave, trim, append) in PATHS {
        for (mode, wanted) in [
            (TrailingSlash::Leave, leave),
            (TrailingSlash::Trim, trim),
            (TrailingSlash::Append, append),
        ] {
            let app = NormalizePath::new(paths()).trailing_slash(mode);
            let answer = get(&app, target);
            let location = answer.header("Location");
            assert_eq!(location.unwrap_or("-"), wanted, "{target} {mode:?}");
            let status = if wanted == "-" { 200 } else { 308 };
            assert_eq!(answer.status.code(), status, "{target}");
        }
    }
}

#[test]
fn rewriting_changes_path_info_alone() {
    let app = NormalizePath::new(paths()).rewrite();
    assert_eq!(get(&app, "/a//./b?q").text(), "/a/b /a//./b?q /a//./b");
    assert_eq!(get(&app, "/a/b").text(), "/a/b /a/b ");
}

#[test]
fn the_place_of_a_mounted_application_stays() {
    let app = NormalizePath::new(paths()).trailing_slash(TrailingSlash::Append);
    for (path, wanted) in [
        ("/../../x/", "/app%20s/x/"),
        ("", "/app%20s/"),
        ("//", "/app%20s/"),
    ] {
        let environ = EnvironBuilder::get(path).script_name("/app s").build();
        let answer = run(&app, environ).unwrap();
        assert_eq!(answer.header("Location"), Some(wanted), "{path}");
    }
    let environ = EnvironBuilder::get("/").script_name("/app").build();
    assert_eq!(run(&app, environ).unwrap().status, StatusLine::OK);
}

#[test]
fn each_part_may_be_left_out() {
    let cases = [
        (
            NormalizePath::new(paths()).merge_slashes(false),
            "//a/./b",
            "/.//a/b",
        ),
        (
            NormalizePath::new(paths()).merge_slashes(false),
            "/a//b",
            "-",
        ),
        (
            NormalizePath::new(paths()).merge_slashes(false),
            "/a//../b",
            "/a/b",
        ),
        (
            NormalizePath::new(paths()).dot_segments(false),
            "//a/../b",
            "/a/../b",
        ),
        (
            NormalizePath::new(paths()).dot_segments(false),
            "/a/./b",
            "-",
        ),
        (
            NormalizePath::new(paths())
                .merge_slashes(false)
                .trailing_slash(TrailingSlash::Trim),
            "//evil.example//",
            "/.//evil.example",
        ),
    ];
    for (app, target, wanted) in cases {
        let answer = get(&app, target);
        assert_eq!(answer.header("Location").unwrap_or("-"), wanted, "{target}");
    }
}

#[test]
fn the_status_may_be_another() {
    let app = NormalizePath::new(paths()).redirect(RedirectStatus::Found);
    let answer = run(&app, EnvironBuilder::post("//a", "body").build()).unwrap();
    assert_eq!((answer.status.code(), &*answer.text()), (302, "Found\n"));
    let answer = run(&app, EnvironBuilder::new("HEAD", "//a").build()).unwrap();
    assert_eq!((answer.status.code(), &*answer.text()), (302, ""));
}

#[test]
fn a_query_cannot_end_the_field() {
    let app = NormalizePath::new(paths());
    let environ = EnvironBuilder::get("//a")
        .with(|environ| environ.set_query_string(b"a\r\nX: \xff \"'&%0A"))
        .build();
    let answer = run(&app, environ).unwrap();
    assert_eq!(
        answer.header("Location"),
        Some("/a?a%0D%0AX:%20%FF%20%22'&%0A")
    );
}

proptest! {
    /// Whoever follows a redirect arrives, at this host, and is not redirected once more.
    #[test]
    fn a_redirect_leads_to_a_plain_path(
        segments in prop::collection::vec("[a/.\\\\%?\u{e9}]{0,4}|\\.\\.|", 0..8),
        merge: bool,
        dots: bool,
        trailing in 0..3usize,
    ) {
        let trailing = [TrailingSlash::Leave, TrailingSlash::Trim, TrailingSlash::Append][trailing];
        let app = NormalizePath::new(paths())
            .merge_slashes(merge)
            .dot_segments(dots)
            .trailing_slash(trailing);
        let path = format!("/{}", segments.join("/"));
        let environ = EnvironBuilder::get("/").with(|environ| environ.set_path_info(&path)).build();
        let answer = run(&app, environ).unwrap();
        if let Some(location) = answer.header("Location") {
            prop_assert!(location.starts_with('/') && !location.starts_with("//"), "{}", location);
            prop_assert!(!location.contains('\\'), "{}", location);
            // A browser resolves the dot that keeps two slashes from naming a host.
            let followed = location.strip_prefix("/.").filter(|rest| rest.starts_with("//"));
            let again = get(&app, followed.unwrap_or(location));
            prop_assert_eq!(again.status.code(), 200, "{} {}", path, location);
        }
    }
}
