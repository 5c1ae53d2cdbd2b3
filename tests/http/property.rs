//! However a client cuts what it sends, the application sees the same, and the connection goes on.

use std::cell::RefCell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::serve;

#[test]
fn requests_arrive_alike_however_they_are_cut() {
    let server = serve("echo.py");
    // One connection for all cases: a byte too many or too few of one would spoil the next.
    let connection = RefCell::new(server.connect());
    let body = prop::collection::vec(any::<u8>(), 0..5000);
    let cuts = prop::collection::vec(1..2000_usize, 1..8);
    let case = (body, cuts.clone(), cuts, any::<bool>());
    let config = Config {
        cases: 64,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&case, |(body, chunks, pieces, chunked)| {
        let mut connection = connection.borrow_mut();
        let request = if chunked {
            chunked_request(&body, &chunks)
        } else {
            sized_request(&body)
        };
        for piece in cut(&request, &pieces) {
            connection.send(piece);
        }
        let seen = connection.response().json();
        let expected: String = body.iter().copied().map(char::from).collect();
        prop_assert_eq!(seen["body"].as_str(), Some(expected.as_str()));
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}\n{}", server.output()));
}

fn sized_request(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn chunked_request(body: &[u8], sizes: &[usize]) -> Vec<u8> {
    let mut request =
        b"POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for chunk in cut(body, sizes) {
        request.extend(format!("{:X}\r\n", chunk.len()).into_bytes());
        request.extend([chunk, b"\r\n"].concat());
    }
    request.extend(b"0\r\n\r\n");
    request
}

/// Pieces of these sizes, over and over, until all is taken.
fn cut<'b>(mut bytes: &'b [u8], sizes: &'b [usize]) -> impl Iterator<Item = &'b [u8]> {
    let mut sizes = sizes.iter().cycle();
    std::iter::from_fn(move || {
        let size = sizes.next()?;
        let (piece, rest) = bytes.split_at(bytes.len().min(*size));
        bytes = rest;
        (!piece.is_empty()).then_some(piece)
    })
}
