use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_core::{
    Application, ApplicationError, Body, Layer, SensitiveNames, StatusLine, application_fn,
};
use wsgi_middleware::{AccessLog, SensitiveHeaders, SensitiveHeadersLayer};

const SECRETS: &str = "%{Authorization}i %{cookie}i %{Set-Cookie}o %{HTTP_AUTHORIZATION}e %{http_cookie}e \
                       %{X-Token}i %{X-Token}o %{Host}i %{Content-Type}o %{X-Absent}i";

/// What the log says of a request with secrets to this application.
fn line(app: impl Application, format: &str) -> String {
    let app = AccessLog::new(app).format(format.parse().unwrap());
    let request = EnvironBuilder::get("/")
        .header("Authorization", "s1")
        .header("Cookie", "s2")
        .header("X-Token", "s3");
    let mut errors = Vec::new();
    let mut environ = request.build();
    let (stream, captured) = wsgi_core::ErrorStream::captured();
    environ.set_errors(stream);
    let _ = app.call(&mut environ, &mut wsgi_core::testing::Recorder::default());
    errors.extend(captured.lock().unwrap().iter());
    String::from_utf8(errors).unwrap()
}

fn app() -> impl Application {
    application_fn(|environ, start_response| {
        // The application needs them, and so does the client.
        assert_eq!(environ.headers().get("Authorization"), Some(&b"s1"[..]));
        let headers = [
            ("Content-Type", "text/plain"),
            ("Set-Cookie", "s4"),
            ("Set-Cookie", "s5"),
            ("X-Token", "s6"),
        ];
        start_response.start(StatusLine::OK, headers)?;
        Ok(Body::from("hello"))
    })
}

#[test]
fn the_log_shows_that_there_was_a_value() {
    let shown = line(SensitiveHeaders::new(app()), SECRETS);
    assert_eq!(shown, "*** *** *** *** *** s3 s6 127.0.0.1 text/plain -\n");
}

#[test]
fn without_the_layer_a_format_gets_what_it_asks_for() {
    let shown = line(app(), SECRETS);
    assert_eq!(
        shown,
        "s1 s2 s4,\\x20s5 s1 s2 s3 s6 127.0.0.1 text/plain -\n"
    );
}

#[test]
fn names_are_added_or_replaced() {
    let added = SensitiveHeaders::new(app()).also(["x-TOKEN"]).unwrap();
    let format = "%{Authorization}i %{X-Token}i %{X-Token}o";
    assert_eq!(line(added, format), "*** *** ***\n");
    let replaced = SensitiveHeaders::new(app()).only(["X-Token"]).unwrap();
    assert_eq!(line(replaced, format), "s1 *** ***\n");
    let none = SensitiveHeaders::new(app()).only([""; 0]).unwrap();
    assert_eq!(line(none, format), "s1 s3 s6\n");
}

#[test]
fn several_layers_add_to_each_other() {
    let inner = SensitiveHeaders::new(app()).only(["X-Token"]).unwrap();
    let shown = line(
        SensitiveHeadersLayer::default().layer(inner),
        "%{Authorization}i %{X-Token}i",
    );
    assert_eq!(shown, "*** ***\n");
}

#[test]
fn a_value_in_json_is_hidden_as_a_string() {
    let format = r#"{"a": %({Authorization}i)s, "b": "%({Cookie}i)s", "c": %({Absent}i)s, "d": %({Set-Cookie}o)s}"#;
    let shown = line(SensitiveHeaders::new(app()), format);
    assert_eq!(
        shown,
        "{\"a\": \"***\", \"b\": \"***\", \"c\": null, \"d\": \"***\"}\n"
    );
}

#[test]
fn failures_hide_them_too() {
    let failing =
        application_fn(|_, _| -> Result<Body, ApplicationError> { Err(crate::failure()) });
    let shown = line(
        SensitiveHeaders::new(failing),
        "%{Authorization}i %{Set-Cookie}o %s",
    );
    assert_eq!(shown, "*** - 500\n");
}

#[test]
fn a_handler_gets_marked_values() {
    let app = SensitiveHeaders::new(wsgi_core::handler(
        |request: http::Request<wsgi_core::Input>| {
            let is_marked = |name| request.headers()[name].is_sensitive();
            format!("{} {}", is_marked("x-token"), is_marked("host"))
        },
    ));
    let app = app.also(["X-Token"]).unwrap();
    let request = EnvironBuilder::get("/").header("X-Token", "s3").build();
    assert_eq!(run(&app, request).unwrap().text(), "true false");
}

#[test]
fn what_is_no_name_is_refused() {
    for wrong in ["", "Cookie:", "a b"] {
        assert!(
            SensitiveHeaders::new(app()).also([wrong]).is_err(),
            "{wrong}"
        );
        assert!(
            SensitiveHeaders::new(app()).only([wrong]).is_err(),
            "{wrong}"
        );
    }
}

#[test]
fn the_next_request_knows_nothing_of_it() {
    let request = EnvironBuilder::get("/")
        .header("Authorization", "s1")
        .build();
    let mut environ = run(&SensitiveHeaders::new(app()), request).unwrap().environ;
    assert!(SensitiveNames::of(&environ).is_some());
    environ.reset();
    assert_eq!(SensitiveNames::of(&environ), None);
}
