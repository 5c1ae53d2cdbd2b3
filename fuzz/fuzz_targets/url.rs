//! Targets are decoded once and as the grammar says, and URLs put together again mean the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wsgi_core::{Environ, url};
use wsgi_fuzz::percent_decode;
use wsgi_server::protocol::{Limits, parse_head};

/// The environ of a request for this target; `None` if it is refused.
fn environ(method: &str, target: &[u8]) -> Option<Environ> {
    let parts = [
        method.as_bytes(),
        b" ",
        target,
        b" HTTP/1.1\r\nHost: a\r\n\r\n",
    ];
    let mut environ = Environ::new();
    let head = parse_head(&parts.concat(), &Limits::default(), &mut environ);
    head.ok().map(|head| {
        head.expect("the head is complete");
        environ
    })
}

fuzz_target!(|data: &[u8]| {
    let Some((&flags, target)) = data.split_first() else {
        return;
    };
    // These end the target.
    if target.iter().any(|byte| b"\r\n ".contains(byte)) {
        return;
    }
    let method = if flags & 1 == 0 { "GET" } else { "OPTIONS" };
    let Some(mut environ) = environ(method, target) else {
        return;
    };
    check_parts(method, target, &environ);
    check_round_trip(method, &environ);
    check_shifts(&mut environ);
});

fn check_parts(method: &str, target: &[u8], environ: &Environ) {
    assert!(
        target
            .iter()
            .all(|&byte| byte.is_ascii_graphic() && byte != b'#')
    );
    assert_eq!(environ.target(), target);
    let question = target.iter().position(|&byte| byte == b'?');
    let (before, query) = target.split_at(question.unwrap_or(target.len()));
    assert_eq!(environ.query_string(), query.get(1..).unwrap_or_default());
    let path = environ.path_info();
    match before {
        b"*" => assert!(path.is_empty() && method == "OPTIONS"),
        [b'/', ..] => assert_eq!(path, percent_decode(before)),
        _ => {
            // Scheme, two slashes, authority, path.
            let mut parts = before.splitn(4, |&byte| byte == b'/');
            let scheme = parts.next().expect("one at least");
            assert!(scheme.eq_ignore_ascii_case(b"http:") && parts.next() == Some(b""));
            assert_eq!(environ.headers().get("Host"), parts.next());
            match parts.next() {
                Some(rest) => assert_eq!(path, percent_decode(&[b"/", rest].concat())),
                None if method == "OPTIONS" && question.is_none() => assert!(path.is_empty()),
                None => assert_eq!(path, b"/"),
            }
        }
    }
    // A third opinion; it takes fewer characters than we do, and no broken encoding of a host.
    if let Ok(uri) = http::Uri::try_from(target)
        && target != b"*"
        && !path.is_empty()
    {
        assert_eq!(path, percent_decode(uri.path().as_bytes()));
        assert_eq!(
            environ.query_string(),
            uri.query().unwrap_or_default().as_bytes()
        );
    }
}

/// The URL is made of characters that may stand in one, and leads to where the target did.
fn check_round_trip(method: &str, before: &Environ) {
    let uri = url::request_uri(before, true);
    assert!(
        uri.bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'#')
    );
    let after = environ(method, uri.as_bytes()).expect("our own URLs are well-formed");
    assert_eq!(after.headers(), before.headers());
    assert_eq!(after.query_string(), before.query_string());
    match before.path_info() {
        b"" => assert!(matches!(after.path_info(), b"" | b"/")),
        path => assert_eq!(after.path_info(), path),
    }
    assert_eq!(url::request_uri(&after, true), uri);
}

/// A path moves over segment by segment, and no dots lead out of what it moved into.
fn check_shifts(environ: &mut Environ) {
    let path = environ.path_info().to_vec();
    let segments = || path.split(|&byte| byte == b'/').skip(1);
    let is_plain = segments().all(|part| !matches!(part, b"" | b"." | b".."));
    while !environ.path_info().is_empty() {
        let left = environ.path_info().len();
        let name = url::shift_path_info(environ).expect("it begins with a slash");
        assert!(name.is_none_or(|name| !name.contains(&b'/')));
        let (script, rest) = (environ.script_name(), environ.path_info());
        assert!(rest.len() < left && matches!(rest, [] | [b'/', ..]));
        let script = script.strip_suffix(b"/").unwrap_or(script);
        let mut parts = script.split(|&byte| byte == b'/');
        assert_eq!(parts.next(), Some(&b""[..]));
        assert!(parts.all(|part| !matches!(part, b"" | b"." | b"..")));
        if is_plain {
            assert_eq!([environ.script_name(), rest].concat(), path);
        }
    }
    assert_eq!(url::shift_path_info(environ), Ok(None));
}
