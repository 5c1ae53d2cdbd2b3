//! Threads that call the application.
//!
//! Made on demand up to the number asked for. The one that became idle last is taken first, as its stack and its
//! interpreter state are still warm. A response that waited for its client goes on where it began: PEP 3333
//! applications may count on one thread from the call to `close()`.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::connection::Connection;
use crate::control::{Shared, Stop};

pub(super) struct Pool {
    shared: Arc<Shared>,
    workers: Vec<Worker>,
    idle: Vec<usize>,
    /// Complete requests for which no thread is free.
    waiting: VecDeque<Job>,
    returns: Receiver<Return>,
    returner: Sender<Return>,
}

struct Worker {
    jobs: Sender<Job>,
    /// Jobs it was given and has not returned.
    outstanding: usize,
}

struct Job {
    key: usize,
    connection: Box<Connection>,
}

struct Return {
    worker: usize,
    job: Job,
}

impl Pool {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let (returner, returns) = channel();
        Self {
            shared,
            workers: Vec::new(),
            idle: Vec::new(),
            waiting: VecDeque::new(),
            returns,
            returner,
        }
    }

    /// Hands a connection to the thread that began its response, else to an idle one, else to the queue.
    pub(super) fn dispatch(&mut self, key: usize, connection: Box<Connection>) {
        let job = Job { key, connection };
        match job
            .connection
            .thread()
            .or_else(|| self.idle.pop())
            .or_else(|| self.hire())
        {
            Some(worker) => self.give(worker, job),
            None => self.waiting.push_back(job),
        }
    }

    /// The next connection that a thread has finished with for now.
    pub(super) fn returned(&mut self) -> Option<(usize, Box<Connection>)> {
        let Return { worker, job } = self.returns.try_recv().ok()?;
        self.workers[worker].outstanding -= 1;
        if self.workers[worker].outstanding == 0 {
            match self.waiting.pop_front() {
                Some(next) => self.give(worker, next),
                None => self.idle.push(worker),
            }
        }
        Some((job.key, job.connection))
    }

    fn give(&mut self, worker: usize, mut job: Job) {
        self.idle.retain(|&idle| idle != worker);
        job.connection.set_thread(worker);
        self.workers[worker].outstanding += 1;
        // A thread ends only with the pool: it catches what panics in the application.
        let _ = self.workers[worker].jobs.send(job);
    }

    fn hire(&mut self) -> Option<usize> {
        if self.workers.len() >= self.shared.threads {
            return None;
        }
        let worker = self.workers.len();
        let (jobs, queue) = channel();
        let (shared, returner) = (self.shared.clone(), self.returner.clone());
        let started = thread::Builder::new()
            .name(format!("wsgi-{worker}"))
            .spawn(move || {
                let mut queue = queue;
                shared
                    .interpreter
                    .attach(&mut || work(worker, &shared, &mut queue, &returner));
            });
        if let Err(error) = started {
            tracing::error!(%error, "cannot start a thread; going on with those that there are");
            return None;
        }
        self.workers.push(Worker {
            jobs,
            outstanding: 0,
        });
        Some(worker)
    }
}

/// The life of a thread: until the pool is gone.
fn work(worker: usize, shared: &Shared, queue: &mut Receiver<Job>, returner: &Sender<Return>) {
    loop {
        let mut next = None;
        // Borrowed for itself alone, the queue may be looked at by the detached side.
        let queue = &mut *queue;
        let received = &mut next;
        shared
            .interpreter
            .detach(&mut move || *received = queue.recv().ok());
        let Some(mut job) = next else { return };
        while job
            .connection
            .respond(shared, shared.stop() != Stop::No)
        {}
        job.connection.flush();
        if returner.send(Return { worker, job }).is_err() {
            return;
        }
        shared.wake();
    }
}
