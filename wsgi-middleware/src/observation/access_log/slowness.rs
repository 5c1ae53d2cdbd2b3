//! Which requests are slow, and how many of them have a line.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use wsgi_core::Ledger;

/// When a request is slow, and how many lines there are.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(feature = "slow-log"),
    allow(dead_code, reason = "made by that layer alone")
)]
pub(crate) struct Slowness {
    pub(crate) threshold: Duration,
    /// Lines a minute.
    pub(crate) limit: u32,
    minute: Arc<Mutex<Minute>>,
}

#[derive(Debug)]
struct Minute {
    begun: SystemTime,
    written: u32,
    /// Lines that were left out since the last one.
    suppressed: u64,
}

impl Default for Slowness {
    fn default() -> Self {
        Self {
            threshold: Duration::from_secs(1),
            limit: 60,
            minute: Arc::new(Mutex::new(Minute {
                begun: SystemTime::UNIX_EPOCH,
                written: 0,
                suppressed: 0,
            })),
        }
    }
}

impl Slowness {
    pub(super) fn is_reached(&self, duration: Duration) -> bool {
        duration >= self.threshold
    }

    /// Whether there may be a line now, and how many were left out before it.
    pub(super) fn admit(&self, now: SystemTime) -> Option<u64> {
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back begins a minute, too.
        let age = now.duration_since(minute.begun);
        if age.is_err() || age.is_ok_and(|age| age >= Duration::from_secs(60)) {
            (minute.begun, minute.written) = (now, 0);
        }
        if minute.written >= self.limit {
            minute.suppressed += 1;
            return None;
        }
        minute.written += 1;
        Some(std::mem::take(&mut minute.suppressed))
    }
}

/// What a request had to wait for before the application was called, where the server knows; but not for the client.
pub(super) fn waited(ledger: &Ledger) -> Duration {
    ledger.queue().unwrap_or_default() + ledger.interpreter().unwrap_or_default()
}
