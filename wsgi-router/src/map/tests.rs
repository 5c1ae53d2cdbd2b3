//! What holds for every map and every path: the two ways agree, building reverses matching, time is bounded.

mod bounds;
mod encoding;

use http::Method;
use proptest::prelude::*;

use super::machine::{Asked, Walk};
use super::methods::UNNAMED;
use super::path::Path;
use super::*;

/// Pieces that rules are made of, so chosen that many rules match many paths.
const SEGMENTS: [&str; 30] = [
    "a",
    "b",
    "ab",
    "",
    "<V>",
    "<V>",
    "<int:V>",
    "<int(min=5):V>",
    "<float:V>",
    "<any(a, b):V>",
    "<string(length=1):V>",
    "<string(minlength=0):V>",
    "<path:V>",
    "a<V>",
    "<V>b",
    "<V>-<V>",
    "<int:V>-<V>",
    "a<int:V>b",
    "<path:V>b",
    "x<path:V>",
    "{a}",
    "<int(signed=True):V>",
    "<uuid:V>",
    "<any(5, a):V>",
    "c",
    "<string(maxlength=1):V>",
    "5",
    "<int(fixed_digits=2):V>",
    "<any(a, ab):V><any(b, c):V>",
    "1.5",
];

/// Pieces that paths are made of.
const PIECES: [&str; 21] = [
    "a", "b", "ab", "", "", "5", "3", "12", "-3", "1.5", "abb", "a-b", "5-b", "a5b", "xa", "{a}",
    "c", "a\nb", "é", "a/b", "bb",
];

/// A rule with its parameters named apart.
fn rule() -> impl Strategy<Value = Rule> {
    let segments = prop::collection::vec(prop::sample::select(SEGMENTS.to_vec()), 0..4);
    let options = (
        any::<bool>(),
        any::<bool>(),
        0..6u8,
        prop::option::weighted(0.3, any::<bool>()),
        0..8u8,
    );
    (segments, options).prop_map(|(segments, (branch, merge, methods, strict, kind))| {
        let mut text = segments
            .iter()
            .map(|segment| format!("/{segment}"))
            .collect::<String>();
        if branch || text.is_empty() {
            text.push('/');
        }
        let mut number = 0;
        while text.contains("V>") {
            number += 1;
            text = text.replacen("V>", &format!("v{number}>"), 1);
        }
        let mut rule = Rule::new(text).endpoint(format!("e{kind}"));
        if merge {
            rule = rule.merge_slashes(false);
        }
        if let Some(strict) = strict {
            rule = rule.strict_slashes(strict);
        }
        match methods {
            0 => rule.methods(["GET"]),
            1 => rule.methods(["POST"]),
            2 => rule.websocket(true),
            _ => rule,
        }
    })
}

fn map() -> impl Strategy<Value = Map> {
    let settings = (any::<bool>(), any::<bool>());
    (prop::collection::vec(rule(), 1..12), settings).prop_filter_map(
        "rules that are refused",
        |(rules, (strict, merge))| {
            let builder = Map::builder()
                .add(rules)
                .strict_slashes(strict)
                .merge_slashes(merge);
            builder.allow_conflicts(true).build().ok()
        },
    )
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..6)
        .prop_map(|pieces| pieces.iter().map(|piece| format!("/{piece}")).collect())
}

/// What tells two outcomes apart.
fn shown(outcome: &Outcome<'_, '_>) -> String {
    match outcome {
        Outcome::Found(found) => format!("{:?} {:?}", found.id(), found.values()),
        other => format!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_trie_never_says_otherwise_than_the_machine(map in map(), paths in prop::collection::vec(path(), 1..20)) {
        let adapter = map.bind("example.org");
        for path in &paths {
            for (method, websocket) in [(Method::GET, false), (Method::POST, false), (Method::GET, true)] {
                let asked = Asked { method: map.methods.bit(&method), websocket };
                let slow = adapter.ask_machine(&Path::decoded(path), asked);
                let fast = adapter.match_websocket(path, &method, websocket);
                prop_assert_eq!(shown(&fast), shown(&slow), "{} {:?} in {}", path, method, map.report());
            }
        }
    }

}

proptest! {
    #[test]
    fn what_was_matched_is_built_again(rule in rule(), paths in prop::collection::vec(path(), 1..20)) {
        // Of one rule, for where slashes are lenient the URL that is built may belong to another.
        let map = Map::builder().add(rule.endpoint("e")).build();
        let Ok(map) = map else { return Ok(()) };
        let adapter = map.bind("example.org");
        for path in &paths {
            let Outcome::Found(found) = adapter.match_target(path, &Method::GET) else { continue };
            let values = found.values();
            let built = adapter.build("e", &values).url().unwrap();
            let again = adapter.match_target(&built, &Method::GET).found().map(|again| again.values());
            // Digits may have been written otherwise ("05"), and a slash may be added; the values are the same.
            prop_assert_eq!(again, Some(values), "{} and {}", path, built);
        }
    }

    #[test]
    fn what_is_said_never_to_be_found_is_not(map in map(), paths in prop::collection::vec(path(), 1..40)) {
        let losers = map.conflicts().iter().filter(|conflict| conflict.kind() == ConflictKind::Unreachable);
        let losers: Vec<usize> = losers.map(|conflict| conflict.loser as usize).collect();
        let adapter = map.bind("example.org");
        // A newline keeps a path from `<path:…>`, which is not worth two reports.
        for path in paths.iter().filter(|path| !path.contains('\n')) {
            for (method, websocket) in [(Method::GET, false), (Method::POST, false), (Method::GET, true)] {
                if let Outcome::Found(found) = adapter.match_websocket(path, &method, websocket) {
                    let unreachable = losers.contains(&found.id().index());
                    prop_assert!(!unreachable, "{} {:?} in {}\n{:?}", path, found.rule(), map.report(), map.conflicts());
                }
            }
        }
    }

    #[test]
    fn an_encoded_slash_comes_back(text in "[a-z/%é\u{fdd0} ]{1,8}") {
        let map = Map::builder().add(Rule::new("/<v>/<w>").endpoint("e")).build().unwrap();
        let adapter = map.bind("example.org");
        let values: Values = [("v", text.as_str()), ("w", "x")].into();
        let url = adapter.build("e", &values).url().unwrap();
        let found = adapter.match_target(&url, &Method::GET).found().expect("what was built matches");
        let expected = if text.contains('/') { text.replace('\u{fdd0}', "\u{fffd}") } else { text };
        prop_assert_eq!(found.values().get("v").cloned(), Some(Value::from(expected)));
    }

    #[test]
    fn no_rule_panics(text in "(/|<|>|[(]|[)]|:|,|a|b|int|path|any|\\{|\\}|\\*|'|=|1){0,12}", braced in any::<bool>()) {
        let text = format!("/{text}");
        let rule = if braced { Rule::braced(text) } else { Rule::new(text) };
        if let Ok(map) = Map::builder().add(rule).build() {
            let _ = map.bind("example.org").match_path("/a/b", &Method::GET);
        }
    }
}

/// Rules that make Werkzeug's machine go back as often as any do.
fn backtracking() -> Map {
    let mut builder = Map::builder();
    for depth in 0..12 {
        for choice in ["<int:V>", "<V>", "a"] {
            let inner: String = (0..depth)
                .map(|at| format!("/{}", choice.replace('V', &format!("v{at}"))))
                .collect();
            builder = builder.add(Rule::new(format!("{inner}/end{depth}{}", choice.len())));
        }
    }
    builder = builder.add(Rule::new("/<path:a>/<path:b>/<path:c>/end"));
    builder.add(Rule::new("/<a>-<b>-<c>-<d>")).build().unwrap()
}

/// Each state is entered at most once for a path, and each of its parts looked at once.
#[test]
fn steps_are_bounded_by_the_rules_whatever_the_path() {
    let map = backtracking();
    let most: usize = map
        .machine
        .states
        .iter()
        .map(|state| 1 + state.dynamics.len())
        .sum();
    let paths = [
        "/a".repeat(20),
        "/a".repeat(20_000),
        "/1".repeat(12),
        "/".repeat(50_000),
        "/a-".repeat(20_000),
        "-".repeat(100_000),
        "/end".repeat(10_000),
        format!("/{}", "1".repeat(100_000)),
        format!("/{}", "a-".repeat(50_000)),
    ];
    for path in paths {
        let mut walk = Walk::new(
            &map.machine,
            &map.rules,
            Asked {
                method: UNNAMED,
                websocket: false,
            },
        );
        walk.find("", &path);
        assert!(
            walk.steps <= most,
            "{} steps for {} states",
            walk.steps,
            map.machine.states.len()
        );
    }
}

/// The most rules a path can lead through: a binary tree of which each level has two possibilities.
#[test]
fn no_state_is_entered_twice() {
    let mut builder = Map::builder();
    for number in 0..1 << 10 {
        let segments = (0..10).map(|bit| match number >> bit & 1 {
            0 => format!("/<int:v{bit}>"),
            _ => format!("/<v{bit}>"),
        });
        builder = builder.add(Rule::new(format!("{}/end", segments.collect::<String>())));
    }
    let map = builder.allow_conflicts(true).build().unwrap();
    let path = "/1".repeat(11);
    let mut walk = Walk::new(
        &map.machine,
        &map.rules,
        Asked {
            method: 1,
            websocket: false,
        },
    );
    assert_eq!(walk.find("", &path), None);
    let (states, dynamics): (usize, usize) = (
        map.machine.states.len(),
        map.machine
            .states
            .iter()
            .map(|state| state.dynamics.len())
            .sum(),
    );
    assert!(
        walk.steps <= states + dynamics,
        "{} steps, {states} states",
        walk.steps
    );
    assert!(walk.steps > 2000, "it did go through all of them");
}

#[test]
fn a_path_without_parameters_allocates_nothing() {
    let builder = Map::builder()
        .add(Rule::new("/users/<id>"))
        .add(Rule::new("/users/<id>/<path:rest>"));
    let map = builder
        .add(Rule::new("/users/all"))
        .add(Rule::new("/users/all/of/them/").methods(["GET"]))
        .build()
        .unwrap();
    let adapter = map.bind("example.org");
    for path in ["/users/all", "/users/all/of/them/"] {
        let count = allocation_counter::measure(|| {
            assert!(matches!(
                adapter.match_target(path, &Method::GET),
                Outcome::Found(_)
            ));
        });
        assert_eq!(count.count_total, 0, "{path}");
    }
    let count = allocation_counter::measure(|| {
        let adapter = map.bind("example.org");
        assert!(matches!(
            adapter.match_path("/users/7", &Method::GET),
            Outcome::Found(_)
        ));
    });
    assert_eq!(
        count.count_total, 0,
        "nor does binding, or a parameter that nobody has asked for"
    );
}

#[test]
fn rules_in_each_others_way_are_reported_with_both_and_a_path() {
    let error = |rules: Vec<Rule>| match Map::builder().add(rules).build() {
        Ok(map) => panic!("{map:?} has conflicts"),
        Err(error) => error.to_string(),
    };
    let text = error(vec![
        Rule::new("/<int:a>/x"),
        Rule::new("/<int(min=5):b>/x"),
    ]);
    assert!(
        text.contains(r#"rule "/<int(min=5):b>/x" is never found, for rule "/<int:a>/x""#),
        "{text}"
    );
    assert!(text.contains(r#"such as "/5/x""#), "{text}");
    let text = error(vec![
        Rule::new("/a").methods(["GET", "PUT"]),
        Rule::new("/a").methods(["PUT", "POST"]),
    ]);
    assert!(
        text.contains(
            r#"rule "/a" is ambiguous with rule "/a", which comes first for PUT, such as "/a""#
        ),
        "{text}"
    );
    let text = error(vec![
        Rule::new("/<a>/x/"),
        Rule::new("/<string(length=2):b>/x/"),
    ]);
    assert!(
        text.contains(r#"rule "/<string(length=2):b>/x/" is never found"#),
        "{text}"
    );
    let fine = [
        Rule::new("/a").methods(["GET"]),
        Rule::new("/a").methods(["POST"]),
        Rule::new("/a").websocket(true),
        Rule::new("/<string(length=2):b>"),
        Rule::new("/<a>"),
        Rule::new("/<path:p>"),
        Rule::new("/<any(x, y):b>/z"),
    ];
    assert_eq!(Map::builder().add(fine).build().unwrap().conflicts(), []);
}

#[test]
fn the_report_is_a_table_of_all_rules() {
    let map = Map::builder()
        .add(Rule::new("/").endpoint("index").methods(["GET"]))
        .add(
            Rule::new("/ws")
                .endpoint("socket")
                .websocket(true)
                .subdomain("live"),
        )
        .build()
        .unwrap();
    let table = "methods   host  path  endpoint\nGET,HEAD        /     index\nany       live  /ws   socket    websocket\n";
    assert_eq!(map.report().to_string(), table);
}

/// A converter of one's own that takes whatever its expression matches.
#[derive(Debug)]
struct Word;

impl Converter for Word {
    fn regex(&self) -> String {
        "[a-z]+".to_owned()
    }

    fn accepts_all(&self) -> bool {
        true
    }

    fn to_value(&self, text: &str) -> Option<Value> {
        unreachable!("{text:?} is certain without being asked")
    }
}

/// What embeds the map, with values of its own, asks for texts alone, and what to answer when it refuses one.
#[test]
fn a_converter_that_accepts_all_is_not_asked_and_a_refusal_is_answered_by_what_else_there_is() {
    let map = Map::builder()
        .converter("word", |_| Ok(std::sync::Arc::new(Word)))
        .add(Rule::new("/<word:a>-<word:b>").endpoint("two"))
        .add(Rule::new("/<word:a>").endpoint("post").methods(["POST"]))
        .add(Rule::new("/<word:b>").endpoint("any"))
        .allow_conflicts(true)
        .build()
        .unwrap();
    let adapter = map.bind("example.com");
    for (path, texts) in [("/ab-c", vec!["ab", "c"]), ("/ab", vec!["ab"])] {
        let found = adapter.match_path(path, &Method::GET).found().unwrap();
        let all: Vec<_> = (0..)
            .map_while(|index| found.text_at(index))
            .map(|text| text.into_owned())
            .collect();
        assert_eq!(all, texts);
    }
    let bound = map.bind("example.com").path_info("/ab-c");
    assert!(matches!(bound.refuse_request(), Outcome::NotFound));
    let bound = bound.path_info("/ab");
    let Outcome::MethodNotAllowed { allow } = bound.refuse_request() else {
        panic!("a rule for POST comes first");
    };
    assert_eq!(allow, ["POST"]);
}
