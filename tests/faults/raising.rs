//! Applications that raise: every kind of exception, at every place.

use wsgi_tests::{Connection, Response};

use super::{Base, MODES, get_request, others_are_answered, serve};

/// Those that are no `Exception`, those that Python makes itself, one that cannot be shown.
const KINDS: [&str; 10] = [
    "ValueError",
    "BaseException",
    "SystemExit",
    "KeyboardInterrupt",
    "GeneratorExit",
    "CancelledError",
    "RecursionError",
    "MemoryError",
    "OSError",
    "Nasty",
];

/// What a client gets of an application that raises at a place.
enum Outcome {
    /// A 500 that tells nothing, and the connection goes on.
    Failed,
    /// What had gone out, cut short: no end is made up, and the connection ends.
    Cut(&'static str),
    /// The whole answer, and the connection goes on.
    Whole(u16, &'static str),
}

const PLACES: [(&str, Outcome); 10] = [
    ("before", Outcome::Failed),
    ("called", Outcome::Failed),
    ("first", Outcome::Failed),
    ("empty", Outcome::Failed),
    ("both", Outcome::Failed),
    ("written", Outcome::Cut("begun")),
    ("late-handler", Outcome::Cut("begun")),
    ("second", Outcome::Cut("begun")),
    ("close", Outcome::Whole(200, "whole")),
    ("handler", Outcome::Whole(503, "handled")),
];

fn ask(connection: &mut Connection, place: &str, kind: &str) -> Response {
    let response = connection.request(&get_request(&format!("/{place}/{kind}")));
    let body = String::from_utf8_lossy(&response.body);
    for word in ["secret", "Traceback", kind] {
        assert!(!body.contains(word), "/{place}/{kind} told {word}: {body}");
    }
    response
}

#[test]
fn whatever_is_raised_wherever_is_answered_and_told_and_closes_the_iterable() {
    for options in MODES {
        let mut server = serve("raising.py", options);
        let (base, mut known) = (Base::of(&server), server.connect());
        for kind in KINDS {
            let mut connection = server.connect();
            for (place, outcome) in &PLACES {
                let response = ask(&mut connection, place, kind);
                let seen = (response.status, response.text(), response.is_complete);
                match outcome {
                    Outcome::Failed => {
                        assert_eq!((seen.0, seen.2), (500, true), "/{place}/{kind}");
                        server.wait_for_line(&format!("error in GET \"/{place}/{kind}\""));
                    }
                    Outcome::Cut(sent) => {
                        assert_eq!(seen, (200, *sent, false), "/{place}/{kind}");
                        assert!(connection.is_closed(), "/{place}/{kind}");
                        connection = server.connect();
                        server.wait_for_line(&format!("error in GET \"/{place}/{kind}\""));
                    }
                    Outcome::Whole(status, body) => {
                        assert_eq!(seen, (*status, *body, true), "/{place}/{kind}");
                    }
                }
                if *place == "close" {
                    server.wait_for_line(&format!("error in GET \"/{place}/{kind}\""));
                }
            }
            others_are_answered(&server, &mut known, "/others");
        }
        drop(known);
        base.is_back(&server, 16);
    }
}

#[test]
fn a_failure_after_many_blocks_does_not_look_like_the_end() {
    for options in MODES {
        let server = serve("raising.py", options);
        for kind in ["ValueError", "SystemExit"] {
            let response = ask(&mut server.connect(), "last", kind);
            let all = "begun".repeat(1000);
            assert_eq!((response.status, response.is_complete), (200, false));
            assert!(all.starts_with(response.text()), "{}", response.text());
        }
    }
}

#[test]
fn what_is_raised_is_told_with_its_traceback() {
    let mut server = serve("raising.py", &[]);
    assert_eq!(server.get("/both/KeyError").status, 500);
    server.wait_for_line("Traceback (most recent call last)");
    server.wait_for_line("KeyError: 'the secret of the application'");
    server.wait_for_line("ValueError: the secret of the application"); // of `close()`, too
}
