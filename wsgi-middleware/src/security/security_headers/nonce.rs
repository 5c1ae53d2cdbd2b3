//! Nonces.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use wsgi_core::{ApplicationError, Environ, environ};

/// The nonce of one request, in its [`extensions`](Environ::extensions): what the policy of its response lets run.
///
/// 22 letters, digits, `-` and `_`, of 128 random bits.
///
/// # Specification
/// Content Security Policy Level 3, "Nonce Reuse" and "Nonce Stealing": at least 128 bits, another one for each response.
#[derive(Clone, Debug)]
pub struct CspNonce(Arc<str>);

impl CspNonce {
    /// As it stands in the attribute `nonce`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Makes one, for this request's application to see.
    pub(super) fn give(environ: &mut Environ) -> Result<Self, ApplicationError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(ApplicationError::raised)?;
        let mut text = [0; 22];
        let written = URL_SAFE_NO_PAD.encode_slice(bytes, &mut text);
        debug_assert_eq!(written, Ok(text.len()));
        let nonce = Self(String::from_utf8_lossy(&text).into());
        environ.set_var(environ::CSP_NONCE, text)?;
        environ.extensions_mut().insert(nonce.clone());
        Ok(nonce)
    }
}
