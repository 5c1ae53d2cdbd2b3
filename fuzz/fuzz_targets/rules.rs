//! No rules and no paths panic; the trie answers as the machine does; what was matched is built to a URL that is matched
//! with the same values.
//!
//! Lines: rules as far as an empty line, a branch of the endpoint for each; behind it, paths.
#![no_main]

use http::Method;
use libfuzzer_sys::fuzz_target;
use wsgi_router::{Adapter, Map, Outcome, Rule, Values};

fuzz_target!(|text: &str| {
    let (rules, paths) = text.split_once("\n\n").unwrap_or((text, ""));
    let each = || rules.lines().take(8).enumerate();
    let map = |rules: Vec<Rule>| Map::builder().allow_conflicts(true).add(rules).build();
    let rule = |(at, text): (usize, &str)| match text.strip_prefix('{') {
        Some(braced) => Rule::braced(braced).endpoint(at.to_string()),
        None => Rule::new(text).endpoint(at.to_string()),
    };
    if let Ok(map) = map(each().map(rule).collect()) {
        let adapter = map.bind("example.com");
        for path in paths.lines().take(8) {
            let fast = shown(adapter.match_path(path, &Method::GET));
            assert_eq!(
                fast,
                shown(adapter.match_by_machine(path, &Method::GET)),
                "{path:?}"
            );
            let _ = adapter.match_target(path, &Method::GET);
        }
    }
    // By itself, so that no other rule comes first.
    for one in each() {
        let Ok(map) = map(vec![rule(one)]) else {
            continue;
        };
        for path in paths.lines().take(8) {
            builds_back(&map.bind("example.com"), path);
        }
    }
});

fn shown(outcome: Outcome<'_, '_>) -> String {
    match outcome {
        Outcome::Found(found) => format!("{} {:?}", found.endpoint(), found.values()),
        other => format!("{other:?}"),
    }
}

/// What is matched is built to a URL that is matched as well, and built to the same.
fn builds_back(adapter: &Adapter<'_, '_>, path: &str) {
    let Some(found) = adapter.match_path(path, &Method::GET).found() else {
        return;
    };
    let url = |values: &Values| adapter.build(found.endpoint(), values).url();
    // A number may be too large, or of fewer digits than it was written with.
    let Ok(built) = url(&found.values()) else {
        return;
    };
    if let Some(again) = adapter.match_target(&built, &Method::GET).found() {
        assert_eq!(url(&again.values()).ok(), Some(built.clone()), "{path:?}");
    }
}
