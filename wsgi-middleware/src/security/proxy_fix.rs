//! [`ProxyFix`]: the request as the client sent it to the proxy in front.

mod apply;
mod doubt;
mod forwarded;
mod headers;
mod node;
mod told;
mod trusted;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use apply::apply;
pub use headers::{ForwardedField, ForwardedHeaders, ForwardedHeadersError, ForwardedSyntax};
use told::Told;
pub use trusted::{NetworkError, TrustedPeers};
use wsgi_core::{
    Application, ApplicationError, Body, Environ, Layer, StartResponse, environ,
    environ::variable_name,
};

/// Puts client address, scheme, host, port and path prefix right behind a reverse proxy that tells them.
///
/// Believed only when it comes from a trusted peer, for anybody can send these fields. By default that is a proxy on
/// the same machine (`127.0.0.0/8`, `::1`), whose `X-Forwarded-For` and `X-Forwarded-Proto` are read.
///
/// | told | changes |
/// |---|---|
/// | `X-Forwarded-For`, `for=` | `REMOTE_ADDR`, `REMOTE_PORT` (empty when it is not told) |
/// | `X-Forwarded-Proto`, `proto=` | `wsgi.url_scheme`, `HTTPS` |
/// | `X-Forwarded-Host`, `host=` | `HTTP_HOST`, `SERVER_NAME`, `SERVER_PORT` |
/// | `X-Forwarded-Port` | `SERVER_PORT`, the port of `HTTP_HOST` |
/// | `X-Forwarded-Prefix` | put before `SCRIPT_NAME` |
///
/// The changes are this request's alone. The value that was there before is in `wsgi_rs.proxy_fix.orig.remote_addr`
/// and so on, for each variable that was changed. Of what is malformed or contradicts itself (a port in the host and
/// another one beside it, a list with too few entries) nothing is guessed: the variable keeps its value, and a line in
/// `wsgi.errors` says why.
///
/// From peers that are not trusted all fields are removed that only proxies have reason to send, for applications read
/// them too: `Forwarded`, all `X-Forwarded-…` and `X-Real-IP`. [`keep_untrusted`](Self::keep_untrusted) leaves them.
///
/// # Which of several values
/// Each proxy adds the address of its peer at the right end of the list, so the list is read from there: over the
/// entries that trusted networks cover, to the first that they do not, which is the client; all further left
/// is the client's own word. The other lists are read at the same place; one of a single entry is taken as it is, for
/// proxies that replace the value instead of adding theirs.
/// [`hops`](Self::hops) counts instead, for proxies whose addresses are not known.
///
/// Believe only what your proxy sets or removes on every request: what it does not know it passes on from
/// the client. That is why the default believes so little, and one syntax only.
///
/// # Place in the stack
/// Outermost or next to it, before everything that asks for address, scheme or host; inside of the access log.
///
/// # Examples
/// ```
/// use wsgi_core::{handler, application_fn, testing, Body, StatusLine, environ, url};
/// use wsgi_middleware::{ForwardedField, ProxyFix};
///
/// let app = ProxyFix::new(application_fn(|environ, start_response| {
///     start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
///     let client = environ.var(environ::REMOTE_ADDR).unwrap_or_default().into_owned();
///     Ok(Body::from([url::request_uri(environ, true).as_bytes(), b" for ", &client].concat()))
/// }))
/// .trust(["10.0.0.0/8"])?
/// .believe([ForwardedField::For, ForwardedField::Proto, ForwardedField::Host]);
///
/// let request = testing::EnvironBuilder::get("/cart")
///     .with(|environ| environ.connection_mut().remote_addr = "10.0.0.7".parse().ok())
///     .header("X-Forwarded-For", "203.0.113.9")
///     .header("X-Forwarded-Proto", "https")
///     .header("X-Forwarded-Host", "shop.example");
/// let answer = testing::run(&app, request.build())?;
/// assert_eq!(answer.text(), "https://shop.example/cart for 203.0.113.9");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Specification
/// RFC 7239 "Forwarded HTTP Extension"; the `X-Forwarded-` fields have none, they are read as Werkzeug's
/// `ProxyFix` does. RFC 3875 §4.1 for the variables.
#[derive(Clone, Debug, Default)]
pub struct ProxyFix<A = ()> {
    app: A,
    settings: Settings,
}

/// Wraps applications in [`ProxyFix`]. Made by `ProxyFixLayer::default()`.
pub type ProxyFixLayer = ProxyFix<()>;

#[derive(Clone, Debug, Default)]
struct Settings {
    trusted: TrustedPeers,
    hops: Hops,
    headers: ForwardedHeaders,
    from_others: FromOthers,
    /// Whether somebody has been told that fields of a stranger were removed; of all requests, of all clones.
    has_told_of_others: Arc<AtomicBool>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Hops {
    #[default]
    ByNetwork,
    Count(usize),
}

/// What becomes of the fields when an untrusted peer sends them.
#[derive(Clone, Copy, Debug, Default)]
enum FromOthers {
    Keep,
    #[default]
    Remove,
}

impl<A> ProxyFix<A> {
    /// Around `app`.
    pub fn new(app: A) -> Self {
        Self {
            app,
            settings: Settings::default(),
        }
    }

    /// The proxies: networks (`10.0.0.0/8`), addresses, `unix`, `*`, as [`TrustedPeers`] has them. Replaces the
    /// default, `127.0.0.0/8` and `::1`.
    ///
    /// IPv4 addresses that come as IPv6 ones (`::ffff:10.0.0.1`) are looked up as IPv4.
    ///
    /// # Errors
    /// [`NetworkError`] for what is none of them.
    pub fn trust(
        self,
        networks: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, NetworkError> {
        TrustedPeers::from_entries(networks).map(|peers| self.trust_peers(peers))
    }

    /// The proxies, as read from a list before.
    #[must_use]
    pub fn trust_peers(mut self, peers: TrustedPeers) -> Self {
        self.settings.trusted = peers;
        self
    }

    /// Reads all lists at this place from the right, 1 being the last: the number of proxies that a request passes.
    ///
    /// The peer must still be trusted; the addresses in the list are not asked. A list that is shorter tells
    /// nothing. With 0 nothing is read. Default: as many as [`trust`](Self::trust) covers.
    #[must_use]
    pub fn hops(mut self, count: usize) -> Self {
        self.settings.hops = Hops::Count(count);
        self
    }

    /// Which syntax is read; never both, for a proxy that writes one passes the other on from the client.
    /// Default: [`ForwardedSyntax::XForwarded`].
    #[must_use]
    pub fn syntax(mut self, syntax: ForwardedSyntax) -> Self {
        self.settings.headers.syntax = syntax;
        self
    }

    /// What is believed. Replaces the default, [`ForwardedField::For`] and [`ForwardedField::Proto`].
    #[must_use]
    pub fn believe(mut self, fields: impl IntoIterator<Item = ForwardedField>) -> Self {
        self.settings.headers = self.settings.headers.with_fields(fields);
        self
    }

    /// Syntax and what is believed in one, as read from a list of names before.
    #[must_use]
    pub fn headers(mut self, headers: ForwardedHeaders) -> Self {
        self.settings.headers = headers;
        self
    }

    /// Leaves the fields in requests of peers that are not trusted, for applications that judge them on their own.
    /// Default: they are removed.
    #[must_use]
    pub fn keep_untrusted(mut self) -> Self {
        self.settings.from_others = FromOthers::Keep;
        self
    }
}

impl<A> Layer<A> for ProxyFixLayer {
    type Service = ProxyFix<A>;

    fn layer(&self, app: A) -> ProxyFix<A> {
        ProxyFix {
            app,
            settings: self.settings.clone(),
        }
    }
}

impl<A: Application> Application for ProxyFix<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        if self.settings.trusted.cover_peer(environ) {
            if self.settings.headers.are_told(environ.headers()) {
                self.settings.believe(environ)?;
            }
        } else if let FromOthers::Remove = self.settings.from_others
            && environ.headers().names().any(headers::is_for_proxies)
        {
            self.settings.remove(environ);
        }
        self.app.call(environ, start_response)
    }
}

impl Settings {
    /// Reads the fields of a request that has some.
    fn believe(&self, environ: &mut Environ) -> Result<(), ApplicationError> {
        let told = Told::read(self, environ);
        self.report(&told, environ);
        Ok(apply(told, environ)?)
    }

    /// Each doubt is a line: what a proxy says wrong, it says in many requests, and somebody has to mend it.
    fn report(&self, told: &Told, environ: &mut Environ) {
        for doubt in &told.doubts {
            let peer = peer(environ);
            environ.errors().write_line(&format!(
                "proxy fix: not believed, the request keeps what it had: {doubt} (sent by {peer})"
            ));
        }
    }

    #[cold]
    fn remove(&self, environ: &mut Environ) {
        let names = environ.headers().names();
        let names = names.filter(|name| headers::is_for_proxies(name));
        let names: Vec<String> = names.map(str::to_owned).collect();
        for name in &names {
            environ.remove_var(&variable_name(name));
        }
        // Once: on the open internet somebody always sends them.
        if !self.has_told_of_others.swap(true, Ordering::Relaxed) {
            let (peer, names) = (peer(environ), names.join(", "));
            environ.errors().write_line(&format!(
                "proxy fix: removed {names} of a request by {peer}, which is not trusted; if that is your proxy, trust \
                 its network (further requests are not reported)"
            ));
        }
    }
}

/// For the log.
fn peer(environ: &Environ) -> String {
    match environ.var(environ::REMOTE_ADDR).as_deref() {
        None | Some(b"") => "a unix socket".to_owned(),
        Some(addr) => addr.escape_ascii().to_string(),
    }
}
