//! The rules of a map as they are matched and built: made anew when rules have been added.

mod maker;

use std::collections::HashMap;

use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use wsgi_router::Map;

use super::convert::Conversion;
use maker::{Maker, attribute_flag};

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
        let mut maker = Maker::new(flag("host_matching")?, flag("redirect_defaults")?);
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
