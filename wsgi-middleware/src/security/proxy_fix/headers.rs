//! The header fields that proxies tell by.

use std::str::FromStr;

use thiserror::Error;
use wsgi_core::Headers;

/// What a proxy may tell; see [`ProxyFix::believe`](super::ProxyFix::believe).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForwardedField {
    /// The client's address.
    For,
    /// The scheme of the URL, `http` or `https`.
    Proto,
    /// The host that the client asked for.
    Host,
    /// The port that the client connected to.
    Port,
    /// The path that the proxy has cut off.
    Prefix,
}

impl ForwardedField {
    const ALL: [Self; 5] = [Self::For, Self::Proto, Self::Host, Self::Port, Self::Prefix];

    /// The header field that tells it.
    pub(super) const fn header(self) -> &'static str {
        match self {
            Self::For => "X-Forwarded-For",
            Self::Proto => "X-Forwarded-Proto",
            Self::Host => "X-Forwarded-Host",
            Self::Port => "X-Forwarded-Port",
            Self::Prefix => "X-Forwarded-Prefix",
        }
    }
}

/// In which syntax the proxy tells; see [`ProxyFix::syntax`](super::ProxyFix::syntax).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForwardedSyntax {
    /// The fields `X-Forwarded-For`, `-Proto`, `-Host`, `-Port` and `-Prefix`. The default.
    #[default]
    XForwarded,
    /// The field `Forwarded` of RFC 7239; it knows no prefix, and the port is part of the host.
    Rfc7239,
}

pub(super) const FORWARDED: &str = "Forwarded";

/// The header fields that are believed: one syntax, and what of it.
///
/// Read from a list that is separated by commas: either `forwarded`, the field of RFC 7239 with all that it tells, or
/// some of `x-forwarded-for`, `x-forwarded-proto`, `x-forwarded-host`, `x-forwarded-port` and `x-forwarded-prefix`. An
/// empty list is none. Default: `x-forwarded-for,x-forwarded-proto`.
///
/// Never both: a proxy that writes the one passes the other on from the client.
///
/// # Examples
/// ```
/// use wsgi_middleware::ForwardedHeaders;
///
/// "X-Forwarded-For, X-Forwarded-Host".parse::<ForwardedHeaders>()?;
/// "forwarded,x-forwarded-for".parse::<ForwardedHeaders>().unwrap_err();
/// # Ok::<(), wsgi_middleware::ForwardedHeadersError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForwardedHeaders {
    pub(super) syntax: ForwardedSyntax,
    /// In the order of [`ForwardedField`].
    believed: [bool; 5],
}

impl ForwardedHeaders {
    /// None: what proxies tell changes nothing.
    pub const NONE: Self = Self {
        syntax: ForwardedSyntax::XForwarded,
        believed: [false; 5],
    };

    pub(super) fn with_fields(self, fields: impl IntoIterator<Item = ForwardedField>) -> Self {
        let mut believed = [false; 5];
        for field in fields {
            believed[field as usize] = true;
        }
        Self { believed, ..self }
    }

    pub(super) fn contain(&self, field: ForwardedField) -> bool {
        self.believed[field as usize]
    }

    /// Whether a request has one of them.
    #[inline]
    pub(super) fn are_told(&self, request: &Headers) -> bool {
        match self.syntax {
            ForwardedSyntax::Rfc7239 => {
                self.believed != Self::NONE.believed && request.contains(FORWARDED)
            }
            ForwardedSyntax::XForwarded => {
                let mut fields = ForwardedField::ALL.into_iter();
                fields.any(|field| self.contain(field) && request.contains(field.header()))
            }
        }
    }
}

impl Default for ForwardedHeaders {
    fn default() -> Self {
        Self::NONE.with_fields([ForwardedField::For, ForwardedField::Proto])
    }
}

impl FromStr for ForwardedHeaders {
    type Err = ForwardedHeadersError;

    fn from_str(list: &str) -> Result<Self, ForwardedHeadersError> {
        let (mut fields, mut has_forwarded) = (Vec::new(), false);
        for name in list
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            if name.eq_ignore_ascii_case(FORWARDED) {
                has_forwarded = true;
                continue;
            }
            let is_it = |field: &ForwardedField| field.header().eq_ignore_ascii_case(name);
            let field = ForwardedField::ALL.into_iter().find(is_it);
            fields.push(field.ok_or_else(|| ForwardedHeadersError::Name(name.to_owned()))?);
        }
        match (has_forwarded, fields.is_empty()) {
            (true, false) => Err(ForwardedHeadersError::BothSyntaxes),
            (true, true) => Ok(Self {
                syntax: ForwardedSyntax::Rfc7239,
                ..Self::NONE
            }
            .with_fields(ForwardedField::ALL)),
            (false, _) => Ok(Self::NONE.with_fields(fields)),
        }
    }
}

/// Why a list of header fields was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForwardedHeadersError {
    /// Not one that is known.
    #[error(
        "{0:?} is no header field that can be believed; write forwarded, or some of x-forwarded-for, \
         x-forwarded-proto, x-forwarded-host, x-forwarded-port and x-forwarded-prefix"
    )]
    Name(String),
    /// `forwarded` beside others.
    #[error(
        "forwarded and x-forwarded-… cannot both be believed, for a proxy that writes one passes the other on from the \
         client; name those that yours writes"
    )]
    BothSyntaxes,
}

/// Whether only a proxy has reason to send this field: `Forwarded`, all `X-Forwarded-…` (some proxies tell user names
/// and certificates so) and `X-Real-IP`.
#[inline]
pub(super) fn is_for_proxies(name: &str) -> bool {
    // Asked of every field of every request, and nearly always no by the first letter.
    match name.as_bytes().first() {
        Some(b'X' | b'x' | b'F' | b'f') => is_one_of_proxies(name.as_bytes()),
        _ => false,
    }
}

fn is_one_of_proxies(name: &[u8]) -> bool {
    let is_x = |name: &[u8]| name.eq_ignore_ascii_case(b"x-forwarded-");
    name.get(..12).is_some_and(is_x)
        || name.eq_ignore_ascii_case(b"x-real-ip")
        || name.eq_ignore_ascii_case(FORWARDED.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_name_one_syntax() {
        use ForwardedField::{For, Port, Prefix};
        let x = |fields: &[ForwardedField]| ForwardedHeaders::NONE.with_fields(fields.to_vec());
        for (list, wanted) in [
            ("", x(&[])),
            ("x-forwarded-for", x(&[For])),
            (" X-Forwarded-Port ,x-forwarded-prefix,", x(&[Port, Prefix])),
            ("x-forwarded-for,X-FORWARDED-FOR", x(&[For])),
        ] {
            assert_eq!(list.parse(), Ok(wanted), "{list}");
        }
        let rfc: ForwardedHeaders = "Forwarded".parse().unwrap();
        assert_eq!(rfc.syntax, ForwardedSyntax::Rfc7239);
        assert!(ForwardedField::ALL.iter().all(|&field| rfc.contain(field)));
        for (list, wanted) in [
            (
                "x-real-ip",
                ForwardedHeadersError::Name("x-real-ip".to_owned()),
            ),
            ("for", ForwardedHeadersError::Name("for".to_owned())),
            (
                "x-forwarded-for,forwarded",
                ForwardedHeadersError::BothSyntaxes,
            ),
        ] {
            assert_eq!(list.parse::<ForwardedHeaders>(), Err(wanted), "{list}");
        }
    }

    #[test]
    fn fields_of_proxies_are_known_by_their_names() {
        for name in [
            "Forwarded",
            "forwarded",
            "X-Forwarded-For",
            "x-forwarded-ssl",
            "X-REAL-IP",
        ] {
            assert!(is_for_proxies(name), "{name}");
        }
        for name in [
            "",
            "X",
            "Host",
            "X-Forwarded",
            "X-Forward-For",
            "Forwarded-For",
            "X-Real-IPs",
            "Via",
        ] {
            assert!(!is_for_proxies(name), "{name}");
        }
    }
}
