//! Why a configuration is refused.

use thiserror::Error;
use wsgi_core::HeaderError;

/// Why a field cannot be set like this.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecurityHeadersError {
    /// A name or value that no field has.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// A value that browsers ignore.
    #[error("{name}: {value:?} is no value of this field; use one of {values}")]
    Value {
        /// The field.
        name: &'static str,
        /// What was given.
        value: String,
        /// What it may be.
        values: String,
    },
    /// RFC 6797 §7.2 "HTTP Request Type": not by `http`.
    #[error("Strict-Transport-Security is for responses by https alone; use the option hsts")]
    Hsts,
}

/// Why a policy cannot be like this.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CspError {
    /// No directive of that name, or one that browsers have given up.
    #[error(
        "content security policy: no directive is called {name:?}; use one such as \"script-src\""
    )]
    Directive {
        /// The name as it was given.
        name: String,
    },
    /// Content Security Policy §2.3.1 "Source Lists", or the grammar of the directive.
    #[error("content security policy: {value:?} is nothing that {directive} can have; {mend}")]
    Value {
        /// The directive.
        directive: &'static str,
        /// The value as it was given.
        value: String,
        /// What to do.
        mend: &'static str,
    },
    /// `'none'` beside others means nothing.
    #[error(
        "content security policy: {directive} has 'none' beside other sources; give it alone, or leave it out"
    )]
    NoneAndOthers {
        /// The directive.
        directive: &'static str,
    },
    /// A directive that needs values.
    #[error("content security policy: {directive} has no value; give one, such as \"'none'\"")]
    Missing {
        /// The directive.
        directive: &'static str,
    },
}
