//! What a connection notes of its requests' time, and when it tells that they are finished.

use wsgi_core::{Ledger, Mark, Outcome, StartResponse};

use super::*;

type Finishes = Arc<Mutex<Vec<(String, Outcome, Option<Ledger>)>>>;

/// A pair that keeps ledgers or does not, and an application that answers with `body` and notes how requests end.
fn noting(
    keeps_ledgers: bool,
    body: impl Fn(&mut dyn StartResponse) -> Body + Send + Sync,
) -> (Pair, Finishes, impl Application) {
    let mut pair = Pair::new();
    pair.bench =
        Workbench::new(Limits::default(), Timeouts::default()).keeping_ledgers(keeps_ledgers);
    let finishes = Finishes::default();
    let sink = finishes.clone();
    let app = application_fn(move |environ, start_response| {
        let (sink, path) = (sink.clone(), environ.path_info().to_vec());
        environ.on_finished(move |finished| {
            let path = String::from_utf8_lossy(&path).into_owned();
            let entry = (path, finished.outcome, finished.ledger.cloned());
            sink.lock().unwrap().push(entry);
        });
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(body(start_response))
    });
    (pair, finishes, app)
}

fn take(finishes: &Finishes) -> Vec<(String, Outcome, Option<Ledger>)> {
    mem::take(&mut finishes.lock().unwrap())
}

const MARKS: [Mark; 7] = [
    Mark::Parsed,
    Mark::Ready,
    Mark::Called,
    Mark::Started,
    Mark::FirstByte,
    Mark::Ended,
    Mark::Drained,
];

#[test]
fn a_ledger_has_every_moment_of_a_request() {
    let (mut pair, finishes, app) = noting(true, |_| Body::from("hello"));
    assert_eq!(
        pair.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Le"),
        Need::Event
    );
    pair.send("ngth: 3\r\n\r\n");
    pair.send("abc");
    assert_eq!(pair.answer(&app), Need::Event);
    let [(_, Outcome::Sent, Some(ledger))] = &take(&finishes)[..] else {
        panic!("one that was sent");
    };
    for mark in MARKS {
        assert!(ledger.has(mark), "{mark:?}");
    }
    assert_eq!(ledger.received(), pair.now);
    assert!(ledger.interpreter().is_some());
    // Nothing is counted twice or left out.
    let phases = [
        ledger.parse(),
        ledger.receive(),
        ledger.queue(),
        ledger.interpreter(),
        ledger.application(),
        ledger.stream(),
        ledger.drain(),
    ];
    assert_eq!(
        phases.into_iter().flatten().sum::<Duration>(),
        ledger.total()
    );
}

#[test]
fn no_ledger_is_kept_unless_it_is_wished_and_hooks_run_all_the_same() {
    let (mut pair, finishes, app) = noting(false, |_| Body::from("hello"));
    pair.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(pair.answer(&app), Need::Event);
    let [(_, Outcome::Sent, None)] = &take(&finishes)[..] else {
        panic!("one that was sent, without a ledger");
    };
}

#[test]
fn gathered_responses_end_when_they_leave() {
    let (mut pair, finishes, app) = noting(true, |_| Body::from("hello"));
    let requests = ["/a", "/b"].map(|path| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
    pair.send(requests.concat());
    pair.respond(&app);
    assert_eq!(pair.advance(), Need::Application);
    assert!(take(&finishes).is_empty(), "it has not left yet");
    assert_eq!(pair.answer(&app), Need::Event);
    let paths: Vec<String> = take(&finishes).into_iter().map(|entry| entry.0).collect();
    assert_eq!(paths, ["/a", "/b"]);
}

#[test]
fn a_response_ends_when_its_client_has_taken_it() {
    let large = || Body::from(vec![b'x'; 8 << 20]);
    let (mut pair, finishes, app) = noting(true, move |_| large());
    pair.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(pair.answer(&app), Need::Event);
    assert!(take(&finishes).is_empty(), "much of it is still here");
    while !pair.connection.is_idle() {
        pair.received();
        pair.advance();
    }
    let [(_, Outcome::Sent, Some(ledger))] = &take(&finishes)[..] else {
        panic!("one that was sent");
    };
    assert!(ledger.first_byte() < Some(ledger.total()));
}

#[test]
fn what_a_client_does_not_wait_for_is_cut_short() {
    type Make = fn() -> Body;
    let cases: [(&str, Make); 2] = [
        ("at hand", || Body::from(vec![b'x'; 8 << 20])),
        ("in blocks", || {
            Body::from_blocks_iter((0..8000).map(|_| vec![b'x'; 1000]))
        }),
    ];
    for (case, body) in cases {
        let (mut pair, finishes, app) = noting(true, move |_| body());
        pair.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(pair.answer(&app), Need::Event, "{case}");
        drop(mem::replace(
            &mut pair.client,
            UnixStream::pair().unwrap().0,
        ));
        assert_eq!(pair.answer(&app), Need::Removal, "{case}");
        let [(_, Outcome::CutShort, Some(ledger))] = &take(&finishes)[..] else {
            panic!("{case}: one that was cut short");
        };
        assert!(
            ledger.has(Mark::FirstByte) && ledger.has(Mark::Ended),
            "{case}"
        );
        assert!(!ledger.has(Mark::Drained), "{case}");
    }
}

#[test]
fn a_response_starts_with_what_is_written() {
    let (mut pair, finishes, app) = noting(true, |start_response| {
        start_response.write(b"hello").unwrap();
        Body::empty()
    });
    pair.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(pair.answer(&app), Need::Event);
    let [(_, _, Some(ledger))] = &take(&finishes)[..] else {
        panic!("one that was sent");
    };
    let (before, started) = (ledger.queue(), ledger.application());
    assert!(before.is_some() && started.is_some());
    assert_eq!(
        ledger.first_byte(),
        ledger
            .parse()
            .and_then(|parse| Some(parse + before? + started? + ledger.interpreter()?))
    );
}
