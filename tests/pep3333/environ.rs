//! PEP 3333 "`environ` Variables".

use std::sync::{Arc, Barrier};

use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_core::validate::Validator;
use wsgi_core::{Environ, StatusLine, application_fn, environ};

use crate::kit::{TEXT, answering, assert_flawless, assert_reports, get};

fn reports(id: &str, environ: impl Fn() -> Environ) {
    assert_reports(id, answering(&[TEXT], || "hi"), environ);
}

fn passes(environ: impl Fn() -> Environ) {
    assert_flawless(answering(&[TEXT], || "hi"), environ);
}

fn var(environ: &Environ, key: &str) -> Option<String> {
    let value = environ.var(key)?;
    Some(String::from_utf8_lossy(&value).into_owned())
}

/// `REQUEST_METHOD` "cannot ever be an empty string": nor can `http::Method`.
#[test]
fn every_environ_has_a_method() {
    assert_eq!(
        var(&Environ::new(), "REQUEST_METHOD").as_deref(),
        Some("GET")
    );
    let mut environ = Environ::new();
    environ.set_var("REQUEST_METHOD", "").unwrap_err();
    environ.remove_var("REQUEST_METHOD");
    assert_eq!(var(&environ, "REQUEST_METHOD").as_deref(), Some("GET"));
}

/// `SCRIPT_NAME` and `PATH_INFO` may be empty strings.
#[test]
fn script_name_and_path_info_may_be_empty() {
    passes(|| EnvironBuilder::get("/page").script_name("").build());
    passes(|| EnvironBuilder::get("").script_name("/app").build());
}

/// `QUERY_STRING`, `CONTENT_TYPE`, `CONTENT_LENGTH`: "May be empty or absent."
#[test]
fn absent_fields_are_absent_variables() {
    let environ = get();
    assert_eq!(var(&environ, "QUERY_STRING").as_deref(), Some(""));
    assert_eq!(var(&environ, "CONTENT_TYPE"), None);
    assert_eq!(var(&environ, "CONTENT_LENGTH"), None);
    passes(|| {
        EnvironBuilder::get("/")
            .header("Content-Length", "")
            .build()
    });
}

/// `SERVER_NAME` and `SERVER_PORT` "are required strings and must never be empty".
#[test]
fn required_variables_are_never_empty() {
    reports("environ.required", || {
        EnvironBuilder::get("/")
            .with(|environ| environ.connection_mut().server_name = "".into())
            .build()
    });
    reports("environ.required", || {
        EnvironBuilder::get("/")
            .with(|environ| environ.connection_mut().server_port = "".into())
            .build()
    });
    reports("environ.required", || {
        EnvironBuilder::get("/")
            .with(|environ| environ.connection_mut().url_scheme = "".into())
            .build()
    });
    for key in [
        "SERVER_NAME",
        "SERVER_PORT",
        "SERVER_PROTOCOL",
        "wsgi.url_scheme",
    ] {
        assert!(
            var(&Environ::new(), key).is_some_and(|value| !value.is_empty()),
            "{key}"
        );
    }
}

/// `CONTENT_LENGTH` is what HTTP has there: a decimal number.
#[test]
fn content_length_is_a_number() {
    for bad in ["-1", "+5", "5 ", "0x5", "five", "5,5"] {
        reports("environ.content-length", || {
            EnvironBuilder::get("/")
                .header("Content-Length", bad)
                .build()
        });
    }
    passes(|| EnvironBuilder::post("/", "hello").build());
}

/// "The presence or absence of these variables should correspond with the presence or absence of the
/// appropriate HTTP header in the request."
#[test]
fn http_variables_correspond_to_header_fields() {
    let environ = EnvironBuilder::get("/").header("X-Two-Words", "v").build();
    assert_eq!(var(&environ, "HTTP_X_TWO_WORDS").as_deref(), Some("v"));
    assert_eq!(var(&environ, "HTTP_X_OTHER"), None);
    reports("environ.http-variables", || {
        EnvironBuilder::get("/").header("X_Two_Words", "v").build()
    });
}

/// "A server or gateway should attempt to provide as many other CGI variables as are applicable."
#[test]
fn further_cgi_variables_are_there() {
    let environ = EnvironBuilder::get("/a?b")
        .with(|environ| {
            environ.connection_mut().remote_addr = Some([192, 0, 2, 1].into());
            environ.connection_mut().remote_port = Some(4711);
        })
        .build();
    for (key, value) in [
        ("REMOTE_ADDR", "192.0.2.1"),
        ("REMOTE_PORT", "4711"),
        ("REQUEST_URI", "/a?b"),
    ] {
        assert_eq!(var(&environ, key).as_deref(), Some(value), "{key}");
    }
}

/// "if SSL is in use, the server or gateway should also provide […] HTTPS=on"
#[test]
fn https_is_on_under_tls() {
    let mut environ = Environ::new();
    assert_eq!(var(&environ, "HTTPS"), None);
    environ.connection_mut().url_scheme = "https".into();
    assert_eq!(var(&environ, "HTTPS").as_deref(), Some("on"));
}

/// "should document what variables it provides, along with their definitions"
#[test]
fn every_variable_is_documented() {
    let documentation = include_str!("../../wsgi-core/src/environ/keys.rs");
    let environ = EnvironBuilder::post("/a?b", "c")
        .header("Content-Type", "text/plain")
        .with(|environ| {
            environ.connection_mut().remote_addr = Some([192, 0, 2, 1].into());
            environ.connection_mut().remote_port = Some(4711);
            environ.connection_mut().url_scheme = "https".into();
        })
        .build();
    let vars = environ.vars();
    assert!(vars.len() > 12, "{vars:?}");
    for (key, _) in vars {
        assert!(documentation.contains(&format!("= \"{key}\";")), "{key}");
    }
}

/// "check for the presence of any variables they require, and have a fallback plan": `var` gives an `Option`.
#[test]
fn absent_variables_have_to_be_reckoned_with() {
    let app = application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, [TEXT])?;
        let user = environ
            .var(environ::REMOTE_USER)
            .unwrap_or(b"nobody"[..].into());
        Ok(user.into_owned().into())
    });
    assert_eq!(run(&app, get()).unwrap().text(), "nobody");
}

/// "missing variables (such as REMOTE_USER when no authentication has occurred) should be left out"
#[test]
fn an_empty_user_is_left_out() {
    assert_eq!(var(&get(), "REMOTE_USER"), None);
    reports("environ.missing-left-out", || {
        EnvironBuilder::get("/").var("REMOTE_USER", "").build()
    });
}

/// `wsgi.url_scheme`: "Normally, this will have the value "http" or "https""
#[test]
fn the_scheme_is_http_or_https() {
    let with = |scheme: &'static str| {
        move || {
            EnvironBuilder::get("/")
                .with(|environ| environ.connection_mut().url_scheme = scheme.into())
                .build()
        }
    };
    reports("environ.url-scheme", with("gopher"));
    passes(with("https"));
}

/// `wsgi.errors`: "documentation should include an explanation of […] where to find the recorded output"
#[test]
fn it_is_documented_where_errors_go() {
    let documentation = include_str!("../../wsgi-core/src/environ.rs");
    assert!(documentation.contains("standard error when nothing else was set"));
}

/// `wsgi.multithread`: true if the application "may be simultaneously invoked by another thread"
#[test]
fn simultaneous_calls_are_announced() {
    fn report(multithread: bool) -> String {
        let both_inside = Arc::new(Barrier::new(2));
        let barrier = both_inside.clone();
        let app = Validator::new(application_fn(move |_, start_response| {
            barrier.wait();
            start_response.start(StatusLine::OK, [TEXT])?;
            Ok("hi".into())
        }));
        let environ = || {
            EnvironBuilder::get("/")
                .with(|environ| environ.connection_mut().multithread = multithread)
                .build()
        };
        std::thread::scope(|scope| {
            let other = scope.spawn(|| run(&app, environ()).unwrap().errors);
            run(&app, environ()).unwrap().errors + &other.join().unwrap()
        })
    }
    assert_eq!(report(false).matches("[environ.multithread]").count(), 1);
    assert_eq!(report(true), "");
}

/// "named using only lower-case letters, numbers, dots, and underscores"
#[test]
fn extensions_are_named_in_lower_case() {
    reports("environ.extension-names", || {
        EnvironBuilder::get("/").var("MyServer.Thing", "1").build()
    });
    passes(|| {
        EnvironBuilder::get("/")
            .var("my_server.thing_2", "1")
            .var("PATH", "/bin")
            .build()
    });
}

/// "and should be prefixed with a name that is unique to the defining server or gateway"
#[test]
fn our_own_variables_bear_a_prefix() {
    let keys = include_str!("../../wsgi-core/src/environ/keys.rs");
    let own = keys
        .lines()
        .filter_map(|line| line.split('"').nth(1))
        .filter(|key| key.contains('.'));
    // Waitress has defined `waitress.client_disconnected`, and applications know it by that name.
    let (mut count, prefixes) = (0, ["wsgi.", "wsgiorg.", "wsgi_rs.", "waitress."]);
    for key in own {
        assert!(
            prefixes.iter().any(|prefix| key.starts_with(prefix)),
            "{key}"
        );
        count += 1;
    }
    assert!(count >= 8);
}
