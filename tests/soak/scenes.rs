//! What clients do: each scene is a request or several, whose answers are verified byte for byte.

use crate::client::Client;
use crate::pattern::Asked;

/// One thing that clients do.
pub(crate) struct Scene {
    /// How often, of all shares together.
    share: usize,
    pub(crate) name: &'static str,
    /// Does it; tells how many requests that were.
    pub(crate) play: fn(&mut Client<'_>) -> usize,
}

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// All scenes.
pub(crate) const SCENES: &[Scene] = &[
    scene(360, "small answers on connections that are kept", small),
    scene(20, "bursts of pipelined requests", pipelined),
    scene(60, "answers by blocks, `write()` and files", manners),
    scene(50, "`HEAD`, 204 and 304", without_body),
    scene(50, "connections for one request", closing),
    scene(
        60,
        "small bodies of requests, by length and by chunks",
        echoes,
    ),
    scene(20, "bodies that are announced by `Expect`", expecting),
    scene(10, "bodies that the application ignores", ignored),
    scene(3, "large bodies of requests, kept in files", uploads),
    scene(3, "large answers", downloads),
    scene(4, "slow readers of large answers", slow_readers),
    scene(4, "slow writers of large bodies", slow_writers),
    scene(20, "calls that block", blocking),
    scene(30, "exceptions, at each place", exceptions),
    scene(30, "requests that are refused", refused),
    scene(30, "clients that leave in the middle", leaving),
];

const fn scene(share: usize, name: &'static str, play: fn(&mut Client<'_>) -> usize) -> Scene {
    Scene { share, name, play }
}

/// The number of the scene that comes next.
pub(crate) fn choose(client: &mut Client<'_>) -> usize {
    let all: usize = SCENES.iter().map(|scene| scene.share).sum();
    let mut chosen = client.random.below(all);
    let is_it = |scene: &Scene| match chosen.checked_sub(scene.share) {
        Some(rest) => {
            chosen = rest;
            false
        }
        None => true,
    };
    let found = SCENES.iter().position(is_it);
    found.expect("the number is below the sum of the shares")
}

fn small(client: &mut Client<'_>) -> usize {
    let asked = client.ask("list", KIB);
    let response = client.exchange(&asked, "Cookie: a=b\r\n", b"");
    asked.is_answered_by(&response, 200);
    1
}

fn pipelined(client: &mut Client<'_>) -> usize {
    let count = 2 + client.random.below(14);
    let requests: Vec<Asked> = (0..count)
        .map(|_| {
            let kind = *client.random.one(&["list", "blocks", "echo", "filelike"]);
            client.ask(kind, 4 * KIB)
        })
        .collect();
    let mut bytes = Vec::new();
    for asked in &requests {
        let (lines, body) = match asked {
            asked if asked.is_echo() => (length_of(asked.size), asked.content()),
            _ => (String::new(), Vec::new()),
        };
        bytes.extend(asked.head(&lines).into_bytes());
        bytes.extend(body);
    }
    let connection = client.kept();
    connection.send(bytes);
    for asked in &requests {
        let response = connection.response_to(asked.method);
        asked.is_answered_by(&response, 200);
    }
    count
}

fn manners(client: &mut Client<'_>) -> usize {
    const KINDS: [&str; 5] = ["blocks", "length", "write", "file", "filelike"];
    let kind = *client.random.one(&KINDS);
    let asked = client.ask(kind, 64 * KIB);
    let response = client.exchange(&asked, "", b"");
    asked.is_answered_by(&response, 200);
    1
}

fn without_body(client: &mut Client<'_>) -> usize {
    if client.random.below(2) == 0 {
        let kind = *client.random.one(&["list", "blocks", "file", "length"]);
        let asked = client.ask(kind, 4 * KIB).with_method("HEAD");
        let response = client.exchange(&asked, "", b"");
        asked.is_answered_by(&response, 200);
    } else {
        let asked = Asked::new("nothing", &mut client.random, 0);
        let response = client.exchange(&asked, "", b"");
        let status = if response.status == 304 { 304 } else { 204 };
        asked.is_answered_by(&response, status);
    }
    1
}

fn closing(client: &mut Client<'_>) -> usize {
    let kind = *client.random.one(&["list", "blocks"]);
    let asked = client.ask(kind, 4 * KIB);
    let mut head = asked.head("Connection: close\r\n");
    if client.random.below(2) == 0 {
        head = asked.head("").replace("HTTP/1.1", "HTTP/1.0");
    }
    let mut connection = client.server.connect();
    let response = connection.request(&head);
    asked.is_answered_by(&response, 200);
    assert!(connection.is_closed(), "{asked:?}");
    1
}

fn echoes(client: &mut Client<'_>) -> usize {
    let asked = client.ask("echo", 64 * KIB).with_method("POST");
    let (lines, body) = framed(client, &asked);
    let response = client.exchange(&asked, &lines, &body);
    asked.is_answered_by(&response, 200);
    1
}

fn expecting(client: &mut Client<'_>) -> usize {
    let asked = client.ask("echo", 64 * KIB).with_method("PUT");
    let (lines, body) = framed(client, &asked);
    let interim = client.exchange(&asked, &format!("{lines}Expect: 100-continue\r\n"), b"");
    assert_eq!(interim.status, 100, "{asked:?}");
    let connection = client.kept();
    connection.send(body);
    asked.is_answered_by(&connection.response(), 200);
    1
}

fn ignored(client: &mut Client<'_>) -> usize {
    let asked = client.ask("ignored", 128 * KIB).with_method("POST");
    let (lines, body) = framed(client, &asked);
    let response = client.exchange(&asked, &lines, &body);
    asked.is_answered_by(&response, 200);
    1
}

fn uploads(client: &mut Client<'_>) -> usize {
    let asked = client.ask("upload", 2 * MIB).with_method("POST");
    let (lines, body) = framed(client, &asked);
    let response = client.exchange(&asked, &lines, &body);
    asked.is_told(&response, "whole");
    1
}

fn downloads(client: &mut Client<'_>) -> usize {
    let kind = *client
        .random
        .one(&["list", "blocks", "length", "write", "file"]);
    let asked = client.ask(kind, 4 * MIB);
    let response = client.exchange(&asked, "", b"");
    asked.is_answered_by(&response, 200);
    1
}

fn slow_readers(client: &mut Client<'_>) -> usize {
    let kind = *client.random.one(&["list", "length", "file"]);
    let asked = client.ask(kind, 4 * MIB);
    client.begin_slowly(asked, "", Vec::new());
    1
}

fn slow_writers(client: &mut Client<'_>) -> usize {
    let asked = client.ask("upload", 2 * MIB).with_method("POST");
    let (lines, body) = framed(client, &asked);
    client.begin_slowly(asked, &lines, body);
    1
}

fn blocking(client: &mut Client<'_>) -> usize {
    let asked = client.ask("blocking", KIB);
    let response = client.exchange(&asked, "", b"");
    asked.is_answered_by(&response, 200);
    1
}

fn exceptions(client: &mut Client<'_>) -> usize {
    let kind = *client.random.one(&["raise", "handled", "cut", "unclosed"]);
    let asked = client.ask(kind, 64 * KIB);
    let response = client.exchange(&asked, "", b"");
    match kind {
        "raise" => assert_eq!((response.status, response.is_complete), (500, true)),
        "handled" => asked.is_answered_by(&response, 503),
        "cut" => asked.is_cut(&response),
        _ => asked.is_answered_by(&response, 200),
    }
    1
}

/// What is refused, and with which status; behind each stands a request that must not be taken for one.
const REFUSED: &[(&str, u16)] = &[
    ("GET / HTTP/1.1\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nBad Name: b\r\n\r\n", 400),
    ("GET / HTTP/1.1\nHost: a\n\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n", 400),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        400,
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\n",
        400,
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        400,
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nG\r\n",
        400,
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
        400,
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        501,
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999\r\n\r\n",
        413,
    ),
    ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    ("\x16\x03\x01\x02\r\n\r\n", 400),
];

fn refused(client: &mut Client<'_>) -> usize {
    let (request, status) = *client.random.one(REFUSED);
    let hidden = client.ask("list", KIB).head("");
    let mut connection = client.server.connect();
    connection.send([request, &hidden].concat());
    let response = connection.response();
    assert_eq!(response.status, status, "{request:?}");
    assert!(
        response.is_complete && connection.is_closed(),
        "{request:?}"
    );
    1
}

fn leaving(client: &mut Client<'_>) -> usize {
    const KINDS: [&str; 6] = ["list", "blocks", "write", "file", "cut", "blocking"];
    let mut connection = client.server.connect();
    match client.random.below(3) {
        0 => {
            let asked = client.ask("upload", 2 * MIB).with_method("POST");
            let (lines, body) = framed(client, &asked);
            let mut request = asked.head(&lines).into_bytes();
            request.extend(body);
            request.truncate(client.random.below(request.len()));
            connection.send(request);
        }
        1 => {
            let kind = *client.random.one(&KINDS);
            connection.send(client.ask(kind, 512 * KIB).head(""));
        }
        _ => {
            let kind = *client.random.one(&["list", "length", "write", "file"]);
            let asked = client.ask(kind, 512 * KIB);
            connection.send(asked.head(""));
            connection.wait_for(b"\r\n\r\n");
            connection.take(client.random.below(asked.size / 2 + 1));
        }
    }
    if client.random.below(2) == 0 {
        connection.reset();
    }
    1
}

fn length_of(size: usize) -> String {
    format!("Content-Length: {size}\r\n")
}

/// The request's body, by length or by chunks, and the line that says so.
fn framed(client: &mut Client<'_>, asked: &Asked) -> (String, Vec<u8>) {
    let content = asked.content();
    if client.random.below(2) == 0 {
        return (length_of(asked.size), content);
    }
    let step = 1 + client.random.below(asked.size.max(2));
    let mut body = Vec::new();
    for chunk in content.chunks(step.max(asked.size / 100 + 1)) {
        body.extend(format!("{:x};soak=1\r\n", chunk.len()).into_bytes());
        body.extend(chunk);
        body.extend(b"\r\n");
    }
    body.extend(b"0\r\nX-Trailer: soak\r\n\r\n");
    ("Transfer-Encoding: chunked\r\n".to_owned(), body)
}
