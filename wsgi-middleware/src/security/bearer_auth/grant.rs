//! What a token stands for.

/// Whose a token is, and what it may be used for; see [`BearerAuth`](super::BearerAuth).
///
/// A grant without [`scopes`](Self::scopes) is good where no scope is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    user: String,
    scopes: Vec<String>,
}

impl Grant {
    /// To this user, for no scope in particular. An empty name is nobody's, so that such a token counts as unknown.
    pub fn to(user: impl Into<String>) -> Self {
        Self {
            user: user.into(),
            scopes: Vec::new(),
        }
    }

    /// For these scopes besides. Text with spaces, as tokens of OAuth have it, is several.
    #[must_use]
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        for scope in scopes {
            let words = scope.as_ref().split_ascii_whitespace();
            self.scopes.extend(words.map(str::to_owned));
        }
        self
    }

    pub(super) fn user(&self) -> &str {
        &self.user
    }

    /// All of them, with spaces between them.
    pub(super) fn scope(&self) -> Option<String> {
        (!self.scopes.is_empty()).then(|| self.scopes.join(" "))
    }

    /// Whether it is good for all of these.
    pub(super) fn covers(&self, wanted: &[String]) -> bool {
        wanted.iter().all(|scope| self.scopes.contains(scope))
    }
}

impl From<&str> for Grant {
    fn from(user: &str) -> Self {
        Self::to(user)
    }
}

impl From<String> for Grant {
    fn from(user: String) -> Self {
        Self::to(user)
    }
}
