//! PEP 3333 "The `start_response()` Callable".

use std::sync::Arc;

use http::Version;
use wsgi_core::testing::{Recorder, run};
use wsgi_core::validate::Validator;
use wsgi_core::{
    Application, ApplicationError, Body, Environ, ExcInfo, HeaderError, Headers, StartResponse,
    StartResponseError, StatusLine, WriteError, application_fn,
};
use wsgi_server::protocol::ResponseWriter;

use crate::kit::{TEXT, answering, answering_with, assert_flawless, assert_reports, get, watched};

fn text() -> Headers {
    Headers::try_from_pairs([TEXT]).unwrap()
}

fn writer() -> ResponseWriter {
    ResponseWriter::new(false, Version::HTTP_11, true)
}

/// "separated by a single space, with no surrounding whitespace or other characters"
#[test]
fn a_status_is_a_code_one_space_and_a_reason() {
    for good in ["200 OK", "404 Not Found", "299 ", "200 I'm fine, thanks"] {
        assert!(StatusLine::parse(good).is_ok(), "{good:?}");
    }
    for bad in [
        "", "200", "200OK", "200  OK", " 200 OK", "200 OK ", "20 OK", "OK 200", "2000 OK",
        "099 Low",
    ] {
        assert!(StatusLine::parse(bad).is_err(), "{bad:?}");
    }
}

/// "must not contain control characters"
#[test]
fn a_status_has_no_control_characters() {
    for byte in (0..0x20).filter(|&byte| byte != b'\t').chain([0x7f]) {
        assert!(
            StatusLine::parse_bytes(&[b"200 O", &[byte][..], b"K"].concat()).is_err(),
            "{byte:#04x}"
        );
    }
    let tab = StatusLine::parse("200 O\tK").unwrap();
    assert_reports(
        "status.control-characters",
        answering_with(tab, &[TEXT], || "hi"),
        get,
    );
}

/// "must not be terminated with a carriage return, linefeed, or combination thereof"
#[test]
fn a_status_has_no_line_end() {
    for bad in ["200 OK\r", "200 OK\n", "200 OK\r\n"] {
        assert!(StatusLine::parse(bad).is_err(), "{bad:?}");
    }
}

/// "the server may change its contents in any way it desires"
#[test]
fn layers_may_change_the_headers() {
    struct Adding<'s>(&'s mut dyn StartResponse);
    impl StartResponse for Adding<'_> {
        fn start_response(
            &mut self,
            status: StatusLine,
            mut headers: Headers,
            exc_info: Option<ExcInfo>,
        ) -> Result<(), StartResponseError> {
            headers.remove("x-inner");
            headers.try_append("X-Outer", "1")?;
            self.0.start_response(status, headers, exc_info)
        }
        fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
            self.0.write(block)
        }
    }
    let inner = answering(&[TEXT, ("X-Inner", "1")], || "hi");
    let app = application_fn(move |environ, start_response| {
        inner.call(environ, &mut Adding(start_response))
    });
    let answer = assert_flawless(app, get);
    assert_eq!(
        (answer.header("X-Inner"), answer.header("X-Outer")),
        (None, Some("1"))
    );
}

/// "must be a valid HTTP header field-name"
#[test]
fn a_header_name_is_a_token() {
    for bad in ["", "A B", "A\n", "A(", "A\u{e9}", "A/B", "\"A\""] {
        assert!(Headers::try_from_pairs([(bad, "v")]).is_err(), "{bad:?}");
    }
}

/// "without a trailing colon or other punctuation"
#[test]
fn a_header_name_has_no_trailing_punctuation() {
    assert!(Headers::try_from_pairs([("Name:", "v")]).is_err());
    assert_reports(
        "header-name.punctuation",
        answering(&[TEXT, ("X-Name-", "v")], || "hi"),
        get,
    );
    assert_reports(
        "header-name.punctuation",
        answering(&[TEXT, ("X-Name_", "v")], || "hi"),
        get,
    );
}

/// "must not include any control characters, including carriage returns or linefeeds, either embedded or at the end"
#[test]
fn a_header_value_has_no_control_characters() {
    for byte in (0..0x20).filter(|&byte| byte != b'\t').chain([0x7f]) {
        for value in [vec![b'a', byte, b'b'], vec![b'a', byte]] {
            assert!(
                Headers::try_from_pairs([("Name", value)]).is_err(),
                "{byte:#04x}"
            );
        }
    }
    let tab = answering(&[TEXT, ("X-Name", "a\tb")], || "hi");
    assert_reports("header-value.control-characters", tab, get);
}

/// "if the application omits a header required by HTTP […], the server or gateway must add it"
#[test]
fn the_server_adds_date_and_server() {
    let head = |headers: Headers| {
        let mut out = Vec::new();
        let mut response = writer();
        response.start(StatusLine::OK, headers, None).unwrap();
        response.finish(None, &mut out);
        String::from_utf8(out).unwrap().to_ascii_lowercase()
    };
    let added = head(text());
    assert_eq!(
        (
            added.matches("\r\ndate: ").count(),
            added.matches("\r\nserver: ").count()
        ),
        (1, 1),
        "{added}"
    );
    let own = [
        ("DATE", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("sErver", "mine"),
    ];
    let kept = head(Headers::try_from_pairs(own).unwrap());
    assert_eq!(
        (
            kept.matches("\r\ndate: sun, 06").count(),
            kept.matches("\r\ndate: ").count()
        ),
        (1, 1),
        "{kept}"
    );
    assert_eq!(
        (
            kept.matches("\r\nserver: mine").count(),
            kept.matches("\r\nserver: ").count()
        ),
        (1, 1),
        "{kept}"
    );
}

/// "HTTP header names are case-insensitive"
#[test]
fn header_names_have_no_case() {
    let mut headers =
        Headers::try_from_pairs([("CONTENT-type", "a/b"), ("content-TYPE", "c/d")]).unwrap();
    assert_eq!(headers.get_all("Content-Type").count(), 2);
    headers.try_insert("Content-Type", "e/f").unwrap();
    assert_eq!(
        (headers.len(), headers.get_str("content-type")),
        (1, Some("e/f"))
    );
    let length = answering(&[TEXT, ("cOnTeNt-LeNgTh", "1")], || "hi");
    assert_reports("content-length.surplus", length, get);
}

/// "forbidden from using HTTP/1.1 "hop-by-hop" features or headers"
#[test]
fn hop_by_hop_headers_are_reported() {
    assert_reports(
        "hop-by-hop.response",
        answering(&[TEXT, ("Connection", "close")], || "hi"),
        get,
    );
    assert_reports(
        "hop-by-hop.response",
        answering(&[TEXT, ("keep-alive", "timeout=5")], || "hi"),
        get,
    );
    assert_reports(
        "hop-by-hop.response",
        answering(&[TEXT, ("Upgrade", "h2c")], || "hi"),
        get,
    );
}

/// "should consider it a fatal error for an application to attempt sending them"
#[test]
fn the_server_refuses_hop_by_hop_headers() {
    for name in [
        "Connection",
        "Keep-Alive",
        "Transfer-Encoding",
        "TE",
        "Trailer",
        "Upgrade",
        "Proxy-Authenticate",
    ] {
        let refused = writer().start(
            StatusLine::OK,
            Headers::try_from_pairs([(name, "x")]).unwrap(),
            None,
        );
        let is_hop = matches!(
            refused,
            Err(StartResponseError::Header(HeaderError::HopByHop { .. }))
        );
        assert!(is_hop, "{name}: {refused:?}");
    }
}

/// "Servers should check for errors in the headers at the time start_response is called"
#[test]
fn the_server_refuses_bad_headers_at_once() {
    for lengths in [&["x"][..], &["-1"], &["1", "2"]] {
        let headers = lengths.iter().map(|length| ("Content-Length", *length));
        let headers = Headers::try_from_pairs(headers).unwrap();
        assert!(
            writer().start(StatusLine::OK, headers, None).is_err(),
            "{lengths:?}"
        );
    }
    let interim = StatusLine::parse("101 Switching Protocols").unwrap();
    assert!(writer().start(interim, text(), None).is_err());
}

/// "must not actually transmit the response headers"
#[test]
fn start_response_sends_nothing() {
    let mut out = Vec::new();
    let mut response = writer();
    response.start(StatusLine::OK, text(), None).unwrap();
    assert!(!response.head_sent());
    response.write(b"", None, &mut out).unwrap();
    assert_eq!((out.len(), response.head_sent()), (0, false));
}

/// "only after the first iteration […] that yields a non-empty bytestring", or `write()`, or the end
#[test]
fn headers_wait_for_a_non_empty_block_or_the_end() {
    for block in [&b"block"[..], b""] {
        let mut out = Vec::new();
        let mut response = writer();
        response.start(StatusLine::OK, text(), None).unwrap();
        response.write(b"", None, &mut out).unwrap();
        let trapped = Some(ExcInfo::new("late"));
        response
            .start(StatusLine::INTERNAL_SERVER_ERROR, text(), trapped)
            .unwrap();
        assert!(out.is_empty());
        response.write(block, None, &mut out).unwrap();
        response.finish(None, &mut out);
        assert!(
            out.starts_with(b"HTTP/1.1 500 "),
            "{:?}",
            String::from_utf8_lossy(&out)
        );
    }
}

/// "This argument should be supplied by the application only if start_response is being called by an error handler."
#[test]
fn exc_info_bears_the_trapped_error() {
    let trapped = ExcInfo::new(std::io::Error::other("disk"));
    assert_eq!(trapped.to_string(), "disk");
    assert!(trapped.into_inner().downcast::<std::io::Error>().is_ok());
}

/// A server that answers `start_response` with `exc_info` as it likes.
struct Willful {
    recorder: Recorder,
    accepts: bool,
}

impl StartResponse for Willful {
    fn start_response(
        &mut self,
        status: StatusLine,
        headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        match exc_info {
            Some(trapped) if !self.accepts => Err(StartResponseError::HeadersSent(trapped)),
            _ => {
                self.recorder.started = None;
                self.recorder.start_response(status, headers, None)
            }
        }
    }
    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        self.recorder.write(block)
    }
}

/// Writes `before`, then answers for an error that it trapped.
pub(crate) fn recovering(before: &'static [u8]) -> impl Application + 'static {
    application_fn(move |_, start_response| {
        start_response.start(StatusLine::OK, [TEXT])?;
        if !before.is_empty() {
            start_response.write(before)?;
        }
        let trapped = Some(ExcInfo::new("the disk is full"));
        start_response.start_response(StatusLine::INTERNAL_SERVER_ERROR, text(), trapped)?;
        Ok("sorry".into())
    })
}

/// The same, on a server that accepts or refuses `exc_info` whatever was sent.
pub(crate) fn on_willful_server(
    app: impl Application + 'static,
    accepts: bool,
) -> impl Application + 'static {
    let found = Validator::new(app);
    application_fn(move |environ: &mut Environ, start_response| {
        let mut server = Willful {
            recorder: Recorder::default(),
            accepts,
        };
        let result = found.call(environ, &mut server);
        if !start_response_was_called(start_response) {
            return Err(ApplicationError::NotStarted);
        }
        drop(result);
        Ok(Body::empty())
    })
}

fn start_response_was_called(start_response: &mut dyn StartResponse) -> bool {
    start_response.start(StatusLine::OK, [TEXT]).is_ok()
}

/// "If exc_info is supplied, and no HTTP headers have been output yet, start_response should replace"
#[test]
fn a_server_that_refuses_exc_info_too_early_is_reported() {
    let app = on_willful_server(recovering(b""), false);
    let warned = run(&app, get()).unwrap().errors;
    assert_eq!(
        warned.matches("[exc-info.replaces-headers]").count(),
        1,
        "{warned}"
    );
    let app = on_willful_server(recovering(b""), true);
    assert_eq!(run(&app, get()).unwrap().errors, "");
}

/// "if exc_info is provided, and the HTTP headers have already been sent, start_response must raise an error"
#[test]
fn exc_info_after_the_headers_raises() {
    let mut response = writer();
    response.start(StatusLine::OK, text(), None).unwrap();
    response.write(b"block", None, &mut Vec::new()).unwrap();
    let late = response.start(
        StatusLine::INTERNAL_SERVER_ERROR,
        text(),
        Some(ExcInfo::new("late")),
    );
    assert!(
        matches!(late, Err(StartResponseError::HeadersSent(_))),
        "{late:?}"
    );
}

/// "and should re-raise using the exc_info tuple"
#[test]
fn exc_info_after_the_headers_gives_the_trapped_error_back() {
    let error = run(&Validator::new(recovering(b"sent")), get()).unwrap_err();
    let ApplicationError::StartResponse(StartResponseError::HeadersSent(trapped)) = error else {
        panic!("{error:?}");
    };
    assert_eq!(trapped.to_string(), "the disk is full");
}

/// "The application must not trap any exceptions raised by start_response, if it called start_response with exc_info."
#[test]
fn an_application_that_goes_on_after_a_refused_exc_info_is_reported() {
    let stubborn = application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [TEXT])?;
        start_response.write(b"sent")?;
        let trapped = Some(ExcInfo::new("late"));
        let _ = start_response.start_response(StatusLine::INTERNAL_SERVER_ERROR, text(), trapped);
        Ok("more".into())
    });
    assert_reports("exc-info.trapped", stubborn, get);
}

/// "The application may call start_response more than once, if and only if the exc_info argument is provided."
#[test]
fn exc_info_replaces_what_was_stored() {
    let answer = assert_flawless(recovering(b""), get);
    assert_eq!(
        (answer.status.code(), answer.text().as_str()),
        (500, "sorry")
    );
}

/// "it is a fatal error to call start_response without the exc_info argument if start_response has already been called"
#[test]
fn second_call_without_exc_info_is_refused() {
    let twice = || {
        application_fn(|_, start_response| {
            start_response.start(StatusLine::OK, [TEXT])?;
            start_response.start(StatusLine::NOT_FOUND, [TEXT])?;
            Ok("hi".into())
        })
    };
    let error = run(&Validator::new(twice()), get())
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("[start-response.twice] "), "{error}");
    let (found, result) = watched(Arc::new(twice()), get());
    assert_eq!(found, ["start-response.twice"]);
    let refused = ApplicationError::StartResponse(StartResponseError::Twice).to_string();
    assert_eq!(result.unwrap_err().to_string(), refused);
}

/// "This includes the case where the first call to start_response raised an error."
#[test]
fn second_call_without_exc_info_is_refused_after_a_failed_first() {
    let stubborn = application_fn(|_, start_response| {
        let first = start_response.start(StatusLine::OK, [TEXT, ("Connection", "close")]);
        assert!(first.is_err(), "the validator refuses the header");
        start_response.start(StatusLine::OK, [TEXT])?;
        Ok("hi".into())
    });
    let report = run(&Validator::new(stubborn), get())
        .unwrap_err()
        .to_string();
    assert!(report.starts_with("[hop-by-hop.response]"), "{report}");

    let refusing = application_fn(|environ, _| {
        struct Refusing;
        impl StartResponse for Refusing {
            fn start_response(
                &mut self,
                _: StatusLine,
                _: Headers,
                _: Option<ExcInfo>,
            ) -> Result<(), StartResponseError> {
                Err(StartResponseError::Other("not today".into()))
            }
            fn write(&mut self, _: &[u8]) -> Result<(), WriteError> {
                Err(WriteError::NotStarted)
            }
        }
        let stubborn = Validator::new(application_fn(|_, start_response| {
            let _ = start_response.start(StatusLine::OK, [TEXT]);
            start_response.start(StatusLine::OK, [TEXT])?;
            Ok("hi".into())
        }));
        stubborn.call(environ, &mut Refusing)
    });
    let report = run(&refusing, get()).unwrap_err().to_string();
    assert!(
        report.starts_with("[start-response.twice-after-error]"),
        "{report}"
    );
}

/// "should ensure that no reference is held to the exc_info parameter beyond the duration of the function's execution"
#[test]
fn exc_info_is_not_held() {
    #[derive(Debug)]
    struct Trapped(#[allow(dead_code, reason = "held, not read")] Arc<()>);
    impl std::fmt::Display for Trapped {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("trapped")
        }
    }
    impl std::error::Error for Trapped {}

    let held = Arc::new(());
    let mut response = writer();
    let exc_info = Some(ExcInfo::new(Trapped(held.clone())));
    response
        .start(StatusLine::INTERNAL_SERVER_ERROR, text(), exc_info)
        .unwrap();
    assert_eq!(Arc::strong_count(&held), 1);
}
