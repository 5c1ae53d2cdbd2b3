//! What debugging output shows of an environ.

use std::fmt;

use super::Environ;
use crate::SensitiveNames;

/// Without the values of fields that [`SensitiveNames`] covers, those of this request or the default.
impl fmt::Debug for Environ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = SensitiveNames::of(self).unwrap_or_default();
        f.debug_struct("Environ")
            .field("method", &self.method)
            .field("version", &self.version)
            .field("target", &Text(&self.target))
            .field("script_name", &Text(&self.script_name))
            .field("path_info", &Text(&self.path_info))
            .field("query_string", &Text(&self.query_string))
            .field("headers", &Fields(self, &names))
            .field("variables", &Variables(self, &names))
            .field("extensions", &self.extensions)
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

/// Bytes that are mostly ASCII.
struct Text<'b>(&'b [u8]);

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

struct Fields<'e>(&'e Environ, &'e SensitiveNames);

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(name, value)| match self.1.contains(name) {
            true => (name, Text(SensitiveNames::HIDDEN.as_bytes())),
            false => (name, Text(value)),
        };
        let fields = self.0.headers().iter().map(shown);
        f.debug_list().entries(fields).finish()
    }
}

struct Variables<'e>(&'e Environ, &'e SensitiveNames);

impl fmt::Debug for Variables<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(key, value): &'_ (String, Option<Vec<u8>>)| {
            let hidden = Some(SensitiveNames::HIDDEN.as_bytes().to_vec());
            let value = if self.1.contains_variable(key) {
                hidden
            } else {
                value.clone()
            };
            (
                key.clone(),
                value.map(|value| value.escape_ascii().to_string()),
            )
        };
        f.debug_map()
            .entries(self.0.variables.iter().map(shown))
            .finish()
    }
}
