//! A file as it is answered: its header fields and what tells one state of it from another.

use std::fmt::Write;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wsgi_core::{ApplicationError, Headers};

use super::coding::suffix;
use super::path::name;
use super::settings::Settings;
use crate::common::coding::Coding;
use crate::common::preconditions::{EntityTag, Validators};

/// The state of a file that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) size: u64,
    /// Seconds since 1970, and nanoseconds.
    modified: (i64, i64),
}

impl State {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }

    /// As HTTP tells times, in whole seconds, and never later than now (RFC 9110 §8.8.2.1).
    fn modified(&self) -> Option<SystemTime> {
        let seconds = u64::try_from(self.modified.0).ok()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        Some(UNIX_EPOCH + Duration::from_secs(seconds.min(now)))
    }

    /// A strong entity tag. Of a name that never changes it is made, so that it is the same on all machines that serve
    /// the file; else of time and size.
    fn etag(&self, path: &[u8], coding: Option<Coding>, is_immutable: bool) -> String {
        let size = self.size;
        let coding = suffix(coding);
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
        match std::str::from_utf8(name(path)) {
            Ok(name) if is_immutable && name.bytes().all(|byte| is_plain(&byte)) => {
                format!("\"{name}-{size:x}{coding}\"")
            }
            _ => {
                let (seconds, nanoseconds) = self.modified;
                // Made for each request: memory that does not grow takes half the time.
                let mut etag = String::with_capacity(64);
                write!(etag, "\"{seconds:x}.{nanoseconds:x}-{size:x}{coding}\"")
                    .expect("a String takes all that is written");
                etag
            }
        }
    }
}

/// What is sent with the bytes.
#[derive(Clone, Debug)]
pub(super) struct Representation {
    /// Those of a `200 OK`.
    pub(super) headers: Headers,
    /// A strong entity tag, its quotes included.
    etag: String,
    /// Whole seconds; `None` when the file's time is none that HTTP can tell.
    modified: Option<SystemTime>,
    /// In bytes.
    pub(super) size: u64,
}

impl Representation {
    pub(super) fn validators(&self) -> Validators<'_> {
        Validators {
            etag: Some(EntityTag::strong(self.etag.as_bytes())),
            modified: self.modified,
        }
    }

    /// Its header fields: copied where others use it, too.
    pub(super) fn into_headers(self: Arc<Self>) -> Headers {
        match Arc::try_unwrap(self) {
            Ok(own) => own.headers,
            Err(shared) => shared.headers.clone(),
        }
    }
}

/// A file of which a representation is to be made.
#[derive(Clone, Copy)]
pub(super) struct Described<'p> {
    /// Its prefix.
    pub(super) prefix: &'p [u8],
    /// Its path below that, without the suffix of a coding.
    pub(super) path: &'p [u8],
    pub(super) coding: Option<Coding>,
    /// Whether there are variants of other codings.
    pub(super) varies: bool,
    pub(super) state: State,
}

impl Described<'_> {
    pub(super) fn represent(
        &self,
        settings: &Settings,
    ) -> Result<Representation, ApplicationError> {
        let url = [self.prefix, b"/", self.path].concat();
        let url = String::from_utf8_lossy(&url);
        let is_immutable = (settings.is_immutable)(&url);
        let content_type = settings.content_types.of(self.path);
        let etag = self.state.etag(self.path, self.coding, is_immutable);
        let modified = self.state.modified();
        let mut headers = Headers::with_capacity(10);
        headers.try_append("Content-Type", &content_type)?;
        headers.try_append("Content-Length", self.state.size.to_string())?;
        if let Some(coding) = self.coding {
            headers.try_append("Content-Encoding", coding.token())?;
        }
        if self.varies {
            headers.try_append("Vary", "Accept-Encoding")?;
        }
        if let Some(cache_control) = settings.cache_control(is_immutable) {
            headers.try_append("Cache-Control", cache_control)?;
        }
        headers.try_append("ETag", &etag)?;
        if let Some(modified) = modified {
            headers.try_append("Last-Modified", httpdate::fmt_http_date(modified))?;
        }
        headers.try_append("Accept-Ranges", "bytes")?;
        if let Some(hook) = &settings.hook {
            hook(&url, &mut headers)?;
        }
        Ok(Representation {
            headers,
            etag,
            modified,
            size: self.state.size,
        })
    }
}
