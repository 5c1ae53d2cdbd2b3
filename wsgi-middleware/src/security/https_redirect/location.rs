//! The rest of the URL that a request is sent to.

use percent_encoding::{percent_decode, percent_encode};
use wsgi_core::Environ;

use crate::common::location::{NO_PATH, NO_URL};

/// Path and query of the request, as its client sent them where no layer has changed the path.
///
/// `%2F` is not `/` in a target, and both are `/` in `PATH_INFO`.
pub(super) fn path_and_query(environ: &Environ) -> String {
    let path = [environ.script_name(), environ.path_info()].concat();
    let target = environ.target();
    let raw = target
        .split(|&byte| byte == b'?')
        .next()
        .unwrap_or_default();
    let mut url = match raw.starts_with(b"/") && percent_decode(raw).eq(path.iter().copied()) {
        true => percent_encode(raw, NO_URL).to_string(),
        // `*` and the authority of `CONNECT` are no paths.
        false if !path.starts_with(b"/") => "/".to_owned(),
        false => percent_encode(&path, NO_PATH).to_string(),
    };
    if !environ.query_string().is_empty() {
        url.push('?');
        url.extend(percent_encode(environ.query_string(), NO_URL));
    }
    url
}
