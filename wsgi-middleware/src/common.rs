//! What layers of several groups use.

#[cfg(any(feature = "range-slice", feature = "static-files"))]
pub(crate) mod byte_ranges;
#[cfg(any(feature = "compress", feature = "decompress", feature = "static-files"))]
#[allow(dead_code, reason = "which layers use it is a matter of the features")]
pub(crate) mod coding;
#[cfg(any(
    feature = "error-pages",
    feature = "exception-page",
    feature = "static-files"
))]
pub(crate) mod escape_html;
#[allow(dead_code, reason = "which layers use it is a matter of the features")]
pub(crate) mod hook;
#[cfg(any(
    feature = "dispatcher",
    feature = "redirect",
    feature = "rewrite",
    feature = "trusted-hosts"
))]
#[allow(dead_code, reason = "which layers use it is a matter of the features")]
pub(crate) mod host_pattern;
#[cfg(any(
    feature = "https-redirect",
    feature = "normalize-path",
    feature = "redirect",
    feature = "rewrite"
))]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "which layers use it is a matter of the features"
)]
pub(crate) mod location;
pub(crate) mod not_found;
#[allow(dead_code, reason = "which layers use it is a matter of the features")]
#[cfg(any(
    feature = "conditional-get",
    feature = "range-slice",
    feature = "static-files"
))]
pub(crate) mod preconditions;
#[allow(dead_code, reason = "which layers use it is a matter of the features")]
pub(crate) mod start;
#[allow(dead_code, reason = "which layers use it is a matter of the features")]
pub(crate) mod uri_host;
#[allow(dead_code, reason = "which layers use it is a matter of the features")]
pub(crate) mod vary;
#[allow(dead_code, reason = "which layers use it is a matter of the features")]
pub(crate) mod weight;

#[cfg(any(feature = "compress", feature = "decompress", feature = "static-files"))]
pub use coding::Coding;
#[cfg(any(
    feature = "dispatcher",
    feature = "redirect",
    feature = "rewrite",
    feature = "trusted-hosts"
))]
pub use host_pattern::HostPatternError;
#[cfg(any(feature = "normalize-path", feature = "redirect"))]
pub use location::{RedirectStatus, RedirectStatusError};
pub use not_found::NotFound;
