//! Which requests are expected to be slow, learnt from those before.

use std::time::Duration;

/// A call that took at least this long was slow: the loop should not have waited for it.
const SLOW: Duration = Duration::from_micros(500);

/// After a slow call, so many quick ones of the same path are needed before the path counts as quick again.
const CREDIT: u8 = 64;

/// How many paths are told apart. More of them share an entry, which costs a thread switch at worst.
const PATHS: usize = 1024;

/// Of longer paths the beginning counts.
const LONGEST: usize = 64;

/// Remembers which paths had slow calls.
///
/// A branch predictor for requests: a path that was slow lately is given to another thread before the call, all others
/// are called by the leader itself. As long as no call was slow, nothing is looked up at all.
#[derive(Debug)]
pub(super) struct Forecast {
    /// By hash of the path: how many quick calls are owed.
    owed: Box<[u8]>,
    /// How many entries owe anything.
    slow: usize,
    /// The beginning of the path that the leader calls.
    path: [u8; LONGEST],
    path_length: usize,
}

/// The paths that are taken for one: `/user/7` and `/user/42` are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind(u16);

impl Kind {
    pub(super) fn of(path: &[u8]) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut in_number = false;
        for &byte in &path[..path.len().min(LONGEST)] {
            // Runs of digits are identifiers more often than not.
            if byte.is_ascii_digit() {
                if in_number {
                    continue;
                }
                in_number = true;
                hash ^= u64::from(b'0');
            } else {
                in_number = false;
                hash ^= u64::from(byte);
            }
            hash = hash.wrapping_mul(0x0100_0000_01b3);
        }
        Self(((hash ^ (hash >> 32)) % PATHS as u64) as u16)
    }
}

impl Forecast {
    pub(super) fn new() -> Self {
        Self {
            owed: Vec::new().into(),
            slow: 0,
            path: [0; LONGEST],
            path_length: 0,
        }
    }

    /// Whether a call for this path is expected to be slow.
    pub(super) fn is_slow(&self, path: &[u8]) -> bool {
        self.slow > 0 && self.owes(Kind::of(path))
    }

    /// The leader calls the application for this path.
    pub(super) fn calling(&mut self, path: &[u8]) {
        // Copied, not hashed: that is for those calls alone that turn out to be slow.
        self.path_length = path.len().min(LONGEST);
        self.path[..self.path_length].copy_from_slice(&path[..self.path_length]);
    }

    /// The leader's call was slow.
    pub(super) fn outlasted(&mut self) {
        self.slow(Kind::of(&self.path[..self.path_length]));
    }

    fn owes(&self, kind: Kind) -> bool {
        self.owed
            .get(usize::from(kind.0))
            .is_some_and(|&owed| owed > 0)
    }

    fn slow(&mut self, kind: Kind) {
        if self.owed.is_empty() {
            self.owed = vec![0; PATHS].into();
        }
        let owed = &mut self.owed[usize::from(kind.0)];
        self.slow += usize::from(*owed == 0);
        *owed = CREDIT;
    }

    /// A call of this kind, which was given to another thread, took so long.
    pub(super) fn took(&mut self, kind: Kind, time: Duration) {
        if time >= SLOW {
            return self.slow(kind);
        }
        if self.owes(kind) {
            let owed = &mut self.owed[usize::from(kind.0)];
            *owed -= 1;
            self.slow -= usize::from(*owed == 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_in_a_path_make_no_difference_and_words_do() {
        assert_eq!(Kind::of(b"/user/7/edit"), Kind::of(b"/user/4711/edit"));
        assert_ne!(Kind::of(b"/user/7/edit"), Kind::of(b"/user/7/show"));
        assert_ne!(Kind::of(b"/"), Kind::of(b"/slow"));
        let long = vec![b'a'; 100_000];
        assert_eq!(Kind::of(&long), Kind::of(&long[..LONGEST]));
    }

    #[test]
    fn a_slow_path_is_slow_until_it_was_quick_often_enough() {
        let mut forecast = Forecast::new();
        assert!(!forecast.is_slow(b"/slow"));
        forecast.calling(b"/slow");
        forecast.outlasted();
        assert!(forecast.is_slow(b"/slow") && !forecast.is_slow(b"/"));
        let kind = Kind::of(b"/slow");
        for _ in 1..CREDIT {
            forecast.took(kind, Duration::ZERO);
        }
        assert!(forecast.is_slow(b"/slow"));
        forecast.took(kind, SLOW); // and all begins again
        for _ in 0..CREDIT {
            assert!(forecast.is_slow(b"/slow"));
            forecast.took(kind, Duration::ZERO);
        }
        assert!(!forecast.is_slow(b"/slow") && forecast.slow == 0);
        forecast.took(kind, Duration::ZERO); // a late report does no harm
        assert_eq!(forecast.slow, 0);
    }
}
