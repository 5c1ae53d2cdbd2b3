//! Early hints: what a client may begin to load while the application still works on its answer.

use std::error::Error;

use thiserror::Error;

use crate::{HeaderError, Headers, is_hop_by_hop};

/// The header fields of a `103 Early Hints` response, fit to be sent.
///
/// Mostly `Link` fields. They are hints: the client may ignore them, and the response proper repeats what matters.
///
/// # Examples
/// ```
/// use wsgi_core::{ApplicationError, Body, EarlyHints, Environ, StartResponse, StatusLine};
///
/// fn page(_: &mut Environ, start_response: &mut dyn StartResponse) -> Result<Body, ApplicationError> {
///     let hints = EarlyHints::try_from_pairs([("Link", "</style.css>; rel=preload; as=style")])?;
///     start_response.early_hints(&hints)?; // the client has them before the slow part begins
///     start_response.start(StatusLine::OK, [("Content-Type", "text/html")])?;
///     Ok(Body::from("<link rel=stylesheet href=/style.css>"))
/// }
/// # use wsgi_core::testing::Recorder;
/// # let mut recorder = Recorder::default();
/// # page(&mut Environ::new(), &mut recorder)?;
/// # assert_eq!(recorder.early_hints.len(), 1);
/// # Ok::<(), ApplicationError>(())
/// ```
///
/// # Specification
/// [RFC 8297](https://www.rfc-editor.org/rfc/rfc8297) "An HTTP Status Code for Indicating Hints"; RFC 9110 §15.2
/// "Informational 1xx"
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlyHints(Headers);

impl EarlyHints {
    /// Takes fields that may stand in an interim response.
    ///
    /// # Errors
    /// [`HeaderError::HopByHop`], as for `start_response`; [`HeaderError::NotInterim`] for `Content-Length`.
    pub fn new(headers: Headers) -> Result<Self, HeaderError> {
        for (index, (name, _)) in headers.iter().enumerate() {
            if is_hop_by_hop(name) {
                let name = name.to_owned();
                return Err(HeaderError::HopByHop { index, name });
            }
            if name.eq_ignore_ascii_case("content-length") {
                let name = name.to_owned();
                return Err(HeaderError::NotInterim { index, name });
            }
        }
        Ok(Self(headers))
    }

    /// Collects names and values, checking each.
    ///
    /// # Errors
    /// As [`new`](EarlyHints::new) and [`Headers::try_append`].
    pub fn try_from_pairs<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, HeaderError> {
        Self::new(Headers::try_from_pairs(pairs)?)
    }

    /// The fields.
    pub fn headers(&self) -> &Headers {
        &self.0
    }
}

/// Why hints were refused that are fit to be sent.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EarlyHintsError {
    /// By an outer layer's own reason, such as an exception of a Python server's `wsgi.early_hints`.
    #[error(transparent)]
    Other(Box<dyn Error + Send + Sync>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interim_response_has_neither_content_nor_a_connection_of_its_own() {
        EarlyHints::try_from_pairs([("Link", "</a>; rel=preload"), ("link", "</b>")]).unwrap();
        for name in ["Content-Length", "content-length"] {
            let error = EarlyHints::try_from_pairs([("Link", "</a>"), (name, "0")]).unwrap_err();
            let name = name.to_owned();
            assert_eq!(error, HeaderError::NotInterim { index: 1, name });
        }
        for name in ["Connection", "transfer-encoding", "Upgrade"] {
            let error = EarlyHints::try_from_pairs([(name, "x")]).unwrap_err();
            assert!(matches!(error, HeaderError::HopByHop { index: 0, .. }));
        }
        let split = EarlyHints::try_from_pairs([("Link", "</a>\r\nSet-Cookie: a=1")]).unwrap_err();
        assert!(matches!(split, HeaderError::Value { byte: b'\r', .. }));
    }
}
