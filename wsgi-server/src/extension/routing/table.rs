//! The rules of a map as they are matched and built: made anew when rules have been added.

use std::collections::HashMap;
use std::fmt::Write;

use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use wsgi_router::{Map, Value};

use super::convert::Conversion;
use super::quote;

/// The compiled rules of a map. Made by `Map.update`; of no use by itself.
#[pyclass(frozen, module = "wsgi_rs._native")]
#[derive(Debug)]
pub(crate) struct Table {
    pub(super) map: Map,
    /// Those that can match come first, by their number in the map.
    pub(super) rules: Vec<Entry>,
    /// The rules of each endpoint, in the order in which they are asked for a URL: endpoint to index in `groups`.
    endpoints: Py<PyDict>,
    /// Endpoints that cannot be keys of a dict.
    unhashable: Vec<(Py<PyAny>, usize)>,
    groups: Vec<Vec<usize>>,
    /// The bit of each method that a rule names.
    methods: HashMap<String, u64>,
    pub(super) host_matching: bool,
    pub(super) default_subdomain: Py<PyAny>,
    pub(super) sort_parameters: bool,
    pub(super) sort_key: Py<PyAny>,
}

/// A rule.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) rule: Py<PyAny>,
    pub(super) endpoint: Py<PyAny>,
    /// Host's first, in the order of the rule.
    pub(super) parameters: Vec<Parameter>,
    pub(super) defaults: Vec<(Py<PyString>, Py<PyAny>)>,
    /// A match is never a redirect.
    pub(super) plain: bool,
    /// All that are parameters or defaults, in no order.
    pub(super) arguments: Vec<Py<PyString>>,
    pub(super) domain: Vec<Piece>,
    pub(super) path: Vec<Piece>,
    pub(super) methods: u64,
    pub(super) websocket: bool,
}

#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: Py<PyString>,
    pub(super) conversion: Conversion,
    /// Its value is part of the URL's text already.
    pub(super) has_default: bool,
}

/// A piece of a URL to be built.
#[derive(Debug)]
pub(super) enum Piece {
    /// Percent-encoded already.
    Text(String),
    /// The parameter of this index.
    Parameter(usize),
}

/// What a rule answers that names no methods.
const ALL_METHODS: u64 = u64::MAX;

#[pymethods]
impl Table {
    /// The rules of `map`, in the order in which they were added; `groups` are those of each endpoint, by their
    /// numbers in `rules`, in the order in which they are asked for a URL.
    #[new]
    fn new(
        map: &Bound<'_, PyAny>,
        rules: Vec<Bound<'_, PyAny>>,
        groups: Vec<(Bound<'_, PyAny>, Vec<usize>)>,
    ) -> PyResult<Self> {
        let py = map.py();
        let setting = |name: &str| map.getattr(name);
        let flag = |name: &str| setting(name)?.is_truthy();
        let mut maker = Maker {
            host_matching: flag("host_matching")?,
            redirects: flag("redirect_defaults")?,
            methods: HashMap::new(),
            patterns: Vec::new(),
            rules: Vec::new(),
        };
        // The map knows nothing of rules that are only there to build URLs.
        let mut order = Vec::with_capacity(rules.len());
        let build_only = rules.iter().map(|rule| attribute_flag(rule, "build_only"));
        let build_only: Vec<bool> = build_only.collect::<PyResult<_>>()?;
        order.extend((0..rules.len()).filter(|&at| !build_only[at]));
        order.extend((0..rules.len()).filter(|&at| build_only[at]));
        let mut place = vec![0; rules.len()];
        let mut entries = Vec::with_capacity(rules.len());
        for (to, &from) in order.iter().enumerate() {
            place[from] = to;
            entries.push(maker.entry(&rules[from], build_only[from])?);
        }
        let mut table = Self {
            map: maker.map(flag("merge_slashes")?)?,
            rules: entries,
            endpoints: PyDict::new(py).unbind(),
            unhashable: Vec::new(),
            groups: Vec::with_capacity(groups.len()),
            methods: maker.methods,
            host_matching: maker.host_matching,
            default_subdomain: setting("default_subdomain")?.unbind(),
            sort_parameters: flag("sort_parameters")?,
            sort_key: setting("sort_key")?.unbind(),
        };
        for (endpoint, members) in groups {
            let number = table.groups.len();
            let members: Option<Vec<usize>> = members
                .iter()
                .map(|&member| place.get(member).copied())
                .collect();
            let members =
                members.ok_or_else(|| PyValueError::new_err("groups names a rule that is none"))?;
            table.note_redirects(py, &members, maker.redirects);
            table.groups.push(members);
            if endpoint.hash().is_ok() {
                table.endpoints.bind(py).set_item(endpoint, number)?;
            } else {
                table.unhashable.push((endpoint.unbind(), number));
            }
        }
        Ok(table)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.endpoints)?;
        visit.call(&self.default_subdomain)?;
        visit.call(&self.sort_key)?;
        for (endpoint, _) in &self.unhashable {
            visit.call(endpoint)?;
        }
        for entry in &self.rules {
            visit.call(&entry.rule)?;
            visit.call(&entry.endpoint)?;
            for parameter in &entry.parameters {
                visit.call(&parameter.conversion.object)?;
            }
            for (_, value) in &entry.defaults {
                visit.call(value)?;
            }
        }
        Ok(())
    }
}

impl Table {
    /// The rules of an endpoint, in the order in which they are asked for a URL.
    pub(super) fn group(&self, endpoint: &Bound<'_, PyAny>) -> PyResult<&[usize]> {
        let py = endpoint.py();
        let number = match self.endpoints.bind(py).get_item(endpoint) {
            Ok(Some(number)) => Some(number.extract()?),
            Ok(None) => None,
            Err(error) if self.unhashable.is_empty() => return Err(error),
            Err(_) => {
                let equal =
                    |(known, _): &&(Py<PyAny>, usize)| known.bind(py).eq(endpoint).unwrap_or(false);
                self.unhashable.iter().find(equal).map(|found| found.1)
            }
        };
        let members = number.and_then(|number: usize| self.groups.get(number));
        Ok(members.map_or(&[], Vec::as_slice))
    }

    /// The bit of a method; none if no rule names it.
    pub(super) fn method_bit(&self, method: &str) -> u64 {
        // Of those that all rules for all methods have, one is left for the others.
        self.methods.get(method).copied().unwrap_or(1 << 63)
    }

    /// A rule may redirect to a sibling that has the same arguments, some of them as defaults.
    fn note_redirects(&mut self, py: Python<'_>, members: &[usize], redirects: bool) {
        if !redirects {
            return;
        }
        let names = |entry: &Entry| {
            let names = entry.arguments.iter();
            let mut names: Vec<String> = names.map(|name| name.bind(py).to_string()).collect();
            names.sort();
            names
        };
        let mut provided: Vec<Vec<String>> = Vec::new();
        for &member in members {
            let entry = &mut self.rules[member];
            if provided.is_empty() && entry.defaults.is_empty() {
                continue;
            }
            let arguments = names(entry);
            entry.plain &= !provided.contains(&arguments);
            if !entry.defaults.is_empty() {
                provided.push(arguments);
            }
        }
    }
}

/// What the rules are collected in.
struct Maker {
    host_matching: bool,
    redirects: bool,
    methods: HashMap<String, u64>,
    patterns: Vec<super::convert::Pattern>,
    rules: Vec<wsgi_router::Rule>,
}

impl Maker {
    /// Adds a rule, to the map's too if it can match.
    fn entry(&mut self, rule: &Bound<'_, PyAny>, build_only: bool) -> PyResult<Entry> {
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
            let _ = write!(text, "<python({number}):{literal}>");
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

    fn map(&mut self, merge_slashes: bool) -> PyResult<Map> {
        let patterns = std::mem::take(&mut self.patterns);
        let converter = move |arguments: &wsgi_router::Arguments| {
            let number = arguments.positional().first().and_then(Value::as_i64);
            let pattern = number
                .and_then(|number| usize::try_from(number).ok())
                .and_then(|number| patterns.get(number));
            pattern
                .map(super::convert::Pattern::converter)
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

fn attribute_flag(object: &Bound<'_, PyAny>, name: &str) -> PyResult<bool> {
    object.getattr(name)?.is_truthy()
}

/// A name as keyword arguments and attributes have it: looked up by its address.
fn interned(name: &Bound<'_, PyString>) -> PyResult<Py<PyString>> {
    Ok(PyString::intern(name.py(), name.to_str()?).unbind())
}
