//! Methods and fields.

use http::{HeaderName, Method};
use wsgi_core::{HeaderError, Headers};

use super::CorsError;

/// What is allowed, or exposed.
#[derive(Clone, Debug)]
pub(super) enum List {
    /// As it stands in the field; empty for none.
    These(String),
    /// `*`
    Any,
    /// What the request asks for.
    Mirrored,
}

impl Default for List {
    fn default() -> Self {
        Self::These(String::new())
    }
}

/// Of what a list is.
#[derive(Clone, Copy)]
pub(super) enum Names {
    Methods,
    Headers,
}

impl List {
    pub(super) fn of(
        kind: Names,
        names: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, CorsError> {
        let mut list = String::new();
        for name in names {
            let name = name.as_ref();
            kind.check(name)?;
            if !list.is_empty() {
                list.push_str(", ");
            }
            list.push_str(name);
        }
        Ok(Self::These(list))
    }

    /// Writes the field, unless nothing is allowed. `asked` is the request's field that asks for it.
    pub(super) fn write(
        &self,
        headers: &mut Headers,
        name: &str,
        asked: Option<&[u8]>,
    ) -> Result<(), HeaderError> {
        match (self, asked) {
            (Self::These(list), _) if list.is_empty() => Ok(()),
            (Self::These(list), _) => headers.try_append(name, list),
            (Self::Any, _) => headers.try_append(name, "*"),
            (Self::Mirrored, Some(asked)) => headers.try_append(name, asked),
            (Self::Mirrored, None) => Ok(()),
        }
    }
}

impl Names {
    fn check(self, name: &str) -> Result<(), CorsError> {
        let (is_one, kind) = match self {
            Self::Methods => (Method::from_bytes(name.as_bytes()).is_ok(), "method"),
            Self::Headers => (
                HeaderName::from_bytes(name.as_bytes()).is_ok(),
                "field name",
            ),
        };
        let mend = match (name, self) {
            ("*", _) => "all of them are a choice of its own, beside which nothing is named",
            // Fetch "Methods": browsers write five methods in upper case, and leave all others as they are.
            (name, Self::Methods) if name.eq_ignore_ascii_case("patch") && name != "PATCH" => {
                "methods are compared with their case; write \"PATCH\", in the script as well"
            }
            _ if is_one => return Ok(()),
            _ => "give one name: letters, digits and hyphens",
        };
        let name = name.to_owned();
        Err(CorsError::Name { name, kind, mend })
    }
}
