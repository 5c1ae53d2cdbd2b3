//! What becomes of a path that matches: slashes, methods, redirects.

use serde_json::json;

use super::{numbered, rule, with};
use crate::oracle::Case;

pub(super) fn slashes() -> Vec<Case> {
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

pub(super) fn methods() -> Vec<Case> {
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

pub(super) fn websockets() -> Vec<Case> {
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

pub(super) fn defaults() -> Vec<Case> {
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

pub(super) fn aliases() -> Vec<Case> {
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

pub(super) fn redirects() -> Vec<Case> {
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
