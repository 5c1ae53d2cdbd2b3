//! The engine: adaptive leader/followers.
//!
//! One thread, the **leader**, runs the event loop and calls the application itself: no queue, no hand-over, no lock
//! on the way of a request. That is the fastest way as long as the application is quick. Should a call take long, the
//! **watcher** takes the loop away from its leader and gives it to another thread:
//!
//! ```text
//!  thread 1   wait ── events ── call /a ── call /slow ─────────────────── send ── post ── park
//!             (leads)                 │ put down                            ▲ finds no loop any more,
//!                                     ▼                                     │ ends its answer alone,
//!                                 [ baton ]                                 │ hands the connection back
//!                                     │ take up, as the same call was seen at two ticks
//!  watcher    ─ tick ─── tick ────────┴─ promote ─ tick ───
//!                                          │
//!  thread 2   parked ──────────────────────┴─ the rest of the events ── wait ── /slow's connection is back ── …
//!                                            (leads)
//! ```
//!
//! So that a hundred slow calls need not wait for a hundred ticks, the loop remembers what was slow (the [`forecast`]):
//! such requests are given to another thread *before* the call. The leader keeps the loop then:
//!
//! ```text
//!  leader     events ── /slow is ready ── give ── /b is ready ── call /b ── …… ── collect ── next request of …
//!                                          │                                         ▲ the connection comes back
//!  thread 3   parked ──────────────────────┴─ call /slow ── send ── post ────────────┘
//! ```
//!
//! # Who owns what
//! Everything is owned by one thread at a time, and moves as a box, so that a request takes no lock:
//! - The [`EventLoop`](event_loop::EventLoop) is the leader's. During a call it lies in the [`baton`], from where either the leader takes it up
//!   again or the watcher does.
//! - A connection is the loop's, or that of the thread which answers its request. Meanwhile its slot in the loop gathers what
//!   its socket tells.
//! - What other threads have for the leader lies in the [`mailbox`].
//! - Parked threads, their orders, and requests that wait for a thread are the [`crew`]'s, behind its one lock.
//!
//! One request's call, iteration and `close()` stay on one thread: an answer that waits for its client goes on where
//! it began.
//!
//! # Where to look
//! | file | what it is |
//! |---|---|
//! | [`event_loop`] | connections and events, and who answers a request |
//! | [`leader`] | what a thread does: lead, or answer |
//! | [`watcher`] | ticks, and takes the loop from a slow call |
//! | [`attendant`] | the thread that runs the server; signal handlers run there |
//! | [`baton`], [`mailbox`], [`sleep`] | the hand-overs between threads, model-checked |
//! | [`crew`] | threads and the queue for them, model-checked |
//! | [`forecast`] | what was slow before |
//! | [`thread_state`] | whether a leader waits, or runs |
//!
//! All interleavings of the hand-overs are run by `RUSTFLAGS="--cfg loom" cargo test -p wsgi-server
//! --no-default-features --release --lib engine::models`; many requests under random delays at each of them by
//! `RUSTFLAGS="--cfg wsgi_stress" cargo test -p wsgi-server --release --test stress -- --nocapture`.

mod attendant;
mod baton;
mod crew;
mod event_loop;
mod forecast;
mod leader;
mod mailbox;
#[cfg(all(test, loom))]
mod models;
mod sleep;
mod stress;
mod sync;
mod thread_state;
mod watcher;

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use mio::{Poll, Waker};

use crate::connection::{Connection, Workbench};
use crate::control::{Shared, Stop};
use crate::listener::Listener;
use attendant::Attendant;
use baton::Baton;
use crew::Crew;
use event_loop::{EventLoop, SWEEP, WAKER};
use mailbox::Mailbox;
use thread_state::ThreadState;
use watcher::{Pulse, Watcher};

/// The stack of a thread that calls applications: as much as the system gives a thread of Python's own, for deep
/// recursion. Only what is used becomes memory.
const STACK: usize = 8 << 20;

/// The seat of the one thread of a server that has no others.
const SOLO: usize = 0;

/// A server's event loops, ready to run.
pub(crate) struct Engine {
    loops: Vec<Arc<Loop>>,
    states: Vec<EventLoop>,
    watcher: Watcher,
    shared: Arc<Shared>,
}

/// What the threads of one event loop have in common.
pub(crate) struct Loop {
    shared: Arc<Shared>,
    index: usize,
    baton: Baton<EventLoop>,
    mailbox: Mailbox<Letter>,
    waker: Waker,
    crew: Crew,
    pulse: Arc<Pulse>,
    /// How long the leader waits for events at most, before it looks for what has become overdue.
    sweep_interval: Duration,
    sample: Sample,
    leader: ThreadState,
    /// How many connections it has, for those who have one to give away.
    load: AtomicUsize,
    ended: AtomicBool,
    outcome: Mutex<io::Result<()>>,
}

/// What other threads have for a leader.
enum Letter {
    /// A connection comes back from the thread that has answered its request.
    Returned(usize, Box<Connection>),
    /// A client that another loop has accepted.
    Arrived(Box<Connection>),
}

/// Leave to measure one call: at each tick there is one, so that measuring costs next to nothing.
#[derive(Debug, Default)]
struct Sample(AtomicBool);

impl Sample {
    fn give(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn take(&self) -> bool {
        self.0.load(Ordering::Relaxed) && self.0.swap(false, Ordering::Relaxed)
    }
}

impl Engine {
    /// The first loop accepts for all.
    pub(crate) fn new(listeners: Vec<Listener>, shared: Arc<Shared>) -> io::Result<Self> {
        let (watcher, pulse) = Watcher::new()?;
        let pulse = Arc::new(pulse);
        let (mut loops, mut states) = (Vec::new(), Vec::new());
        let mut listeners = Some(listeners);
        let bodies = Arc::default(); // one account for all loops
        let request_timeout = shared.request_timeout.unwrap_or(Duration::MAX);
        let sweep_interval = SWEEP.min((request_timeout / 4).max(Duration::from_millis(10)));
        for index in 0..shared.loops {
            let poll = Poll::new()?;
            let waker = Waker::new(poll.registry(), WAKER)?;
            let bench = Workbench::new(shared.limits.clone(), shared.timeouts.clone())
                .sharing(&bodies)
                .keeping_ledgers(shared.ledger)
                .telling(&shared.refusals);
            let listeners = listeners.take().unwrap_or_default();
            states.push(EventLoop::new(poll, listeners, bench)?);
            // The threads are shared out evenly.
            let threads = (shared.threads + index) / shared.loops;
            loops.push(Arc::new(Loop {
                shared: shared.clone(),
                index,
                baton: Baton::new(),
                mailbox: Mailbox::new(),
                waker,
                crew: Crew::new(threads.max(1), shared.queue_limit),
                pulse: pulse.clone(),
                sweep_interval,
                sample: Sample::default(),
                leader: ThreadState::default(),
                load: AtomicUsize::new(0),
                ended: AtomicBool::new(false),
                outcome: Mutex::new(Ok(())),
            }));
        }
        let acceptor = loops.first().map(Arc::downgrade).unwrap_or_default();
        shared
            .admission
            .wakes(move || acceptor.upgrade().iter().for_each(|lp| lp.wake()));
        let running = loops.iter().map(Arc::downgrade).collect();
        let _ = shared.running.set(running); // the only time
        Ok(Self {
            loops,
            states,
            watcher,
            shared,
        })
    }

    /// Serves until it is told to stop and the last request is answered. The calling thread attends to signals; with one
    /// thread alone, it does everything.
    pub(crate) fn run(mut self) -> io::Result<()> {
        if self.shared.threads == 1 {
            let interpreter = &self.shared.interpreter;
            interpreter.thread(&mut || {
                if let Some(state) = self.states.pop() {
                    leader::lead(&self.loops[0], SOLO, Box::new(state));
                }
            });
            return self.outcome();
        }
        for (lp, state) in self.loops.iter().zip(self.states.drain(..)) {
            if let Err(error) = lp.crew.start(Box::new(state), |id| lp.spawn(id)) {
                lp.end(Err(error));
                self.shared.request_stop(Stop::Now);
            }
        }
        let pulse = self.loops[0].pulse.clone();
        let alarm = pulse.clone();
        self.shared.outboxes.watched_by(move || alarm.quicken());
        let watched = self.watch(&pulse);
        for lp in &self.loops {
            drop(lp.crew.dismiss());
        }
        watched.and(self.outcome())
    }

    /// Until the last event loop has ended.
    fn watch(&mut self, pulse: &Pulse) -> io::Result<()> {
        let (mut attendant, end) = Attendant::new()?;
        let has_ended = || self.loops.iter().all(|lp| lp.has_ended());
        thread::scope(|scope| {
            let watch = || {
                self.watcher.watch(&self.shared, pulse, &self.loops);
                if let Err(error) = end.wake() {
                    tracing::error!(%error, "cannot tell the end of the server; it is looked for twice a second");
                }
            };
            let builder = thread::Builder::new().name("wsgi-watch".to_owned());
            let watched = builder.spawn_scoped(scope, watch).map(drop);
            if watched.is_err() {
                self.shared.request_stop(Stop::Now);
            }
            attendant.attend(&self.shared, has_ended);
            watched
        })
    }

    fn outcome(&self) -> io::Result<()> {
        let take = |lp: &Arc<Loop>| {
            let mut outcome = lp.outcome.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *outcome, Ok(()))
        };
        self.loops.iter().try_for_each(take)
    }
}

impl Loop {
    /// Whether the one thread of the server does everything.
    fn is_solo(&self) -> bool {
        self.shared.threads == 1
    }

    fn thread_name(&self, id: usize) -> String {
        format!("wsgi-{}-{id}", self.index)
    }

    /// Starts the thread of a seat.
    fn spawn(self: &Arc<Self>, id: usize) -> io::Result<()> {
        let lp = self.clone();
        thread::Builder::new()
            .name(self.thread_name(id))
            .stack_size(STACK)
            .spawn(move || leader::serve(&lp, id))
            .map(drop)
    }

    /// Leaves a letter for the leader, and wakes it if it waits.
    fn post(&self, letter: Letter) -> Result<(), Letter> {
        if self.mailbox.post(letter)? {
            self.wake();
        }
        Ok(())
    }

    pub(crate) fn wake(&self) {
        if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "cannot wake the event loop; it looks by itself twice a second");
        }
    }

    /// Gives a new client to the loop that has the fewest. Comes back if that is this one.
    fn pass_on(&self, connection: Box<Connection>) -> Option<Box<Connection>> {
        let loops = self.shared.running.get().filter(|loops| loops.len() > 1);
        let least = loops.and_then(|loops| {
            let loops = loops.iter().filter_map(Weak::upgrade);
            loops.min_by_key(|lp| lp.load.load(Ordering::Relaxed))
        });
        let Some(least) = least.filter(|least| least.index != self.index) else {
            return Some(connection);
        };
        least.load.fetch_add(1, Ordering::Relaxed); // so that the next goes to another one
        match least.post(Letter::Arrived(connection)) {
            Err(Letter::Arrived(connection)) => Some(connection),
            _ => None,
        }
    }

    /// Whether the client of a request that had to wait has left meanwhile: then it is not run.
    fn has_left(&self, connection: &Connection) -> bool {
        let stream = connection.stream();
        let has_left = match self.shared.answer_half_closed {
            true => stream.is_gone(),
            false => stream.is_left(),
        };
        if has_left {
            let path = connection.path().escape_ascii();
            tracing::debug!(%path, "not run, as its client has left before its turn came");
        }
        has_left
    }

    fn leader_is_running(&self) -> bool {
        self.leader.is_running()
    }

    fn set_load(&self, connections: usize) {
        self.load.store(connections, Ordering::Relaxed);
    }

    /// The event loop has ended, like this.
    fn end(&self, outcome: io::Result<()>) {
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = outcome;
        self.ended.store(true, Ordering::Release);
        self.pulse.wake();
    }

    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }
}
