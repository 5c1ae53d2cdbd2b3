//! Who is told of refused requests, and what.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::connection::Need;
use crate::protocol::Limits;
use crate::refused::Refusals;

use super::Pair;

/// Method, target, version, user agent, status, bytes of the body, and reason of one that was refused.
type Told = (String, String, String, Option<String>, u16, u64, String);

/// A connection whose refusals are told to the list.
fn pair() -> (Pair, Arc<Mutex<Vec<Told>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let list = told.clone();
    let refusals = Refusals::tell_to(move |refused| {
        let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
        let agent = refused.headers.and_then(|fields| fields.get("User-Agent"));
        assert_eq!(refused.remote_port, Some(4711));
        list.lock().unwrap().push((
            text(refused.method),
            text(refused.target),
            text(refused.version),
            agent.map(text),
            refused.status.as_u16(),
            refused.body_bytes,
            refused.reason.to_owned(),
        ));
    });
    let mut pair = Pair::new();
    let limits = Limits {
        body: 4,
        ..Limits::default()
    };
    pair.bench = crate::connection::Workbench::new(limits, crate::Timeouts::default())
        .telling(&Arc::new(refusals));
    (pair, told)
}

/// What was sent; its line, user agent, status, bytes of the body, and words of the reason, as they are told.
type Case<'c> = (String, &'c str, Option<&'c str>, u16, u64, &'c str);

#[test]
fn each_refusal_is_told_with_what_is_known_of_its_request() {
    const HEAD: &str = "/a?b HTTP/1.1\r\nHost: a\r\nUser-Agent: me\r\n";
    let chunked = |chunk: &str| format!("PUT {HEAD}Transfer-Encoding: chunked\r\n\r\n{chunk}");
    #[rustfmt::skip]
    let cases: [Case<'_>; 6] = [
        ("G@T /\u{7}a HTTP/1.1\r\n\r\n".to_owned(), r"G@T /\x07a HTTP/1.1", None, 400, 12, "no token"),
        ("HEAD /a HTTP/1.1\r\n\r\n".to_owned(), "HEAD /a HTTP/1.1", None, 400, 0, "without Host"),
        (format!("PUT {HEAD}Content-Length: 5\r\n\r\n"), "PUT /a?b HTTP/1.1", None, 413, 18, "longer than 4 bytes"),
        (chunked("x"), "PUT /a?b HTTP/1.1", Some("me"), 400, 12, "size of a chunk"),
        (chunked("5\r\nhello"), "PUT /a?b HTTP/1.1", Some("me"), 413, 18, "longer than 4 bytes"),
        ("\u{16}\u{3}\u{1}\u{2}".to_owned(), r"\x16\x03\x01\x02", None, 400, 12, "TLS"),
    ];
    for (sent, line, agent, status, body, reason) in cases {
        let (mut pair, told) = pair();
        pair.send(&sent);
        let told = told.lock().unwrap();
        let [told] = &told[..] else {
            panic!("{told:?} for {sent:?}");
        };
        let words = [&told.0, &told.1, &told.2].map(String::as_str).join(" ");
        assert_eq!(words.trim_end(), line);
        assert_eq!((told.3.as_deref(), told.4), (agent, status), "{sent:?}");
        assert!(told.6.contains(reason), "{told:?}");
        let (answer, _) = pair.received();
        let (_, got) = answer.split_once("\r\n\r\n").expect("a head");
        assert_eq!((told.5, got.len() as u64), (body, body), "{sent:?}");
    }
}

#[test]
fn requests_that_come_too_late_or_find_nobody_free_are_told() {
    let (mut pair, told) = pair();
    assert_eq!(
        pair.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n"),
        Need::Application
    );
    pair.connection.refuse_overload(7);
    assert_eq!(pair.send("GET /b HT"), Need::Event);
    pair.now += Duration::from_secs(100);
    pair.connection.time_out();
    let told = told.lock().unwrap();
    let told: Vec<_> = told
        .iter()
        .map(|told| (told.1.as_str(), told.2.as_str(), told.4))
        .collect();
    assert_eq!(told, [("/a", "HTTP/1.1", 503), ("/b HT", "", 408)]);
}

#[test]
fn requests_that_are_answered_are_not() {
    let (mut pair, told) = pair();
    pair.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    pair.answer(&wsgi_core::handler(|_| "hello"));
    assert!(told.lock().unwrap().is_empty());
}
