//! Building URLs: the reverse of matching.

use thiserror::Error;

use super::adapter::Adapter;
use super::compile::{Compiled, Piece};
use super::methods::MethodSet;
use super::outcome::RuleId;
use super::query::{self, Order};
use super::rule::Rule;
use super::value::Values;

/// A URL to be built, with what it shall look like.
#[derive(Clone, Debug)]
#[must_use = "finish by `url`"]
pub struct Build<'b, 'm> {
    adapter: &'b Adapter<'m, 'b>,
    endpoint: &'b str,
    values: &'b Values,
    method: Option<&'b str>,
    force_external: bool,
    append_unknown: bool,
    url_scheme: Option<&'b str>,
}

impl<'b, 'm> Build<'b, 'm> {
    pub(crate) fn new(adapter: &'b Adapter<'m, 'b>, endpoint: &'b str, values: &'b Values) -> Self {
        Self {
            adapter,
            endpoint,
            values,
            method: None,
            force_external: false,
            append_unknown: true,
            url_scheme: None,
        }
    }

    /// Only rules that answer this method. Default: those that answer the method of the request, and if there is
    /// none, any.
    pub fn method(mut self, method: &'b str) -> Self {
        self.method = Some(method);
        self
    }

    /// Whether the URL names scheme and host although it leads to this very host. Default: off.
    pub fn force_external(mut self, force: bool) -> Self {
        self.force_external = force;
        self
    }

    /// Whether values that the rule has no parameter for become the query. Default: on.
    pub fn append_unknown(mut self, append: bool) -> Self {
        self.append_unknown = append;
        self
    }

    /// The scheme of a URL that names one. Default: that of the request.
    pub fn url_scheme(mut self, scheme: &'b str) -> Self {
        self.url_scheme = Some(scheme);
        self
    }

    /// The URL: the path below the root of the application, or, if it leads to another host or is a WebSocket's, an
    /// absolute one.
    ///
    /// Of the rules of the endpoint, those come first that have the most parameters, then those with the most
    /// defaults, then those that were added first.
    ///
    /// # Errors
    /// [`BuildError::NoRule`] if no rule takes the values; [`BuildError::Value`] if a converter refuses one.
    pub fn url(&self) -> Result<String, BuildError> {
        let methods = &self.adapter.map.methods;
        let found = match self.method {
            Some(method) => self.find(Some(methods.named(method)))?,
            None => match self.find(Some(methods.bit(&self.adapter.default_method)))? {
                Some(found) => Some(found),
                None => self.find(None)?,
            },
        };
        found
            .map(|found| self.assemble(found))
            .ok_or_else(|| self.no_rule())
    }

    /// As [`url`](Build::url), for a method of a request.
    pub(crate) fn url_for(&self, method: MethodSet) -> Result<String, BuildError> {
        let found = self.find(Some(method))?;
        found
            .map(|found| self.assemble(found))
            .ok_or_else(|| self.no_rule())
    }

    /// Host part, path and query of the first rule that takes the values; when hosts are matched, the first one of
    /// this host, or else of another.
    fn find(&self, method: Option<MethodSet>) -> Result<Option<Found<'m>>, BuildError> {
        let map = self.adapter.map;
        let values = self.values.given();
        let mut first = None;
        let unknown = self.append_unknown.then_some(&map.settings.order);
        for &index in map.endpoints.get(self.endpoint).into_iter().flatten() {
            let rule = &map.rules[index as usize];
            if !rule.suits(&values, method) {
                continue;
            }
            let Some((domain, path)) = rule.url(&values, unknown)? else {
                continue;
            };
            let here = !map.settings.host_matching || domain == *self.adapter.server_name;
            let found = Found { domain, path, rule };
            if here {
                return Ok(Some(found));
            }
            first.get_or_insert(found);
        }
        Ok(first)
    }

    fn assemble(&self, found: Found<'_>) -> String {
        let adapter = self.adapter;
        let host = adapter.host_of(&found.domain);
        let scheme = self.url_scheme.unwrap_or(&adapter.url_scheme);
        let secure = matches!(scheme, "https" | "wss");
        let websocket = found.rule.rule.websocket;
        let scheme = match (websocket, secure) {
            (true, true) => "wss:",
            (true, false) => "ws:",
            (false, _) if scheme.is_empty() => "",
            (false, true) => "https:",
            (false, false) => "http:",
        };
        let here = match &adapter.subdomain {
            _ if adapter.map.settings.host_matching => host == *adapter.server_name,
            Some(subdomain) => found.domain == **subdomain,
            None => false,
        };
        let path = found.path.trim_start_matches('/');
        let root = &adapter.script_name;
        if here && !self.force_external && !websocket {
            return format!("{}/{path}", root.trim_end_matches('/'));
        }
        format!("{scheme}//{host}{}/{path}", &root[..root.len() - 1])
    }

    /// The error that names the nearest rule.
    fn no_rule(&self) -> BuildError {
        let map = self.adapter.map;
        let given = self.values.given();
        let score = |rule: &Compiled| {
            let name = strsim::normalized_damerau_levenshtein(&rule.rule.endpoint, self.endpoint);
            let taken = given.iter().all(|(name, _)| rule.takes(name));
            let answers = self.method.is_some_and(|method| rule.answers(method));
            0.98 * name + 0.01 * f64::from(u8::from(taken)) + 0.01 * f64::from(u8::from(answers))
        };
        let nearest = map
            .rules
            .iter()
            .enumerate()
            .rev()
            .max_by(|(_, a), (_, b)| score(a).total_cmp(&score(b)));
        let mut hint = None;
        if let Some((_, rule)) = nearest {
            hint = Some(if rule.rule.endpoint != self.endpoint {
                Hint::Endpoint(rule.rule.endpoint.clone())
            } else if self
                .method
                .is_some_and(|method| rule.rule.methods.is_some() && !rule.answers(method))
            {
                Hint::Methods(rule.rule.methods.clone().unwrap_or_default())
            } else {
                let missing = rule
                    .arguments
                    .iter()
                    .filter(|name| given.get(name).is_none());
                Hint::Missing(missing.cloned().collect())
            });
        }
        BuildError::NoRule(Box::new(NoRule {
            endpoint: self.endpoint.to_owned(),
            method: self.method.map(str::to_owned),
            values: given.iter().map(|(name, _)| name.to_owned()).collect(),
            nearest: nearest.map(|(index, rule)| (RuleId(index as u32), rule.rule.clone())),
            hint,
        }))
    }
}

/// What a rule makes of values.
struct Found<'m> {
    domain: String,
    path: String,
    rule: &'m Compiled,
}

impl Compiled {
    /// Whether the values are enough for it, and none contradicts its defaults.
    pub(crate) fn suits(&self, values: &Values, method: Option<MethodSet>) -> bool {
        let defaults = &self.rule.defaults;
        method.is_none_or(|method| self.methods & method != 0)
            && self
                .arguments
                .iter()
                .all(|name| defaults.get(name).is_some() || values.get(name).is_some())
            && defaults
                .iter()
                .all(|(name, default)| values.get(name).is_none_or(|value| value == default))
    }

    /// Whether it has the parameters of another rule of its endpoint, some of them as defaults.
    pub(crate) fn provides_defaults_for(&self, other: &Self) -> bool {
        !self.rule.build_only
            && !self.rule.defaults.is_empty()
            && self.rule.endpoint == other.rule.endpoint
            && self.trace != other.trace
            && self.arguments == other.arguments
    }

    fn takes(&self, name: &str) -> bool {
        self.arguments.iter().any(|argument| argument == name)
    }

    fn answers(&self, method: &str) -> bool {
        self.rule
            .methods
            .as_ref()
            .is_some_and(|methods| methods.iter().any(|known| known == method))
    }

    /// Host part and path, with a query of what it has no parameter for, in this order, if that is wanted. `None` if
    /// a value is missing.
    pub(crate) fn url(
        &self,
        values: &Values,
        query: Option<&Order>,
    ) -> Result<Option<(String, String)>, BuildError> {
        let Some(domain) = self.write(&self.domain_pieces, values)? else {
            return Ok(None);
        };
        let Some(mut path) = self.write(&self.path_pieces, values)? else {
            return Ok(None);
        };
        if let Some(order) = query {
            let unknown = values.iter().filter(|(name, _)| !self.takes(name));
            let query = query::of(unknown, order);
            if !query.is_empty() {
                path.push('?');
                path.push_str(&query);
            }
        }
        Ok(Some((domain, path)))
    }

    fn write(&self, pieces: &[Piece], values: &Values) -> Result<Option<String>, BuildError> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Parameter(index) => {
                    let parameter = &self.parameters[*index];
                    let Some(value) = values.get(&parameter.name) else {
                        return Ok(None);
                    };
                    let written = parameter.kind.to_url(value);
                    text.push_str(&written.map_err(|reason| BuildError::Value {
                        rule: self.rule.text.clone(),
                        name: parameter.name.clone(),
                        reason,
                    })?);
                }
            }
        }
        Ok(Some(text))
    }
}

/// Why a URL could not be built.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// No rule of the endpoint takes the values.
    #[error("{0}")]
    NoRule(Box<NoRule>),
    /// A converter refuses a value.
    #[error("rule {rule:?}: the value of {name:?} cannot be written into the URL: {reason}")]
    Value {
        /// The rule as it was written.
        rule: String,
        /// The parameter.
        name: String,
        /// What the converter says.
        reason: String,
    },
}

/// That no rule takes the values, and what was asked for.
#[derive(Clone, Debug)]
pub struct NoRule {
    endpoint: String,
    method: Option<String>,
    values: Vec<String>,
    nearest: Option<(RuleId, Rule)>,
    hint: Option<Hint>,
}

#[derive(Clone, Debug)]
enum Hint {
    Endpoint(String),
    Methods(Vec<String>),
    Missing(Vec<String>),
}

impl NoRule {
    /// The rule that was probably meant; `None` if the map has no rules.
    pub fn nearest(&self) -> Option<(RuleId, &Rule)> {
        self.nearest.as_ref().map(|(id, rule)| (*id, rule))
    }

    /// The values that the nearest rule takes besides those given, when the endpoint is right.
    pub fn missing(&self) -> &[String] {
        match &self.hint {
            Some(Hint::Missing(missing)) => missing,
            _ => &[],
        }
    }
}

impl std::fmt::Display for NoRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no URL can be built for endpoint {:?}", self.endpoint)?;
        if let Some(method) = &self.method {
            write!(f, " and method {method:?}")?;
        }
        if !self.values.is_empty() {
            write!(f, " of the values {:?}", self.values)?;
        }
        match &self.hint {
            Some(Hint::Endpoint(name)) => write!(f, "; did you mean the endpoint {name:?}?"),
            Some(Hint::Methods(methods)) => write!(f, "; its methods are {methods:?}"),
            Some(Hint::Missing(missing)) if !missing.is_empty() => {
                let rule = self.nearest.as_ref().map_or("", |(_, rule)| rule.text());
                write!(f, "; rule {rule:?} needs {missing:?} as well")
            }
            _ => Ok(()),
        }
    }
}
