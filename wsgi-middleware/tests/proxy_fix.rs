use proptest::prelude::*;
use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_core::{Application, Body, Environ, StatusLine, application_fn, environ, url};
use wsgi_middleware::ForwardedField::{For, Host, Port, Prefix, Proto};
use wsgi_middleware::{ForwardedHeaders, ForwardedSyntax, ProxyFix};

const ALL: [wsgi_middleware::ForwardedField; 5] = [For, Proto, Host, Port, Prefix];

const NAMES: [&str; 6] = [
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Forwarded-Host",
    "X-Forwarded-Port",
    "X-Forwarded-Prefix",
    "Forwarded",
];

/// Shows the client and the URL as the application sees them.
fn seen() -> impl Application {
    application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        let text =
            |key| String::from_utf8_lossy(&environ.var(key).unwrap_or_default()).into_owned();
        Ok(Body::from(format!(
            "{} {} {}",
            text(environ::REMOTE_ADDR),
            text(environ::REMOTE_PORT),
            url::request_uri(environ, true)
        )))
    })
}

/// A request from `peer`, port 5000, for `http://internal/x`.
fn request(peer: &str, headers: &[(&str, &str)]) -> EnvironBuilder {
    let builder = EnvironBuilder::get("/x")
        .header("Host", "internal")
        .with(|environ| {
            let connection = environ.connection_mut();
            connection.remote_addr = peer.parse().ok();
            connection.remote_port = Some(5000);
        });
    headers.iter().fold(builder, |builder, (name, value)| {
        builder.append_header(name, value)
    })
}

fn through(app: &impl Application, peer: &str, headers: &[(&str, &str)]) -> String {
    run(app, request(peer, headers).build()).unwrap().text()
}

const UNTOUCHED: &str = "127.0.0.1 5000 http://internal/x";

#[test]
fn a_proxy_on_this_machine_is_believed_address_and_scheme() {
    let headers = [
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-Port", "1"),
        ("X-Forwarded-Prefix", "/evil"),
        ("Forwarded", "for=192.0.2.66;host=evil.example"),
    ];
    let app = ProxyFix::new(seen());
    for peer in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
        assert_eq!(
            through(&app, peer, &headers),
            "203.0.113.9  https://internal/x",
            "{peer}"
        );
    }
}

#[test]
fn nobody_else_is_believed() {
    let headers = [
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-Proto", "https"),
    ];
    let app = ProxyFix::new(seen());
    for peer in ["192.0.2.1", "10.0.0.1", "2001:db8::1"] {
        let wanted = format!("{peer} 5000 http://internal/x");
        assert_eq!(through(&app, peer, &headers), wanted);
    }
    // Without an address it may be anybody, unless it is known to be a unix socket.
    assert_eq!(through(&app, "", &headers), " 5000 http://internal/x");
    assert_eq!(
        through(
            &ProxyFix::new(seen()).trust(["unix"]).unwrap(),
            "",
            &headers
        ),
        "203.0.113.9  https://internal/x"
    );
}

/// `X-Forwarded-For`, the client; `None` where the peer stays the client. Trusted: 127.0.0.0/8 and 10.0.0.0/8.
const CHAINS: &[(&str, Option<&str>)] = &[
    ("203.0.113.9", Some("203.0.113.9")),
    ("6.6.6.6, 203.0.113.9", Some("203.0.113.9")),
    ("203.0.113.9, 10.0.0.1", Some("203.0.113.9")),
    (
        "6.6.6.6,203.0.113.9 ,10.0.0.1, 10.0.0.2",
        Some("203.0.113.9"),
    ),
    ("10.0.0.1, 203.0.113.9, 10.0.0.2", Some("203.0.113.9")),
    ("10.0.0.3, 10.0.0.2", Some("10.0.0.3")),
    ("203.0.113.9:4711", Some("203.0.113.9")),
    ("2001:db8::9, 10.0.0.1", Some("2001:db8::9")),
    ("[2001:db8::9]:4711", Some("2001:db8::9")),
    ("::ffff:10.0.0.1", Some("::ffff:10.0.0.1")),
    ("203.0.113.9, ::ffff:10.0.0.1", Some("203.0.113.9")),
    ("203.0.113.9, , ", Some("203.0.113.9")),
    ("203.0.113.9, unknown", None),
    ("203.0.113.9, example.com, 10.0.0.1", None),
    ("203.0.113.9\"", None),
    ("", None),
];

#[test]
fn the_client_is_the_first_from_the_right_that_is_no_proxy() {
    let app = ProxyFix::new(seen())
        .trust(["127.0.0.0/8", "10.0.0.0/8"])
        .unwrap();
    for (value, client) in CHAINS {
        let answer = through(&app, "127.0.0.1", &[("X-Forwarded-For", value)]);
        let found = answer.split(' ').next();
        assert_eq!(found, Some(client.unwrap_or("127.0.0.1")), "{value}");
    }
}

#[test]
fn fields_that_come_several_times_are_one_list() {
    let app = ProxyFix::new(seen());
    let headers = [
        ("X-Forwarded-For", "6.6.6.6"),
        ("X-Forwarded-For", "203.0.113.9, 127.0.0.2"),
    ];
    let answer = through(&app, "127.0.0.1", &headers);
    assert!(answer.starts_with("203.0.113.9 "), "{answer}");
}

#[test]
fn the_other_lists_are_read_at_the_clients_place() {
    let app = ProxyFix::new(seen())
        .trust(["127.0.0.1", "10.0.0.0/8"])
        .unwrap();
    let chain = ("X-Forwarded-For", "6.6.6.6, 203.0.113.9, 10.0.0.1");
    for (proto, wanted) in [
        ("http, https, http", "https"), // appended by each, the first by the client
        ("https, http", "https"),       // appended by each
        ("https", "https"),             // replaced by each
    ] {
        let answer = through(&app, "127.0.0.1", &[chain, ("X-Forwarded-Proto", proto)]);
        assert_eq!(
            answer,
            format!("203.0.113.9  {wanted}://internal/x"),
            "{proto}"
        );
    }
    // Without a chain there is one proxy, the peer.
    let answer = through(&app, "127.0.0.1", &[("X-Forwarded-Proto", "http, https")]);
    assert_eq!(answer, "127.0.0.1 5000 https://internal/x");
}

#[test]
fn hops_may_be_counted() {
    let headers = [
        ("X-Forwarded-For", "6.6.6.6, 203.0.113.9, 198.51.100.1"),
        ("X-Forwarded-Proto", "https, http"),
    ];
    for (count, wanted) in [
        (0, UNTOUCHED),
        (1, "198.51.100.1  http://internal/x"),
        (2, "203.0.113.9  https://internal/x"),
        (3, "6.6.6.6  http://internal/x"),
        (4, UNTOUCHED),
    ] {
        let app = ProxyFix::new(seen()).hops(count);
        assert_eq!(through(&app, "127.0.0.1", &headers), wanted, "{count}");
    }
    let other = through(&ProxyFix::new(seen()).hops(1), "192.0.2.1", &headers);
    assert_eq!(other, "192.0.2.1 5000 http://internal/x");
}

/// Fields besides address, URL that the application sees.
const URLS: &[(&[(&str, &str)], &str)] = &[
    (&[("X-Forwarded-Host", "a.example")], "http://a.example/x"),
    (
        &[("X-Forwarded-Host", "a.example:81")],
        "http://a.example:81/x",
    ),
    (
        &[("X-Forwarded-Host", "[2001:db8::1]:81")],
        "http://[2001:db8::1]:81/x",
    ),
    (&[("X-Forwarded-Port", "81")], "http://internal:81/x"),
    (&[("X-Forwarded-Port", "80")], "http://internal/x"),
    (
        &[("X-Forwarded-Proto", "HTTPS"), ("X-Forwarded-Port", "443")],
        "https://internal/x",
    ),
    (
        &[
            ("X-Forwarded-Host", "a.example:81"),
            ("X-Forwarded-Port", "81"),
        ],
        "http://a.example:81/x",
    ),
    (
        &[("X-Forwarded-Prefix", "/shop/")],
        "http://internal/shop/x",
    ),
    (
        &[("X-Forwarded-Prefix", "/caf%C3%A9")],
        "http://internal/caf%C3%A9/x",
    ),
    // malformed, so not believed
    (
        &[("X-Forwarded-Host", "a.example/evil")],
        "http://internal/x",
    ),
    (
        &[("X-Forwarded-Host", "user@a.example")],
        "http://internal/x",
    ),
    (&[("X-Forwarded-Host", "a b")], "http://internal/x"),
    (&[("X-Forwarded-Port", "99999")], "http://internal/x"),
    (&[("X-Forwarded-Port", "+81")], "http://internal/x"),
    (&[("X-Forwarded-Proto", "javascript")], "http://internal/x"),
    (
        &[("X-Forwarded-Prefix", "//evil.example")],
        "http://internal/x",
    ),
    (&[("X-Forwarded-Prefix", "shop")], "http://internal/x"),
];

#[test]
fn host_port_and_prefix_are_believed_when_asked_for() {
    let app = ProxyFix::new(seen()).believe(ALL);
    for (headers, url) in URLS {
        let answer = through(&app, "127.0.0.1", headers);
        assert_eq!(answer, format!("127.0.0.1 5000 {url}"), "{headers:?}");
    }
}

#[test]
fn server_name_and_port_follow_the_host() {
    for (host, name, port) in [
        ("a.example:8443", "a.example", "8443"),
        ("a.example", "a.example", "443"),
    ] {
        let headers = [("X-Forwarded-Host", host), ("X-Forwarded-Proto", "https")];
        let app = ProxyFix::new(seen()).believe(ALL);
        let answer = run(&app, request("127.0.0.1", &headers).build()).unwrap();
        let var = |key| answer.environ.var(key).map(|value| value.into_owned());
        assert_eq!(var(environ::SERVER_NAME).unwrap(), name.as_bytes());
        assert_eq!(var(environ::SERVER_PORT).unwrap(), port.as_bytes());
        assert_eq!(var(environ::HTTPS).unwrap(), b"on");
    }
}

#[test]
fn the_prefix_comes_before_the_script_name() {
    let app = ProxyFix::new(seen()).believe([Prefix]);
    let request = request("127.0.0.1", &[("X-Forwarded-Prefix", "/outer")]).script_name("/inner");
    let answer = run(&app, request.build()).unwrap();
    assert_eq!(answer.environ.script_name(), b"/outer/inner");
}

/// `Forwarded`, what the application sees; trusted: 127.0.0.1 and 10.0.0.0/8.
const FORWARDED: &[(&str, &str)] = &[
    ("for=203.0.113.9", "203.0.113.9  http://internal/x"),
    (
        "for=\"203.0.113.9:4711\";proto=https",
        "203.0.113.9 4711 https://internal/x",
    ),
    (
        "For=\"[2001:db8::9]:4711\";HOST=\"a.example:81\"",
        "2001:db8::9 4711 http://a.example:81/x",
    ),
    (
        "for=6.6.6.6;host=evil.example, for=203.0.113.9;proto=https",
        "203.0.113.9  https://internal/x",
    ),
    (
        "for=203.0.113.9;proto=https;host=a.example, for=10.0.0.1;proto=http;host=b.example",
        "203.0.113.9  https://a.example/x",
    ),
    // Obfuscated and unknown nodes keep the address; the rest of the element is the proxy's word all the same.
    (
        "for=_hidden;proto=https",
        "127.0.0.1 5000 https://internal/x",
    ),
    (
        "for=unknown;proto=https, for=10.0.0.1",
        "127.0.0.1 5000 https://internal/x",
    ),
    // Separators inside of quotes are no separators (the injection that Rack had).
    ("for=\"203.0.113.9;host=evil.example\"", UNTOUCHED),
    ("for=\"127.0.0.1, for=6.6.6.6\"", UNTOUCHED),
    ("host=\"a.example;proto=https\"", UNTOUCHED),
    // Malformed anywhere, not believed anywhere.
    ("for=203.0.113.9;for=6.6.6.6", UNTOUCHED),
    ("for=\"203.0.113.9", UNTOUCHED),
    ("for=2001:db8::9", UNTOUCHED),
    ("for=\"2001:db8::9\"", UNTOUCHED),
    ("for=203.0.113.9;proto", UNTOUCHED),
    ("proto=ftp", UNTOUCHED),
];

#[test]
fn rfc_7239_is_read_when_asked_for() {
    let app = ProxyFix::new(seen())
        .syntax(ForwardedSyntax::Rfc7239)
        .believe([For, Proto, Host])
        .trust(["127.0.0.1", "10.0.0.0/8"])
        .unwrap();
    for (value, wanted) in FORWARDED {
        let headers = [("Forwarded", *value), ("X-Forwarded-For", "6.6.6.6")];
        assert_eq!(through(&app, "127.0.0.1", &headers), *wanted, "{value}");
    }
}

/// RFC 9110 §5.3 "Field Order": lines of one field are one list, in their order.
#[test]
fn lines_of_forwarded_are_one_list() {
    let app = ProxyFix::new(seen()).syntax(ForwardedSyntax::Rfc7239);
    let headers = [
        ("Forwarded", "for=6.6.6.6"),
        ("Forwarded", "for=203.0.113.9, for=127.0.0.2"),
        ("Forwarded", "for=127.0.0.3"),
    ];
    assert_eq!(
        through(&app, "127.0.0.1", &headers),
        "203.0.113.9  http://internal/x"
    );
}

#[test]
fn a_line_of_the_clients_cannot_spoil_the_proxys() {
    let app = ProxyFix::new(seen()).syntax(ForwardedSyntax::Rfc7239);
    let headers = [("Forwarded", "for=\""), ("Forwarded", "for=203.0.113.9")];
    assert_eq!(
        through(&app, "127.0.0.1", &headers),
        "203.0.113.9  http://internal/x"
    );
}

/// The environ is used again for the next request of a connection, which may be another client's.
#[test]
fn the_next_request_of_the_connection_knows_nothing_of_it() {
    let app = ProxyFix::new(seen()).believe(ALL);
    let headers = [
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "a.example:81"),
    ];
    let mut environ = run(&app, request("127.0.0.1", &headers).build())
        .unwrap()
        .environ;
    let connection = environ.connection().clone();
    environ.reset();
    assert_eq!(connection.remote_port, Some(5000));
    let fresh = Environ::with_connection(connection);
    assert_eq!(environ.vars(), fresh.vars());
}

#[test]
fn the_original_values_are_kept() {
    let headers = [
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-Proto", "https"),
    ];
    let answer = run(
        &ProxyFix::new(seen()),
        request("127.0.0.1", &headers).build(),
    )
    .unwrap();
    let original = |key: &str| {
        let value = answer.environ.var(&format!("wsgi_rs.proxy_fix.orig.{key}"));
        value.map(|value| String::from_utf8(value.into_owned()).unwrap())
    };
    assert_eq!(original("remote_addr").as_deref(), Some("127.0.0.1"));
    assert_eq!(original("remote_port").as_deref(), Some("5000"));
    assert_eq!(original("wsgi.url_scheme").as_deref(), Some("http"));
    assert_eq!(original("http_host"), None, "was not changed");
    assert_eq!(original("https"), None, "was not there");
}

/// Requests and what is said of them in `wsgi.errors`, from a proxy at 127.0.0.1; 10.0.0.0/8 are others.
#[rustfmt::skip]
const DOUBTS: &[(&[(&str, &str)], &str)] = &[
    (&[("X-Forwarded-For", "6.6.6.6, 203.0.113.9\"")],
     "X-Forwarded-For: \"203.0.113.9\\\"\" is no address"),
    (&[("X-Forwarded-For", "203.0.113.9, example.com, 10.0.0.1")],
     "X-Forwarded-For: \"example.com\" is no address"),
    (&[("X-Forwarded-Proto", "javascript")],
     "X-Forwarded-Proto: \"javascript\" is neither http nor https"),
    (&[("X-Forwarded-Host", "user@a.example")],
     "X-Forwarded-Host: \"user@a.example\" is no host"),
    (&[("X-Forwarded-Port", "0")],
     "X-Forwarded-Port: \"0\" is no port"),
    (&[("X-Forwarded-Prefix", "//evil.example")],
     "X-Forwarded-Prefix: \"//evil.example\" is no plain absolute path"),
    (&[("X-Forwarded-Host", "a.example:81"), ("X-Forwarded-Port", "82")],
     "X-Forwarded-Host names port 81, and X-Forwarded-Port is 82"),
    // Two of three proxies told: which two is not known.
    (&[("X-Forwarded-For", "10.0.0.3, 10.0.0.2, 10.0.0.1"), ("X-Forwarded-Host", "a.example, b.example")],
     "X-Forwarded-Host has 2 values, and 3 proxies told of the client; each must add to it, or each replace it"),
    (&[("X-Forwarded-For", "unknown")], ""),
];

#[test]
fn nothing_is_guessed_and_the_log_says_why() {
    let app = ProxyFix::new(seen())
        .believe(ALL)
        .trust(["127.0.0.1", "10.0.0.0/8"])
        .unwrap();
    for (headers, doubt) in DOUBTS {
        let answer = run(&app, request("127.0.0.1", headers).build()).unwrap();
        let url = answer.text();
        let (_, url) = url.rsplit_once(' ').unwrap();
        assert_eq!(url, "http://internal/x", "{headers:?}");
        let wanted = match *doubt {
            "" => String::new(),
            doubt => format!(
                "proxy fix: not believed, the request keeps what it had: {doubt} (sent by 127.0.0.1)\n"
            ),
        };
        assert_eq!(answer.errors, wanted, "{headers:?}");
    }
}

#[test]
fn a_malformed_value_leaves_the_others_believed() {
    let headers = [
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-Proto", "gopher"),
        ("X-Forwarded-Host", "a.example"),
    ];
    let app = ProxyFix::new(seen()).believe(ALL);
    assert_eq!(
        through(&app, "127.0.0.1", &headers),
        "203.0.113.9  http://a.example/x"
    );
}

/// Were the chain read as if it ended there, a proxy would be taken for the client.
#[test]
fn a_chain_that_cannot_be_read_on_tells_nothing() {
    let app = ProxyFix::new(seen()).syntax(ForwardedSyntax::Rfc7239);
    let headers = [
        ("Forwarded", "for=\""),
        ("Forwarded", "for=127.0.0.2;proto=https"),
    ];
    let answer = run(&app, request("127.0.0.1", &headers).build()).unwrap();
    assert_eq!(answer.text(), UNTOUCHED);
    assert!(
        answer.errors.contains("Forwarded: \"for=\\\"\" is no list"),
        "{}",
        answer.errors
    );
}

fn names_seen(app: &impl Application, peer: &str, headers: &[(&str, &str)]) -> Vec<String> {
    let answer = run(app, request(peer, headers).build()).unwrap();
    let names = answer.environ.headers().iter();
    names.map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn fields_of_strangers_are_removed_or_on_request_kept() {
    let headers = [
        ("X-Forwarded-For", "203.0.113.9"),
        ("Forwarded", "for=203.0.113.9"),
        ("X-Other", "1"),
        ("x-forwarded-user", "admin"),
        ("X-Real-IP", "203.0.113.9"),
    ];
    let all = [
        "Host",
        "X-Forwarded-For",
        "Forwarded",
        "X-Other",
        "x-forwarded-user",
        "X-Real-IP",
    ];
    let removing = ProxyFix::new(seen());
    assert_eq!(
        names_seen(&removing, "192.0.2.1", &headers),
        ["Host", "X-Other"]
    );
    assert_eq!(names_seen(&removing, "", &headers), ["Host", "X-Other"]);
    assert_eq!(names_seen(&removing, "127.0.0.1", &headers), all);
    let keeping = ProxyFix::new(seen()).keep_untrusted();
    assert_eq!(names_seen(&keeping, "192.0.2.1", &headers), all);
}

#[test]
fn that_fields_were_removed_is_said_once() {
    let headers = [("X-Forwarded-For", "203.0.113.9")];
    let app = ProxyFix::new(seen());
    let said = |peer| run(&app, request(peer, &headers).build()).unwrap().errors;
    assert!(
        said("192.0.2.1")
            .starts_with("proxy fix: removed X-Forwarded-For of a request by 192.0.2.1, ")
    );
    assert_eq!(said("192.0.2.2"), "");
}

#[test]
fn with_no_field_believed_those_of_trusted_peers_are_handed_on() {
    let headers = [
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-Proto", "gopher"),
    ];
    let app = ProxyFix::new(seen()).headers(ForwardedHeaders::NONE);
    let answer = run(&app, request("127.0.0.1", &headers).build()).unwrap();
    assert_eq!(
        (answer.text().as_str(), answer.errors.as_str()),
        (UNTOUCHED, "")
    );
    assert_eq!(answer.environ.headers().len(), 3);
}

/// `*`: the peer is a proxy, whoever it is, and the client whoever that one names; no entry vouches for another.
#[test]
fn trusting_all_peers_trusts_no_entry() {
    let headers = [("X-Forwarded-For", "6.6.6.6, 203.0.113.9")];
    for everybody in [vec!["*"], vec!["0.0.0.0/0"]] {
        let app = ProxyFix::new(seen()).trust(everybody).unwrap();
        assert_eq!(
            through(&app, "198.51.100.1", &headers),
            "203.0.113.9  http://internal/x"
        );
    }
}

#[test]
fn a_network_that_is_none_is_refused() {
    let error = ProxyFix::new(seen()).trust(["10.0.0.0/33"]).err().unwrap();
    assert_eq!(
        error.to_string(),
        "\"10.0.0.0/33\" is no network; write an address (192.0.2.1), a network (10.0.0.0/8, fd00::/8), unix for unix sockets or * for all"
    );
    // Replaced, not added to.
    let app = ProxyFix::new(seen()).trust(["192.0.2.1"]).unwrap();
    let headers = [("X-Forwarded-For", "203.0.113.9")];
    assert_eq!(through(&app, "127.0.0.1", &headers), UNTOUCHED);
}

/// An entry as proxies and those who feign to be one write it.
fn entry() -> impl Strategy<Value = String> {
    let addr = prop_oneof![
        Just("127.0.0.1".to_owned()),
        any::<std::net::Ipv4Addr>().prop_map(|addr| addr.to_string()),
        any::<std::net::Ipv6Addr>().prop_map(|addr| format!("[{addr}]:80")),
    ];
    prop_oneof![4 => addr, 1 => Just("unknown".to_owned()), 1 => "[!-+./0-9A-z ]{0,12}"]
}

/// The entries as one line, and as several: `cuts` tells after which of them a line ends.
fn lines(entries: &[String], cuts: u32) -> (String, Vec<String>) {
    let mut lines = vec![Vec::new()];
    for (index, entry) in entries.iter().enumerate() {
        lines.last_mut().unwrap().push(entry.as_str());
        if cuts >> index & 1 == 1 {
            lines.push(Vec::new());
        }
    }
    let lines = lines.iter().map(|line| line.join(", ")).collect();
    (entries.join(", "), lines)
}

proptest! {
    #[test]
    fn no_value_of_any_field_panics_or_makes_a_bad_response(
        fields in prop::collection::vec((0usize..6, prop::collection::vec(any::<u8>(), 0..40)), 0..6),
        hops in prop::option::of(0usize..4),
    ) {
        for syntax in [ForwardedSyntax::XForwarded, ForwardedSyntax::Rfc7239] {
            let app = ProxyFix::new(seen()).believe(ALL).syntax(syntax);
            let app = match hops {
                Some(count) => app.hops(count),
                None => app,
            };
            let mut environ = request("127.0.0.1", &[]).build();
            for (name, value) in &fields {
                // What the server itself refuses does not come so far.
                let _ = environ.headers_mut().try_append(NAMES[*name], value);
            }
            let answer = run(&app, environ).unwrap();
            let addr = answer.environ.var(environ::REMOTE_ADDR).unwrap().into_owned();
            let addr = String::from_utf8(addr).unwrap();
            prop_assert!(addr.parse::<std::net::IpAddr>().is_ok(), "{}", addr);
            prop_assert!(["http", "https"].contains(&&*answer.environ.url_scheme()));
            let port = answer.environ.var(environ::SERVER_PORT).unwrap().into_owned();
            prop_assert!(String::from_utf8(port).unwrap().parse::<u16>().is_ok_and(|port| port > 0));
        }
    }

    #[test]
    fn strangers_change_nothing(
        fields in prop::collection::vec((0usize..6, entry()), 0..6),
        rfc_7239: bool,
        keep: bool,
    ) {
        let syntax = if rfc_7239 { ForwardedSyntax::Rfc7239 } else { ForwardedSyntax::XForwarded };
        let fix = ProxyFix::new(seen()).believe(ALL).syntax(syntax);
        let app = if keep { fix.keep_untrusted() } else { fix };
        let headers: Vec<_> = fields.iter().map(|(name, value)| (NAMES[*name], value.trim())).collect();
        let answer = run(&app, request("192.0.2.1", &headers).build()).unwrap();
        let mut plain = request("192.0.2.1", if keep { &headers } else { &[] }).build();
        plain.set_errors(wsgi_core::ErrorStream::captured().0);
        prop_assert_eq!(answer.environ.vars(), plain.vars());
    }

    #[test]
    fn a_list_over_several_lines_is_the_same_list(
        entries in prop::collection::vec(entry(), 1..8),
        cuts: u32,
        hops in prop::option::of(0usize..4),
    ) {
        let (one, several) = lines(&entries, cuts);
        let app = ProxyFix::new(seen()).believe(ALL);
        let app = match hops {
            Some(count) => app.hops(count),
            None => app,
        };
        for name in &NAMES[..5] {
            let several: Vec<_> = several.iter().map(|line| (*name, line.as_str())).collect();
            prop_assert_eq!(
                through(&app, "127.0.0.1", &[(name, one.as_str())]),
                through(&app, "127.0.0.1", &several)
            );
        }
    }

    #[test]
    fn elements_over_several_lines_are_the_same_elements(
        entries in prop::collection::vec(entry(), 1..8),
        cuts: u32,
        hops in prop::option::of(0usize..4),
    ) {
        let elements: Vec<_> = entries
            .iter()
            .map(|entry| format!("for=\"{}\";proto=https", entry.replace('\\', "\\\\").replace('"', "\\\"")))
            .collect();
        let (one, several) = lines(&elements, cuts);
        let app = ProxyFix::new(seen()).syntax(ForwardedSyntax::Rfc7239);
        let app = match hops {
            Some(count) => app.hops(count),
            None => app,
        };
        let several: Vec<_> = several.iter().map(|line| ("Forwarded", line.as_str())).collect();
        prop_assert_eq!(
            through(&app, "127.0.0.1", &[("Forwarded", one.as_str())]),
            through(&app, "127.0.0.1", &several)
        );
    }

    /// Whatever stands left of the first entry that no proxy wrote is of no effect.
    #[test]
    fn what_the_client_puts_before_changes_nothing(
        forged in prop::collection::vec(entry(), 0..4),
        client: std::net::Ipv4Addr,
    ) {
        prop_assume!(!client.is_loopback());
        let honest = format!("{client}, 127.0.0.3");
        let list = [forged.join(", "), honest.clone()].join(", ");
        let app = ProxyFix::new(seen());
        prop_assert_eq!(
            through(&app, "127.0.0.1", &[("X-Forwarded-For", &list)]),
            through(&app, "127.0.0.1", &[("X-Forwarded-For", &honest)])
        );
    }
}
