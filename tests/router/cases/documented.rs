//! What Werkzeug's manual says and its own tests hold, page by page.

use serde_json::json;

use super::{numbered, rule, with};
use crate::oracle::Case;

/// "Quickstart": a blog.
pub(super) fn quickstart() -> Vec<Case> {
    let rules = [
        rule("/", "blog/index"),
        rule("/<int:year>/", "blog/archive"),
        rule("/<int:year>/<int:month>/", "blog/archive"),
        rule("/<int:year>/<int:month>/<int:day>/", "blog/archive"),
        rule("/<int:year>/<int:month>/<int:day>/<slug>", "blog/show_post"),
        rule("/about", "blog/about_me"),
        rule("/feeds/", "blog/feeds"),
        rule("/feeds/<feed_name>.rss", "blog/show_feed"),
    ];
    let case = Case::new("blog", rules).ask_all([
        "/",
        "",
        "/2024/",
        "/2024",
        "/2024/5/",
        "/2024/05/",
        "/2024/5/17",
        "/2024/5/17/",
        "/2024/5/17/a-slug",
        "/2024/5/17/a-slug/",
        "/about",
        "/about/",
        "/feeds",
        "/feeds/",
        "/feeds/atom.rss",
        "/feeds/a.b.rss",
        "/feeds/.rss",
        "/feeds/atom.xml",
        "/-5/",
        "/2024/x/",
        "/2024//5/",
    ]);
    let case = case
        .build("blog/index", json!({}))
        .build("blog/archive", json!({"year": 2024}))
        .build("blog/archive", json!({"year": 2024, "month": 5}))
        .build("blog/archive", json!({"year": 2024, "day": 5}))
        .build("blog/archive", json!({"year": 2024, "month": 5, "day": 17}))
        .build("blog/archive", json!({"month": 5}))
        .build(
            "blog/show_post",
            json!({"year": "2024", "month": "05", "day": 1, "slug": "a slug"}),
        )
        .build("blog/show_feed", json!({"feed_name": "atom"}))
        .build("blog/nothing", json!({}));
    let case = case
        .expecting("blog/archive", &["year"])
        .expecting("blog/archive", &["year", "day"])
        .expecting("blog/archive", &["slug"])
        .expecting("blog/index", &[]);
    vec![case]
}

/// "Rule Priority": what is more specific comes first, and of equals what was added first.
pub(super) fn priority() -> Vec<Case> {
    let pages = [
        with("/", "page", json!({"defaults": {"name": "FrontPage"}})),
        rule("/Special", "special"),
        rule("/<int:year>", "year"),
        rule("/<path:name>:foo", "foopage"),
        rule("/<path:name>:<path:name2>", "twopage"),
        rule("/<path:name>", "page"),
        rule("/<path:name>/edit", "editpage"),
        rule("/<path:name>/silly/<path:name2>", "sillypage"),
        rule("/<path:name>/silly/<path:name2>/edit", "editsillypage"),
        rule("/Talk:<path:name>", "talk"),
        rule("/User:<username>", "user"),
        rule("/User:<username>/<path:name>", "userpage"),
        rule(
            "/User:<username>/comment/<int:id>-<int:replyId>",
            "usercomment",
        ),
        rule("/Files/<path:file>", "files"),
        rule("/<admin>/<manage>/<things>", "admin"),
    ];
    let wiki = Case::new("wiki", pages).ask_all([
        "/",
        "/FrontPage",
        "/Special",
        "/2007",
        "/Some:foo",
        "/Some:bar",
        "/Some/Page",
        "/Some/Page/edit",
        "/Foo/silly/bar",
        "/Foo/silly/bar/edit",
        "/Talk:Foo/Bar",
        "/User:thomas",
        "/User:thomas/projects/werkzeug",
        "/User:thomas/comment/123-456",
        "/User:thomas/comment/123",
        "/Files/downloads/werkzeug/0.2.zip",
        "/Jerry/eats/cheese",
        "/Jerry/eats/cheese/now",
        "/a:b:foo",
        "/a/edit/edit",
        "/:foo",
        "/User:",
    ]);
    let names: Vec<String> = (0..11).map(|at| format!("<int:a{at}>")).collect();
    let numbers: Vec<String> = (0..11).map(|number| number.to_string()).collect();
    let eleven = Case::new("eleven", numbered(&[format!("/{}", names.join("-"))]));
    let eleven = eleven.ask(format!("/{}", numbers.join("-"))).ask("/1-2-3");
    vec![
        wiki,
        eleven,
        Case::new(
            "path weights",
            numbered(&["/<path:path>/c", "/<path:path>/<a>/<b>"]),
        )
        .ask_all(["/a/b/c", "/a/b/d", "/c", "/a/c"]),
        Case::new(
            "greedy",
            numbered(&["/foo", "/<path:bar>", "/<path:bar>/<path:blub>"]),
        )
        .ask_all(["/foo", "/blub", "/he/he", "/a/b/c", "/foo/"]),
        Case::new("weights", numbered(&["/<int:value>", "/<uuid:value>"])).ask_all([
            "/2b5b0911-fdcf-4dd2-921b-28ace88db8a0",
            "/2",
            "/2b5b0911",
        ]),
        Case::new(
            "literals",
            numbered(&[
                "/<a>-b",
                "/<a>-",
                "/x<a>",
                "/<a>",
                "/x<a>-b",
                "/<a>.<b>-b",
                "/xy<a>",
            ]),
        )
        .ask_all(["/x-b", "/xy-b", "/a.b-b", "/a-", "/xyz", "/xy", "/x", "/a"]),
        Case::new(
            "equals",
            numbered(&["/<a>/x", "/<b>/x", "/<b>/<c>", "/<c>/<d>", "/<string:e>/y"]),
        )
        .ask_all(["/1/x", "/1/y", "/1/z"]),
        Case::new(
            "equals of other arguments",
            numbered(&["/<int(max=3):a>/x", "/<int:b>/x", "/<int(min=9):c>/<d>"]),
        )
        .ask_all(["/1/x", "/5/x", "/10/x", "/10/y", "/1/y"]),
        Case::new(
            "several ways",
            numbered(&[
                "/a/<x>/c",
                "/<x>/b/d",
                "/<x>/<y>/<z>",
                "/a/b/<z>",
                "/<path:p>/e",
            ]),
        )
        .ask_all([
            "/a/b/c", "/a/b/d", "/a/x/d", "/x/b/d", "/x/y/d", "/a/b/e", "/a/b/c/e",
        ]),
        Case::new(
            "newline",
            numbered(&["/hello", "/x/<a>", "/p/<path:a>", "/s/<string(length=1):a>"]),
        )
        .ask_all([
            "/hello\n", "/\nhello", "/x/\n", "/x/a\n", "/p/\n", "/p/a\n", "/p/\na", "/s/\n",
            "/hello\r",
        ]),
    ]
}

/// "Map": slashes.
pub(super) fn slashes() -> Vec<Case> {
    let strict = [
        with("/bar/", "get", json!({"methods": ["GET"]})),
        with("/bar", "post", json!({"methods": ["POST"]})),
        with("/foo/", "foo", json!({"methods": ["POST"]})),
        with("/<path:var>/", "path", json!({"methods": ["GET"]})),
    ];
    let strict = Case::new("strict", strict)
        .ask_all([
            "/bar/",
            "POST /bar",
            "/abc/",
            "/bar",
            "POST /bar/",
            "POST /foo",
            "/abc",
            "/foo",
            "/a/b",
            "HEAD /bar",
        ])
        .allowed("/bar")
        .allowed("/bar/")
        .allowed("/foo/")
        .allowed("/a")
        .allowed("/");
    let leaves = (1..=5).flat_map(|number| {
        let leaf = json!({"strict_slashes": ![2, 4].contains(&number)});
        let branch = json!({"strict_slashes": ![3, 4].contains(&number)});
        [
            with(&format!("/path{number}"), "leaf", leaf),
            with(&format!("/path{number}/"), "branch", branch),
        ]
    });
    let leaves = Case::new("leaves do not consume", leaves.collect::<Vec<_>>());
    let paths = (1..=5).flat_map(|number| [format!("/path{number}"), format!("/path{number}/")]);
    let lenient = json!({"strict_slashes": false});
    let lenient = [
        with("/path1", "leaf", lenient.clone()),
        with("/path2/", "branch", lenient.clone()),
        with("/<path:path>", "path", lenient),
    ];
    let merging = [
        rule("/no/tail", "no_tail"),
        rule("/yes/tail/", "yes_tail"),
        rule("/with/<path:path>", "with_path"),
        with("/no//merge", "no_merge", json!({"merge_slashes": false})),
        with("/no/merging", "no_merging", json!({"merge_slashes": false})),
        rule("/merge/<some>/path", "some"),
        rule("/yes//merge", "yes_merge"),
    ];
    let merging = Case::new("merging", merging).ask_all([
        "/no//tail",
        "/yes//tail",
        "/yes/tail//",
        "//yes///tail////",
        "/no/tail",
        "/yes/tail/",
        "/no/merge",
        "/with/http://example.com/",
        "/with/x//y",
        "/with//x",
        "/no//merge",
        "/no/merging",
        "/no//merging",
        "/merge/%//path",
        "/merge//st/path",
        "/yes/merge",
        "/yes//merge",
        "//",
        "POST /no//tail",
    ]);
    vec![
        strict,
        leaves.map(json!({"strict_slashes": false})).ask_all(paths),
        Case::new("lenient", lenient).ask_all([
            "/path1", "/path1/", "/path2", "/path2/", "/any", "/any/", "/any//",
        ]),
        merging
            .build("yes_merge", json!({}))
            .build("no_merge", json!({})),
        Case::new("no path", [rule("/", "index")]).ask_all(["", "/"]),
        Case::new("no path below a root", [rule("/", "index")])
            .bind(json!({"server_name": "example.com", "script_name": "/approot"}))
            .ask_all(["", "/", "//"]),
        Case::new(
            "redirects of Unicode",
            numbered(&["/\u{f6}\u{e4}\u{fc}/", "/foo+bar/", "/a b/", "/50%/"]),
        )
        .bind(json!({"server_name": "localhost", "query_args": "a=%C3%B6&b=+"}))
        .ask_all([
            "/\u{f6}\u{e4}\u{fc}",
            "/foo+bar",
            "/a b",
            "/50%",
            "/\u{f6}\u{e4}\u{fc}/",
        ]),
    ]
}

/// "Rule": defaults, aliases, `redirect_to`.
pub(super) fn redirects() -> Vec<Case> {
    let mut cases = Vec::new();
    for prefix in ["", "/aaa"] {
        let at = |path: &str, defaults| {
            with(
                &format!("{prefix}{path}"),
                "x",
                json!({"defaults": defaults}),
            )
        };
        let rules = [
            at("/", json!({"foo": 1, "bar": false})),
            at("/<int:foo>", json!({"bar": false})),
            at("/bar/", json!({"foo": 1, "bar": true})),
            at("/bar/<int:foo>", json!({"bar": true})),
        ];
        let mut case = Case::new("double defaults", rules);
        for path in ["/", "/1", "/2", "/bar/", "/bar/1", "/bar/2", "/bar", "/01"] {
            case = case.ask(format!("{prefix}{path}"));
        }
        for number in [json!(null), json!(1), json!(2), json!("1"), json!(true)] {
            for truth in [json!(null), json!(true), json!(false), json!(0), json!("x")] {
                case = case.build("x", json!({"foo": number, "bar": truth}));
            }
        }
        cases.push(case);
    }
    let users = [
        rule("/", "index"),
        with("/index.html", "index", json!({"alias": true})),
        with("/users/", "users", json!({"defaults": {"page": 1}})),
        with(
            "/users/index.html",
            "users",
            json!({"defaults": {"page": 1}, "alias": true}),
        ),
        rule("/users/page/<int:page>", "users"),
        with(
            "/users/page-<int:page>.html",
            "users",
            json!({"alias": true}),
        ),
    ];
    for query in ["", "foo=bar"] {
        let bind = json!({"server_name": "example.com", "query_args": query});
        let case = Case::new("aliases", users.clone()).bind(bind).ask_all([
            "/index.html",
            "/users/index.html",
            "/users/page-2.html",
            "/users/page-1.html",
            "/users/page/1",
            "/users/page/2",
            "POST /index.html",
            "//index.html",
            "/index.html/",
        ]);
        cases.push(
            case.build("index", json!({}))
                .build("users", json!({"page": 1}))
                .build("users", json!({"page": 2})),
        );
    }
    let category = [
        with("/<category>", "category", json!({"defaults": {"page": 1}})),
        rule("/<category>/page/<int:page>", "category"),
    ];
    cases.push(Case::new("quoted", category).ask_all([
        "/foo bar/page/1",
        "/\u{e9}/page/1",
        "/a%b/page/1",
        "/a?b/page/1",
    ]));
    let subdomains = [
        with(
            "/foo",
            "e",
            json!({"defaults": {"bar": 42}, "subdomain": "test"}),
        ),
        with("/foo/<int:bar>", "e", json!({"subdomain": "other"})),
    ];
    let other = json!({"server_name": "localhost", "subdomain": "other"});
    cases.push(
        Case::new("to another subdomain", subdomains)
            .bind(other)
            .ask_all(["/foo/42", "/foo/43", "/foo"]),
    );
    let hosts = [
        with("/", "index", json!({"host": "www.<domain>"})),
        with("/", "files", json!({"host": "files.<domain>"})),
        with(
            "/foo/",
            "x",
            json!({"host": "www.<domain>", "defaults": {"page": 1}}),
        ),
        with("/<int:page>", "x", json!({"host": "files.<domain>"})),
    ];
    for host in [
        "www.example.com",
        "files.example.com",
        "files.example.com:8080",
        "other.example.com",
    ] {
        let case = Case::new("hosts", hosts.clone()).map(json!({"host_matching": true}));
        let case = case
            .bind(json!({"server_name": host}))
            .ask_all(["/", "/foo/", "/foo", "/1", "/2"]);
        cases.push(case.build("x", json!({"domain": "example.com", "page": 2})));
    }
    let called = [
        with(
            "/old/<int:id>/<slug>",
            "old",
            json!({"redirect_to": {"function": "reverse"}}),
        ),
        with(
            "/build/<int:id>",
            "old",
            json!({"redirect_to": {"function": "build"}}),
        ),
        rule("/target/<int:id>", "target"),
        with(
            "/some/old/url/<slug>",
            "old",
            json!({"redirect_to": "foo/<slug>"}),
        ),
        with(
            "/defaults/<slug>",
            "old",
            json!({"redirect_to": "foo/<slug>/", "defaults": {"page": 1}}),
        ),
    ];
    for bind in [
        json!({"server_name": "h"}),
        json!({"server_name": "h", "script_name": "/app", "query_args": "q"}),
    ] {
        let case = Case::new("functions", called.clone()).bind(bind);
        cases.push(case.ask_all([
            "/old/7/a b",
            "/build/7",
            "/some/old/url/x",
            "/defaults/x",
            "/old/x/y",
        ]));
    }
    cases
}

/// "WebSockets", and the adapter's own methods.
pub(super) fn adapters() -> Vec<Case> {
    let rules = [
        rule("/", "index"),
        rule("/foo", "foo"),
        rule("/bar/", "bar"),
        with("/ws", "ws", json!({"websocket": true})),
        with("/", "indexws", json!({"websocket": true})),
    ];
    let mut cases = Vec::new();
    for scheme in ["http", "https", "ws", "wss"] {
        let case = Case::new("basic", rules.clone())
            .bind(json!({"server_name": "example.org", "url_scheme": scheme}));
        cases.push(
            case.ask_all([
                "/", "/foo", "/bar/", "/bar", "/blub", "/ws", "ws /ws", "ws /foo", "ws /",
                "ws /bar", "ws /x",
            ])
            .build("ws", json!({}))
            .build("indexws", json!({"q": 1}))
            .build_with("foo", json!({}), json!({"force_external": true}))
            .build_with("ws", json!({}), json!({"url_scheme": "https"})),
        );
    }
    let methods = [
        with("/<foo>", "a", json!({"methods": ["GET", "HEAD"]})),
        with("/foo", "b", json!({"methods": ["POST"]})),
        with("/branch/", "c", json!({"methods": ["PUT"]})),
        with("/ws", "d", json!({"websocket": true})),
        rule("/all/x", "e"),
        with("/<int:x>/y", "f", json!({"methods": ["PUT"]})),
    ];
    let case = Case::new("allowed methods", methods);
    let paths = [
        "/foo",
        "/x",
        "/branch",
        "/branch/",
        "/ws",
        "/all/x",
        "/all/",
        "/nothing/x",
        "/5/y",
        "//foo",
        "",
    ];
    cases.push(paths.iter().fold(case, |case, path| case.allowed(path)));
    let fallback = [
        with("/", "index", json!({"methods": ["GET"]})),
        with("/<name>", "hello_name", json!({"methods": ["GET"]})),
        with("/select", "hello_select", json!({"methods": ["POST"]})),
        with("/search_get", "search", json!({"methods": ["GET"]})),
        with("/search_post", "search", json!({"methods": ["POST"]})),
    ];
    for default in ["GET", "POST", "PUT", "HEAD"] {
        let mut case = Case::new("fallback of methods", fallback.clone());
        case = case.bind(json!({"server_name": "example.com", "default_method": default}));
        for endpoint in ["index", "hello_select", "search", "hello_name"] {
            case = case.build(endpoint, json!({"name": "foo"}));
            for method in ["GET", "POST", "PUT", "HEAD", "get", ""] {
                case = case.build_with(endpoint, json!({"name": "foo"}), json!({"method": method}));
            }
        }
        cases.push(case);
    }
    let names = [
        "self",
        "class",
        "def",
        "lambda",
        "kwargs",
        "_",
        "a1",
        "A",
        "\u{61}b_c",
    ];
    let rules: Vec<String> = names
        .iter()
        .map(|name| format!("/{name}/<{name}>"))
        .collect();
    let mut case = Case::new("names of parameters", numbered(&rules));
    for (at, name) in names.iter().enumerate() {
        case = case
            .ask(format!("/{name}/x"))
            .build(&format!("e{at}"), json!({*name: "x", "other": 1}));
    }
    cases.push(case);
    cases
}

/// "MapAdapter.build": values of all kinds.
pub(super) fn values() -> Vec<Case> {
    let unknown = [
        json!(null),
        json!([null]),
        json!([null, null]),
        json!(""),
        json!([""]),
        json!(0),
        json!(1.0),
        json!([1, 2]),
        json!([1, null, 2]),
        json!([1, "", 2]),
        json!("1+2"),
        json!([]),
        json!([[1, 2]]),
        json!([["a", null], "b"]),
        json!(false),
        json!({"int": "123456789012345678901234567890"}),
        json!({"float": "1e22"}),
        json!([true, 1.5]),
        json!([["it's", "\"", "\n", "\\"]]),
        json!("\u{1f600}"),
        json!("a\nb\tc\u{0}"),
        json!({"float": "-0.0"}),
    ];
    let converters = json!({"converters": {"plus": "plus", "even": "even", "lower": "lower"}});
    let rules = [
        rule("/", "a"),
        rule("/int/<int:v>", "int"),
        rule("/plus/<plus:v>", "plus"),
        rule("/text/<v>", "text"),
        rule("/even/<even:v>", "even"),
        rule("/lower/<lower:v>", "lower"),
        rule("/float/<float:v>", "float"),
        rule("/path/<path:v>", "path"),
        rule("/any/<any(a, b):v>", "any"),
        rule("/uuid/<uuid:v>", "uuid"),
        rule("/fixed/<int(fixed_digits=3, signed=True):v>", "fixed"),
    ];
    let endpoints = [
        "a", "int", "plus", "text", "even", "lower", "float", "path", "any", "uuid", "fixed",
    ];
    let mut plain = Case::new("values", rules.clone()).map(converters.clone());
    let mut multi = Case::new("values of a MultiDict", rules).map(converters);
    for endpoint in endpoints {
        for value in &unknown {
            plain = plain.build(endpoint, json!({"v": value}));
            if value.is_object() && endpoint == "float" && value != &json!({"float": "-0.0"}) {
                plain =
                    plain.differs("a float is written without exponent, for the rule matches none");
            }
            plain = plain.build_with(
                endpoint,
                json!({"v": value}),
                json!({"append_unknown": false}),
            );
            if value.is_object() && endpoint == "float" && value != &json!({"float": "-0.0"}) {
                plain =
                    plain.differs("a float is written without exponent, for the rule matches none");
            }
            // Werkzeug keeps a None that a MultiDict has, and writes it.
            if value.is_array()
                && !value
                    .as_array()
                    .is_some_and(|all| all.contains(&json!(null)))
            {
                multi = multi.build_with(endpoint, json!({"v": value}), json!({"multi": true}));
            }
        }
    }
    vec![plain, multi]
}

/// "Custom Converters".
pub(super) fn custom() -> Vec<Case> {
    let all = [
        "lower", "first", "last", "two", "tail", "optional", "either", "plus", "even",
    ];
    let converters = json!({"converters": all.iter().map(|name| ((*name).to_owned(), json!(name))).collect::<serde_json::Map<_, _>>()});
    let paths = [
        "/a", "/ab", "/A", "/a/b", "/a/b/", "/a/b/c", "/", "//", "/5", "/4", "/4/", "/bbc", "/dc",
        "/d", "/a+b", "/x/a", "/x/a/b", "/x/", "/x", "/a/x", "/a/b/x", "/x-a", "/x-4", "/x-a/b",
        "/aa", "/a/a", "/abc/def", "/a//b",
    ];
    let mut cases = Vec::new();
    for name in all {
        for text in [
            "/<C:v>",
            "/<C:v>/",
            "/x/<C:v>",
            "/<C:v>/x",
            "/x-<C:v>",
            "/<C:v><C:w>",
            "/<C:v>/<C:w>",
            "/<C:v>.<w>",
        ] {
            let rule = text.replace('C', name);
            let case = Case::new("custom", numbered(&[rule]))
                .map(converters.clone())
                .ask_all(paths);
            cases.push(
                case.build("e0", json!({"v": "Ab c", "w": "d"}))
                    .build("e0", json!({"v": 4, "w": 6}))
                    .build("e0", json!({"v": 5, "w": 6}))
                    .build("e0", json!({"v": ["a", "b"], "w": "a/b"})),
            );
        }
    }
    let together: Vec<String> = all.iter().map(|name| format!("/<{name}:v>")).collect();
    cases.push(
        Case::new("custom together", numbered(&together))
            .map(converters.clone())
            .ask_all(paths),
    );
    let reversed: Vec<String> = together.iter().rev().cloned().collect();
    cases.push(
        Case::new("custom together, reversed", numbered(&reversed))
            .map(converters.clone())
            .ask_all(paths),
    );
    // Expressions that mean the same are no reason to share a state: of these rules the first is found.
    for second in [
        "/<plus:v>/b",
        "/<last:v>/b",
        "/<string(1):v>/b",
        "/<string(minlength=0):v>/b",
        "/<lower:v>/b",
    ] {
        let case =
            Case::new("states", numbered(&["/<v>/<w>", second, "/<v>/c"])).map(converters.clone());
        cases.push(case.ask_all(["/a/b", "/a/c", "/a/d", "/a", "/a/"]));
    }
    for default in ["lower", "first", "last", "optional", "plus", "two", "tail"] {
        let map = json!({"converters": {"default": default, "int": "even"}});
        let case = Case::new(
            "replaced",
            numbered(&["/<v>", "/x/<v>/", "/<int:v>", "/s/<string:v>"]),
        )
        .map(map);
        cases.push(
            case.ask_all(paths)
                .ask_all(["/s/A", "/7", "/x/4"])
                .build("e2", json!({"v": 7})),
        );
    }
    cases
}
