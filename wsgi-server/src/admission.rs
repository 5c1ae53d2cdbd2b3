//! Who may connect: the count of all connections, and of each peer's.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::connection_limits::ConnectionLimits;

/// A server's account of its connections, those of all its loops.
#[derive(Default)]
pub(crate) struct Admission {
    total: usize,
    per_peer: usize,
    count: AtomicUsize,
    /// Only kept where a peer has a limit.
    peers: Mutex<HashMap<Peer, usize>>,
    /// The one who accepts waits for room.
    is_awaited: AtomicBool,
    /// Wakes him.
    wake: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

/// A connection's place in the account; free again when it is dropped, together with its socket.
#[derive(Debug)]
pub(crate) struct Ticket {
    admission: Arc<Admission>,
    peer: Option<Peer>,
}

/// Whose connections are counted together: an address, or the network that one host has of IPv6 (RFC 4291 §2.5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Peer {
    V4(u32),
    V6(u64),
}

impl Peer {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.to_bits()),
            IpAddr::V6(address) => Self::V6((address.to_bits() >> 64) as u64),
        }
    }
}

impl Admission {
    pub(crate) fn new(limits: &ConnectionLimits) -> Self {
        Self {
            total: limits.total.max(1),
            per_peer: limits.per_peer.max(1),
            ..Self::default()
        }
    }

    /// From now on `wake` is called when there is room after somebody [waited](Self::awaits_room) for it.
    pub(crate) fn wakes(&self, wake: impl Fn() + Send + Sync + 'static) {
        let _ = self.wake.set(Box::new(wake)); // the only time
    }

    pub(crate) fn total(&self) -> usize {
        self.total
    }

    /// Whether one more may be accepted.
    pub(crate) fn has_room(&self) -> bool {
        self.count.load(Ordering::SeqCst) < self.total
    }

    /// Whether one has to wait for room; then it will be told when there is some.
    pub(crate) fn awaits_room(&self) -> bool {
        self.is_awaited.store(true, Ordering::SeqCst);
        // Looked at after the wish is known: whoever leaves later sees it.
        !self.has_room()
    }

    /// Whether somebody waits for room.
    pub(crate) fn is_awaited(&self) -> bool {
        self.is_awaited.load(Ordering::Relaxed)
    }

    /// A place for a connection from this address; none on a unix socket. `None`: the peer has all that it may have.
    pub(crate) fn admit(self: &Arc<Self>, address: Option<IpAddr>) -> Option<Ticket> {
        let counted = address.filter(|_| self.per_peer < usize::MAX);
        let peer = counted.map(Peer::of);
        if let Some(peer) = peer {
            let mut peers = self.peers();
            let count = peers.entry(peer).or_default();
            if *count >= self.per_peer {
                return None;
            }
            *count += 1;
        }
        self.count.fetch_add(1, Ordering::SeqCst);
        Some(Ticket {
            admission: self.clone(),
            peer,
        })
    }

    fn peers(&self) -> MutexGuard<'_, HashMap<Peer, usize>> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let admission = &self.admission;
        if let Some(peer) = self.peer {
            let mut peers = admission.peers();
            match peers.get_mut(&peer) {
                Some(count) if *count > 1 => *count -= 1,
                _ => drop(peers.remove(&peer)), // a table of those who are there, not of all who ever were
            }
        }
        admission.count.fetch_sub(1, Ordering::SeqCst);
        if admission.is_awaited.swap(false, Ordering::SeqCst)
            && let Some(wake) = admission.wake.get()
        {
            wake();
        }
    }
}

impl std::fmt::Debug for Admission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admission")
            .field("count", &self.count)
            .field("total", &self.total)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(total: usize, per_peer: usize) -> Arc<Admission> {
        Arc::new(Admission::new(&ConnectionLimits {
            total,
            per_peer,
            ..ConnectionLimits::default()
        }))
    }

    fn from(address: &str) -> Option<IpAddr> {
        Some(address.parse().unwrap())
    }

    #[test]
    fn a_peer_has_its_number_and_no_more_and_others_have_theirs() {
        let admission = admission(100, 2);
        let mut held: Vec<_> = (0..2)
            .map(|_| admission.admit(from("192.0.2.1")).expect("a place"))
            .collect();
        assert!(admission.admit(from("192.0.2.1")).is_none());
        assert!(
            admission.admit(from("::ffff:192.0.2.1")).is_none(),
            "the same"
        );
        assert!(admission.admit(from("192.0.2.2")).is_some());
        held.pop();
        let again = admission.admit(from("192.0.2.1"));
        assert!(again.is_some() && admission.admit(from("192.0.2.1")).is_none());
        drop((held, again));
        assert!(admission.peers().is_empty(), "who has left is forgotten");
        assert_eq!(admission.count.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_count_together() {
        let admission = admission(100, 1);
        let _held = admission.admit(from("2001:db8:0:1::1"));
        assert!(admission.admit(from("2001:db8:0:1:ffff::2")).is_none());
        assert!(admission.admit(from("2001:db8:0:2::1")).is_some());
        // Nor is the network of an address of IPv4's number taken for that.
        let _low = admission.admit(from("0:0:c000:201::1"));
        assert!(admission.admit(from("192.0.2.1")).is_some());
    }

    #[test]
    fn unix_sockets_have_no_limit_but_that_of_all() {
        let admission = admission(3, 1);
        let held: Vec<_> = (0..3).map(|_| admission.admit(None)).collect();
        assert!(held.iter().all(Option::is_some) && !admission.has_room());
    }

    #[test]
    fn who_waits_for_room_is_told_of_it_once() {
        let admission = admission(1, usize::MAX);
        let told = Arc::new(AtomicUsize::new(0));
        let count = told.clone();
        admission.wakes(move || {
            count.fetch_add(1, Ordering::SeqCst);
        });
        for round in 0..3 {
            let held = admission.admit(from("192.0.2.1"));
            assert!(!admission.has_room() && admission.awaits_room());
            drop(held);
            assert_eq!(told.load(Ordering::SeqCst), round + 1);
            drop(admission.admit(from("192.0.2.1"))); // nobody waits
            assert_eq!(told.load(Ordering::SeqCst), round + 1);
        }
        assert!(!admission.awaits_room(), "there is room");
        let wake = admission.admit(None); // told in vain, which does no harm
        drop(wake);
        assert_eq!(told.load(Ordering::SeqCst), 4);
    }
}
