//! The connections of an event loop.

use std::sync::Arc;
use std::time::Instant;

use http::Method;
use mio::Token;
use slab::Slab;

use super::WAKER;
use crate::connection::{Connection, Edges};
use crate::output::Output;
use crate::stream::Stream;

/// Where a connection is.
pub(super) enum Slot<'c> {
    Here(&'c mut Connection),
    Away(&'c mut Away),
}

/// What is known of a connection that is with a thread which answers its request, or waits for one.
pub(super) struct Away {
    /// What its socket told meanwhile.
    pub(super) missed: Edges,
    /// When the request was complete, or the rest of its answer wanted.
    pub(super) since: Instant,
    pub(super) method: Method,
    /// The beginning of the path; noted when the call turns out, or is expected, to be slow.
    pub(super) path: Option<Box<[u8]>>,
    /// The answer that the client gets instead, as the thread took too long.
    pub(super) instead: Option<Box<Output>>,
}

impl Away {
    fn begin(&mut self, method: Method, since: Instant) {
        self.missed = Edges::default();
        (self.method, self.since) = (method, since);
        (self.path, self.instead) = (None, None);
    }

    /// Whether the client has all that it will get, although the thread is not back.
    pub(super) fn is_answered(&self) -> bool {
        self.instead
            .as_ref()
            .is_some_and(|instead| instead.pending() == 0)
    }
}

/// The bits of a token that are a place; those above tell which of the connections that had this place it means.
const PLACE_BITS: u32 = if usize::BITS < 64 { 24 } else { 32 };

const PLACE_MASK: usize = (1 << PLACE_BITS) - 1;

/// Connections by their key, which another connection may have after them, and by their token, which none has.
///
/// An event may be handled long after it was told: one thread looked at the sockets, the next one looks again and
/// handles both. By then the connection it is of can be gone, and a new one in its place.
pub(super) struct Connections {
    entries: Slab<Entry>,
    /// How many there have been so far.
    count: usize,
    /// The tokens that are not of connections.
    reserved: usize,
}

struct Entry {
    token: Token,
    stream: Arc<Stream>,
    /// While it is here.
    connection: Option<Box<Connection>>,
    /// While it is not.
    away: Away,
}

impl Entry {
    fn slot(&mut self) -> Slot<'_> {
        match &mut self.connection {
            Some(connection) => Slot::Here(connection),
            None => Slot::Away(&mut self.away),
        }
    }
}

/// What a token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Waker,
    /// The listener of this index.
    Listener(usize),
    /// The connection of this key.
    Connection(usize),
    /// A connection that is no more.
    Gone,
}

impl Connections {
    pub(super) fn new(listeners: usize) -> Self {
        Self {
            entries: Slab::new(),
            count: 0,
            reserved: 1 + listeners,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Its key.
    pub(super) fn insert(&mut self, connection: Box<Connection>, now: Instant) -> usize {
        let entry = self.entries.vacant_entry();
        let key = entry.key();
        let token = Token((self.reserved + key) | (self.count << PLACE_BITS));
        entry.insert(Entry {
            token,
            stream: connection.stream().clone(),
            connection: Some(connection),
            away: Away {
                missed: Edges::default(),
                since: now,
                method: Method::default(),
                path: None,
                instead: None,
            },
        });
        self.count = self.count.wrapping_add(1);
        key
    }

    pub(super) fn remove(&mut self, key: usize) {
        self.entries.try_remove(key);
    }

    pub(super) fn get(&mut self, key: usize) -> Option<Slot<'_>> {
        self.entries.get_mut(key).map(Entry::slot)
    }

    /// The connection, if it is here.
    pub(super) fn here(&mut self, key: usize) -> Option<&mut Connection> {
        self.entries.get_mut(key)?.connection.as_deref_mut()
    }

    /// What is known of it, if it is not here.
    pub(super) fn away(&mut self, key: usize) -> Option<&mut Away> {
        match self.entries.get_mut(key)?.slot() {
            Slot::Here(_) => None,
            Slot::Away(away) => Some(away),
        }
    }

    /// Takes the connection away, for a thread to answer its request.
    pub(super) fn take(&mut self, key: usize, now: Instant) -> Option<Box<Connection>> {
        let entry = self.entries.get_mut(key)?;
        let connection = entry.connection.take()?;
        entry.away.begin(connection.method(), now);
        Some(connection)
    }

    /// The connection is back.
    pub(super) fn put(&mut self, key: usize, connection: Box<Connection>) {
        self.entries[key].connection = Some(connection);
    }

    /// What the events of a connection's socket are told under.
    pub(super) fn token(&self, key: usize) -> Token {
        self.entries[key].token
    }

    pub(super) fn stream(&self, key: usize) -> &Arc<Stream> {
        &self.entries[key].stream
    }

    pub(super) fn source(&self, token: Token) -> Source {
        if token == WAKER {
            return Source::Waker;
        }
        match (token.0 & PLACE_MASK).checked_sub(self.reserved) {
            None => Source::Listener(token.0 - 1),
            Some(key) => match self.entries.get(key) {
                Some(entry) if entry.token == token => Source::Connection(key),
                _ => Source::Gone,
            },
        }
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (usize, Slot<'_>)> {
        let entries = self.entries.iter_mut();
        entries.map(|(key, entry)| (key, entry.slot()))
    }

    pub(super) fn retain(&mut self, mut keep: impl FnMut(Slot<'_>) -> bool) {
        self.entries.retain(|_, entry| keep(entry.slot()));
    }

    /// Forgets all; gives those that are here.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Box<Connection>> {
        self.entries.drain().filter_map(|entry| entry.connection)
    }
}

#[cfg(test)]
mod tests {
    use wsgi_core::environ;

    use super::*;
    use crate::timeouts::Timeouts;

    fn connection() -> Box<Connection> {
        let (ours, _) = mio::net::UnixStream::pair().unwrap();
        let peer = environ::Connection::default();
        let timeouts = Timeouts::default();
        Box::new(Connection::new(
            ours.into(),
            peer,
            Instant::now(),
            &timeouts,
        ))
    }

    #[test]
    fn the_first_tokens_are_of_the_waker_and_of_listeners() {
        let mut connections = Connections::new(2);
        let key = connections.insert(connection(), Instant::now());
        assert_eq!(connections.source(WAKER), Source::Waker);
        assert_eq!(connections.source(Token(1)), Source::Listener(0));
        assert_eq!(connections.source(Token(2)), Source::Listener(1));
        assert_eq!(
            connections.source(connections.token(key)),
            Source::Connection(key)
        );
    }

    #[test]
    fn an_event_of_a_connection_that_is_gone_is_not_taken_for_one_of_its_successor() {
        let mut connections = Connections::new(1);
        let first = connections.insert(connection(), Instant::now());
        let told = connections.token(first);
        connections.remove(first);
        assert_eq!(connections.source(told), Source::Gone);
        let second = connections.insert(connection(), Instant::now());
        assert_eq!(second, first, "another place; what is tested?");
        assert_eq!(connections.source(told), Source::Gone);
        assert_eq!(
            connections.source(connections.token(second)),
            Source::Connection(second)
        );
    }
}
