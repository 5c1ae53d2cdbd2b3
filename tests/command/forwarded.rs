//! What is believed of proxies, over real sockets.

use rustix::process::Signal;
use serde_json::{Value, json};
use wsgi_tests::{Connection, Response, Server, ServerCommand, root};

/// What the application sees of client and URL; the last is what it could be fooled by itself.
const KEYS: [&str; 8] = [
    "REMOTE_ADDR",
    "wsgi.url_scheme",
    "HTTP_HOST",
    "SERVER_NAME",
    "SERVER_PORT",
    "SCRIPT_NAME",
    "wsgi_rs.proxy_fix.orig.remote_addr",
    "HTTP_X_FORWARDED_PROTO",
];

const ALL: &str =
    "x-forwarded-for,x-forwarded-proto,x-forwarded-host,x-forwarded-port,x-forwarded-prefix";

const TOLD: &str = "\
X-Forwarded-For: 6.6.6.6, 203.0.113.9
X-Forwarded-Proto: https
X-Forwarded-Host: shop.example
X-Forwarded-Port: 8443
X-Forwarded-Prefix: /shop
Forwarded: for=6.6.6.6;proto=https;host=evil.example
";

fn command(options: &[&str]) -> ServerCommand {
    let app = root().join("tests/apps/echo.py").display().to_string();
    ServerCommand::wsgi_server()
        .args(options)
        .args([app.as_str()])
}

fn ask(mut connection: Connection, fields: &str) -> Response {
    let fields = fields.replace('\n', "\r\n");
    connection.request(&format!("GET / HTTP/1.1\r\nHost: internal\r\n{fields}\r\n"))
}

fn seen(connection: Connection, fields: &str) -> Vec<Value> {
    let seen = ask(connection, fields).json();
    KEYS.map(|key| seen[key].clone()).to_vec()
}

fn row(values: [Value; 8]) -> Vec<Value> {
    values.to_vec()
}

/// As it is without any field: nothing told, and nothing of it left to be read.
fn untold(server: &Server, peer: Value) -> Vec<Value> {
    let address = &server.addresses()[0];
    let port = address.rsplit(':').next().expect("host and port");
    let name = "127.0.0.1";
    row([
        peer,
        json!("http"),
        json!("internal"),
        json!(name),
        json!(port),
        json!(""),
        Value::Null,
        Value::Null,
    ])
}

#[test]
fn by_default_nobody_is_believed() {
    let server = command(&[]).start();
    let mut wanted = untold(&server, json!("127.0.0.1"));
    wanted[7] = json!("https"); // a proxy's word, for an application that is told to read it
    assert_eq!(seen(server.connect(), TOLD), wanted);
}

#[test]
fn a_trusted_peer_is_believed_what_is_named() {
    let server = command(&["--forwarded-headers", ALL]).start();
    let wanted = row([
        json!("203.0.113.9"),
        json!("https"),
        json!("shop.example:8443"),
        json!("shop.example"),
        json!("8443"),
        json!("/shop"),
        json!("127.0.0.1"),
        json!("https"),
    ]);
    assert_eq!(seen(server.connect(), TOLD), wanted);
    // The next request of a connection has a client of its own.
    let mut connection = server.connect();
    for (client, proto) in [("203.0.113.1", "https"), ("203.0.113.2", "http")] {
        let seen = connection.request(&format!(
            "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {client}\r\nX-Forwarded-Proto: {proto}\r\n\r\n"
        ));
        let seen = seen.json();
        let found = (&seen["REMOTE_ADDR"], &seen["wsgi.url_scheme"]);
        assert_eq!(found, (&json!(client), &json!(proto)));
    }
    let plain = connection
        .request("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .json();
    assert_eq!(plain["REMOTE_ADDR"], "127.0.0.1");
    assert_eq!(plain["wsgi.url_scheme"], "http");
}

#[test]
fn networks_alone_mean_address_and_scheme() {
    let server = command(&["--forwarded-allow", "10.0.0.0/8,127.0.0.1"]).start();
    let mut wanted = untold(&server, json!("203.0.113.9"));
    wanted[1] = json!("https");
    wanted[6] = json!("127.0.0.1");
    wanted[7] = json!("https");
    assert_eq!(seen(server.connect(), TOLD), wanted);
}

#[test]
fn a_stranger_cannot_tell_anything_and_that_is_logged_once() {
    let options = [
        "--forwarded-allow",
        "192.0.2.0/24",
        "--forwarded-headers",
        ALL,
    ];
    let mut server = command(&options).start();
    for _ in 0..3 {
        let wanted = untold(&server, json!("127.0.0.1"));
        assert_eq!(seen(server.connect(), TOLD), wanted);
    }
    // Comes after all that the others caused.
    server.connect().send("NONSENSE\r\n\r\n");
    server.wait_for_lines("NONSENSE", 1);
    assert_eq!(server.count_lines("proxy fix"), 1, "{}", server.output());
    let said = server.wait_for_line("proxy fix");
    assert!(said.contains("removed X-Forwarded-For, "), "{said}");
    assert!(said.contains("127.0.0.1, which is not trusted"), "{said}");
}

#[test]
fn underscores_make_no_field_of_a_proxy() {
    let server = command(&["--forwarded-headers", ALL]).start();
    let fields = "X_Forwarded_For: 6.6.6.6\nX_Forwarded-Proto: https\n";
    assert_eq!(
        seen(server.connect(), fields),
        untold(&server, json!("127.0.0.1"))
    );
}

#[test]
fn rfc_7239_is_read_where_it_is_named() {
    let server = command(&["--forwarded-headers", "forwarded"]).start();
    let fields = "\
Forwarded: for=6.6.6.6;host=evil.example
Forwarded: for=\"[2001:db8::9]:4711\";proto=https;host=shop.example, for=127.0.0.1
X-Forwarded-For: 6.6.6.6
";
    let seen = ask(server.connect(), fields).json();
    assert_eq!(seen["REMOTE_ADDR"], "2001:db8::9");
    assert_eq!(seen["REMOTE_PORT"], "4711");
    assert_eq!(seen["wsgi.url_scheme"], "https");
    assert_eq!(seen["HTTP_HOST"], "shop.example");
}

#[test]
fn a_contradiction_is_logged_and_changes_nothing() {
    let mut server = command(&["--forwarded-headers", ALL]).start();
    let fields =
        "X-Forwarded-Host: a.example:81\nX-Forwarded-Port: 82\nX-Forwarded-Proto: go\"pher\n";
    let mut wanted = untold(&server, json!("127.0.0.1"));
    wanted[7] = json!("go\"pher");
    assert_eq!(seen(server.connect(), fields), wanted);
    for doubt in [
        "X-Forwarded-Host names port 81, and X-Forwarded-Port is 82 (sent by 127.0.0.1)",
        "X-Forwarded-Proto: \"go\\\"pher\" is neither http nor https (sent by 127.0.0.1)",
    ] {
        server.wait_for_line(doubt);
    }
}

#[test]
fn peers_on_unix_sockets_are_trusted_unless_networks_are_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("app.sock");
    let address = format!("unix:{}", path.display());
    let headers = ["--forwarded-headers", ALL];
    #[rustfmt::skip]
    let cases: [(&[&str], &str); 4] = [
        (&[], "203.0.113.9"),
        (&["--forwarded-allow", "unix"], "203.0.113.9"),
        (&["--forwarded-allow", "*"], "203.0.113.9"),
        (&["--forwarded-allow", "127.0.0.0/8"], ""),
    ];
    for (options, client) in cases {
        let mut server = command(&[&["--bind", &address], &headers, options].concat()).start();
        let seen = ask(Connection::open(&address), TOLD).json();
        let found = seen["REMOTE_ADDR"].as_str().unwrap_or_default();
        assert_eq!(found, client, "{options:?}");
        server.signal(Signal::TERM);
        assert!(server.wait().success());
    }
}

#[test]
fn peers_may_have_addresses_of_version_6() {
    let options = ["--bind", "[::1]:0", "--forwarded-allow", "::1"];
    let server = command(&options).start();
    let six = Connection::open(&server.addresses()[1]);
    assert_eq!(ask(six, TOLD).json()["REMOTE_ADDR"], "203.0.113.9");
    let four = ask(server.connect(), TOLD).json();
    assert_eq!(four["REMOTE_ADDR"], "127.0.0.1");
}

#[test]
fn hops_are_counted_where_addresses_are_not_known() {
    let options = ["--forwarded-allow", "*", "--forwarded-hops", "2"];
    let server = command(&options).start();
    let fields = "X-Forwarded-For: 6.6.6.6, 203.0.113.9, 198.51.100.1\n";
    let seen = ask(server.connect(), fields).json();
    assert_eq!(seen["REMOTE_ADDR"], "203.0.113.9");
}

#[test]
fn the_environment_sets_it_too() {
    let server = command(&[])
        .env("WSGI_SERVER_FORWARDED_ALLOW", "127.0.0.1")
        .env("WSGI_SERVER_FORWARDED_HEADERS", "X-Forwarded-Host")
        .start();
    let mut wanted = untold(&server, json!("127.0.0.1"));
    wanted[2..5].clone_from_slice(&[json!("shop.example"), json!("shop.example"), json!("80")]);
    wanted[7] = json!("https");
    assert_eq!(seen(server.connect(), TOLD), wanted);
}

#[test]
fn the_access_log_has_the_client_that_was_told() {
    let options = [
        "--forwarded-headers",
        "x-forwarded-for",
        "--access-log",
        "-",
    ];
    let mut server = command(&options).start();
    ask(server.connect(), TOLD);
    server.wait_for_line("203.0.113.9 - - [");
}

#[test]
fn wrong_values_are_the_users_fault() {
    let site = super::site();
    for (option, value, part) in [
        (
            "--forwarded-allow",
            "10.0.0.0/33",
            "\"10.0.0.0/33\" is no network",
        ),
        (
            "--forwarded-headers",
            "forwarded,x-forwarded-for",
            "cannot both be believed",
        ),
    ] {
        let wrong = super::run(site.path(), &[option, value]);
        assert_eq!(wrong.code, Some(2));
        assert!(wrong.output.contains(part), "{}", wrong.output);
    }
}
