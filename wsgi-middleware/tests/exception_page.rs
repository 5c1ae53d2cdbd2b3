use wsgi_core::testing::{Answer, EnvironBuilder, Recorder, run};
use wsgi_core::validate::Validator;
use wsgi_core::{Application, ApplicationError, Body, StatusLine, WriteError, application_fn};
use wsgi_middleware::{ExceptionPage, SensitiveHeaders};

use crate::failure;

/// A request from this machine.
fn request() -> EnvironBuilder {
    EnvironBuilder::get("/here").with(|environ| {
        environ.connection_mut().remote_addr = "127.0.0.1".parse().ok();
    })
}

fn failing() -> impl Application {
    application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("X-Lost", "1")])?;
        Err(failure())
    })
}

fn enabled<A: Application>(app: A) -> ExceptionPage<A> {
    ExceptionPage::new(app).enable_for_development()
}

fn shown(app: impl Application, request: EnvironBuilder) -> Answer {
    run(&enabled(app), request.build()).unwrap()
}

#[test]
fn nothing_is_shown_unless_it_was_asked_for_by_name() {
    let error = run(&ExceptionPage::new(failing()), request().build()).unwrap_err();
    assert_eq!(error.to_string(), "failed on purpose");
}

#[test]
fn nothing_is_shown_to_others_than_who_is_on_this_machine() {
    let elsewhere = |environ: &mut wsgi_core::Environ| {
        environ.connection_mut().remote_addr = "192.0.2.1".parse().ok();
    };
    for (why, request) in [
        ("another machine", request().with(elsewhere)),
        ("nobody knows who", EnvironBuilder::get("/")),
        (
            "a name that leads here",
            request().header("Host", "attacker.example"),
        ),
        ("a proxy", request().header("X-Forwarded-For", "192.0.2.1")),
    ] {
        let answer = run(&enabled(failing()), request.build());
        assert!(answer.is_err(), "{why}");
    }
}

/// What tells who asks is looked at before the application can change it.
#[test]
fn the_application_cannot_make_somebody_a_developer() {
    let app = application_fn(|environ, _| {
        environ.set_var("REMOTE_ADDR", "127.0.0.1")?;
        Err(failure())
    });
    run(&enabled(app), EnvironBuilder::get("/").build()).unwrap_err();
}

#[test]
fn tools_get_text() {
    let answer = shown(Validator::new(failing()), request().header("Accept", "*/*"));
    assert_eq!(answer.status, StatusLine::INTERNAL_SERVER_ERROR);
    assert_eq!(
        answer.header("Content-Type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(answer.header("X-Lost"), None);
    let text = answer.text();
    assert!(text.starts_with("failed on purpose\nGET /here\n"), "{text}");
    assert!(text.contains("\nPATH_INFO = /here\n"), "{text}");
    let length = text.len().to_string();
    assert_eq!(answer.header("Content-Length"), Some(length.as_str()));
    assert_eq!(answer.errors, "failed on purpose\n");
}

#[test]
fn browsers_get_html_in_which_nothing_of_the_request_is_markup() {
    let app = application_fn(|_, _| Err(ApplicationError::raised("<script>alert(1)</script>")));
    let request = EnvironBuilder::get("/<img src=x>?<b>")
        .with(|environ| environ.connection_mut().remote_addr = "::1".parse().ok())
        .header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
        .header("X-Evil", "</pre><script>alert(2)</script>");
    let answer = shown(app, request);
    let html = answer.text();
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    for tag in ["<script", "<img", "<b>", "</pre><s"] {
        assert!(!html.contains(tag), "{tag}: {html}");
    }
    let policy = answer.header("Content-Security-Policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'unsafe-inline'"));
    assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"));
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    assert_eq!(answer.header("Vary"), Some("Accept"));
}

#[test]
fn secrets_are_not_shown() {
    let app = SensitiveHeaders::new(failing()).also(["X-Customer"]);
    let request = request()
        .header("Authorization", "Basic aHVudGVyMg==")
        .header("Cookie", "session=hunter2")
        .header("X-Customer", "hunter2")
        .header("X-My-Token", "hunter2")
        .header("X-Other", "seen")
        .var("app.password", "hunter2");
    let text = shown(app.unwrap(), request).text();
    assert!(text.contains("HTTP_X_OTHER = seen"), "{text}");
    for key in [
        "HTTP_AUTHORIZATION",
        "HTTP_COOKIE",
        "HTTP_X_CUSTOMER",
        "HTTP_X_MY_TOKEN",
        "app.password",
    ] {
        assert!(text.contains(&format!("{key} = ***")), "{key}: {text}");
    }
    assert!(!text.contains("hunter2") && !text.contains("aHVudGVyMg"));
}

#[test]
fn a_panic_shows_where_it_happened() {
    let line = line!() + 1;
    let app = application_fn(|_, _| panic!("on purpose"));
    let text = shown(app, request()).text();
    assert!(text.starts_with("the application panicked: on purpose\n"));
    let place = format!("at wsgi-middleware/tests/exception_page.rs:{line}:");
    assert!(
        text.contains(&place) || text.contains(&place.replace("wsgi-middleware/", "")),
        "{text}"
    );
    assert!(text.contains("\nFrames of the panic\n"), "{text}");
}

#[test]
fn an_earlier_panic_is_not_shown_for_a_later_failure() {
    let app = application_fn(|environ, _| {
        assert!(environ.path_info() != b"/panics", "on purpose");
        Err(failure())
    });
    let app = enabled(app);
    let here = |environ: &mut wsgi_core::Environ| {
        environ.connection_mut().remote_addr = "127.0.0.1".parse().ok();
    };
    let ask = |path| run(&app, EnvironBuilder::get(path).with(here).build()).unwrap();
    assert!(ask("/panics").text().contains("Frames of the panic"));
    assert!(!ask("/").text().contains("Frames of the panic"));
}

#[test]
fn causes_and_what_an_error_tells_in_detail_are_shown() {
    #[derive(Debug)]
    #[allow(dead_code, reason = "shown by Debug")]
    struct Outer(std::io::Error, Vec<u8>);
    impl std::fmt::Display for Outer {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("cannot list the orders")
        }
    }
    impl std::error::Error for Outer {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }
    let app = application_fn(|_, _| {
        let cause = std::io::Error::other("orders.db is locked");
        Err(ApplicationError::raised(Outer(cause, Vec::new())))
    });
    let text = shown(app, request()).text();
    assert!(text.contains("cannot list the orders\n  caused by: orders.db is locked"));
}

#[test]
fn what_comes_too_late_for_a_page_goes_on() {
    let written = application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        start_response.write(b"sent")?;
        Err(failure())
    });
    run(&enabled(written), request().build()).unwrap_err();
    let left = application_fn(|_, _| Err(WriteError::Disconnected.into()));
    let mut recorder = Recorder::default();
    let answer = enabled(left).call(&mut request().build(), &mut recorder);
    assert!(answer.is_err() && recorder.started.is_none());
}

#[test]
fn an_answer_to_head_has_no_body() {
    let head = |environ: &mut wsgi_core::Environ| environ.set_method(http::Method::HEAD);
    let answer = shown(failing(), request().with(head));
    assert_eq!((answer.status.code(), answer.text().as_str()), (500, ""));
}

#[test]
fn responses_pass() {
    let app = crate::answering(|| Body::from("fine"));
    assert_eq!(shown(app, request()).text(), "fine");
}
