//! The cases that are put to Werkzeug and to our map: each feature at its borders.

use serde_json::{Value as Json, json};

use crate::oracle::Case;

/// All cases.
pub(crate) fn all() -> Vec<Case> {
    let groups = [
        converters(),
        in_segments(),
        pairs(),
        malformed(),
        slashes(),
        methods(),
        websockets(),
        defaults(),
        aliases(),
        redirects(),
        hosts(),
        building(),
        queries(),
        factories(),
        unicode(),
    ];
    groups.into_iter().flatten().collect()
}

fn rule(rule: &str, endpoint: &str) -> Json {
    json!({"rule": rule, "endpoint": endpoint})
}

/// A rule with further options.
fn with(rule: &str, endpoint: &str, options: Json) -> Json {
    let mut spec = self::rule(rule, endpoint);
    for (name, value) in options.as_object().expect("an object") {
        spec[name] = value.clone();
    }
    spec
}

/// Each rule leads to an endpoint of its place: `e0`, `e1`, …
fn numbered<R: AsRef<str>>(rules: &[R]) -> Vec<Json> {
    rules
        .iter()
        .enumerate()
        .map(|(at, text)| rule(text.as_ref(), &format!("e{at}")))
        .collect()
}

const UUID: &str = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";

const CONVERTERS: [&str; 40] = [
    "string",
    "default",
    "string(minlength=2)",
    "string(maxlength=3)",
    "string(minlength=2,maxlength=3)",
    "string(length=2)",
    "string(2)",
    "string(2, 3)",
    "string(1, None, 4)",
    "string(minlength=0)",
    "string(length=0)",
    "any(a, b)",
    "any(12, x)",
    "any(about, 'a b', \"foo,bar\")",
    "any(a)",
    "any(a.b, 'a*')",
    "path",
    "int",
    "int(fixed_digits=2)",
    "int(3)",
    "int(min=5)",
    "int(max=12)",
    "int(min=5, max=12)",
    "int(2, 5, 12)",
    "int(signed=True)",
    "int(signed=True, max=0)",
    "int(fixed_digits=3, signed=True)",
    "int(min=1.5)",
    "int(max=1.5)",
    "int(signed=False)",
    "float",
    "float(min=1.0)",
    "float(max=2.5)",
    "float(min=1, max=2)",
    "float(signed=True)",
    "float(1.0, 2.5, True)",
    "uuid",
    "any(a/b, c)",
    "string(length='2')",
    "int(min=True)",
];

const TEXTS: [&str; 44] = [
    "a",
    "b",
    "ab",
    "abc",
    "abcd",
    "x",
    "c",
    "a b",
    "foo,bar",
    "about",
    "a.b",
    "a*",
    "axb",
    "0",
    "1",
    "2",
    "4",
    "5",
    "12",
    "13",
    "007",
    "05",
    "012",
    "-1",
    "-12",
    "--1",
    "-",
    "+1",
    "1_0",
    "1.0",
    "1.5",
    "2.5",
    "2.6",
    "-1.5",
    "1.",
    ".5",
    "1e5",
    "1.5.2",
    UUID,
    "6BA7B810-9DAD-11D1-80B4-00C04FD430C8",
    "6ba7b8109dad11d180b400c04fd430c8",
    "99999999999999999999999999",
    "a/b",
    "é",
];

fn converters() -> Vec<Case> {
    let values = [
        json!("a"),
        json!("b c/d"),
        json!(0),
        json!(5),
        json!(-3),
        json!(12),
        json!(1.5),
        json!(-0.25),
        json!("7"),
        json!({"uuid": UUID}),
        json!(""),
        json!("x"),
        json!(true),
    ];
    let mut cases = Vec::new();
    for converter in CONVERTERS {
        let texts = TEXTS
            .iter()
            .flat_map(|text| [format!("/{text}"), format!("/{text}/")]);
        let mut case =
            Case::new("converter", [rule(&format!("/<{converter}:v>"), "e")]).ask_all(texts);
        for value in &values {
            case = case.build("e", json!({"v": value}));
            let segment = converter.starts_with("string") || converter == "default";
            if value == "b c/d" && segment {
                case = case.differs(
                    "a slash in one segment is encoded, so that the URL leads back to the rule",
                );
            }
        }
        let branch = Case::new(
            "converter of a branch",
            [rule(&format!("/a/<{converter}:v>/"), "e")],
        );
        cases.push(case);
        cases.push(
            branch.ask_all(
                TEXTS
                    .iter()
                    .flat_map(|text| [format!("/a/{text}"), format!("/a/{text}/")]),
            ),
        );
    }
    cases
}

/// Several parameters and literal text in one segment, `path` in the middle.
fn in_segments() -> Vec<Case> {
    let rules = [
        "/<a>-<b>",
        "/<int:a>-<b>",
        "/<a>.<any(txt, md):b>",
        "/v<int:a>.<int:b>",
        "/<a><b>",
        "/<string(length=2):a><b>",
        "/<path:a>/edit",
        "/<path:a>/edit/",
        "/<path:a>/<b>",
        "/<path:a>/<int:b>/x",
        "/x<path:a>",
        "/<path:a>.html",
        "/<path:a>-<path:b>",
        "/<path:a>/to/<path:b>",
        "/<path:a>/to/<path:b>/",
        "/<path:a>/",
        "/w/<path:a>/",
        "/<path:a>//x",
        "/(<a>)",
        "/a+<a>*",
        "/<float:a>,<float:b>",
        "/<uuid:a>.<b>",
        "/x-<a>/y",
        "/-<a>-",
        "/<int(fixed_digits=2):a>-<int:b>",
        "/<any(a, ab, b):a><any(b, c):b>",
    ];
    let paths = [
        "/a-b",
        "/1-b",
        "/a-b-c",
        "/1-2-3",
        "/-b",
        "/a-",
        "/a.txt",
        "/a.b.md",
        "/a.png",
        "/v1.2",
        "/v1.",
        "/v1.2.3",
        "/ab",
        "/abc",
        "/a",
        "/x",
        "/a/edit",
        "/a/b/edit",
        "/a/edit/",
        "/a//edit",
        "/edit",
        "/a/b",
        "/a/b/c",
        "/a/7/x",
        "/a/b/7/x",
        "/a/b/7/x/",
        "/xa/b",
        "/x/a",
        "/a/b.html",
        "/a.html/b",
        "/a/to/b",
        "/a/to/b/to/c",
        "/a/to/b/",
        "/to/b",
        "/a/",
        "/a//",
        "/a/b/",
        "/w/a",
        "/w/a/",
        "/w/",
        "/w",
        "/w//a",
        "/a//x",
        "/a/x",
        "/(a)",
        "/a+b*",
        "/1.5,2.5",
        "/x-1/y",
        "/-a-",
        "/12-3",
        "/123-4",
        "/abb",
        "/aab",
        "/acb",
        "//",
        "/",
        "/a\nb",
        "/a\nb/edit",
    ];
    let each = rules
        .iter()
        .map(|text| Case::new("in segments", numbered(&[text])).ask_all(paths));
    let mut cases: Vec<Case> = each.collect();
    cases.push(Case::new("all in segments", numbered(&rules)).ask_all(paths));
    let mut reversed = rules;
    reversed.reverse();
    cases.push(Case::new("all in segments, reversed", numbered(&reversed)).ask_all(paths));
    cases
}

/// Rules of different kinds, which one comes first.
fn pairs() -> Vec<Case> {
    let rules = [
        "/",
        "/a",
        "/a/",
        "/<x>",
        "/<x>/",
        "/<int:x>",
        "/<int:x>/",
        "/<path:x>",
        "/<path:x>/",
        "/a/<x>",
        "/<x>/b",
        "/<x>/<y>",
        "/<int:x>/<y>",
        "/<path:x>/b",
        "/a-<x>",
        "/<x>-<y>",
        "/<any(a, b):x>",
        "/<any(a, b):x>/b",
        "/<string(length=1):x>/b",
        "/a/b",
        "/<int(min=5):x>",
        "/<float:x>",
        "/a/<path:x>",
        "/a/<int:x>/c",
    ];
    let paths = [
        "/", "/a", "/a/", "/b", "/b/", "/5", "/5/", "/3", "/a/b", "/a/b/", "/a/5", "/5/b", "/5/b/",
        "/b/b", "/x/y", "/x/y/", "/a-b", "/a-b/", "/a/b/c", "/a/b/b", "/1.5", "/ab", "/a/5/c",
        "/a//b", "//a//", "/a//",
    ];
    let mut cases = Vec::new();
    for (at, first) in rules.iter().enumerate() {
        for second in rules[at + 1..].iter() {
            for (one, two) in [(first, second), (second, first)] {
                cases.push(Case::new("pair", numbered(&[one, two])).ask_all(paths));
            }
            let lenient = json!({"strict_slashes": false});
            let post = vec![
                with(first, "e0", json!({"methods": ["POST"]})),
                with(second, "e1", lenient),
            ];
            cases.push(
                Case::new("pair of methods", post)
                    .ask_all(paths)
                    .ask_all(paths.map(|path| format!("POST {path}"))),
            );
        }
    }
    cases.push(Case::new("all", numbered(&rules)).ask_all(paths));
    cases
}

fn malformed() -> Vec<Case> {
    let refused = [
        "a",
        "",
        "/<",
        "/<>",
        "/<a",
        "/<nope:a>",
        "/<a>/<a>",
        "/<1a>",
        "/<int(:a>",
        "/<int(x=1):a>",
        "/<int(1, 2, 3, 4, 5):a>",
        "/<string(minlength=-1):a>",
        "/<any(1):a>",
        "/<float(fixed_digits=1):a>",
        "/<string(minlength='x'):a>",
    ];
    let mut cases: Vec<Case> = refused
        .iter()
        .map(|text| Case::new("malformed", numbered(&[text])).ask("/"))
        .collect();
    let differing = [
        (
            "/<int(min=-5, signed=True):a>",
            "negative limits are understood",
        ),
        (
            "/<string(minlength=3, maxlength=2):a>",
            "a parameter that nothing matches is refused when the map is built",
        ),
        (
            "/<int(min=3, max=2):a>",
            "a parameter that nothing matches is refused when the map is built",
        ),
        (
            "/<int(min='x'):a>",
            "a limit that is no number fails at the first request otherwise",
        ),
        (
            "/<any():a>",
            "an empty list of items matches nothing but the empty text",
        ),
        (
            "/<int(1, @):a>",
            "rubbish behind the arguments is not passed over",
        ),
        (
            "/<int(min=@):a>",
            "rubbish behind the arguments is not passed over",
        ),
        (
            "/<any(a.b, a*):a>",
            "rubbish behind the arguments is not passed over",
        ),
        ("/<uuid(1):a>", "arguments that mean nothing are refused"),
        ("/<path(1):a>", "arguments that mean nothing are refused"),
        (
            "/<string(2,3):a>",
            "two numbers with a comma between, and no space, are two",
        ),
    ];
    for (text, reason) in differing {
        cases.push(
            Case::new("malformed", numbered(&[text]))
                .ask("/")
                .differs(reason),
        );
    }
    let websocket = json!({"websocket": true, "methods": ["POST"]});
    cases.push(Case::new("malformed", [with("/", "e", websocket)]).ask("/"));
    let fine = [
        "/a>b",
        "/{a}",
        "/a b",
        "/%20",
        "/a?b",
        "/$a",
        "/a|b",
        "/<a>>",
        "/\u{e9}",
        "/..",
        "/a\\b",
        "/~a@b:c;d,e!",
    ];
    let paths = fine.iter().map(|text| text.replace("<a>", "v"));
    cases.push(Case::new("odd but fine", numbered(&fine)).ask_all(paths));
    for (at, _) in fine.iter().enumerate() {
        let case = Case::new("odd but fine", numbered(&fine));
        cases.push(case.build(&format!("e{at}"), json!({"a": "v"})));
    }
    cases
}

fn slashes() -> Vec<Case> {
    let rules = [
        "/",
        "/leaf",
        "/branch/",
        "/<int:id>",
        "/n/<int:id>/",
        "/both",
        "/both/",
        "/deep/er/",
        "/p/<path:x>",
        "/q/<path:x>/",
        "/r/<path:x>/s/",
        "/d//ouble",
        "/d//ouble/<x>//y",
        "/empty/<string(minlength=0):x>",
    ];
    let paths = [
        "",
        "/",
        "//",
        "///",
        "leaf",
        "/leaf",
        "/leaf/",
        "//leaf",
        "/leaf//",
        "/branch",
        "/branch/",
        "/branch//",
        "//branch",
        "/branch?",
        "/5",
        "/5/",
        "/n/5",
        "/n/5/",
        "//n//5",
        "//n//5//",
        "/both",
        "/both/",
        "/both//",
        "/deep/er",
        "/deep//er",
        "/deep//er/",
        "/deep///er//",
        "/deep/er/x",
        "/p/a",
        "/p/a/",
        "/p//a",
        "/p/a//b",
        "/p/a//b//",
        "/p/",
        "/p",
        "/q/a",
        "/q/a/",
        "/q/a//",
        "/q/a//b",
        "/q//a",
        "/q",
        "/q/",
        "/r/a/s",
        "/r/a/s/",
        "/r/a//s/",
        "/r/a/s//",
        "/d//ouble",
        "/d/ouble",
        "/d//ouble/a//y",
        "/d/ouble/a/y",
        "/empty",
        "/empty/",
        "/empty/a",
        "/empty/a/",
        "/nothing",
        "/nothing//",
        "//nothing",
        "/a%2fb",
        "/leaf/x",
        "POST /branch",
        "POST //branch",
    ];
    let mut cases = Vec::new();
    for (strict, merge) in [(true, true), (true, false), (false, true), (false, false)] {
        let settings = json!({"strict_slashes": strict, "merge_slashes": merge});
        cases.push(
            Case::new("slashes", numbered(&rules))
                .map(settings.clone())
                .ask_all(paths),
        );
        // Each rule the other way round.
        let contrary = json!({"strict_slashes": !strict, "merge_slashes": !merge});
        let each = rules
            .iter()
            .enumerate()
            .map(|(at, text)| with(text, &format!("e{at}"), contrary.clone()));
        cases.push(
            Case::new("contrary slashes", each.collect::<Vec<_>>())
                .map(settings.clone())
                .ask_all(paths),
        );
        for text in rules {
            cases.push(
                Case::new("one slash", numbered(&[text]))
                    .map(settings.clone())
                    .ask_all(paths),
            );
        }
        let bind = json!({"server_name": "example.org", "script_name": "/app/", "query_args": "a=b&c=%20", "url_scheme": "https"});
        cases.push(
            Case::new("bound slashes", numbered(&rules))
                .map(settings)
                .bind(bind)
                .ask_all(paths),
        );
    }
    cases
}

fn methods() -> Vec<Case> {
    let rules = vec![
        with("/a", "get", json!({"methods": ["GET"]})),
        with("/a", "post", json!({"methods": ["post"]})),
        with("/b", "put", json!({"methods": ["PUT"]})),
        rule("/c", "any"),
        with("/d/", "patch", json!({"methods": ["PATCH", "PURGE"]})),
        with("/<x>", "delete", json!({"methods": ["DELETE"]})),
        with("/<int:x>", "int", json!({"methods": ["POST"]})),
        with("/e", "none", json!({"methods": []})),
        with("/f", "head", json!({"methods": ["HEAD", "GET"]})),
        with("/int/<int(min=5):x>", "min", json!({"methods": ["GET"]})),
        with("/int/<int:x>", "post int", json!({"methods": ["POST"]})),
    ];
    let names = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "PURGE", "DELETE", "OPTIONS", "TRACE", "get",
        "purge",
    ];
    let paths = [
        "/a",
        "/b",
        "/c",
        "/d",
        "/d/",
        "/5",
        "/x",
        "/e",
        "/f",
        "/int/3",
        "/int/7",
        "/nothing/x",
    ];
    let questions = names
        .iter()
        .flat_map(|name| paths.map(|path| format!("{name} {path}")));
    let endpoints = [
        "get", "post", "put", "any", "patch", "delete", "int", "none", "head",
    ];
    let mut case = Case::new("methods", rules).ask_all(questions);
    for endpoint in endpoints {
        case = case.build(endpoint, json!({"x": 5}));
        for method in ["GET", "POST", "DELETE"] {
            case = case.build_with(endpoint, json!({"x": 5}), json!({"method": method}));
        }
    }
    let two = vec![
        with("/get/<x>", "two", json!({"methods": ["GET"]})),
        with("/post/<x>", "two", json!({"methods": ["POST"]})),
    ];
    let mut two_case = Case::new("two methods", two)
        .bind(json!({"server_name": "example.org", "default_method": "POST"}));
    for method in ["GET", "HEAD", "POST", "PUT"] {
        two_case = two_case.build_with("two", json!({"x": 1}), json!({"method": method}));
    }
    vec![case, two_case.build("two", json!({"x": 1}))]
}

fn websockets() -> Vec<Case> {
    let rules = vec![
        rule("/", "index"),
        with("/ws", "ws", json!({"websocket": true})),
        rule("/both", "http"),
        with("/both", "socket", json!({"websocket": true})),
        with("/branch/", "branch", json!({"websocket": true})),
        with(
            "/get",
            "get",
            json!({"websocket": true, "methods": ["GET"]}),
        ),
        with("/<x>", "post", json!({"methods": ["POST"]})),
    ];
    let paths = [
        "/",
        "/ws",
        "/both",
        "/branch",
        "/branch/",
        "/get",
        "/x",
        "POST /x",
        "POST /get",
        "POST /ws",
    ];
    let mut cases = Vec::new();
    for scheme in ["http", "https", "ws", "wss", ""] {
        let bind = json!({"server_name": "example.org", "url_scheme": scheme});
        let mut case = Case::new("websockets", rules.clone())
            .bind(bind)
            .ask_all(paths);
        case = case.ask_all(paths.map(|path| format!("ws {path}")));
        for endpoint in ["index", "ws", "both", "socket", "branch", "get"] {
            case = case.build(endpoint, json!({}));
            case = case.build_with(endpoint, json!({}), json!({"force_external": true}));
            case = case.build_with(endpoint, json!({}), json!({"url_scheme": "https"}));
            case = case.build_with(
                endpoint,
                json!({}),
                json!({"force_external": true, "url_scheme": "ws"}),
            );
        }
        cases.push(case);
    }
    cases
}

fn defaults() -> Vec<Case> {
    let pages = vec![
        with("/all/", "all", json!({"defaults": {"page": 1}})),
        rule("/all/page/<int:page>", "all"),
        rule("/users/<int:id>", "user"),
        with(
            "/users/",
            "user",
            json!({"defaults": {"id": 0, "extra": "x"}}),
        ),
        with("/me", "user", json!({"defaults": {"id": 7}})),
        with("/lang/<code>", "lang", json!({"defaults": {"code": "en"}})),
        with(
            "/n/<int(fixed_digits=3):n>",
            "n",
            json!({"defaults": {"n": 5}}),
        ),
        rule("/n/<int:n>", "n"),
        with("/none", "none", json!({"defaults": {"page": null}})),
        rule("/none/<page>", "none"),
        with("/str/", "str", json!({"defaults": {"s": "a b"}})),
        rule("/str/<s>", "str"),
        with("/f/", "f", json!({"defaults": {"f": 1.0}})),
        rule("/f/<float:f>", "f"),
        with(
            "/post",
            "post",
            json!({"defaults": {"p": 1}, "methods": ["POST"]}),
        ),
        rule("/post/<int:p>", "post"),
        with(
            "/built",
            "built",
            json!({"defaults": {"b": 1}, "build_only": true}),
        ),
        rule("/built/<int:b>", "built"),
        with("/two/<a>/", "two", json!({"defaults": {"b": "2"}})),
        with("/two/<a>/<b>", "two", json!({})),
        with("/two/", "two", json!({"defaults": {"a": "1", "b": "2"}})),
    ];
    let paths = [
        "/all/",
        "/all",
        "/all/page/1",
        "/all/page/2",
        "/all/page/01",
        "/users/0",
        "/users/7",
        "/users/8",
        "/users/",
        "/me",
        "/lang/en",
        "/lang/de",
        "/n/005",
        "/n/5",
        "/n/6",
        "/none",
        "/none/x",
        "/str/",
        "/str/a b",
        "/str/a",
        "/f/",
        "/f/1.0",
        "/f/2.0",
        "/post/1",
        "POST /post/1",
        "POST /post",
        "/built/1",
        "/built",
        "/two/1/2",
        "/two/1/",
        "/two/1/3",
        "/two/3/2",
        "/two/",
        "HEAD /all/page/1",
    ];
    let builds = [
        ("all", json!({})),
        ("all", json!({"page": 1})),
        ("all", json!({"page": 2})),
        ("all", json!({"page": "1"})),
        ("all", json!({"page": 1.0})),
        ("all", json!({"page": null})),
        ("all", json!({"page": 1, "q": "x"})),
        ("user", json!({})),
        ("user", json!({"id": 0})),
        ("user", json!({"id": 7})),
        ("user", json!({"id": 3})),
        ("user", json!({"extra": "x"})),
        ("user", json!({"id": 0, "extra": "y"})),
        ("lang", json!({})),
        ("lang", json!({"code": "en"})),
        ("lang", json!({"code": "de"})),
        ("n", json!({})),
        ("n", json!({"n": 5})),
        ("n", json!({"n": 6})),
        ("none", json!({})),
        ("none", json!({"page": "x"})),
        ("str", json!({"s": "a b"})),
        ("str", json!({"s": "c"})),
        ("f", json!({"f": 1})),
        ("f", json!({"f": 2})),
        ("post", json!({"p": 1})),
        ("built", json!({})),
        ("built", json!({"b": 2})),
        ("two", json!({"a": "1"})),
        ("two", json!({"a": "1", "b": "2"})),
        ("two", json!({"a": "3"})),
        ("two", json!({"b": "2"})),
        ("two", json!({})),
        ("two", json!({"a": "1", "b": "4"})),
    ];
    let mut cases = Vec::new();
    for redirect in [true, false] {
        for query in ["", "x=1"] {
            let bind =
                json!({"server_name": "example.org", "query_args": query, "script_name": "/app"});
            let mut case = Case::new("defaults", pages.clone())
                .map(json!({"redirect_defaults": redirect}))
                .bind(bind);
            case = case.ask_all(paths);
            for (endpoint, values) in &builds {
                case = case.build(endpoint, values.clone());
            }
            cases.push(case);
        }
    }
    cases
}

fn aliases() -> Vec<Case> {
    let rules = vec![
        rule("/users/", "users"),
        with("/users/index.html", "users", json!({"alias": true})),
        rule("/user/<int:id>", "user"),
        with("/u/<int:id>/", "user", json!({"alias": true})),
        with("/pages/", "pages", json!({"defaults": {"page": 1}})),
        rule("/pages/<int:page>", "pages"),
        with("/p/<int:page>", "pages", json!({"alias": true})),
        with(
            "/p",
            "pages",
            json!({"alias": true, "defaults": {"page": 1}}),
        ),
    ];
    let paths = [
        "/users/",
        "/users",
        "/users/index.html",
        "/user/5",
        "/u/5/",
        "/u/5",
        "/pages/",
        "/pages/1",
        "/p/1",
        "/p/2",
        "/p",
    ];
    let mut cases = Vec::new();
    for redirect in [true, false] {
        for query in ["", "x=%20&y"] {
            let bind =
                json!({"server_name": "example.org", "query_args": query, "url_scheme": "https"});
            let case = Case::new("aliases", rules.clone())
                .map(json!({"redirect_defaults": redirect}))
                .bind(bind);
            let case = case
                .ask_all(paths)
                .build("users", json!({}))
                .build("user", json!({"id": 3}));
            cases.push(
                case.build("pages", json!({"page": 1}))
                    .build("pages", json!({"page": 2})),
            );
        }
    }
    cases
}

fn redirects() -> Vec<Case> {
    let to = |path: &str, target: &str| with(path, "old", json!({"redirect_to": target}));
    let rules = vec![
        to("/plain", "new"),
        to("/slash", "/new"),
        to("/absolute", "https://other.example/x"),
        to("/host", "//other.example/x"),
        to("/slug/<slug>", "new/<slug>"),
        to("/int/<int:id>/<slug>", "<slug>/<id>"),
        to("/up/<x>", "../<x>"),
        to("/query/<x>", "new?x=<x>"),
        to("/path/<path:x>", "files/<x>"),
        to("/empty", ""),
        to("/dot", "./a/../b"),
        to("/float/<float:f>", "f/<f>"),
        to("/fixed/<int(fixed_digits=4):y>", "y/<y>"),
        to("/branch/", "new/"),
        with(
            "/ws",
            "old",
            json!({"redirect_to": "new", "websocket": true}),
        ),
    ];
    let paths = [
        "/plain",
        "/slash",
        "/absolute",
        "/host",
        "/slug/a b",
        "/slug/\u{e9}?",
        "/int/5/x",
        "/int/x/x",
        "/up/x",
        "/query/a&b",
        "/path/a/b",
        "/path/a//b",
        "/empty",
        "/dot",
        "/float/1.50",
        "/fixed/0042",
        "/branch",
        "/branch/",
        "ws /ws",
        "/ws",
    ];
    let mut cases = Vec::new();
    for (script, subdomain, scheme) in [
        ("/", "", "http"),
        ("/app", "", "https"),
        ("/app/b/", "sub", "http"),
        ("", "", ""),
    ] {
        let bind = json!({"server_name": "example.org", "script_name": script, "subdomain": subdomain, "url_scheme": scheme, "query_args": "q=1"});
        let of_subdomain = json!({"default_subdomain": subdomain});
        cases.push(
            Case::new("redirects", rules.clone())
                .map(of_subdomain)
                .bind(bind)
                .ask_all(paths),
        );
    }
    cases.push(
        Case::new("redirects", [to("/<x>", "<y>")])
            .ask("/a")
            .differs("a name that is no parameter is refused at once"),
    );
    let scheme = Case::new("redirects", [to("/<x>", "<x>")]).ask("/javascript:alert(1)");
    cases.push(scheme.differs("what a client sends becomes no scheme of a URL"));
    cases
}

fn hosts() -> Vec<Case> {
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

fn building() -> Vec<Case> {
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

fn queries() -> Vec<Case> {
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

fn factories() -> Vec<Case> {
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

fn unicode() -> Vec<Case> {
    let rules = [
        "/\u{e9}t\u{e9}",
        "/<string(length=2):x>",
        "/i/<int:x>",
        "/f/<float:x>",
        "/fix/<int(fixed_digits=2):x>",
        "/p/<path:x>/\u{e9}/",
        "/<any(\u{e9}, b):x>/c",
    ];
    let paths = [
        "/\u{e9}t\u{e9}",
        "/\u{e9}\u{e9}",
        "/\u{1f600}\u{1f600}",
        "/e\u{301}",
        "/i/\u{663}\u{661}",
        "/i/\u{b2}",
        "/i/1\u{663}",
        "/f/\u{661}.\u{665}",
        "/fix/\u{661}\u{665}",
        "/fix/\u{661}",
        "/p/a/\u{e9}",
        "/p/a/\u{e9}/",
        "/\u{e9}/c",
        "/i/\u{1d7d8}\u{1d7d9}",
        "/\u{fffd}\u{fffd}",
        "/\u{0}a",
        "/\u{7f} ",
        "/a\n",
        "/p/\n/\u{e9}/",
        "/p/a\n/\u{e9}/",
        "/i/5\n",
        "/\u{e9}t\u{e9}\n",
    ];
    let digits = |count: usize| format!("/i/{}", "1".repeat(count));
    let case = Case::new("unicode", numbered(&rules)).ask_all(paths);
    vec![case.ask_all([
        digits(19),
        digits(20),
        digits(4300),
        digits(4301),
        format!("/i/{}1", "0".repeat(4300)),
    ])]
}
