//! A rule as it is given to a map.

mod shown;

use std::sync::Arc;

use super::adapter::Adapter;
use super::value::{Value, Values};

/// Which of the two syntaxes a rule is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// `<converter(arguments):name>`
    Angled,
    /// `{name}`
    Braced,
}

/// Which paths a rule is about, seen from its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Those that the text matches.
    #[default]
    Whole,
    /// The same, as the root of a mount: only where no other rule matches the path, for whatever method.
    Root,
    /// Those below, from the slash behind the text on, under the same condition.
    Below,
}

/// One URL pattern, what it leads to, and how it behaves; the counterpart of Werkzeug's `Rule`.
///
/// A copy is a rule of its own, to be changed and added to another map: what `empty` is for in Werkzeug. Rules are
/// equal when all that was said about them is.
///
/// A rule that ends in a slash is a *branch*; a request without that slash is redirected to it, unless
/// [`strict_slashes`](Rule::strict_slashes) is off. Any other is a *leaf*.
///
/// # Examples
/// ```
/// use wsgi_router::{Map, Rule};
///
/// let map = Map::builder()
///     .add(Rule::new("/").endpoint("index"))
///     .add(Rule::new("/<int(fixed_digits=4):year>/<slug>").endpoint("entry").methods(["GET"]))
///     .add(Rule::braced("/static/{*file}").endpoint("static"))
///     .build()?;
/// let url = map.bind("example.com").build("entry", &[("year", "2024"), ("slug", "a b")].into()).url()?;
/// assert_eq!(url, "/2024/a%20b");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq)]
#[must_use]
pub struct Rule {
    pub(crate) text: String,
    pub(crate) syntax: Syntax,
    pub(crate) endpoint: String,
    pub(crate) defaults: Values,
    pub(crate) subdomain: Option<String>,
    pub(crate) host: Option<String>,
    pub(crate) methods: Option<Vec<String>>,
    pub(crate) build_only: bool,
    pub(crate) strict_slashes: Option<bool>,
    pub(crate) merge_slashes: Option<bool>,
    pub(crate) redirect_to: Option<RedirectTo>,
    pub(crate) alias: bool,
    pub(crate) websocket: bool,
    pub(crate) reach: Reach,
    /// What is to be made of the parameters, where the rule comes with a type.
    pub(crate) expects: Option<crate::path::Expectation>,
}

type RedirectFunction = Arc<dyn Fn(&Adapter<'_, '_>, &Values) -> String + Send + Sync>;

/// Where a rule with `redirect_to` leads.
#[derive(Clone)]
pub(crate) enum RedirectTo {
    /// Text with `<name>` in it.
    Template(String),
    /// A function of the values.
    Function(RedirectFunction),
}

impl Rule {
    /// A rule in Werkzeug's syntax: `/<int:year>/<slug>`. Text outside of the angles is decoded: `/café`, `/a b`.
    pub fn new(rule: impl Into<String>) -> Self {
        Self::with_syntax(rule.into(), Syntax::Angled)
    }

    /// A rule in the syntax of the crate `matchit`: `/{year}/{slug}`, `/static/{*file}`, `{{` for a brace.
    pub fn braced(rule: impl Into<String>) -> Self {
        Self::with_syntax(rule.into(), Syntax::Braced)
    }

    fn with_syntax(text: String, syntax: Syntax) -> Self {
        Self {
            text,
            syntax,
            endpoint: String::new(),
            defaults: Values::new(),
            subdomain: None,
            host: None,
            methods: None,
            build_only: false,
            strict_slashes: None,
            merge_slashes: None,
            redirect_to: None,
            alias: false,
            websocket: false,
            reach: Reach::Whole,
            expects: None,
        }
    }

    /// The name of what the rule leads to, which URLs are built by. Several rules may share one. Default: empty.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = endpoint.into();
        self
    }

    /// A value that comes with every match, as if it had been in the path. A rule of the same endpoint that has a
    /// parameter of this name redirects to this rule when the parameter has this value.
    pub fn default(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.defaults.insert(name, value);
        self
    }

    /// The pattern of the subdomain. Default: the map's `default_subdomain`. Without effect when hosts are matched.
    pub fn subdomain(mut self, subdomain: impl Into<String>) -> Self {
        self.subdomain = Some(subdomain.into());
        self
    }

    /// The pattern of the whole host, where the map matches hosts.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// The methods it answers; `HEAD` comes with `GET`. Default: all.
    pub fn methods<M: Into<String>>(mut self, methods: impl IntoIterator<Item = M>) -> Self {
        let methods = methods
            .into_iter()
            .map(|method| method.into().to_uppercase());
        let mut methods: Vec<String> = methods.collect();
        if methods.iter().any(|method| method == "GET")
            && methods.iter().all(|method| method != "HEAD")
        {
            methods.push("HEAD".to_owned());
        }
        self.methods = Some(methods);
        self
    }

    /// Never matched; only there to build URLs that another server answers. Default: off.
    pub fn build_only(mut self, build_only: bool) -> Self {
        self.build_only = build_only;
        self
    }

    /// Whether a missing final slash is added by a redirect, and a surplus one is not found. When off, both are
    /// answered as they are. Default: the map's.
    pub fn strict_slashes(mut self, strict: bool) -> Self {
        self.strict_slashes = Some(strict);
        self
    }

    /// Whether several slashes in a row are redirected to one. Default: the map's.
    pub fn merge_slashes(mut self, merge: bool) -> Self {
        self.merge_slashes = Some(merge);
        self
    }

    /// Redirects to this URL, relative to the root of the application, instead of being found. `<name>` stands for a
    /// parameter of the rule.
    pub fn redirect_to(mut self, template: impl Into<String>) -> Self {
        self.redirect_to = Some(RedirectTo::Template(template.into()));
        self
    }

    /// Redirects to the URL that this function makes of the values; relative to the root of the application.
    pub fn redirect_with(
        mut self,
        function: impl Fn(&Adapter<'_, '_>, &Values) -> String + Send + Sync + 'static,
    ) -> Self {
        self.redirect_to = Some(RedirectTo::Function(Arc::new(function)));
        self
    }

    /// Redirects to the other rule of its endpoint that takes the same values. Default: off.
    pub fn alias(mut self, alias: bool) -> Self {
        self.alias = alias;
        self
    }

    /// Matches only WebSocket requests; other rules match none of them. Default: off.
    pub fn websocket(mut self, websocket: bool) -> Self {
        self.websocket = websocket;
        self
    }

    /// The same with another pattern, in the same syntax: for a [`RuleFactory`](super::RuleFactory) of one's own.
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    /// The pattern as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The endpoint's name.
    pub fn endpoint_name(&self) -> &str {
        &self.endpoint
    }

    /// The methods it answers; `None` for all.
    pub fn method_names(&self) -> Option<&[String]> {
        self.methods.as_deref()
    }

    /// The values that come with every match.
    pub fn default_values(&self) -> &Values {
        &self.defaults
    }

    /// The pattern of the host or subdomain that was given.
    pub fn domain(&self) -> Option<&str> {
        self.host.as_deref().or(self.subdomain.as_deref())
    }

    /// Whether a final slash matters to it; `None` leaves that to the map.
    pub fn is_strict(&self) -> Option<bool> {
        self.strict_slashes
    }

    /// Whether slashes in a row are one to it; `None` leaves that to the map.
    pub fn merges_slashes(&self) -> Option<bool> {
        self.merge_slashes
    }

    /// Whether it redirects elsewhere instead of being found.
    pub fn is_redirect(&self) -> bool {
        self.redirect_to.is_some()
    }

    /// Whether it only serves to build URLs.
    pub fn is_build_only(&self) -> bool {
        self.build_only
    }

    /// Whether it stands for another rule of its endpoint.
    pub fn is_alias(&self) -> bool {
        self.alias
    }

    /// Whether it is for WebSocket requests.
    pub fn is_websocket(&self) -> bool {
        self.websocket
    }
}
