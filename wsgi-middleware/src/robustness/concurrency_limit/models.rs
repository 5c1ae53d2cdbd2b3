//! The permits under loom, which runs all interleavings of a few threads and all that weak memory may show them. It tells
//! of who waits for ever, too.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p wsgi-middleware --no-default-features --features concurrency-limit --release --lib
//! concurrency_limit::models`

use std::sync::Arc;
use std::time::Duration;

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use super::permits::{Joined, Permits};

/// What the permits are for, and who is there.
struct Room {
    permits: Permits,
    inside: AtomicUsize,
    /// Counted in two steps: where two are there at once who should not be, or one does not see what the one before did,
    /// one of them is lost.
    visits: AtomicUsize,
}

impl Room {
    fn new(limit: usize, queue_limit: usize) -> Arc<Self> {
        Arc::new(Self {
            permits: Permits::new(limit, queue_limit, Duration::MAX),
            inside: AtomicUsize::new(0),
            visits: AtomicUsize::new(0),
        })
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

    /// The same for who gives up as soon as it would have to wait.
    fn enter_at_once(&self) -> bool {
        self.permits.try_take()
            || match self.permits.join() {
                Joined::Permit => true,
                Joined::Place(place) => !self.permits.leave(&place),
                Joined::Full => false,
            }
    }

    fn stay_and_leave(&self) {
        let before = self.inside.fetch_add(1, Ordering::Relaxed);
        assert!(before < self.permits.limit(), "one too many");
        let visits = self.visits.load(Ordering::Relaxed);
        self.visits.store(visits + 1, Ordering::Relaxed);
        self.inside.fetch_sub(1, Ordering::Relaxed);
        self.permits.give_back();
    }

    /// All have left.
    fn assert_empty(&self) {
        assert_eq!((self.permits.in_use(), self.permits.waiting()), (0, 0));
    }

    fn visits(&self) -> usize {
        self.visits.load(Ordering::Relaxed)
    }
}

fn spawn(room: &Arc<Room>, visit: fn(&Room) -> bool) -> thread::JoinHandle<bool> {
    let room = room.clone();
    thread::spawn(move || {
        let has_entered = visit(&room);
        if has_entered {
            room.stay_and_leave();
        }
        has_entered
    })
}

#[test]
fn who_waits_is_let_in_one_by_one() {
    loom::model(|| {
        let room = Room::new(1, 2);
        let others = [spawn(&room, Room::enter), spawn(&room, Room::enter)];
        assert!(room.enter());
        room.stay_and_leave();
        assert!(others.into_iter().all(|other| other.join().unwrap()));
        assert_eq!(room.visits(), 3);
        room.assert_empty();
    });
}

#[test]
fn who_gives_up_keeps_nobody_else_from_entering() {
    loom::model(|| {
        let room = Room::new(1, 2);
        assert!(room.enter());
        let (gives_up, waits) = (spawn(&room, Room::enter_at_once), spawn(&room, Room::enter));
        room.stay_and_leave();
        let has_entered = gives_up.join().unwrap();
        assert!(waits.join().unwrap());
        assert_eq!(room.visits(), 2 + usize::from(has_entered));
        room.assert_empty();
    });
}

#[test]
fn no_permit_is_lost_between_many_who_give_up() {
    loom::model(|| {
        let room = Room::new(1, 2);
        assert!(room.enter());
        let others = [
            spawn(&room, Room::enter_at_once),
            spawn(&room, Room::enter_at_once),
        ];
        room.stay_and_leave();
        others
            .into_iter()
            .for_each(|other| drop(other.join().unwrap()));
        room.assert_empty();
    });
}

#[test]
fn never_more_than_the_limit_are_inside() {
    loom::model(|| {
        let room = Room::new(2, 2);
        assert!(room.enter());
        let others = [spawn(&room, Room::enter), spawn(&room, Room::enter)];
        room.stay_and_leave();
        assert!(others.into_iter().all(|other| other.join().unwrap()));
        room.assert_empty();
    });
}

#[test]
fn a_full_queue_refuses_and_forgets_nobody() {
    loom::model(|| {
        let room = Room::new(1, 1);
        assert!(room.enter());
        let others = [spawn(&room, Room::enter), spawn(&room, Room::enter)];
        room.stay_and_leave();
        let entered = others.map(|other| usize::from(other.join().unwrap()));
        let entered = entered.into_iter().sum::<usize>();
        assert!((1..=2).contains(&entered), "{entered}");
        assert_eq!(room.visits(), 1 + entered);
        room.assert_empty();
    });
}
