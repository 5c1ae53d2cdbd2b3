//! Hosts, factories, and URLs that are built.

use serde_json::{Value as Json, json};

use super::{UUID, rule, with};
use crate::oracle::Case;

pub(super) fn hosts() -> Vec<Case> {
    let subdomains = vec![
        rule("/", "index"),
        with("/", "www", json!({"subdomain": "www"})),
        with("/", "user", json!({"subdomain": "<user>"})),
        with("/", "number", json!({"subdomain": "<int:n>"})),
        with("/", "mixed", json!({"subdomain": "api-<v>.eu"})),
        with("/a", "a", json!({"subdomain": "www"})),
        with("/b/", "b", json!({"subdomain": "<user>"})),
        with(
            "/page/",
            "page",
            json!({"subdomain": "<user>", "defaults": {"page": 1}}),
        ),
        with("/page/<int:page>", "page", json!({"subdomain": "<user>"})),
        rule("/only", "only"),
    ];
    let paths = [
        "/", "/a", "/b", "/b/", "/only", "/page/1", "/page/2", "/page", "//a", "/x",
    ];
    let mut cases = Vec::new();
    for subdomain in ["", "www", "bob", "5", "api-2.eu", "a.b", "<invalid>"] {
        for default in ["", "www"] {
            for script in ["/", "/app"] {
                let bind = json!({"server_name": "example.org", "subdomain": subdomain, "script_name": script});
                let mut case = Case::new("subdomains", subdomains.clone()).bind(bind);
                case = case
                    .map(json!({"default_subdomain": default}))
                    .ask_all(paths);
                for (endpoint, values) in [
                    ("index", json!({})),
                    ("www", json!({})),
                    ("user", json!({"user": "bob"})),
                    ("user", json!({"user": "a b"})),
                    ("number", json!({"n": 5})),
                    ("mixed", json!({"v": 2})),
                    ("a", json!({})),
                    ("b", json!({"user": "bob"})),
                    ("page", json!({"user": "bob", "page": 1})),
                    ("only", json!({})),
                    ("user", json!({})),
                ] {
                    case = case.build(endpoint, values.clone());
                    case = case.build_with(endpoint, values, json!({"force_external": true}));
                }
                cases.push(case);
            }
        }
    }
    let hosts = vec![
        with("/", "index", json!({"host": "www.example.org"})),
        with("/", "files", json!({"host": "files.example.org:8080"})),
        with("/", "any", json!({"host": "<name>.example.org"})),
        with("/x/", "x", json!({"host": "<name>.example.org"})),
        rule("/no", "no host"),
        with("/two", "two", json!({"host": "www.example.org"})),
        with("/two", "two", json!({"host": "files.example.org:8080"})),
        with("/lang", "lang", json!({"host": "<string(length=2):l>.<d>"})),
    ];
    for host in [
        "www.example.org",
        "files.example.org:8080",
        "bob.example.org",
        "WWW.Example.Org",
        "other.org",
        "de.x.org",
    ] {
        let bind = json!({"server_name": host});
        let mut case = Case::new("hosts", hosts.clone())
            .map(json!({"host_matching": true}))
            .bind(bind);
        case = case.ask_all(["/", "/x", "/x/", "/no", "/two", "/lang", "//two"]);
        for (endpoint, values) in [
            ("index", json!({})),
            ("files", json!({})),
            ("any", json!({"name": "bob"})),
            ("x", json!({"name": "a.b"})),
            ("two", json!({})),
            ("no host", json!({})),
            ("lang", json!({"l": "de", "d": "x.org"})),
        ] {
            case = case.build(endpoint, values.clone());
            case = case.build_with(
                endpoint,
                values,
                json!({"force_external": true, "url_scheme": "https"}),
            );
        }
        cases.push(case);
    }
    cases
}

pub(super) fn factories() -> Vec<Case> {
    let rules = json!([
        rule("/", "index"),
        with(
            "/<int:id>",
            "show",
            json!({"methods": ["GET"], "defaults": {"x": 1}})
        ),
        with("/old/<int:id>", "old", json!({"redirect_to": "<id>"})),
        with("/b/", "b", json!({"strict_slashes": false})),
        with("/out", "out", json!({"build_only": true})),
    ]);
    let paths = [
        "/",
        "/5",
        "/blog",
        "/blog/",
        "/blog/5",
        "/blog/old/5",
        "/blog/b",
        "/blog/out",
        "/user/",
        "/user/5",
        "/page/5",
        "/blog/user/5",
    ];
    let mount = |inner: Json| json!({"submount": "/blog", "rules": inner});
    let template = json!({"template": {"name": "user", "v": "1"}, "rules": [
        rule("/$name/", "$name.list"), rule("/$name/<int:id>", "${name}.show"), with("/v$v", "v", json!({"defaults": {"d": "$name"}})),
    ]});
    let specs = vec![
        vec![mount(rules.clone())],
        vec![json!({"submount": "/blog/", "rules": rules})],
        vec![json!({"submount": "", "rules": rules})],
        vec![json!({"submount": "/<lang>", "rules": rules})],
        vec![
            json!({"prefix": "blog/", "rules": [mount(rules.clone())]}),
            rule("/", "index"),
        ],
        vec![template.clone()],
        vec![mount(json!([template]))],
        vec![
            json!({"subdomain_of": "www", "rules": [mount(rules.clone())]}),
            rule("/", "bare"),
        ],
        vec![json!({"subdomain_of": "<lang>", "rules": rules})],
    ];
    let mut cases = Vec::new();
    for spec in specs {
        for subdomain in ["", "www"] {
            let bind = json!({"server_name": "example.org", "subdomain": subdomain});
            let mut case = Case::new("factories", spec.clone())
                .bind(bind)
                .ask_all(paths)
                .ask_all(["POST /blog/5", "/v1"]);
            for endpoint in [
                "index",
                "blog/index",
                "show",
                "blog/show",
                "user.list",
                "user.show",
                "v",
                "out",
                "bare",
            ] {
                case = case
                    .build(endpoint, json!({"id": 5}))
                    .build(endpoint, json!({"id": 5, "lang": "de"}));
            }
            cases.push(case);
        }
    }
    cases
}

pub(super) fn building() -> Vec<Case> {
    let rules = vec![
        rule("/", "index"),
        rule("/a/<x>", "x"),
        rule("/a/<x>/<int:y>", "x"),
        rule("/a", "x"),
        rule("/f/<path:p>", "p"),
        rule("/b/<any(a, b):x>", "any"),
        rule("/int/<int(fixed_digits=4):y>", "fixed"),
        rule("/f/<float:f>", "float"),
        rule("/u/<uuid:u>", "uuid"),
        rule("/c d/<x>", "space"),
        rule("/caf\u{e9}/<x>", "unicode"),
        rule("/<x>-<y>", "two"),
        with("/out", "out", json!({"build_only": true})),
        rule("/%2f/<x>", "percent"),
        rule("//m//<x>", "merged"),
        with("//m//<x>", "kept", json!({"merge_slashes": false})),
    ];
    let values: Vec<(&str, Json)> = vec![
        ("index", json!({})),
        ("index", json!({"q": "x"})),
        ("x", json!({})),
        ("x", json!({"x": "a"})),
        ("x", json!({"y": 1})),
        ("x", json!({"x": "a", "y": 1})),
        ("x", json!({"x": "a", "y": "no"})),
        ("x", json!({"x": "a", "z": 2})),
        ("x", json!({"x": null})),
        ("x", json!({"x": ""})),
        ("x", json!({"x": "a b?c#d%e&f=g+h;i:j@k,l!m$n'o(p)q*r~s"})),
        ("x", json!({"x": "\u{e9}\u{4e2d}\u{1f600}\"<>\\^`{|}[]"})),
        ("x", json!({"x": 5})),
        ("x", json!({"x": 1.5})),
        ("x", json!({"x": true})),
        ("p", json!({"p": "a/b c/d"})),
        ("p", json!({"p": "/a"})),
        ("p", json!({})),
        ("any", json!({"x": "a"})),
        ("any", json!({"x": "c"})),
        ("any", json!({"x": 1})),
        ("fixed", json!({"y": 5})),
        ("fixed", json!({"y": "0012"})),
        ("fixed", json!({"y": 123456})),
        ("fixed", json!({"y": -5})),
        ("fixed", json!({"y": "x"})),
        ("fixed", json!({"y": 5.9})),
        ("fixed", json!({"y": true})),
        ("float", json!({"f": 1})),
        ("float", json!({"f": 1.25})),
        ("float", json!({"f": "2.5"})),
        ("float", json!({"f": "x"})),
        ("float", json!({"f": -1.5})),
        ("float", json!({"f": 123456789.125})),
        ("uuid", json!({"u": {"uuid": UUID}})),
        ("uuid", json!({"u": UUID})),
        ("space", json!({"x": "a"})),
        ("unicode", json!({"x": "\u{e9}"})),
        ("two", json!({"x": "a", "y": "b"})),
        ("two", json!({"x": "a-b", "y": "c"})),
        ("two", json!({"x": "a"})),
        ("out", json!({})),
        ("percent", json!({"x": "a"})),
        ("merged", json!({"x": "a"})),
        ("kept", json!({"x": "a"})),
        ("nothing", json!({})),
        ("nothing", json!({"x": 1})),
    ];
    let mut cases = Vec::new();
    for (script, scheme) in [
        ("/", "http"),
        ("/app", "https"),
        ("/a/b/", ""),
        ("", "http"),
        ("app", "wss"),
    ] {
        let bind =
            json!({"server_name": "example.org:8000", "script_name": script, "url_scheme": scheme});
        let mut case = Case::new("building", rules.clone()).bind(bind);
        for (endpoint, values) in &values {
            case = case.build(endpoint, values.clone());
            case = case.build_with(endpoint, values.clone(), json!({"force_external": true}));
            case = case.build_with(endpoint, values.clone(), json!({"append_unknown": false}));
            case = case.build_with(
                endpoint,
                values.clone(),
                json!({"force_external": true, "url_scheme": ""}),
            );
            case = case.build_with(
                endpoint,
                values.clone(),
                json!({"force_external": true, "url_scheme": "https"}),
            );
        }
        cases.push(case);
    }
    let exponents = Case::new("building", [rule("/<float:f>", "f")]);
    let exponents = exponents
        .build("f", json!({"f": 1e-7}))
        .differs("a float is written without exponent, for the rule matches none");
    cases.push(
        exponents
            .build("f", json!({"f": 1e20}))
            .differs("a float is written without exponent, for the rule matches none"),
    );
    cases
}

pub(super) fn queries() -> Vec<Case> {
    let values: Vec<Json> = vec![
        json!({"q": "a b"}),
        json!({"q": "a&b=c+d"}),
        json!({"q": ["x", "y", "z"]}),
        json!({"q": []}),
        json!({"q": [null, 1]}),
        json!({"b": 1, "a": 2}),
        json!({"q": "\u{e9}/?:@!$'()*,;"}),
        json!({"q": "\"<>#%{}|\\^~[]`"}),
        json!({"q": true}),
        json!({"q": 1.5}),
        json!({"q": 1e16}),
        json!({"q": 1e-5}),
        json!({"q": 0.0001}),
        json!({"q": ""}),
        json!({"": "x"}),
        json!({"a b&": "x"}),
        json!({"q": null}),
        json!({"q": {"uuid": UUID}}),
        json!({"q": [2, 10, 1]}),
        json!({"b": ["y", "x"], "a": "z"}),
        json!({"q": {"float": "nan"}}),
        json!({"q": {"float": "inf"}}),
        json!({"q": {"float": "-inf"}}),
        json!({"q": -0.0}),
        json!({"x": "a", "q": "b"}),
    ];
    let mut cases = Vec::new();
    for sort in [false, true] {
        let mut case = Case::new("queries", [rule("/", "e"), rule("/<x>", "e")])
            .map(json!({"sort_parameters": sort}));
        for values in &values {
            case = case.build("e", values.clone());
            if sort && *values == json!({"q": [null, 1]}) {
                case = case.differs("sorting does not fail on a None that is left out anyway");
            }
        }
        cases.push(case);
    }
    cases
}
