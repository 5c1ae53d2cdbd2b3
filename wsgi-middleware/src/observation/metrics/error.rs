//! Why something is no setting of [`Metrics`](super::Metrics).

use thiserror::Error;

/// Why a setting of [`Metrics`](super::Metrics) was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetricsError {
    /// `PATH_INFO` begins with a slash, so that such a path is nobody's.
    #[error("path {path:?} does not start with a slash; write \"/{path}\"")]
    Path {
        /// The path as it was given.
        path: String,
    },
    /// Each bucket has the values between two bounds.
    #[error(
        "bucket bound {index} is not greater than the one before it; give bounds in growing order, above zero"
    )]
    Bounds {
        /// The index of the bound, counted from 0.
        index: usize,
    },
    /// Each bucket of each series costs memory, and a line of the exposition.
    #[error("there are more than {limit} bucket bounds; ten or fifteen do for most")]
    TooManyBounds {
        /// How many there may be.
        limit: usize,
    },
}
