//! Permits, and the queue of those who wait for one.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use wsgi_core::Client;

/// How often a request that waits looks whether its client is still there.
const LOOK: Duration = Duration::from_millis(100);

/// So many permits, given to those who wait in the order in which they came.
#[derive(Debug)]
pub(super) struct Permits {
    limit: usize,
    queue_limit: usize,
    patience: Duration,
    state: Mutex<State>,
}

/// While anybody waits, nothing is free: what is given back goes to the first of them.
#[derive(Debug)]
struct State {
    free: usize,
    queue: VecDeque<Arc<Place>>,
}

/// A place in the queue; true once it has been given a permit.
#[derive(Debug, Default)]
struct Place {
    given: Mutex<bool>,
    changed: Condvar,
}

/// The right to be in the application; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Permit(Arc<Permits>);

impl Permits {
    pub(super) fn new(limit: usize, queue_limit: usize, patience: Duration) -> Self {
        Self {
            limit,
            queue_limit,
            patience,
            state: Mutex::new(State {
                free: limit,
                queue: VecDeque::new(),
            }),
        }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    pub(super) fn queue_limit(&self) -> usize {
        self.queue_limit
    }

    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    pub(super) fn in_use(&self) -> usize {
        self.limit - self.state().free
    }

    pub(super) fn waiting(&self) -> usize {
        self.state().queue.len()
    }

    /// A permit that is free.
    pub(super) fn try_acquire(self: &Arc<Self>) -> Option<Permit> {
        let mut state = self.state();
        state.free = state.free.checked_sub(1)?;
        Some(Permit(self.clone()))
    }

    /// A permit, after a wait of at most `left` and the queue's time, and how long it was. None for who finds the queue
    /// full, has waited for too long, or whose client has left.
    pub(super) fn wait(
        self: &Arc<Self>,
        client: Option<Client>,
        left: Duration,
    ) -> (Option<Permit>, Duration) {
        let came = Instant::now();
        let place = {
            let mut state = self.state();
            if let Some(free) = state.free.checked_sub(1) {
                state.free = free; // given back since
                return (Some(Permit(self.clone())), Duration::ZERO);
            }
            if self.limit == 0 || state.queue.len() >= self.queue_limit {
                return (None, Duration::ZERO);
            }
            let place = Arc::new(Place::default());
            state.queue.push_back(place.clone());
            place
        };
        let patience = left.min(self.patience);
        let is_given = wsgi_core::waiting(|| self.stand(&place, came, patience, client.as_ref()));
        (is_given.then(|| Permit(self.clone())), came.elapsed())
    }

    /// Waits at a place until it is given a permit, or given up; whether it has one.
    fn stand(
        &self,
        place: &Arc<Place>,
        came: Instant,
        patience: Duration,
        client: Option<&Client>,
    ) -> bool {
        loop {
            let left = patience.saturating_sub(came.elapsed());
            if place.wait(left.min(LOOK)) {
                return true;
            }
            // Asked without any lock, for an outer server's client is asked in Python.
            let has_left = || client.is_some_and(Client::is_disconnected);
            if left.is_zero() || has_left() {
                return !self.leave(place);
            }
        }
    }

    /// Gives up a place; false if it was given a permit meanwhile.
    fn leave(&self, place: &Arc<Place>) -> bool {
        let mut state = self.state();
        let at = state
            .queue
            .iter()
            .position(|other| Arc::ptr_eq(other, place));
        at.is_some_and(|at| state.queue.remove(at).is_some())
    }

    fn give_back(&self) {
        let mut state = self.state();
        match state.queue.pop_front() {
            Some(place) => {
                drop(state);
                place.give();
            }
            None => state.free += 1,
        }
    }

    /// Held for a few instructions, and never while foreign code runs.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    fn give(&self) {
        *self.given.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_one();
    }

    /// Whether it is given a permit within this time.
    fn wait(&self, time: Duration) -> bool {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .changed
            .wait_timeout_while(given, time, |given| !*given)
            .unwrap_or_else(PoisonError::into_inner);
        *waited.0
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.give_back();
    }
}
