//! Statuses that have a page.

use std::ops::RangeInclusive;

use super::{ErrorPagesError, is_error};

/// A status that tells an error, or a range of them: made of `404`, or of `500..=599`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorStatuses {
    first: u16,
    last: u16,
}

impl ErrorStatuses {
    pub(super) fn checked(self) -> Result<Self, ErrorPagesError> {
        if is_error(self.first) && is_error(self.last) && self.first <= self.last {
            return Ok(self);
        }
        Err(ErrorPagesError::Status {
            first: self.first,
            last: self.last,
        })
    }

    pub(super) fn contains(self, code: u16) -> bool {
        (self.first..=self.last).contains(&code)
    }

    /// How far it is from being a single status.
    pub(super) fn width(self) -> u16 {
        self.last - self.first
    }
}

impl From<u16> for ErrorStatuses {
    fn from(code: u16) -> Self {
        Self {
            first: code,
            last: code,
        }
    }
}

impl From<RangeInclusive<u16>> for ErrorStatuses {
    fn from(codes: RangeInclusive<u16>) -> Self {
        let (first, last) = codes.into_inner();
        Self { first, last }
    }
}
