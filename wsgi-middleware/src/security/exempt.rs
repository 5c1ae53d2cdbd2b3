//! Requests that a layer lets pass without a look at them.

use std::sync::Arc;

use thiserror::Error;
use wsgi_core::{ApplicationError, Environ};

use crate::common::hook::Hook;

type Test = dyn Fn(&Environ) -> Result<bool, ApplicationError> + Send + Sync;

/// Paths, and what tests say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exempt {
    paths: Vec<String>,
    tests: Vec<Hook<Test>>,
}

impl Exempt {
    /// `/healthz` is this path alone; `/hooks/` is all that lies below, not `/hooks`.
    pub(crate) fn add_path(&mut self, path: &str) -> Result<(), ExemptPathError> {
        let path = path.to_owned();
        match path.strip_prefix('/') {
            Some(segments) if is_plain(segments.as_bytes()) => {
                self.paths.push(path);
                Ok(())
            }
            _ => Err(ExemptPathError { path }),
        }
    }

    pub(crate) fn add_test(
        &mut self,
        test: impl Fn(&Environ) -> Result<bool, ApplicationError> + Send + Sync + 'static,
    ) {
        self.tests.push(Hook(Arc::new(test)));
    }

    pub(crate) fn covers(&self, environ: &Environ) -> Result<bool, ApplicationError> {
        let path = environ.path_info();
        let covers = |exempt: &String| match path.strip_prefix(exempt.as_bytes()) {
            // `/hooks/../account` may be `/account` to whoever comes next.
            Some(below) if exempt.ends_with('/') => is_plain(below),
            Some(below) => below.is_empty(),
            None => false,
        };
        if self.paths.iter().any(covers) {
            return Ok(true);
        }
        for test in &self.tests {
            if (test.0)(environ)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether nothing behind a slash could make another path of it: no empty segment, no `.`, `..` or backslash. A
/// segment's parameters do not count, for Java's servers cut them off (`/hooks/..;/account`).
fn is_plain(segments: &[u8]) -> bool {
    /// Of a segment's name, as far as it has been read.
    enum Name {
        Nothing,
        Dot,
        Dots,
        Plain,
    }
    let mut name = Name::Nothing;
    for &byte in segments {
        name = match (name, byte) {
            (_, b'\\') => return false,
            (Name::Plain, b'/') => Name::Nothing,
            (Name::Nothing | Name::Dot | Name::Dots, b'/' | b';') => return false,
            (Name::Nothing, b'.') => Name::Dot,
            (Name::Dot, b'.') => Name::Dots,
            _ => Name::Plain,
        };
    }
    // A slash may end them.
    !matches!(name, Name::Dot | Name::Dots)
}

/// Why requests for a path cannot be let pass: it does not begin with a slash, or has empty or dot segments.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "exempt path {path:?} is no plain path; write \"/healthz\" for this one alone, \"/hooks/\" for all that lies below"
)]
pub struct ExemptPathError {
    /// The path as it was given.
    pub path: String,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Exempt path, path of the request, whether the one covers the other.
    const CASES: &[(&str, &str, bool)] = &[
        ("/healthz", "/healthz", true),
        ("/healthz", "/healthz/", false),
        ("/healthz", "/healthzz", false),
        ("/healthz", "/Healthz", false),
        ("/hooks/", "/hooks/", true),
        ("/hooks/", "/hooks/a/b", true),
        // Go's CrossOriginProtection let these two pass (CVE-2025-47910).
        ("/hooks/", "/hooks", false),
        ("/hooks", "/hooks/", false),
        ("/hooks/", "/hooks/../account", false),
        ("/hooks/", "/hooks/./account", false),
        ("/hooks/", "/hooks//account", false),
        ("/hooks/", "/hooks/..\\account", false),
        ("/hooks/", "/hooks/..", false),
        ("/hooks/", "/hooks/..;/account", false),
        ("/hooks/", "/hooks/...", true),
        ("/", "/anything", true),
        ("/", "//anything", false),
    ];

    #[test]
    fn a_path_covers_itself_and_one_with_a_slash_what_lies_below() {
        for &(path, requested, wanted) in CASES {
            let mut exempt = Exempt::default();
            exempt.add_path(path).unwrap();
            let mut environ = Environ::new();
            environ.set_path_info(requested);
            assert_eq!(exempt.covers(&environ).unwrap(), wanted, "{requested}");
        }
    }

    #[test]
    fn a_path_that_never_comes_is_refused() {
        for path in ["", "healthz", "/a/../b", "//", "/a//b"] {
            assert!(Exempt::default().add_path(path).is_err(), "{path}");
        }
    }

    proptest! {
        /// Segment by segment, as it is told in words.
        #[test]
        fn one_walk_over_a_path_tells_as_much_as_several(below in r"[/.;\\a]{0,8}") {
            let segments = below.strip_suffix('/').unwrap_or(&below);
            let is_name = |segment: &str| !matches!(segment.split(';').next(), None | Some("" | "." | ".."));
            let is_plain_by_segments = segments.split('/').all(is_name) && !below.contains('\\');
            prop_assert_eq!(is_plain(below.as_bytes()), below.is_empty() || is_plain_by_segments);
        }
    }
}
