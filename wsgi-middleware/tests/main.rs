//! What each middleware promises, and what all of them keep of PEP 3333.

#![allow(
    clippy::unwrap_used,
    reason = "a panic is how a test says that it failed"
)]

#[cfg(feature = "access-log")]
mod access_log;
#[cfg(feature = "access-log")]
mod access_log_timing;
#[cfg(feature = "basic-auth")]
mod basic_auth;
#[cfg(feature = "bearer-auth")]
mod bearer_auth;
#[cfg(feature = "bodies")]
mod between_validators;
#[cfg(feature = "body-limit")]
mod body_limit;
#[cfg(feature = "buffer")]
mod buffer;
#[cfg(feature = "cascade")]
mod cascade;
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
#[cfg(feature = "etag")]
mod etag;
#[cfg(all(feature = "exception-page", feature = "sensitive-headers"))]
mod exception_page;
#[cfg(feature = "head")]
mod head;
#[cfg(feature = "https-redirect")]
mod https_redirect;
#[cfg(feature = "load-shed")]
mod load_shed;
#[cfg(feature = "map-response")]
mod map_response;
#[cfg(feature = "method-override")]
mod method_override;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(feature = "normalize-path")]
mod normalize_path;
mod own_answers;
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
#[cfg(feature = "bodies")]
mod representations;
#[cfg(feature = "request-id")]
mod request_id;
#[cfg(feature = "response-header")]
mod response_header;
#[cfg(feature = "rewrite")]
mod rewrite;
#[cfg(feature = "security-headers")]
mod security_headers;
#[cfg(all(feature = "access-log", feature = "sensitive-headers"))]
mod sensitive_headers;
#[cfg(feature = "server-timing")]
mod server_timing;
#[cfg(feature = "signed-cookies")]
mod signed_cookies;
#[cfg(feature = "slow-log")]
mod slow_log;
#[cfg(feature = "static-files")]
mod static_files;
#[cfg(feature = "trace")]
mod trace;
mod transparency;
#[cfg(feature = "trusted-hosts")]
mod trusted_hosts;
mod validated;
#[cfg(feature = "when")]
mod when;

use wsgi_core::{Application, ApplicationError, Body, StatusLine, application_fn};

/// Answers `200 OK` with what `body` gives.
fn answering(body: impl Fn() -> Body + Send + Sync) -> impl Application {
    application_fn(move |_, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(body())
    })
}

fn failure() -> ApplicationError {
    ApplicationError::raised("failed on purpose")
}
