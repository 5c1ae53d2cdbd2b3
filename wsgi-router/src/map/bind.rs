//! Binding a map to a request: what of the request decides, and where it is found.

use std::borrow::Cow;

use http::Method;
use wsgi_core::{Environ, environ};

use super::Map;
use super::adapter::Adapter;
use super::host::{self, BadHost};
use super::outcome::Outcome;
use super::query::{self, Order};
use super::quote;
use super::request_path::{RequestPath, below_script};
use super::value::Values;

/// The subdomain of a request to another host than the map's: no rule has a slash in its host, so none matches.
const NOWHERE: &str = "<invalid>/";

/// What of a request decides where it leads, borrowed from wherever it is: an [`Environ`], or Python's `environ`.
///
/// Texts are the bytes that `environ` has, which Python reads as Latin-1.
///
/// # Examples
/// ```
/// use wsgi_router::{Map, RequestParts, Rule};
///
/// let map = Map::builder().add(Rule::new("/files/<name>").endpoint("file")).build()?;
/// let parts = RequestParts {
///     host: Some(b"example.com".into()),
///     path_info: b"/files/a/b".into(), // what `%2F` has become
///     target: b"/files/a%2Fb?page=2".into(),
///     ..RequestParts::default()
/// };
/// let adapter = map.bind_parts(parts)?;
/// assert_eq!(adapter.match_request().found().expect("one parameter").text("name").as_deref(), Some("a/b"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct RequestParts<'r> {
    /// `REQUEST_METHOD`. Default `GET`.
    pub method: Method,
    /// `wsgi.url_scheme`. Default `http`.
    pub url_scheme: Cow<'r, str>,
    /// The field `Host`; `None` if there is none, as in HTTP/1.0.
    pub host: Option<Cow<'r, [u8]>>,
    /// `SERVER_NAME`, which stands in for a missing `Host`. Default: none.
    pub server_name: Cow<'r, [u8]>,
    /// `SERVER_PORT`. Default: none.
    pub server_port: Cow<'r, [u8]>,
    /// `SCRIPT_NAME`, percent-decoded. Default: none.
    pub script_name: Cow<'r, [u8]>,
    /// `PATH_INFO`, percent-decoded. Default `/`.
    pub path_info: Cow<'r, [u8]>,
    /// `REQUEST_URI` or `RAW_URI`: the request target as it came, by which `%2F` is told from `/`. Default: unknown.
    pub target: Cow<'r, [u8]>,
    /// `QUERY_STRING`, not decoded. Default: none.
    pub query_string: Cow<'r, [u8]>,
    /// The field `Connection`.
    pub connection: Option<Cow<'r, [u8]>>,
    /// The field `Upgrade`.
    pub upgrade: Option<Cow<'r, [u8]>>,
}

impl Default for RequestParts<'_> {
    fn default() -> Self {
        Self {
            method: Method::GET,
            url_scheme: Cow::Borrowed("http"),
            host: None,
            server_name: Cow::Borrowed(b""),
            server_port: Cow::Borrowed(b""),
            script_name: Cow::Borrowed(b""),
            path_info: Cow::Borrowed(b"/"),
            target: Cow::Borrowed(b""),
            query_string: Cow::Borrowed(b""),
            connection: None,
            upgrade: None,
        }
    }
}

impl<'r> From<&'r Environ> for RequestParts<'r> {
    fn from(environ: &'r Environ) -> Self {
        let variable = |key| environ.var(key).unwrap_or_default();
        let upgrade = environ.var("HTTP_UPGRADE");
        Self {
            method: environ.method().clone(),
            url_scheme: environ.url_scheme(),
            host: environ.var(environ::HTTP_HOST),
            server_name: variable(environ::SERVER_NAME),
            server_port: variable(environ::SERVER_PORT),
            script_name: environ.script_name().into(),
            path_info: environ.path_info().into(),
            target: environ.target().into(),
            query_string: environ.query_string().into(),
            // Of no interest without the other.
            connection: upgrade
                .as_ref()
                .and_then(|_| environ.var("HTTP_CONNECTION")),
            upgrade,
        }
    }
}

impl RequestParts<'_> {
    /// Whether the client asks for a WebSocket.
    ///
    /// # Specification
    /// RFC 6455 §4.2.1 "Reading the Client's Opening Handshake"; RFC 9110 §7.8 "Upgrade"
    pub fn is_websocket(&self) -> bool {
        has_token(&self.upgrade, b"websocket") && has_token(&self.connection, b"upgrade")
    }

    /// The path of the target below `SCRIPT_NAME`, not decoded, as [`Adapter::target`] takes it; `None` where
    /// `PATH_INFO` tells as much or more: the path has no encoded slash, or something in between has changed it, so that
    /// the two disagree.
    pub fn raw_path(&self) -> Option<Cow<'_, str>> {
        let range = below_script(&self.target, &self.script_name, &self.path_info)?;
        Some(text(Cow::Borrowed(&self.target[range])))
    }
}

/// Whether a field that is a list has this token, in any case.
fn has_token(field: &Option<Cow<'_, [u8]>>, token: &[u8]) -> bool {
    let list = field.as_deref().unwrap_or_default();
    let mut items = list.split(|&byte| byte == b',');
    items.any(|item| item.trim_ascii().eq_ignore_ascii_case(token))
}

impl Map {
    /// Binds the map to a host: `example.com`, `localhost:8000`. Compared in lower case; a name of another script
    /// than Latin is compared in its ASCII form, where IDNA has one.
    ///
    /// For a name that is configured. See [`bind_host`](Map::bind_host) for one to be checked, and
    /// [`bind_environ`](Map::bind_environ) for a request.
    pub fn bind<'m: 'r, 'r>(&'m self, server_name: impl Into<Cow<'r, str>>) -> Adapter<'m, 'r> {
        let server_name = server_name.into();
        // No request has a host that is none, so that what is left as it is matches nothing.
        let known = host::of_name(Cow::Borrowed(&*server_name)).ok();
        let changed = match known {
            Some(Cow::Owned(name)) => Some(Cow::Owned(name)),
            _ => None,
        };
        Adapter::new(self, changed.unwrap_or(server_name))
    }

    /// As [`bind`](Map::bind), of a name that may be none.
    ///
    /// # Errors
    /// [`BadHost`] if the name can be no host, or IDNA has no ASCII form of it.
    pub fn bind_host<'m: 'r, 'r>(
        &'m self,
        server_name: impl Into<Cow<'r, str>>,
    ) -> Result<Adapter<'m, 'r>, BadHost> {
        Ok(Adapter::new(self, host::of_name(server_name.into())?))
    }

    /// Binds the map to a request: its host, root, scheme, method, path and query. Finish by
    /// [`Adapter::match_request`].
    ///
    /// The host is that of the field `Host`, or without one the server's, and the scheme's own port is dropped. It is
    /// what the client says: whom to believe, and `X-Forwarded-Host`, is for layers in front. The subdomain is the
    /// map's default unless [`MapBuilder::server_name`](super::MapBuilder::server_name) or [`Adapter::server_name`]
    /// tells what subdomains are in front of. A WebSocket's request has the scheme `ws` or `wss`. The root of the
    /// application is percent-encoded, for URLs.
    ///
    /// # Errors
    /// [`BadHost`] if the host is none: to be answered `400 Bad Request`.
    ///
    /// # Specification
    /// [PEP 3333, `environ` Variables](https://peps.python.org/pep-3333/#environ-variables); RFC 9112 §3.2 "Request
    /// Target"; RFC 9110 §7.2 "Host and :authority"
    ///
    /// # Examples
    /// ```
    /// use wsgi_core::testing::EnvironBuilder;
    /// use wsgi_router::{Map, Rule};
    ///
    /// let map = Map::builder().add(Rule::new("/<page>").subdomain("wiki").endpoint("page")).build()?;
    /// let environ = EnvironBuilder::new("GET", "/Home").header("Host", "wiki.example.com").build();
    /// let adapter = map.bind_environ(&environ)?.server_name("example.com");
    /// assert_eq!(adapter.match_request().found().expect("a page").endpoint(), "page");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn bind_environ<'m: 'r, 'r>(
        &'m self,
        environ: &'r Environ,
    ) -> Result<Adapter<'m, 'r>, BadHost> {
        self.bind_parts(RequestParts::from(environ))
    }

    /// As [`bind_environ`](Map::bind_environ), for a request that is no [`Environ`].
    ///
    /// # Errors
    /// [`BadHost`] if the host is none: to be answered `400 Bad Request`.
    pub fn bind_parts<'m: 'r, 'r>(
        &'m self,
        parts: RequestParts<'r>,
    ) -> Result<Adapter<'m, 'r>, BadHost> {
        let scheme = match (parts.is_websocket(), &*parts.url_scheme) {
            (true, "https" | "wss") => Cow::Borrowed("wss"),
            (true, _) => Cow::Borrowed("ws"),
            (false, _) => parts.url_scheme,
        };
        let host = match parts.host {
            Some(field) => host::of_field(field, &scheme)?,
            None => host::of_server(&parts.server_name, &parts.server_port, &scheme)?.into(),
        };
        let path = RequestPath::new(parts.target, &parts.script_name, parts.path_info);
        let mut adapter = Adapter::new(self, host)
            .script_name(quote::plain_path(text(parts.script_name)))
            .url_scheme(scheme)
            .query(text(parts.query_string))
            .default_method(parts.method);
        adapter.path = path;
        Ok(match &self.settings.server_name {
            Some(server_name) => adapter.server_name(server_name.as_str()),
            None => adapter,
        })
    }
}

impl<'m, 'r> Adapter<'m, 'r> {
    /// The name that subdomains are in front of: with `example.com`, a request to `a.b.example.com` has the subdomain
    /// `a.b`. One to another host has none that any rule matches. The scheme's own port counts as none.
    ///
    /// Asked of the host bound so far, so call it once, after [`url_scheme`](Adapter::url_scheme) and before
    /// [`subdomain`](Adapter::subdomain). Without effect where the map matches hosts, for which the request's own
    /// decides.
    pub fn server_name(mut self, server_name: impl Into<Cow<'r, str>>) -> Self {
        let settings = &self.map.settings;
        if settings.host_matching {
            return self;
        }
        let server_name = server_name.into();
        let server_name = match host::of_name(Cow::Borrowed(&*server_name)) {
            Ok(Cow::Owned(changed)) => Cow::Owned(changed),
            _ => server_name,
        };
        let server_name = host::without_port(server_name, &self.url_scheme);
        let asked = std::mem::replace(&mut self.server_name, server_name);
        if settings.subdomain_matching {
            self.subdomain = Some(match subdomain(&asked, &self.server_name) {
                Some("") => Cow::Borrowed(""),
                Some(subdomain) => Cow::Owned(subdomain.to_owned()),
                None => Cow::Borrowed(NOWHERE),
            });
        }
        self.with_start()
    }

    /// The path that [`match_request`](Adapter::match_request) asks for: `PATH_INFO`, percent-decoded. Default: the
    /// request's, or `/`.
    pub fn path_info(mut self, path_info: impl Into<Cow<'r, str>>) -> Self {
        self.path = RequestPath::Decoded(path_info.into());
        self
    }

    /// As [`path_info`](Adapter::path_info), the path of a request target as it came, without the root of the
    /// application.
    pub fn target(mut self, path: impl Into<Cow<'r, str>>) -> Self {
        self.path = RequestPath::Raw(path.into());
        self
    }

    /// The query of the request by its fields, which are encoded; as [`query`](Adapter::query). A list is a field
    /// for each value.
    pub fn query_values(self, values: &Values) -> Self {
        self.query(query::of(values.iter(), &Order::Given))
    }

    /// Whether it is a WebSocket's request, whatever the scheme.
    pub fn websocket(mut self, websocket: bool) -> Self {
        self.websocket = websocket;
        self
    }

    /// Matches the path and the method that were bound.
    #[inline]
    pub fn match_request(&self) -> Outcome<'m, '_> {
        if let RequestPath::Decoded(path) = &self.path
            && let Some(found) = self.find_plain(path, &self.default_method)
        {
            return Outcome::Found(found);
        }
        self.find(self.path.as_path(), &self.default_method, self.websocket)
    }
}

/// What is in front of the name, without its point; `None` if the host is not below it.
fn subdomain<'h>(host: &'h str, name: &str) -> Option<&'h str> {
    let front = host.strip_suffix(name)?;
    match front.strip_suffix('.') {
        // Empty labels are no labels: `.example.com` has no subdomain.
        Some(front) => Some(front.trim_start_matches('.')),
        None => front.is_empty().then_some(""),
    }
}

/// Bytes of `environ` as text; what is not UTF-8 becomes U+FFFD.
pub(crate) fn text(bytes: Cow<'_, [u8]>) -> Cow<'_, str> {
    match bytes {
        Cow::Borrowed(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(bytes),
        },
        Cow::Owned(bytes) => Cow::Owned(match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        }),
    }
}

#[cfg(test)]
mod tests;
