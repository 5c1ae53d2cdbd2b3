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

    #[inline]
    pub(crate) fn covers(&self, environ: &Environ) -> Result<bool, ApplicationError> {
        match self.covers_path(environ.path_info()) {
            true => Ok(true),
            false if self.tests.is_empty() => Ok(false),
            false => self.is_told_by_test(environ),
        }
    }

    fn covers_path(&self, path: &[u8]) -> bool {
        let covers = |exempt: &String| match path.strip_prefix(exempt.as_bytes()) {
            // `/hooks/../account` may be `/account` to whoever comes next.
            Some(below) if exempt.ends_with('/') => is_plain(below),
            Some(below) => below.is_empty(),
            None => false,
        };
        self.paths.iter().any(covers)
    }

    fn is_told_by_test(&self, environ: &Environ) -> Result<bool, ApplicationError> {
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
    !may_be_odd(segments) || are_names(segments)
}

/// The quick answer, for most paths: no segment begins oddly.
fn may_be_odd(segments: &[u8]) -> bool {
    let mut before = b'/';
    segments.iter().any(|&byte| {
        let begins = before == b'/';
        before = byte;
        byte == b'\\' || begins && matches!(byte, b'/' | b';' | b'.')
    })
}

fn are_names(segments: &[u8]) -> bool {
    // A slash may end them.
    let inner = segments.strip_suffix(b"/").unwrap_or(segments);
    let is_name = |segment: &[u8]| {
        let name = segment.split(|&byte| byte == b';').next();
        !matches!(name, None | Some(b"" | b"." | b"..")) && !segment.contains(&b'\\')
    };
    segments.is_empty() || inner.split(|&byte| byte == b'/').all(is_name)
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
        #[test]
        fn the_quick_answer_is_the_close_one(below in r"[/.;\\a]{0,8}") {
            prop_assert_eq!(is_plain(below.as_bytes()), are_names(below.as_bytes()));
        }
    }
}
