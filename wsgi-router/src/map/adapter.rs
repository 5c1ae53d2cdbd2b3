//! A map bound to a host: what matches requests and builds URLs.

use std::borrow::Cow;

use http::Method;

use super::Map;
use super::build::Build;
use super::compile::Compiled;
use super::machine::{Asked, End, StateId, Walk};
use super::methods::{MethodSet, UNNAMED};
use super::outcome::{Match, Outcome, RuleId};
use super::path::Path;
use super::request_path::RequestPath;
use super::segment;
use super::value::Values;

/// A [`Map`] together with what only a request knows: the host, the root of the application, the scheme, the query.
///
/// Made by [`Map::bind`], or of a request by [`Map::bind_environ`]; `'m` is the map's life, `'r` the request's. Matching needs it for redirects, which are absolute, and building for URLs to other hosts.
///
/// # Examples
/// ```
/// use http::Method;
/// use wsgi_router::{Map, Outcome, Rule};
///
/// let map = Map::builder().add(Rule::new("/users/<int:id>/").endpoint("user")).build()?;
/// let adapter = map.bind("example.com").script_name("/app").url_scheme("https").query("page=2");
/// let found = adapter.match_path("/users/7/", &Method::GET).found().expect("it matches");
/// assert_eq!((found.endpoint(), found.values().get("id").and_then(|id| id.as_i64())), ("user", Some(7)));
/// match adapter.match_path("/users/7", &Method::GET) {
///     Outcome::Redirect { url } => assert_eq!(url, "https://example.com/app/users/7/?page=2"),
///     other => unreachable!("{other:?}"),
/// }
/// # Ok::<(), wsgi_router::MapError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Adapter<'m, 'r> {
    pub(crate) map: &'m Map,
    pub(crate) server_name: Cow<'r, str>,
    /// Ends with a slash.
    pub(crate) script_name: Cow<'r, str>,
    pub(crate) subdomain: Option<Cow<'r, str>>,
    /// What the rules' hosts are matched against instead of `server_name`, where a rule without one is for any host:
    /// the host of the request without its port, or nothing, for those rules.
    host: Option<Cow<'r, str>>,
    pub(crate) url_scheme: Cow<'r, str>,
    pub(crate) query: Cow<'r, str>,
    pub(crate) default_method: Method,
    pub(crate) path: RequestPath<'r>,
    pub(crate) websocket: bool,
    /// Where the trie has the paths of this host.
    start: Option<StateId>,
}

impl<'m: 'r, 'r> Adapter<'m, 'r> {
    pub(crate) fn new(map: &'m Map, server_name: Cow<'r, str>) -> Self {
        let subdomain = map.settings.default_subdomain.as_str();
        let adapter = Self {
            map,
            server_name,
            script_name: Cow::Borrowed("/"),
            subdomain: (!map.settings.host_matching).then_some(Cow::Borrowed(subdomain)),
            url_scheme: Cow::Borrowed("http"),
            query: Cow::Borrowed(""),
            default_method: Method::GET,
            path: RequestPath::Decoded(Cow::Borrowed("/")),
            host: None,
            websocket: false,
            start: None,
        };
        adapter.with_start()
    }
}

impl Map {
    /// Binds the map to what the host of a rule is matched against, as it is: the subdomain, or, where the map matches
    /// hosts, the host. For those who know both by themselves; redirects are to no host then.
    pub fn bind_domain<'m: 'r, 'r>(&'m self, domain: &'r str) -> Adapter<'m, 'r> {
        let hosts = self.settings.host_matching;
        Adapter {
            map: self,
            server_name: Cow::Borrowed(if hosts { domain } else { "" }),
            script_name: Cow::Borrowed("/"),
            subdomain: (!hosts).then_some(Cow::Borrowed(domain)),
            url_scheme: Cow::Borrowed("http"),
            query: Cow::Borrowed(""),
            default_method: Method::GET,
            path: RequestPath::Decoded(Cow::Borrowed("/")),
            host: None,
            websocket: false,
            start: self.trie.host(domain),
        }
    }
}

impl<'m, 'r> Adapter<'m, 'r> {
    pub(crate) fn with_start(mut self) -> Self {
        self.start = self.map.trie.host(self.domain());
        self
    }

    /// Where the application is: `SCRIPT_NAME`, which URLs have as it is given here, encoded or not. Default: `/`.
    pub fn script_name(mut self, script_name: impl Into<Cow<'r, str>>) -> Self {
        self.script_name = script_name.into();
        if !self.script_name.ends_with('/') {
            self.script_name.to_mut().push('/');
        }
        self
    }

    /// The subdomain of the request. Default: the map's. Without effect where the map matches hosts.
    pub fn subdomain(mut self, subdomain: impl Into<Cow<'r, str>>) -> Self {
        if !self.map.settings.host_matching {
            self.subdomain = Some(subdomain.into());
        }
        self.with_start()
    }

    /// Matches rules of this host, in lower case and without a port, or if it is empty those of any host; where the map
    /// matches hosts.
    pub(crate) fn host(mut self, host: impl Into<Cow<'r, str>>) -> Self {
        self.host = Some(host.into());
        self.with_start()
    }

    /// The scheme of the request: `http`, `https`, or, for a WebSocket request, `ws` or `wss`. When it is empty,
    /// URLs to other hosts begin with `//`. Default: `http`.
    pub fn url_scheme(mut self, scheme: impl Into<Cow<'r, str>>) -> Self {
        self.url_scheme = scheme.into();
        self.websocket = matches!(&*self.url_scheme, "ws" | "wss");
        self
    }

    /// The query of the request, as it was sent; redirects keep it. Default: none.
    pub fn query(mut self, query: impl Into<Cow<'r, str>>) -> Self {
        self.query = query.into();
        self
    }

    /// The method of the request, which decides between rules when a URL is built. Default: `GET`.
    pub fn default_method(mut self, method: Method) -> Self {
        self.default_method = method;
        self
    }

    /// Matches `PATH_INFO`: a path that has been percent-decoded, in which an encoded slash cannot be told from one.
    #[inline]
    pub fn match_path<'p>(&self, path_info: &'p str, method: &Method) -> Outcome<'m, 'p> {
        if let Some(found) = self.find_plain(path_info, method) {
            return Outcome::Found(found);
        }
        self.find(Path::decoded(path_info), method, self.websocket)
    }

    /// Matches the path of a request target: as it was sent, without host and query.
    ///
    /// Each segment is decoded by itself, so that the `%2F` of `/files/a%2Fb` is part of a parameter.
    ///
    /// # Specification
    /// RFC 3986 §2.4 "When to Encode or Decode"; RFC 9112 §3.2 "Request Target"
    #[inline]
    pub fn match_target<'p>(&self, path: &'p str, method: &Method) -> Outcome<'m, 'p> {
        if !segment::contains(path.as_bytes(), b'%')
            && let Some(found) = self.find_plain(path, method)
        {
            return Outcome::Found(found);
        }
        self.find(Path::raw(path), method, self.websocket)
    }

    /// As [`match_path`](Adapter::match_path), for a WebSocket request or not, whatever the scheme.
    pub fn match_websocket<'p>(
        &self,
        path_info: &'p str,
        method: &Method,
        websocket: bool,
    ) -> Outcome<'m, 'p> {
        self.find(Path::decoded(path_info), method, websocket)
    }

    /// What is to be answered when the application refuses a value of the rule that
    /// [`match_request`](Adapter::match_request) has found: as if the path were no rule's, but where rules before it
    /// matched for other methods.
    pub fn refuse_request(&self) -> Outcome<'m, '_> {
        let asked = Asked {
            method: self.map.methods.bit(&self.default_method),
            websocket: self.websocket,
        };
        let path = self.path.as_path();
        let mut walk = Walk::new(&self.map.machine, &self.map.rules, asked);
        walk.find(self.domain(), &path.text);
        self.nothing(walk.have_match_for, walk.websocket_mismatch)
    }

    /// The methods that rules of this path answer; none if there is a rule for all of them, or none at all.
    pub fn allowed_methods(&self, path_info: &str) -> Vec<&'m str> {
        let nothing = Asked {
            method: UNNAMED,
            websocket: self.websocket,
        };
        match self.ask_machine(&Path::decoded(path_info), nothing) {
            Outcome::MethodNotAllowed { allow } => allow,
            _ => Vec::new(),
        }
    }

    /// Builds the URL of an endpoint; finish by [`url`](Build::url).
    pub fn build<'b>(&'b self, endpoint: &'b str, values: &'b Values) -> Build<'b, 'm> {
        Build::new(self, endpoint, values)
    }

    /// What the parts of a rule's host are matched against.
    fn domain(&self) -> &str {
        match (&self.host, &self.subdomain) {
            (Some(host), _) => host,
            (None, Some(subdomain)) if !self.map.settings.host_matching => subdomain,
            _ => &self.server_name,
        }
    }

    /// The host of the request without its port, where rules of any host are told from others.
    pub(crate) fn host_name(&self) -> &str {
        self.host.as_deref().unwrap_or_default()
    }

    /// Whether a rule's built host part stands for the host of the request.
    pub(crate) fn is_here(&self, domain: &str) -> bool {
        match (&self.host, &self.subdomain) {
            (Some(host), _) => domain.is_empty() || domain == *host,
            _ if self.map.settings.host_matching => domain == self.server_name,
            (None, Some(subdomain)) => domain == *subdomain,
            (None, None) => false,
        }
    }

    pub(crate) fn scheme_or_http(&self) -> &str {
        if self.url_scheme.is_empty() {
            "http"
        } else {
            &self.url_scheme
        }
    }

    /// Asks the trie, and where that does not know, the machine.
    pub(crate) fn find<'p>(
        &self,
        path: Path<'p>,
        method: &Method,
        websocket: bool,
    ) -> Outcome<'m, 'p> {
        let asked = Asked {
            method: self.map.methods.bit(method),
            websocket,
        };
        if let Some(start) = self.start
            && let Some((rule, _)) = self.map.trie.find(start, &path.text, asked)
        {
            let rule = &self.map.rules[rule as usize];
            let found = match &path.text {
                Cow::Borrowed(text) => Match::new(rule, text),
                Cow::Owned(text) => {
                    let texts = rule.places.iter().filter_map(|place| place.text(text));
                    Match::with_texts(rule, texts.map(|text| path.value(text)).collect())
                }
            };
            if let Some(outcome) = self.settle(found, asked) {
                return outcome;
            }
        }
        self.ask_machine(&path, asked)
    }

    /// As [`find`](Adapter::find), for a path that is most likely to be found as it is: at least it must begin with
    /// one slash.
    #[inline]
    pub(crate) fn find_plain<'p>(&self, text: &'p str, method: &Method) -> Option<Match<'m, 'p>> {
        if text.starts_with("//") {
            return None;
        }
        let asked = Asked {
            method: self.map.methods.bit(method),
            websocket: self.websocket,
        };
        match self.map.trie.find(self.start?, text, asked) {
            Some((rule, true)) => Some(Match::new(self.map.rules.get(rule as usize)?, text)),
            _ => None,
        }
    }

    /// As [`match_path`](Adapter::match_path), without the trie; for fuzzing.
    #[cfg(fuzzing)]
    #[doc(hidden)]
    pub fn match_by_machine<'p>(&self, path_info: &'p str, method: &Method) -> Outcome<'m, 'p> {
        let asked = Asked {
            method: self.map.methods.bit(method),
            websocket: false,
        };
        self.ask_machine(&Path::decoded(path_info), asked)
    }

    /// Asks the machine only; what [`find`](Adapter::find) must be equal to.
    #[cold]
    pub(crate) fn ask_machine<'p>(&self, path: &Path<'_>, asked: Asked) -> Outcome<'m, 'p> {
        let mut walk = Walk::new(&self.map.machine, &self.map.rules, asked);
        let domain = self.domain();
        let merged;
        match walk.find(domain, &path.text) {
            Some(End::SlashRequired) => return self.slash_added(path),
            Some(End::Rule(rule)) => {
                let texts = walk.values.iter().map(|text| path.value(text)).collect();
                let found = Match::with_texts(&self.map.rules[rule as usize], texts);
                let settled = self.settle(found, asked);
                return settled
                    .unwrap_or_else(|| self.nothing(walk.have_match_for, walk.websocket_mismatch));
            }
            None => match path.merged().filter(|_| self.map.settings.merge_slashes) {
                None => return self.nothing(walk.have_match_for, walk.websocket_mismatch),
                Some(path) => merged = path,
            },
        }
        let mut again = Walk::new(&self.map.machine, &self.map.rules, asked);
        match again.find(domain, &merged.text) {
            Some(End::SlashRequired) => self.slash_added(&merged),
            Some(End::Rule(rule)) if self.map.rules[rule as usize].merge_slashes => {
                Outcome::Redirect {
                    url: self.redirect_url(&merged.quoted(), &self.own_host()),
                }
            }
            _ => self.nothing(
                walk.have_match_for | again.have_match_for,
                walk.websocket_mismatch | again.websocket_mismatch,
            ),
        }
    }

    fn slash_added<'p>(&self, path: &Path<'_>) -> Outcome<'m, 'p> {
        let path = format!("{}/", path.quoted());
        Outcome::Redirect {
            url: self.redirect_url(&path, &self.own_host()),
        }
    }

    fn nothing<'p>(&self, have_match_for: MethodSet, websocket_mismatch: bool) -> Outcome<'m, 'p> {
        if have_match_for != 0 {
            return Outcome::MethodNotAllowed {
                allow: self.map.methods.names(have_match_for),
            };
        }
        if websocket_mismatch {
            Outcome::WebsocketMismatch
        } else {
            Outcome::NotFound
        }
    }

    /// What the rule that was found makes of it; `None` if it refuses a value.
    fn settle<'p>(&self, mut found: Match<'m, 'p>, asked: Asked) -> Option<Outcome<'m, 'p>> {
        let rule = found.rule;
        if rule.may_refuse && !found.convert() {
            return None;
        }
        if !rule.may_redirect {
            return Some(Outcome::Found(found));
        }
        let values = found.values();
        let redirect = |url| Some(Outcome::Redirect { url });
        if rule.rule.alias && self.map.settings.redirect_defaults {
            return match self.alias_url(rule, &values, asked.method) {
                Some(url) => redirect(url),
                None => Some(Outcome::NotFound),
            };
        }
        if self.map.settings.redirect_defaults
            && let Some(url) = self.default_url(rule.id, &values, asked.method)
        {
            return redirect(url);
        }
        match &rule.rule.redirect_to {
            Some(target) => match self.redirect_to(rule, target, &values) {
                Some(url) => redirect(url),
                None => Some(Outcome::NotFound),
            },
            None => Some(Outcome::Found(found)),
        }
    }

    /// The URL of the rule that an alias stands for, with the query.
    fn alias_url(&self, rule: &Compiled, values: &Values, method: MethodSet) -> Option<String> {
        let build = self
            .build(&rule.rule.endpoint, values)
            .append_unknown(false)
            .force_external(true);
        let mut url = build.url_for(method).ok()?;
        if !self.query.is_empty() {
            url.push('?');
            url.push_str(&self.query);
        }
        Some(url)
    }

    /// The URL of a rule that has the values as its defaults, and so is shorter.
    fn default_url(&self, found: RuleId, values: &Values, method: MethodSet) -> Option<String> {
        let rule = &self.map.rules[found.index()];
        for &sibling in self.map.endpoints.get(rule.rule.endpoint.as_str())? {
            if sibling == found.0 {
                return None;
            }
            let other = &self.map.rules[sibling as usize];
            if other.provides_defaults_for(rule) && other.suits(values, Some(method)) {
                let mut values = values.clone();
                for (name, value) in other.rule.defaults.iter() {
                    values.insert(name, value.clone());
                }
                let (domain, path) = other.url(&values, None).ok()??;
                return Some(self.redirect_url(&path, &self.host_of(&domain)));
            }
        }
        None
    }

    /// The host of the request.
    pub(crate) fn own_host(&self) -> String {
        match &self.subdomain {
            Some(subdomain) if !subdomain.is_empty() => format!("{subdomain}.{}", self.server_name),
            _ => self.server_name.clone().into_owned(),
        }
    }

    /// The host that a rule's built host part stands for.
    pub(crate) fn host_of(&self, domain: &str) -> String {
        if self.host.is_some() && self.is_here(domain) {
            return self.server_name.clone().into_owned();
        }
        if self.map.settings.host_matching {
            return domain.to_owned();
        }
        match domain {
            "" => self.server_name.clone().into_owned(),
            subdomain => format!("{subdomain}.{}", self.server_name),
        }
    }
}
