//! Middleware for WSGI ([PEP 3333](https://peps.python.org/pep-3333/)): each does one thing around any
//! [`Application`](wsgi_core::Application), be it of Rust or of Python.
//!
//! ```
//! # #[cfg(all(feature = "content-length", feature = "recover", feature = "response-header"))]
//! # fn main() -> Result<(), wsgi_core::HeaderError> {
//! use tower::ServiceBuilder;
//! use wsgi_core::{handler, testing};
//! use wsgi_middleware::{ContentLengthLayer, RecoverLayer, ResponseHeaderLayer};
//!
//! // The first layer is the outermost: requests pass downwards, responses upwards.
//! let app = ServiceBuilder::new()
//!     .layer(ResponseHeaderLayer::default().set("X-Content-Type-Options", "nosniff")?)
//!     .layer(ContentLengthLayer::default())
//!     .layer(RecoverLayer::default())
//!     .service(handler(|_| "Hello!\n"));
//!
//! let answer = testing::get(&app, "/");
//! assert_eq!(answer.header("Content-Length"), Some("7"));
//! assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"));
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "content-length", feature = "recover", feature = "response-header")))]
//! # fn main() {}
//! ```
//!
//! In the order in which they usually stand, outermost first, each behind the cargo feature named:
//!
//! | middleware | feature | effect |
//! |---|---|---|
//! | [`AccessLog`] | `access-log` | one line for each response: as Apache, Gunicorn or a format string has it, or JSON |
//! | [`Trace`] | `trace` | each request as a span, and as part of a W3C trace |
//! | [`Metrics`] | `metrics` | counts and histograms by method, route and status, for Prometheus |
//! | [`SlowLog`] | `slow-log` | one line for each request that took long, with where the time went |
//! | [`ServerTiming`] | `server-timing` (default) | tells the client where the server's time went |
//! | [`SensitiveHeaders`] | `sensitive-headers` | values of header fields that no log shows |
//! | [`RequestId`] | `request-id` | a name for each request, for logs of several programs |
//! | [`LoadShed`] | `load-shed` | refuses those who have waited for too long, under overload |
//! | [`ProxyFix`] | `proxy-fix` | address, scheme, host and prefix as a trusted proxy tells them |
//! | [`TrustedHosts`] | `trusted-hosts` | refuses requests for other hosts |
//! | [`HttpsRedirect`] | `https-redirect` | sends requests by `http` to `https`; HSTS |
//! | [`SecurityHeaders`] | `security-headers` | tells browsers what to be careful about; content security policy |
//! | [`Cors`] | `cors` | lets pages of other origins read responses |
//! | [`Csrf`] | `csrf` | refuses what other sites make browsers send |
//! | [`NormalizePath`] | `normalize-path` | sends requests for paths with needless slashes and dots to the plain path |
//! | [`Redirect`] | `redirect` | sends requests for some paths elsewhere, by rules |
//! | [`Rewrite`] | `rewrite` | changes the path of requests, by rules |
//! | [`MethodOverride`] | `method-override` | takes the method from a field of a `POST` |
//! | [`Prefix`] | `prefix` (default) | mounts the application below a path |
//! | [`ResponseHeader`] | `response-header` (default) | sets, adds and removes header fields |
//! | [`BasicAuth`] | `basic-auth` | names and passwords, by the scheme of that name |
//! | [`BearerAuth`] | `bearer-auth` | tokens, by the scheme of that name |
//! | [`SignedCookies`] | `signed-cookies` | cookies that nobody but the server can make |
//! | [`BodyLimit`] | `body-limit` | how large the body of a request may be: `413` |
//! | [`Decompress`] | `decompress`, `zstd` | request bodies without their content codings |
//! | [`Compress`] | `compress`, `zstd` | bodies in the content coding that the client likes best |
//! | [`Head`] | `head` | answers `HEAD` without the body, by what the application says to a `GET` if need be |
//! | [`StaticFiles`] | `static-files` | serves the files of folders below prefixes of the path |
//! | [`RangeSlice`] | `range-slice` | the parts of a response that were asked for: `206` |
//! | [`ConditionalGet`] | `conditional-get` | `304` where the client has what would be sent |
//! | [`ETag`] | `etag` | an entity tag made of the body |
//! | [`Deadline`] | `deadline` | a time for each request, and `504` after it |
//! | [`ErrorPages`] | `error-pages` | bodies for errors that have none |
//! | [`ConcurrencyLimit`] | `concurrency-limit` | so many requests at a time, others wait |
//! | [`MapResponse`] | `map-response` | functions over status, header fields and blocks |
//! | [`ContentLength`] | `content-length` (default) | tells the body's size where it is known |
//! | [`Buffer`] | `buffer` | takes bodies whole, of requests and of responses |
//! | [`ContentType`] | `content-type` | a content type and charset for responses that have none |
//! | [`Recover`] | `recover` (default) | a failure or panic becomes a `500` and a report |
//! | [`When`] | `when` | a layer for those requests that meet a condition |
//! | [`Cascade`] | `cascade` | tries the next application where one answers `404` or `405` |
//! | [`Dispatcher`] | `dispatcher` | hands each request to one of several applications, by host and path |
//! | [`ExceptionPage`] | `exception-page` | shows what went wrong to who develops |
//!
//! The feature `full` has them all.
//!
//! [`AccessLog`]: struct.AccessLog.html
//! [`SensitiveHeaders`]: struct.SensitiveHeaders.html
//! [`Trace`]: struct.Trace.html
//! [`Metrics`]: struct.Metrics.html
//! [`SlowLog`]: struct.SlowLog.html
//! [`ServerTiming`]: struct.ServerTiming.html
//! [`BasicAuth`]: struct.BasicAuth.html
//! [`BearerAuth`]: struct.BearerAuth.html
//! [`RequestId`]: struct.RequestId.html
//! [`SignedCookies`]: struct.SignedCookies.html
//! [`LoadShed`]: struct.LoadShed.html
//! [`ProxyFix`]: struct.ProxyFix.html
//! [`TrustedHosts`]: struct.TrustedHosts.html
//! [`HttpsRedirect`]: struct.HttpsRedirect.html
//! [`SecurityHeaders`]: struct.SecurityHeaders.html
//! [`Cors`]: struct.Cors.html
//! [`Csrf`]: struct.Csrf.html
//! [`NormalizePath`]: struct.NormalizePath.html
//! [`Redirect`]: struct.Redirect.html
//! [`Rewrite`]: struct.Rewrite.html
//! [`MethodOverride`]: struct.MethodOverride.html
//! [`Prefix`]: struct.Prefix.html
//! [`ResponseHeader`]: struct.ResponseHeader.html
//! [`BodyLimit`]: struct.BodyLimit.html
//! [`Decompress`]: struct.Decompress.html
//! [`Compress`]: struct.Compress.html
//! [`Head`]: struct.Head.html
//! [`StaticFiles`]: struct.StaticFiles.html
//! [`RangeSlice`]: struct.RangeSlice.html
//! [`ConditionalGet`]: struct.ConditionalGet.html
//! [`ETag`]: struct.ETag.html
//! [`Deadline`]: struct.Deadline.html
//! [`ErrorPages`]: struct.ErrorPages.html
//! [`ConcurrencyLimit`]: struct.ConcurrencyLimit.html
//! [`MapResponse`]: struct.MapResponse.html
//! [`ContentLength`]: struct.ContentLength.html
//! [`Buffer`]: struct.Buffer.html
//! [`ContentType`]: struct.ContentType.html
//! [`Recover`]: struct.Recover.html
//! [`When`]: struct.When.html
//! [`Cascade`]: struct.Cascade.html
//! [`Dispatcher`]: struct.Dispatcher.html
//! [`ExceptionPage`]: struct.ExceptionPage.html
//!
//! # One shape
//! `Name::new(app)` is the middleware around an application and needs nothing else; further methods change the defaults
//! that they document. `NameLayer::default()`, which has the same methods, is the middleware without an
//! application yet: a [`Layer`](wsgi_core::Layer) for `tower::ServiceBuilder` and all else that stacks such.
//!
//! What all of them keep of the rules for middleware (PEP 3333 "Middleware: Components that Play Both Sides" and
//! "Middleware Handling of Block Boundaries"): blocks pass one by one, none added, joined or held back; `write()` and
//! `exc_info` pass through; `close()` is called once whatever happens; the body's length stays known, and a file stays
//! one that the server may send by quicker means.
//!
//! # What it does not do
//! It has no routes with parameters, methods and links (`wsgi-router` does; [`Dispatcher`] knows hosts and prefixes
//! of the path alone), opens no socket, and holds nothing between requests but the counts of [`ConcurrencyLimit`] and
//! [`LoadShed`]. No Python is needed, not even where the application is Python's: the bridge in `wsgi-core` makes that
//! one an `Application` like any other.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(feature = "error-pages", feature = "exception-page"))]
mod accept;
#[cfg(feature = "access-log")]
mod access_log;
#[cfg(any(feature = "basic-auth", feature = "bearer-auth"))]
mod authorization;
#[cfg(feature = "basic-auth")]
mod basic_auth;
#[cfg(feature = "bearer-auth")]
mod bearer_auth;
#[cfg(feature = "body-limit")]
mod body_limit;
#[cfg(feature = "buffer")]
mod buffer;
#[cfg(any(feature = "range-slice", feature = "static-files"))]
mod byte_ranges;
#[cfg(feature = "cascade")]
mod cascade;
#[cfg(any(feature = "compress", feature = "decompress", feature = "static-files"))]
#[allow(dead_code, reason = "which layers use it is a matter of the features")]
mod coding;
#[cfg(feature = "compress")]
mod compress;
#[cfg(feature = "concurrency-limit")]
mod concurrency_limit;
#[cfg(feature = "conditional-get")]
mod conditional_get;
#[cfg(feature = "content-length")]
mod content_length;
#[cfg(feature = "content-type")]
mod content_type;
#[cfg(feature = "cors")]
mod cors;
#[cfg(feature = "csrf")]
mod csrf;
#[cfg(feature = "deadline")]
mod deadline;
#[cfg(feature = "decompress")]
mod decompress;
#[cfg(feature = "dispatcher")]
mod dispatcher;
#[cfg(feature = "error-pages")]
mod error_pages;
#[cfg(any(
    feature = "error-pages",
    feature = "exception-page",
    feature = "static-files"
))]
mod escape_html;
#[cfg(feature = "etag")]
mod etag;
#[cfg(feature = "exception-page")]
mod exception_page;
#[cfg(any(
    feature = "basic-auth",
    feature = "bearer-auth",
    feature = "csrf",
    feature = "https-redirect",
    feature = "trusted-hosts"
))]
mod exempt;
#[cfg(feature = "head")]
mod head;
#[allow(dead_code, reason = "which layers use it is a matter of the features")]
mod hook;
#[cfg(any(feature = "dispatcher", feature = "redirect", feature = "rewrite"))]
#[allow(dead_code, reason = "which layers use it is a matter of the features")]
mod host;
#[cfg(any(feature = "https-redirect", feature = "security-headers"))]
mod hsts;
#[cfg(feature = "https-redirect")]
mod https_redirect;
#[cfg(feature = "load-shed")]
mod load_shed;
#[cfg(any(feature = "normalize-path", feature = "redirect", feature = "rewrite"))]
#[allow(dead_code, reason = "which layers use it is a matter of the features")]
mod location;
#[cfg(feature = "map-response")]
mod map_response;
#[cfg(feature = "method-override")]
mod method_override;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(feature = "normalize-path")]
mod normalize_path;
mod not_found;
#[cfg(any(feature = "access-log", feature = "metrics", feature = "trace"))]
#[allow(dead_code, reason = "which layers use it is a matter of the features")]
mod observed;
#[cfg(any(feature = "cors", feature = "csrf"))]
mod origin;
#[cfg(any(feature = "exception-page", feature = "recover"))]
mod panics;
#[allow(dead_code, reason = "which layers use it is a matter of the features")]
#[cfg(any(
    feature = "conditional-get",
    feature = "range-slice",
    feature = "static-files"
))]
mod preconditions;
#[cfg(feature = "prefix")]
mod prefix;
#[cfg(feature = "proxy-fix")]
mod proxy_fix;
#[cfg(feature = "range-slice")]
mod range_slice;
#[cfg(feature = "recover")]
mod recover;
#[cfg(feature = "redirect")]
mod redirect;
#[cfg(any(
    feature = "csrf",
    feature = "https-redirect",
    feature = "trusted-hosts"
))]
mod refusal;
#[cfg(any(feature = "conditional-get", feature = "range-slice"))]
mod representation_fields;
#[cfg(feature = "request-id")]
mod request_id;
#[cfg(feature = "response-header")]
mod response_header;
#[cfg(feature = "rewrite")]
mod rewrite;
#[cfg(feature = "security-headers")]
mod security_headers;
#[cfg(feature = "sensitive-headers")]
mod sensitive_headers;
#[cfg(feature = "server-timing")]
mod server_timing;
#[cfg(feature = "signed-cookies")]
mod signed_cookies;
#[cfg(feature = "slow-log")]
mod slow_log;
#[allow(dead_code, reason = "which layers use it is a matter of the features")]
mod start;
#[cfg(feature = "static-files")]
mod static_files;
#[cfg(any(feature = "redirect", feature = "rewrite"))]
mod template;
#[cfg(feature = "trace")]
mod trace;
#[cfg(feature = "trusted-hosts")]
mod trusted_hosts;
#[allow(dead_code, reason = "which layers use it is a matter of the features")]
mod uri_host;
#[allow(dead_code, reason = "which layers use it is a matter of the features")]
mod vary;
#[allow(dead_code, reason = "which layers use it is a matter of the features")]
mod weight;
#[cfg(feature = "when")]
mod when;

#[cfg(feature = "access-log")]
pub use access_log::{
    AccessLog, AccessLogFormat, AccessLogFormatError, AccessLogLayer, AccessLogger, AccessRecord,
    CustomFormat,
};
#[cfg(feature = "basic-auth")]
pub use basic_auth::{BasicAuth, BasicAuthError, BasicAuthLayer};
#[cfg(feature = "bearer-auth")]
pub use bearer_auth::{BearerAuth, BearerAuthError, BearerAuthLayer, Grant};
#[cfg(feature = "body-limit")]
pub use body_limit::{BodyLimit, BodyLimitError, BodyLimitLayer};
#[cfg(feature = "buffer")]
pub use buffer::{Buffer, BufferLayer};
#[cfg(feature = "cascade")]
pub use cascade::{Cascade, CascadeLayer};
#[cfg(any(feature = "compress", feature = "decompress", feature = "static-files"))]
pub use coding::Coding;
#[cfg(feature = "compress")]
pub use compress::{Compress, CompressError, CompressLayer, Flush};
#[cfg(feature = "concurrency-limit")]
pub use concurrency_limit::{ConcurrencyLimit, ConcurrencyLimitLayer};
#[cfg(feature = "conditional-get")]
pub use conditional_get::{ConditionalGet, ConditionalGetLayer};
#[cfg(feature = "content-length")]
pub use content_length::{ContentLength, ContentLengthLayer};
#[cfg(feature = "content-type")]
pub use content_type::{ContentType, ContentTypeError, ContentTypeLayer};
#[cfg(feature = "cors")]
pub use cors::{Cors, CorsError, CorsLayer};
#[cfg(feature = "csrf")]
pub use csrf::{Csrf, CsrfLayer};
#[cfg(feature = "deadline")]
pub use deadline::{Deadline, DeadlineLayer};
#[cfg(feature = "decompress")]
pub use decompress::{Decompress, DecompressError, DecompressLayer};
#[cfg(feature = "dispatcher")]
pub use dispatcher::{Dispatcher, DispatcherError, DispatcherLayer};
#[cfg(feature = "error-pages")]
pub use error_pages::{ErrorPages, ErrorPagesError, ErrorPagesLayer, ErrorStatuses};
#[cfg(feature = "etag")]
pub use etag::{ETag, ETagLayer};
#[cfg(feature = "exception-page")]
pub use exception_page::{ExceptionPage, ExceptionPageLayer};
#[cfg(any(
    feature = "basic-auth",
    feature = "bearer-auth",
    feature = "csrf",
    feature = "https-redirect",
    feature = "trusted-hosts"
))]
pub use exempt::ExemptPathError;
#[cfg(feature = "head")]
pub use head::{Head, HeadLayer};
#[cfg(feature = "dispatcher")]
#[cfg(any(feature = "dispatcher", feature = "redirect", feature = "rewrite"))]
pub use host::HostPatternError;
#[cfg(any(feature = "https-redirect", feature = "security-headers"))]
pub use hsts::{Hsts, HstsError};
#[cfg(feature = "https-redirect")]
pub use https_redirect::{HttpsRedirect, HttpsRedirectError, HttpsRedirectLayer};
#[cfg(feature = "load-shed")]
pub use load_shed::{LoadShed, LoadShedLayer};
#[cfg(any(feature = "normalize-path", feature = "redirect"))]
pub use location::{RedirectStatus, RedirectStatusError};
#[cfg(feature = "map-response")]
pub use map_response::{MapResponse, MapResponseLayer, MappedRequest};
#[cfg(feature = "method-override")]
pub use method_override::{MethodOverride, MethodOverrideError, MethodOverrideLayer};
#[cfg(feature = "metrics")]
pub use metrics::{Metrics, MetricsError, MetricsExporter, MetricsLayer, StatusLabel};
#[cfg(feature = "normalize-path")]
pub use normalize_path::{NormalizePath, NormalizePathLayer, TrailingSlash};
pub use not_found::NotFound;
#[cfg(any(feature = "cors", feature = "csrf"))]
pub use origin::OriginError;
#[cfg(feature = "prefix")]
pub use prefix::{Prefix, PrefixError, PrefixLayer};
#[cfg(feature = "proxy-fix")]
pub use proxy_fix::{
    ForwardedField, ForwardedHeaders, ForwardedHeadersError, ForwardedSyntax, NetworkError,
    ProxyFix, ProxyFixLayer, TrustedPeers,
};
#[cfg(feature = "range-slice")]
pub use range_slice::{RangeSlice, RangeSliceLayer};
#[cfg(feature = "recover")]
pub use recover::{Recover, RecoverLayer};
#[cfg(feature = "redirect")]
pub use redirect::{Redirect, RedirectError, RedirectLayer, RedirectRule};
#[cfg(feature = "request-id")]
pub use request_id::{RequestId, RequestIdLayer};
#[cfg(feature = "response-header")]
pub use response_header::{ResponseHeader, ResponseHeaderLayer};
#[cfg(feature = "rewrite")]
pub use rewrite::{Rewrite, RewriteError, RewriteLayer, RewriteRule};
#[cfg(feature = "security-headers")]
pub use security_headers::{
    ContentSecurityPolicy, CspDirective, CspError, CspNonce, CspSource, SecurityHeaders,
    SecurityHeadersError, SecurityHeadersLayer,
};
#[cfg(feature = "sensitive-headers")]
pub use sensitive_headers::{SensitiveHeaders, SensitiveHeadersLayer};
#[cfg(feature = "server-timing")]
pub use server_timing::{ServerTiming, ServerTimingLayer};
#[cfg(feature = "signed-cookies")]
pub use signed_cookies::{SignedCookies, SignedCookiesError, SignedCookiesLayer};
#[cfg(feature = "slow-log")]
pub use slow_log::{SlowLog, SlowLogLayer};
#[cfg(feature = "static-files")]
pub use static_files::{StaticFiles, StaticFilesError, StaticFilesLayer};
#[cfg(any(feature = "redirect", feature = "rewrite"))]
pub use template::TemplateError;
#[cfg(feature = "trace")]
pub use trace::{
    QueryField, SampleRatioError, Trace, TraceContext, TraceContextError, TraceLayer, TraceResponse,
};
#[cfg(feature = "trusted-hosts")]
pub use trusted_hosts::{TrustedHosts, TrustedHostsError, TrustedHostsLayer};
#[cfg(feature = "when")]
pub use when::{When, WhenLayer};

/// The examples of the pages about middleware.
#[cfg(doctest)]
mod pages {
    #[cfg(feature = "access-log")]
    #[doc = include_str!("../../docs/middleware/access-log.md")]
    mod access_log {}
    #[cfg(feature = "basic-auth")]
    #[doc = include_str!("../../docs/middleware/basic-auth.md")]
    mod basic_auth {}
    #[cfg(feature = "bearer-auth")]
    #[doc = include_str!("../../docs/middleware/bearer-auth.md")]
    mod bearer_auth {}
    #[cfg(feature = "body-limit")]
    #[doc = include_str!("../../docs/middleware/body-limit.md")]
    mod body_limit {}
    #[cfg(feature = "buffer")]
    #[doc = include_str!("../../docs/middleware/buffer.md")]
    mod buffer {}
    #[cfg(feature = "cascade")]
    #[doc = include_str!("../../docs/middleware/cascade.md")]
    mod cascade {}
    #[cfg(feature = "zstd")]
    #[doc = include_str!("../../docs/middleware/compress.md")]
    mod compress {}
    #[cfg(feature = "concurrency-limit")]
    #[doc = include_str!("../../docs/middleware/concurrency-limit.md")]
    mod concurrency_limit {}
    #[cfg(all(feature = "conditional-get", feature = "etag"))]
    #[doc = include_str!("../../docs/middleware/conditional-get.md")]
    mod conditional_get {}
    #[cfg(feature = "content-length")]
    #[doc = include_str!("../../docs/middleware/content-length.md")]
    mod content_length {}
    #[cfg(feature = "content-type")]
    #[doc = include_str!("../../docs/middleware/content-type.md")]
    mod content_type {}
    #[cfg(feature = "cors")]
    #[doc = include_str!("../../docs/middleware/cors.md")]
    mod cors {}
    #[cfg(feature = "csrf")]
    #[doc = include_str!("../../docs/middleware/csrf.md")]
    mod csrf {}
    #[cfg(feature = "deadline")]
    #[doc = include_str!("../../docs/middleware/deadline.md")]
    mod deadline {}
    #[cfg(all(feature = "decompress", feature = "buffer"))]
    #[doc = include_str!("../../docs/middleware/decompress.md")]
    mod decompress {}
    #[cfg(feature = "dispatcher")]
    #[doc = include_str!("../../docs/middleware/dispatcher.md")]
    mod dispatcher {}
    #[cfg(feature = "error-pages")]
    #[doc = include_str!("../../docs/middleware/error-pages.md")]
    mod error_pages {}
    #[cfg(feature = "exception-page")]
    #[doc = include_str!("../../docs/middleware/exception-page.md")]
    mod exception_page {}
    #[cfg(feature = "head")]
    #[doc = include_str!("../../docs/middleware/head.md")]
    mod head {}
    #[cfg(feature = "https-redirect")]
    #[doc = include_str!("../../docs/middleware/https-redirect.md")]
    mod https_redirect {}
    #[cfg(feature = "load-shed")]
    #[doc = include_str!("../../docs/middleware/load-shed.md")]
    mod load_shed {}
    #[cfg(feature = "map-response")]
    #[doc = include_str!("../../docs/middleware/map-response.md")]
    mod map_response {}
    #[cfg(feature = "method-override")]
    #[doc = include_str!("../../docs/middleware/method-override.md")]
    mod method_override {}
    #[cfg(feature = "metrics")]
    #[doc = include_str!("../../docs/middleware/metrics.md")]
    mod metrics {}
    #[cfg(feature = "normalize-path")]
    #[doc = include_str!("../../docs/middleware/normalize-path.md")]
    mod normalize_path {}
    #[cfg(feature = "prefix")]
    #[doc = include_str!("../../docs/middleware/prefix.md")]
    mod prefix {}
    #[cfg(feature = "proxy-fix")]
    #[doc = include_str!("../../docs/middleware/proxy-fix.md")]
    mod proxy_fix {}
    #[cfg(feature = "range-slice")]
    #[doc = include_str!("../../docs/middleware/range-slice.md")]
    mod range_slice {}
    #[cfg(feature = "recover")]
    #[doc = include_str!("../../docs/middleware/recover.md")]
    mod recover {}
    #[cfg(feature = "redirect")]
    #[doc = include_str!("../../docs/middleware/redirect.md")]
    mod redirect {}
    #[cfg(feature = "request-id")]
    #[doc = include_str!("../../docs/middleware/request-id.md")]
    mod request_id {}
    #[cfg(feature = "response-header")]
    #[doc = include_str!("../../docs/middleware/response-header.md")]
    mod response_header {}
    #[cfg(feature = "rewrite")]
    #[doc = include_str!("../../docs/middleware/rewrite.md")]
    mod rewrite {}
    #[cfg(feature = "security-headers")]
    #[doc = include_str!("../../docs/middleware/security-headers.md")]
    mod security_headers {}
    #[cfg(all(feature = "access-log", feature = "sensitive-headers"))]
    #[doc = include_str!("../../docs/middleware/sensitive-headers.md")]
    mod sensitive_headers {}
    #[cfg(feature = "server-timing")]
    #[doc = include_str!("../../docs/middleware/server-timing.md")]
    mod server_timing {}
    #[cfg(feature = "signed-cookies")]
    #[doc = include_str!("../../docs/middleware/signed-cookies.md")]
    mod signed_cookies {}
    #[cfg(feature = "slow-log")]
    #[doc = include_str!("../../docs/middleware/slow-log.md")]
    mod slow_log {}
    #[cfg(feature = "static-files")]
    #[doc = include_str!("../../docs/middleware/static-files.md")]
    mod static_files {}
    #[cfg(feature = "trace")]
    #[doc = include_str!("../../docs/middleware/trace.md")]
    mod trace {}
    #[cfg(feature = "trusted-hosts")]
    #[doc = include_str!("../../docs/middleware/trusted-hosts.md")]
    mod trusted_hosts {}
    #[cfg(all(feature = "response-header", feature = "when"))]
    #[doc = include_str!("../../docs/middleware/when.md")]
    mod when {}
}
