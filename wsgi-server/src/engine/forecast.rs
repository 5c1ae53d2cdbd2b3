//! Which requests are expected to be slow, learnt from those before.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// A call that waited for at least this long held up the loop for longer than it takes to give it to another thread.
const WAITED: Duration = Duration::from_micros(100);

/// For how long a path counts as slow after its first slow call. Each further one in its wake doubles it.
const FIRST: Duration = Duration::from_millis(100);

/// For how long a path counts as slow at most, before it is tried again.
const LONGEST: Duration = Duration::from_secs(10);

/// So many quick calls in a row make a path one that was never slow.
const CREDIT: u8 = 64;

/// How many paths are told apart. When two share an entry, the quick one takes a needless thread switch.
const PATHS: usize = 1024;

/// Of longer paths the beginning counts.
const PREFIX: usize = 64;

/// What is to be expected of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expectation {
    /// Nothing speaks against it.
    Quick,
    /// It was slow, and may be quick by now: the leader tries, and measures.
    Unsure,
    /// It was slow lately.
    Slow,
}

/// Remembers which paths had slow calls: a branch predictor for requests.
///
/// A path that was slow lately is given to another thread before the call; all others the leader calls itself. After a
/// while a slow path is tried again, so that one bad moment is forgotten soon and a path that is always slow is hardly
/// ever tried. As long as no call was slow, nothing is looked up.
#[derive(Debug)]
pub(super) struct Forecast {
    /// By the path's hash.
    entries: Box<[Entry]>,
    /// How many of them are not empty.
    marked: usize,
    /// The beginning of the path that the leader calls.
    path: [u8; PREFIX],
    path_length: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    /// Since when, and for how long, the path counts as slow. Empty when it was never.
    slow: Option<(Instant, Duration)>,
    /// Its last measured call has waited, which may have been the system's doing: the next one decides.
    suspect: bool,
    /// How many quick calls it had in a row since.
    quick: u8,
}

impl Entry {
    fn is_empty(&self) -> bool {
        self.slow.is_none() && !self.suspect
    }
}

impl Forecast {
    pub(super) fn new() -> Self {
        Self {
            entries: Vec::new().into(),
            marked: 0,
            path: [0; PREFIX],
            path_length: 0,
        }
    }

    /// What is to be expected of a call for this path.
    pub(super) fn expect(&self, path: &[u8], now: Instant) -> Expectation {
        if self.marked == 0 {
            return Expectation::Quick;
        }
        let entry = &self.entries[kind(path)];
        match entry.slow {
            None if entry.suspect => Expectation::Unsure,
            None => Expectation::Quick,
            Some((since, time)) if now.duration_since(since) < time => Expectation::Slow,
            Some(_) => Expectation::Unsure,
        }
    }

    /// The leader calls the application for this path.
    pub(super) fn calling(&mut self, path: &[u8]) {
        // Copied, not hashed: that is for the few calls alone that turn out to be slow.
        self.path_length = path.len().min(PREFIX);
        self.path[..self.path_length].copy_from_slice(&path[..self.path_length]);
    }

    /// The beginning of the path that the leader calls.
    pub(super) fn path(&self) -> &[u8] {
        &self.path[..self.path_length]
    }

    /// The leader's call lasted too long.
    pub(super) fn slow(&mut self, now: Instant) {
        self.update(|entry| {
            let time = match entry.slow {
                Some((since, time)) if now.duration_since(since) < 4 * time => 2 * time,
                _ => FIRST,
            };
            entry.slow = Some((now, time.min(LONGEST)));
            (entry.suspect, entry.quick) = (false, 0);
        });
    }

    /// The leader's call was short, and yet has waited.
    pub(super) fn waited(&mut self, now: Instant) {
        let mut again = false;
        self.update(|entry| again = std::mem::replace(&mut entry.suspect, true));
        if again {
            self.slow(now);
        }
    }

    /// The leader's call was quick.
    pub(super) fn quick(&mut self) {
        if self.marked > 0 {
            self.update(|entry| {
                entry.suspect = false;
                entry.quick = entry.quick.saturating_add(1);
                if entry.quick >= CREDIT {
                    *entry = Entry::default();
                }
            });
        }
    }

    fn update(&mut self, change: impl FnOnce(&mut Entry)) {
        if self.entries.is_empty() {
            self.entries = vec![Entry::default(); PATHS].into();
        }
        let entry = &mut self.entries[kind(&self.path[..self.path_length])];
        let was = usize::from(!entry.is_empty());
        change(entry);
        self.marked = self.marked + usize::from(!entry.is_empty()) - was;
    }
}

/// The entry of a path. `/user/7` and `/user/42` share one: runs of digits are identifiers more often than not.
fn kind(path: &[u8]) -> usize {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64; // FNV-1a
    let mut in_number = false;
    for &byte in &path[..path.len().min(PREFIX)] {
        let digit = byte.is_ascii_digit();
        if digit && in_number {
            continue;
        }
        in_number = digit;
        hash ^= u64::from(if digit { b'0' } else { byte });
        hash = hash.wrapping_mul(0x0100_0000_01b3);
    }
    ((hash ^ (hash >> 32)) % PATHS as u64) as usize
}

/// How long a call waits, rather than computes: what calls that are shorter than a tick are told by.
#[derive(Debug)]
pub(super) struct Stopwatch {
    began: Instant,
    used: Duration,
}

impl Stopwatch {
    pub(super) fn start() -> Self {
        Self {
            began: Instant::now(),
            used: thread_time(),
        }
    }

    /// Whether the thread has waited for long since the start.
    pub(super) fn has_waited(&self) -> bool {
        let used = thread_time().saturating_sub(self.used);
        self.began.elapsed().saturating_sub(used) >= WAITED
    }
}

/// The processor time that this thread has used.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.try_into().unwrap_or(0),
        time.tv_nsec.try_into().unwrap_or(0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_in_a_path_make_no_difference_and_words_do() {
        assert_eq!(kind(b"/user/7/edit"), kind(b"/user/4711/edit"));
        assert_ne!(kind(b"/user/7/edit"), kind(b"/user/7/show"));
        assert_ne!(kind(b"/"), kind(b"/slow"));
        let long = vec![b'a'; 100_000];
        assert_eq!(kind(&long), kind(&long[..PREFIX]));
    }

    #[test]
    fn a_slow_path_is_slow_for_a_while_then_tried_and_soon_forgotten_if_it_is_quick() {
        let now = Instant::now();
        let mut forecast = Forecast::new();
        assert_eq!(forecast.expect(b"/slow", now), Expectation::Quick);
        forecast.calling(b"/slow");
        forecast.slow(now);
        assert_eq!(forecast.expect(b"/slow", now), Expectation::Slow);
        assert_eq!(forecast.expect(b"/", now), Expectation::Quick);
        let later = now + FIRST;
        for _ in 0..CREDIT {
            assert_eq!(forecast.expect(b"/slow", later), Expectation::Unsure);
            forecast.quick();
        }
        assert_eq!(forecast.expect(b"/slow", later), Expectation::Quick);
        forecast.quick(); // a late report does no harm
        assert_eq!(forecast.marked, 0);
    }

    #[test]
    fn one_short_call_that_waited_is_a_suspicion_and_two_are_none() {
        let now = Instant::now();
        let mut forecast = Forecast::new();
        forecast.calling(b"/");
        forecast.waited(now);
        assert_eq!(forecast.expect(b"/", now), Expectation::Unsure);
        forecast.quick();
        assert_eq!(forecast.expect(b"/", now), Expectation::Quick);
        assert_eq!(forecast.marked, 0);
        forecast.waited(now);
        forecast.waited(now);
        assert_eq!(forecast.expect(b"/", now), Expectation::Slow);
    }

    #[test]
    fn a_path_that_is_slow_again_and_again_is_tried_ever_more_rarely() {
        let mut now = Instant::now();
        let mut forecast = Forecast::new();
        forecast.calling(b"/slow");
        let mut times = Vec::new();
        for _ in 0..10 {
            forecast.slow(now);
            let began = now;
            while forecast.expect(b"/slow", now) == Expectation::Slow {
                now += FIRST;
            }
            times.push(now - began);
        }
        assert_eq!(times[..3], [FIRST, 2 * FIRST, 4 * FIRST]);
        assert_eq!(times[9], LONGEST);
        // After a long time without a slow call it begins anew.
        now += 10 * LONGEST;
        forecast.slow(now);
        assert_eq!(forecast.expect(b"/slow", now + FIRST), Expectation::Unsure);
    }

    #[test]
    fn a_stopwatch_tells_waiting_from_computing() {
        let watch = Stopwatch::start();
        let (_sender, never) = std::sync::mpsc::channel::<()>();
        let _ = never.recv_timeout(2 * WAITED);
        assert!(watch.has_waited());
    }
}
