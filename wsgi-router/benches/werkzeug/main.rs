//! Our map beside Werkzeug's, the same rules and requests in one table: `cargo bench -p wsgi-router --bench werkzeug`.
//!
//! Needs a Python with Werkzeug from PyPI: `python3`, or the one that the variable `PYTHON` names. Both sides are
//! timed in turns, and of each the best turn counts, so that other work on the machine does little harm.

#[path = "../lookup/github.rs"]
#[allow(dead_code, reason = "the other benchmark uses more of it")]
mod github;
mod maps;

use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use http::Method;
use maps::Compared;
use serde_json::json;
use wsgi_core::Environ;
use wsgi_core::testing::EnvironBuilder;
use wsgi_router::{Map, Outcome};

/// How often each side is timed.
const TURNS: usize = 25;

/// How many lookups a turn of ours has, about.
const LOOKUPS: usize = 200_000;

fn main() {
    for compared in maps::all() {
        let mut werkzeug = Werkzeug::start(&compared);
        let ours = Ours::new(&compared);
        assert_eq!(ours.endpoints(), werkzeug.endpoints, "both find the same");
        println!(
            "{}: {} requests, {}",
            compared.name,
            compared.requests.len(),
            werkzeug.version
        );
        let what: [(&str, &str, &dyn Fn()); 4] = [
            ("adapter.match(path, method)", "match", &|| ours.matches()),
            ("the same, and all values", "match", &|| ours.values()),
            ("bind_to_environ(environ).match()", "request", &|| {
                ours.requests()
            }),
            ("the same, and all values", "request", &|| {
                ours.requests_with_values()
            }),
        ];
        for (name, question, run) in what {
            let (mut theirs, mut best) = (f64::MAX, f64::MAX);
            for _ in 0..TURNS {
                theirs = theirs.min(werkzeug.time(question));
                best = best.min(time(run, compared.requests.len()));
            }
            println!(
                "  {name:34} {theirs:8.0} ns {best:8.1} ns {:6.0} x",
                theirs / best
            );
        }
    }
}

/// Nanoseconds for each of the requests.
fn time(run: &dyn Fn(), requests: usize) -> f64 {
    let repeats = LOOKUPS / requests;
    let start = Instant::now();
    for _ in 0..repeats {
        run();
    }
    start.elapsed().as_nanos() as f64 / (repeats * requests) as f64
}

struct Ours {
    map: Map,
    requests: Vec<(String, Method)>,
    environs: Vec<Environ>,
}

impl Ours {
    fn new(compared: &Compared) -> Self {
        let rules: Vec<_> = compared.rules.iter().map(|rule| rule.rule()).collect();
        let method = |method: &str| Method::from_bytes(method.as_bytes()).expect("a method");
        let requests = compared.requests.iter();
        let environ = |(path, method): &(String, &str)| {
            EnvironBuilder::new(method, path)
                .header("Host", "example.org")
                .build()
        };
        Self {
            map: Map::builder()
                .add(rules)
                .build()
                .expect("the rules do not conflict"),
            environs: requests.clone().map(environ).collect(),
            requests: requests
                .map(|(path, name)| (path.clone(), method(name)))
                .collect(),
        }
    }

    fn endpoints(&self) -> Vec<String> {
        let adapter = self.map.bind("example.org");
        let requests = self.requests.iter();
        let found = requests.map(|(path, method)| adapter.match_path(path, method).found());
        found
            .map(|found| found.expect("a rule").endpoint().to_owned())
            .collect()
    }

    fn matches(&self) {
        let adapter = self.map.bind("example.org");
        for (path, method) in black_box(&self.requests) {
            assert!(matches!(
                black_box(adapter.match_path(path, method)),
                Outcome::Found(_)
            ));
        }
    }

    fn values(&self) {
        let adapter = self.map.bind("example.org");
        for (path, method) in black_box(&self.requests) {
            black_box(
                adapter
                    .match_path(path, method)
                    .found()
                    .map(|found| found.values()),
            );
        }
    }

    fn requests(&self) {
        for environ in black_box(&self.environs) {
            let adapter = self.map.bind_environ(environ).expect("a good host");
            assert!(matches!(
                black_box(adapter.match_request()),
                Outcome::Found(_)
            ));
        }
    }

    fn requests_with_values(&self) {
        for environ in black_box(&self.environs) {
            let adapter = self.map.bind_environ(environ).expect("a good host");
            black_box(adapter.match_request().found().map(|found| found.values()));
        }
    }
}

/// Python, at the other end of two pipes.
struct Werkzeug {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    version: String,
    endpoints: Vec<String>,
}

impl Werkzeug {
    fn start(compared: &Compared) -> Self {
        let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/werkzeug/theirs.py");
        let mut command = Command::new(python);
        command
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .expect("Python, `python3` or the variable `PYTHON`");
        let (questions, answers) = (child.stdin.take(), child.stdout.take());
        let mut werkzeug = Self {
            child,
            questions: questions.expect("it is piped"),
            answers: BufReader::new(answers.expect("it is piped")),
            version: String::new(),
            endpoints: Vec::new(),
        };
        let rules: Vec<_> = compared.rules.iter().map(|rule| {
            let defaults: serde_json::Map<_, _> =
                rule.defaults.iter().map(|(name, value)| (name.to_string(), json!(value))).collect();
            let methods = (!rule.methods.is_empty()).then_some(&rule.methods);
            json!({"string": rule.text, "methods": methods, "defaults": defaults, "endpoint": rule.endpoint()})
        }).collect();
        let given = json!({"rules": rules, "requests": compared.requests});
        writeln!(werkzeug.questions, "{given}").expect("Python reads");
        let version = werkzeug.answer();
        werkzeug.version = match version.split_once(' ') {
            Some((version, python)) => format!("Werkzeug {version}, Python {python}"),
            None => panic!("no Werkzeug? `pip install werkzeug`, or set `PYTHON`"),
        };
        werkzeug.endpoints = serde_json::from_str(&werkzeug.answer()).expect("a list of endpoints");
        werkzeug
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers
            .read_line(&mut line)
            .expect("Python writes UTF-8");
        line.trim().to_owned()
    }

    /// Nanoseconds for each of the requests.
    fn time(&mut self, question: &str) -> f64 {
        writeln!(self.questions, "{question}").expect("Python reads");
        self.answer().parse().expect("a number")
    }
}

impl Drop for Werkzeug {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
