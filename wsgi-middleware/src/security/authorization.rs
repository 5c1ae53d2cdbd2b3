//! The field `Authorization`: what the layers that ask for credentials share.

mod admission;
mod challenge;
mod table;

pub(crate) use admission::{Admission, Anonymous};
pub(crate) use challenge::Challenge;
pub(crate) use table::Table;
use wsgi_core::Environ;

/// What a request brings for one scheme.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Given<'e> {
    Nothing,
    /// What follows the scheme, without the spaces around it; perhaps nothing.
    Credentials(&'e [u8]),
    /// RFC 9110 §5.3 "Field Order": the field is no list, so with two of them nobody can know which one counts.
    Several,
}

impl<'e> Given<'e> {
    /// By the scheme of this name, which is compared without case (RFC 9110 §11.1 "Authentication Scheme").
    pub(crate) fn read(environ: &'e Environ, scheme: &str) -> Self {
        let mut fields = environ.headers().get_all("Authorization");
        let Some(value) = fields.next() else {
            return Self::Nothing;
        };
        if fields.next().is_some() {
            return Self::Several;
        }
        let value = value.trim_ascii();
        let end = value.iter().position(|&byte| byte == b' ');
        let (name, credentials) = value.split_at(end.unwrap_or(value.len()));
        match name.eq_ignore_ascii_case(scheme.as_bytes()) {
            true => Self::Credentials(credentials.trim_ascii()),
            false => Self::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_is_compared_without_case_and_is_a_word() {
        const CASES: &[(&[&str], Given<'_>)] = &[
            (&[], Given::Nothing),
            (&[""], Given::Nothing),
            (&["Basic dTpw"], Given::Credentials(b"dTpw")),
            (&["bAsIc   dTpw "], Given::Credentials(b"dTpw")),
            (&["Basic"], Given::Credentials(b"")),
            (&["Basic\tdTpw"], Given::Nothing),
            (&["Basics dTpw"], Given::Nothing),
            (&["Digest username=\"Basic dTpw\""], Given::Nothing),
            (&["Basic dTpw", "Bearer t"], Given::Several),
            (&["Basic dTpw", "Basic dTpw"], Given::Several),
        ];
        for (fields, wanted) in CASES {
            let mut environ = Environ::new();
            for field in *fields {
                let headers = environ.headers_mut();
                headers.try_append("Authorization", field).unwrap();
            }
            assert_eq!(Given::read(&environ, "Basic"), *wanted, "{fields:?}");
        }
    }
}
