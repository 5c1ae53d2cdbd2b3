//! [`ConcurrencyLimit`]: so many requests at a time.

#[cfg(all(test, loom))]
mod models;
mod permits;
mod sync;

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use permits::{Permit, Permits};
use wsgi_core::{
    Application, ApplicationError, Blocks, Body, Environ, FileRegion, Layer, RequestDeadline,
    StartResponse,
};

use crate::common::start::unavailable;

/// Lets so many requests into the application at a time; others wait for a place, up to a number and a time.
///
/// A request has its permit from the call until its body is closed, so that streams count; one with a complete body gives
/// it back when the application returns. Who finds none waits in a queue, first come, first served. Where the queue is
/// full, or the time is over, the answer is `503 Service Unavailable` with `Retry-After`. A client that leaves while its
/// request waits gives up its place.
///
/// For what cannot do more at a time: a database, a model in memory, another service, work that needs a processor of its
/// own. **A request that waits here holds a thread of the server**, so have more threads than this limit and its queue
/// together; what the server itself should hold back belongs in its own queue (`--threads`, `--queue-limit`), which costs
/// none. Where the server says that it has one thread (`wsgi.multithread` is false), nobody waits, for the place would have
/// to come free on the same thread.
///
/// The interpreter of Python is let go of while a thread waits. The wait counts as `queue` in the server's ledger.
///
/// **State**: all that one layer has wrapped, and all clones, share the permits; setting one of the numbers makes new ones.
/// A request that comes to the same permits again further in needs no second one. A new request that the application makes
/// to itself does; where it finds no permit it waits as others do, and gets the `503` in the end.
///
/// # Place in the stack
/// As far inside as what is to be protected: around one route, or one mount. Inside of `Recover`, the access log, and of
/// all that answers without the application (static files, authentication).
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use wsgi_core::{handler, testing};
/// use wsgi_middleware::ConcurrencyLimit;
///
/// let app = ConcurrencyLimit::new(handler(|_| "Hello!\n")).limit(8).queue(16, Duration::from_millis(500));
/// assert_eq!(testing::get(&app, "/").text(), "Hello!\n");
/// assert_eq!(app.in_use(), 0);
/// ```
///
/// # Specification
/// RFC 9110 §15.6.4 "503 Service Unavailable", §10.2.3 "Retry-After".
#[derive(Clone, Debug)]
pub struct ConcurrencyLimit<A = ()> {
    app: A,
    permits: Arc<Permits>,
    retry_after: Duration,
}

/// Wraps applications in [`ConcurrencyLimit`]. Made by `ConcurrencyLimitLayer::default()`.
pub type ConcurrencyLimitLayer = ConcurrencyLimit<()>;

impl<A> ConcurrencyLimit<A> {
    /// Around `app`: as many requests at a time as the machine has processors, 32 that wait for up to a second.
    pub fn new(app: A) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            app,
            permits: Arc::new(Permits::new(processors, 32, Duration::from_secs(1))),
            retry_after: Duration::from_secs(1),
        }
    }

    /// How many requests may be in the application at a time. 0 refuses all. Default: the number of processors.
    #[must_use]
    pub fn limit(mut self, requests: usize) -> Self {
        let (queue, patience) = (self.permits.queue_limit(), self.permits.patience());
        self.permits = Arc::new(Permits::new(requests, queue, patience));
        self
    }

    /// How many further requests may wait, and for how long; none with 0. Default: 32, 1 s.
    ///
    /// A request whose [`RequestDeadline`] comes earlier waits until then.
    #[must_use]
    pub fn queue(mut self, requests: usize, time: Duration) -> Self {
        self.permits = Arc::new(Permits::new(self.permits.limit(), requests, time));
        self
    }

    /// When clients may try again, told in `Retry-After` in whole seconds, rounded up. Default: 1 s.
    #[must_use]
    pub fn retry_after(mut self, time: Duration) -> Self {
        self.retry_after = time;
        self
    }

    /// How many permits are in use at this moment.
    pub fn in_use(&self) -> usize {
        self.permits.in_use()
    }

    /// How many requests wait at this moment.
    pub fn waiting(&self) -> usize {
        self.permits.waiting()
    }
}

impl<A> ConcurrencyLimit<A> {
    /// A permit, perhaps after a wait.
    fn admit(&self, environ: &mut Environ) -> Option<Permit<&Arc<Permits>>> {
        Permit::try_acquire(&self.permits).or_else(|| self.admit_later(environ))
    }

    #[cold]
    fn admit_later(&self, environ: &mut Environ) -> Option<Permit<&Arc<Permits>>> {
        if !environ.connection().multithread {
            return None;
        }
        let deadline = environ.extensions().get::<RequestDeadline>();
        let left = deadline.map_or(Duration::MAX, RequestDeadline::remaining);
        let (permit, waited) = Permit::acquire(&self.permits, environ.client(), left);
        environ.waited_in_queue(waited);
        permit
    }
}

impl Default for ConcurrencyLimitLayer {
    fn default() -> Self {
        Self::new(())
    }
}

impl<A> Layer<A> for ConcurrencyLimitLayer {
    type Service = ConcurrencyLimit<A>;

    fn layer(&self, app: A) -> ConcurrencyLimit<A> {
        ConcurrencyLimit {
            app,
            permits: self.permits.clone(),
            retry_after: self.retry_after,
        }
    }
}

impl<A: Application> Application for ConcurrencyLimit<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let Some(_inside) = Inside::enter(&self.permits, environ) else {
            return self.app.call(environ, start_response);
        };
        let Some(permit) = self.admit(environ) else {
            return unavailable(environ, start_response, self.retry_after);
        };
        let body = self.app.call(environ, start_response)?;
        if body.as_full().is_some() {
            return Ok(body);
        }
        Ok(Body::from_blocks(Permitted {
            body,
            _permit: permit.into_owned(),
        }))
    }
}

thread_local! {
    /// The calls of this thread that have a permit, or wait for one: whose, and of which request.
    static CALLS: RefCell<Vec<Call>> = const { RefCell::new(Vec::new()) };
}

/// Addresses of permits and environ. Both live as long as the call does, so that two calls have the same only if they are
/// nested ones of one request: even where greenlets have several calls on one thread.
type Call = (usize, usize);

/// A call on its way through the layer.
struct Inside(Call);

impl Inside {
    /// `None`: further out, this request has come through these permits already.
    fn enter(permits: &Arc<Permits>, environ: &Environ) -> Option<Self> {
        let permits = Arc::as_ptr(permits).addr();
        let call = (permits, std::ptr::from_ref(environ).addr());
        CALLS.with_borrow_mut(|calls| {
            if calls.contains(&call) {
                return None;
            }
            calls.push(call);
            Some(Self(call))
        })
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        CALLS.with_borrow_mut(|calls| {
            if let Some(at) = calls.iter().rposition(|call| *call == self.0) {
                calls.swap_remove(at);
            }
        });
    }
}

/// A body that has its permit until it is closed.
struct Permitted {
    body: Body,
    /// Given back behind the close, for then all of this is dropped.
    _permit: Permit<Arc<Permits>>,
}

impl Blocks for Permitted {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        self.body.next_block()
    }

    fn length(&self) -> Option<u64> {
        self.body.length()
    }

    fn file(&mut self) -> Option<FileRegion<'_>> {
        self.body.file()
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        std::mem::take(&mut self.body).close()
    }
}
