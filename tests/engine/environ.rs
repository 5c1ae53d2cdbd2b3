//! What the environ has beyond PEP 3333, over real sockets and behind our middleware; and its page in `docs/`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use wsgi_tests::{Connection, Server, ServerCommand, root, settles};

use super::{begin, serve};

/// Every middleware that the command has, and the validator, which must let all of it pass.
const LAYERS: [&str; 7] = [
    "--check",
    "--access-log",
    "-",
    "--server-timing",
    "--forwarded-headers",
    "x-forwarded-for,x-forwarded-proto",
    "--script-name=",
];

fn page() -> String {
    std::fs::read_to_string(root().join("docs/environ.md")).expect("the page is there")
}

/// Key, type and presence of each row of the page's first table.
fn documented() -> Vec<[String; 3]> {
    let page = page();
    let (_, rows) = page.split_once("|---|---|---|---|\n").expect("a table");
    rows.lines()
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<_> = line
                .split('|')
                .map(|cell| cell.trim().trim_matches('`'))
                .collect();
            [cells[1], cells[2], cells[3]].map(str::to_owned)
        })
        .collect()
}

/// The keys that PEP 3333 "environ Variables" names itself, and those of header fields.
fn is_of_the_pep(key: &str) -> bool {
    const NAMED: [&str; 16] = [
        "REQUEST_METHOD",
        "SCRIPT_NAME",
        "PATH_INFO",
        "QUERY_STRING",
        "CONTENT_TYPE",
        "CONTENT_LENGTH",
        "SERVER_NAME",
        "SERVER_PORT",
        "SERVER_PROTOCOL",
        "wsgi.version",
        "wsgi.url_scheme",
        "wsgi.input",
        "wsgi.errors",
        "wsgi.multithread",
        "wsgi.multiprocess",
        "wsgi.run_once",
    ];
    NAMED.contains(&key) || key.starts_with("HTTP_")
}

/// The other keys of a request with these fields, and their types.
fn found(mut connection: Connection, fields: &str) -> BTreeMap<String, String> {
    let request = format!("POST /keys HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n{fields}\r\nok");
    let keys: BTreeMap<String, String> =
        serde_json::from_value(connection.request(&request).json()).expect("keys and types");
    let shown = |key: String| match key.starts_with("wsgi_rs.proxy_fix.orig.") {
        true => "wsgi_rs.proxy_fix.orig.…".to_owned(),
        false => key,
    };
    keys.into_iter()
        .filter(|(key, _)| !is_of_the_pep(key))
        .map(|(key, kind)| (shown(key), kind))
        .collect()
}

#[test]
fn the_page_names_the_keys_that_requests_have() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let unix = format!("unix:{}", folder.path().join("app.sock").display());
    let options = [
        "--bind",
        &unix,
        "--forwarded-headers",
        "x-forwarded-for,x-forwarded-proto",
    ];
    let server = serve("extensions.py", &options);
    let rows = documented();
    let told = "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n";
    for (connection, fields, present) in [
        (server.connect(), "", &["always", "TCP"][..]),
        (Connection::open(&unix), "", &["always"]),
        (server.connect(), told, &["always", "TCP", "https", "proxy"]),
    ] {
        let wanted: BTreeMap<_, _> = rows
            .iter()
            .filter(|[_, _, when]| present.contains(&when.as_str()))
            .map(|[key, kind, _]| (key.clone(), kind.clone()))
            .collect();
        assert_eq!(found(connection, fields), wanted, "{present:?}");
    }
    // Put there by the router, whose own tests look at it.
    let router: Vec<_> = rows
        .iter()
        .filter(|[_, _, when]| when == "router")
        .collect();
    assert_eq!(router.len(), 1);
    assert_eq!(router[0][0], wsgi_core::environ::WSGIORG_ROUTING_ARGS);
    let whens: BTreeSet<_> = rows.iter().map(|[_, _, when]| when.as_str()).collect();
    assert_eq!(
        whens,
        BTreeSet::from(["TCP", "always", "https", "proxy", "router"])
    );
}

/// The page's examples, in its order: with the number of interim responses that each sends.
#[test]
fn the_pages_examples_run() {
    let page = page();
    let examples: Vec<_> = page
        .split("```python\n")
        .skip(1)
        .map(|rest| rest.split_once("```").expect("an end").0)
        .collect();
    let wanted = [
        (1, "<link rel=stylesheet href=/style.css>"),
        (1, "<link rel=stylesheet href=/style.css>"),
        (0, "499999500000"),
        (0, "499999500000"),
        (0, "/%2F"),
    ];
    assert_eq!(examples.len(), wanted.len());
    for (example, (interim, body)) in examples.into_iter().zip(wanted) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("example.py"), example).expect("it can be written");
        let server = ServerCommand::wsgi_server()
            .current_dir(folder.path())
            .args(["--check", "example:app"])
            .start();
        let target = if body.starts_with('/') { body } else { "/" };
        let mut connection = begin(&server, target);
        for _ in 0..interim {
            assert_eq!(connection.response().status, 103, "{example}");
        }
        let response = connection.response();
        assert_eq!((response.status, response.text()), (200, body), "{example}");
    }
}

/// RFC 8297: the client has them while the application still works.
#[test]
fn early_hints_reach_the_client_before_the_response() {
    for options in [&[][..], &LAYERS] {
        let server = serve("extensions.py", options);
        let mut connection = begin(&server, "/hints");
        let hints = connection.response();
        assert_eq!(hints.status, 103, "{options:?}");
        let links = hints.all("Link");
        assert_eq!(links, ["</a.css>; rel=preload", "</b.css>; rel=preload"]);
        let second = connection.response();
        assert_eq!((second.status, second.header("X-Second")), (103, Some("1")));
        // Only now may the application go on.
        assert_eq!(server.get("/open").status, 200);
        let response = connection.response();
        assert_eq!((response.status, response.header("Link")), (200, None));
        // The connection goes on, and the next request hints for itself.
        connection.send("GET /seen HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(connection.response().status, 200);
    }
}

/// RFC 9110 §15.2: "A server MUST NOT send a 1xx response to an HTTP/1.0 client."
#[test]
fn early_hints_are_not_for_http_1_0() {
    let server = serve("extensions.py", &[]);
    assert_eq!(server.get("/open").status, 200);
    let mut connection = server.connect();
    connection.send("GET /hints HTTP/1.0\r\nHost: a\r\n\r\n");
    assert_eq!(connection.response().status, 200);
}

#[test]
fn wrong_hints_raise_and_the_response_stays_whole() {
    let server = serve("extensions.py", &[]);
    let response = server.get("/wrong-hints");
    assert_eq!(response.status, 200);
    let error = response.json()["error"].to_string();
    assert!(error.contains("hop-by-hop"), "{error}");
}

fn seen(server: &Server, key: &str) -> u64 {
    let seen: Value = server.get("/seen").json();
    seen[key].as_u64().expect("a number")
}

/// Both in the call, before there is a response, and between two blocks; the iterable is closed once.
#[test]
fn an_application_can_tell_that_its_client_has_left() {
    for options in [&[][..], &LAYERS] {
        let server = serve("extensions.py", options);
        let waiting = begin(&server, "/waits");
        settles("polls", || seen(&server, "polls"), |&polls| polls > 2);
        assert_eq!(seen(&server, "left"), 0, "the client is still there");
        drop(waiting);
        settles("left", || seen(&server, "left"), |&left| left == 1);

        let mut ticking = begin(&server, "/ticks");
        ticking.wait_for(b"tick\n");
        drop(ticking);
        settles("closed", || seen(&server, "closed"), |&closed| closed == 1);
    }
}
