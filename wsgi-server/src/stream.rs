//! A client's socket, and who may answer there.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mio::event::Source;
use mio::net::{TcpStream, UnixStream};
use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags};
use wsgi_core::ClientStatus;

use crate::admission::Ticket;

/// A client's connection; non-blocking. Shared by the event loop, the thread that answers, and the watcher.
#[derive(Debug)]
pub(crate) struct Stream {
    /// Its place among the connections that the server may have. Given back before the socket is closed: who sees that
    /// may come again.
    ticket: Option<Ticket>,
    socket: Socket,
    answer: AtomicU8,
    /// By when layers want the answer to have begun, in milliseconds after [`EPOCH`]; [`NEVER`] where none has asked.
    wanted_by: AtomicU64,
}

/// What moments are counted from where they have to be a number.
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

const NEVER: u64 = u64::MAX;

#[derive(Debug)]
enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// Nothing of the response has left, nor is anything of earlier ones still to be sent.
const OPEN: u8 = 0;
/// Nothing of the response has left; the thread that answers, or its outbox, holds the rest of earlier ones.
const OWING: u8 = 1;
/// The thread that answers has begun to send.
const BEGUN: u8 = 2;
/// The event loop has answered instead.
const REVOKED: u8 = 3;

const GONE: PollFlags = PollFlags::HUP.union(PollFlags::ERR);

impl Stream {
    /// Holds a place among the connections for as long as it is open.
    pub(crate) fn holding(mut self, ticket: Ticket) -> Self {
        self.ticket = Some(ticket);
        self
    }

    /// Once, for both directions, edge-triggered: nothing is registered again for the connection's life.
    pub(crate) fn register(&self, registry: &Registry, token: Token) -> io::Result<()> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        SourceFd(&self.as_fd().as_raw_fd()).register(registry, token, interest)
    }

    /// Tells the client that nothing more will come; what it still sends can be read.
    pub(crate) fn finish_writing(&self) -> io::Result<()> {
        let direction = std::net::Shutdown::Write;
        match &self.socket {
            Socket::Tcp(stream) => stream.shutdown(direction),
            Socket::Unix(stream) => stream.shutdown(direction),
        }
    }

    /// Where the client is; nothing for one on a unix socket, or that is gone.
    pub(crate) fn peer(&self) -> Option<std::net::SocketAddr> {
        match &self.socket {
            Socket::Tcp(stream) => stream.peer_addr().ok(),
            Socket::Unix(_) => None,
        }
    }

    /// Whether the client has closed the connection, or at least its own side of it: TCP tells the one from the other only
    /// when something is sent.
    pub(crate) fn is_left(&self) -> bool {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        const HALF_CLOSED: PollFlags = PollFlags::RDHUP;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        const HALF_CLOSED: PollFlags = PollFlags::empty();
        self.is(GONE | HALF_CLOSED)
    }

    /// Whether the client takes nothing any more.
    pub(crate) fn is_gone(&self) -> bool {
        self.is(GONE)
    }

    fn is(&self, flags: PollFlags) -> bool {
        let mut socket = [PollFd::new(self, flags)];
        let told = rustix::event::poll(&mut socket, Some(&Timespec::default()));
        told.is_ok() && socket[0].revents().intersects(flags)
    }
}

/// For applications that ask.
impl ClientStatus for Stream {
    fn is_disconnected(&self) -> bool {
        self.is_left()
    }

    fn answer_by(&self, deadline: Instant) {
        let after = deadline.saturating_duration_since(*EPOCH).as_millis();
        let after = u64::try_from(after).unwrap_or(NEVER);
        self.wanted_by.fetch_min(after, Ordering::Relaxed);
    }
}

/// The right to answer a request. While the application makes the response, the event loop may lose patience: then
/// whoever is first has the right, and the other one sends nothing.
impl Stream {
    /// A request begins: nobody has answered it, nor asked for an answer by a time.
    #[inline]
    pub(crate) fn begin_request(&self, owes: bool) {
        self.wanted_by.store(NEVER, Ordering::Relaxed);
        self.open_answer(owes);
    }

    /// By when layers want the answer to have begun.
    pub(crate) fn wanted_by(&self) -> Option<Instant> {
        match self.wanted_by.load(Ordering::Relaxed) {
            NEVER => None,
            after => EPOCH.checked_add(Duration::from_millis(after)),
        }
    }

    /// A request begins, and nobody has answered it. `owes`: the rest of the answers to earlier ones is still to be sent.
    #[inline]
    pub(crate) fn open_answer(&self, owes: bool) {
        let state = if owes { OWING } else { OPEN };
        self.answer.store(state, Ordering::Release);
    }

    /// The earlier answers are out.
    pub(crate) fn owe_nothing(&self) {
        // Whoever has begun, or lost the right, has nothing to say here.
        let _ = self.exchange_answer(OWING, OPEN);
    }

    /// For the thread that answers, before it sends anything of the response.
    ///
    /// # Errors
    /// The event loop has answered instead.
    #[inline]
    pub(crate) fn begin_answer(&self) -> io::Result<()> {
        let state = self.answer.load(Ordering::Acquire);
        if state == BEGUN || (state != REVOKED && self.exchange_answer(state, BEGUN)) {
            return Ok(());
        }
        Err(io::ErrorKind::TimedOut.into())
    }

    /// For the event loop: takes the right away from the thread, as long as that has nothing to send. `false`: it has.
    pub(crate) fn revoke_answer(&self) -> bool {
        self.exchange_answer(OPEN, REVOKED)
    }

    /// As [`revoke_answer`](Stream::revoke_answer), for who has in hand what the thread would have sent first.
    pub(crate) fn revoke_answer_with_debts(&self) -> bool {
        self.exchange_answer(OWING, REVOKED)
    }

    /// Whether the event loop has answered instead.
    pub(crate) fn is_answer_revoked(&self) -> bool {
        self.answer.load(Ordering::Acquire) == REVOKED
    }

    fn exchange_answer(&self, from: u8, to: u8) -> bool {
        let (success, failure) = (Ordering::AcqRel, Ordering::Acquire);
        let exchanged = self.answer.compare_exchange(from, to, success, failure);
        exchanged.is_ok()
    }
}

/// By `recv` and `send` themselves: the C library's are cancellation points, which cost a process of several threads two
/// atomic operations each.
impl Stream {
    /// Receives what is there.
    pub(crate) fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::net::recv(self, buffer, RecvFlags::empty())?.0)
    }

    /// Sends what the socket has room for.
    pub(crate) fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::net::send(self, bytes, NO_SIGNAL)?)
    }

    /// As [`send`](Stream::send), for bytes that more will follow at once: the system may wait for these, and put both into
    /// one segment.
    pub(crate) fn send_ahead(&self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::net::send(self, bytes, NO_SIGNAL.union(MORE))?)
    }

    /// As [`send`](Stream::send), from several places.
    pub(crate) fn send_vectored(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut control = SendAncillaryBuffer::default();
        Ok(rustix::net::sendmsg(self, parts, &mut control, NO_SIGNAL)?)
    }
}

/// A client that is gone is an error, never a signal.
#[cfg(not(target_vendor = "apple"))]
const NO_SIGNAL: SendFlags = SendFlags::NOSIGNAL;
#[cfg(target_vendor = "apple")]
const NO_SIGNAL: SendFlags = SendFlags::empty(); // its sockets have an option for that, which is set when they are made

#[cfg(any(target_os = "linux", target_os = "android"))]
const MORE: SendFlags = SendFlags::MORE;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const MORE: SendFlags = SendFlags::empty();

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.socket {
            Socket::Tcp(stream) => stream.as_fd(),
            Socket::Unix(stream) => stream.as_fd(),
        }
    }
}

impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Self {
        Self {
            socket: Socket::Tcp(stream),
            answer: AtomicU8::new(OPEN),
            wanted_by: AtomicU64::new(NEVER),
            ticket: None,
        }
    }
}

impl From<UnixStream> for Stream {
    fn from(stream: UnixStream) -> Self {
        Self {
            socket: Socket::Unix(stream),
            answer: AtomicU8::new(OPEN),
            wanted_by: AtomicU64::new(NEVER),
            ticket: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn pair() -> (Stream, std::os::unix::net::UnixStream) {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        (UnixStream::from_std(ours).into(), theirs)
    }

    #[test]
    fn a_request_is_answered_by_the_thread_or_by_the_loop_and_never_by_both() {
        let (stream, _client) = pair();
        stream.begin_answer().unwrap();
        stream.begin_answer().unwrap(); // and goes on
        assert!(!stream.revoke_answer() && !stream.revoke_answer_with_debts());
        stream.open_answer(false);
        assert!(stream.revoke_answer() && !stream.revoke_answer());
        assert!(stream.begin_answer().is_err() && stream.is_answer_revoked());
    }

    #[test]
    fn who_holds_earlier_answers_loses_the_right_only_to_the_one_who_has_taken_them() {
        let (stream, _client) = pair();
        stream.open_answer(true);
        assert!(!stream.revoke_answer());
        stream.owe_nothing();
        assert!(stream.revoke_answer());
        stream.open_answer(true);
        assert!(stream.revoke_answer_with_debts());
        stream.owe_nothing();
        assert!(stream.begin_answer().is_err());
        stream.open_answer(true);
        stream.begin_answer().unwrap();
        assert!(!stream.revoke_answer_with_debts());
    }

    #[test]
    fn the_earliest_deadline_of_a_request_counts_and_ends_with_it() {
        let (stream, _client) = pair();
        assert_eq!(stream.wanted_by(), None);
        let now = Instant::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        for seconds in [20, 10, 30] {
            stream.answer_by(after(seconds));
        }
        let wanted = stream.wanted_by().unwrap();
        assert!(wanted <= after(10) && wanted > after(9), "{wanted:?}");
        stream.open_answer(false); // after an interim response
        assert_eq!(stream.wanted_by(), Some(wanted));
        stream.begin_request(false);
        assert_eq!(stream.wanted_by(), None);
    }

    #[test]
    fn a_client_has_left_when_it_closes_though_bytes_of_it_wait() {
        let (stream, mut client) = pair();
        client.write_all(b"GET").unwrap();
        assert!(!stream.is_left());
        drop(client);
        assert!(stream.is_left());
    }

    #[test]
    fn who_sends_no_more_has_left() {
        let (stream, client) = pair();
        client.shutdown(std::net::Shutdown::Write).unwrap();
        assert!(stream.is_left() && !stream.is_gone());
    }
}
