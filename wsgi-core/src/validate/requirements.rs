//! Every requirement of PEP 3333, and what enforces it here: the source of the conformance table.
//!
//! Sections stand in the order of the PEP; behind them come the rules of HTTP that the PEP takes for granted,
//! and what `wsgiref.validate` and Werkzeug's lint check beyond it.

mod beyond;
mod buffering;
mod content_length;
mod environ;
mod error_handling;
mod http_features;
mod notes;
mod overview;
mod specification_details;
mod start_response;
mod streams;
mod unicode;

/// All requirements, a slice for each part of the specification, in its order.
pub const REQUIREMENTS: &[&[Requirement]] = &[
    overview::ROWS,
    specification_details::ROWS,
    environ::ROWS,
    streams::ROWS,
    start_response::ROWS,
    content_length::ROWS,
    buffering::ROWS,
    unicode::ROWS,
    error_handling::ROWS,
    http_features::ROWS,
    notes::ROWS,
    beyond::ROWS,
];

/// One requirement: a sentence of the specification with its MUST, SHOULD or MAY.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Requirement {
    /// What violations, the conformance table and messages call it: `subject.rule`.
    pub id: &'static str,
    /// Where it stands.
    pub source: Source,
    /// How binding it is.
    pub level: Level,
    /// Whom it binds.
    pub binds: Role,
    /// What it says, in short.
    pub text: &'static str,
    /// What sees to it.
    pub enforcement: Enforcement,
    /// The file of this repository that does.
    pub code: &'static str,
    /// The test, as `file::function`, that fails when it does not.
    pub test: &'static str,
}

/// Where a requirement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// The title of a section of PEP 3333.
    Pep3333(&'static str),
    /// Another specification, or one of the two validators whose checks are all here.
    Other(&'static str),
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pep3333(section) => write!(f, "PEP 3333 \"{section}\""),
            Self::Other(source) => f.write_str(source),
        }
    }
}

/// How binding a requirement is: the words of RFC 2119, negations included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// MUST and MUST NOT; also "required", "forbidden" and "fatal error".
    Must,
    /// SHOULD and SHOULD NOT.
    Should,
    /// MAY, where something here relies on it.
    May,
}

/// Whom a requirement binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// The server or gateway, and middleware towards its application.
    Server,
    /// The application or framework, and middleware towards its server.
    Application,
    /// Middleware, beyond what binds it as the one and the other.
    Middleware,
}

/// What sees to a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Enforcement {
    /// A check of [`Validator`](super::Validator), which reports violations under the requirement's id.
    Check,
    /// The types: what would break it cannot be written, or is refused while it is made.
    Type,
    /// The bridge to Python (feature `python`), where objects of any type may come.
    Bridge,
    /// The server, whatever the application does.
    Server,
    /// Nobody can; it is advice to people, and documentation or an example heeds it.
    Advice,
}

impl Requirement {
    const fn new(
        source: Source,
        level: Level,
        id: &'static str,
        binds: Role,
        text: &'static str,
    ) -> Self {
        Self {
            id,
            source,
            level,
            binds,
            text,
            enforcement: Enforcement::Advice,
            code: "",
            test: "",
        }
    }

    const fn by(self, enforcement: Enforcement, code: &'static str, test: &'static str) -> Self {
        Self {
            enforcement,
            code,
            test,
            ..self
        }
    }

    const fn check(self, code: &'static str, test: &'static str) -> Self {
        self.by(Enforcement::Check, code, test)
    }

    const fn types(self, code: &'static str, test: &'static str) -> Self {
        self.by(Enforcement::Type, code, test)
    }

    const fn bridge(self, code: &'static str, test: &'static str) -> Self {
        self.by(Enforcement::Bridge, code, test)
    }

    const fn server(self, code: &'static str, test: &'static str) -> Self {
        self.by(Enforcement::Server, code, test)
    }

    const fn advice(self, code: &'static str, test: &'static str) -> Self {
        self.by(Enforcement::Advice, code, test)
    }
}

const fn must(source: Source, id: &'static str, binds: Role, text: &'static str) -> Requirement {
    Requirement::new(source, Level::Must, id, binds, text)
}

const fn should(source: Source, id: &'static str, binds: Role, text: &'static str) -> Requirement {
    Requirement::new(source, Level::Should, id, binds, text)
}

const fn may(source: Source, id: &'static str, binds: Role, text: &'static str) -> Requirement {
    Requirement::new(source, Level::May, id, binds, text)
}

/// The requirement of this id; fails the build when there is none.
pub(super) const fn by_id(id: &str) -> &'static Requirement {
    let mut part = 0;
    while part < REQUIREMENTS.len() {
        let rows = REQUIREMENTS[part];
        let mut row = 0;
        while row < rows.len() {
            if same(rows[row].id, id) {
                return &rows[row];
            }
            row += 1;
        }
        part += 1;
    }
    panic!("no requirement has this id")
}

/// `==` for the compiler, which has no traits in constants yet.
const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}
