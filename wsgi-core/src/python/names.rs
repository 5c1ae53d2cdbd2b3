//! The names of header fields as keys of the environ dict, made once a thread.

use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::environ::variable_name;

/// Fields that clients and proxies send often, in lower case.
const COMMON: [&str; 44] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "authorization",
    "cache-control",
    "cdn-loop",
    "cf-connecting-ip",
    "cf-ray",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "dnt",
    "expect",
    "forwarded",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "keep-alive",
    "origin",
    "pragma",
    "priority",
    "range",
    "referer",
    "sec-ch-ua",
    "sec-ch-ua-mobile",
    "sec-ch-ua-platform",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "sec-fetch-user",
    "traceparent",
    "transfer-encoding",
    "upgrade-insecure-requests",
    "user-agent",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "x-requested-with",
];

/// The keys of the common header fields.
pub(super) struct Names {
    /// By the length of the field's name.
    common: Vec<Vec<(&'static str, Py<PyString>)>>,
}

impl Names {
    pub(super) fn new(py: Python<'_>) -> Self {
        let longest = COMMON.iter().map(|name| name.len()).max().unwrap_or(0);
        let mut common: Vec<Vec<_>> = (0..=longest).map(|_| Vec::new()).collect();
        for name in COMMON {
            let key = PyString::intern(py, &variable_name(name)).unbind();
            common[name.len()].push((name, key));
        }
        Self { common }
    }

    /// The key of a field: `Accept` becomes `HTTP_ACCEPT`. `None` for one that is not shown.
    pub(super) fn key<'py>(&self, py: Python<'py>, name: &str) -> Option<Bound<'py, PyString>> {
        let known = self.common.get(name.len()).and_then(|names| {
            names
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name))
        });
        match known {
            Some((_, key)) => Some(key.bind(py).clone()),
            None => plain_key(py, name),
        }
    }
}

/// As [`Names::key`], made anew.
pub(super) fn plain_key<'py>(py: Python<'py>, name: &str) -> Option<Bound<'py, PyString>> {
    // `X_Foo` would pass for `X-Foo`; `Environ::var` does not show it either.
    (!name.contains('_')).then(|| PyString::new(py, &variable_name(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_name_has_the_key_that_it_would_have_anyway() {
        crate::python::interpreter::initialize().unwrap();
        Python::attach(|py| {
            let names = Names::new(py);
            for name in COMMON.into_iter().chain(["x-own", "x_own", "content_type"]) {
                for name in [name.to_owned(), name.to_ascii_uppercase()] {
                    let text = |key: Option<Bound<'_, PyString>>| key.map(|key| key.to_string());
                    assert_eq!(
                        text(names.key(py, &name)),
                        text(plain_key(py, &name)),
                        "{name}"
                    );
                }
            }
            assert!(plain_key(py, "x_own").is_none());
        });
    }
}
