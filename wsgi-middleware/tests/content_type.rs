use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_core::{Body, HeaderError, StatusLine, application_fn};
use wsgi_middleware::{ContentType, ContentTypeError};

use crate::between_validators::between;

type Field = Option<&'static str>;

/// The method, the status, the application's type, and the one that the response leaves with: by default, and with
/// `text/html` for those without and `utf-8` for texts.
#[rustfmt::skip]
const CASES: &[(&str, &str, Field, Field, Field)] = &[
    ("GET", "200 OK", None, Some("application/octet-stream"), Some("text/html; charset=utf-8")),
    ("HEAD", "200 OK", None, Some("application/octet-stream"), Some("text/html; charset=utf-8")),
    ("GET", "404 Not Found", None, Some("application/octet-stream"), Some("text/html; charset=utf-8")),
    ("GET", "200 OK", Some("text/plain"), Some("text/plain"), Some("text/plain; charset=utf-8")),
    ("GET", "200 OK", Some("TEXT/css ;x=1"), Some("TEXT/css ;x=1"), Some("TEXT/css ;x=1; charset=utf-8")),
    ("GET", "200 OK", Some("text/plain; Charset=latin-1"), Some("text/plain; Charset=latin-1"), Some("text/plain; Charset=latin-1")),
    ("GET", "200 OK", Some("text/plain;x=1;charset = x"), Some("text/plain;x=1;charset = x"), Some("text/plain;x=1;charset = x")),
    ("GET", "200 OK", Some("application/xml"), Some("application/xml"), Some("application/xml; charset=utf-8")),
    ("GET", "200 OK", Some("application/json"), Some("application/json"), Some("application/json")),
    ("GET", "200 OK", Some("image/png"), Some("image/png"), Some("image/png")),
    ("GET", "200 OK", Some("text"), Some("text"), Some("text")),
    ("GET", "200 OK", Some(""), Some(""), Some("")),
    ("GET", "204 No Content", None, None, None),
    ("GET", "205 Reset Content", None, None, None),
    ("GET", "304 Not Modified", None, None, None),
    ("CONNECT", "200 OK", None, None, None),
];

#[test]
fn responses_that_lack_a_type_get_one() {
    for &(method, status, own, by_default, with_charset) in CASES {
        let app = || {
            application_fn(move |_, start_response| {
                let fields = own.map(|own| ("Content-Type", own));
                start_response.start(StatusLine::from_static(status), fields)?;
                Ok(Body::empty())
            })
        };
        let environ = || EnvironBuilder::new(method, "/").build();
        let case = format!("{method} {status} {own:?}");
        let answer = run(&ContentType::new(app()), environ()).unwrap();
        assert_eq!(answer.header("Content-Type"), by_default, "{case}");
        let layer = ContentType::new(app()).fallback("text/html").unwrap();
        let answer = run(&layer.charset("utf-8").unwrap(), environ()).unwrap();
        assert_eq!(answer.header("Content-Type"), with_charset, "{case}");
        assert!(
            answer.headers.get_all("Content-Type").count() <= 1,
            "{case}"
        );
    }
}

#[test]
fn validators_on_both_sides_find_nothing() {
    let app = application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("X-A", "1")])?;
        Ok(Body::from("hello"))
    });
    // The one inside would find fault with the missing type of a body.
    let wrap = |app| ContentType::new(ContentType::new(app));
    let answer = between(app, wrap, EnvironBuilder::get("/").build());
    assert_eq!(
        answer.unwrap().header("Content-Type"),
        Some("application/octet-stream")
    );
}

#[test]
fn what_is_no_type_or_charset_is_refused() {
    let layer = || ContentType::new(());
    for no_type in [
        "",
        "html",
        "text/",
        "/html",
        "text/html/x",
        "text html",
        "te xt/html",
    ] {
        let refused = layer().fallback(no_type).unwrap_err();
        let content_type = no_type.to_owned();
        assert_eq!(refused, ContentTypeError::Type { content_type });
    }
    for unsafe_value in ["text/html\r\nX-Injected: 1", "text/html; x=\0"] {
        let refused = layer().fallback(unsafe_value).unwrap_err();
        assert!(matches!(
            refused,
            ContentTypeError::Value(HeaderError::Value { .. })
        ));
    }
    for no_charset in ["", "utf 8", "utf-8\r\n", "utf-8; x=1"] {
        let refused = layer().charset(no_charset).unwrap_err();
        let charset = no_charset.to_owned();
        assert_eq!(refused, ContentTypeError::Charset { charset });
    }
}
