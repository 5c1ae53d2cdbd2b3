//! Redirects: their status, and what may stand in `Location`.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_encode};
use thiserror::Error;
use wsgi_core::{ApplicationError, Body, Environ, StartResponse, StatusLine};

use crate::common::start::answer;

/// What can stand in no URL (RFC 3986 §2 "Characters"). A `%` is there already; browsers take a backslash for a slash.
pub(crate) const NO_URL: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');
/// What would be read as another part of the URL when it stands in a decoded path.
pub(crate) const NO_PATH: &AsciiSet = &NO_URL.add(b'%').add(b'?');
/// All but the unreserved characters (RFC 3986 §2.3), for a value in a query.
const NO_VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The status of a redirect.
///
/// # Specification
/// RFC 9110 §15.4 "Redirection 3xx"
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectStatus {
    /// `301`: for good. Clients come back by `GET` after a `POST`.
    MovedPermanently,
    /// `302`: for now. Clients come back by `GET` after a `POST`.
    Found,
    /// `303`: the answer is elsewhere, and got by `GET`.
    SeeOther,
    /// `307`: for now, with the same method and body.
    TemporaryRedirect,
    /// `308`: for good, with the same method and body.
    PermanentRedirect,
}

impl RedirectStatus {
    /// As a number.
    pub fn code(self) -> u16 {
        self.line().code()
    }

    fn line(self) -> StatusLine {
        match self {
            Self::MovedPermanently => const { StatusLine::from_static("301 Moved Permanently") },
            Self::Found => const { StatusLine::from_static("302 Found") },
            Self::SeeOther => const { StatusLine::from_static("303 See Other") },
            Self::TemporaryRedirect => const { StatusLine::from_static("307 Temporary Redirect") },
            Self::PermanentRedirect => const { StatusLine::from_static("308 Permanent Redirect") },
        }
    }
}

impl TryFrom<u16> for RedirectStatus {
    type Error = RedirectStatusError;

    fn try_from(code: u16) -> Result<Self, RedirectStatusError> {
        match code {
            301 => Ok(Self::MovedPermanently),
            302 => Ok(Self::Found),
            303 => Ok(Self::SeeOther),
            307 => Ok(Self::TemporaryRedirect),
            308 => Ok(Self::PermanentRedirect),
            code => Err(RedirectStatusError { code }),
        }
    }
}

/// A number that is the status of no redirect.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("status {code} is no redirect with a Location; use 301, 302, 303, 307 or 308")]
pub struct RedirectStatusError {
    /// The number as it was given.
    pub code: u16,
}

/// A URL in the making.
#[derive(Default)]
pub(crate) struct Location(String);

impl Location {
    /// On this host, when `origin` is empty; else at `https://example.org` and its like.
    pub(crate) fn at(origin: &str) -> Self {
        Self(origin.to_owned())
    }

    /// Adds to the path bytes that are not encoded yet.
    pub(crate) fn push_path(&mut self, decoded: &[u8]) {
        self.0.extend(percent_encode(decoded, NO_PATH));
    }

    /// Adds text that is one of a URL already; what can be none is encoded.
    pub(crate) fn push_encoded(&mut self, text: &[u8]) {
        self.0.extend(percent_encode(text, NO_URL));
    }

    /// Adds a value to a query or fragment.
    pub(crate) fn push_value(&mut self, decoded: &[u8]) {
        self.0.extend(percent_encode(decoded, NO_VALUE));
    }

    /// Adds the query that the request has, behind the one that there may be already.
    pub(crate) fn push_query(&mut self, query: &[u8]) {
        if !query.is_empty() {
            self.0.push(if self.0.contains('?') { '&' } else { '?' });
            self.push_encoded(query);
        }
    }

    /// Adds one of `?` and `#`.
    #[cfg(feature = "redirect")]
    pub(crate) fn push_mark(&mut self, mark: char) {
        self.0.push(mark);
    }

    /// Makes sure that a URL without an origin is one of this host.
    ///
    /// `//evil.example` would name another one; `/.//evil.example` is the same path on this host (RFC 3986 §4.2
    /// "Relative Reference").
    pub(crate) fn on_this_host(mut self) -> Self {
        if self.0.starts_with("//") {
            self.0.insert_str(0, "/.");
        } else if !self.0.starts_with('/') {
            self.0.insert(0, '/');
        }
        self
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Answers with a redirect there.
    pub(crate) fn answer(
        &self,
        status: RedirectStatus,
        environ: &Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let fields = [("Location", self.as_str())];
        answer(environ, start_response, status.line(), &fields, None)
    }
}
