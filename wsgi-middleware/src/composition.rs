//! Layers that choose: which application answers, for which path, host and method.

#[cfg(feature = "cascade")]
pub(crate) mod cascade;
#[cfg(feature = "dispatcher")]
pub(crate) mod dispatcher;
#[cfg(any(feature = "dispatcher", feature = "redirect", feature = "rewrite"))]
#[allow(dead_code, reason = "which layers use it is a matter of the features")]
pub(crate) mod host;
#[cfg(feature = "method-override")]
pub(crate) mod method_override;
#[cfg(feature = "normalize-path")]
pub(crate) mod normalize_path;
#[cfg(feature = "prefix")]
pub(crate) mod prefix;
#[cfg(feature = "redirect")]
pub(crate) mod redirect;
#[cfg(feature = "rewrite")]
pub(crate) mod rewrite;
#[cfg(any(feature = "redirect", feature = "rewrite"))]
#[allow(dead_code, reason = "which layers use it is a matter of the features")]
pub(crate) mod template;
#[cfg(feature = "when")]
pub(crate) mod when;

#[cfg(feature = "cascade")]
pub use cascade::{Cascade, CascadeLayer};
#[cfg(feature = "dispatcher")]
pub use dispatcher::{Dispatcher, DispatcherError, DispatcherLayer};
#[cfg(feature = "method-override")]
pub use method_override::{MethodOverride, MethodOverrideError, MethodOverrideLayer};
#[cfg(feature = "normalize-path")]
pub use normalize_path::{NormalizePath, NormalizePathLayer, TrailingSlash};
#[cfg(feature = "prefix")]
pub use prefix::{Prefix, PrefixError, PrefixLayer};
#[cfg(feature = "redirect")]
pub use redirect::{Redirect, RedirectError, RedirectLayer, RedirectRule};
#[cfg(feature = "rewrite")]
pub use rewrite::{Rewrite, RewriteError, RewriteLayer, RewriteRule};
#[cfg(any(feature = "redirect", feature = "rewrite"))]
pub use template::TemplateError;
#[cfg(feature = "when")]
pub use when::{When, WhenLayer};
