//! Threads that are in an application when the interpreter ends.

/// Runs what calls into Python, so that the end of the interpreter stops this thread instead of the process.
///
/// CPython before 3.14 ends a thread that wants to go on after finalization has begun by `pthread_exit`, which
/// unwinds its stack. Rust's frames cannot let that pass (`catch_unwind` aborts the process); here the thread
/// stops for good instead, as CPython 3.14 has its threads do.
pub(super) fn outlasted<R, F: FnOnce() -> R>(work: F) -> R {
    let stop = StopIfUnwound;
    // Unknown to the compiler, which takes it that functions of C never unwind, and would leave the guard out.
    let call: fn(F) -> R = std::hint::black_box(call);
    let done = call(work);
    std::mem::forget(stop);
    done
}

fn call<R, F: FnOnce() -> R>(work: F) -> R {
    work()
}

/// Dropped only while the stack is unwound.
struct StopIfUnwound;

impl Drop for StopIfUnwound {
    fn drop(&mut self) {
        // A panic is caught further out, and is a failure of the request as others are.
        if std::thread::panicking() {
            return;
        }
        loop {
            std::thread::park();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_passes() {
        let caught = std::panic::catch_unwind(|| outlasted(|| panic!("on purpose")));
        assert!(caught.is_err());
        assert_eq!(outlasted(|| 7), 7);
    }
}
