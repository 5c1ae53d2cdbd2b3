//! What a client cannot make expensive: any path, any host, any number of values.

use super::*;

/// One segment, one step: a descent never goes back, so it ends where a path does, or before.
fn depths(map: &Map) -> Vec<String> {
    let paths = [
        "/a".repeat(50_000),
        "/1".repeat(50_000),
        "/".repeat(100_000),
        "//a".repeat(30_000),
        "/a-".repeat(30_000),
        format!("/{}", "1".repeat(100_000)),
        format!("/{}", "-".repeat(100_000)),
        format!("/a/{}", "b/".repeat(50_000)),
        format!("{}end", "/a".repeat(50_000)),
    ];
    assert!(!map.rules.is_empty());
    paths.into()
}

/// The machine, which goes back, is asked only where the trie does not know; both, and the second look for merged
/// slashes, have as many steps as the rules, and not the path, allow.
#[test]
fn no_path_and_no_host_is_looked_at_more_often_than_there_are_rules() {
    let map = backtracking();
    let parts = |state: &machine::State| 1 + state.dynamics.len();
    let most: usize = map.machine.states.iter().map(parts).sum();
    for path in depths(&map) {
        for domain in ["", &"a.".repeat(50_000)] {
            let asked = Asked {
                method: UNNAMED,
                websocket: false,
            };
            for path in [Some(Path::decoded(&path)), Path::decoded(&path).merged()] {
                let Some(path) = path else { continue };
                let mut walk = Walk::new(&map.machine, &map.rules, asked);
                walk.find(domain, &path.text);
                assert!(walk.steps <= most, "{} steps of {most}", walk.steps);
            }
        }
    }
}

/// Paths of one kind, each of a length that grows with `size`.
fn families(size: usize) -> [String; 12] {
    [
        "/a".repeat(size),
        "/1".repeat(size),
        "/".repeat(size),
        "//a".repeat(size),
        "/a-".repeat(size),
        format!("/{}", "1".repeat(size)),
        format!("/{}", "-".repeat(size)),
        format!("/{}", "a-1.".repeat(size)),
        format!("/{}", "\u{e9}".repeat(size)),
        format!("/a/{}", "b/".repeat(size)),
        format!("{}end", "/a".repeat(size)),
        format!("/x/{}\n", "y/".repeat(size)),
    ]
}

/// The trie never goes back: twice the path is at most twice the steps, and none of it is looked at more often than there
/// are possibilities.
#[test]
fn a_descent_takes_steps_in_proportion_to_the_path() {
    let converters = |builder: MapBuilder| {
        builder
            .converter("word", |_| Ok(std::sync::Arc::new(Word)))
            .allow_conflicts(true)
    };
    let parts = [
        "<int:a>",
        "<path:b>",
        "<c>-<d>",
        "<float:e>",
        "<f>",
        "a",
        "<word:g>",
    ];
    let rule = |text: String, number: usize| Rule::new(text).endpoint(format!("e{number}"));
    let nested = parts.iter().enumerate().flat_map(|(first, a)| {
        // A rule has no parameter twice.
        let below = parts
            .iter()
            .enumerate()
            .filter(move |(second, _)| first != *second);
        below.map(move |(second, b)| rule(format!("/{a}/{b}/end"), 10 * first + second))
    });
    let wide = (0..500).map(|number| rule(format!("/r{number}/<int:a>/<b>"), number));
    let maps = [
        backtracking(),
        converters(Map::builder())
            .add(nested.collect::<Vec<_>>())
            .build()
            .unwrap(),
        converters(Map::builder())
            .add(wide.collect::<Vec<_>>())
            .build()
            .unwrap(),
    ];
    for map in maps {
        let start = map.trie.host("").unwrap();
        let possibilities = map
            .machine
            .states
            .iter()
            .map(|state| 1 + state.dynamics.len());
        let most: usize = possibilities.sum();
        let asked = Asked {
            method: UNNAMED,
            websocket: false,
        };
        let steps = |path: &str| {
            trie::steps::take();
            map.trie.find(start, path, asked);
            trie::steps::take()
        };
        for size in [100, 1_000, 10_000, 100_000] {
            for (path, twice) in families(size).iter().zip(&families(2 * size)) {
                let (once, twice) = (steps(path), steps(twice));
                assert!(
                    once <= most * (path.len() + 1),
                    "{once} steps for {}",
                    path.len()
                );
                assert!(twice <= 2 * once + most, "{once} and {twice} steps");
            }
        }
    }
}

/// What is decoded, merged and quoted is a fixed number of copies of the path.
#[test]
fn a_lookup_takes_memory_in_proportion_to_the_path() {
    let map = backtracking();
    let adapter = map.bind("example.org");
    let paths = depths(&map);
    let encoded = [
        "/%2F".repeat(30_000),
        "/%61".repeat(30_000),
        "//%C3%A9".repeat(15_000),
    ];
    for path in paths.iter().chain(&encoded) {
        let count = allocation_counter::measure(|| {
            drop(adapter.match_path(path, &Method::GET));
            drop(adapter.match_target(path, &Method::GET));
        });
        let most = 60 * path.len() as u64;
        assert!(
            count.bytes_total <= most,
            "{} bytes for {}",
            count.bytes_total,
            path.len()
        );
    }
}

#[test]
fn a_number_is_looked_up_without_an_allocation() {
    let map = Map::builder()
        .add(Rule::new("/users/<int:id>/posts/<int:post>"))
        .add(Rule::new("/users/<int:id>"))
        .build()
        .unwrap();
    let adapter = map.bind("example.org");
    for path in ["/users/7", "/users/123456789/posts/5"] {
        for target in [false, true] {
            let count = allocation_counter::measure(|| {
                let outcome = match target {
                    true => adapter.match_target(path, &Method::GET),
                    false => adapter.match_path(path, &Method::GET),
                };
                assert!(matches!(outcome, Outcome::Found(_)));
            });
            assert_eq!(count.count_total, 0, "{path}");
        }
    }
}

/// Werkzeug's rules that URLs are only built of may be as long; no path is matched against them.
#[test]
fn a_rule_of_many_segments_is_for_building_only() {
    let text: String = (0..70_000).map(|at| format!("/<v{at}>")).collect();
    let rule = Rule::new(&*text).endpoint("e");
    let error = Map::builder().add(rule.clone()).build().unwrap_err();
    let problem = "it has 70001 segments, more than 255";
    assert!(error.to_string().contains(problem), "another error");
    let map = Map::builder().add(rule.build_only(true)).build().unwrap();
    let adapter = map.bind("example.org");
    let values: Values = (0..70_000).map(|at| (format!("v{at}"), at)).collect();
    let url = adapter.build("e", &values).url().unwrap();
    let expected: String = (0..70_000).map(|at| format!("/{at}")).collect();
    assert!(url == expected, "another URL");
    assert!(matches!(
        adapter.match_path(&url, &Method::GET),
        Outcome::NotFound
    ));
}

#[test]
fn a_parameter_is_named_as_a_parameter_in_python_can_be() {
    let build = |rule: Rule| Map::builder().add(rule).build();
    for text in ["/<None>", "/<int:True>", "/<False>/x", "/<__debug__>"] {
        let error = build(Rule::new(text)).unwrap_err().to_string();
        assert!(error.contains("is a constant of Python's"), "{error}");
    }
    let default = Rule::new("/<None>").default("None", "v");
    for rule in [default, Rule::new("/<class>"), Rule::braced("/{None}")] {
        assert!(build(rule).is_ok());
    }
}
