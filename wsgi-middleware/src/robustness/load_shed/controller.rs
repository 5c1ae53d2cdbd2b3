//! When a queue is one that does not become empty.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Looks at the shortest wait of each interval: under overload even that is long, in a burst it is not.
#[derive(Debug, Default)]
pub(super) struct Controller(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// When the interval began, and its shortest wait so far.
    interval: Option<(Instant, Duration)>,
    overloaded: bool,
}

impl Controller {
    /// Whether a request that has waited for so long should be refused.
    pub(super) fn refuses(
        &self,
        age: Duration,
        now: Instant,
        target: Duration,
        interval: Duration,
    ) -> bool {
        let mut state = self.state();
        let shortest = match state.interval {
            Some((begin, shortest)) if now.saturating_duration_since(begin) < interval => {
                state.interval = Some((begin, shortest.min(age)));
                shortest.min(age)
            }
            Some((begin, shortest)) => {
                // An interval without requests is one in which nobody had to wait.
                let is_last = now.saturating_duration_since(begin) < 2 * interval;
                state.overloaded = is_last && shortest > target;
                state.interval = Some((now, age));
                age
            }
            None => {
                state.interval = Some((now, age));
                age
            }
        };
        if shortest <= target {
            state.overloaded = false;
        }
        state.overloaded && age > 2 * target
    }

    pub(super) fn is_overloaded(&self) -> bool {
        self.state().overloaded
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
                let found = controller.refuses(ms(age), begin + ms(at), ms(100), ms(1000));
                assert_eq!(found, refused, "{name}: at {at} ms, after {age} ms");
            }
        }
    }

    #[test]
    fn a_clock_that_was_read_in_the_wrong_order_harms_nobody() {
        let (controller, begin) = (Controller::default(), Instant::now());
        for at in [1000, 0, 1999, 0, 2000] {
            let refused = controller.refuses(ms(50), begin + ms(at), ms(100), ms(1000));
            assert!(!refused, "{at}");
        }
    }
}
