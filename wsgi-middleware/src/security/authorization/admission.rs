//! Who comes in, and what the application learns of it.

use wsgi_core::{Environ, EnvironError, environ};

use crate::security::exempt::Exempt;

/// What layers of all schemes have to be told, beside the credentials.
#[derive(Clone, Debug, Default)]
pub(crate) struct Admission {
    /// Of whom no credentials are asked.
    pub(crate) exempt: Exempt,
    pub(crate) anonymous: Anonymous,
    pub(crate) field: Field,
}

/// What becomes of requests without credentials of the scheme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Anonymous {
    #[default]
    Refused,
    Pass,
}

/// Whether the application gets the `Authorization` field of those who come in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Field {
    #[default]
    Kept,
    Removed,
}

impl Admission {
    /// Tells all further in, and the logs, who it is (RFC 3875 §4.1.1 "AUTH_TYPE" and §4.1.11 "REMOTE_USER").
    pub(crate) fn admit(
        &self,
        environ: &mut Environ,
        scheme: &str,
        user: &str,
    ) -> Result<(), EnvironError> {
        environ.set_var(environ::REMOTE_USER, user)?;
        environ.set_var(environ::AUTH_TYPE, scheme)?;
        if self.field == Field::Removed {
            environ.remove_var("HTTP_AUTHORIZATION");
        }
        Ok(())
    }
}

impl From<bool> for Anonymous {
    fn from(pass: bool) -> Self {
        if pass { Self::Pass } else { Self::Refused }
    }
}

impl From<bool> for Field {
    fn from(remove: bool) -> Self {
        if remove { Self::Removed } else { Self::Kept }
    }
}
