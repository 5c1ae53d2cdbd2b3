//! The client of a request, as far as its server can see it.

use std::sync::{Arc, Weak};
use std::time::Instant;

/// What a server knows of a client; implemented by connections.
pub trait ClientStatus: Send + Sync {
    /// Whether the client has left, by a look that never waits; what counts as leaving is told at
    /// [`Client::is_disconnected`].
    fn is_disconnected(&self) -> bool;

    /// Answers in the application's place when the response has not begun by then; see [`Client::answer_by`]. By default
    /// nothing happens: most servers cannot.
    fn answer_by(&self, deadline: Instant) {
        let _ = deadline;
    }
}

/// The client of a request, to be asked whether it still waits for the response.
///
/// For applications whose answers take long: they can stop when nobody waits any more. Taken from
/// [`Environ::client`](crate::Environ::client), cloned, sent to other threads, kept beyond the request: it holds nothing
/// open, and tells of no other client, ever. Once its connection is gone it says so.
///
/// # Examples
/// ```
/// use wsgi_core::{Blocks, Body, Client, StatusLine, application_fn};
///
/// /// Endless, as long as somebody listens.
/// struct Ticks(Option<Client>);
///
/// impl Blocks for Ticks {
///     fn next_block(&mut self) -> Result<Option<&[u8]>, wsgi_core::ApplicationError> {
///         let has_left = self.0.as_ref().is_some_and(Client::is_disconnected);
///         Ok((!has_left).then_some(b"tick\n"))
///     }
/// }
///
/// let app = application_fn(|environ, start_response| {
///     start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
///     Ok(Body::from_blocks(Ticks(environ.client())))
/// });
/// # use wsgi_core::testing::{EnvironBuilder, run};
/// # struct Left(std::sync::atomic::AtomicUsize);
/// # impl wsgi_core::ClientStatus for Left {
/// #     fn is_disconnected(&self) -> bool {
/// #         self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 3
/// #     }
/// # }
/// # let client = Client::new(std::sync::Arc::new(Left(0.into())));
/// # let environ = EnvironBuilder::get("/").with(|environ| environ.connection_mut().client = Some(client));
/// # assert_eq!(run(&app, environ.build())?.text(), "tick\ntick\ntick\n");
/// # Ok::<(), wsgi_core::ApplicationError>(())
/// ```
#[derive(Clone)]
pub struct Client(Status);

#[derive(Clone)]
enum Status {
    /// The server's own, which ends with the connection.
    Of(Weak<dyn ClientStatus>),
    Held(Arc<dyn ClientStatus>),
}

impl Client {
    /// Asks `status`, and keeps it.
    pub fn new(status: Arc<dyn ClientStatus>) -> Self {
        Self(Status::Held(status))
    }

    /// Asks the connection as long as it is there; it is not kept open for that.
    pub fn of_connection<C: ClientStatus + 'static>(connection: &Arc<C>) -> Self {
        let connection: Weak<C> = Arc::downgrade(connection);
        Self(Status::Of(connection))
    }

    /// Asks the server to answer by then (`504`) if the response to the request under way has not begun, whatever the
    /// application is doing. The earliest deadline counts; it ends with the request.
    ///
    /// For layers that give requests a time, as no layer can answer while a call is running. `wsgi-server` does as it does by
    /// its `--request-timeout`, within half a second or so; others do nothing. To be called during the request alone: later
    /// it would be the next one's.
    pub fn answer_by(&self, deadline: Instant) {
        match &self.0 {
            Status::Of(connection) => {
                if let Some(connection) = connection.upgrade() {
                    connection.answer_by(deadline);
                }
            }
            Status::Held(status) => status.answer_by(deadline),
        }
    }

    /// Whether the client has left: it has closed the connection, or its own side of it, or the connection has failed.
    ///
    /// A look that never waits; on a socket one system call. TCP tells a client that has closed the connection from one
    /// that has only finished sending (`shutdown`) no sooner than something is sent to it, and of those who wait for an
    /// answer hardly one closes its side first; so both count as having left, as with Waitress, nginx and Go. Bytes that
    /// the client sent before, such as further requests, change nothing. A client that vanished without a word (no power,
    /// no network) is seen when the system gives it up.
    pub fn is_disconnected(&self) -> bool {
        match &self.0 {
            Status::Of(connection) => connection
                .upgrade()
                .is_none_or(|connection| connection.is_disconnected()),
            Status::Held(status) => status.is_disconnected(),
        }
    }
}

/// Equal when they ask the same connection.
impl PartialEq for Client {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Status::Of(a), Status::Of(b)) => Weak::ptr_eq(a, b),
            (Status::Held(a), Status::Held(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl Eq for Client {}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Connection;

    impl ClientStatus for Connection {
        fn is_disconnected(&self) -> bool {
            false
        }
    }

    #[test]
    fn a_connection_that_is_gone_has_no_client() {
        let connection = Arc::new(Connection);
        let client = Client::of_connection(&connection);
        assert!(!client.is_disconnected());
        drop(connection); // the only one that held it
        assert!(client.is_disconnected());
    }

    #[test]
    fn clients_are_the_same_by_their_connection() {
        let (one, other) = (Arc::new(Connection), Arc::new(Connection));
        let client = Client::of_connection(&one);
        assert_eq!(client, client.clone());
        assert_ne!(client, Client::of_connection(&other));
        assert_ne!(client, Client::new(one));
    }
}
