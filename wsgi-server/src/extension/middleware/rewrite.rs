//! `wsgi_rs.middleware.Rewrite`.

use std::collections::HashMap;

use pyo3::prelude::*;
use wsgi_core::python::{Exported, application};
use wsgi_middleware::RewriteRule;

use super::arguments::numbers;
use super::rules::{Row, rows};
use super::{Wrapped, exported};

const KEYS: [&str; 8] = [
    "pattern",
    "to",
    "keep_query",
    "then",
    "methods",
    "host",
    "headers",
    "unless_headers",
];

/// Changes the path of requests by rules, before the application sees it.
///
/// `rules` maps regular expressions to texts that replace the path, in which `$1` and `${name}` are what was captured; or it is
/// a list of dicts: "pattern", "to", and where it is wanted "keep_query" (True), "then" ("next", "stop" or "restart"),
/// "methods", "host", "headers" and "unless_headers", which map names to regular expressions. A request that goes through
/// the rules more than `pass_limit` times fails.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct Rewrite;

#[pymethods]
impl Rewrite {
    #[new]
    #[pyo3(signature = (app, rules, *, pass_limit = 10))]
    fn new(
        app: &Bound<'_, PyAny>,
        rules: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = numbers::pass_limit)] pass_limit: usize,
    ) -> PyResult<PyClassInitializer<Self>> {
        let wrapped = app;
        let app: Wrapped = application(app)?;
        let mut rewrite = wsgi_middleware::Rewrite::new(app).pass_limit(pass_limit);
        for row in rows(rules, "pattern", &KEYS)? {
            rewrite = rewrite.rule(rule(&row)?);
        }
        Ok(exported(rewrite, wrapped).add_subclass(Self))
    }
}

fn rule(row: &Row<'_>) -> PyResult<RewriteRule> {
    let refused = |error| row.refused(error);
    let (pattern, to): (String, String) = (row.required("pattern")?, row.required("to")?);
    let mut rule = RewriteRule::new(&pattern, &to).map_err(refused)?;
    if let Some(keep) = row.get("keep_query")? {
        rule = rule.keep_query(keep);
    }
    rule = match row.get::<String>("then")?.as_deref() {
        None | Some("next") => rule,
        Some("stop") => rule.stop(),
        Some("restart") => rule.restart(),
        Some(other) => {
            let why = format!("then: {other:?} is unknown; use \"next\", \"stop\" or \"restart\"");
            return Err(row.mistake(why));
        }
    };
    rule = rule.methods(row.texts("methods")?).map_err(refused)?;
    for host in row.texts("host")? {
        rule = rule.host(&host).map_err(refused)?;
    }
    let fields = |key| Ok::<_, PyErr>(row.get::<HashMap<String, String>>(key)?.unwrap_or_default());
    for (name, pattern) in fields("headers")? {
        rule = rule.header(&name, &pattern).map_err(refused)?;
    }
    for (name, pattern) in fields("unless_headers")? {
        rule = rule.unless_header(&name, &pattern).map_err(refused)?;
    }
    Ok(rule)
}
