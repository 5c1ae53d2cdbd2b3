//! The connections of an event loop.

use std::ops::{Index, IndexMut};

use mio::Token;
use slab::Slab;

use super::WAKER;
use crate::connection::{Connection, Edges};

/// Where a connection is.
pub(super) enum Slot {
    Here(Box<Connection>),
    /// With a thread that answers its request; what its socket told meanwhile waits here.
    Away(Edges),
}

/// The bits of a token that are a place; those above tell which of the connections that had this place it means.
const PLACE_BITS: u32 = if usize::BITS < 64 { 24 } else { 32 };

const PLACE_MASK: usize = (1 << PLACE_BITS) - 1;

/// Connections by their key, which another connection may have after them, and by their token, which none has.
///
/// An event may be handled long after it was told: one thread looked at the sockets, the next one looks again and
/// handles both. By then the connection it is of can be gone, and a new one in its place.
#[derive(Default)]
pub(super) struct Connections<T = Slot> {
    entries: Slab<Entry<T>>,
    /// How many there have been so far.
    count: usize,
    /// The tokens that are not of connections.
    reserved: usize,
}

struct Entry<T> {
    token: Token,
    value: T,
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

impl<T> Connections<T> {
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

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Its key.
    pub(super) fn insert(&mut self, value: T) -> usize {
        let entry = self.entries.vacant_entry();
        let key = entry.key();
        let token = Token((self.reserved + key) | (self.count << PLACE_BITS));
        entry.insert(Entry { token, value });
        self.count = self.count.wrapping_add(1);
        key
    }

    pub(super) fn remove(&mut self, key: usize) {
        self.entries.try_remove(key);
    }

    pub(super) fn get_mut(&mut self, key: usize) -> Option<&mut T> {
        self.entries.get_mut(key).map(|entry| &mut entry.value)
    }

    /// What the events of a connection's socket are told under.
    pub(super) fn token(&self, key: usize) -> Token {
        self.entries[key].token
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

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (usize, &mut T)> {
        let entries = self.entries.iter_mut();
        entries.map(|(key, entry)| (key, &mut entry.value))
    }

    pub(super) fn retain(&mut self, mut keep: impl FnMut(&mut T) -> bool) {
        self.entries.retain(|_, entry| keep(&mut entry.value));
    }

    pub(super) fn drain(&mut self) -> impl Iterator<Item = T> {
        self.entries.drain().map(|entry| entry.value)
    }
}

impl<T> Index<usize> for Connections<T> {
    type Output = T;

    fn index(&self, key: usize) -> &T {
        &self.entries[key].value
    }
}

impl<T> IndexMut<usize> for Connections<T> {
    fn index_mut(&mut self, key: usize) -> &mut T {
        &mut self.entries[key].value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_tokens_are_of_the_waker_and_of_listeners() {
        let mut connections = Connections::new(2);
        let key = connections.insert('a');
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
        let first = connections.insert('a');
        let told = connections.token(first);
        connections.remove(first);
        assert_eq!(connections.source(told), Source::Gone);
        let second = connections.insert('b');
        assert_eq!(
            second, first,
            "the place is not used again; what is tested?"
        );
        assert_eq!(connections.source(told), Source::Gone);
        assert_eq!(
            connections.source(connections.token(second)),
            Source::Connection(second)
        );
        assert_eq!(connections[second], 'b');
    }
}
