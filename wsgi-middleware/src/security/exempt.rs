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
        if !path.starts_with('/') || !is_plain(path.as_bytes()) {
            let path = path.to_owned();
            return Err(ExemptPathError { path });
        }
        self.paths.push(path.to_owned());
        Ok(())
    }

    pub(crate) fn add_test(
        &mut self,
        test: impl Fn(&Environ) -> Result<bool, ApplicationError> + Send + Sync + 'static,
    ) {
        self.tests.push(Hook(Arc::new(test)));
    }

    pub(crate) fn covers(&self, environ: &Environ) -> Result<bool, ApplicationError> {
        let path = environ.path_info();
        let covers = |exempt: &String| match exempt.ends_with('/') {
            // `/hooks/../account` may be `/account` to whoever comes next.
            true => path.starts_with(exempt.as_bytes()) && is_plain(path),
            false => path == exempt.as_bytes(),
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

/// Whether nothing in a path could make another one of it: no empty segment, no `.`, `..` or backslash. A segment's
/// parameters do not count, for Java's servers cut them off (`/hooks/..;/account`).
fn is_plain(path: &[u8]) -> bool {
    let inner = path.strip_prefix(b"/").unwrap_or(path);
    let inner = inner.strip_suffix(b"/").unwrap_or(inner);
    let mut segments = inner.split(|&byte| byte == b'/');
    let is_plain = |segment: &[u8]| {
        let name = segment.split(|&byte| byte == b';').next();
        !matches!(name, None | Some(b"" | b"." | b"..")) && !segment.contains(&b'\\')
    };
    path == b"/" || segments.all(is_plain)
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
}
