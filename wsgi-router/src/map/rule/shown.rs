//! How rules are read from texts, shown and compared.

use std::fmt::{Debug, Display, Formatter, Result as FmtResult};
use std::sync::Arc;

use super::{RedirectTo, Rule};

/// Texts are compared, functions by their identity.
impl PartialEq for RedirectTo {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Template(a), Self::Template(b)) => a == b,
            (Self::Function(a), Self::Function(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

/// Text with `<` in it is in Werkzeug's syntax, any other in that of the crate `matchit`.
impl From<&str> for Rule {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

/// As from `&str`.
impl From<String> for Rule {
    fn from(text: String) -> Self {
        if text.contains('<') {
            Self::new(text)
        } else {
            Self::braced(text)
        }
    }
}

/// As from `&str`.
impl From<&String> for Rule {
    fn from(text: &String) -> Self {
        Self::from(text.clone())
    }
}

/// The pattern as it was written.
impl Display for Rule {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str(&self.text)
    }
}

/// `/users/<id> (GET, HEAD) -> user`
impl Debug for Rule {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        if let Some(domain) = self.domain() {
            write!(f, "{domain}|")?;
        }
        f.write_str(&self.text)?;
        if let Some(methods) = &self.methods {
            write!(f, " ({})", methods.join(", "))?;
        }
        if self.websocket {
            f.write_str(" (websocket)")?;
        }
        write!(f, " -> {}", self.endpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_equal_until_it_is_changed() {
        let rule = Rule::new("/foo")
            .default("a", 1)
            .subdomain("x")
            .methods(["post"]);
        let rule = rule.redirect_with(|_, _| "/".to_owned());
        assert_eq!(rule.clone(), rule);
        assert_ne!(rule.clone().default("a", 2), rule);
        assert_ne!(rule.clone().methods(["GET"]), rule);
        assert_ne!(rule.clone().with_text("/bar"), rule);
        assert_ne!(rule.clone().redirect_with(|_, _| "/".to_owned()), rule);
        assert_ne!(rule.clone().redirect_to("/"), rule);
        assert_ne!(Rule::braced("/foo"), Rule::new("/foo"));
    }

    #[test]
    fn a_rule_is_shown_as_it_was_written() {
        let rule = Rule::new("/<int:id>/")
            .endpoint("e")
            .host("h")
            .methods(["get"])
            .websocket(true);
        assert_eq!(rule.to_string(), "/<int:id>/");
        assert_eq!(
            format!("{rule:?}"),
            "h|/<int:id>/ (GET, HEAD) (websocket) -> e"
        );
    }
}
