//! From rules of Python to entries of the table, and to the map.

use std::collections::HashMap;
use std::fmt::Write;

use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;
use wsgi_router::{Map, Value};

use super::super::convert::{Conversion, Pattern};
use super::super::quote;
use super::{ALL_METHODS, Entry, Parameter, Piece};

/// What the rules are collected in.
pub(super) struct Maker {
    pub(super) host_matching: bool,
    pub(super) redirects: bool,
    /// The bit of each method that a rule names.
    pub(super) methods: HashMap<String, u64>,
    patterns: Vec<Pattern>,
    rules: Vec<wsgi_router::Rule>,
}

impl Maker {
    pub(super) fn new(host_matching: bool, redirects: bool) -> Self {
        Self {
            host_matching,
            redirects,
            methods: HashMap::new(),
            patterns: Vec::new(),
            rules: Vec::new(),
        }
    }

    /// Adds a rule, to the map's too if it can match.
    pub(super) fn entry(&mut self, rule: &Bound<'_, PyAny>, build_only: bool) -> PyResult<Entry> {
        let py = rule.py();
        let attribute = |name: &str| rule.getattr(name);
        let alias = attribute_flag(rule, "alias")?;
        let defaults = attribute("defaults")?;
        let mut entry = Entry {
            rule: rule.clone().unbind(),
            endpoint: attribute("endpoint")?.unbind(),
            parameters: Vec::new(),
            defaults: Vec::new(),
            plain: attribute("redirect_to")?.is_none() && !(alias && self.redirects),
            arguments: Vec::new(),
            domain: Vec::new(),
            path: Vec::new(),
            methods: ALL_METHODS,
            websocket: attribute_flag(rule, "websocket")?,
        };
        if defaults.is_truthy()? {
            for item in defaults.call_method0(intern!(py, "items"))?.try_iter()? {
                let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item?.extract()?;
                let name = interned(&name.str()?)?;
                entry.arguments.push(name.clone_ref(py));
                entry.defaults.push((name, value.unbind()));
            }
        }
        let text = self.read_trace(rule, &mut entry)?;
        let names: Option<Vec<String>> = attribute("methods")?.extract::<Option<_>>().or_else(
            |_| -> PyResult<Option<Vec<String>>> {
                let names = attribute("methods")?.try_iter()?;
                names
                    .map(|name| name?.extract())
                    .collect::<PyResult<_>>()
                    .map(Some)
            },
        )?;
        if let Some(names) = &names {
            entry.methods = self.method_bits(names)?;
        }
        if !build_only {
            let (domain, path) = text.split_once('|').unwrap_or(("", &text));
            let mut made = wsgi_router::Rule::new(path)
                .websocket(entry.websocket)
                .strict_slashes(attribute_flag(rule, "strict_slashes")?)
                .merge_slashes(attribute_flag(rule, "merge_slashes")?);
            made = if self.host_matching {
                made.host(domain)
            } else {
                made.subdomain(domain)
            };
            if let Some(names) = names {
                made = made.methods(names);
            }
            self.rules.push(made);
        }
        Ok(entry)
    }

    /// The rule's pieces, and its patterns for the map: `host|path`, each parameter with the number of its converter.
    fn read_trace(&mut self, rule: &Bound<'_, PyAny>, entry: &mut Entry) -> PyResult<String> {
        let py = rule.py();
        let converters = rule.getattr(intern!(py, "_converters"))?;
        let trace: Vec<(bool, Bound<'_, PyString>)> =
            rule.getattr(intern!(py, "_trace"))?.extract()?;
        let mut text = String::new();
        let mut pieces = Vec::new();
        let mut behind_domain = false;
        for (is_parameter, piece) in trace {
            let literal = piece.to_str()?;
            if !is_parameter {
                text.push_str(literal);
                if literal == "|" && !behind_domain {
                    behind_domain = true;
                    entry.domain = std::mem::take(&mut pieces);
                    continue;
                }
                let mut quoted = String::new();
                quote::path(literal, &mut quoted);
                add_text(&mut pieces, &quoted);
                continue;
            }
            let conversion = Conversion::new(&converters.get_item(&piece)?)?;
            let number = self.patterns.len();
            // Names are the rule's business, which may have some that the map takes for a mistake.
            let _ = write!(text, "<python({number}):p{number}>");
            self.patterns.push(conversion.pattern.clone());
            let default = entry
                .defaults
                .iter()
                .find(|(name, _)| name.bind(py).to_str().is_ok_and(|name| name == literal));
            match default {
                // It is part of the URL's text from now on.
                Some((_, default)) => {
                    let mut written = String::new();
                    conversion.write(default.bind(py), &mut written)?;
                    add_text(&mut pieces, &written);
                }
                None => pieces.push(Piece::Parameter(entry.parameters.len())),
            }
            let name = interned(&piece)?;
            let has_default = default.is_some();
            if !has_default {
                entry.arguments.push(name.clone_ref(py));
            }
            entry.parameters.push(Parameter {
                name,
                conversion,
                has_default,
            });
        }
        entry.path = pieces;
        Ok(text)
    }

    fn method_bits(&mut self, names: &[String]) -> PyResult<u64> {
        let mut bits = 0;
        for name in names {
            let fresh = self.methods.len();
            if fresh > 62 {
                return Err(PyValueError::new_err(format!(
                    "the map's rules name more than 63 methods, {name:?} among them; leave some out"
                )));
            }
            bits |= *self.methods.entry(name.clone()).or_insert(1 << fresh);
        }
        Ok(bits)
    }

    /// The map of all rules.
    pub(super) fn map(&mut self, merge_slashes: bool) -> PyResult<Map> {
        let patterns = std::mem::take(&mut self.patterns);
        let converter = move |arguments: &wsgi_router::Arguments| {
            let number = arguments.positional().first().and_then(Value::as_i64);
            let pattern = number
                .and_then(|number| usize::try_from(number).ok())
                .and_then(|number| patterns.get(number));
            pattern
                .map(Pattern::converter)
                .ok_or_else(|| "there is no converter of this number".to_owned())
        };
        let builder = Map::builder()
            .converter("python", converter)
            .host_matching(self.host_matching)
            .merge_slashes(merge_slashes)
            .redirect_defaults(false)
            // As in Werkzeug, the one that was added first wins.
            .allow_conflicts(true)
            .add(std::mem::take(&mut self.rules));
        builder
            .build()
            .map_err(|error| PyValueError::new_err(error.to_string()))
    }
}

fn add_text(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        Some(Piece::Text(known)) => known.push_str(text),
        _ => pieces.push(Piece::Text(text.to_owned())),
    }
}

pub(super) fn attribute_flag(object: &Bound<'_, PyAny>, name: &str) -> PyResult<bool> {
    object.getattr(name)?.is_truthy()
}

/// A name as keyword arguments and attributes have it: looked up by its address.
fn interned(name: &Bound<'_, PyString>) -> PyResult<Py<PyString>> {
    Ok(PyString::intern(name.py(), name.to_str()?).unbind())
}
