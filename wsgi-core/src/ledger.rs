//! [`Ledger`]: where the time of one request went.

use std::time::{Duration, Instant};

/// Where the time of one request went: moments that the server notes, phases that lie between them.
///
/// ```text
/// received      Parsed        Ready       Called       Started      Ended      Drained
///    ├── parse ───┼── receive ──┼── queue ───┼── app ──────┼── stream ──┼── drain ──┤
///    └───────────────────────── first byte ────────▶ FirstByte
/// ```
///
/// A phase does not count the time in which its thread waited for the interpreter:
/// [`interpreter`](Ledger::interpreter) has that, so that the phases and it add up to [`total`](Ledger::total). Nor does
/// it count what the server tells to be [`queued`](Ledger::queued), which is a part of [`queue`](Ledger::queue).
/// What was not noted is `None`: the request has not come so far, or the server cannot tell.
///
/// A server that keeps ledgers begins one by [`Environ::begin_ledger`](crate::Environ::begin_ledger); without one
/// nothing reads a clock. All times are of the monotonic clock.
///
/// # Examples
/// ```
/// use std::time::{Duration, Instant};
/// use wsgi_core::{Ledger, Mark};
///
/// let received = Instant::now();
/// let mut ledger = Ledger::new(received);
/// ledger.mark(Mark::Parsed, received + Duration::from_micros(20));
/// ledger.waited(Duration::from_micros(300));
/// ledger.mark(Mark::Called, received + Duration::from_micros(720));
/// assert_eq!(ledger.parse(), Some(Duration::from_micros(20)));
/// assert_eq!(ledger.queue(), Some(Duration::from_micros(400)));
/// assert_eq!(ledger.interpreter(), Some(Duration::from_micros(300)));
/// assert_eq!(ledger.total(), Duration::from_micros(720));
/// ```
#[derive(Clone, Debug)]
pub struct Ledger {
    received: Instant,
    marks: [Option<Moment>; MARKS],
    waited: Option<Duration>,
    queued: Duration,
}

/// A moment that a server notes in a [`Ledger`]; the first, that the request's first byte came, begins it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mark {
    /// The head of the request is complete.
    Parsed,
    /// The body of the request is complete. Left out for requests without one.
    Ready,
    /// A thread is about to call the application.
    Called,
    /// The application has returned, with the first block of its response at hand, or has begun to `write()`.
    Started,
    /// The first bytes of the response were handed to the operating system.
    FirstByte,
    /// The response's body is closed.
    Ended,
    /// The last bytes of the response were handed to the operating system.
    Drained,
}

const MARKS: usize = Mark::Drained as usize + 1;

#[derive(Clone, Copy, Debug)]
struct Moment {
    at: Instant,
    /// How long the request had waited by then, for the interpreter or in a queue.
    waited: Duration,
}

impl Ledger {
    /// A ledger that begins when the first byte of the request came.
    pub const fn new(received: Instant) -> Self {
        Self {
            received,
            marks: [None; MARKS],
            waited: None,
            queued: Duration::ZERO,
        }
    }

    /// Notes a moment; only the first time counts.
    pub fn mark(&mut self, mark: Mark, at: Instant) {
        let moment = self.moment_at(at);
        self.marks[mark as usize].get_or_insert(moment);
    }

    /// Adds a time in which the request's thread waited for the interpreter (CPython's GIL, where there is one).
    ///
    /// It counts to the phase in which it is told, so it is told before the mark that ends this.
    pub fn waited(&mut self, wait: Duration) {
        *self.waited.get_or_insert_default() += wait;
    }

    /// Adds a time in which the request waited for a thread although the queue's own phase had not come: its first
    /// bytes, say, for an event loop that was answering other requests.
    ///
    /// Told before the mark that ends the phase in which it fell, as [`waited`](Ledger::waited) is.
    pub fn queued(&mut self, wait: Duration) {
        self.queued += wait;
    }

    /// Whether a moment was noted.
    pub const fn has(&self, mark: Mark) -> bool {
        self.marks[mark as usize].is_some()
    }

    /// When the first byte of the request came.
    pub const fn received(&self) -> Instant {
        self.received
    }

    /// From the first byte of the request to the whole of its head: parsing, and the pauses of a slow client.
    pub fn parse(&self) -> Option<Duration> {
        self.between(Some(self.beginning()), self.moment(Mark::Parsed))
    }

    /// From the head to the whole of the request's body; `None` where there is none.
    pub fn receive(&self) -> Option<Duration> {
        self.between(self.moment(Mark::Parsed), self.moment(Mark::Ready))
    }

    /// From the whole request to the call of the application, and what was [`queued`](Ledger::queued) before: waiting
    /// for a thread.
    pub fn queue(&self) -> Option<Duration> {
        let ready = self.moment(Mark::Ready).or(self.moment(Mark::Parsed));
        let called = self.between(ready, self.moment(Mark::Called))?;
        Some(called + self.queued)
    }

    /// Waiting for the interpreter, all told; `None` where nobody has measured it, as where there is none.
    ///
    /// This is the wait of the server's thread before it can call Python. What an application loses to other
    /// Python threads while it runs is a part of [`application`](Ledger::application).
    pub const fn interpreter(&self) -> Option<Duration> {
        self.waited
    }

    /// From the call of the application to the first block of its response.
    pub fn application(&self) -> Option<Duration> {
        self.between(self.moment(Mark::Called), self.moment(Mark::Started))
    }

    /// The same up to now, for a response that is about to begin.
    pub fn application_until(&self, now: Instant) -> Option<Duration> {
        self.between(self.moment(Mark::Called), Some(self.moment_at(now)))
    }

    /// From the first block to the body's end: further blocks, a slow client that had to take them, `close()`.
    pub fn stream(&self) -> Option<Duration> {
        self.between(self.moment(Mark::Started), self.moment(Mark::Ended))
    }

    /// From the body's end until the operating system had all of the response.
    pub fn drain(&self) -> Option<Duration> {
        self.between(self.moment(Mark::Ended), self.moment(Mark::Drained))
    }

    /// From the first byte of the request to the first of the response, waits for the interpreter included.
    pub fn first_byte(&self) -> Option<Duration> {
        let moment = self.moment(Mark::FirstByte)?;
        Some(moment.at.saturating_duration_since(self.received))
    }

    /// From the first byte of the request to the last moment that was noted.
    pub fn total(&self) -> Duration {
        let last = self.marks.iter().flatten().map(|moment| moment.at).max();
        last.map_or(Duration::ZERO, |at| {
            at.saturating_duration_since(self.received)
        })
    }

    const fn moment(&self, mark: Mark) -> Option<Moment> {
        self.marks[mark as usize]
    }

    fn moment_at(&self, at: Instant) -> Moment {
        let waited = self.waited.unwrap_or_default() + self.queued;
        Moment { at, waited }
    }

    const fn beginning(&self) -> Moment {
        Moment {
            at: self.received,
            waited: Duration::ZERO,
        }
    }

    /// The time from one moment to the other, without the waits that fell between.
    fn between(&self, from: Option<Moment>, to: Option<Moment>) -> Option<Duration> {
        let (from, to) = (from?, to?);
        let waited = to.waited.saturating_sub(from.waited);
        // Moments may come from two clock reads in either order; a phase is never negative.
        let elapsed = to.at.saturating_duration_since(from.at);
        Some(elapsed.saturating_sub(waited))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn us(micros: u64) -> Duration {
        Duration::from_micros(micros)
    }

    /// All moments, 10 µs after one another in their order, and a wait of 4 µs in the queue.
    fn full() -> Ledger {
        use Mark::*;
        let received = Instant::now();
        let mut ledger = Ledger::new(received);
        for (index, mark) in [Parsed, Ready, Called, Started, FirstByte, Ended, Drained]
            .into_iter()
            .enumerate()
        {
            if mark == Called {
                ledger.waited(us(4));
            }
            ledger.mark(mark, received + us(10) * (index as u32 + 1));
        }
        ledger
    }

    #[test]
    fn phases_and_waits_add_up_to_the_total() {
        let ledger = full();
        let phases = [
            ledger.parse(),
            ledger.receive(),
            ledger.queue(),
            ledger.interpreter(),
            ledger.application(),
            ledger.stream(),
            ledger.drain(),
        ];
        let expected = [10, 10, 6, 4, 10, 20, 10].map(|micros| Some(us(micros)));
        assert_eq!(phases, expected);
        assert_eq!(ledger.total(), us(70));
        assert_eq!(phases.into_iter().flatten().sum::<Duration>(), us(70));
        assert_eq!(ledger.first_byte(), Some(us(50)));
    }

    #[test]
    fn what_was_not_noted_is_not_known() {
        let ledger = Ledger::new(Instant::now());
        assert_eq!(ledger.parse(), None);
        assert_eq!(ledger.interpreter(), None);
        assert_eq!(ledger.first_byte(), None);
        assert_eq!(ledger.total(), Duration::ZERO);
    }

    #[test]
    fn without_a_body_the_queue_begins_at_the_head() {
        let received = Instant::now();
        let mut ledger = Ledger::new(received);
        ledger.mark(Mark::Parsed, received + us(1));
        ledger.mark(Mark::Called, received + us(3));
        assert_eq!((ledger.receive(), ledger.queue()), (None, Some(us(2))));
    }

    #[test]
    fn bytes_that_wait_for_the_loop_are_queued_not_parsed() {
        let received = Instant::now();
        let mut ledger = Ledger::new(received);
        ledger.waited(us(2));
        ledger.queued(us(30));
        ledger.mark(Mark::Parsed, received + us(33));
        ledger.mark(Mark::Called, received + us(38));
        assert_eq!(ledger.parse(), Some(us(1)));
        assert_eq!(ledger.queue(), Some(us(35)));
        assert_eq!(ledger.total(), us(38));
    }

    #[test]
    fn the_first_note_of_a_moment_counts() {
        let received = Instant::now();
        let mut ledger = Ledger::new(received);
        ledger.mark(Mark::FirstByte, received + us(1));
        ledger.mark(Mark::FirstByte, received + us(9));
        assert_eq!(ledger.first_byte(), Some(us(1)));
    }

    #[test]
    fn a_clock_that_was_read_in_the_wrong_order_gives_no_negative_time() {
        let received = Instant::now() + us(9);
        let mut ledger = Ledger::new(received);
        ledger.mark(Mark::Parsed, received - us(5));
        assert_eq!(ledger.parse(), Some(Duration::ZERO));
        assert_eq!(ledger.total(), Duration::ZERO);
    }

    #[test]
    fn the_application_can_be_asked_for_while_it_runs() {
        let received = Instant::now();
        let mut ledger = Ledger::new(received);
        assert_eq!(ledger.application_until(received + us(9)), None);
        ledger.mark(Mark::Called, received + us(1));
        ledger.waited(us(3));
        assert_eq!(ledger.application_until(received + us(9)), Some(us(5)));
    }
}
