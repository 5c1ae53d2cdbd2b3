use std::sync::Arc;

use http::Method;

use crate::{ConflictKind, Converter, Map, MapBuilder, Outcome, Rule};
use ConflictKind::{Ambiguous, Shadowed, Unreachable};

/// A word of the application's own, as heavy as a number.
#[derive(Debug)]
struct Word;

impl Converter for Word {
    fn regex(&self) -> String {
        "[a-z]+".to_owned()
    }
    fn weight(&self) -> i64 {
        50
    }
}

/// As heavy as a number, and any segment.
#[derive(Debug)]
struct Heavy;

impl Converter for Heavy {
    fn weight(&self) -> i64 {
        50
    }
}

fn builder(rules: Vec<Rule>) -> MapBuilder {
    Map::builder()
        .allow_conflicts(true)
        .converter("word", |_| Ok(Arc::new(Word)))
        .converter("heavy", |_| Ok(Arc::new(Heavy)))
        .add(rules)
}

/// Rules by their texts, `GET,PUT /path` for methods; each has its text as its endpoint.
fn rules(texts: &[&str]) -> Vec<Rule> {
    let rule = |text: &&str| match text.split_once(" /") {
        Some((methods, path)) => Rule::new(format!("/{path}"))
            .methods(methods.split(','))
            .endpoint(*text),
        None => Rule::new(*text).endpoint(*text),
    };
    texts.iter().map(rule).collect()
}

/// What is found of these rules: kind, the rule that loses, the one that wins, and the example.
fn conflicts(texts: &[&str]) -> Vec<(ConflictKind, String, String, String)> {
    let map = builder(rules(texts)).build().unwrap();
    let shown = map.conflicts().iter().map(|conflict| {
        let example = conflict.example().unwrap_or("-").to_owned();
        (
            conflict.kind(),
            conflict.rule().to_owned(),
            conflict.with().to_owned(),
            example,
        )
    });
    shown.collect()
}

/// Of each pair one conflict: the second loses, with this example.
#[test]
fn each_way_to_be_in_each_others_way_is_found() {
    #[rustfmt::skip]
    let cases = [
        // Equal patterns, whatever their parameters' names, and converters that look alike.
        ("/a", "/a", Unreachable, "/a"),
        ("/<a>", "/<b>", Unreachable, "/x"),
        ("/<int:a>", "/<int(fixed_digits=2):b>", Unreachable, "/01"),
        ("GET /a", "GET,PUT /a", Ambiguous, "/a"),
        ("GET,PUT /a", "PUT /a", Unreachable, "/a"),
        // One takes all that the other does, and comes first.
        ("/<a>", "/<string(length=2):b>", Unreachable, "/xx"),
        ("/<string(minlength=2):a>", "/<string(minlength=3):b>", Unreachable, "/xxx"),
        ("/<a>", "/<uuid:b>", Unreachable, "/00000000-0000-0000-0000-000000000000"),
        ("/<a>", "/<any(x, y):b>", Unreachable, "/x"),
        ("/<any(x, y, z):a>", "/<any(z, x):b>", Unreachable, "/z"),
        ("/<int(signed=True):a>", "/<int:b>", Unreachable, "/1"),
        ("/<heavy:a>", "/<int:b>", Unreachable, "/1"),
        ("/<heavy:a>", "/<word:b>", Unreachable, "-"),
        ("/x<a>.y", "/x<string(length=2):b>.y", Unreachable, "/xxx.y"),
        ("/<a>-<b>", "/<c>-<string(length=2):d>", Unreachable, "/x-xx"),
        ("/<a>/b/<c>", "/<string(length=2):d>/b/<string(length=1):e>", Unreachable, "/xx/b/x"),
        ("/<a>/<b>", "/<string(length=2):d>/b", Unreachable, "/xx/b"),
        ("GET /<a>", "GET,PUT /<string(length=2):b>", Shadowed, "/xx"),
        // Text is asked before parameters.
        ("/x", "/<any(x):a>", Unreachable, "/x"),
        ("/ax/b", "/a<any(x):a>/b", Unreachable, "/ax/b"),
        // A slash is added for the one where the other would be found.
        ("/<a>/", "/<string(length=2):b>", Unreachable, "/xx"),
        // `path` swallows what has less literal text, and what has as much and comes later.
        ("/<path:a>/edit", "/<b>/edit", Unreachable, "/x/edit"),
        ("/<path:a>/edit", "/<b>/<int:c>/edit", Unreachable, "/x/1/edit"),
        ("/<path:a>/edit/", "/<b>/edit/", Unreachable, "/x/edit/"),
        ("/<path:a>/edit/", "/<b>/edit", Unreachable, "/x/edit"),
        ("/<path:a>/", "/<path:b>", Unreachable, "/a/b"),
        ("/<path:a>", "/<path:b>/", Unreachable, "/a/b/"),
        ("/<a>/<path:b>/z", "/<string(length=2):c>/<d>/z", Unreachable, "/xx/x/z"),
        ("GET /<path:a>/edit", "/<b>/edit", Shadowed, "/x/edit"),
        // Neither is more specific, and no weight decides.
        ("/<any(a, b):x>", "/<any(b, c):y>", Ambiguous, "/b"),
        ("/<string(minlength=2):a>", "/<string(maxlength=3):b>", Ambiguous, "/xx"),
        ("/<any(a, b):x>/t", "/<any(b, c):y>/<z>", Ambiguous, "/b/t"),
        ("/<a>/<int:b>", "/<string(length=2):c>/<d>", Ambiguous, "/xx/1"),
        ("/s/<a>/t", "/s/<string(length=2):c>/<d>", Ambiguous, "/s/xx/t"),
        ("/a<x>", "/<y>b", Ambiguous, "/axb"),
        ("/a<path:x>", "/<path:y>b", Ambiguous, "/axb"),
        ("/<x>/<any(a, b):y>/", "/<string(length=1):z>/<any(b, c):y>/", Ambiguous, "/x/b/"),
    ];
    for (first, second, kind, example) in cases {
        let named = |text: &str| text[text.find('/').unwrap()..].to_owned();
        let expected = (kind, named(second), named(first), example.to_owned());
        assert_eq!(conflicts(&[first, second]), [expected], "{first} {second}");
    }
}

#[test]
fn what_methods_texts_or_weights_set_apart_is_no_conflict() {
    let fine: [&[&str]; 16] = [
        &["GET /a", "POST /a"],
        &["GET /<a>", "POST /<string(length=2):b>"],
        &["/<string(length=2):a>", "/<b>"],
        &["/<any(x):a>", "/<b>", "/<path:c>"],
        &["/<int:a>", "/<float:b>", "/<uuid:c>", "/<d>"],
        &["/<int:a>", "/<string(length=2):b>"],
        &["/<any(a, b):x>", "/<any(c, d):y>"],
        &["/<any(a, b):x>/t", "/<any(b, c):y>/u"],
        &["/a<x>", "/<y>", "/<z>b.c"],
        &["/<path:a>/edit", "/<b>/view", "/<path:c>"],
        &["/<path:a>/edit", "/<b>/<c>"],
        &["/<a>/", "/<path:b>/"],
        &["/<word:a>", "/<b>", "/<int:c>"],
        &["/x", "/<any(x, y):a>"],
        &["/<a>/x", "/<string(length=2):b>/y"],
        &["/a/", "/a"],
    ];
    for texts in fine {
        assert_eq!(conflicts(texts), [], "{texts:?}");
    }
}

#[test]
fn hosts_and_websockets_set_rules_apart() {
    let host = |host: &str, endpoint: &str| Rule::new("/x").host(host).endpoint(endpoint);
    let found = |rules: Vec<Rule>| {
        let map = builder(rules).host_matching(true).build().unwrap();
        let texts = map.conflicts().iter().map(ToString::to_string);
        texts.collect::<Vec<_>>()
    };
    let mend = "; remove one of the two, or set them apart by a method or by text in their paths";
    assert_eq!(
        found(vec![host("a.b", "1"), host("c.b", "2"), host("<d>.b", "3")]),
        [""; 0]
    );
    assert_eq!(
        found(vec![
            host("<d>.b", "1"),
            host("<string(length=2):e>.b", "2")
        ]),
        [format!(
            r#"rule "<string(length=2):e>.b|/x" is never found, for rule "<d>.b|/x" matches all its paths and comes first, such as "/x"{mend}"#
        )]
    );
    assert_eq!(
        found(vec![
            host("<any(a, b):d>.b", "1"),
            host("<any(b, c):d>.b", "2")
        ]),
        [format!(
            r#"rule "<any(b, c):d>.b|/x" is ambiguous with rule "<any(a, b):d>.b|/x", which comes first, such as "/x"{mend}"#
        )]
    );
    assert_eq!(
        found(vec![host("a", "1"), host("a", "2").websocket(true)]),
        [""; 0]
    );
}

#[test]
fn a_conflict_of_some_methods_names_them() {
    let map = builder(rules(&["GET,PUT /<path:a>/x", "PUT,POST /<b>/x"]))
        .build()
        .unwrap();
    let [conflict] = map.conflicts() else {
        panic!("{:?}", map.conflicts())
    };
    assert_eq!(conflict.methods(), ["PUT"]);
    let text = r#"rule "/<b>/x" is never found for PUT, for rule "/<path:a>/x" matches all its paths and comes first, such as "/x/x""#;
    assert!(conflict.to_string().starts_with(text), "{conflict}");
}

/// What is said is so: the rule that loses matches the example alone, and does not get it in the map.
#[test]
fn examples_are_matched_by_both_and_lost_by_one() {
    let texts = [
        "/<any(a, b):x>/t",
        "/<any(b, c):y>/<z>",
        "/<path:a>/edit",
        "/<b>/edit",
        "/<a>/<int:b>",
        "/a<x>",
        "/<y>b",
        "/<string(length=2):c>/<d>",
        "/<a>/",
        "/<string(length=2):b>",
        "/a/<x>-<y>",
        "/a/<x>-<string(length=3):y>",
    ];
    for first in texts {
        for second in texts.into_iter().filter(|second| *second != first) {
            let map = builder(rules(&[first, second])).build().unwrap();
            for conflict in map.conflicts() {
                let example = conflict.example().unwrap();
                let answer = |map: &Map| match map.bind("h").match_target(example, &Method::GET) {
                    Outcome::Found(found) => found.rule().text().to_owned(),
                    other => format!("{other:?}"),
                };
                let alone = builder(rules(&[conflict.rule()])).build().unwrap();
                assert_eq!(answer(&alone), conflict.rule(), "{conflict}");
                let with = builder(rules(&[conflict.with()])).build().unwrap();
                assert_ne!(answer(&with), "NotFound", "{conflict}");
                assert_ne!(answer(&map), conflict.rule(), "{conflict}");
            }
        }
    }
}
