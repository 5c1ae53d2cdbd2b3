//! What these tests share: a running server, and who counts its threads.
//!
//! No test waits by the clock. "Is answered while a call is blocked" means that the call's gate is opened only after the
//! answer is there; [`DEADLINE`] turns what would hang into a failure.

use std::io::Write;
use std::net::TcpStream;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use wsgi_core::{Application, Body, StatusLine, application_fn};
use wsgi_server::{Handle, Interpreter, Server, ServerBuilder};

use super::client::{Client, read_all};

/// How long anything may take before a test gives up on it; far longer than it takes on a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// One thread that does everything, and several.
pub(crate) const MODES: [usize; 2] = [1, 4];

/// A server on a port of its own; stopped when dropped.
pub(crate) struct Running {
    pub(crate) address: String,
    pub(crate) handle: Handle,
    pub(crate) census: Census,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// A server with nothing set.
    pub(crate) fn start(app: impl Application + 'static) -> Self {
        Self::with(|builder| builder, app)
    }

    pub(crate) fn threads(threads: usize, app: impl Application + 'static) -> Self {
        Self::with(|builder| builder.threads(threads), app)
    }

    pub(crate) fn with(
        set: impl FnOnce(ServerBuilder) -> ServerBuilder,
        app: impl Application + 'static,
    ) -> Self {
        let census = Census::default();
        let builder = Server::builder()
            .bind("127.0.0.1:0")
            .interpreter(census.clone());
        Self::run(set(builder).build(app).unwrap(), census)
    }

    fn run(server: Server, census: Census) -> Self {
        let address = server.addresses()[0]
            .trim_start_matches("http://")
            .to_owned();
        let handle = server.handle();
        let thread = Some(thread::spawn(move || server.run().unwrap()));
        Self {
            address,
            handle,
            census,
            thread,
        }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.set_write_timeout(Some(DEADLINE)).unwrap();
        stream
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.connect())
    }

    /// Clients whose connections the server knows already.
    pub(crate) fn clients<const N: usize>(&self) -> [Client; N] {
        std::array::from_fn(|_| {
            let mut client = self.client();
            assert_eq!(client.get("/").status, 200);
            client
        })
    }

    /// Sends, then reads until the server closes.
    pub(crate) fn exchange(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        read_all(&mut stream)
    }

    /// Waits until it has ended.
    pub(crate) fn join(&mut self) {
        self.thread.take().unwrap().join().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.abort();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// No interpreter, but one who counts the threads that call applications.
#[derive(Clone, Default)]
pub(crate) struct Census(Arc<(Mutex<Count>, Condvar)>);

#[derive(Clone, Copy, Default)]
struct Count {
    now: usize,
    most: usize,
}

impl Census {
    /// How many threads there were at most at the same time.
    pub(crate) fn most(&self) -> usize {
        self.0.0.lock().unwrap().most
    }

    /// Waits until the last of them has ended.
    pub(crate) fn wait_for_none(&self) {
        let (count, changed) = &*self.0;
        let waited = changed.wait_timeout_while(count.lock().unwrap(), DEADLINE, |c| c.now > 0);
        let (count, timeout) = waited.unwrap();
        assert!(!timeout.timed_out(), "{} threads do not end", count.now);
    }
}

impl Interpreter for Census {
    fn thread(&self, life: &mut (dyn FnMut() + Send)) {
        let (count, changed) = &*self.0;
        {
            let mut count = count.lock().unwrap();
            count.now += 1;
            count.most = count.most.max(count.now);
        }
        life();
        count.lock().unwrap().now -= 1;
        changed.notify_all();
    }

    fn attach(&self, work: &mut dyn FnMut()) {
        work();
    }

    fn detach(&self, wait: &mut (dyn FnMut() + Send)) {
        wait();
    }
}

/// Answers the path.
pub(crate) fn echo_path() -> impl Application + 'static {
    application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from(environ.path_info().to_vec()))
    })
}
