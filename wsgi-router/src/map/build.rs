//! Building URLs: the reverse of matching.

mod error;

pub use error::{BuildError, NoRule};

use super::adapter::Adapter;
use super::compile::{Compiled, Piece};
use super::converter::ToUrlError;
use super::methods::MethodSet;
use super::query::{self, Order};
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
            let here = !map.settings.host_matching || self.adapter.is_here(&domain);
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
        let here = adapter.is_here(&found.domain);
        let path = found.path.trim_start_matches('/');
        let root = &adapter.script_name;
        if here && !self.force_external && !websocket {
            return format!("{}/{path}", root.trim_end_matches('/'));
        }
        format!("{scheme}//{host}{}/{path}", &root[..root.len() - 1])
    }

    /// The error that names the nearest rule.
    #[cold]
    fn no_rule(&self) -> BuildError {
        let no_rule = NoRule::new(
            self.adapter.map,
            self.endpoint,
            &self.values.given(),
            self.method,
        );
        BuildError::NoRule(Box::new(no_rule))
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

    pub(crate) fn takes(&self, name: &str) -> bool {
        self.arguments
            .binary_search_by(|argument| argument.as_str().cmp(name))
            .is_ok()
    }

    pub(crate) fn answers(&self, method: &str) -> bool {
        self.rule
            .methods
            .as_ref()
            .is_some_and(|methods| methods.iter().any(|known| known == method))
    }

    /// Host part and path, with a query of what it has no parameter for, in this order, if that is wanted. `None` if
    /// a value is missing, or a converter declines it.
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
                    match parameter.kind.to_url(value) {
                        Ok(written) => text.push_str(&written),
                        Err(ToUrlError::Declined) => return Ok(None),
                        Err(ToUrlError::Refused(reason)) => {
                            return Err(BuildError::Value {
                                rule: self.rule.text.clone(),
                                name: parameter.name.clone(),
                                reason,
                            });
                        }
                    }
                }
            }
        }
        Ok(Some(text))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Converter, Map, Rule, Value};

    /// Even numbers; other whole numbers are left to other rules, and what is no number is an error.
    #[derive(Debug)]
    struct Even;

    impl Converter for Even {
        fn to_url(&self, value: &Value) -> Result<String, ToUrlError> {
            match value.as_i64().ok_or("it is no number")? {
                even if even % 2 == 0 => Ok(even.to_string()),
                _ => Err(ToUrlError::Declined),
            }
        }
    }

    #[test]
    fn a_value_that_a_converter_declines_is_left_to_other_rules() {
        let builder = Map::builder().converter("even", |_| Ok(Arc::new(Even)));
        let even = Rule::new("/even/<even:n>").endpoint("number");
        let map = builder.add([even.clone(), Rule::new("/any/<n>").endpoint("number")]);
        let map = map
            .add(even.with_text("/just/<even:n>").endpoint("even"))
            .build()
            .unwrap();
        let adapter = map.bind("example.org");
        let url = |endpoint: &str, value: Value| {
            let values = [("n", value)].into();
            let url = adapter.build(endpoint, &values).url();
            url.map_err(|error| error.to_string())
        };
        assert_eq!(url("number", 2.into()).unwrap(), "/even/2");
        assert_eq!(url("number", 3.into()).unwrap(), "/any/3");
        let error = url("number", "x".into()).unwrap_err();
        assert!(
            error.ends_with(r#"the value of "n" cannot be written into the URL: it is no number"#),
            "{error}"
        );
        let error = url("even", 3.into()).unwrap_err();
        assert!(
            error.ends_with(r#"rule "/just/<even:n>" has a converter that takes no such value"#),
            "{error}"
        );
    }
}
