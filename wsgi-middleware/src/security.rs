//! Layers that let in and keep out: hosts, origins, users, proxies; and what secrets need.

#[cfg(any(feature = "basic-auth", feature = "bearer-auth"))]
pub(crate) mod authorization;
#[cfg(feature = "basic-auth")]
pub(crate) mod basic_auth;
#[cfg(feature = "bearer-auth")]
pub(crate) mod bearer_auth;
#[cfg(feature = "cors")]
pub(crate) mod cors;
#[cfg(feature = "csrf")]
pub(crate) mod csrf;
#[cfg(any(
    feature = "basic-auth",
    feature = "bearer-auth",
    feature = "csrf",
    feature = "https-redirect",
    feature = "trusted-hosts"
))]
pub(crate) mod exempt;
#[cfg(any(feature = "https-redirect", feature = "security-headers"))]
pub(crate) mod hsts;
#[cfg(feature = "https-redirect")]
pub(crate) mod https_redirect;
#[cfg(any(feature = "cors", feature = "csrf"))]
pub(crate) mod origin;
#[cfg(feature = "proxy-fix")]
pub(crate) mod proxy_fix;
#[cfg(feature = "request-id")]
pub(crate) mod request_id;
#[cfg(feature = "security-headers")]
pub(crate) mod security_headers;
#[cfg(feature = "sensitive-headers")]
pub(crate) mod sensitive_headers;
#[cfg(feature = "signed-cookies")]
pub(crate) mod signed_cookies;
#[cfg(feature = "trusted-hosts")]
pub(crate) mod trusted_hosts;

#[cfg(feature = "basic-auth")]
pub use basic_auth::{BasicAuth, BasicAuthError, BasicAuthLayer};
#[cfg(feature = "bearer-auth")]
pub use bearer_auth::{BearerAuth, BearerAuthError, BearerAuthLayer, Grant};
#[cfg(feature = "cors")]
pub use cors::{Cors, CorsError, CorsLayer};
#[cfg(feature = "csrf")]
pub use csrf::{Csrf, CsrfLayer};
#[cfg(any(
    feature = "basic-auth",
    feature = "bearer-auth",
    feature = "csrf",
    feature = "https-redirect",
    feature = "trusted-hosts"
))]
pub use exempt::ExemptPathError;
#[cfg(any(feature = "https-redirect", feature = "security-headers"))]
pub use hsts::{Hsts, HstsError};
#[cfg(feature = "https-redirect")]
pub use https_redirect::{HttpsRedirect, HttpsRedirectError, HttpsRedirectLayer};
#[cfg(any(feature = "cors", feature = "csrf"))]
pub use origin::OriginError;
#[cfg(feature = "proxy-fix")]
pub use proxy_fix::{
    ForwardedField, ForwardedHeaders, ForwardedHeadersError, ForwardedSyntax, NetworkError,
    ProxyFix, ProxyFixLayer, TrustedPeers,
};
#[cfg(feature = "request-id")]
pub use request_id::{RequestId, RequestIdLayer};
#[cfg(feature = "security-headers")]
pub use security_headers::{
    ContentSecurityPolicy, CspDirective, CspError, CspNonce, CspSource, SecurityHeaders,
    SecurityHeadersError, SecurityHeadersLayer,
};
#[cfg(feature = "sensitive-headers")]
pub use sensitive_headers::{SensitiveHeaders, SensitiveHeadersLayer};
#[cfg(feature = "signed-cookies")]
pub use signed_cookies::{SignedCookies, SignedCookiesError, SignedCookiesLayer};
#[cfg(feature = "trusted-hosts")]
pub use trusted_hosts::{TrustedHosts, TrustedHostsLayer};
