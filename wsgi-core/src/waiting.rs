//! [`waiting`]: how layers wait without holding up Python.

/// Runs something that waits: for a lock that others hold for long, for a place in a queue, for another process.
///
/// Where the calling thread holds Python's interpreter, as it does below a Python application and, under a server that
/// attaches for many requests, in Rust layers too, it lets go meanwhile and takes it again afterwards. What is waited for
/// may need it: a layer that waits for another request without this may wait forever. On all other threads, and without
/// the feature `python`, it is a plain call.
///
/// `wait` must not use what belongs to the attached thread; that is what `Send` asks for.
///
/// ```
/// use std::sync::mpsc;
///
/// let (sender, receiver) = mpsc::channel();
/// std::thread::spawn(move || sender.send("done"));
/// assert_eq!(wsgi_core::waiting(move || receiver.recv()), Ok("done"));
/// ```
pub fn waiting<R: Send>(wait: impl FnOnce() -> R + Send) -> R {
    #[cfg(feature = "python")]
    return crate::python::detached(wait);
    #[cfg(not(feature = "python"))]
    wait()
}
