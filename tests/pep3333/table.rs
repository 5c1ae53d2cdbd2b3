//! The table of requirements: complete, true, and the same as `docs/pep-3333.md`.
//!
//! `UPDATE_DOCS=1 cargo test -p wsgi-tests --test pep3333 table` writes that file anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use wsgi_core::validate::requirements::{REQUIREMENTS, Source};
use wsgi_core::validate::{Enforcement, Level, Requirement, Role};

fn rows() -> impl Iterator<Item = &'static Requirement> {
    REQUIREMENTS.iter().copied().flatten()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn ids_are_unique_and_of_one_form() {
    let mut seen = BTreeSet::new();
    for row in rows() {
        assert!(seen.insert(row.id), "{} stands twice", row.id);
        let fit =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
        assert!(row.id.bytes().all(fit), "{}", row.id);
    }
}

#[test]
fn every_requirement_has_a_test_that_exists() {
    let mut wrong = Vec::new();
    for row in rows() {
        let Some((path, function)) = row.test.rsplit_once("::") else {
            panic!("{}: the test {:?} is no file::function", row.id, row.test);
        };
        let is_test = fs::read_to_string(root().join(path)).is_ok_and(|text| {
            // Between the attribute and the function there may be others, such as `cfg`.
            text.split("#[test]").skip(1).any(|rest| {
                let name = rest.split_once("fn ").map_or("", |(_, name)| name);
                name.split('(').next() == Some(function)
            })
        });
        if !is_test {
            wrong.push(format!("{}: no test {function} in {path}", row.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_requirement_is_enforced_where_the_table_says() {
    let mut wrong = Vec::new();
    for row in rows() {
        let Ok(code) = fs::read_to_string(root().join(row.code)) else {
            wrong.push(format!("{}: there is no {}", row.id, row.code));
            continue;
        };
        if row.enforcement == Enforcement::Check
            && !code.contains(&format!("rule!(\"{}\")", row.id))
        {
            wrong.push(format!("{}: not checked in {}", row.id, row.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The reverse: no check reports under a requirement that the table gives to somebody else.
#[test]
fn every_check_stands_in_the_table_as_one() {
    let checked: BTreeMap<_, _> = rows()
        .filter(|row| row.enforcement == Enforcement::Check)
        .map(|row| (row.id, row.code))
        .collect();
    let mut count = 0;
    for entry in fs::read_dir(root().join("wsgi-core/src/validate")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for (at, start) in text.match_indices("rule!(\"") {
            let id = text[at + start.len()..].split('"').next().unwrap();
            let code = checked
                .get(id)
                .unwrap_or_else(|| panic!("{id} is no check in the table"));
            assert!(
                path.ends_with(code.rsplit('/').next().unwrap()),
                "{id}: {}",
                path.display()
            );
            count += 1;
        }
    }
    assert!(count >= checked.len());
}

#[test]
fn the_document_is_what_the_table_says() {
    let path = root().join("docs/pep-3333.md");
    let table = document();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &table).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == table,
        "docs/pep-3333.md is stale; run UPDATE_DOCS=1 cargo test -p wsgi-tests --test pep3333 table"
    );
}

/// Whoever writes "must" into the table is held to what the specification says: each of its sections that
/// has such a word is there.
#[test]
fn every_section_that_requires_something_is_there() {
    const SECTIONS: [&str; 26] = [
        "Preface for Readers of PEP 333",
        "Original Rationale and Goals (from PEP 333)",
        "Specification Overview",
        "A Note On String Types",
        "The Application/Framework Side",
        "The Server/Gateway Side",
        "Middleware: Components that Play Both Sides",
        "Specification Details",
        "`environ` Variables",
        "Input and Error Streams",
        "The `start_response()` Callable",
        "Handling the `Content-Length` Header",
        "Buffering and Streaming",
        "Middleware Handling of Block Boundaries",
        "The `write()` Callable",
        "Unicode Issues",
        "Error Handling",
        "HTTP 1.1 Expect/Continue",
        "Other HTTP Features",
        "Thread Support",
        "Server Extension APIs",
        "Application Configuration",
        "URL Reconstruction",
        "Supporting Older (<2.2) Versions of Python",
        "Optional Platform-Specific File Handling",
        "Questions and Answers",
    ];
    let mut sections = Vec::new();
    for row in rows() {
        if let Source::Pep3333(section) = row.source
            && sections.last() != Some(&section)
        {
            sections.push(section);
        }
    }
    assert_eq!(sections, SECTIONS, "sections, in the order of the PEP");
}

fn document() -> String {
    let mut text = String::from(INTRODUCTION);
    let _ = writeln!(text, "\n{}", summary());
    let mut last = None;
    for row in rows() {
        if last != Some(row.source) {
            heading(&mut text, row.source, last);
            last = Some(row.source);
        }
        let (path, function) = row.test.rsplit_once("::").unwrap_or((row.test, ""));
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {} [{}](../{}) | [{function}](../{path}) |",
            row.id,
            level(row.level),
            role(row.binds),
            row.text,
            enforcement(row.enforcement),
            name_of(row.code),
            row.code,
        );
    }
    text
}

const INTRODUCTION: &str = "\
# PEP 3333, requirement by requirement

Every MUST and SHOULD of [PEP 3333](https://peps.python.org/pep-3333/), and each MAY that something here relies on,
with what sees to it and the test that proves it. Behind them come the rules of HTTP which the PEP takes for
granted, and what `wsgiref.validate` and Werkzeug's lint check beyond the PEP. MUST stands for \"required\",
\"forbidden\" and \"fatal error\" as well; negations are in the text.

What sees to a requirement is one of these:

- **check**: `wsgi_core::validate::Validator` reports violations under the id;
- **type**: the types do; what would break the requirement cannot be written, or is refused while it is made;
- **bridge**: the bridge to Python does, where objects of any type may come;
- **server**: the server does, whatever the application does;
- **advice**: nobody can; the file named heeds it, or tells people.

This file is generated from `wsgi_core::validate::requirements`; a test fails when the two differ. To write it
anew: `UPDATE_DOCS=1 cargo test -p wsgi-tests --test pep3333 table`.
";

fn summary() -> String {
    let count = |kind| rows().filter(|row| row.enforcement == kind).count();
    format!(
        "{} requirements: {} by checks, {} by types, {} by the bridge, {} by the server, {} by advice.",
        rows().count(),
        count(Enforcement::Check),
        count(Enforcement::Type),
        count(Enforcement::Bridge),
        count(Enforcement::Server),
        count(Enforcement::Advice),
    )
}

fn heading(text: &mut String, source: Source, last: Option<Source>) {
    let columns =
        "| id | level | binds | requirement | enforced by | test |\n|---|---|---|---|---|---|";
    let _ = match (source, last) {
        (Source::Pep3333(section), _) => {
            writeln!(
                text,
                "\n## [{section}](https://peps.python.org/pep-3333/#{})\n\n{columns}",
                anchor(section)
            )
        }
        (Source::Other(citation), Some(Source::Pep3333(_))) => {
            writeln!(text, "\n## Beyond PEP 3333\n\n### {citation}\n\n{columns}")
        }
        (Source::Other(citation), _) => writeln!(text, "\n### {citation}\n\n{columns}"),
        (other, _) => writeln!(text, "\n## {other}\n\n{columns}"),
    };
}

/// As docutils makes it: runs of what is neither letter nor digit become one hyphen.
fn anchor(section: &str) -> String {
    section
        .to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Must => "MUST",
        Level::Should => "SHOULD",
        Level::May => "MAY",
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Server => "server",
        Role::Application => "application",
        Role::Middleware => "middleware",
        other => panic!("name {other:?} here"),
    }
}

fn enforcement(enforcement: Enforcement) -> &'static str {
    match enforcement {
        Enforcement::Check => "check",
        Enforcement::Type => "type",
        Enforcement::Bridge => "bridge",
        Enforcement::Server => "server",
        Enforcement::Advice => "advice",
        other => panic!("name {other:?} here"),
    }
}

/// `wsgi-core/src/python/input.rs` → `python/input.rs`
fn name_of(code: &str) -> &str {
    code.split_once("/src/").map_or(code, |(_, name)| name)
}
