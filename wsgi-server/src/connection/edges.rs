//! What the system tells of a connection's socket.

use mio::event::Event;

/// What an event of a socket tells; each is told once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Edges {
    /// There is something to read.
    pub(super) readable: bool,
    /// The client sends no more than what is there.
    pub(super) read_closed: bool,
    /// The client is gone altogether.
    pub(super) disconnected: bool,
}

impl Edges {
    pub(crate) fn of(event: &Event) -> Self {
        Self {
            readable: event.is_readable(),
            read_closed: event.is_read_closed(),
            disconnected: event.is_error() || (event.is_write_closed() && event.is_read_closed()),
        }
    }

    pub(crate) fn add(&mut self, later: Self) {
        self.readable |= later.readable;
        self.read_closed |= later.read_closed;
        self.disconnected |= later.disconnected;
    }
}
