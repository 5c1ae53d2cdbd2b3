//! Stopping on signals.

use std::io;
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::Handle;

/// From now on the first SIGTERM or SIGINT stops the server gracefully, and a second one ends the process at once,
/// with exit code 128 plus the signal's number.
///
/// Dropping the guard gives the signals back to whoever had them before.
///
/// # Errors
/// When the handlers cannot be installed.
pub fn on_signals(handle: &Handle) -> io::Result<SignalGuard> {
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    let closer = signals.handle();
    let handle = handle.clone();
    thread::Builder::new()
        .name("wsgi-signals".to_owned())
        .spawn(move || {
            let mut received = signals.forever();
            if received.next().is_some() {
                tracing::info!(
                    "stopping: requests in flight are answered; a second signal ends it at once"
                );
                handle.shutdown();
            }
            if let Some(signal) = received.next() {
                // Threads may be stuck in the application: nothing of it is waited for.
                std::process::exit(128 + signal);
            }
        })?;
    Ok(SignalGuard(closer))
}

/// Watches the signals as long as it lives.
#[derive(Debug)]
pub struct SignalGuard(signal_hook::iterator::Handle);

impl Drop for SignalGuard {
    fn drop(&mut self) {
        self.0.close();
    }
}
