//! The parameters that a rule took from the host and the path.

use http::Extensions;
use wsgi_core::{Environ, RoutingArgs};

use crate::map::{Compiled, Kind};

/// The parameters of the route that matched: `id` = `7` for `/users/<int:id>` and the path `/users/7`.
///
/// A view of what the router put into the extensions, where the environ and `http::Request` both have it; Python
/// applications find the same in `environ["wsgiorg.routing_args"]`. Values are percent-decoded bytes;
/// [`get`](Params::get) gives them as text, before any conversion. Defaults of the rule are among them. When routers are nested, the parameters of all are here, and an
/// inner one replaces an outer one of its name.
///
/// # Examples
/// ```
/// use http::{Request, StatusCode};
/// use wsgi_core::{Input, handler};
/// use wsgi_router::{Params, Router, get};
///
/// let show = handler(|request: Request<Input>| {
///     match Params::of(request.extensions()).get("id").map(str::parse::<u32>) {
///         Some(Ok(id)) => (StatusCode::OK, format!("user {id}\n")),
///         _ => (StatusCode::NOT_FOUND, "a user has a number\n".to_owned()),
///     }
/// });
/// let router = Router::builder().route("/users/{id}", get(show)).build()?;
/// assert_eq!(wsgi_core::testing::get(&router, "/users/7").text(), "user 7\n");
/// assert_eq!(wsgi_core::testing::get(&router, "/users/x").status.code(), 404);
/// # Ok::<(), wsgi_router::RouterError>(())
/// ```
///
/// # Specification
/// [`wsgiorg.routing_args`](https://wsgi.readthedocs.io/en/latest/specifications/routing_args.html)
#[derive(Clone, Copy, Debug)]
pub struct Params<'e>(Option<&'e RoutingArgs>);

impl<'e> Params<'e> {
    /// The parameters of this request; none when no rule with parameters matched.
    pub fn of(extensions: &'e Extensions) -> Self {
        Self(extensions.get())
    }

    /// The parameter as text; `None` when there is none of this name, or when it is not UTF-8.
    pub fn get(&self, name: &str) -> Option<&'e str> {
        self.0.and_then(|args| args.get_str(name))
    }

    /// The parameter as it came, whatever its encoding.
    pub fn get_bytes(&self, name: &str) -> Option<&'e [u8]> {
        self.0.and_then(|args| args.get(name))
    }

    /// All parameters, in the order of the rule; an outer router's come first.
    pub fn iter(&self) -> impl Iterator<Item = (&'e str, &'e [u8])> {
        self.0.into_iter().flat_map(RoutingArgs::named)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.map_or(0, |args| args.named().len())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Adds what a rule took from host and path, and its defaults, to what outer routers have found.
pub(crate) fn add(environ: &mut Environ, rule: &Compiled, values: Vec<Vec<u8>>) {
    let defaults = &rule.rule.defaults;
    if values.is_empty() && defaults.is_empty() {
        // What outer routers found is not of this rule.
        if let Some(args) = environ.extensions_mut().get_mut::<RoutingArgs>() {
            args.enter();
        }
        return;
    }
    let args = environ
        .extensions_mut()
        .get_or_insert_default::<RoutingArgs>();
    args.enter();
    for (parameter, value) in rule.parameters.iter().zip(values) {
        let value = match (defaults.get(&parameter.name), &parameter.kind) {
            (Some(default), _) => default.to_string().into_bytes(),
            (None, Kind::Custom(converter)) => {
                // What a converter of the application's own makes of it, which it writes into URLs, too.
                let text = std::str::from_utf8(&value).ok();
                let made = text.and_then(|text| converter.to_value(text));
                made.map_or(value, |made| made.to_string().into_bytes())
            }
            (None, _) => value,
        };
        args.push_own(parameter.name.as_str(), value);
    }
    for (name, value) in defaults.iter() {
        if rule.parameter(name).is_none() {
            args.push_own(name, value.to_string());
        }
    }
}
