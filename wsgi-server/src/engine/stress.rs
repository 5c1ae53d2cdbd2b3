//! Delays at the hand-overs, for stress tests: threads meet there in orders that they otherwise hardly ever have.

/// A place where threads hand over. Does nothing, but under `--cfg wsgi_stress`: there, whoever comes by may wait.
#[cfg(not(wsgi_stress))]
#[inline(always)]
pub(super) const fn point() {}

/// Goes on at once, yields, spins for some microseconds, or sleeps for up to three milliseconds, at random.
#[cfg(wsgi_stress)]
pub(super) fn point() {
    use std::cell::Cell;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    static THREADS: AtomicU64 = AtomicU64::new(1);
    thread_local!(static RANDOM: Cell<u64> = Cell::new(
        THREADS.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    ));
    // Xorshift.
    let mut random = RANDOM.get();
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    RANDOM.set(random);
    match random % 256 {
        0 => std::thread::sleep(Duration::from_micros((random >> 32) % 3000)),
        1..=15 => std::thread::yield_now(),
        16..=63 => (0..(random >> 32) % 4000).for_each(|_| std::hint::spin_loop()),
        _ => {}
    }
}
