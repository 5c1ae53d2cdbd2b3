//! Whose pages may.

use std::borrow::Cow;
use std::sync::Arc;

use regex::Regex;
use wsgi_core::{ApplicationError, Environ};

use super::CorsError;
use crate::common::hook::Hook;
use crate::security::origin::{Origin, serialised};

pub(super) type Test = dyn Fn(&str, &Environ) -> Result<bool, ApplicationError> + Send + Sync;

#[derive(Clone, Debug, Default)]
pub(super) struct Origins {
    listed: Listed,
    /// What the others are told.
    pub(super) others: Others,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Others {
    #[default]
    Nothing,
    /// `*`, as all are then.
    Any,
    /// Their own name.
    Mirrored,
}

/// Those that one of these names.
#[derive(Clone, Debug, Default)]
struct Listed {
    /// As browsers serialise them.
    exact: Vec<String>,
    null: bool,
    patterns: Vec<Regex>,
    tests: Vec<Hook<Test>>,
}

impl Origins {
    pub(super) fn add(
        &mut self,
        origins: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<(), CorsError> {
        for origin in origins {
            let origin = serialised(origin.as_ref())?;
            self.listed.exact.push(origin);
        }
        Ok(())
    }

    pub(super) fn add_pattern(&mut self, pattern: &str) -> Result<(), CorsError> {
        // A pattern that matched a part would let `https://example.org.evil.example` in.
        let whole = Regex::new(pattern).and_then(|_| Regex::new(&format!(r"\A(?:{pattern})\z")));
        let whole = whole.map_err(|source| CorsError::Pattern {
            pattern: pattern.to_owned(),
            source: Box::new(source),
        })?;
        self.listed.patterns.push(whole);
        Ok(())
    }

    pub(super) fn add_test(&mut self, test: Arc<Test>) {
        self.listed.tests.push(Hook(test));
    }

    pub(super) fn add_null(&mut self) {
        self.listed.null = true;
    }

    pub(super) fn has_null(&self) -> bool {
        self.listed.null
    }

    /// The value of `Access-Control-Allow-Origin` for this request; `None` where its origin may not, or there is none.
    pub(super) fn allowed(
        &self,
        environ: &Environ,
    ) -> Result<Option<Cow<'_, str>>, ApplicationError> {
        // Fetch "CORS protocol and HTTP caches": also without an origin, for what a cache keeps of that is given to
        // others.
        if let Others::Any = self.others {
            return Ok(Some(Cow::Borrowed("*")));
        }
        let mut values = environ.headers().get_all("Origin");
        // Two of them are no browser's.
        let (Some(origin), None) = (values.next(), values.next()) else {
            return Ok(None);
        };
        if let Some(exact) = self.listed.exactly(origin) {
            return Ok(Some(Cow::Borrowed(exact)));
        }
        let may = match std::str::from_utf8(origin) {
            Ok("null") => self.listed.null,
            Ok(_) if Origin::parse(origin).is_none() => false,
            Ok(text) => {
                matches!(self.others, Others::Mirrored) || self.listed.cover(text, environ)?
            }
            Err(_) => false,
        };
        let text = || String::from_utf8_lossy(origin).into_owned();
        Ok(may.then(|| Cow::Owned(text())))
    }
}

impl Listed {
    fn exactly(&self, origin: &[u8]) -> Option<&str> {
        let mut exact = self.exact.iter().map(String::as_str);
        exact.find(|exact| exact.as_bytes() == origin)
    }

    fn cover(&self, origin: &str, environ: &Environ) -> Result<bool, ApplicationError> {
        if self.patterns.iter().any(|pattern| pattern.is_match(origin)) {
            return Ok(true);
        }
        for test in &self.tests {
            if (test.0)(origin, environ)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
