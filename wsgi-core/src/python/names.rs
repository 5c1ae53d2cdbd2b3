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

/// Of so many fields of a request is remembered what they were called the last time.
const REMEMBERED: usize = 32;

/// Longer names, in bytes, are not remembered: memory must not be a client's to fill.
const LONGEST_REMEMBERED: usize = 64;

/// The keys of header fields: of the common ones, and of those that the last request had.
pub(super) struct Names {
    /// By the length of the field's name.
    common: Vec<Vec<(&'static str, Py<PyString>)>>,
    /// By position, for clients send the same fields in the same order again and again.
    last: Vec<(String, Py<PyString>)>,
}

impl Names {
    pub(super) fn new(py: Python<'_>) -> Self {
        let longest = COMMON.iter().map(|name| name.len()).max().unwrap_or(0);
        let mut common: Vec<Vec<_>> = (0..=longest).map(|_| Vec::new()).collect();
        for name in COMMON {
            let key = PyString::intern(py, &variable_name(name)).unbind();
            common[name.len()].push((name, key));
        }
        Self {
            common,
            last: Vec::new(),
        }
    }

    /// The key of the field at this position: `Accept` becomes `HTTP_ACCEPT`.
    pub(super) fn key<'py>(
        &mut self,
        py: Python<'py>,
        position: usize,
        name: &str,
    ) -> Bound<'py, PyString> {
        if let Some((last, key)) = self.last.get(position)
            && last == name
        {
            return key.bind(py).clone();
        }
        let key = self.look_up(py, name);
        if position < REMEMBERED && name.len() <= LONGEST_REMEMBERED {
            let new = (name.to_owned(), key.clone().unbind());
            if let Some(last) = self.last.get_mut(position) {
                *last = new;
            } else if self.last.len() == position {
                self.last.push(new);
            }
        }
        key
    }

    fn look_up<'py>(&self, py: Python<'py>, name: &str) -> Bound<'py, PyString> {
        let known = self.common.get(name.len()).and_then(|names| {
            names
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name))
        });
        match known {
            Some((_, key)) => key.bind(py).clone(),
            None => PyString::new(py, &variable_name(name)),
        }
    }
}
