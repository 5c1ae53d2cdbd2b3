//! What the threads of an event loop do.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use super::crew::{Job, Order};
use super::event_loop::{EventLoop, RETRY_AFTER};
use super::forecast::Stopwatch;
use super::{Letter, Loop};
use crate::connection::Connection;
use crate::control::Stop;

/// The life of a thread: it leads, or answers what it is given, until it is not needed any more.
pub(super) fn serve(lp: &Arc<Loop>, me: usize) {
    let shared = &lp.shared;
    shared.interpreter.thread(&mut || {
        lp.crew.identify(me, shared.interpreter.thread_id());
        shared.outboxes.serve(|| {
            while let Some(order) = lp.crew.next(me) {
                match order {
                    Order::Lead(state) => lead(lp, me, state),
                    Order::Respond(job) => respond(lp, me, job),
                    Order::Abandon(mut connection) => {
                        shared.interpreter.attach(&mut || connection.abandon());
                    }
                }
            }
        });
    });
}

/// Leads the event loop until another thread does, or to the end.
pub(super) fn lead(lp: &Arc<Loop>, me: usize, state: Box<EventLoop>) {
    lp.leader.set_here();
    // What panics in an application is caught around it. Should the engine itself be at fault, the server ends and
    // says so, rather than to go on listening with nobody to answer.
    let led = catch_unwind(AssertUnwindSafe(|| {
        let mut leading = Some(state);
        while let Some(state) = leading.take() {
            leading = lead_on(lp, me, state);
        }
    }));
    if led.is_err() {
        lp.end(Err(std::io::Error::other("a bug: the event loop panicked")));
    }
}

/// Waits once, and does all there is to do then. `None`: this thread leads no more.
fn lead_on(lp: &Arc<Loop>, me: usize, mut state: Box<EventLoop>) -> Option<Box<EventLoop>> {
    let goes_on = state.wait(lp);
    let ends = !matches!(goes_on, Ok(true));
    let mut here = Some(state);
    lp.shared.interpreter.attach(&mut || {
        if let Some(mut state) = here.take() {
            state.attached();
            if ends {
                state.close(lp, me);
            } else {
                here = work(lp, me, state);
            }
        }
    });
    if ends {
        lp.end(goes_on.map(drop));
    }
    here
}

/// Calls the application for every request at hand.
fn work(lp: &Arc<Loop>, me: usize, mut state: Box<EventLoop>) -> Option<Box<EventLoop>> {
    while let Some(mut call) = state.next_call(lp, me) {
        let draining = lp.shared.stop() != Stop::No;
        if lp.is_solo() {
            let again = call.connection.respond(&lp.shared, draining);
            state.put_back(lp, me, call, again);
            continue;
        }
        let watch = call.is_measured.then(Stopwatch::start);
        let turn = lp.baton.put_down(state);
        let again = call.connection.respond(&lp.shared, draining);
        match lp.baton.take_up(turn) {
            Some(mine) => state = mine,
            None => {
                // Succeeded meanwhile: this thread ends what it has begun, and the connection goes back.
                finish(lp, &mut call.connection, again);
                hand_back(lp, call.key, call.connection);
                return None;
            }
        }
        if let Some(watch) = watch {
            state.note_measured_call(watch.has_waited());
        }
        state.put_back(lp, me, call, again);
    }
    Some(state)
}

/// Answers one request, beside the event loop.
fn respond(lp: &Loop, me: usize, mut job: Job) {
    if job.connection.thread().is_none() {
        if job.connection.stream().is_answer_revoked() {
            return hand_back(lp, job.key, job.connection); // its deadline is over
        }
        let age = lp.shared.patience();
        if age.is_some_and(|age| job.since.elapsed() > age) {
            job.connection.refuse_overload(RETRY_AFTER);
            return hand_back(lp, job.key, job.connection);
        }
        if job.has_waited && lp.has_left(&job.connection) {
            job.connection.abandon();
            return hand_back(lp, job.key, job.connection);
        }
        job.connection.set_thread(me);
    }
    let asked = lp.shared.ledger.then(Instant::now);
    lp.shared.interpreter.attach(&mut || {
        if let Some(asked) = asked {
            job.connection.waited_for_interpreter(asked.elapsed());
        }
        finish(lp, &mut job.connection, true);
    });
    hand_back(lp, job.key, job.connection);
}

/// Goes on with an answer as long as the application has more at once, and sends what there is.
fn finish(lp: &Loop, connection: &mut Connection, mut again: bool) {
    while again {
        again = connection.respond(&lp.shared, lp.shared.stop() != Stop::No);
    }
    connection.flush();
}

fn hand_back(lp: &Loop, key: usize, connection: Box<Connection>) {
    if let Some(me) = connection.thread() {
        // Before the letter: nobody knows how long this thread is parked when it is read.
        lp.crew.pin(me);
    }
    if let Err(Letter::Returned(_, mut connection)) = lp.post(Letter::Returned(key, connection)) {
        // The event loop has ended, so nobody else will.
        connection.abandon();
    }
}
