//! What `WWW-Authenticate` says.

use wsgi_core::{HeaderError, Headers};

/// A scheme with its parameters: `Basic realm="Shop", charset="UTF-8"`.
#[derive(Clone, Debug)]
pub(crate) struct Challenge(String);

impl Challenge {
    /// RFC 9110 §11.5 "Establishing a Protection Space (Realm)": a sender quotes the realm, token or not.
    pub(crate) fn new(scheme: &str, realm: &str) -> Self {
        Self(format!("{scheme} realm={}", quoted(realm)))
    }

    #[must_use]
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        Self(format!("{}, {name}={}", self.0, quoted(value)))
    }

    /// Itself, if a field can have it.
    ///
    /// # Errors
    /// [`HeaderError::Value`] for control characters.
    pub(crate) fn checked(self) -> Result<Self, HeaderError> {
        Headers::new().try_append("WWW-Authenticate", &self.0)?;
        Ok(self)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// RFC 9110 §5.6.4 "Quoted Strings"
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_leave_their_quotes() {
        let challenge = Challenge::new("Basic", r#"a "b" \c", realm="d"#).with("charset", "UTF-8");
        let wanted = r#"Basic realm="a \"b\" \\c\", realm=\"d", charset="UTF-8""#;
        assert_eq!(challenge.checked().unwrap().as_str(), wanted);
        Challenge::new("Basic", "a\r\nb").checked().unwrap_err();
    }
}
