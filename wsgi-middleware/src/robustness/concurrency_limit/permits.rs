//! Permits, and the queue of those who wait for one.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wsgi_core::Client;

use super::sync::{AtomicUsize, Condvar, Mutex, MutexGuard, Ordering, PoisonError};

/// How often a request that waits looks whether its client is still there.
const LOOK: Duration = Duration::from_millis(100);

/// So many permits, given to those who wait in the order in which they came.
///
/// As long as nobody waits, taking one and giving it back is one step of an atomic number each. The lock is for those who
/// wait and for those who give to them; model-checked.
#[derive(Debug)]
pub(super) struct Permits {
    limit: usize,
    queue_limit: usize,
    patience: Duration,
    /// How many permits are free, or [`AWAITED`]: just as long as somebody is in the queue, so that it becomes that, or
    /// something else again, under the queue's lock alone.
    free: AtomicUsize,
    queue: Mutex<VecDeque<Arc<Place>>>,
}

/// None is free, and what is given back goes to the first who waits.
const AWAITED: usize = usize::MAX;

/// A place in the queue; true once it has been given a permit.
#[derive(Debug)]
pub(super) struct Place {
    given: Mutex<bool>,
    changed: Condvar,
}

/// The right to be in the application; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Permit<P: AsRef<Permits>>(P);

/// What who asks for a permit gets.
#[derive(Debug)]
pub(super) enum Joined {
    Permit,
    Place(Arc<Place>),
    Full,
}

impl Permits {
    pub(super) fn new(limit: usize, queue_limit: usize, patience: Duration) -> Self {
        let limit = limit.min(AWAITED - 1);
        Self {
            limit,
            queue_limit,
            patience,
            free: AtomicUsize::new(limit),
            queue: Mutex::new(VecDeque::new()),
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
        match self.free.load(Ordering::Relaxed) {
            AWAITED => self.limit,
            free => self.limit - free,
        }
    }

    pub(super) fn waiting(&self) -> usize {
        self.queue().len()
    }

    /// Takes a permit that is free.
    pub(super) fn try_take(&self) -> bool {
        let take = |free| match free {
            0 | AWAITED => None,
            free => Some(free - 1),
        };
        // Acquires what the one before did with it, and released.
        self.free
            .fetch_update(Ordering::Acquire, Ordering::Relaxed, take)
            .is_ok()
    }

    /// A permit that was given back since, or else a place in the queue.
    pub(super) fn join(&self) -> Joined {
        let mut queue = self.queue();
        let is_full = self.limit == 0 || queue.len() >= self.queue_limit;
        let join = |free| match free {
            0 | AWAITED => (!is_full).then_some(AWAITED),
            free => Some(free - 1),
        };
        let before = self
            .free
            .fetch_update(Ordering::Acquire, Ordering::Relaxed, join);
        match before {
            Err(_) => Joined::Full,
            Ok(0 | AWAITED) => {
                let place = Arc::new(Place::new());
                queue.push_back(place.clone());
                Joined::Place(place)
            }
            Ok(_) => Joined::Permit,
        }
    }

    /// Takes a permit, after a wait of at most `left` and the queue's time; whether there was one, and how long that took.
    /// There is none for who finds the queue full, has waited for too long, or whose client has left.
    fn wait(&self, client: Option<Client>, left: Duration) -> (bool, Duration) {
        let came = Instant::now();
        let place = match self.join() {
            Joined::Permit => return (true, Duration::ZERO),
            Joined::Full => return (false, Duration::ZERO),
            Joined::Place(place) => place,
        };
        let patience = left.min(self.patience);
        let is_given = wsgi_core::waiting(|| self.stand(&place, came, patience, client.as_ref()));
        (is_given, came.elapsed())
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
    pub(super) fn leave(&self, place: &Arc<Place>) -> bool {
        let mut queue = self.queue();
        let is_own = |other: &Arc<Place>| Arc::ptr_eq(other, place);
        let Some(at) = queue.iter().position(is_own) else {
            return false;
        };
        queue.remove(at);
        self.note_end_of(&queue);
        true
    }

    pub(super) fn give_back(&self) {
        let give = |free| (free != AWAITED).then(|| free + 1);
        let given = self
            .free
            .fetch_update(Ordering::Release, Ordering::Relaxed, give);
        if given.is_err() {
            self.hand_over();
        }
    }

    /// Gives a permit to the first who waits.
    #[cold]
    fn hand_over(&self) {
        let mut queue = self.queue();
        match queue.pop_front() {
            Some(place) => {
                self.note_end_of(&queue);
                drop(queue);
                place.give();
            }
            // Whoever waited has left since, and nobody else can come as long as the lock is held.
            None => {
                self.free.fetch_add(1, Ordering::Release);
            }
        }
    }

    /// Somebody has left the queue, so that none is free: with the last who waits it begins to count again.
    fn note_end_of(&self, queue: &VecDeque<Arc<Place>>) {
        if queue.is_empty() {
            self.free.store(0, Ordering::Relaxed);
        }
    }

    /// Held for a few instructions, and never while foreign code runs.
    fn queue(&self) -> MutexGuard<'_, VecDeque<Arc<Place>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    fn new() -> Self {
        Self {
            given: Mutex::new(false),
            changed: Condvar::new(),
        }
    }

    fn give(&self) {
        *self.given.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_one();
    }

    /// Whether it has been given a permit, after a wait of this time at most.
    pub(super) fn wait(&self, time: Duration) -> bool {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        if *given {
            return true;
        }
        let waited = self.changed.wait_timeout(given, time);
        let (given, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *given
    }
}

impl<'p> Permit<&'p Arc<Permits>> {
    /// One that is free.
    pub(super) fn try_acquire(permits: &'p Arc<Permits>) -> Option<Self> {
        permits.try_take().then(|| Self(permits))
    }

    /// One that comes free within `left` and the queue's time, and how long that took.
    pub(super) fn acquire(
        permits: &'p Arc<Permits>,
        client: Option<Client>,
        left: Duration,
    ) -> (Option<Self>, Duration) {
        let (has_one, waited) = permits.wait(client, left);
        (has_one.then(|| Self(permits)), waited)
    }

    /// The same for longer than the call.
    pub(super) fn into_owned(self) -> Permit<Arc<Permits>> {
        let permits = self.0.clone();
        std::mem::forget(self);
        Permit(permits)
    }
}

impl<P: AsRef<Permits>> Drop for Permit<P> {
    fn drop(&mut self) {
        self.0.as_ref().give_back();
    }
}
