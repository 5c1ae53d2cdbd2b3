//! Applications that hang: the others are answered, and what hangs is closed when it goes on, whether somebody still
//! waits for it or not.

use wsgi_tests::Connection;

use super::{Base, begin, get_request, others_are_answered, serve};

/// Where a request hangs, and what its client gets in the end.
const PLACES: [(&str, &str); 5] = [
    ("/call", "/call"),
    ("/spin", "/spin"),
    ("/first", "second"),
    ("/second", "first,second"),
    ("/close", "whole"),
];

#[test]
fn others_are_answered_and_so_are_those_that_hung() {
    for (place, body) in PLACES {
        let server = serve("hanging.py", &["--threads", "12"]);
        let (base, mut known) = (Base::of(&server), server.connect());
        let count = if place == "/spin" { 2 } else { 10 };
        let mut hanging: Vec<_> = (0..count).map(|_| begin(&server, place)).collect();
        assert_eq!(server.get(&format!("/arrived?{count}")).status, 200);
        for _ in 0..5 {
            others_are_answered(&server, &mut known, "/others");
        }
        assert_eq!(server.get("/open").status, 200);
        for connection in &mut hanging {
            let response = connection.response();
            assert_eq!((response.text(), response.is_complete), (body, true));
            let next = connection.request(&get_request("/next"));
            assert_eq!(next.text(), "/next");
        }
        drop((hanging, known));
        base.is_back(&server, 12);
    }
}

#[test]
fn those_whose_clients_left_are_closed_too() {
    for leave in [Connection::reset as fn(Connection), drop] {
        for (place, _) in PLACES {
            let server = serve("hanging.py", &["--threads", "6"]);
            let (base, mut known) = (Base::of(&server), server.connect());
            let count = if place == "/spin" { 2 } else { 4 };
            let hanging: Vec<_> = (0..count).map(|_| begin(&server, place)).collect();
            assert_eq!(server.get(&format!("/arrived?{count}")).status, 200);
            hanging.into_iter().for_each(leave);
            others_are_answered(&server, &mut known, "/others");
            assert_eq!(server.get("/open").status, 200);
            drop(known);
            base.is_back(&server, 6);
        }
    }
}
