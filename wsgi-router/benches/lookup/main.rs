//! Looking routes up, beside bare matchit; growing maps; and making them: `cargo bench -p wsgi-router`.

mod github;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use http::Method;
use wsgi_router::{Map, Outcome, Rule};

/// All 130 of GitHub's routes, one lookup each.
fn github(criterion: &mut Criterion) {
    let paths = github::paths();
    let mut group = criterion.benchmark_group("github");
    let mut bare = matchit::Router::new();
    let mut map = Map::builder();
    for route in github::ROUTES {
        bare.insert(route, ()).expect("the routes do not conflict");
        map = map.add(Rule::braced(route));
    }
    group.bench_function("matchit", |bencher| {
        bencher.iter(|| {
            for path in black_box(&paths) {
                black_box(bare.at(path)).expect("each path has a route");
            }
        });
    });
    let map = map.build().expect("the routes do not conflict");
    let adapter = map.bind("example.org");
    group.bench_function("map", |bencher| {
        bencher.iter(|| {
            for path in black_box(&paths) {
                let outcome = black_box(adapter.match_path(path, &Method::GET));
                assert!(matches!(outcome, Outcome::Found(_)));
            }
        });
    });
    group.bench_function("map, raw target", |bencher| {
        bencher.iter(|| {
            for path in black_box(&paths) {
                let outcome = black_box(adapter.match_target(path, &Method::GET));
                assert!(matches!(outcome, Outcome::Found(_)));
            }
        });
    });
    group.finish();
}

/// Rules as an application of that size has them.
fn rules(count: usize) -> Vec<Rule> {
    let section = |number: usize| format!("/section{}/topic{}", number / 100, number / 4);
    let rule = |number: usize| {
        let rule = match number % 4 {
            0 => Rule::new(format!("{}/", section(number))),
            1 => Rule::new(format!("{}/<int:id>", section(number))),
            2 => Rule::new(format!("{}/<int:id>/edit", section(number))),
            _ => Rule::new(format!("{}/by/<slug>", section(number))),
        };
        rule.endpoint(format!("endpoint{number}")).methods(["GET"])
    };
    (0..count).map(rule).collect()
}

/// Lookups in maps of 100 and of 10,000 rules, 100 in each.
fn sizes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sizes");
    for count in [100, 10_000] {
        let map = Map::builder()
            .add(rules(count))
            .build()
            .expect("the rules do not conflict");
        let adapter = map.bind("example.org");
        let path = |rule: &Rule| {
            rule.text()
                .replace("<int:id>", "12345")
                .replace("<slug>", "a-slug")
        };
        let rules = rules(count);
        let paths: Vec<String> = rules
            .iter()
            .step_by(count / 100)
            .zip(0..)
            .map(|(rule, number)| {
                // All four kinds alike often, whatever the step.
                let kind = &rules[(rules
                    .iter()
                    .position(|known| known.text() == rule.text())
                    .unwrap_or(0)
                    / 4)
                    * 4
                    + number % 4];
                path(kind)
            })
            .collect();
        group.bench_function(format!("{count} rules"), |bencher| {
            bencher.iter(|| {
                for path in black_box(&paths) {
                    let outcome = black_box(adapter.match_path(path, &Method::GET));
                    assert!(matches!(outcome, Outcome::Found(_)));
                }
            });
        });
    }
    group.finish();
}

fn making(criterion: &mut Criterion) {
    let rules = rules(10_000);
    criterion.bench_function("making a map of 10,000 rules", |bencher| {
        bencher.iter(|| {
            Map::builder()
                .add(rules.clone())
                .build()
                .expect("the rules do not conflict")
        });
    });
}

criterion_group!(benches, github, sizes, making);
criterion_main!(benches);
