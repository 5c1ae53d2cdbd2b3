//! When a queue is one that does not become empty.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Looks for how long no request has come through in time: under overload that goes on and on, in a burst it does not.
#[derive(Debug, Default)]
pub(super) struct Controller {
    /// Whether there is a delay, so that requests in time, which all are on a good day, need no lock and no clock.
    any: AtomicBool,
    delay: Mutex<Option<Delay>>,
}

/// All who came have waited for too long.
#[derive(Debug)]
struct Delay {
    since: Instant,
    /// When the last of them came.
    last: Instant,
    is_overload: bool,
}

impl Controller {
    /// Whether a request that has waited for so long should be refused.
    pub(super) fn refuses(
        &self,
        age: Duration,
        target: Duration,
        interval: Duration,
        now: impl FnOnce() -> Instant,
    ) -> bool {
        if age <= target {
            self.end_delay();
            return false;
        }
        self.is_overload(now(), interval) && age > target.saturating_mul(2)
    }

    /// As of the last request.
    pub(super) fn is_overloaded(&self) -> bool {
        self.delay().as_ref().is_some_and(|delay| delay.is_overload)
    }

    /// A request has come through in time.
    fn end_delay(&self) {
        if self.any.load(Ordering::Relaxed) {
            let mut delay = self.delay();
            *delay = None;
            self.any.store(false, Ordering::Relaxed);
        }
    }

    /// Whether the server is overloaded, when another request has waited for too long.
    fn is_overload(&self, now: Instant, interval: Duration) -> bool {
        let mut delay = self.delay();
        self.any.store(true, Ordering::Relaxed);
        // A time without requests is one in which nobody had to wait.
        let known = delay
            .take()
            .filter(|delay| now.saturating_duration_since(delay.last) < interval.saturating_mul(2));
        let since = known.map_or(now, |delay| delay.since);
        let is_overload = now.saturating_duration_since(since) >= interval;
        *delay = Some(Delay {
            since,
            last: now,
            is_overload,
        });
        is_overload
    }

    fn delay(&self) -> MutexGuard<'_, Option<Delay>> {
        self.delay.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// Milliseconds from the beginning, of the wait, and whether the request is refused. The target is 100 ms, the interval
    /// one second.
    type Requests = &'static [(u64, u64, bool)];

    const CASES: &[(&str, Requests)] = &[
        (
            "a burst refuses nobody",
            &[
                (0, 500, false),
                (900, 500, false),
                (950, 10, false),
                (1100, 500, false),
            ],
        ),
        (
            "an interval of long waits is overload",
            &[
                (0, 500, false),
                (500, 300, false),
                (1000, 300, true),
                (1100, 201, true),
            ],
        ),
        (
            "who has waited for up to twice the target is let through",
            &[(0, 150, false), (1000, 200, false), (1001, 201, true)],
        ),
        (
            "waits at the target are no overload",
            &[(0, 100, false), (1000, 300, false), (1999, 300, false)],
        ),
        (
            "one that comes through in time ends it",
            &[
                (0, 500, false),
                (1000, 500, true),
                (1100, 100, false),
                (1200, 500, false),
                (1900, 500, false),
            ],
        ),
        (
            "it begins again",
            &[
                (0, 500, false),
                (1000, 500, true),
                (1100, 1, false),
                (2000, 500, false),
                (3000, 500, true),
            ],
        ),
        (
            "an idle time ends it",
            &[(0, 500, false), (1000, 500, true), (60_000, 500, false)],
        ),
        (
            "the first request after an idle time begins an interval",
            &[(0, 500, false), (60_000, 500, false), (61_000, 500, true)],
        ),
    ];

    #[test]
    fn overload_is_an_interval_in_which_nobody_came_through_in_time() {
        for (name, requests) in CASES {
            let (controller, begin) = (Controller::default(), Instant::now());
            for &(at, age, refused) in *requests {
                let now = || begin + ms(at);
                let found = controller.refuses(ms(age), ms(100), ms(1000), now);
                assert_eq!(found, refused, "{name}: at {at} ms, after {age} ms");
            }
        }
    }

    #[test]
    fn a_clock_that_was_read_in_the_wrong_order_harms_nobody() {
        let (controller, begin) = (Controller::default(), Instant::now());
        for at in [1000, 0, 1999, 0, 1500] {
            let refused = controller.refuses(ms(300), ms(100), ms(1000), || begin + ms(at));
            assert!(!refused, "{at}");
        }
    }

    #[test]
    fn as_long_as_all_come_through_in_time_no_clock_is_read() {
        let controller = Controller::default();
        let now = || unreachable!("who came through in time");
        assert!(!controller.refuses(ms(100), ms(100), ms(1000), now));
    }
}
