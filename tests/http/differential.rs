//! Differential tests: streams of requests are given to our parser and to others, which have to find the same in them.
//!
//! Where they do not, the difference is in [`differences`], argued. One that is not there fails the test, and so does a
//! row that nothing shows any more.

mod differences;

use std::collections::{BTreeMap, HashSet};
use std::fs::File;

use serde_json::Value;
use wsgi_tests::{python::environment, root};

use super::streams::{End, HANDMADE, Random, Request, Seen, Session, stream};
use differences::{COMMON, Difference, H11, LLHTTP};

/// So many are generated, besides those made by hand.
const STREAMS: usize = 20_000;

/// What the generated ones begin from. Other numbers make others: `DIFFERENTIAL_SEED=1 cargo test …`.
const SEED: u64 = 9112;

#[test]
fn h11_finds_the_same_requests() {
    compare("h11", [COMMON, H11].concat());
}

/// `httptools` is the parser of Node.js, llhttp, for Python.
#[test]
fn llhttp_finds_the_same_requests() {
    compare("httptools", [COMMON, LLHTTP].concat());
}

/// What the other parser found in a stream.
struct Theirs {
    requests: Vec<Request>,
    /// Why it was refused, if it was.
    refused: Option<String>,
}

/// The first thing that two parsers find otherwise in a stream.
pub(crate) struct Disagreement<'s> {
    pub(crate) stream: &'s [u8],
    /// What we took for a request there.
    pub(crate) ours: Option<&'s Request>,
    /// Why we took it for none.
    pub(crate) our_end: &'s End,
    pub(crate) theirs: Option<&'s Request>,
    pub(crate) their_refusal: Option<&'s str>,
}

impl Disagreement<'_> {
    /// Those of a kind are alike but for what they quote.
    fn kind(&self) -> String {
        let refusal = format!("{:?}", self.our_end);
        let refusal = refusal
            .split_inclusive(['{', ','])
            .next()
            .unwrap_or_default();
        let theirs = self.their_refusal.unwrap_or_default();
        let theirs = theirs.split(['\'', ':']).next().unwrap_or_default();
        match self.ours {
            Some(_) => format!("{} {theirs}", self.theirs.is_some()),
            None => format!("{refusal} {}", self.theirs.is_some()),
        }
    }

    fn tell(&self) -> String {
        let Self {
            ours,
            our_end,
            theirs,
            their_refusal,
            ..
        } = self;
        format!("ours:   {ours:?}, then {our_end:?}\ntheirs: {theirs:?}, then {their_refusal:?}")
    }
}

fn compare(reference: &str, differences: Vec<Difference>) {
    let seed = std::env::var("DIFFERENTIAL_SEED");
    let seed = seed.map_or(SEED, |seed| seed.parse().expect("a number"));
    let mut random = Random::new(seed);
    let handmade = HANDMADE.iter().map(|stream| stream.to_vec());
    let generated = (0..STREAMS).map(|_| stream(&mut random));
    let streams: Vec<Vec<u8>> = handmade.chain(generated).collect();
    let (mut unused, mut accepted) = ((0..differences.len()).collect::<HashSet<_>>(), 0);
    let mut surprises = BTreeMap::new();
    for (stream, theirs) in streams.iter().zip(judged_by(reference, &streams)) {
        let mut ours = Session::of([&stream[..]]);
        ours.requests = ours
            .requests
            .into_iter()
            .map(differences::without_case)
            .collect();
        accepted += ours.requests.len();
        let Some(found) = disagreement(stream, &ours, &theirs) else {
            continue;
        };
        match differences.iter().position(|row| row.explains(&found)) {
            Some(row) => drop(unused.remove(&row)),
            None => drop(surprises.insert(found.kind(), (stream, found.tell()))),
        }
    }
    let told = surprises
        .values()
        .map(|(stream, told)| format!("{}\n{told}\n", stream.escape_ascii()));
    assert!(
        surprises.is_empty(),
        "unexplained, one of each kind:\n{}",
        told.collect::<String>()
    );
    let unused: Vec<_> = unused.iter().map(|&row| differences[row].why).collect();
    assert!(
        unused.is_empty() || seed != SEED,
        "nothing shows these any more: {unused:#?}"
    );
    assert!(
        accepted > STREAMS / 2,
        "{accepted} requests are too few to compare"
    );
}

fn disagreement<'s>(
    stream: &'s [u8],
    ours: &'s Seen,
    theirs: &'s Theirs,
) -> Option<Disagreement<'s>> {
    let same = ours
        .requests
        .iter()
        .zip(&theirs.requests)
        .take_while(|(ours, theirs)| ours == theirs)
        .count();
    let found = Disagreement {
        stream,
        ours: ours.requests.get(same),
        our_end: &ours.end,
        theirs: theirs.requests.get(same),
        their_refusal: theirs.refused.as_deref(),
    };
    let agree = match (found.ours, found.theirs, found.our_end, found.their_refusal) {
        (None, None, End::Refused(_), Some(_)) => true,
        // A head that is not complete may be refused later; a body may not.
        (None, None, End::InHead | End::Closed, _) => true,
        (None, None, End::InBody, None) => true,
        _ => false,
    };
    (!agree).then_some(found)
}

/// What another parser finds in these streams.
fn judged_by(reference: &str, streams: &[Vec<u8>]) -> Vec<Theirs> {
    let mut lines = tempfile::NamedTempFile::new().expect("a temporary file");
    for stream in streams {
        let digits: String = stream.iter().map(|byte| format!("{byte:02x}")).collect();
        std::io::Write::write_all(&mut lines, format!("{digits}\n").as_bytes())
            .expect("room in the temporary file");
    }
    let mut judge = environment().command("python");
    judge
        .arg(root().join("tests/http/reference.py"))
        .arg(reference);
    judge.stdin(File::open(lines.path()).expect("the file that was just written"));
    let output = judge.output().expect("the interpreter of the tests");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{reference}: {errors}");
    let text = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    let found: Vec<_> = text.lines().map(Theirs::parse).collect();
    assert_eq!(found.len(), streams.len());
    found
}

impl Theirs {
    fn parse(line: &str) -> Self {
        let value: Value = serde_json::from_str(line).expect("a line of JSON");
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let requests = list(&value["requests"]).into_iter().map(|request| Request {
            method: text(&request["method"]),
            target: text(&request["target"]),
            version: text(&request["version"]),
            fields: list(&request["fields"])
                .iter()
                .map(|field| (text(&field[0]), text(&field[1])))
                .collect(),
            body: text(&request["body"]),
            persists: request["persists"] == true,
        });
        Self {
            requests: requests.map(differences::as_we_show_it).collect(),
            refused: (value["end"] == "refused").then(|| text(&value["reason"])),
        }
    }
}
