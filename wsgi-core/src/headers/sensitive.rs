//! Header fields whose values are nobody's business.

use std::sync::Arc;

use super::{HeaderError, Headers};
use crate::Environ;
use crate::environ::{SENSITIVE_HEADERS, header_name};

/// Names of header fields, of requests and of responses, whose values are secrets: logs, error pages and debugging
/// output show [`HIDDEN`](Self::HIDDEN) in their place.
///
/// The default is what bears credentials on most sites: `Authorization`, `Proxy-Authorization`, `Cookie`, `Set-Cookie`,
/// `X-Api-Key`, `X-Auth-Token`, `X-Csrf-Token`, `X-Csrftoken` and `X-Xsrf-Token`. These are hidden from the debugging
/// output of [`Headers`](crate::Headers) and [`Environ`] in any case.
///
/// A request carries its names as the variable `wsgi_rs.sensitive_headers`, where layers of Python find them, too.
/// Cheap to clone.
///
/// # Examples
/// ```
/// use wsgi_core::{Environ, SensitiveNames};
///
/// let mut environ = Environ::new();
/// assert_eq!(SensitiveNames::of(&environ), None);
/// SensitiveNames::default().with(["X-Session"])?.put(&mut environ);
/// let names = SensitiveNames::of(&environ).unwrap_or_default();
/// assert!(names.contains("authorization") && names.contains("X-SESSION"));
/// assert!(names.contains_variable("HTTP_X_SESSION") && !names.contains_variable("PATH_INFO"));
/// # Ok::<(), wsgi_core::HeaderError>(())
/// ```
///
/// # Specification
/// RFC 9110 §17.9 "Disclosure of Sensitive Information"; RFC 6265 §8.3 "Clear Text".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SensitiveNames(Arc<str>);

const DEFAULT: [&str; 9] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "x-auth-token",
    "x-csrf-token",
    "x-csrftoken",
    "x-xsrf-token",
];

impl SensitiveNames {
    /// What stands in the place of a value.
    pub const HIDDEN: &'static str = "***";

    /// None at all.
    pub fn none() -> Self {
        Self("".into())
    }

    /// These besides, compared without case.
    ///
    /// # Errors
    /// [`HeaderError::EmptyName`] and [`HeaderError::Name`] for what is no name: a secret would be shown.
    pub fn with(
        self,
        names: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, HeaderError> {
        let mut list = self.0.to_string();
        for name in names {
            Headers::new().check(name.as_ref().as_bytes(), b"")?;
            let name = name.as_ref().to_ascii_lowercase();
            if !contains(&list, &name) {
                let separator = if list.is_empty() { "" } else { ", " };
                list.push_str(separator);
                list.push_str(&name);
            }
        }
        Ok(Self(list.into()))
    }

    /// Those that a layer has put into the environ of this request; `None` where nobody did.
    ///
    /// Programs that show whole requests should then go by the default.
    pub fn of(environ: &Environ) -> Option<Self> {
        let list = environ.var(SENSITIVE_HEADERS)?;
        Some(Self(String::from_utf8_lossy(&list).into()))
    }

    /// Puts the names into the environ, for this request.
    pub fn put(&self, environ: &mut Environ) {
        // Of a variable that is none of the specification's, every value is taken.
        let _ = environ.set_var(SENSITIVE_HEADERS, self.as_str());
    }

    /// The list as the variable has it: names in lower case, with commas between them.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names, in lower case.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let names = self.0.split(',').map(str::trim_ascii);
        names.filter(|name| !name.is_empty())
    }

    /// Whether the values of fields of this name are to be hidden.
    pub fn contains(&self, name: &str) -> bool {
        contains(&self.0, name)
    }

    /// The same of a variable of the environ: of `HTTP_COOKIE` as of the field `Cookie`.
    pub fn contains_variable(&self, key: &str) -> bool {
        header_name(key).is_some_and(|name| self.contains(&name))
    }
}

impl Default for SensitiveNames {
    fn default() -> Self {
        Self(DEFAULT.join(", ").into())
    }
}

/// Whether fields of this name bear credentials on most sites.
pub(crate) fn is_sensitive(name: &str) -> bool {
    DEFAULT.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn contains(list: &str, name: &str) -> bool {
    list.split(',')
        .any(|known| known.trim().eq_ignore_ascii_case(name) && !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Headers;

    #[test]
    fn debugging_output_has_no_secrets() {
        let headers =
            Headers::try_from_pairs([("Authorization", "Basic dTpw"), ("X-Other", "seen")])
                .unwrap();
        let shown = format!("{headers:?} {:?}", headers.to_header_map());
        assert!(!shown.contains("dTpw") && shown.contains("seen"), "{shown}");
    }

    #[test]
    fn that_of_an_environ_goes_by_the_names_it_has() {
        let mut environ = Environ::new();
        for (name, value) in [("Cookie", "c1"), ("X-Token", "t1"), ("X-Other", "seen")] {
            environ.headers_mut().try_append(name, value).unwrap();
        }
        let shown = format!("{environ:?}");
        assert!(!shown.contains("c1") && shown.contains("t1") && shown.contains("seen"));
        SensitiveNames::default()
            .with(["X-Token"])
            .unwrap()
            .put(&mut environ);
        let shown = format!("{environ:?} {:?}", environ.to_request().headers());
        assert!(!shown.contains("c1") && !shown.contains("t1") && shown.contains("seen"));
    }

    #[test]
    fn a_list_has_names_alone_and_each_once() {
        let names = SensitiveNames::none().with(["X-A", "x-a", "X-B"]).unwrap();
        assert_eq!(names.as_str(), "x-a, x-b");
        assert_eq!(names.iter().collect::<Vec<_>>(), ["x-a", "x-b"]);
        for wrong in ["", "no name", "a,b", "Cookie:"] {
            names.clone().with([wrong]).unwrap_err();
        }
        assert!(!names.contains("") && !names.contains("x-a, x-b"));
        assert!(!SensitiveNames::none().contains(""));
    }
}
