//! The permits under loom, which runs the interleavings of a few threads and what weak memory may show them: of two threads
//! all, of three those with up to three preemptions, for all of them take hours. It tells of who waits for ever, too.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p wsgi-middleware --no-default-features --features concurrency-limit --release --lib
//! concurrency_limit::models`

use std::sync::Arc;
use std::time::Duration;

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::{model, thread};

use super::permits::{Joined, Permits};

/// What the permits are for.
struct Room {
    permits: Permits,
    /// Counted in two steps: where two are there at once who should not be, or one does not see what the one before did,
    /// one of them is lost.
    visits: AtomicUsize,
}

impl Room {
    /// With somebody inside who has the only permit.
    fn occupied(queue_limit: usize) -> Arc<Self> {
        let room = Arc::new(Self {
            permits: Permits::new(1, queue_limit, Duration::MAX),
            visits: AtomicUsize::new(0),
        });
        assert!(room.permits.try_take());
        room
    }

    /// Whether there was a permit; loom has no clock, so that who waits does so for as long as it takes.
    fn enter(&self) -> bool {
        self.permits.try_take()
            || match self.permits.join() {
                Joined::Permit => true,
                Joined::Place(place) => {
                    while !place.wait(Duration::MAX) {}
                    true
                }
                Joined::Full => false,
            }
    }

    /// The same for who gives up as soon as it has to wait.
    fn enter_at_once(&self) -> bool {
        enter_at_once(&self.permits)
    }

    fn leave(&self) {
        let visits = self.visits.load(Ordering::Relaxed);
        self.visits.store(visits + 1, Ordering::Relaxed);
        self.permits.give_back();
    }

    /// All have left, and so many have been there.
    fn assert_empty_after(&self, visits: usize) {
        assert_eq!((self.permits.in_use(), self.permits.waiting()), (0, 0));
        assert_eq!(self.visits.load(Ordering::Relaxed), visits);
    }
}

fn enter_at_once(permits: &Permits) -> bool {
    match permits.join() {
        Joined::Permit => true,
        Joined::Place(place) => !permits.leave(&place),
        Joined::Full => false,
    }
}

/// A visit, and whether it came to be.
fn visit(room: &Arc<Room>, enter: fn(&Room) -> bool) -> thread::JoinHandle<bool> {
    let room = room.clone();
    thread::spawn(move || {
        let has_entered = enter(&room);
        if has_entered {
            room.leave();
        }
        has_entered
    })
}

/// A model of three threads.
fn crowded(run: impl Fn() + Sync + Send + 'static) {
    let mut model = model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(run);
}

#[test]
fn who_waits_is_let_in() {
    loom::model(|| {
        let room = Room::occupied(1);
        let waits = visit(&room, Room::enter);
        room.leave();
        assert!(waits.join().unwrap());
        room.assert_empty_after(2);
    });
}

#[test]
fn who_gives_up_keeps_no_permit() {
    loom::model(|| {
        let room = Room::occupied(1);
        let gives_up = visit(&room, Room::enter_at_once);
        room.leave();
        let has_entered = gives_up.join().unwrap();
        room.assert_empty_after(1 + usize::from(has_entered));
    });
}

/// What was handed to who gives up is one permit, and others that came free since are none of its business.
#[test]
fn who_gives_up_takes_no_other_permit() {
    loom::model(|| {
        let permits = Arc::new(Permits::new(2, 1, Duration::MAX));
        assert!(permits.try_take() && permits.try_take());
        let gives_up = permits.clone();
        let gives_up = thread::spawn(move || {
            if enter_at_once(&gives_up) {
                gives_up.give_back();
            }
        });
        permits.give_back();
        permits.give_back();
        gives_up.join().unwrap();
        assert_eq!((permits.in_use(), permits.waiting()), (0, 0));
    });
}

#[test]
fn two_who_wait_are_let_in_one_by_one() {
    crowded(|| {
        let room = Room::occupied(2);
        let others = [visit(&room, Room::enter), visit(&room, Room::enter)];
        room.leave();
        assert!(others.map(|other| other.join().unwrap()) == [true, true]);
        room.assert_empty_after(3);
    });
}

#[test]
fn who_gives_up_leaves_no_hole_in_the_queue() {
    crowded(|| {
        let room = Room::occupied(2);
        let gives_up = visit(&room, Room::enter_at_once);
        let waits = visit(&room, Room::enter);
        room.leave();
        let has_entered = gives_up.join().unwrap();
        assert!(waits.join().unwrap());
        room.assert_empty_after(2 + usize::from(has_entered));
    });
}

#[test]
fn a_full_queue_refuses_and_forgets_nobody() {
    crowded(|| {
        let room = Room::occupied(1);
        let others = [visit(&room, Room::enter), visit(&room, Room::enter)];
        room.leave();
        let entered = others.map(|other| usize::from(other.join().unwrap()));
        assert!(entered != [0, 0], "the first of them finds the queue empty");
        room.assert_empty_after(1 + entered[0] + entered[1]);
    });
}

#[test]
fn never_more_than_the_limit_are_inside() {
    crowded(|| {
        let permits = Arc::new(Permits::new(2, 0, Duration::MAX));
        let inside = Arc::new(AtomicUsize::new(0));
        let visit = |(permits, inside): (Arc<Permits>, Arc<AtomicUsize>)| {
            if permits.try_take() {
                assert!(inside.fetch_add(1, Ordering::Relaxed) < 2, "one too many");
                inside.fetch_sub(1, Ordering::Relaxed);
                permits.give_back();
            }
        };
        let shared = (permits.clone(), inside);
        let others =
            [shared.clone(), shared.clone()].map(|shared| thread::spawn(move || visit(shared)));
        visit(shared);
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(permits.in_use(), 0);
    });
}
