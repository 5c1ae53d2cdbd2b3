//! `wsgi_rs.middleware.Redirect`.

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};
use wsgi_middleware::RedirectRule;

use super::rules::{Row, rows};
use super::{Wrapped, exported};

const KEYS: [&str; 7] = [
    "exact",
    "prefix",
    "pattern",
    "to",
    "status",
    "keep_query",
    "host",
];

/// Sends requests for some paths elsewhere, by rules, of which the first that fits counts.
///
/// `rules` maps paths to targets, or is a list of dicts: one of "exact", "prefix" and "pattern" (a regular expression,
/// whose groups are `$1` or `${name}` in the target); "to", the target; and where it is wanted "status" (307), "keep_query" (True),
/// and "host", one or several.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct Redirect;

#[pymethods]
impl Redirect {
    #[new]
    fn new(app: &Bound<'_, PyAny>, rules: &Bound<'_, PyAny>) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let mut redirect = wsgi_middleware::Redirect::new(app);
        for row in rows(rules, "exact", &KEYS)? {
            redirect = redirect.rule(rule(&row)?);
        }
        Ok(exported(redirect, wrapped).add_subclass(Self))
    }
}

fn rule(row: &Row<'_>) -> PyResult<RedirectRule> {
    let to: String = row.required("to")?;
    let paths: [Option<String>; 3] = [row.get("exact")?, row.get("prefix")?, row.get("pattern")?];
    let rule = match &paths {
        [Some(path), None, None] => RedirectRule::exact(path, &to),
        [None, Some(prefix), None] => RedirectRule::prefix(prefix, &to),
        [None, None, Some(pattern)] => RedirectRule::pattern(pattern, &to),
        _ => return Err(row.mistake("give one of \"exact\", \"prefix\" and \"pattern\"")),
    };
    let mut rule = rule.map_err(|error| row.refused(error))?;
    if let Some(code) = row.get::<u16>("status")? {
        rule = rule.status(code.try_into().map_err(|error| row.refused(error))?);
    }
    if let Some(keep) = row.get("keep_query")? {
        rule = rule.keep_query(keep);
    }
    for host in row.texts("host")? {
        rule = rule.host(&host).map_err(|error| row.refused(error))?;
    }
    Ok(rule)
}
