//! Why a configuration is refused.

use thiserror::Error;

use crate::security::origin::OriginError;

/// Why [`Cors`](crate::Cors) cannot be configured like this.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum CorsError {
    /// No origin, or one that is everybody's.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// No regular expression.
    #[error("origin pattern {pattern:?} is no regular expression")]
    Pattern {
        /// The pattern as it was given.
        pattern: String,
        /// What is wrong with it.
        source: Box<regex::Error>,
    },
    /// RFC 9110 §5.6.2 "Tokens": methods and field names are tokens, and `*` has a method of its own here.
    #[error("{name:?} is no {kind}; {mend}")]
    Name {
        /// The name as it was given.
        name: String,
        /// `method` or `field name`.
        kind: &'static str,
        /// What to do.
        mend: &'static str,
    },
    /// Fetch "CORS protocol and credentials": with credentials `*` allows nothing.
    #[error(
        "{field}: \"*\" does not count where credentials are allowed; name what is allowed, or mirror it"
    )]
    Credentials {
        /// The response field.
        field: &'static str,
    },
    /// Any site can make a page of the origin `null`, so all of them would act for their visitors.
    #[error("origin \"null\" is everybody's; it cannot be allowed together with credentials")]
    NullWithCredentials,
}
