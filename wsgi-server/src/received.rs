//! The bytes of a connection that came in and must wait.

/// Bytes that came in and could not be used yet: an unfinished head, requests behind the one that is being answered.
#[derive(Debug, Default)]
pub(crate) struct Received {
    bytes: Vec<u8>,
    start: usize,
}

impl Received {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.bytes.len()
    }

    /// Adds what came later. What was used makes way first, so that the memory grows with what waits alone.
    pub(crate) fn append(&mut self, more: &[u8]) {
        if self.start > 0 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(more);
    }

    pub(crate) fn consume(&mut self, count: usize) {
        self.start += count;
        debug_assert!(self.start <= self.bytes.len(), "no more than was there");
        if self.is_empty() {
            self.clear();
        }
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.start = 0;
    }

    /// How many bytes of memory it holds.
    pub(crate) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_makes_way_for_what_comes() {
        let mut received = Received::default();
        for round in 0..1000u32 {
            received.append(&[b'x'; 100]);
            received.append(&round.to_be_bytes());
            received.consume(if round == 0 { 100 } else { 104 });
            assert_eq!(received.bytes(), round.to_be_bytes());
        }
        assert!(received.capacity() < 1000, "{}", received.capacity());
        received.consume(4);
        assert!(received.is_empty() && received.bytes().is_empty());
    }
}
