//! Responses that have ended and are still on their way, each with what is to happen when it has gone out.

use std::collections::VecDeque;

use wsgi_core::Completion;

/// The responses of one output, in their order. Empty, and without memory of its own, unless requests ask for it.
#[derive(Debug, Default)]
pub(crate) struct Completions {
    queue: VecDeque<Due>,
    /// How many bytes are to be sent until all of them have gone out.
    left: u64,
    /// Bytes that were sent and not yet told of.
    aside: u64,
}

#[derive(Debug)]
struct Due {
    completion: Completion,
    /// How many bytes are to be sent from the end of the response before until the end of this one.
    left: u64,
}

impl Completions {
    /// Whether there is nothing to be told of.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Adds a response that ends with the last of the bytes which are still to be sent.
    pub(crate) fn push(&mut self, completion: Completion, pending: u64) {
        if pending == 0 {
            return completion.finish();
        }
        let left = pending.saturating_sub(self.left);
        self.left += left;
        self.queue.push_back(Due { completion, left });
    }

    /// Takes note of bytes that another thread has sent. What they complete is finished when the next are sent, on
    /// the connection's own thread.
    pub(crate) fn sent_aside(&mut self, count: u64) {
        if !self.is_empty() {
            self.aside += count;
        }
    }

    /// Takes note of bytes that were sent; what they complete is finished.
    pub(crate) fn sent(&mut self, count: u64) {
        let mut count = count + std::mem::take(&mut self.aside);
        while let Some(due) = self.queue.front_mut() {
            if count > 0 {
                due.completion.mark_first_byte();
            }
            let part = count.min(due.left);
            due.left -= part;
            count -= part;
            self.left -= part;
            if due.left > 0 {
                return;
            }
            if let Some(due) = self.queue.pop_front() {
                due.completion.finish();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Instant;

    use wsgi_core::{Environ, Mark, Outcome};

    use super::*;

    type Log = Arc<Mutex<Vec<(char, Outcome, bool)>>>;

    /// A completion that logs its name, how it ended, and whether its first byte was sent.
    fn completion(name: char, log: &Log) -> Completion {
        let mut environ = Environ::new();
        environ.begin_ledger(Instant::now());
        let log = log.clone();
        environ.on_finished(move |finished| {
            let begun = finished
                .ledger
                .is_some_and(|ledger| ledger.has(Mark::FirstByte));
            log.lock().unwrap().push((name, finished.outcome, begun));
        });
        environ.take_completion().unwrap()
    }

    #[test]
    fn a_response_is_finished_with_its_last_byte_whatever_the_sends() {
        let log = Log::default();
        let mut completions = Completions::default();
        completions.sent(100); // of responses that asked for nothing
        assert!(completions.is_empty());
        completions.push(completion('a', &log), 10);
        completions.push(completion('b', &log), 30);
        completions.push(completion('c', &log), 30); // an empty one
        let seen = |log: &Log| {
            log.lock()
                .unwrap()
                .iter()
                .map(|entry| entry.0)
                .collect::<String>()
        };
        completions.sent(9);
        assert_eq!(seen(&log), "");
        completions.sent(1);
        assert_eq!(seen(&log), "a");
        completions.sent(19);
        assert_eq!(seen(&log), "a");
        completions.sent(1);
        assert_eq!(seen(&log), "abc");
        assert!(
            log.lock()
                .unwrap()
                .iter()
                .all(|entry| entry.1 == Outcome::Sent)
        );
    }

    #[test]
    fn what_another_thread_has_sent_is_finished_by_the_own() {
        let log = Log::default();
        let mut completions = Completions::default();
        completions.sent_aside(100); // of responses that asked for nothing
        completions.push(completion('a', &log), 10);
        completions.sent_aside(10);
        assert!(log.lock().unwrap().is_empty());
        completions.sent(0);
        assert_eq!(log.lock().unwrap()[0], ('a', Outcome::Sent, true));
    }

    #[test]
    fn a_response_that_was_sent_already_is_finished_at_once() {
        let log = Log::default();
        Completions::default().push(completion('a', &log), 0);
        assert_eq!(log.lock().unwrap().len(), 1);
    }

    #[test]
    fn responses_that_stay_behind_are_cut_short_and_those_that_began_know_it() {
        let log = Log::default();
        let mut completions = Completions::default();
        completions.push(completion('a', &log), 10);
        completions.push(completion('b', &log), 30);
        completions.sent(5);
        drop(completions);
        let expected = [
            ('a', Outcome::CutShort, true),
            ('b', Outcome::CutShort, false),
        ];
        assert_eq!(*log.lock().unwrap(), expected);
    }
}
