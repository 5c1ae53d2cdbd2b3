//! Nobody but the proxy is believed, whatever a client sends; and what is believed is an address, a scheme, a host, a
//! port and a path, so that no URL made of them leads elsewhere.
#![no_main]

use std::collections::BTreeMap;
use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use wsgi_core::{Application, Body, Environ, StatusLine, application_fn, environ, testing, url};
use wsgi_fuzz::request;
use wsgi_middleware::{ForwardedField, ForwardedSyntax, ProxyFix};

const PROXY: &str = "127.0.0.1";
const STRANGER: &str = "192.0.2.66";
/// What the proxy adds behind all that its client sent.
const X_LINES: &[u8] = b"X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n";
const RFC_LINE: &[u8] = b"Forwarded: for=203.0.113.9;proto=https\r\n";

const FIELDS: [ForwardedField; 5] = [
    ForwardedField::For,
    ForwardedField::Proto,
    ForwardedField::Host,
    ForwardedField::Port,
    ForwardedField::Prefix,
];
/// No others change.
const CHANGED: [&str; 8] = [
    environ::REMOTE_ADDR,
    environ::REMOTE_PORT,
    environ::WSGI_URL_SCHEME,
    environ::HTTPS,
    environ::HTTP_HOST,
    environ::SERVER_NAME,
    environ::SERVER_PORT,
    environ::SCRIPT_NAME,
];

type Variables = BTreeMap<String, Vec<u8>>;

fn app() -> impl Application {
    application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("Content-Length", "0")])?;
        Ok(Body::empty())
    })
}

/// The environ of a request with these field lines; `None` if it is refused.
fn environ(peer: &str, lines: &[&[u8]]) -> Option<Environ> {
    let mut environ = request(lines)?;
    environ.connection_mut().remote_addr = peer.parse().ok();
    Some(environ)
}

/// What an application is given, and what the log is told.
fn fixed(environ: Environ, syntax: ForwardedSyntax, hops: Option<usize>) -> (Environ, String) {
    let mut app = ProxyFix::new(app()).syntax(syntax).believe(FIELDS);
    if let Some(count) = hops {
        app = app.hops(count);
    }
    let answer = testing::run(&app, environ).expect("the application never fails");
    (answer.environ, answer.errors)
}

fn variables(environ: &Environ) -> Variables {
    environ.vars().into_iter().collect()
}

fuzz_target!(|data: &[u8]| {
    let Some((&flags, lines)) = data.split_first() else {
        return;
    };
    let (syntax, added) = match flags & 1 {
        0 => (ForwardedSyntax::XForwarded, X_LINES),
        _ => (ForwardedSyntax::Rfc7239, RFC_LINE),
    };
    let hops = (flags & 2 != 0).then_some(usize::from(flags >> 4));
    let Some(told) = environ(PROXY, &[lines]) else {
        return;
    };
    let before = variables(&told);
    check_told(&before, fixed(told, syntax, hops));

    let stranger = environ(STRANGER, &[lines]).expect("the same head");
    let (before, (after, _)) = (variables(&stranger), fixed(stranger, syntax, hops));
    check_stranger(before, variables(&after));

    // One proxy, which adds lines of its own, is what the client cannot speak for.
    if let Some(added) = environ(PROXY, &[lines, added]) {
        let (after, _) = fixed(added, syntax, hops.map(|_| 1));
        let var = |key| after.var(key).unwrap_or_default().into_owned();
        assert_eq!(var(environ::REMOTE_ADDR), b"203.0.113.9");
        assert_eq!(var(environ::WSGI_URL_SCHEME), b"https");
    }
});

/// What a trusted peer told.
fn check_told(before: &Variables, (after, errors): (Environ, String)) {
    assert!(!errors.chars().any(|c| c.is_control() && c != '\n'));
    assert!(errors.lines().all(|line| line.starts_with("proxy fix: ")));
    let vars = variables(&after);
    for (key, value) in &vars {
        if let Some(name) = key.strip_prefix("wsgi_rs.proxy_fix.orig.") {
            let name = CHANGED
                .into_iter()
                .find(|key| key.eq_ignore_ascii_case(name));
            assert_eq!(before.get(name.expect("one that may change")), Some(value));
        } else if before.get(key) != Some(value) {
            assert!(CHANGED.contains(&key.as_str()), "{key}");
            check_value(key, std::str::from_utf8(value).ok(), value);
        }
    }
    assert!(before.keys().all(|key| vars.contains_key(key)));
    check_url(&after);
}

fn check_value(key: &str, text: Option<&str>, value: &[u8]) {
    let text = || text.expect("ASCII");
    let is_port = |text: &str| {
        text.parse::<u16>()
            .is_ok_and(|port| port.to_string() == text && port > 0)
    };
    assert!(match key {
        environ::REMOTE_ADDR => text().parse::<IpAddr>().is_ok(),
        environ::REMOTE_PORT => text().is_empty() || is_port(text()),
        environ::WSGI_URL_SCHEME => matches!(text(), "http" | "https"),
        environ::HTTPS => matches!(text(), "on" | "off"),
        environ::SERVER_PORT => is_port(text()),
        environ::HTTP_HOST | environ::SERVER_NAME => {
            let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:[]".contains(&byte);
            !text().is_empty() && text().bytes().all(is_host)
        }
        _ => {
            let mut segments = value.split(|&byte| byte == b'/');
            segments.next() == Some(b"")
                && segments.all(|part| !matches!(part, b"" | b"." | b".."))
                && !value.iter().any(u8::is_ascii_control)
        }
    });
}

/// The URL begins with the scheme and the host of the variables, as others read it.
fn check_url(environ: &Environ) {
    let uri: http::Uri = url::request_uri(environ, true)
        .parse()
        .expect("well-formed");
    assert_eq!(uri.scheme_str(), Some(&*environ.url_scheme()));
    let host = environ.var(environ::HTTP_HOST).unwrap_or_default();
    let authority = uri.authority().expect("it has one");
    assert_eq!(authority.as_str().as_bytes(), &*host);
    assert!(uri.path().ends_with("/a"));
}

/// Of a stranger's fields those of proxies are gone, and nothing else has changed.
fn check_stranger(mut before: Variables, after: Variables) {
    before.retain(|key, _| {
        key != "HTTP_FORWARDED" && key != "HTTP_X_REAL_IP" && !key.starts_with("HTTP_X_FORWARDED_")
    });
    assert_eq!(before, after);
}
