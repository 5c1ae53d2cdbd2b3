//! The hand-overs under loom, which runs all interleavings of a few threads and all that weak memory may show them.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p wsgi-server --no-default-features --release --lib engine::models`

use std::sync::Arc;
use std::time::Instant;

use loom::cell::Cell;
use loom::thread;

use super::baton::Baton;
use super::crew::{Crew, Given, Job, Order};
use super::mailbox::Mailbox;
use super::sleep::Sleep;

mod baton {
    use super::*;

    /// An event loop: memory that only its holder touches. Loom tells of two who do so at once, or of one who does not
    /// see what the one before did.
    struct State(Cell<usize>);

    impl State {
        fn new() -> Box<Self> {
            Box::new(Self(Cell::new(0)))
        }

        fn work(&self) -> usize {
            self.0.set(self.0.get() + 1);
            self.0.get()
        }
    }

    /// Nothing may lie there when the model is over.
    fn end(baton: &Baton<State>) {
        assert!(!baton.call().is_call(), "the loop lies there for nobody");
    }

    #[test]
    fn either_the_leader_or_the_watcher_gets_the_loop_of_a_call() {
        loom::model(|| {
            let baton = Arc::new(Baton::<State>::new());
            let state = State::new();
            state.work();
            let call = baton.put_down(state);
            let watcher = {
                let baton = baton.clone();
                thread::spawn(move || baton.take_up(call).map(|state| state.work()))
            };
            let mine = baton.take_up(call).map(|state| state.work());
            let theirs = watcher.join().unwrap();
            assert_eq!(
                mine.xor(theirs),
                Some(2),
                "one of the two, not none nor both"
            );
            end(&baton);
        });
    }

    #[test]
    fn a_watcher_sees_many_calls_and_takes_the_loop_at_most_once_and_whole() {
        loom::model(|| {
            let baton = Arc::new(Baton::<State>::new());
            let watcher = {
                let baton = baton.clone();
                thread::spawn(move || {
                    // Two ticks.
                    for _ in 0..2 {
                        let call = baton.call();
                        if call.is_call()
                            && let Some(state) = baton.take_up(call)
                        {
                            return Some((state.work(), state));
                        }
                    }
                    None
                })
            };
            let mut mine = Some(State::new());
            for _ in 0..3 {
                if let Some(state) = mine.take() {
                    state.work();
                    let call = baton.put_down(state);
                    mine = baton.take_up(call);
                }
            }
            match (mine, watcher.join().unwrap()) {
                (Some(state), None) => assert_eq!(state.work(), 4),
                (None, Some((works, _))) => assert!((2..=4).contains(&works)),
                (mine, _) => panic!("{} have the loop", 2 * usize::from(mine.is_some())),
            }
            end(&baton);
        });
    }

    /// The case that a mere swap gets wrong: the old leader comes back while its successor is in a call, too.
    #[test]
    fn an_old_leader_does_not_take_up_its_successors_loop() {
        loom::model(|| {
            let baton = Arc::new(Baton::<State>::new());
            let slow = baton.put_down(State::new());
            let successor = {
                let baton = baton.clone();
                thread::spawn(move || {
                    // The watcher's part, and then the new leader's.
                    let state = baton.take_up(slow)?;
                    state.work();
                    let next = baton.put_down(state);
                    let state = baton.take_up(next);
                    Some(state.expect("nobody watches this call").work())
                })
            };
            let mine = baton.take_up(slow).map(|state| state.work());
            match (mine, successor.join().unwrap()) {
                (Some(1), None) | (None, Some(2)) => {}
                other => panic!("{other:?}"),
            }
            end(&baton);
        });
    }

    #[test]
    fn a_loop_goes_through_two_successions() {
        loom::model(|| {
            let baton = Arc::new(Baton::<State>::new());
            let first = baton.put_down(State::new());
            let watcher = {
                let baton = baton.clone();
                thread::spawn(move || {
                    let state = baton.take_up(first)?;
                    let successor = {
                        let baton = baton.clone();
                        thread::spawn(move || {
                            state.work();
                            let call = baton.put_down(state);
                            baton.take_up(call).map(|state| state.work())
                        })
                    };
                    let call = baton.call();
                    let again = call.is_call().then(|| baton.take_up(call)).flatten();
                    let again = again.map(|state| state.work());
                    let theirs = successor.join().unwrap();
                    assert_eq!(theirs.xor(again), Some(2));
                    Some(())
                })
            };
            let mine = baton.take_up(first).map(|state| state.work());
            assert!(mine.is_some() != watcher.join().unwrap().is_some());
            end(&baton);
        });
    }
}

/// Stands for the poll of a thread and its waker: a wake is kept until the next wait, as an eventfd keeps it.
struct Bell {
    rung: loom::sync::Mutex<bool>,
    ring: loom::sync::Condvar,
}

impl Bell {
    fn new() -> Self {
        Self {
            rung: loom::sync::Mutex::new(false),
            ring: loom::sync::Condvar::new(),
        }
    }

    fn ring(&self) {
        *self.rung.lock().unwrap() = true;
        self.ring.notify_one();
    }

    /// Loom tells of a wait that nothing ends.
    fn wait(&self) {
        let mut rung = self.rung.lock().unwrap();
        while !std::mem::take(&mut *rung) {
            rung = self.ring.wait(rung).unwrap();
        }
    }
}

mod mailbox {
    use super::*;

    /// Posters against a leader that waits whenever it may: it gets all letters, in each sender's order.
    fn all_letters_arrive(senders: usize, letters: usize) {
        loom::model(move || {
            let shared = Arc::new((Mailbox::new(), Bell::new()));
            let posters: Vec<_> = (0..senders)
                .map(|sender| {
                    let shared = shared.clone();
                    thread::spawn(move || {
                        for letter in 0..letters {
                            if shared.0.post((sender, letter)).unwrap() {
                                shared.1.ring();
                            }
                        }
                    })
                })
                .collect();
            let mut got = Vec::new();
            while got.len() < senders * letters {
                if shared.0.about_to_wait() {
                    shared.1.wait(); // for ever, if a wake is lost
                    shared.0.awake();
                }
                shared.0.collect(&mut got);
            }
            for poster in posters {
                poster.join().unwrap();
            }
            for sender in 0..senders {
                let from = got.iter().filter(|letter| letter.0 == sender);
                assert!(from.map(|letter| letter.1).eq(0..letters));
            }
            assert_eq!(got.len(), senders * letters);
        });
    }

    #[test]
    fn a_waiting_leader_gets_all_letters_of_one() {
        all_letters_arrive(1, 3);
    }

    #[test]
    fn a_waiting_leader_gets_all_letters_of_two() {
        all_letters_arrive(2, 1);
    }

    /// The leader is another thread after a succession: what the old one looked at does not matter.
    #[test]
    fn a_new_leader_gets_the_letters_that_the_old_one_did_not_see() {
        loom::model(|| {
            let shared = Arc::new((Mailbox::new(), Bell::new(), Baton::new()));
            let poster = {
                let shared = shared.clone();
                thread::spawn(move || {
                    if shared.0.post(7).unwrap() {
                        shared.1.ring();
                    }
                })
            };
            let mut letters = Vec::new();
            shared.0.collect(&mut letters);
            let call = shared.2.put_down(Box::new(letters));
            let successor = {
                let shared = shared.clone();
                thread::spawn(move || {
                    let mut letters = shared.2.take_up(call).expect("the leader stays away");
                    while letters.is_empty() {
                        if shared.0.about_to_wait() {
                            shared.1.wait();
                            shared.0.awake();
                        }
                        shared.0.collect(&mut letters);
                    }
                    assert_eq!(*letters, [7]);
                })
            };
            successor.join().unwrap();
            poster.join().unwrap();
        });
    }

    #[test]
    fn a_letter_to_a_closing_loop_arrives_or_comes_back() {
        loom::model(|| {
            let mailbox = Arc::new(Mailbox::new());
            let posters: Vec<_> = (0..2)
                .map(|letter| {
                    let mailbox = mailbox.clone();
                    thread::spawn(move || usize::from(mailbox.post(letter).is_err()))
                })
                .collect();
            let mut got = Vec::new();
            mailbox.collect(&mut got);
            got.extend(mailbox.close());
            let back: usize = posters.into_iter().map(|it| it.join().unwrap()).sum();
            assert_eq!(got.len() + back, 2);
            assert!(mailbox.post(2).is_err());
        });
    }
}

mod sleep {
    use super::*;

    /// The leader wakes from its own wait, and is busy from then on. It may do so at any time of the watcher's, which
    /// must not sleep through it: loom tells of a sleep that nothing ends.
    #[test]
    fn the_watcher_does_not_sleep_while_a_leader_is_busy() {
        loom::model(|| {
            let shared = Arc::new((Mailbox::<()>::new(), Sleep::new(), Bell::new()));
            assert!(shared.0.about_to_wait());
            let leader = {
                let shared = shared.clone();
                thread::spawn(move || {
                    shared.0.awake();
                    if shared.1.disturb() {
                        shared.2.ring();
                    }
                })
            };
            shared.1.begin();
            if shared.0.is_waiting() {
                shared.2.wait();
            }
            shared.1.end();
            leader.join().unwrap();
        });
    }

    /// Two leaders, of which either must be able to end the sleep; the first may have been woken by a letter.
    #[test]
    fn nor_while_one_of_two_is_busy() {
        loom::model(|| {
            let boxes = [Mailbox::new(), Mailbox::new()];
            let shared = Arc::new((boxes, Sleep::new(), Bell::new()));
            for mailbox in &shared.0 {
                assert!(mailbox.about_to_wait());
            }
            assert!(shared.0[0].post(()).unwrap()); // what wakes the first
            let leaders: Vec<_> = (0..2)
                .map(|index| {
                    let shared = shared.clone();
                    thread::spawn(move || {
                        shared.0[index].awake();
                        if shared.1.disturb() {
                            shared.2.ring();
                        }
                    })
                })
                .collect();
            shared.1.begin();
            if shared.0.iter().all(Mailbox::is_waiting) {
                shared.2.wait();
            }
            shared.1.end();
            for leader in leaders {
                leader.join().unwrap();
            }
        });
    }

    /// A second sleep after the first: a wake that came late must not be all there was.
    #[test]
    fn the_watcher_sleeps_again_and_is_woken_again() {
        loom::model(|| {
            let shared = Arc::new((Mailbox::<()>::new(), Sleep::new(), Bell::new()));
            assert!(shared.0.about_to_wait());
            let leader = {
                let shared = shared.clone();
                thread::spawn(move || {
                    for waits in [true, false] {
                        shared.0.awake();
                        if shared.1.disturb() {
                            shared.2.ring();
                        }
                        if waits {
                            assert!(shared.0.about_to_wait());
                        }
                    }
                })
            };
            // As long as it may sleep; in the end the leader is busy for good.
            loop {
                shared.1.begin();
                let sleeps = shared.0.is_waiting();
                if sleeps {
                    shared.2.wait();
                }
                shared.1.end();
                if !sleeps {
                    break;
                }
            }
            leader.join().unwrap();
        });
    }
}

mod crew {
    use super::*;

    /// A crew, and what its threads have done. The thread that runs a model is the watcher, or leads as well.
    struct Model {
        crew: Crew<usize, usize>,
        done: loom::sync::Mutex<Done>,
        progress: loom::sync::Condvar,
        threads: loom::sync::Mutex<Vec<thread::JoinHandle<()>>>,
    }

    #[derive(Default)]
    struct Done {
        /// The threads that answered, by their seats.
        answered: Vec<usize>,
        abandoned: Vec<usize>,
        led: Vec<usize>,
    }

    /// A job that ends when two others are done.
    const LASTING: usize = 1;

    /// The seat of the first leader.
    const FIRST: usize = 0;

    impl Model {
        fn new(cap: usize) -> Arc<Self> {
            let model = Arc::new(Self {
                crew: Crew::new(cap, None),
                done: loom::sync::Mutex::new(Done::default()),
                progress: loom::sync::Condvar::new(),
                threads: loom::sync::Mutex::new(Vec::new()),
            });
            model.crew.start(Box::new(0), |_| Ok(())).unwrap();
            model.take_lead();
            model
        }

        /// The first leader takes its order.
        fn take_lead(&self) {
            assert!(matches!(self.crew.next(FIRST), Some(Order::Lead(_))));
        }

        fn spawn(self: &Arc<Self>, id: usize) -> std::io::Result<()> {
            let model = self.clone();
            let thread = thread::spawn(move || model.serve(id));
            self.threads.lock().unwrap().push(thread);
            Ok(())
        }

        /// The life of a thread, as in `leader::serve`.
        fn serve(&self, id: usize) {
            while let Some(order) = self.crew.next(id) {
                if matches!(&order, Order::Respond(job) if job.key == LASTING) {
                    self.wait(|done| done.answered.len() == 2);
                }
                let mut done = self.done.lock().unwrap();
                match order {
                    Order::Lead(_) => done.led.push(id),
                    Order::Respond(_) => done.answered.push(id),
                    Order::Abandon(_) => done.abandoned.push(id),
                }
                self.progress.notify_all();
            }
        }

        fn give(self: &Arc<Self>) {
            let job = Job::new(0, Box::new(0), Instant::now());
            let given = self.crew.give(job, |id| self.spawn(id));
            assert!(matches!(given, Given::Taken));
        }

        /// Waits for something that has to come; loom tells if it does not.
        fn wait(&self, until: impl Fn(&Done) -> bool) {
            let mut done = self.done.lock().unwrap();
            while !until(&done) {
                done = self.progress.wait(done).unwrap();
            }
        }

        /// Ends all threads; loom tells of one that sleeps on. Gives back how many jobs nobody did.
        fn dismiss(&self) -> usize {
            let left = self.crew.dismiss().len();
            let threads = std::mem::take(&mut *self.threads.lock().unwrap());
            for thread in threads {
                thread.join().unwrap();
            }
            left
        }
    }

    /// All interleavings with so many preemptions at most: beyond three, faults are hardly ever found.
    fn check(model: impl Fn() + Sync + Send + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = builder.preemption_bound.or(Some(3));
        builder.check(model);
    }

    #[test]
    fn jobs_beyond_the_cap_are_done_in_the_end() {
        check(|| {
            let model = Model::new(1);
            for _ in 0..3 {
                model.give();
            }
            model.wait(|done| done.answered.len() == 3);
            assert_eq!(model.dismiss(), 0);
        });
    }

    #[test]
    fn two_threads_do_what_is_given_to_two() {
        check(|| {
            let model = Model::new(2);
            for _ in 0..3 {
                model.give();
            }
            model.wait(|done| done.answered.len() == 3);
            assert_eq!(model.dismiss(), 0);
        });
    }

    #[test]
    fn a_dismissed_crew_ends_and_each_job_is_done_or_comes_back() {
        check(|| {
            let model = Model::new(1);
            model.give();
            model.give();
            let left = model.dismiss();
            assert_eq!(model.done.lock().unwrap().answered.len() + left, 2);
        });
    }

    #[test]
    fn a_wedged_thread_is_replaced_and_counts_again_when_it_is_back() {
        check(|| {
            let model = Model::new(1);
            let spawn = |id| model.spawn(id);
            let job = Job::new(LASTING, Box::new(0), Instant::now());
            assert!(matches!(model.crew.give(job, spawn), Given::Taken));
            model.give();
            model.give();
            // It would wait forever for the other two.
            assert!(model.crew.wedge(LASTING, spawn).is_some());
            model.wait(|done| done.answered.len() == 3);
            assert_eq!(model.dismiss(), 0);
            assert_eq!(model.crew.wedged(), 0);
        });
    }

    #[test]
    fn a_thread_that_is_just_coming_back_may_be_taken_for_wedged() {
        check(|| {
            let model = Model::new(1);
            model.give();
            let _ = model.crew.wedge(0, |id| model.spawn(id));
            model.give();
            model.wait(|done| done.answered.len() == 2);
            assert_eq!(model.dismiss(), 0);
            assert_eq!(model.crew.wedged(), 0);
        });
    }

    #[test]
    fn a_thread_that_parks_hears_what_it_is_recalled_for() {
        check(|| {
            let model = Model::new(1);
            model.give();
            model.wait(|done| done.answered.len() == 1);
            let begun_by = model.done.lock().unwrap().answered[0];
            model.crew.pin(begun_by);
            model.crew.unpin(begun_by);
            let rest = Order::Respond(Job::new(0, Box::new(0), Instant::now()));
            assert!(model.crew.recall(begun_by, rest).is_ok());
            model.wait(|done| done.answered == [begun_by, begun_by]);
            let body = Order::Abandon(Box::new(0));
            assert!(model.crew.recall(begun_by, body).is_ok());
            assert_eq!(model.dismiss(), 0);
            assert_eq!(model.done.lock().unwrap().abandoned, [begun_by]);
        });
    }

    /// A thread is not taken for idle while it does what it was recalled for.
    #[test]
    fn what_is_given_beside_a_recalled_thread_does_not_wait_for_it() {
        check(|| {
            let model = Model::new(2);
            model.give();
            model.wait(|done| done.answered.len() == 1);
            let begun_by = model.done.lock().unwrap().answered[0];
            let rest = Job::new(LASTING, Box::new(0), Instant::now());
            assert!(model.crew.recall(begun_by, Order::Respond(rest)).is_ok());
            model.give();
            model.wait(|done| done.answered.len() == 3);
            assert_eq!(model.done.lock().unwrap().answered[2], begun_by);
            assert_eq!(model.dismiss(), 0);
        });
    }

    /// The leader gives a job, at any time of the watcher's looking for a successor.
    #[test]
    fn a_reserved_thread_leads_and_what_was_given_meanwhile_is_done() {
        check(|| {
            let model = Model::new(1);
            model.give();
            model.wait(|done| done.answered.len() == 1);
            let leader = {
                let model = model.clone();
                thread::spawn(move || model.give())
            };
            // The one other thread is parked, or will be, or has the job already.
            let heir = model.crew.reserve(|id| model.spawn(id));
            if let Some(heir) = heir {
                model.crew.promote(heir, Some(Box::new(0)));
            }
            leader.join().unwrap();
            model.wait(|done| {
                done.answered.len() == 2 && done.led.len() == usize::from(heir.is_some())
            });
            if let Some(heir) = heir {
                assert_eq!(model.done.lock().unwrap().led, [heir]);
            }
            assert_eq!(model.dismiss(), 0);
        });
    }

    /// The call ended while the watcher looked for a successor, which is then let go.
    #[test]
    fn a_thread_that_was_reserved_for_nothing_does_the_jobs_that_wait() {
        check(|| {
            let model = Model::new(1);
            let heir = model.crew.reserve(|id| model.spawn(id));
            let heir = heir.expect("there is room for one");
            model.give(); // must wait, as the reserved thread counts
            model.crew.promote(heir, None);
            model.wait(|done| done.answered == [heir]);
            assert_eq!(model.dismiss(), 0);
        });
    }

    /// A whole succession: the watcher and the leader, who comes back from its call at any time.
    #[test]
    fn a_loop_has_one_leader_through_a_succession() {
        check(|| {
            let model = Model::new(1);
            let baton = Arc::new(Baton::new());
            let call = baton.put_down(Box::new(0));
            let leader = {
                let (model, baton) = (model.clone(), baton.clone());
                thread::spawn(move || {
                    if baton.take_up(call).is_some() {
                        model.done.lock().unwrap().led.push(FIRST);
                        return model.progress.notify_all();
                    }
                    model.serve(FIRST); // succeeded, and at everybody's service
                })
            };
            let heir = model
                .crew
                .reserve(|id| model.spawn(id))
                .expect("there is room");
            let state = baton.take_up(call);
            let is_succeeded = state.is_some();
            model.crew.promote(heir, state);
            model.wait(|done| done.led == [if is_succeeded { heir } else { FIRST }]);
            assert_eq!(model.dismiss(), 0);
            leader.join().unwrap();
        });
    }
}
