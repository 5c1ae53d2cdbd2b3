//! What has been done, and what the server had in hand meanwhile.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use wsgi_tests::Server;

use crate::scenes::SCENES;

/// How often the server is looked at: so many times, evenly over the requests.
const LOOKS: usize = 200;

/// Memory counts from here on: by then each thread has seen each kind of request.
const WARM: usize = LOOKS / 10;

/// Memory is compared over so many looks, at the beginning and at the end.
const COMPARED: usize = LOOKS / 5;

/// The account of a run.
pub(crate) struct Watch {
    requests: usize,
    done: AtomicUsize,
    by_scene: Vec<AtomicUsize>,
    looks: Mutex<Vec<Look>>,
    wrong: AtomicUsize,
}

/// What the server's process had in hand at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// After so many requests.
    pub(crate) done: usize,
    /// Bytes.
    pub(crate) resident: u64,
    pub(crate) threads: usize,
    pub(crate) descriptors: usize,
}

impl Look {
    pub(crate) fn at(server: &Server, done: usize) -> Self {
        let process = server.process();
        Self {
            done,
            resident: process.resident(),
            threads: process.threads(),
            descriptors: process.descriptors().len(),
        }
    }
}

impl Watch {
    pub(crate) fn new(requests: usize) -> Self {
        Self {
            requests,
            done: AtomicUsize::new(0),
            by_scene: SCENES.iter().map(|_| AtomicUsize::new(0)).collect(),
            looks: Mutex::default(),
            wrong: AtomicUsize::new(0),
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.done.load(Ordering::Relaxed) >= self.requests
    }

    /// So many requests of a scene have been answered as they should.
    pub(crate) fn count(&self, scene: usize, requests: usize, server: &Server) {
        self.by_scene[scene].fetch_add(requests, Ordering::Relaxed);
        let before = self.done.fetch_add(requests, Ordering::Relaxed);
        let looks = |done| done * LOOKS / self.requests;
        if looks(before) < looks(before + requests) {
            let look = Look::at(server, before + requests);
            let looks = &self.looks;
            looks
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(look);
        }
    }

    /// A scene did not go as it should.
    pub(crate) fn count_wrong(&self) {
        self.wrong.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn wrong(&self) -> usize {
        self.wrong.load(Ordering::Relaxed)
    }

    pub(crate) fn done(&self) -> usize {
        self.done.load(Ordering::Relaxed)
    }

    /// How many requests each scene was.
    pub(crate) fn by_scene(&self) -> impl Iterator<Item = (&'static str, usize)> {
        let counts = self.by_scene.iter();
        let counts = counts.map(|count| count.load(Ordering::Relaxed));
        SCENES.iter().map(|scene| scene.name).zip(counts)
    }

    /// All looks, in their order.
    pub(crate) fn looks(&self) -> Vec<Look> {
        let looks = self.looks.lock();
        let mut looks = looks.unwrap_or_else(PoisonError::into_inner).clone();
        looks.sort_by_key(|look| look.done);
        looks
    }
}

/// Resident memory after the warm-up and at the end, in bytes: each the median of a fifth of all looks, so that the one
/// large body that is under way at a moment counts for nothing.
pub(crate) fn memory(looks: &[Look]) -> (u64, u64) {
    let median = |looks: &[Look]| {
        let mut resident: Vec<u64> = looks.iter().map(|look| look.resident).collect();
        resident.sort_unstable();
        resident[resident.len() / 2]
    };
    let warm = &looks[WARM.min(looks.len() - 1)..];
    let count = COMPARED.min(warm.len());
    (median(&warm[..count]), median(&warm[warm.len() - count..]))
}
