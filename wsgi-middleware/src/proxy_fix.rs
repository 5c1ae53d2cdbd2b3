//! [`ProxyFix`]: the request as the client sent it to the proxy in front.

mod forwarded;
mod node;
mod told;

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use thiserror::Error;
use told::{FIELDS, Told};
use wsgi_core::{
    Application, ApplicationError, Body, Environ, EnvironError, Layer, StartResponse, environ,
};

/// Where the original value of a changed variable is kept: this, followed by the variable's name in lower case (PEP
/// 3333 "environ Variables": so should be what is not of the CGI).
const ORIGINAL: &str = "wsgi_rs.proxy_fix.orig.";

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
/// and so on, for each variable that was changed. What is malformed is not believed: the variable keeps its value.
///
/// # Which of several values
/// Each proxy adds the address of its peer at the right end of the list, so the list is read from there: over the
/// entries that trusted networks cover, to the first that they do not, which is the client; all further left
/// is the client's own word. The other lists are read at the same place, or at their left end if they are
/// shorter, as they are when proxies replace the value instead of adding theirs.
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

/// In which syntax the proxy tells; see [`ProxyFix::syntax`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForwardedSyntax {
    /// The fields `X-Forwarded-For`, `-Proto`, `-Host`, `-Port` and `-Prefix`. The default.
    #[default]
    XForwarded,
    /// The field `Forwarded` of RFC 7239; it knows no prefix, and the port is part of the host.
    Rfc7239,
}

/// What a proxy may tell; see [`ProxyFix::believe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForwardedField {
    /// The client's address.
    For,
    /// The scheme of the URL, `http` or `https`.
    Proto,
    /// The host that the client asked for.
    Host,
    /// The port that the client connected to.
    Port,
    /// The path that the proxy has cut off.
    Prefix,
}

#[derive(Clone, Debug)]
struct Settings {
    trusted: Arc<[IpNet]>,
    unix_sockets: Trust,
    hops: Hops,
    syntax: ForwardedSyntax,
    believed: Arc<[ForwardedField]>,
    from_others: FromOthers,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    No,
    Yes,
}

#[derive(Clone, Copy, Debug)]
enum Hops {
    ByNetwork,
    Count(usize),
}

/// What becomes of the fields when an untrusted peer sends them.
#[derive(Clone, Copy, Debug)]
enum FromOthers {
    Keep,
    Remove,
}

impl Default for Settings {
    fn default() -> Self {
        let loopback = ["127.0.0.0/8", "::1/128"];
        Self {
            trusted: loopback.iter().filter_map(|net| net.parse().ok()).collect(),
            unix_sockets: Trust::No,
            hops: Hops::ByNetwork,
            syntax: ForwardedSyntax::default(),
            believed: [ForwardedField::For, ForwardedField::Proto].into(),
            from_others: FromOthers::Keep,
        }
    }
}

impl<A> ProxyFix<A> {
    /// Around `app`.
    pub fn new(app: A) -> Self {
        Self {
            app,
            settings: Settings::default(),
        }
    }

    /// The proxies: networks (`10.0.0.0/8`) and addresses. Replaces the default, `127.0.0.0/8` and `::1`.
    ///
    /// IPv4 addresses that come as IPv6 ones (`::ffff:10.0.0.1`) are looked up as IPv4.
    ///
    /// # Errors
    /// [`NetworkError`] for what is neither.
    pub fn trust(
        mut self,
        networks: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, NetworkError> {
        let parse = |network: &str| {
            let address = |_| network.parse::<IpAddr>().map(IpNet::from);
            network
                .parse()
                .or_else(address)
                .map_err(|_| NetworkError(network.to_owned()))
        };
        self.settings.trusted = networks
            .into_iter()
            .map(|network| parse(network.as_ref()))
            .collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// Trusts peers that have no address: those on a unix socket. Default: they are not trusted.
    #[must_use]
    pub fn trust_unix_sockets(mut self) -> Self {
        self.settings.unix_sockets = Trust::Yes;
        self
    }

    /// Reads all lists at this place from the right, 1 being the last: the number of proxies that a request passes.
    ///
    /// The peer must still be trusted; the addresses in the list are not asked. A list that is shorter tells
    /// nothing. 0 turns the fix off. Default: as many as [`trust`](Self::trust) covers.
    #[must_use]
    pub fn hops(mut self, count: usize) -> Self {
        self.settings.hops = Hops::Count(count);
        self
    }

    /// Which syntax is read; never both, for a proxy that writes one passes the other on from the client.
    /// Default: [`ForwardedSyntax::XForwarded`].
    #[must_use]
    pub fn syntax(mut self, syntax: ForwardedSyntax) -> Self {
        self.settings.syntax = syntax;
        self
    }

    /// What is believed. Replaces the default, [`ForwardedField::For`] and [`ForwardedField::Proto`].
    #[must_use]
    pub fn believe(mut self, fields: impl IntoIterator<Item = ForwardedField>) -> Self {
        self.settings.believed = fields.into_iter().collect();
        self
    }

    /// Removes the fields of both syntaxes from requests of peers that are not trusted, for the sake of
    /// applications that read them on their own. Default: they are kept, and not believed.
    #[must_use]
    pub fn remove_untrusted(mut self) -> Self {
        self.settings.from_others = FromOthers::Remove;
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
        let is_forwarded = |(name, _): (&str, &[u8])| is_field(name);
        if environ.headers().iter().any(is_forwarded) {
            if self.settings.trusts_peer(environ) {
                let told = Told::read(&self.settings, environ);
                apply(told, environ)?;
            } else if let FromOthers::Remove = self.settings.from_others {
                FIELDS
                    .iter()
                    .for_each(|field| environ.remove_var(field.variable));
            }
        }
        self.app.call(environ, start_response)
    }
}

fn is_field(name: &str) -> bool {
    FIELDS
        .iter()
        .any(|field| field.name.eq_ignore_ascii_case(name))
}

impl Settings {
    fn trusts_peer(&self, environ: &Environ) -> bool {
        match environ.var(environ::REMOTE_ADDR).as_deref() {
            None | Some(b"") => self.unix_sockets == Trust::Yes,
            Some(addr) => std::str::from_utf8(addr)
                .is_ok_and(|addr| addr.parse().is_ok_and(|addr| self.trusts(addr))),
        }
    }

    fn trusts(&self, addr: IpAddr) -> bool {
        let addr = addr.to_canonical();
        self.trusted.iter().any(|network| network.contains(&addr))
    }

    fn believes(&self, field: ForwardedField) -> bool {
        self.believed.contains(&field)
    }
}

/// Changes the variables, for this request only: the connection keeps its own.
fn apply(told: Told, environ: &mut Environ) -> Result<(), EnvironError> {
    if let Some(client) = told.client {
        replace(environ, environ::REMOTE_ADDR, client.addr.to_string())?;
        // PEP 3333 "environ Variables": an empty CGI variable stands for a missing one. The proxy's own port
        // would be wrong beside the client's address.
        let port = client.port.map_or(String::new(), |port| port.to_string());
        replace(environ, environ::REMOTE_PORT, port)?;
    }
    if let Some(scheme) = told.scheme {
        replace(environ, environ::WSGI_URL_SCHEME, scheme)?;
        match scheme {
            "https" => replace(environ, environ::HTTPS, "on")?,
            _ if environ.var(environ::HTTPS).is_some() => replace(environ, environ::HTTPS, "off")?,
            _ => {}
        }
    }
    let default_port = if environ.url_scheme() == "https" {
        443
    } else {
        80
    };
    if let Some((name, port)) = &told.host {
        let port = told.port.or(*port);
        let host = match port {
            Some(port) if told.port.is_none() || port != default_port => format!("{name}:{port}"),
            _ => name.clone(),
        };
        replace(environ, environ::HTTP_HOST, host)?;
        replace(environ, environ::SERVER_NAME, name)?;
        replace(
            environ,
            environ::SERVER_PORT,
            port.unwrap_or(default_port).to_string(),
        )?;
    } else if let Some(port) = told.port {
        let host = environ.var(environ::HTTP_HOST).unwrap_or_default();
        if let Some(name) = node::Host::parse(&host).map(|host| host.name.to_owned()) {
            let shown = if port == default_port {
                name
            } else {
                format!("{name}:{port}")
            };
            replace(environ, environ::HTTP_HOST, shown)?;
        }
        replace(environ, environ::SERVER_PORT, port.to_string())?;
    }
    if let Some(prefix) = told.prefix.filter(|prefix| !prefix.is_empty()) {
        let script_name = [&prefix, environ.script_name()].concat();
        replace(environ, environ::SCRIPT_NAME, script_name)?;
    }
    Ok(())
}

fn replace(environ: &mut Environ, key: &str, value: impl AsRef<[u8]>) -> Result<(), EnvironError> {
    if let Some(original) = environ.var(key).map(|value| value.into_owned()) {
        let kept = format!("{ORIGINAL}{}", key.to_ascii_lowercase());
        environ.set_var(&kept, original)?;
    }
    environ.set_var(key, value)
}

/// Why a text is no network.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0:?} is no network; write an address (192.0.2.1) or a network (10.0.0.0/8, fd00::/8)")]
pub struct NetworkError(String);
