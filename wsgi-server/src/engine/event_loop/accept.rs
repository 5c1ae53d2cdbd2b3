//! New connections.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::Token;

use super::connections::Slot;
use super::{Call, EventLoop};
use crate::connection::{Connection, Edges};
use crate::engine::Loop;

/// Of the idle connections one in so many is closed to make room for others, so that the look for them, at all
/// connections, is worth the while.
const HURRIED: usize = 32;

/// How often that is done, at most.
const HURRY: Duration = Duration::from_millis(10);

/// How often the log is told that there are too many connections.
const REPORTED: Duration = Duration::from_secs(60);

/// What the log has been told of late.
#[derive(Debug, Default)]
pub(super) struct Reports {
    full: Report,
    peers: Report,
}

/// A message for the first of many alike, and then from time to time.
#[derive(Debug, Default)]
struct Report {
    told: Option<Instant>,
    /// How many there were that it was not told of.
    untold: u64,
}

impl Report {
    /// Whether to tell: then, how many were not told of since the last time.
    fn is_due(&mut self, now: Instant) -> Option<u64> {
        if self
            .told
            .is_some_and(|told| now.duration_since(told) < REPORTED)
        {
            self.untold += 1;
            return None;
        }
        self.told = Some(now);
        Some(std::mem::take(&mut self.untold))
    }
}

impl EventLoop {
    pub(super) fn accept(&mut self, lp: &Arc<Loop>, me: usize, index: usize) -> Option<Call> {
        loop {
            if !self.has_room(lp) {
                return None;
            }
            // There are none any more once the server is stopping.
            let accepted = self.listeners.get(index)?.accept(!lp.is_solo());
            match accepted {
                Ok((stream, peer)) => {
                    let Some(ticket) = lp.shared.admission.admit(peer.remote_addr) else {
                        self.report_peer(&peer);
                        continue; // which closes it
                    };
                    let stream = stream.holding(ticket);
                    let connection = Connection::new(stream, peer, self.now, &lp.shared.timeouts);
                    let Some(connection) = lp.pass_on(Box::new(connection)) else {
                        continue;
                    };
                    let key = self.admit(lp, connection);
                    // More often than not its request is here already.
                    if let Some(call) = self.advance(lp, me, key) {
                        // An edge tells of all that wait to be accepted.
                        let listener = (Token(1 + index), Edges::default());
                        self.events.push_front(listener);
                        return Some(call);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
                Err(error) if is_of_one_client(&error) => {}
                Err(error) => {
                    // Out of descriptors or memory. The client waits in the backlog; another edge may never come.
                    tracing::error!(%error, "cannot accept a connection; raise the limit of open files (ulimit -n)");
                    self.accept_later = true;
                    return None;
                }
            }
        }
    }

    /// Accepts whoever waits, if there was no room for them and there is some now.
    pub(super) fn accept_if_room(&mut self, lp: &Loop) {
        if self.is_full && lp.shared.admission.has_room() {
            self.is_full = false;
            self.look_at_listeners();
        }
    }

    pub(super) fn admit(&mut self, lp: &Loop, connection: Box<Connection>) -> usize {
        let key = self.connections.insert(connection, self.now);
        lp.set_load(self.connections.len());
        key
    }

    /// Forgets a connection; nobody has to answer it.
    pub(super) fn remove(&mut self, lp: &Loop, key: usize) -> Option<Call> {
        self.connections.remove(key);
        lp.set_load(self.connections.len());
        None
    }

    /// Whether another connection may be accepted. If not, the next will be when one has gone; idle ones have to go.
    fn has_room(&mut self, lp: &Loop) -> bool {
        let admission = &lp.shared.admission;
        if admission.has_room() || !admission.awaits_room() {
            return true;
        }
        self.is_full = true;
        if let Some(suppressed) = self.reports.full.is_due(self.now) {
            let most = admission.total();
            tracing::warn!(
                suppressed,
                "there are {most} connections, which is the limit: the longest idle ones are closed, and while there \
                 are none clients wait to be accepted; raise --connection-limit, and the limit of open files with it \
                 (ulimit -n)"
            );
        }
        self.hurry_idle();
        false
    }

    /// Ends the time of those that have been idle for longest.
    pub(super) fn hurry_idle(&mut self) {
        if self.now.duration_since(self.hurried) < HURRY {
            return; // the next sweep will
        }
        self.hurried = self.now;
        let slots = self.connections.iter_mut();
        let idle = slots.filter_map(|(key, slot)| match slot {
            Slot::Here(connection) => Some((connection.expendable_until()?, key)),
            Slot::Away(_) => None,
        });
        let mut idle: Vec<_> = idle.collect();
        let count = idle.len().div_ceil(HURRIED);
        if count < idle.len() {
            idle.select_nth_unstable(count);
            idle.truncate(count);
        }
        for (_, key) in idle {
            if let Some(connection) = self.connections.here(key) {
                connection.hurry(self.now);
                self.push_ready(key);
            }
        }
    }

    #[cold]
    fn report_peer(&mut self, peer: &wsgi_core::environ::Connection) {
        if let Some(suppressed) = self.reports.peers.is_due(self.now)
            && let Some(peer) = peer.remote_addr
        {
            tracing::warn!(
                %peer,
                suppressed,
                "a connection was closed at once: its peer has as many as one may have; raise \
                 --connection-limit-per-peer if it is a proxy"
            );
        }
    }
}

/// Whether accepting failed because of this one client (it left, or its network failed).
fn is_of_one_client(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::ConnectionAborted
            | Kind::ConnectionReset
            | Kind::Interrupted
            | Kind::InvalidInput
            | Kind::NotConnected
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_alike_are_told_of_once_a_minute() {
        let (mut report, now) = (Report::default(), Instant::now());
        assert_eq!(report.is_due(now), Some(0));
        assert_eq!(report.is_due(now), None);
        assert_eq!(
            report.is_due(now + REPORTED - Duration::from_nanos(1)),
            None
        );
        assert_eq!(report.is_due(now + REPORTED), Some(2));
        assert_eq!(report.is_due(now + REPORTED), None);
    }
}
