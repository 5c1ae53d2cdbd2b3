//! Why something is no setting of [`Trace`](super::Trace).

use thiserror::Error;

/// Why a share of traces was refused by [`Trace::sample_ratio`](super::Trace::sample_ratio).
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{ratio} is no share of traces; give a number from 0 (none) to 1 (all)")]
pub struct SampleRatioError {
    /// What was given.
    pub ratio: f64,
}
