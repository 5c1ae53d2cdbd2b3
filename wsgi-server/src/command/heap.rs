//! How the C library shares memory out among threads.
#![cfg_attr(
    all(target_os = "linux", target_env = "gnu"),
    allow(
        unsafe_code,
        reason = "the setting of the C library has no safe interface"
    )
)]

/// Has all threads allocate from one heap, unless the environment says how many there shall be.
///
/// The GNU C library gives each thread a heap of its own, and keeps in each of them what was freed: memory would grow
/// with the number of threads times the largest bodies that each of them has ever seen. Heaps of their own spare threads
/// waiting for one another; those that take turns at the interpreter do that already.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(super) fn share() {
    let is_set = |name| std::env::var_os(name).is_some();
    if is_set("MALLOC_ARENA_MAX") || is_set("GLIBC_TUNABLES") {
        return;
    }
    // SAFETY: the call takes two numbers and is safe at any time; what it cannot set it leaves as it was.
    let is_done = unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
    if is_done == 0 {
        tracing::debug!("threads keep heaps of their own; the C library cannot be told otherwise");
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(super) fn share() {}
