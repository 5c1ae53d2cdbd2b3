//! What a thread of the interpreter is doing.
#![allow(
    unsafe_code,
    reason = "PyO3 has no word for `PyThread_get_thread_ident`"
)]

use std::ffi::c_ulong;

use pyo3::prelude::*;

use super::finalization::outlasted;

// SAFETY: this is its declaration in CPython's `pythread.h`; it takes nothing, and may be called at any time.
unsafe extern "C" {
    /// Part of CPython's stable ABI; asks the system alone.
    safe fn PyThread_get_thread_ident() -> c_ulong;
}

/// What [`thread_stack`] knows the calling thread by: `threading.get_ident()`. It need not be attached.
pub fn thread_id() -> c_ulong {
    PyThread_get_thread_ident()
}

/// The traceback of the Python code that a thread is in, as `traceback.format_stack` has it: the innermost call last.
///
/// Waits for the interpreter. `None` when the thread is in no Python code, or the interpreter has ended.
pub fn thread_stack(thread_id: c_ulong) -> Option<String> {
    let stack = |py: Python<'_>| -> PyResult<Option<String>> {
        let frames = py.import("sys")?.call_method0("_current_frames")?;
        let frame = frames.call_method1("get", (thread_id,))?;
        if frame.is_none() {
            return Ok(None);
        }
        let traceback = py.import("traceback")?;
        let lines: Vec<String> = traceback
            .call_method1("format_stack", (frame,))?
            .extract()?;
        Ok(Some(lines.concat()))
    };
    outlasted(|| Python::try_attach(stack))?
        .unwrap_or_else(|error| Some(format!("the stack cannot be told: {error}\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stack_of_another_thread_names_its_functions() {
        Python::initialize();
        let (told, stack) = Python::attach(|py| {
            let code = c"
import threading
told, go_on = threading.Event(), threading.Event()
def waits_for_the_test():
    told.set()
    go_on.wait()
thread = threading.Thread(target=waits_for_the_test)
thread.start()
told.wait()
";
            let module = PyModule::from_code(py, code, c"stack.py", c"thread_stack_test").unwrap();
            let ident: c_ulong = module
                .getattr("thread")
                .unwrap()
                .getattr("ident")
                .unwrap()
                .extract()
                .unwrap();
            let stack = py.detach(|| thread_stack(ident));
            module
                .getattr("go_on")
                .unwrap()
                .call_method0("set")
                .unwrap();
            module
                .getattr("thread")
                .unwrap()
                .call_method0("join")
                .unwrap();
            (ident, stack)
        });
        assert_ne!(told, thread_id());
        assert!(stack.unwrap().contains("in waits_for_the_test"));
        assert_eq!(thread_stack(0), None);
    }
}
