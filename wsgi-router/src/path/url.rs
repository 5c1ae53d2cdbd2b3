//! URLs of typed routes.

use std::sync::Arc;

use http::{Method, Request};
use percent_encoding::percent_decode_str;
use wsgi_core::{Environ, ScriptName, url};

use super::signature::{Signature, Source};
use super::typed_route::Ready;
use super::url_error::UrlError;
use crate::map::{Adapter, Compiled, Kind, Match, Outcome, Uuid, Value, Values, query, quote};

/// The URL of a [`TypedRoute`](crate::TypedRoute), with what it shall look like.
///
/// # Examples
/// ```
/// use wsgi_core::Environ;
/// use wsgi_router::TypedRoute;
///
/// let user = TypedRoute::<(u32,)>::new("/users/<int:id>")?;
/// assert_eq!(user.build(&(7,)).query("tab", "a b").query("page", 2).url()?, "/users/7?tab=a+b&page=2");
///
/// let mut environ = Environ::new();
/// environ.set_script_name("/app");
/// environ.headers_mut().try_append("Host", "example.com")?;
/// assert_eq!(user.build(&(7,)).within(&environ).url()?, "/app/users/7");
/// assert_eq!(user.build(&(7,)).absolute(&environ).url()?, "http://example.com/app/users/7");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "finish by `url`"]
pub struct RouteUrl<'e> {
    route: Result<(Arc<Ready>, Values), UrlError>,
    query: Vec<(String, Value)>,
    place: Place<'e>,
}

/// What stands in front of the path.
#[derive(Debug)]
enum Place<'e> {
    Root,
    /// This, encoded and without a final slash.
    Within(String),
    Absolute(&'e Environ),
    Bound(&'e Adapter<'e, 'e>),
}

impl<'e> RouteUrl<'e> {
    pub(crate) fn new(route: Result<(Arc<Ready>, Values), UrlError>) -> Self {
        Self {
            route,
            query: Vec::new(),
            place: Place::Root,
        }
    }

    /// Appends a field to the query: a list several of its name, [`Value::None`] none.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Puts the `SCRIPT_NAME` of a request in front: an [`Environ`] or an `http::Request`, as it comes to the router
    /// that has the route.
    pub fn within(mut self, request: &impl UrlRoot) -> Self {
        let root = quote::path_bytes(request.script_name());
        self.place = Place::Within(root.trim_end_matches('/').to_owned());
        self
    }

    /// Puts scheme, host and `SCRIPT_NAME` of a request in front; a host of the route's own wins, with the request's port.
    ///
    /// # Specification
    /// PEP 3333, "URL Reconstruction"
    pub fn absolute(mut self, environ: &'e Environ) -> Self {
        self.place = Place::Absolute(environ);
        self
    }

    /// Puts scheme, host and root of an adapter in front, which knows what subdomains are in front of.
    pub fn bound(mut self, adapter: &'e Adapter<'e, 'e>) -> Self {
        self.place = Place::Bound(adapter);
        self
    }

    /// The URL, percent-encoded.
    ///
    /// # Errors
    /// [`UrlError`]
    pub fn url(self) -> Result<String, UrlError> {
        let (ready, values) = self.route?;
        let (domain, path) = ready.url(values)?;
        let subdomain = !domain.is_empty() && ready.map.rules[0].rule.host.is_none();
        let mut url = match self.place {
            Place::Bound(adapter) => {
                let root = adapter.script_name.trim_end_matches('/');
                let host = if subdomain || domain.is_empty() {
                    adapter.host_of(&domain)
                } else {
                    domain
                };
                format!("{}://{host}{root}{path}", adapter.scheme_or_http())
            }
            _ if subdomain => {
                let route = ready.map.rules[0].rule.text.clone();
                return Err(UrlError::Subdomain { route });
            }
            Place::Root if domain.is_empty() => path,
            Place::Root => format!("//{domain}{path}"),
            Place::Within(root) if domain.is_empty() => format!("{root}{path}"),
            Place::Within(root) => format!("//{domain}{root}{path}"),
            Place::Absolute(environ) => {
                let uri = url::application_uri(environ);
                let (scheme, host, root) = split(&uri);
                match (domain.as_str(), host.rsplit_once(':')) {
                    ("", _) => format!("{scheme}://{host}{root}{path}"),
                    (domain, Some((_, port))) if !port.ends_with(']') => {
                        format!("{scheme}://{domain}:{port}{root}{path}")
                    }
                    (domain, _) => format!("{scheme}://{domain}{root}{path}"),
                }
            }
        };
        let fields = self.query.iter();
        let query = query::of(
            fields.map(|(name, value)| (name.as_str(), value)),
            &query::Order::Given,
        );
        if !query.is_empty() {
            url.push('?');
            url.push_str(&query);
        }
        Ok(url)
    }
}

/// What links of an application begin with: an [`Environ`], or the `http::Request` made of one.
pub trait UrlRoot: sealed::Sealed {
    /// `SCRIPT_NAME`, percent-decoded bytes.
    fn script_name(&self) -> &[u8];
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for wsgi_core::Environ {}
    impl<B> Sealed for http::Request<B> {}
}

impl UrlRoot for Environ {
    fn script_name(&self) -> &[u8] {
        self.script_name()
    }
}

impl<B> UrlRoot for Request<B> {
    fn script_name(&self) -> &[u8] {
        ScriptName::of(self)
    }
}

/// Scheme, host and path without a final slash.
fn split(uri: &str) -> (&str, &str, &str) {
    let (scheme, rest) = uri.split_once("://").unwrap_or(("http", uri));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    (scheme, host, path.trim_end_matches('/'))
}

impl Ready {
    /// Host and path of the route with these values, which they lead back to.
    fn url(&self, values: Values) -> Result<(String, String), UrlError> {
        let rule = &self.map.rules[0];
        let values = self.given(values)?;
        let built = rule.url(&values, None);
        let built = built.map_err(|error| match error {
            crate::BuildError::Value { name, reason, .. } => self.refused(&name, reason),
            other => self.refused("", other.to_string()),
        })?;
        // All parameters are given; a converter may still decline its value.
        let (domain, path) = built.ok_or_else(|| self.blame(rule, &values, ""))?;
        if path.split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err(UrlError::DotSegment {
                route: rule.rule.text.clone(),
                path,
            });
        }
        self.check_way_back(rule, &values, &domain, &path)?;
        Ok((domain, path))
    }

    /// The values, each parameter's being there and no other.
    fn given(&self, values: Values) -> Result<Values, UrlError> {
        let rule = &self.map.rules[0];
        let mut values = values.given().into_owned();
        for parameter in &Signature::of(rule).parameters {
            match (values.get(parameter.name), parameter.source) {
                (None, Source::Default(value)) => values.insert(parameter.name, value.clone()),
                (None, Source::Converter(_)) => {
                    return Err(self.refused(parameter.name, "there is none".to_owned()));
                }
                (Some(given), Source::Default(value)) if !same(given, value) => {
                    let reason = format!(
                        "{:?} is not {:?}, which it always is",
                        given.to_string(),
                        value.to_string()
                    );
                    return Err(self.refused(parameter.name, reason));
                }
                _ => {}
            }
        }
        let known = |name: &str| self.names.iter().any(|known| known == name);
        if let Some((name, _)) = values.iter().find(|(name, _)| !known(name)) {
            return Err(UrlError::Surplus {
                route: rule.rule.text.clone(),
                name: name.to_owned(),
            });
        }
        Ok(values)
    }

    /// Matches the URL as a client would send it.
    fn check_way_back(
        &self,
        rule: &Compiled,
        values: &Values,
        domain: &str,
        path: &str,
    ) -> Result<(), UrlError> {
        if rule.rule.build_only || rule.rule.redirect_to.is_some() {
            return Ok(());
        }
        let adapter = match rule.rule.host {
            Some(_) => self.map.bind(domain),
            None => self.map.bind("").subdomain(domain),
        };
        let scheme = if rule.rule.websocket { "ws" } else { "http" };
        let adapter = adapter.url_scheme(scheme);
        let methods = rule.rule.methods.as_deref().unwrap_or_default();
        let method = methods
            .first()
            .map_or(Ok(Method::GET), |name| Method::from_bytes(name.as_bytes()));
        let method = method.unwrap_or(Method::GET);
        let Outcome::Found(found) = adapter.match_target(path, &method) else {
            return Err(self.blame(rule, values, path));
        };
        let back = found.values();
        for (name, given) in values.iter() {
            if !leads_to(&found, rule, name, given, back.get(name)) {
                let reason = match back.get(name) {
                    Some(other) => format!(
                        "{:?} would come back as {:?}",
                        given.to_string(),
                        other.to_string()
                    ),
                    None => "it would not come back".to_owned(),
                };
                return Err(self.refused(name, reason));
            }
        }
        Ok(())
    }

    /// The parameter whose value is none of its converter's.
    fn blame(&self, rule: &Compiled, values: &Values, path: &str) -> UrlError {
        for parameter in &rule.parameters {
            let Some(given) = values.get(&parameter.name) else {
                continue;
            };
            let text = parameter.kind.to_url(given).unwrap_or_default();
            let text = percent_decode_str(&text).decode_utf8_lossy();
            let language = parameter.kind.language();
            let fits = language.is_ok_and(|language| language.matches(&text));
            if !fits || parameter.kind.to_value(&text).is_none() {
                return self.refused(
                    &parameter.name,
                    format!("{:?} is out of its bounds", given.to_string()),
                );
            }
        }
        UrlError::NotBack {
            route: rule.rule.text.clone(),
            path: path.to_owned(),
        }
    }

    fn refused(&self, name: &str, reason: String) -> UrlError {
        let signature = Signature::of(&self.map.rules[0]);
        let mut parameters = signature.parameters.iter();
        let parameter = parameters.find(|parameter| parameter.name == name);
        UrlError::Value {
            route: self.map.rules[0].rule.text.clone(),
            parameter: parameter.map_or_else(|| name.to_owned(), |one| signature.write(one)),
            reason,
        }
    }
}

/// Whether the value that a request to the URL would have makes the type's value again.
fn leads_to(
    found: &Match<'_, '_>,
    rule: &Compiled,
    name: &str,
    given: &Value,
    back: Option<&Value>,
) -> bool {
    let Some(back) = back else {
        return false;
    };
    if same(given, back) {
        return true;
    }
    let parameter = rule.parameter(name);
    // What a converter of one's own makes is its own affair.
    let own = matches!(back, Value::Custom(_))
        && parameter.is_some_and(|parameter| matches!(parameter.kind, Kind::Custom(_)));
    own || found
        .text(name)
        .is_some_and(|text| text == given.to_string())
}

/// Whether two values are the same to a type that can be made of one of them.
fn same(given: &Value, other: &Value) -> bool {
    match (given, other) {
        (Value::Str(text), Value::Uuid(uuid)) => Uuid::parse(text) == Some(*uuid),
        (Value::Str(text), other) => *text == other.to_string(),
        (given, other) => given == other,
    }
}
