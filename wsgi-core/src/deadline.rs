//! [`RequestDeadline`]: until when a request should be answered.

use std::time::{Duration, Instant};

use thiserror::Error;

use crate::ApplicationError;

/// The moment by which the response of a request should be complete, for all who work at it.
///
/// Who gives requests a time, as the middleware `Deadline` does, puts one into
/// [`Environ::extensions_mut`](crate::Environ::extensions_mut). Rust layers find it in
/// [`Environ::extensions`](crate::Environ::extensions), a Python application as `environ["wsgi_rs.deadline"]`: a float, in
/// seconds of the clock that `time.monotonic()` reads. The interpreter's border is crossed both ways.
///
/// Nothing is stopped by it. An application asks how much is left before it begins something long, and gives that to
/// its database, and to the servers that it asks itself.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use wsgi_core::{Environ, RequestDeadline};
///
/// let mut environ = Environ::new();
/// environ.extensions_mut().insert(RequestDeadline::after(Duration::from_secs(10)));
///
/// let deadline = environ.extensions().get::<RequestDeadline>();
/// let left = deadline.map_or(Duration::MAX, RequestDeadline::remaining);
/// assert!(left <= Duration::from_secs(10));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestDeadline(Instant);

/// A request's time is over before its response is complete.
///
/// An application that gives up may fail with it ([`RequestDeadline::check`]): the middleware `Deadline` makes it a `504`.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the request's deadline has passed")]
pub struct DeadlineExceeded;

impl RequestDeadline {
    /// That moment.
    pub const fn at(moment: Instant) -> Self {
        Self(moment)
    }

    /// So long from now. A time that the clock cannot tell is as good as none: a hundred years.
    pub fn after(time: Duration) -> Self {
        const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
        Self(Instant::now() + time.min(LONGEST))
    }

    /// The moment.
    pub const fn moment(&self) -> Instant {
        self.0
    }

    /// How much is left; zero when it is over.
    pub fn remaining(&self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Whether it is over.
    pub fn has_passed(&self) -> bool {
        self.remaining().is_zero()
    }

    /// Fails when it is over: for steps of a long answer, with `?`.
    ///
    /// # Errors
    /// [`DeadlineExceeded`].
    pub fn check(&self) -> Result<(), DeadlineExceeded> {
        match self.has_passed() {
            true => Err(DeadlineExceeded),
            false => Ok(()),
        }
    }
}

impl From<DeadlineExceeded> for ApplicationError {
    fn from(error: DeadlineExceeded) -> Self {
        Self::raised(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_fails_and_has_nothing_left() {
        let over = RequestDeadline::after(Duration::ZERO);
        assert!(over.has_passed());
        assert_eq!(over.remaining(), Duration::ZERO);
        assert_eq!(over.check(), Err(DeadlineExceeded));
        let hour = RequestDeadline::after(Duration::from_secs(3600));
        assert_eq!(hour.check(), Ok(()));
        assert!(hour.remaining() > Duration::from_secs(3000));
        assert!(over < hour);
    }

    #[test]
    fn the_longest_time_is_one_that_the_clock_can_tell() {
        assert!(!RequestDeadline::after(Duration::MAX).has_passed());
    }
}
