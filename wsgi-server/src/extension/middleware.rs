//! The classes of `wsgi_rs.middleware`: middleware of Rust around any application.
//!
//! Each is an exported application, so one around another is composed in Rust.

mod access_log;
mod arguments;
mod basic_auth;
mod bearer_auth;
mod body_limit;
mod buffer;
mod cascade;
mod compress;
mod concurrency_limit;
mod conditional_get;
mod content_length;
mod content_type;
mod cors;
mod csrf;
mod deadline;
mod decompress;
mod dispatcher;
mod error_pages;
mod etag;
mod exception_page;
mod head;
mod https_redirect;
mod lines;
mod load_shed;
mod map_response;
mod method_override;
mod metrics;
mod normalize_path;
mod prefix;
mod proxy_fix;
mod range_slice;
mod recover;
mod redirect;
mod request_id;
mod response_header;
mod rewrite;
mod rules;
mod security;
mod security_headers;
mod sensitive_headers;
mod server_timing;
mod signed_cookies;
mod slow_log;
mod static_files;
mod trace;
mod trusted_hosts;
mod when;

use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMapping};
use wsgi_core::Application;
use wsgi_core::python::Exported;

pub(super) use access_log::AccessLog;
pub(super) use basic_auth::BasicAuth;
pub(super) use bearer_auth::BearerAuth;
pub(super) use body_limit::BodyLimit;
pub(super) use buffer::Buffer;
pub(super) use cascade::Cascade;
pub(super) use compress::Compress;
pub(super) use concurrency_limit::ConcurrencyLimit;
pub(super) use conditional_get::ConditionalGet;
pub(super) use content_length::ContentLength;
pub(super) use content_type::ContentType;
pub(super) use cors::Cors;
pub(super) use csrf::Csrf;
pub(super) use deadline::Deadline;
pub(super) use decompress::Decompress;
pub(super) use dispatcher::Dispatcher;
pub(super) use error_pages::ErrorPages;
pub(super) use etag::ETag;
pub(super) use exception_page::ExceptionPage;
pub(super) use head::Head;
pub(super) use https_redirect::HttpsRedirect;
pub(super) use load_shed::LoadShed;
pub(super) use map_response::MapResponse;
pub(super) use method_override::MethodOverride;
pub(super) use metrics::Metrics;
pub(super) use normalize_path::NormalizePath;
pub(super) use prefix::Prefix;
pub(super) use proxy_fix::ProxyFix;
pub(super) use range_slice::RangeSlice;
pub(super) use recover::Recover;
pub(super) use redirect::Redirect;
pub(super) use request_id::RequestId;
pub(super) use response_header::ResponseHeader;
pub(super) use rewrite::Rewrite;
pub(super) use security_headers::SecurityHeaders;
pub(super) use sensitive_headers::SensitiveHeaders;
pub(super) use server_timing::ServerTiming;
pub(super) use signed_cookies::SignedCookies;
pub(super) use slow_log::SlowLog;
pub(super) use static_files::StaticFiles;
pub(super) use trace::Trace;
pub(super) use trusted_hosts::TrustedHosts;
pub(super) use when::When;

pub(super) type Wrapped = Arc<dyn Application>;

/// What an instance begins with: the application that it is, and the one that it is around, if any.
pub(super) fn exported<'w, 'py: 'w>(
    app: impl Application + 'static,
    wrapped: impl Into<Option<&'w Bound<'py, PyAny>>>,
) -> PyClassInitializer<Exported> {
    let app = Arc::new(app);
    PyClassInitializer::from(match wrapped.into() {
        Some(wrapped) => Exported::around(app, wrapped),
        None => Exported::new(app),
    })
}

/// Names and values; these are native strings, in which a character is a byte.
pub(super) fn pairs(fields: &Bound<'_, PyAny>) -> PyResult<Vec<(String, Vec<u8>)>> {
    let items = match fields.cast::<PyMapping>() {
        Ok(mapping) => mapping.items()?.into_any(),
        Err(_) => fields.clone(),
    };
    let pair = |item: PyResult<Bound<'_, PyAny>>| {
        let (name, value): (String, Bound<'_, PyAny>) = item?.extract()?;
        let value = value.call_method1("encode", ("latin-1",))?;
        Ok((name, value.cast::<PyBytes>()?.as_bytes().to_vec()))
    };
    items.try_iter()?.map(pair).collect()
}

fn value_error(error: impl std::error::Error) -> PyErr {
    PyValueError::new_err(error.to_string())
}
