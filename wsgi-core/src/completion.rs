//! [`Completion`]: what is left to do for a request when its response has gone out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use crate::{ApplicationError, Blocks, Body, Ledger, Mark};

/// What is left to do for a request when its response has gone out: its [`Ledger`] to be ended, and the hooks of
/// [`Environ::on_finished`](crate::Environ::on_finished) to be run.
///
/// An environ serves the next request of its connection while the response of this one is still on its way, so a
/// server takes the completion out when it has closed the body
/// ([`Environ::take_completion`](crate::Environ::take_completion)), keeps it with the bytes that are to be sent, and
/// calls [`finish`](Completion::finish) when they are. To drop it tells that the response was cut short, which is
/// what losing the connection does, so that the hooks run exactly once, whatever happens.
///
/// For requests that have neither ledger nor hooks there is no completion, and nothing to do.
#[derive(Debug)]
pub struct Completion(Box<Remaining>);

/// How a response ended, for the hooks of [`Environ::on_finished`](crate::Environ::on_finished).
#[derive(Debug)]
#[non_exhaustive]
pub struct Finished<'f> {
    /// Whether all of it was sent.
    pub outcome: Outcome,
    /// Where the time went, if the server keeps a ledger.
    pub ledger: Option<&'f Ledger>,
}

/// Whether a response was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The operating system has all the bytes that there were to send. The client may still not get them.
    Sent,
    /// The connection ended before: the client left, was too slow, or the server stopped.
    CutShort,
    /// The server does not tell: that of an outer Python layer, for one.
    Unknown,
}

type Hook = Box<dyn FnOnce(&Finished<'_>) + Send>;

/// The contents, which [`Environ`](crate::Environ) holds until they are taken.
#[derive(Default)]
pub(crate) struct Remaining {
    pub(crate) ledger: Option<Ledger>,
    hooks: Vec<Hook>,
    /// Whether the server has taken it, and so knows what becomes of the response.
    taken: bool,
}

impl Completion {
    pub(crate) fn new(mut remaining: Box<Remaining>) -> Self {
        remaining.taken = true;
        Self(remaining)
    }

    /// Notes that the first bytes of the response are out; only the first call counts, and without a ledger none.
    pub fn mark_first_byte(&mut self) {
        self.0.mark(Mark::FirstByte);
    }

    /// Notes that the last bytes of the response are out, and runs the hooks.
    ///
    /// A panic of a hook ends this hook only.
    pub fn finish(mut self) {
        let remaining = &mut self.0;
        if let Some(ledger) = &mut remaining.ledger {
            let now = Instant::now();
            ledger.mark(Mark::FirstByte, now);
            ledger.mark(Mark::Drained, now);
        }
        remaining.run(Outcome::Sent);
    }

    /// The body, at whose end the hooks run: for those who hand it to a server that they know nothing of.
    #[cfg_attr(
        not(feature = "python"),
        allow(dead_code, reason = "only the bridge has such servers")
    )]
    pub(crate) fn follow(mut self, body: Body) -> Body {
        self.0.taken = false;
        Body::from_blocks(Followed {
            body: Some(body),
            completion: Some(self),
        })
    }
}

impl Remaining {
    /// Adds a hook.
    pub(crate) fn push(&mut self, hook: Hook) {
        self.hooks.push(hook);
    }

    /// Notes a moment as now, unless it was noted before. Reads no clock without a ledger.
    pub(crate) fn mark(&mut self, mark: Mark) {
        if let Some(ledger) = &mut self.ledger
            && !ledger.has(mark)
        {
            ledger.mark(mark, Instant::now());
        }
    }

    fn run(&mut self, outcome: Outcome) {
        while let Some(hook) = self.hooks.pop() {
            let finished = Finished {
                outcome,
                ledger: self.ledger.as_ref(),
            };
            // Foreign code, in the server's loop or in a drop: its panic was reported, and is nobody else's.
            let _ = catch_unwind(AssertUnwindSafe(|| hook(&finished)));
        }
    }
}

/// Nothing else has run the hooks.
impl Drop for Remaining {
    fn drop(&mut self) {
        self.run(match self.taken {
            true => Outcome::CutShort,
            false => Outcome::Unknown,
        });
    }
}

impl std::fmt::Debug for Remaining {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remaining")
            .field("ledger", &self.ledger)
            .field("hooks", &self.hooks.len())
            .finish_non_exhaustive()
    }
}

/// A body whose end is the end of the request, as far as can be known.
struct Followed {
    /// Taken at the close.
    body: Option<Body>,
    completion: Option<Completion>,
}

impl Blocks for Followed {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        match &mut self.body {
            Some(body) => body.next_block(),
            None => Ok(None),
        }
    }

    fn length(&self) -> Option<u64> {
        self.body.as_ref()?.length()
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        let closed = self.body.take().map_or(Ok(()), Body::close);
        self.completion = None;
        closed
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::Environ;
    use crate::testing::TrackedBody;

    type Log = Arc<Mutex<Vec<(&'static str, Outcome, bool)>>>;

    /// An environ with two hooks, which log their name, the outcome, and whether the last byte is known to be out.
    fn environ(log: &Log) -> Environ {
        let mut environ = Environ::new();
        for name in ["outer", "inner"] {
            let log = log.clone();
            environ.on_finished(move |finished| {
                let drained = finished
                    .ledger
                    .is_some_and(|ledger| ledger.has(Mark::Drained));
                log.lock().unwrap().push((name, finished.outcome, drained));
            });
        }
        environ
    }

    #[test]
    fn hooks_run_from_the_inside_out_when_all_is_sent() {
        let log = Log::default();
        environ(&log).take_completion().unwrap().finish();
        let expected = [
            ("inner", Outcome::Sent, false),
            ("outer", Outcome::Sent, false),
        ];
        assert_eq!(*log.lock().unwrap(), expected);
    }

    #[test]
    fn hooks_see_the_finished_ledger() {
        let log = Log::default();
        let mut environ = environ(&log);
        environ.begin_ledger(Instant::now());
        let completion = environ.take_completion().unwrap();
        assert!(completion.0.ledger.as_ref().unwrap().has(Mark::Ended));
        completion.finish();
        assert_eq!(log.lock().unwrap()[0], ("inner", Outcome::Sent, true));
    }

    #[test]
    fn a_completion_that_is_dropped_was_cut_short() {
        let log = Log::default();
        let mut environ = environ(&log);
        environ.begin_ledger(Instant::now());
        drop(environ.take_completion());
        assert_eq!(log.lock().unwrap()[0], ("inner", Outcome::CutShort, false));
        assert_eq!(log.lock().unwrap().len(), 2);
    }

    #[test]
    fn a_server_that_knows_no_completions_runs_the_hooks_all_the_same() {
        let log = Log::default();
        drop(environ(&log));
        environ(&log).reset();
        let outcomes: Vec<Outcome> = log.lock().unwrap().iter().map(|entry| entry.1).collect();
        assert_eq!(outcomes, [Outcome::Unknown; 4]);
    }

    #[test]
    fn a_hook_that_panics_does_not_keep_others_from_running() {
        let log = Log::default();
        let mut environ = environ(&log);
        environ.on_finished(|_| panic!("on purpose"));
        environ.take_completion().unwrap().finish();
        assert_eq!(log.lock().unwrap().len(), 2);
    }

    #[test]
    fn a_followed_body_runs_the_hooks_after_its_close() {
        let log = Log::default();
        let tracked = TrackedBody::new(["one", "two"]);
        let mut environ = environ(&log);
        let closed = tracked.clone();
        let seen = Arc::new(Mutex::new(None));
        let sink = seen.clone();
        environ.on_finished(move |_| *sink.lock().unwrap() = Some(closed.closed()));
        let mut body = environ.take_completion().unwrap().follow(tracked.body());
        assert_eq!(body.next_block().unwrap(), Some(&b"one"[..]));
        assert!(log.lock().unwrap().is_empty());
        body.close().unwrap();
        assert_eq!(*seen.lock().unwrap(), Some(1), "closed before");
        assert_eq!(log.lock().unwrap()[0].1, Outcome::Unknown);
        assert_eq!(log.lock().unwrap().len(), 2);
    }
}
