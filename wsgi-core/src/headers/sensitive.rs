//! Header fields whose values are nobody's business.

use std::sync::{Arc, LazyLock};

use super::{HeaderError, Headers};
use crate::Environ;
use crate::environ::header_name;

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
pub struct SensitiveNames(Arc<Names>);

#[derive(Debug, PartialEq, Eq)]
struct Names {
    /// As the variable has them.
    list: String,
    /// In lower case, none of them empty.
    each: Vec<String>,
}

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
        Self::of_names(Vec::new())
    }

    /// These besides, compared without case.
    ///
    /// # Errors
    /// [`HeaderError::EmptyName`] and [`HeaderError::Name`] for what is no name: a secret would be shown.
    pub fn with(
        self,
        names: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, HeaderError> {
        let mut added: Vec<String> = Vec::new();
        for name in names {
            let name = name.as_ref();
            Headers::new().check(name.as_bytes(), b"")?;
            if !self.contains(name) && !has(&added, name) {
                added.push(name.to_ascii_lowercase());
            }
        }
        match added.is_empty() {
            true => Ok(self),
            false => Ok(Self::of_names([self.0.each.clone(), added].concat())),
        }
    }

    fn of_names(each: Vec<String>) -> Self {
        let list = each.join(", ");
        Self(Arc::new(Names { list, each }))
    }

    /// A list that somebody has written into the variable; what is no name in it, no field will have.
    pub(crate) fn parse(list: &[u8]) -> Self {
        let list = String::from_utf8_lossy(list).into_owned();
        let names = list.split(',').map(str::trim_ascii);
        let names = names.filter(|name| !name.is_empty());
        let each = names.map(str::to_ascii_lowercase).collect();
        Self(Arc::new(Names { list, each }))
    }

    /// Those that a layer has put into the environ of this request; `None` where nobody did. Copies nothing, unless the
    /// names came from Python.
    ///
    /// Programs that show whole requests should then go by the default.
    pub fn of(environ: &Environ) -> Option<Self> {
        environ.sensitive_names()
    }

    /// Puts the names into the environ, for this request, in place of those that are there. Copies nothing, unless the
    /// environ is that of a server of Python.
    pub fn put(&self, environ: &mut Environ) {
        environ.set_sensitive_names(self.clone());
    }

    /// The list as the variable has it: names in lower case, with commas between them.
    pub fn as_str(&self) -> &str {
        &self.0.list
    }

    /// The names, in lower case.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.each.iter().map(String::as_str)
    }

    /// Whether the values of fields of this name are to be hidden.
    pub fn contains(&self, name: &str) -> bool {
        has(&self.0.each, name)
    }

    /// The same of a variable of the environ: of `HTTP_COOKIE` as of the field `Cookie`.
    pub fn contains_variable(&self, key: &str) -> bool {
        header_name(key).is_some_and(|name| self.contains(&name))
    }
}

impl Default for SensitiveNames {
    fn default() -> Self {
        static NAMES: LazyLock<SensitiveNames> =
            LazyLock::new(|| SensitiveNames::of_names(DEFAULT.map(str::to_owned).into()));
        NAMES.clone()
    }
}

/// Whether fields of this name bear credentials on most sites.
pub(crate) fn is_sensitive(name: &str) -> bool {
    DEFAULT.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn has(names: &[String], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
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
