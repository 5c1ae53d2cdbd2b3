//! New connections.

use std::io;
use std::sync::Arc;

use mio::Token;

use super::{Call, EventLoop};
use crate::connection::{Connection, Edges};
use crate::engine::Loop;

impl EventLoop {
    pub(super) fn accept(&mut self, lp: &Arc<Loop>, me: usize, index: usize) -> Option<Call> {
        loop {
            // There are none any more once the server is stopping.
            let accepted = self.listeners.get(index)?.accept(!lp.is_solo());
            match accepted {
                Ok((stream, peer)) => {
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

    pub(super) fn admit(&mut self, lp: &Loop, connection: Box<Connection>) -> usize {
        let key = self.connections.insert(connection);
        lp.set_load(self.connections.len());
        key
    }

    /// Forgets a connection; nobody has to answer it.
    pub(super) fn remove(&mut self, lp: &Loop, key: usize) -> Option<Call> {
        self.connections.remove(key);
        lp.set_load(self.connections.len());
        None
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
