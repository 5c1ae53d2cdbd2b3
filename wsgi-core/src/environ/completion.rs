//! The ledger of a request, and what is to happen when its response has gone out.

use std::time::{Duration, Instant};

use super::Environ;
use crate::{Completion, Finished, Ledger, Mark};

/// What happens beside the request itself. Without a ledger and hooks, each of these is the check of one pointer.
impl Environ {
    /// Where the time of this request goes, if the server keeps a ledger.
    pub fn ledger(&self) -> Option<&Ledger> {
        self.remaining.as_ref()?.ledger.as_ref()
    }

    /// The ledger, for servers and those who note in it what they wait for.
    pub fn ledger_mut(&mut self) -> Option<&mut Ledger> {
        self.remaining.as_mut()?.ledger.as_mut()
    }

    /// Begins the ledger of this request, whose first byte came then; for servers that were told to keep one.
    pub fn begin_ledger(&mut self, received: Instant) {
        self.remaining.get_or_insert_default().ledger = Some(Ledger::new(received));
    }

    /// Notes a moment as now, unless it was noted before; without a ledger nothing happens, and no clock is read.
    #[inline]
    pub fn mark(&mut self, mark: Mark) {
        if let Some(remaining) = &mut self.remaining {
            remaining.mark(mark);
        }
    }

    /// Adds a time in which the request's thread waited for the interpreter ([`Ledger::waited`]); without a ledger
    /// nothing happens.
    #[inline]
    pub fn waited_for_interpreter(&mut self, wait: Duration) {
        if let Some(ledger) = self.ledger_mut() {
            ledger.waited(wait);
        }
    }

    /// Adds a time in which the request waited in a queue of a layer ([`Ledger::queued`]); without a ledger nothing
    /// happens.
    pub fn waited_in_queue(&mut self, wait: Duration) {
        if let Some(ledger) = self.ledger_mut() {
            ledger.queued(wait);
        }
    }

    /// Has a function called when the response of this request has gone out, or cannot any more: to log it, to free
    /// what it needed, to do what the client need not wait for. The counterpart of Rack's `rack.response_finished`.
    ///
    /// It is called exactly once, after the body was closed, and those that were handed over last come first, as
    /// layers end from the inside out. Servers that do not follow their responses (that of an outer Python layer,
    /// say) call it at the body's end, with [`Outcome::Unknown`](crate::Outcome::Unknown).
    ///
    /// It may be called on any thread, often the one that sends for all connections, so it should not take long; and
    /// one that touches Python objects attaches to the interpreter first.
    pub fn on_finished(&mut self, hook: impl FnOnce(&Finished<'_>) + Send + 'static) {
        self.remaining.get_or_insert_default().push(Box::new(hook));
    }

    /// What the server does for this request when its response has gone out, if there is anything; the moment is
    /// noted as that of the body's end.
    ///
    /// For servers: taken once the body was closed, and before [`reset`](Environ::reset).
    #[inline]
    pub fn take_completion(&mut self) -> Option<Completion> {
        let mut remaining = self.remaining.take()?;
        remaining.mark(Mark::Ended);
        Some(Completion::new(remaining))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_ledger_there_is_nothing_to_note_and_nothing_to_do() {
        let mut environ = Environ::new();
        environ.mark(Mark::Called);
        environ.waited_for_interpreter(Duration::from_secs(1));
        assert!(environ.ledger().is_none());
        assert!(environ.take_completion().is_none());
    }

    #[test]
    fn the_next_request_has_a_ledger_of_its_own() {
        let mut environ = Environ::new();
        environ.begin_ledger(Instant::now());
        environ.mark(Mark::Called);
        assert!(environ.ledger().unwrap().has(Mark::Called));
        environ.reset();
        assert!(environ.ledger().is_none());
    }

    #[test]
    fn a_ledger_may_begin_after_a_hook_was_handed_over() {
        let mut environ = Environ::new();
        let (sender, receiver) = std::sync::mpsc::channel();
        environ.on_finished(move |finished| {
            let total = finished.ledger.map(|ledger| ledger.total());
            sender.send(total).unwrap();
        });
        let received = Instant::now();
        environ.begin_ledger(received);
        environ.waited_for_interpreter(Duration::from_secs(1));
        environ.take_completion().unwrap().finish();
        assert!(receiver.recv().unwrap().is_some());
        assert!(receiver.recv().is_err(), "called once");
    }
}
