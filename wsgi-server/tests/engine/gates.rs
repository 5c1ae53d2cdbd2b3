//! An application whose calls wait for a gate to be opened.

use std::collections::HashSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use wsgi_core::{Application, Body, StatusLine, application_fn};

use super::kit::DEADLINE;

/// The gates that calls wait at: one for each path that begins with `/wait`.
#[derive(Default)]
pub(crate) struct Gates {
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Default)]
struct GateState {
    open: HashSet<String>,
    all_open: bool,
    /// All who came to a gate, in their order.
    arrived: Vec<String>,
    inside: usize,
    most: usize,
}

impl Gates {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Answers the path, once its gate is open; `X-Thread` names the thread.
    pub(crate) fn app(self: &Arc<Self>) -> impl Application + 'static {
        let gates = self.clone();
        application_fn(move |environ, start_response| {
            let path = String::from_utf8_lossy(environ.path_info()).into_owned();
            if path.starts_with("/wait") {
                gates.pass(&path);
            }
            let thread = thread::current();
            let thread = thread.name().unwrap_or_default();
            start_response.start(
                StatusLine::OK,
                [("Content-Type", "text/plain"), ("X-Thread", thread)],
            )?;
            Ok(Body::from(path))
        })
    }

    /// Arrives at a gate, and waits until it is open.
    pub(crate) fn pass(&self, gate: &str) {
        let mut state = self.lock();
        state.arrived.push(gate.to_owned());
        state.inside += 1;
        state.most = state.most.max(state.inside);
        self.changed.notify_all();
        // Longer than a client waits, so that it is the test that fails.
        let waited = self
            .changed
            .wait_timeout_while(state, 2 * DEADLINE, |state| {
                !state.all_open && !state.open.contains(gate)
            });
        let (mut state, timeout) = waited.unwrap();
        state.inside -= 1;
        assert!(!timeout.timed_out(), "nobody opened {gate}");
    }

    pub(crate) fn open(&self, gate: &str) {
        self.lock().open.insert(gate.to_owned());
        self.changed.notify_all();
    }

    pub(crate) fn open_all(&self) {
        self.lock().all_open = true;
        self.changed.notify_all();
    }

    pub(crate) fn close_all(&self) {
        self.lock().all_open = false;
    }

    /// Waits until so many have arrived in all, and tells who they were.
    pub(crate) fn wait_for(&self, count: usize) -> Vec<String> {
        let waited = self
            .changed
            .wait_timeout_while(self.lock(), DEADLINE, |state| state.arrived.len() < count);
        let (state, timeout) = waited.unwrap();
        assert!(!timeout.timed_out(), "only {:?} arrived", state.arrived);
        state.arrived.clone()
    }

    /// All who came to a gate, in their order.
    pub(crate) fn arrived(&self) -> Vec<String> {
        self.lock().arrived.clone()
    }

    /// How many waited at most at the same time.
    pub(crate) fn most(&self) -> usize {
        self.lock().most
    }

    fn lock(&self) -> MutexGuard<'_, GateState> {
        self.state.lock().unwrap()
    }
}

/// A name for each number. Of letters, for the engine takes paths for one that differ in digits only.
pub(crate) fn name(number: usize) -> String {
    let letter = |place: u32| char::from(b'a' + (number / 26_usize.pow(place) % 26) as u8);
    [2, 1, 0].map(letter).iter().collect()
}
