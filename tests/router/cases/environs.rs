//! Maps bound to requests: hosts, subdomains, ports, roots, queries, upgrades.

use serde_json::{Value as Json, json};

use super::{rule, with};
use crate::oracle::Case;

/// An `environ`, with these keys instead; what is null is not there.
fn environ(changes: Json) -> Json {
    let mut environ = json!({
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/", "QUERY_STRING": "", "SERVER_NAME": "server",
        "SERVER_PORT": "80", "HTTP_HOST": "example.com", "wsgi.url_scheme": "http",
    });
    for (key, value) in changes.as_object().expect("an object") {
        environ[key] = value.clone();
    }
    let all = environ.as_object_mut().expect("it is one");
    all.retain(|_, value| !value.is_null());
    environ
}

fn rules() -> Vec<Json> {
    vec![
        rule("/", "index"),
        with("/", "www", json!({"subdomain": "www"})),
        with("/", "user", json!({"subdomain": "<string(length=3):user>"})),
        with("/", "deep", json!({"subdomain": "<a>.<b>"})),
        rule("/branch/", "branch"),
        rule("/caf\u{e9}/", "cafe"),
        rule("/x/<v>", "x"),
        with("/post", "post", json!({"methods": ["POST"]})),
        with("/ws", "ws", json!({"websocket": true})),
    ]
}

const INVALID: &str = "a host that is none is a 400, not a request without host";

pub(super) fn hosts() -> Vec<Case> {
    let hosts = [
        "example.com",
        "EXAMPLE.COM",
        "example.com:80",
        "example.com:443",
        "example.com:8080",
        "www.example.com",
        "WWW.Example.Com",
        "bob.example.com",
        "a.b.example.com",
        "a.b.c.example.com",
        "example.org",
        "notexample.com",
        "example.com.",
        "127.0.0.1",
        "127.0.0.1:5000",
        "[::1]",
        "[::1]:8080",
        "localhost",
        "www.example.com:80",
        "www.example.com:8080",
        "xn--bcher-kva.example.com",
        "",
        "1.example.com",
        "-.example.com",
    ];
    let invalid = [
        "exa mple.com",
        "example.com/path",
        "user@example.com",
        "example.com?x",
        "b\u{fc}cher.example.com",
        "<x>.example.com",
        "example.com#x",
        "example.com\\x",
    ];
    let server_names = [
        None,
        Some("example.com"),
        Some("Example.com:80"),
        Some("example.com:443"),
        Some("example.com:8080"),
        Some("com"),
        Some("localhost"),
    ];
    let mut cases = Vec::new();
    for host in hosts.iter().chain(&invalid) {
        for server_name in server_names {
            for scheme in ["http", "https"] {
                let mut bind = json!({"environ": environ(json!({"HTTP_HOST": host, "wsgi.url_scheme": scheme}))});
                if let Some(server_name) = server_name {
                    bind["server_name"] = json!(server_name);
                }
                let mut case = Case::new("host", rules()).bind(bind).request();
                let differs = invalid.contains(host).then_some(INVALID);
                case = differing(case, differs);
                for path in ["/branch", "/branch/"] {
                    case = differing(case.ask(path), differs);
                }
                case = case.build_with("branch", json!({}), json!({"force_external": true}));
                case = differing(case, differs);
                case = differing(case.build("www", json!({})), differs);
                cases.push(case);
            }
        }
    }
    let nowhere = Case::new(
        "no host of ours",
        [with("/", "user", json!({"subdomain": "<user>"}))],
    );
    let bind = json!({"environ": environ(json!({})), "server_name": "example.org"});
    cases.push(
        nowhere
            .bind(bind)
            .request()
            .differs("a request to another host has no subdomain that a parameter matches"),
    );
    let bind = json!({"environ": environ(json!({"HTTP_HOST": "example.com:"})), "server_name": "example.com"});
    cases.push(
        Case::new("no port", rules())
            .bind(bind)
            .request()
            .differs("RFC 3986 \u{a7}3.2.3: an empty port is none"),
    );
    for host in [
        ".example.com",
        "..example.com",
        "www..example.com",
        &"a".repeat(64),
        &format!("{}.com", "a".repeat(64)),
    ] {
        let bind = json!({"environ": environ(json!({"HTTP_HOST": host}))});
        cases.push(
            Case::new("labels", rules())
                .bind(bind)
                .request()
                .ask("/branch"),
        );
    }
    for host in ["a_b.example.com", "a,b", "example.com:080"] {
        let bind = json!({"environ": environ(json!({"HTTP_HOST": host}))});
        let case = Case::new("names of RFC 3986", rules())
            .bind(bind)
            .request()
            .ask("/branch");
        cases.push(case.differs(
            "RFC 3986 \u{a7}3.2.2 lets a host have this, and Werkzeug takes it for no host",
        ));
    }
    for host in hosts {
        let bind = json!({"environ": environ(json!({"HTTP_HOST": host}))});
        let rules = vec![
            with("/", "www", json!({"host": "www.example.com"})),
            with("/", "port", json!({"host": "example.com:8080"})),
            with("/", "any", json!({"host": "<h>"})),
        ];
        let case = Case::new("whole host", rules)
            .map(json!({"host_matching": true}))
            .bind(bind);
        cases.push(
            case.request()
                .build("www", json!({}))
                .build("port", json!({})),
        );
    }
    for (name, port) in [
        ("server", "80"),
        ("server", "8080"),
        ("Server", "443"),
        ("::1", "80"),
        ("::1", "8080"),
        ("[::1]", "80"),
        ("127.0.0.1", "5000"),
        ("www.example.com", "80"),
    ] {
        for scheme in ["http", "https"] {
            let changes = json!({"HTTP_HOST": null, "SERVER_NAME": name, "SERVER_PORT": port, "wsgi.url_scheme": scheme});
            let mut bind = json!({"environ": environ(changes)});
            let ask = |case: Case| {
                case.request().ask("/branch").build_with(
                    "x",
                    json!({"v": 1}),
                    json!({"force_external": true}),
                )
            };
            cases.push(ask(Case::new("no Host", rules()).bind(bind.clone())));
            bind["server_name"] = json!("example.com");
            cases.push(ask(Case::new("no Host", rules()).bind(bind.clone())));
            bind["subdomain"] = json!("www");
            cases.push(ask(Case::new("no Host, a subdomain", rules()).bind(bind)));
        }
    }
    cases
}

fn differing(case: Case, reason: Option<&'static str>) -> Case {
    match reason {
        Some(reason) => case.differs(reason),
        None => case,
    }
}

pub(super) fn requests() -> Vec<Case> {
    let changes = [
        json!({"PATH_INFO": "/branch", "QUERY_STRING": "foo=bar"}),
        json!({"PATH_INFO": "/branch", "QUERY_STRING": "a=%20&b=+&c"}),
        json!({"PATH_INFO": "/branch", "QUERY_STRING": "caf\u{c3}\u{a9}"}),
        json!({"PATH_INFO": "/branch", "QUERY_STRING": null}),
        json!({"PATH_INFO": "/branch", "SCRIPT_NAME": "/app"}),
        json!({"PATH_INFO": "/branch", "SCRIPT_NAME": "/app/"}),
        json!({"PATH_INFO": "/branch", "SCRIPT_NAME": "/a/b", "wsgi.url_scheme": "https", "HTTP_HOST": "example.com:8443"}),
        json!({"PATH_INFO": "/branch", "SCRIPT_NAME": null}),
        json!({"PATH_INFO": ""}),
        json!({"PATH_INFO": "", "SCRIPT_NAME": "/app"}),
        json!({"PATH_INFO": null}),
        json!({"PATH_INFO": "branch"}),
        json!({"PATH_INFO": "//branch//"}),
        json!({"PATH_INFO": "/caf\u{c3}\u{a9}"}),
        json!({"PATH_INFO": "/caf\u{c3}\u{a9}/"}),
        json!({"PATH_INFO": "/caf\u{e9}/"}),
        json!({"PATH_INFO": "/x/\u{e9}"}),
        json!({"PATH_INFO": "/x/\u{ff}\u{fe}"}),
        json!({"PATH_INFO": "/x/\u{e2}\u{82}"}),
        json!({"PATH_INFO": "/x/\u{ed}\u{a0}\u{80}"}),
        json!({"PATH_INFO": "/x/\u{f0}\u{9f}\u{98}\u{80}"}),
        json!({"PATH_INFO": "/x/%41"}),
        json!({"PATH_INFO": "/x/a;b=c"}),
        json!({"PATH_INFO": "/x/a\n"}),
        json!({"PATH_INFO": "/x/\u{0}"}),
        json!({"PATH_INFO": "/post"}),
        json!({"PATH_INFO": "/post", "REQUEST_METHOD": "POST"}),
        json!({"PATH_INFO": "/post", "REQUEST_METHOD": "post"}),
        json!({"PATH_INFO": "/post", "REQUEST_METHOD": "PURGE"}),
        json!({"PATH_INFO": "/branch", "REQUEST_METHOD": "POST"}),
    ];
    let mut cases: Vec<Case> = Vec::new();
    for changes in changes {
        let bind = json!({"environ": environ(changes)});
        let case = Case::new("request", rules())
            .bind(bind)
            .request()
            .ask("/branch");
        let case = case.build("branch", json!({})).build("post", json!({}));
        cases.push(case.build_with("x", json!({"v": "a"}), json!({"force_external": true})));
    }
    for upgrade in [
        "websocket",
        "WebSocket",
        "WEBSOCKET",
        "h2c",
        "websocket, h2c",
        "",
    ] {
        for connection in [
            "Upgrade",
            "upgrade",
            "keep-alive, Upgrade",
            "keep-alive,upgrade",
            "keep-alive",
            " upgrade\t",
            "upgrade;x",
            "",
        ] {
            for scheme in ["http", "https"] {
                let changes = json!({"PATH_INFO": "/ws", "HTTP_UPGRADE": upgrade, "HTTP_CONNECTION": connection, "wsgi.url_scheme": scheme});
                let case = Case::new("upgrade", rules())
                    .bind(json!({"environ": environ(changes)}))
                    .request();
                let list = upgrade == "websocket, h2c"
                    && connection
                        .to_lowercase()
                        .split(',')
                        .any(|item| item.trim() == "upgrade");
                let reason = list.then_some("the field Upgrade is a list, RFC 9110 \u{a7}7.8");
                let case = differing(case, reason);
                let case = differing(case.ask("/"), reason);
                let case = differing(
                    case.build_with("x", json!({"v": 1}), json!({"force_external": true})),
                    None,
                );
                cases.push(differing(case.build("ws", json!({})), None));
            }
        }
    }
    let no_upgrade = json!({"PATH_INFO": "/ws", "HTTP_UPGRADE": "websocket"});
    cases.push(
        Case::new("no Connection", rules())
            .bind(json!({"environ": environ(no_upgrade)}))
            .request(),
    );
    cases
}

/// `bind`: names that are encoded, paths and queries that are bound.
pub(super) fn names() -> Vec<Case> {
    let mut cases = Vec::new();
    for name in [
        "\u{2603}.example.com",
        "b\u{fc}cher.example",
        "B\u{dc}CHER.example",
        "\u{1f40d}.example:8443",
        "example.com:8080",
        "EXAMPLE.com:80",
        "\u{4f8b}\u{3048}.\u{30c6}\u{30b9}\u{30c8}",
        "xn--n3h.example.com",
        "",
        "localhost",
        "a.b.c",
        "127.0.0.1:1",
        "caf\u{e9}.example.com",
        "cafe\u{301}.example.com",
    ] {
        for hosts in [false, true] {
            let rules = vec![
                rule("/", "index"),
                rule("/branch/", "branch"),
                with("/", "any", json!({"host": "<h>", "subdomain": "x"})),
            ];
            let case = Case::new("name", rules)
                .map(json!({"host_matching": hosts}))
                .bind(json!({"server_name": name}));
            cases.push(case.ask_all(["/", "/branch"]).build_with(
                "branch",
                json!({}),
                json!({"force_external": true}),
            ));
        }
    }
    for path in [
        "/branch", "/branch/", "", "/", "branch", "//branch", "/nothing",
    ] {
        let bind = json!({"server_name": "example.com", "path_info": path, "query_args": {"a b": "c&d", "e": ["f", 1, null], "n": null}});
        let case = Case::new("bound path", rules()).bind(bind).request();
        cases.push(
            case.ask_with("/branch", json!("x=%20"))
                .ask_with("/branch", json!({"x": " ", "y": [1, 2]})),
        );
    }
    for (query, path) in [
        (json!({}), "/branch"),
        (json!(""), "/branch"),
        (json!({"a": null}), "/branch"),
        (json!({"a": "\u{e9}/?"}), "/branch"),
    ] {
        let bind = json!({"server_name": "example.com", "query_args": "bound=1"});
        cases.push(
            Case::new("query of a match", rules())
                .bind(bind)
                .ask_with(path, query),
        );
    }
    let root = json!({"server_name": "h", "script_name": "/\u{e9} x%"});
    let case = Case::new("root", rules()).bind(root).ask("/branch");
    cases.push(case.build("branch", json!({})));
    cases
}
