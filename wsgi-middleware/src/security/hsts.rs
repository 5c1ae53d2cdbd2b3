//! [`Hsts`]: what browsers are told to remember.

use std::time::Duration;

use thiserror::Error;
use wsgi_core::Headers;

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// `Strict-Transport-Security`: for how long browsers use `https` alone for this host, and whether for those below.
///
/// Nobody can take it back before that time is over, but by sending a `max-age` of 0 to each browser, over `https`. So
/// begin with minutes, and go on to a year, the default, when all works.
///
/// # Specification
/// RFC 6797 §6.1 "Strict-Transport-Security HTTP Response Header Field"
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hsts {
    max_age: Duration,
    include_subdomains: bool,
    preload: bool,
}

impl Hsts {
    /// For so long, in whole seconds; 0 makes browsers forget.
    pub const fn new(max_age: Duration) -> Self {
        Self {
            max_age,
            include_subdomains: false,
            preload: false,
        }
    }

    /// For all hosts below this one, too, whoever runs them. Default: no.
    #[must_use]
    pub const fn include_subdomains(mut self) -> Self {
        self.include_subdomains = true;
        self
    }

    /// Consents to be built into browsers, which takes months to be undone; the consent alone does nothing before the
    /// host is entered into their list. Default: no.
    ///
    /// # Errors
    /// What that list refuses: [`HstsError::MaxAge`] below a year, [`HstsError::Subdomains`] without
    /// [`include_subdomains`](Self::include_subdomains), which comes first.
    pub fn preload(mut self) -> Result<Self, HstsError> {
        if self.max_age < YEAR {
            return Err(HstsError::MaxAge {
                seconds: self.max_age.as_secs(),
            });
        }
        if !self.include_subdomains {
            return Err(HstsError::Subdomains);
        }
        self.preload = true;
        Ok(self)
    }

    /// The field, as a list to be added where it is missing.
    pub(crate) fn fields(&self) -> Headers {
        let mut value = format!("max-age={}", self.max_age.as_secs());
        if self.include_subdomains {
            value.push_str("; includeSubDomains");
        }
        if self.preload {
            value.push_str("; preload");
        }
        let fields = Headers::try_from_pairs([("Strict-Transport-Security", value)]);
        fields.expect("the value has no control characters")
    }
}

/// A year.
impl Default for Hsts {
    fn default() -> Self {
        Self::new(YEAR)
    }
}

/// Why a host cannot be preloaded.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum HstsError {
    /// The list asks for a year at least.
    #[error("hsts preload: max-age {seconds} is too short; give 31536000 seconds, a year, or more")]
    MaxAge {
        /// The time as it was given.
        seconds: u64,
    },
    /// The list has whole domains.
    #[error("hsts preload: hosts below are left out; include subdomains, too")]
    Subdomains,
}
