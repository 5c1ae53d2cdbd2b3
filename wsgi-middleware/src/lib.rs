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
//! | [`StaticFiles`] | `static-files` | serves the files of folders below prefixes of the path |
//! | [`Decompress`] | `decompress`, `zstd` | request bodies without their content codings |
//! | [`Compress`] | `compress`, `zstd` | bodies in the content coding that the client likes best |
//! | [`Head`] | `head` | answers `HEAD` without the body, by what the application says to a `GET` if need be |
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

mod bodies;
mod common;
mod composition;
mod observation;
mod robustness;
mod security;
#[cfg(feature = "static-files")]
mod static_files;

#[allow(
    unused_imports,
    unreachable_pub,
    reason = "of a group there may be no layer"
)]
pub use bodies::*;
#[allow(
    unused_imports,
    unreachable_pub,
    reason = "of a group there may be no layer"
)]
pub use common::*;
#[allow(
    unused_imports,
    unreachable_pub,
    reason = "of a group there may be no layer"
)]
pub use composition::*;
#[allow(
    unused_imports,
    unreachable_pub,
    reason = "of a group there may be no layer"
)]
pub use observation::*;
#[allow(
    unused_imports,
    unreachable_pub,
    reason = "of a group there may be no layer"
)]
pub use robustness::*;
#[allow(
    unused_imports,
    unreachable_pub,
    reason = "of a group there may be no layer"
)]
pub use security::*;
#[cfg(feature = "static-files")]
pub use static_files::{StaticFiles, StaticFilesError, StaticFilesLayer};

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
