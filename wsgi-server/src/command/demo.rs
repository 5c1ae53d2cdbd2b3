//! The built-in demonstration: what the command serves when it is given no application.
//!
//! A WSGI application in Rust on our own router and middleware. Its page shows the environ of the very request
//! that asked for it, with the words of PEP 3333 on each variable. It shows nothing of the process: no
//! environment variable, no path, no configuration.

mod explain;
mod native_string;
mod page;

use std::io::Read;

use serde_json::{Map, Value, json};
use wsgi_core::{
    Application, ApplicationError, Body, Environ, Headers, StartResponse, StatusLine,
    application_fn, environ,
};
use wsgi_middleware::{Recover, ResponseHeader};
use wsgi_router::{Params, Router, get};

use page::Page;

/// Header fields that the middleware adds to every response: the page runs no script and loads nothing.
const ADDED: [(&str, &str); 3] = [
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
];

/// How much of a request's body the page shows, in bytes.
const SHOWN_BODY: u64 = 4096;

/// `SCRIPT_NAME` before the router moved anything: what links to other pages begin with.
#[derive(Clone)]
struct Root(Vec<u8>);

/// Which of its pages answers a request.
pub(crate) fn router() -> Router {
    Router::builder()
        .route("/json", get(variables_as_json))
        .route("/stream", get(stream))
        .route("/write", get(write))
        .route("/status/{code}", status)
        .route("/fail", fail)
        .route("/hello/{name}", show)
        .mount("/mounted", show)
        .fallback(show)
        .build()
        .expect("the patterns are constants, and the tests build them")
}

/// The demonstration.
pub(crate) fn app() -> impl Application {
    let router = router();
    let rooted = application_fn(move |environ, start_response| {
        let root = Root(environ.script_name().to_vec());
        environ.extensions_mut().insert(root);
        router.call(environ, start_response)
    });
    ADDED
        .iter()
        .try_fold(
            ResponseHeader::new(Recover::new(rooted)),
            |app, (name, value)| app.set(name, value),
        )
        .expect("the fields are constants, and the tests build them")
}

/// The page about this request.
fn show(
    environ: &mut Environ,
    start_response: &mut dyn StartResponse,
) -> Result<Body, ApplicationError> {
    let announced = environ.input().remaining();
    let mut body = Vec::new();
    environ.input().take(SHOWN_BODY).read_to_end(&mut body)?;
    let has_more = !environ
        .input()
        .take(1)
        .read_to_end(&mut Vec::new())
        .is_ok_and(|n| n == 0);
    let status = StatusLine::OK;
    let headers = Headers::try_from_pairs([("Content-Type", "text/html; charset=utf-8")])?;
    let page = Page {
        environ,
        body: &body,
        body_length: announced,
        body_has_more: has_more,
        status: &status,
        headers: &headers,
    };
    let html = page.render();
    start_response.start_response(status, headers, None)?;
    Ok(Body::from(html))
}

/// The environ as JSON. Strings are native strings: one character a byte.
fn variables_as_json(
    environ: &mut Environ,
    start_response: &mut dyn StartResponse,
) -> Result<Body, ApplicationError> {
    let mut all: Map<String, Value> = shown_variables(environ)
        .into_iter()
        .map(|(key, value)| (key, native_string::from_bytes(&value).into()))
        .collect();
    let connection = environ.connection();
    all.insert(environ::WSGI_VERSION.to_owned(), json!([1, 0]));
    for (key, flag) in [
        (environ::WSGI_MULTITHREAD, connection.multithread),
        (environ::WSGI_MULTIPROCESS, connection.multiprocess),
        (environ::WSGI_RUN_ONCE, connection.run_once),
    ] {
        all.insert(key.to_owned(), flag.into());
    }
    start_response.start(StatusLine::OK, [("Content-Type", "application/json")])?;
    Ok(Body::from(format!("{:#}\n", Value::Object(all))))
}

/// A body in blocks whose total length nobody has announced: by HTTP/1.1 it goes out in chunked coding.
fn stream(
    _: &mut Environ,
    start_response: &mut dyn StartResponse,
) -> Result<Body, ApplicationError> {
    start_response.start(
        StatusLine::OK,
        [("Content-Type", "text/plain; charset=utf-8")],
    )?;
    let blocks = (1..=10).map(|number| format!("block {number} of 10, a chunk of its own\n"));
    Ok(Body::from_blocks_iter(blocks))
}

/// The older way to send: by the callable that `start_response` returns.
fn write(
    _: &mut Environ,
    start_response: &mut dyn StartResponse,
) -> Result<Body, ApplicationError> {
    start_response.start(
        StatusLine::OK,
        [("Content-Type", "text/plain; charset=utf-8")],
    )?;
    for number in 1..=3 {
        start_response.write(format!("pushed by write(), call {number}\n").as_bytes())?;
    }
    Ok(Body::from(
        "the block of the iterable, after all that was written\n",
    ))
}

/// An answer of the status that the path asks for.
fn status(
    environ: &mut Environ,
    start_response: &mut dyn StartResponse,
) -> Result<Body, ApplicationError> {
    let asked = Params::of(environ.extensions()).get("code");
    let code = asked
        .and_then(|text| http::StatusCode::from_bytes(text.as_bytes()).ok())
        .filter(|code| (200..600).contains(&code.as_u16()));
    let Some(code) = code else {
        start_response.start(
            StatusLine::NOT_FOUND,
            [("Content-Type", "text/plain; charset=utf-8")],
        )?;
        return Ok(Body::from("a response has a status from 200 to 599\n"));
    };
    let status = StatusLine::from(code);
    if status.forbids_body() {
        start_response.start_response(status, Headers::new(), None)?;
        return Ok(Body::empty());
    }
    let text = format!("{status}\n");
    start_response.start(status, [("Content-Type", "text/plain; charset=utf-8")])?;
    Ok(Body::from(text))
}

/// An application that fails: the client learns of a `500`, the error stream learns why.
fn fail(_: &mut Environ, _: &mut dyn StartResponse) -> Result<Body, ApplicationError> {
    Err(ApplicationError::raised(
        "the demonstration was asked to fail, by the path /fail",
    ))
}

/// The string variables, without what may let somebody in: cookies of other sites on this host, passwords.
fn shown_variables(environ: &Environ) -> Vec<(String, Vec<u8>)> {
    let mut variables = environ.vars();
    for (key, value) in &mut variables {
        if matches!(
            key.as_str(),
            "HTTP_COOKIE" | "HTTP_AUTHORIZATION" | "HTTP_PROXY_AUTHORIZATION"
        ) {
            *value = format!("({} bytes, not shown here)", value.len()).into_bytes();
        }
    }
    variables
}

#[cfg(test)]
mod tests {
    use wsgi_core::testing::{Answer, EnvironBuilder, get as ask, run};

    use super::*;

    fn send(environ: EnvironBuilder) -> Answer {
        run(&app(), environ.build()).unwrap()
    }

    #[test]
    fn the_page_shows_the_request() {
        let answer = ask(&app(), "/path%20here?q=1");
        assert_eq!(answer.status, StatusLine::OK);
        assert_eq!(
            answer.header("Content-Type"),
            Some("text/html; charset=utf-8")
        );
        let text = answer.text();
        for part in [
            "GET",
            "/path%20here?q=1",
            "<code>&#39;/path here&#39;</code>",
            "<code>&#39;q=1&#39;</code>",
            "HTTP_HOST",
            "wsgi.url_scheme",
            "https://peps.python.org/pep-3333/#environ-variables",
        ] {
            assert!(text.contains(part), "{part}");
        }
        assert!(!text.contains("<!--"), "every marker is filled");
    }

    #[test]
    fn nothing_of_the_request_becomes_markup() {
        let attack = "<script>alert(1)</script>\"'&<!--try-->";
        let environ = EnvironBuilder::post("/", attack)
            .with(|environ| {
                environ.set_target(attack);
                environ.set_path_info(attack);
                environ.set_script_name(attack);
                environ.set_query_string(attack);
                environ.set_method("A'&".parse().unwrap());
            })
            .header("X-<b>".replace(['<', '>'], "").as_str(), attack)
            .header("Content-Type", attack)
            .var("<script>", attack);
        let text = send(environ).text();
        assert!(!text.contains("<script"), "{text}");
        assert!(!text.contains("<!--"));
        assert!(!text.contains("\"'&<"));
        assert!(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;"));
    }

    #[test]
    fn the_body_is_shown_up_to_a_limit() {
        let text = send(EnvironBuilder::post("/", "name=Ada")).text();
        assert!(text.contains("name=Ada") && text.contains("8 bytes"));
        let long = "x".repeat(SHOWN_BODY as usize + 1);
        let text = send(EnvironBuilder::post("/", long.clone())).text();
        assert!(!text.contains(&long));
        assert!(text.contains("The first 4096 bytes of 4097"), "{text}");
    }

    #[test]
    fn credentials_are_not_shown() {
        for target in ["/", "/json"] {
            let environ = EnvironBuilder::get(target)
                .header("Cookie", "session=hunter2")
                .header("Authorization", "Basic hunter2");
            let text = send(environ).text();
            assert!(!text.contains("hunter2"), "{target}");
            assert!(text.contains("(15 bytes, not shown here)"), "{target}");
        }
    }

    #[test]
    fn every_response_bears_what_the_middleware_adds() {
        for target in ["/", "/json", "/stream", "/status/418", "/fail"] {
            let answer = ask(&app(), target);
            for (name, value) in ADDED {
                assert_eq!(answer.header(name), Some(value), "{target}");
            }
        }
    }

    #[test]
    fn links_begin_where_the_application_is() {
        for target in ["/", "/mounted/deeper"] {
            let environ = EnvironBuilder::get(target).script_name("/my app");
            let text = send(environ).text();
            assert!(text.contains("href=\"/my%20app/json\""), "{target}");
        }
        let mounted = ask(&app(), "/mounted/deeper").text();
        assert!(mounted.contains("<code>&#39;/mounted&#39;</code>"));
        assert!(mounted.contains("<code>&#39;/deeper&#39;</code>"));
    }

    #[test]
    fn parameters_of_the_path_are_shown() {
        let text = ask(&app(), "/hello/Ada").text();
        assert!(
            text.contains("((), {&#39;name&#39;: &#39;Ada&#39;})"),
            "{text}"
        );
    }

    #[test]
    fn text_beyond_ascii_is_shown_as_native_string_and_as_utf8() {
        let text = ask(&app(), "/%E4%BD%A0").text();
        assert!(
            text.contains("&#39;/ä½\\xa0&#39;") && text.contains("/你"),
            "{text}"
        );
    }

    #[test]
    fn the_environ_comes_as_json() {
        let answer = ask(&app(), "/json?caf%C3%A9");
        let all: Value = serde_json::from_slice(&answer.body()).unwrap();
        assert_eq!(all["QUERY_STRING"], "caf%C3%A9");
        assert_eq!(all["wsgi.version"], json!([1, 0]));
        assert_eq!(all["wsgi.multithread"], json!(false));
    }

    #[test]
    fn bodies_come_in_blocks_and_by_write() {
        let answer = ask(&app(), "/stream");
        assert_eq!((answer.blocks.len(), answer.length), (10, None));
        let answer = ask(&app(), "/write");
        assert_eq!((answer.written.len(), answer.blocks.len()), (3, 1));
    }

    #[test]
    fn any_final_status_can_be_asked_for() {
        #[rustfmt::skip]
        let cases = [
            ("/status/418", "418 I'm a teapot", "418 I'm a teapot\n"),
            ("/status/204", "204 No Content", ""),
            ("/status/599", "599 ", "599 \n"),
            ("/status/101", "404 Not Found", "a response has a status from 200 to 599\n"),
            ("/status/600", "404 Not Found", "a response has a status from 200 to 599\n"),
            ("/status/%FF", "404 Not Found", "a response has a status from 200 to 599\n"),
        ];
        for (target, status, body) in cases {
            let answer = ask(&app(), target);
            assert_eq!(answer.status.to_string(), status, "{target}");
            assert_eq!(answer.text(), body, "{target}");
        }
    }

    #[test]
    fn a_failure_is_reported_to_the_error_stream_alone() {
        let answer = ask(&app(), "/fail");
        assert_eq!(answer.status, StatusLine::INTERNAL_SERVER_ERROR);
        assert!(answer.errors.contains("asked to fail"));
        assert!(!answer.text().contains("asked to fail"));
    }
}
