//! Letting go of the interpreter, if the thread holds it.
#![allow(
    unsafe_code,
    reason = "PyO3 detaches those who can show that they are attached, and has nobody to ask whether one is"
)]

use pyo3::{Python, ffi};

use super::finalization::outlasted;

/// Runs `wait`, detached; a thread that is not attached does not become so.
pub(crate) fn detached<R: Send>(wait: impl FnOnce() -> R + Send) -> R {
    if !is_attached() {
        return wait();
    }
    let mut wait = Some(wait);
    let done = Python::try_attach(|py| {
        let wait = wait.take()?;
        Some(outlasted(|| py.detach(wait)))
    });
    match (done.flatten(), wait) {
        (Some(done), _) => done,
        (None, Some(wait)) => wait(), // the interpreter is ending
        (None, None) => unreachable!("what was taken was run"),
    }
}

/// Whether this thread holds the interpreter; said too often where there are several interpreters, which costs a wait.
fn is_attached() -> bool {
    // SAFETY: both may be called at any time, on any thread.
    unsafe { ffi::Py_IsInitialized() != 0 && ffi::PyGILState_Check() == 1 }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use pyo3::types::PyAnyMethods;

    use super::*;

    #[test]
    fn others_run_python_while_an_attached_thread_waits() {
        Python::initialize();
        let (sender, receiver) = mpsc::channel();
        Python::attach(|py| {
            let other = thread::spawn(move || {
                let sum = Python::attach(|py| py.eval(c"1 + 1", None, None)?.extract::<i32>());
                sender.send(sum.unwrap()).unwrap();
            });
            assert_eq!(detached(move || receiver.recv()), Ok(2));
            assert!(is_attached());
            assert!(py.eval(c"True", None, None).unwrap().is_truthy().unwrap());
            py.detach(|| other.join()).unwrap();
        });
    }

    #[test]
    fn a_detached_thread_needs_no_interpreter_to_wait() {
        Python::initialize();
        Python::attach(|_| {
            let waits = || detached(|| assert!(!is_attached()));
            thread::spawn(waits).join().unwrap(); // this one holds the interpreter meanwhile
        });
    }
}
