//! How long clients may take, by a clock that is set by hand.

use std::io::{Read, Write};
use std::time::Duration;

use wsgi_core::{Application, Body, StatusLine, application_fn};

use super::{Pair, echo};
use crate::Timeouts;
use crate::connection::{Edges, Need};

/// As short as a test, and all different.
const TIMEOUTS: Timeouts = Timeouts {
    keep_alive: seconds(50),
    head: seconds(10),
    body: seconds(20),
    body_rate: 100,
    write: seconds(30),
    write_rate: 1000,
    linger: seconds(2),
    graceful: seconds(1),
};

const NOTHING_SO_FAR: &str = "";

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A connection whose time is what a test says.
fn pair() -> Pair {
    let mut pair = Pair::new();
    pair.bench.timeouts = TIMEOUTS;
    assert_eq!(pair.advance(), Need::Event);
    pair
}

impl Pair {
    /// Lets time pass, and does what the event loop does from time to time.
    fn pass(&mut self, time: Duration) -> Need {
        self.now += time;
        if self.connection.is_overdue(self.now) {
            self.connection.look_again();
        }
        self.advance()
    }

    /// Sends, without an event that tells.
    fn send_untold(&mut self, bytes: impl AsRef<[u8]>) {
        self.client.write_all(bytes.as_ref()).unwrap();
    }

    /// As the event of a socket that has room again.
    fn tell_room(&mut self) -> Need {
        self.connection.note(Edges::default());
        self.advance()
    }

    /// The client takes so many bytes.
    fn take(&mut self, count: usize) {
        self.client.read_exact(&mut vec![0; count]).unwrap();
    }

    fn is_told(&mut self, status: &str) {
        let (answer, _) = self.received();
        let line = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&line), "{status}: {answer:?}");
    }
}

#[test]
fn a_head_has_its_time_however_its_bytes_drip() {
    let mut pair = pair();
    assert_eq!(pair.send("G"), Need::Event);
    for byte in b"ET /a HTT" {
        assert_eq!(pair.pass(seconds(1)), Need::Event);
        assert_eq!(pair.send([*byte]), Need::Event);
    }
    assert_eq!(pair.pass(seconds(1) - Duration::from_nanos(1)), Need::Event);
    assert_eq!(pair.received().0, NOTHING_SO_FAR);
    assert_eq!(pair.pass(Duration::from_nanos(1)), Need::Event);
    pair.is_told("408");
    assert_eq!(pair.pass(TIMEOUTS.linger), Need::Removal);
}

#[test]
fn a_head_that_is_whole_at_the_last_moment_is_answered_though_nobody_told_of_it() {
    let mut pair = pair();
    pair.send("GET /a HTTP/1.1\r\n");
    pair.send_untold("Host: a\r\n\r\n");
    assert_eq!(pair.pass(TIMEOUTS.head), Need::Application);
    assert_eq!(pair.answer(&echo()), Need::Event);
    pair.is_told("200");
}

#[test]
fn an_idle_connection_is_kept_for_its_time_and_closed_without_a_word() {
    let mut pair = pair();
    pair.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(pair.answer(&echo()), Need::Event);
    pair.is_told("200");
    let almost = TIMEOUTS.keep_alive - Duration::from_nanos(1);
    assert_eq!(pair.pass(almost), Need::Event);
    pair.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(pair.answer(&echo()), Need::Event);
    pair.is_told("200");
    assert_eq!(pair.pass(almost), Need::Event);
    assert_eq!(pair.pass(Duration::from_nanos(1)), Need::Removal);
    assert_eq!(pair.received().0, NOTHING_SO_FAR);
}

/// RFC 9110 §9.3.2 "HEAD": as far as a request has come, it is one of HEAD.
#[test]
fn a_head_request_that_comes_late_gets_no_body() {
    for (sent, body) in [
        ("HEAD /a HTTP/1.1\r\nHo", ""),
        ("GET /a", "Request Timeout\n"),
    ] {
        let mut pair = pair();
        pair.send(sent);
        assert_eq!(pair.pass(TIMEOUTS.head), Need::Event);
        let (answer, _) = pair.received();
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(answer.contains("Content-Length: 16\r\n"), "{answer}");
        assert!(answer.ends_with(&format!("\r\n\r\n{body}")), "{answer}");
    }
}

/// RFC 9112 §2.2: some clients send an empty line behind a body.
#[test]
fn an_empty_line_is_no_request_that_comes_late() {
    for line in ["\r\n", "\r", "\r\n\r\n"] {
        let mut pair = pair();
        let body = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";
        pair.send(format!("{body}{line}"));
        assert_eq!(pair.answer(&echo()), Need::Event);
        assert!(pair.received().0.ends_with("/a from 4711\n"));
        assert_eq!(pair.pass(seconds(9)), Need::Event);
        assert_eq!(pair.pass(seconds(1)), Need::Removal);
        assert_eq!(pair.received(), (NOTHING_SO_FAR.to_owned(), false));
    }
}

#[test]
fn the_first_request_may_come_as_late_as_a_head() {
    let mut pair = Pair::with(Timeouts {
        keep_alive: seconds(1),
        ..TIMEOUTS
    });
    let almost = TIMEOUTS.head - Duration::from_nanos(1);
    assert_eq!(pair.pass(almost), Need::Event);
    assert_eq!(pair.pass(Duration::from_nanos(1)), Need::Removal);
}

const UPLOAD: &str = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n";

#[test]
fn a_body_may_pause_but_not_for_longer_than_its_grace() {
    let mut pair = pair();
    assert_eq!(pair.send(UPLOAD), Need::Event);
    let almost = TIMEOUTS.body - Duration::from_nanos(1);
    for _ in 0..10 {
        assert_eq!(pair.pass(almost), Need::Event);
        assert_eq!(pair.send([b'x'; 5000]), Need::Event);
    }
    assert_eq!(pair.pass(TIMEOUTS.body), Need::Event);
    pair.is_told("408");
}

#[test]
fn a_body_that_comes_at_the_rate_is_waited_for_and_a_slower_one_is_not() {
    for (bytes, lasts) in [(100, true), (90, false)] {
        let mut pair = pair();
        assert_eq!(pair.send(UPLOAD), Need::Event);
        let (mut second, mut answer) = (0, String::new());
        while second < 1000 && answer.is_empty() {
            second += 1;
            pair.pass(seconds(1));
            pair.send(vec![b'x'; bytes]);
            answer = pair.received().0;
        }
        assert_eq!(answer.is_empty(), lasts, "{answer}");
        // Each second costs the slower one a tenth of a second, until it has none left to wait for the next bytes.
        let expected = if lasts { 1000 } else { 10 * (20 - 1) + 1 };
        assert_eq!(second, expected, "{bytes} bytes a second");
    }
}

#[test]
fn what_a_body_sends_untold_counts() {
    let mut pair = pair();
    pair.send(UPLOAD);
    pair.send_untold([b'x'; 5000]);
    assert_eq!(pair.pass(TIMEOUTS.body), Need::Event);
    assert_eq!(pair.received().0, NOTHING_SO_FAR);
    assert_eq!(pair.pass(TIMEOUTS.body), Need::Event);
    pair.is_told("408");
}

#[test]
fn a_byte_now_and_then_is_enough_without_a_rate() {
    let mut pair = pair();
    pair.bench.timeouts.body_rate = 0;
    pair.send(UPLOAD);
    for _ in 0..1000 {
        assert_eq!(pair.pass(TIMEOUTS.body - seconds(1)), Need::Event);
        assert_eq!(pair.send("x"), Need::Event);
    }
    assert_eq!(pair.received().0, NOTHING_SO_FAR);
}

const LARGE: usize = 8 << 20;

/// Answers more than the system has room for.
fn large() -> impl Application {
    application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from(vec![b'x'; LARGE]))
    })
}

/// A client that has asked for much and taken nothing.
fn stalled() -> Pair {
    let mut pair = pair();
    pair.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(pair.answer(&large()), Need::Event);
    assert!(pair.connection.pending() > 0, "the system took all");
    pair
}

#[test]
fn a_client_that_takes_nothing_is_given_up_when_its_grace_is_over_and_not_before() {
    let mut pair = stalled();
    let almost = TIMEOUTS.write - Duration::from_nanos(1);
    assert_eq!(pair.pass(almost), Need::Event);
    assert_eq!(pair.pass(Duration::from_nanos(1)), Need::Removal);
}

#[test]
fn neither_edges_nor_what_it_sends_are_a_clients_excuse() {
    let mut pair = stalled();
    for _ in 0..29 {
        assert_eq!(pair.pass(seconds(1)), Need::Event);
        assert_eq!(pair.send("GET /b HTTP/1.1\r\nHost: a\r\n\r\n"), Need::Event);
        assert_eq!(pair.tell_room(), Need::Event);
    }
    assert_eq!(pair.pass(seconds(1)), Need::Removal);
}

#[test]
fn a_client_that_takes_at_the_rate_gets_all_and_a_slower_one_is_given_up() {
    // What it takes in each 20 s; at the rate that would be 20,000.
    for (bytes, lasts) in [(200_000, true), (1_000, false)] {
        let (mut pair, mut need) = (stalled(), Need::Event);
        while need == Need::Event && !pair.connection.is_idle() {
            let _ = pair.client.read(&mut vec![0; bytes]).unwrap();
            need = pair.pass(seconds(20));
        }
        assert_eq!(need == Need::Event, lasts, "{bytes} bytes");
    }
}

#[test]
fn what_a_client_takes_untold_counts() {
    let mut pair = stalled();
    pair.take(200_000);
    assert_eq!(pair.pass(TIMEOUTS.write), Need::Event);
    assert!(pair.connection.pending() > 0);
    assert_eq!(pair.pass(TIMEOUTS.write), Need::Removal);
}

#[test]
fn a_request_behind_an_answer_that_goes_out_slowly_has_its_time_afterwards() {
    for begun in ["GET /b HTTP/1.1\r\nHo", UPLOAD] {
        let mut pair = pair();
        pair.send(["GET /a HTTP/1.1\r\nHost: a\r\n\r\n", begun].concat());
        assert_eq!(pair.answer(&large()), Need::Event);
        let mut taken = 0;
        while pair.connection.pending() > 0 {
            assert_eq!(pair.pass(seconds(20)), Need::Event, "{begun}");
            let mut block = vec![0; 400_000];
            taken += pair.client.read(&mut block).unwrap();
            assert_eq!(pair.tell_room(), Need::Event);
        }
        assert!(taken > 0);
        pair.received();
        assert_eq!(pair.pass(TIMEOUTS.head - seconds(1)), Need::Event);
        assert_eq!(pair.received().0, NOTHING_SO_FAR, "{begun}");
        assert_eq!(pair.pass(TIMEOUTS.body + seconds(1)), Need::Event);
        pair.is_told("408");
    }
}

#[test]
fn a_client_that_does_not_leave_is_left() {
    let mut pair = pair();
    pair.send("nonsense\r\n\r\n");
    pair.is_told("400");
    assert_eq!(
        pair.pass(TIMEOUTS.linger - Duration::from_nanos(1)),
        Need::Event
    );
    pair.send_untold("and more");
    assert_eq!(pair.pass(Duration::from_nanos(1)), Need::Removal);
}

#[test]
fn whose_place_others_need_goes_unless_there_is_more_to_say() {
    let answered = || {
        let mut pair = pair();
        pair.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(pair.answer(&echo()), Need::Event);
        pair
    };
    let refused = || {
        let mut pair = pair();
        pair.send("nonsense\r\n\r\n");
        pair
    };
    for mut pair in [pair(), answered(), refused()] {
        assert!(pair.connection.expendable_until().is_some());
        pair.connection.hurry(pair.now);
        assert_eq!(pair.advance(), Need::Removal);
    }
    let mut pair = answered();
    pair.send_untold("GET /b HTTP/1.1\r\nHost: a\r\n\r\n");
    pair.connection.hurry(pair.now);
    assert_eq!(pair.advance(), Need::Application);
    assert_eq!(pair.connection.expendable_until(), None);
    assert_eq!(stalled().connection.expendable_until(), None);
}

#[test]
fn no_time_is_so_long_that_a_clock_breaks() {
    let endless = Timeouts {
        keep_alive: Duration::MAX,
        head: Duration::MAX,
        body: Duration::MAX,
        write: Duration::MAX,
        linger: Duration::MAX,
        graceful: Duration::MAX,
        ..TIMEOUTS
    };
    let mut pair = Pair::with(endless.bounded());
    assert_eq!(pair.send("GET / HTTP/1.1\r\n"), Need::Event);
    assert_eq!(
        pair.send("Host: a\r\nContent-Length: 2\r\n\r\n"),
        Need::Event
    );
    assert_eq!(pair.send("a"), Need::Event);
    assert_eq!(pair.send("b"), Need::Application);
    assert_eq!(pair.answer(&large()), Need::Event);
}
