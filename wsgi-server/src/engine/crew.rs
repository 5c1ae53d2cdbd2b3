//! The threads of an event loop, and the requests that wait for one.
//!
//! Threads are made on demand, up to the cap. One that has nothing to do parks; the one that parked last is woken
//! first, as its stack and its interpreter state are still warm, so that threads which are not needed stay parked and
//! end after a while. At the cap requests wait in a queue, in the order in which they came.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use slab::Slab;

use super::event_loop::EventLoop;
use super::stress;
use super::sync::{AtomicUsize, Condvar, Mutex, MutexGuard, Ordering, PoisonError};
use crate::connection::Connection;

/// How long a thread stays parked before it ends.
const PARKED: Duration = Duration::from_secs(30);

/// So many idle threads are spared further requests, as their unfinished answers wait for clients.
const SPARED: usize = 4;

/// What a thread is to do. (In models of the crew, event loops and connections are mere numbers.)
pub(super) enum Order<E = EventLoop, C = Connection> {
    /// To lead the event loop from now on.
    Lead(Box<E>),
    /// To answer a request, or to go on with an answer that this thread has begun.
    Respond(Job<C>),
    /// To close the body of an answer that this thread has begun and nobody waits for.
    Abandon(Box<C>),
}

/// A connection whose request is to be answered.
pub(super) struct Job<C = Connection> {
    pub(super) key: usize,
    pub(super) connection: Box<C>,
    /// When the request was complete.
    pub(super) since: Instant,
    /// No thread was free for it at once.
    pub(super) has_waited: bool,
}

impl<C> Job<C> {
    pub(super) fn new(key: usize, connection: Box<C>, since: Instant) -> Self {
        Self {
            key,
            connection,
            since,
            has_waited: false,
        }
    }
}

/// What became of a job.
pub(super) enum Given<C = Connection> {
    /// A thread has it, or will have it.
    Taken,
    /// The queue is full.
    Full(Job<C>),
    /// There is no thread, and the system makes none.
    NoThread(Job<C>),
}

pub(super) struct Crew<E = EventLoop, C = Connection> {
    roster: Mutex<Roster<E, C>>,
    /// A thread has ended.
    left: Condvar,
    /// How many threads may be in the application at once.
    cap: usize,
    /// How many jobs may wait.
    queue_limit: usize,
    /// How many threads are in the application, beside the leader.
    busy: AtomicUsize,
}

struct Roster<E, C> {
    seats: Slab<Seat<E, C>>,
    /// Idle threads, the one that parked last at the end.
    parked: Vec<usize>,
    queue: VecDeque<Job<C>>,
    /// How many threads have used up the time of their requests, and are still in the application.
    wedged: usize,
    dismissed: bool,
}

/// A thread's place. Every thread that is not parked answers a request, but for the one that leads.
struct Seat<E, C> {
    orders: VecDeque<Order<E, C>>,
    bell: Arc<Condvar>,
    parked: bool,
    /// About to be told to lead.
    reserved: bool,
    /// Unfinished answers that it has begun: it may not end before them.
    pins: usize,
    /// The key of the connection whose request it was given.
    key: Option<usize>,
    /// It has taken an order, and is not back.
    is_away: bool,
    wedged: bool,
    /// What the interpreter knows it by.
    interpreter_id: usize,
}

impl<E, C> Seat<E, C> {
    fn new(order: Option<Order<E, C>>) -> Self {
        Self {
            reserved: order.is_none(),
            orders: order.into_iter().collect(),
            bell: Arc::new(Condvar::new()),
            parked: false,
            pins: 0,
            key: None,
            is_away: false,
            wedged: false,
            interpreter_id: 0,
        }
    }

    fn order(&mut self, order: Order<E, C>) {
        self.orders.push_back(order);
        self.bell.notify_one();
    }

    /// The thread is about to follow this order.
    fn note(&mut self, order: &Order<E, C>) {
        self.is_away = true;
        self.key = match order {
            Order::Respond(job) => Some(job.key),
            Order::Lead(_) | Order::Abandon(_) => None,
        };
    }
}

impl<E, C> Roster<E, C> {
    /// How many threads are in the application, beside the leader and those that are wedged there.
    fn busy(&self) -> usize {
        (self.seats.len() - self.parked.len()).saturating_sub(1 + self.wedged)
    }

    /// A parked thread for another request: one that has no unfinished answer, as that would have to wait for the
    /// request; any, when so many have one that their clients would come to hold too many threads.
    fn idle(&self) -> Option<usize> {
        let mut parked = self.parked.iter().rev().copied();
        let free = parked.find(|&id| self.seats[id].pins == 0);
        match self.parked.last() {
            Some(&last) if self.parked.len() >= SPARED => free.or(Some(last)),
            _ => free,
        }
    }

    /// The thread has done what it was told, if it was told anything yet.
    fn come_back(&mut self, id: usize) {
        let seat = &mut self.seats[id];
        if !std::mem::take(&mut seat.is_away) {
            return;
        }
        seat.key = None;
        if std::mem::take(&mut seat.wedged) {
            self.wedged -= 1;
        }
    }

    fn unpark(&mut self, id: usize) {
        if std::mem::take(&mut self.seats[id].parked) {
            self.parked.retain(|&parked| parked != id);
        }
    }

    fn park(&mut self, id: usize) {
        if !std::mem::replace(&mut self.seats[id].parked, true) {
            self.parked.push(id);
        }
    }
}

impl<E, C> Crew<E, C> {
    pub(super) fn new(cap: usize, queue_limit: Option<usize>) -> Self {
        Self {
            roster: Mutex::new(Roster {
                seats: Slab::new(),
                parked: Vec::new(),
                queue: VecDeque::new(),
                wedged: 0,
                dismissed: false,
            }),
            left: Condvar::new(),
            cap,
            queue_limit: queue_limit.unwrap_or(usize::MAX),
            busy: AtomicUsize::new(0),
        }
    }

    /// Whether one more call may begin on the leader's own thread.
    pub(super) fn has_room(&self) -> bool {
        self.busy.load(Ordering::Relaxed) < self.cap
    }

    /// Whether another thread than the leader is in the application.
    pub(super) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed) > 0
    }

    /// Starts the first thread; it leads.
    pub(super) fn start(
        &self,
        state: Box<E>,
        spawn: impl FnOnce(usize) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut roster = self.lock();
        let id = roster.seats.insert(Seat::new(Some(Order::Lead(state))));
        spawn(id).inspect_err(|_| drop(roster.seats.remove(id)))
    }

    /// Has a thread answer a request: an idle one, else a new one, else the next that is done.
    pub(super) fn give(
        &self,
        job: Job<C>,
        spawn: impl FnOnce(usize) -> io::Result<()>,
    ) -> Given<C> {
        let mut roster = self.lock();
        let mut job = job;
        if roster.queue.is_empty() && roster.busy() < self.cap {
            job = match self.assign(&mut roster, job, spawn) {
                None => return Given::Taken,
                Some(job) if roster.busy() == 0 => return Given::NoThread(job),
                Some(job) => job,
            };
        }
        if roster.queue.len() >= self.queue_limit {
            return Given::Full(job);
        }
        job.has_waited = true;
        roster.queue.push_back(job);
        Given::Taken
    }

    /// Gives a job to an idle thread, else to a new one. It comes back if the system makes none.
    fn assign(
        &self,
        roster: &mut Roster<E, C>,
        job: Job<C>,
        spawn: impl FnOnce(usize) -> io::Result<()>,
    ) -> Option<Job<C>> {
        let key = Some(job.key);
        if let Some(id) = roster.idle() {
            roster.unpark(id);
            let seat = &mut roster.seats[id];
            seat.key = key;
            seat.order(Order::Respond(job));
            self.count(roster);
            return None;
        }
        let seat = Seat::new(Some(Order::Respond(job)));
        let id = roster.seats.insert(Seat { key, ..seat });
        match spawn(id) {
            Ok(()) => {
                self.count(roster);
                None
            }
            Err(error) => {
                tracing::error!(%error, "cannot start a thread; going on with those that there are");
                match roster.seats.remove(id).orders.pop_front() {
                    Some(Order::Respond(job)) => Some(job),
                    _ => None,
                }
            }
        }
    }

    /// Notes that a thread is in a call for this connection, unless it has come back from there meanwhile.
    pub(super) fn note_call(&self, id: usize, key: usize) {
        if let Some(seat) = self.lock().seats.get_mut(id)
            && !seat.parked
        {
            seat.key.get_or_insert(key);
        }
    }

    /// Counts the thread that answers the request of this connection as lost to it until it comes back, and has another
    /// one take its place. Tells which it is, and what the interpreter knows it by.
    ///
    /// No more are replaced than there may be threads: an application that hangs at every request would take all memory.
    pub(super) fn wedge(
        &self,
        key: usize,
        spawn: impl FnOnce(usize) -> io::Result<()>,
    ) -> Option<(usize, usize)> {
        let mut roster = self.lock();
        let replaces = roster.wedged < self.cap;
        let mut seats = roster.seats.iter_mut();
        let (id, seat) = seats.find(|(_, seat)| seat.key == Some(key))?;
        let found = (id, seat.interpreter_id);
        if replaces && !std::mem::replace(&mut seat.wedged, true) {
            roster.wedged += 1;
            self.count(&roster);
            if let Some(job) = roster.queue.pop_front()
                && let Some(job) = self.assign(&mut roster, job, spawn)
            {
                roster.queue.push_front(job);
            }
        }
        Some(found)
    }

    #[cfg(all(test, loom))]
    pub(super) fn wedged(&self) -> usize {
        self.lock().wedged
    }

    /// Notes what the interpreter knows a thread by.
    pub(super) fn identify(&self, id: usize, interpreter_id: usize) {
        if let Some(seat) = self.lock().seats.get_mut(id) {
            seat.interpreter_id = interpreter_id;
        }
    }

    /// Has the thread that began an answer do what remains of it. The order comes back if that thread has ended.
    pub(super) fn recall(&self, id: usize, order: Order<E, C>) -> Result<(), Order<E, C>> {
        let mut roster = self.lock();
        if !roster.seats.contains(id) {
            return Err(order);
        }
        roster.unpark(id);
        roster.seats[id].order(order);
        self.count(&roster);
        Ok(())
    }

    /// Keeps a thread from ending, as it has begun an answer that waits for its client.
    pub(super) fn pin(&self, id: usize) {
        if let Some(seat) = self.lock().seats.get_mut(id) {
            seat.pins += 1;
        }
    }

    /// Takes back one [`pin`](Crew::pin).
    pub(super) fn unpin(&self, id: usize) {
        if let Some(seat) = self.lock().seats.get_mut(id) {
            seat.pins = seat.pins.saturating_sub(1);
        }
    }

    /// A thread that could lead: an idle one, else a new one.
    pub(super) fn reserve(&self, spawn: impl FnOnce(usize) -> io::Result<()>) -> Option<usize> {
        let mut roster = self.lock();
        let id = match roster.parked.pop() {
            Some(id) => {
                let seat = &mut roster.seats[id];
                (seat.parked, seat.reserved) = (false, true);
                id
            }
            // An answer that goes on after its client's pause is not counted against the cap, and can be slow, too.
            None if roster.seats.len() - roster.wedged <= 2 * self.cap => {
                let id = roster.seats.insert(Seat::new(None));
                if let Err(error) = spawn(id) {
                    tracing::error!(%error, "cannot start a thread; a slow call holds up all others");
                    roster.seats.remove(id);
                    return None;
                }
                id
            }
            None => return None,
        };
        self.count(&roster);
        Some(id)
    }

    /// Has a reserved thread lead, or lets it go if there is nothing to lead.
    pub(super) fn promote(&self, id: usize, state: Option<Box<E>>) {
        let mut roster = self.lock();
        let seat = &mut roster.seats[id];
        seat.reserved = false;
        match state {
            Some(state) => seat.order(Order::Lead(state)),
            None => seat.bell.notify_one(), // it looks for work, and parks
        }
    }

    /// The next order for the thread of this seat; it waits for one. `None`: it is to end.
    pub(super) fn next(&self, id: usize) -> Option<Order<E, C>> {
        let mut roster = self.lock();
        roster.come_back(id);
        self.count(&roster);
        let bell = roster.seats[id].bell.clone();
        loop {
            if let Some(order) = roster.seats[id].orders.pop_front() {
                roster.seats[id].note(&order);
                return Some(order);
            }
            if roster.dismissed {
                self.leave(roster, id);
                return None;
            }
            if !roster.seats[id].reserved && !roster.seats[id].parked {
                if roster.busy() <= self.cap
                    && let Some(job) = roster.queue.pop_front()
                {
                    let order = Order::Respond(job);
                    roster.seats[id].note(&order);
                    return Some(order);
                }
                roster.park(id);
                self.count(&roster);
            }
            let waited = bell.wait_timeout(roster, PARKED);
            let (woken, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            roster = woken;
            let seat = &roster.seats[id];
            if timeout.timed_out() && seat.parked && seat.orders.is_empty() && seat.pins == 0 {
                self.leave(roster, id);
                return None;
            }
        }
    }

    /// Takes the jobs out of the queue that wait since before `limit`.
    pub(super) fn expired(&self, limit: Instant) -> Vec<Job<C>> {
        let mut roster = self.lock();
        let fresh = roster.queue.partition_point(|job| job.since < limit);
        roster.queue.drain(..fresh).collect()
    }

    /// Ends all threads as soon as they have nothing to do, and waits for those that have nothing to do now. Gives
    /// back the jobs that nobody will do.
    pub(super) fn dismiss(&self) -> Vec<Job<C>> {
        let mut roster = self.lock();
        roster.dismissed = true;
        for (_, seat) in &roster.seats {
            seat.bell.notify_one();
        }
        let queue = std::mem::take(&mut roster.queue).into();
        while !roster.parked.is_empty() {
            roster = self
                .left
                .wait(roster)
                .unwrap_or_else(PoisonError::into_inner);
        }
        queue
    }

    fn leave(&self, mut roster: MutexGuard<'_, Roster<E, C>>, id: usize) {
        roster.unpark(id);
        roster.seats.remove(id);
        self.count(&roster);
        self.left.notify_all();
    }

    fn count(&self, roster: &Roster<E, C>) {
        self.busy.store(roster.busy(), Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Roster<E, C>> {
        stress::point();
        self.roster.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
