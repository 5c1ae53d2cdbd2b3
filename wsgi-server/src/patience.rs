//! How much of its time a client has left.

use std::time::{Duration, Instant};

use crate::timeouts::Pace;

/// A client's account of time: what it may take is on it, what it takes while it is its turn goes off, and what it gets
/// done earns some of it back ([`Pace`]). Nothing has to be done for the time to pass.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Patience {
    left: Left,
    /// How many bytes were done when it was looked at last.
    seen: u64,
}

#[derive(Clone, Copy, Debug, Default)]
enum Left {
    /// The whole grace.
    #[default]
    All,
    /// So much, and it is not the client's turn.
    Some(Duration),
    /// It is, and this is when its time is over.
    Until(Instant),
}

impl Patience {
    /// It is the client's turn, or still is. `done`: how many bytes it has sent, or taken, in all. When its time is over.
    pub(crate) fn deadline(&mut self, done: u64, pace: Pace, now: Instant) -> Instant {
        let earned = self.earned(done, pace);
        let until = match self.left {
            Left::All => now + pace.grace,
            Left::Some(left) => now + pace.grace.min(left.saturating_add(earned)),
            Left::Until(until) => {
                let left = until.saturating_duration_since(now);
                match earned {
                    Duration::ZERO => until,
                    _ => now + pace.grace.min(left.saturating_add(earned)),
                }
            }
        };
        self.left = Left::Until(until);
        until
    }

    /// It is not the client's turn, and was until now.
    pub(crate) fn pause(&mut self, now: Instant) {
        if let Left::Until(until) = self.left {
            self.left = Left::Some(until.saturating_duration_since(now));
        }
    }

    /// The client owes nothing any more.
    #[inline]
    pub(crate) fn settle(&mut self) {
        self.left = Left::All;
    }

    fn earned(&mut self, done: u64, pace: Pace) -> Duration {
        let fresh = done.saturating_sub(std::mem::replace(&mut self.seen, done));
        match (fresh, pace.rate) {
            (0, _) => Duration::ZERO,
            (_, 0) => pace.grace,
            (fresh, rate) => {
                Duration::try_from_secs_f64(fresh as f64 / rate as f64).unwrap_or(Duration::MAX)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace {
        grace: Duration::from_secs(10),
        rate: 100,
    };

    /// A client that does so many bytes after each of so many seconds; how long it lasts, at most an hour.
    fn lasts(pace: Pace, every: u64, bytes: u64) -> u64 {
        let (mut patience, begin) = (Patience::default(), Instant::now());
        let mut until = patience.deadline(0, pace, begin);
        for turn in 1..=3600 / every {
            let now = begin + Duration::from_secs(turn * every);
            if until <= now {
                break;
            }
            until = patience.deadline(turn * bytes, pace, now);
        }
        (until - begin).as_secs()
    }

    #[test]
    fn who_keeps_the_rate_never_runs_out_and_who_does_not_does() {
        // Seconds between two pieces, their bytes, how long that goes well.
        #[rustfmt::skip]
        const CASES: &[(u64, u64, u64)] = &[
            (1, 0, 10),
            (1, 1, 10),
            (1, 50, 19),
            (1, 99, 910),
            (1, 100, 3600),
            (9, 900, 3600),
            (9, 1_000_000, 3600),
            (10, 1_000_000, 10), // a pause as long as the grace
        ];
        for &(every, bytes, expected) in CASES {
            let lasted = lasts(PACE, every, bytes);
            let is_well = lasted.abs_diff(expected) <= 10 && (lasted >= 3600) == (expected >= 3600);
            assert!(is_well, "{bytes} bytes every {every} s: {lasted} s");
        }
    }

    #[test]
    fn without_a_rate_a_byte_is_enough_and_a_pause_is_not() {
        let pace = Pace { rate: 0, ..PACE };
        assert!(lasts(pace, 9, 1) >= 3600);
        assert_eq!(lasts(pace, 9, 0), 10);
        assert_eq!(lasts(pace, 10, 1), 10);
    }

    #[test]
    fn what_is_earned_is_never_more_than_the_whole() {
        let (mut patience, now) = (Patience::default(), Instant::now());
        patience.deadline(0, PACE, now);
        let until = patience.deadline(u64::MAX, PACE, now);
        assert_eq!(until - now, PACE.grace);
        assert_eq!(patience.deadline(u64::MAX, PACE, now + PACE.grace), until);
    }

    #[test]
    fn time_that_passes_at_others_turns_is_not_the_clients() {
        let (mut patience, now) = (Patience::default(), Instant::now());
        let after = |seconds| now + Duration::from_secs(seconds);
        assert_eq!(patience.deadline(0, PACE, now), after(10));
        patience.pause(after(8));
        patience.pause(after(9));
        assert_eq!(patience.deadline(0, PACE, after(100)), after(102));
        assert_eq!(patience.deadline(300, PACE, after(101)), after(105));
        patience.settle();
        assert_eq!(patience.deadline(300, PACE, after(200)), after(210));
    }
}
