use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_core::{Application, Body, Environ, StatusLine, application_fn, environ, url};
use wsgi_middleware::ForwardedField::{For, Host, Port, Prefix, Proto};
use wsgi_middleware::{ForwardedSyntax, ProxyFix};

const ALL: [wsgi_middleware::ForwardedField; 5] = [For, Proto, Host, Port, Prefix];

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
        through(&ProxyFix::new(seen()).trust_unix_sockets(), "", &headers),
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
            ("X-Forwarded-Port", "82"),
        ],
        "http://a.example:82/x",
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
}

#[test]
fn fields_of_strangers_are_kept_or_on_request_removed() {
    let headers = [
        ("X-Forwarded-For", "203.0.113.9"),
        ("Forwarded", "for=203.0.113.9"),
        ("X-Other", "1"),
    ];
    let names = |app: &ProxyFix<_>, peer| {
        let answer = run(app, request(peer, &headers).build()).unwrap();
        let names = answer
            .environ
            .headers()
            .iter()
            .map(|(name, _)| name.to_owned());
        names.collect::<Vec<_>>()
    };
    let all = ["Host", "X-Forwarded-For", "Forwarded", "X-Other"];
    assert_eq!(names(&ProxyFix::new(seen()), "192.0.2.1"), all);
    let removing = ProxyFix::new(seen()).remove_untrusted();
    assert_eq!(names(&removing, "192.0.2.1"), ["Host", "X-Other"]);
    assert_eq!(names(&removing, "127.0.0.1"), all);
}

#[test]
fn a_network_that_is_none_is_refused() {
    let error = ProxyFix::new(seen()).trust(["10.0.0.0/33"]).err().unwrap();
    assert_eq!(
        error.to_string(),
        "\"10.0.0.0/33\" is no network; write an address (192.0.2.1) or a network (10.0.0.0/8, fd00::/8)"
    );
    // Replaced, not added to.
    let app = ProxyFix::new(seen()).trust(["192.0.2.1"]).unwrap();
    let headers = [("X-Forwarded-For", "203.0.113.9")];
    assert_eq!(through(&app, "127.0.0.1", &headers), UNTOUCHED);
}
