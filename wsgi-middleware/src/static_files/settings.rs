//! How files are answered, whatever folder they lie in.

use std::sync::Arc;
use std::time::Duration;

use wsgi_core::{ApplicationError, Headers};

use super::names::{ContentTypes, IsImmutable, bears_hash};
use super::offload::Offload;
use super::root::Links;

/// Changes the header fields of one file's responses.
pub(super) type Hook =
    Arc<dyn Fn(&str, &mut Headers) -> Result<(), ApplicationError> + Send + Sync>;

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) content_types: ContentTypes,
    /// `Cache-Control` of what may change.
    cache_control: Option<String>,
    pub(super) is_immutable: IsImmutable,
    pub(super) hook: Option<Hook>,
    pub(super) precompressed: bool,
    pub(super) index: Option<String>,
    pub(super) listing: bool,
    pub(super) fallback: Option<String>,
    pub(super) missing: Missing,
    pub(super) dotfiles: bool,
    pub(super) links: Links,
    pub(super) range_limit: usize,
    pub(super) memory_limit: u64,
    pub(super) offload: Offload,
}

/// Who answers for a path below a prefix at which there is no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// The inner application.
    PassOn,
    /// Nobody: `404 Not Found`.
    NotFound,
}

impl Settings {
    pub(super) fn set_max_age(&mut self, time: Option<Duration>) {
        self.cache_control = time.map(max_age);
    }

    /// A year for what never changes, which is as long as RFC 9111's predecessors allowed; else what was set.
    pub(super) fn cache_control(&self, is_immutable: bool) -> Option<&str> {
        match is_immutable {
            true => Some("public, max-age=31536000, immutable"),
            false => self.cache_control.as_deref(),
        }
    }
}

fn max_age(time: Duration) -> String {
    format!("public, max-age={}", time.as_secs())
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            content_types: ContentTypes::default(),
            cache_control: Some(max_age(Duration::from_secs(60))),
            is_immutable: Arc::new(bears_hash),
            hook: None,
            precompressed: true,
            index: Some("index.html".to_owned()),
            listing: false,
            fallback: None,
            missing: Missing::PassOn,
            dotfiles: false,
            links: Links::default(),
            range_limit: 16,
            memory_limit: 32 << 20,
            offload: Offload::None,
        }
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("content_types", &self.content_types)
            .field("cache_control", &self.cache_control)
            .field("precompressed", &self.precompressed)
            .field("index", &self.index)
            .field("listing", &self.listing)
            .field("fallback", &self.fallback)
            .field("missing", &self.missing)
            .field("dotfiles", &self.dotfiles)
            .field("links", &self.links)
            .field("range_limit", &self.range_limit)
            .field("memory_limit", &self.memory_limit)
            .field("offload", &self.offload)
            .finish_non_exhaustive()
    }
}
