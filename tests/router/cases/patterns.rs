//! Which paths a pattern matches, and which pattern comes first.

use serde_json::json;

use super::{UUID, numbered, rule, with};
use crate::oracle::Case;

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

pub(super) fn converters() -> Vec<Case> {
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
pub(super) fn in_segments() -> Vec<Case> {
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
pub(super) fn pairs() -> Vec<Case> {
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

pub(super) fn malformed() -> Vec<Case> {
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
        "/<None>",
        "/<True>",
        "/<int:False>",
        "/<__debug__>",
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
            "/<int(min=True, max=False):a>",
            "a parameter that nothing matches is refused when the map is built",
        ),
        (
            "/<int(min=inf):a>",
            "a parameter that nothing matches is refused when the map is built",
        ),
        (
            "/<string(maxlength=0):a>",
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
    // With a default the name is none of a function's parameter.
    let default = json!({"defaults": {"None": "v"}});
    let named = Case::new("malformed", [with("/<None>/w", "e", default)]);
    cases.push(named.ask_all(["/v/w", "/x/w"]).build("e", json!({})));
    cases.push(Case::new("malformed", numbered(&["/<class>"])).ask("/v"));
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

pub(super) fn unicode() -> Vec<Case> {
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
