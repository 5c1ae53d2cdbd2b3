//! The parameters that a rule took from the host and the path.

use http::Extensions;
use wsgi_core::{Environ, RoutingArgs};

use crate::map::{Compiled, Kind, Match, Value, Values};
use crate::path_text::PathText;

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

/// What the parameters of a rule took.
#[derive(Debug)]
pub(crate) struct Taken {
    /// Percent-decoded, in the order of the rule.
    texts: Vec<Vec<u8>>,
    /// What converters have made of them, where they had to be asked already.
    values: Option<Vec<Value>>,
}

impl Taken {
    #[inline]
    pub(crate) fn new(mut found: Match<'_, '_>, path: &PathText<'_>) -> Self {
        let count = found.rule.parameters.len();
        let texts = (0..count).map(|index| path.bytes(found.text_at(index).unwrap_or_default()));
        Self {
            texts: texts.collect(),
            values: found.take_converted(),
        }
    }

    /// Without the last one.
    pub(crate) fn pop(&mut self) -> Option<Vec<u8>> {
        self.texts.pop()
    }
}

/// Adds what a rule took from host and path, and its defaults, to what outer routers have found. What is no text is
/// also kept as it is, if that is wished for.
pub(crate) fn add(environ: &mut Environ, rule: &Compiled, taken: Taken, keep_values: bool) {
    let defaults = &rule.rule.defaults;
    if taken.texts.is_empty() && defaults.is_empty() {
        // What outer routers found is not of this rule.
        if let Some(args) = environ.extensions_mut().get_mut::<RoutingArgs>() {
            args.enter();
        }
        return;
    }
    if keep_values {
        keep(environ, rule, &taken);
    }
    let args = environ
        .extensions_mut()
        .get_or_insert_default::<RoutingArgs>();
    args.enter();
    let mut made = taken.values.into_iter().flatten();
    for (parameter, text) in rule.parameters.iter().zip(taken.texts) {
        let made = made.next();
        let value = match (defaults.get(&parameter.name), &parameter.kind) {
            (Some(default), _) => default.to_string().into_bytes(),
            // What a converter of the application's own makes of it, which it writes into URLs, too.
            (None, Kind::Custom(converter)) => {
                let ask = || converter.to_value(std::str::from_utf8(&text).ok()?);
                match made.or_else(ask) {
                    Some(made) => made.to_string().into_bytes(),
                    None => text,
                }
            }
            (None, _) => text,
        };
        args.push_own(parameter.name.as_str(), value);
    }
    for (name, value) in defaults.iter() {
        if rule.parameter(name).is_none() {
            args.push_own(name, value.to_string());
        }
    }
}

/// Keeps the values that are no text; one that is takes the place of an outer router's value of its name.
fn keep(environ: &mut Environ, rule: &Compiled, taken: &Taken) {
    let extensions = environ.extensions_mut();
    let mut values = extensions.remove::<Values>().unwrap_or_default();
    for (index, (parameter, text)) in rule.parameters.iter().zip(&taken.texts).enumerate() {
        let made = taken.values.as_ref().and_then(|made| made.get(index));
        let value = match (rule.rule.defaults.get(&parameter.name), made) {
            (Some(value), _) | (None, Some(value)) => Some(value.clone()),
            (None, None) => {
                let text = std::str::from_utf8(text).ok();
                text.and_then(|text| parameter.kind.to_value(text))
            }
        };
        put(&mut values, &parameter.name, value);
    }
    for (name, value) in rule.rule.defaults.iter() {
        put(&mut values, name, Some(value.clone()));
    }
    if !values.is_empty() {
        extensions.insert(values);
    }
}

fn put(values: &mut Values, name: &str, value: Option<Value>) {
    match value {
        None | Some(Value::Str(_)) => drop(values.remove(name)),
        Some(value) => values.insert(name, value),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http::Request;
    use wsgi_core::{Input, handler, testing};

    use crate::{Converter, Router, Rule, Value, Values, get};

    /// Counts how often it is asked.
    #[derive(Debug)]
    struct Doubled(Arc<AtomicUsize>);

    impl Converter for Doubled {
        fn regex(&self) -> String {
            r"\d+".to_owned()
        }

        fn to_value(&self, text: &str) -> Option<Value> {
            self.0.fetch_add(1, Ordering::Relaxed);
            let number: i64 = text.parse().ok()?;
            Some(Value::from(2 * number))
        }
    }

    fn values(request: Request<Input>) -> String {
        let values = request.extensions().get::<Values>();
        let shown = |values: &Values| -> Vec<String> {
            let shown = values.iter().map(|(name, value)| format!("{name}={value}"));
            shown.collect()
        };
        values.map(shown).unwrap_or_default().join(", ")
    }

    #[test]
    fn values_that_are_no_text_are_kept_where_that_is_wished_for() {
        let asked = Arc::new(AtomicUsize::new(0));
        let (first, second) = (asked.clone(), asked.clone());
        let inner = Router::builder()
            .route("/<a>/<doubled:d>", get(handler(values)))
            .converter("doubled", move |_| Ok(Arc::new(Doubled(first.clone()))))
            .keep_values(true);
        let outer = |keep| {
            Router::builder()
                .route(
                    Rule::new("/<int:i>/<s>/<float:f>").default("t", true),
                    get(handler(values)),
                )
                .mount("/<int:a>/<int:b>/in", inner.clone().build().unwrap())
                .keep_values(keep)
                .build()
                .unwrap()
        };
        let router = outer(true);
        assert_eq!(
            testing::get(&router, "/7/x/0.5").text(),
            "i=7, f=0.5, t=True"
        );
        // The inner text takes the place of the outer number, and the converter is asked once.
        assert_eq!(testing::get(&router, "/1/2/in/x/4").text(), "b=2, d=8");
        assert_eq!(second.load(Ordering::Relaxed), 1);
        assert_eq!(testing::get(&outer(false), "/7/x/0.5").text(), "");
    }
}
