//! Servers in processes of their own.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::{
    Connection, DEADLINE, Process, Response, example_binary, python, server_binary, settles,
};

/// How to start a server, and what it prints once it is listening.
#[derive(Debug)]
#[must_use]
pub struct ServerCommand {
    command: Command,
    ready: &'static str,
}

/// A running server. Dropping it kills it, with all its processes.
#[derive(Debug)]
pub struct Server {
    child: Option<Child>,
    group: Pid,
    addresses: Vec<String>,
    output: Arc<Output>,
}

/// What a server printed so far, line by line, and whether more may come.
#[derive(Debug, Default)]
struct Output {
    lines: Mutex<Vec<String>>,
    changed: Condvar,
}

impl ServerCommand {
    /// Any server: its command, and the words that begin the line with its addresses.
    pub fn new(command: Command, ready: &'static str) -> Self {
        Self { command, ready }
    }

    /// Our own `wsgi-server` on a free port of 127.0.0.1, with the virtual environment of the tests active.
    pub fn wsgi_server() -> Self {
        let mut command = Command::new(server_binary());
        python::environment().activate(&mut command);
        Self::new(command, " ready at ").args(["--bind", "127.0.0.1:0"])
    }

    /// One of the examples, on a free port of 127.0.0.1, with the virtual environment of the tests active.
    pub fn example(name: &str) -> Self {
        let mut command = Command::new(example_binary(name));
        python::environment().activate(&mut command);
        Self::new(command, "serving at ").args(["127.0.0.1:0"])
    }

    /// Adds arguments.
    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Sets the working directory.
    pub fn current_dir(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Starts the server and waits until it listens.
    ///
    /// # Panics
    /// When it does not, with all that it printed.
    pub fn start(mut self) -> Server {
        self.command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // A group of its own, so that its workers end with it.
        self.command.process_group(0).env("PYTHONUNBUFFERED", "1");
        let mut child = self
            .command
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {:?}: {error}", self.command));
        let output = Arc::new(Output::default());
        output.collect(child.stdout.take());
        output.collect(child.stderr.take());
        let group = Pid::from_child(&child);
        let mut server = Server {
            child: Some(child),
            group,
            addresses: Vec::new(),
            output,
        };
        let ready = server.wait_for_line(self.ready);
        server.addresses = addresses(&ready);
        server
    }
}

impl Server {
    /// Our own `wsgi-server` on a free port, with these arguments besides.
    ///
    /// # Panics
    /// As [`ServerCommand::start`].
    pub fn start(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        ServerCommand::wsgi_server().args(arguments).start()
    }

    /// Where it listens, as it says itself: `http://127.0.0.1:8000`, `unix:/run/app.sock`.
    pub fn addresses(&self) -> &[String] {
        &self.addresses
    }

    /// A connection to its first address.
    ///
    /// # Panics
    /// When it has none or does not accept.
    pub fn connect(&self) -> Connection {
        let address = self.addresses.first();
        Connection::open(
            address.unwrap_or_else(|| panic!("no address; it printed:\n{}", self.output())),
        )
    }

    /// One request on a connection of its own: `Host` and `Connection: close` are added.
    ///
    /// # Panics
    /// When no whole response comes.
    pub fn get(&self, target: &str) -> Response {
        self.connect().request(&format!(
            "GET {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
        ))
    }

    /// One request with a body on a connection of its own.
    ///
    /// # Panics
    /// When no whole response comes.
    pub fn post(&self, target: &str, content_type: &str, body: &[u8]) -> Response {
        let mut connection = self.connect();
        let length = body.len();
        connection.send(format!(
            "POST {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\
             Content-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
        ));
        connection.send(body);
        connection.response()
    }

    /// All that it printed so far.
    pub fn output(&self) -> String {
        self.output.lock().join("\n")
    }

    /// How many lines with this text it has printed so far.
    pub fn count_lines(&self, text: &str) -> usize {
        let lines = self.output.lock();
        lines.iter().filter(|line| line.contains(text)).count()
    }

    /// Waits until it has printed so many lines with this text.
    ///
    /// # Panics
    /// When the deadline passes.
    pub fn wait_for_lines(&self, text: &str, count: usize) {
        settles(text, || self.count_lines(text), |&lines| lines >= count);
    }

    /// Its first process.
    pub fn process(&self) -> Process {
        Process::new(self.group)
    }

    /// Waits until it has printed a line that contains this text, and returns the line.
    ///
    /// # Panics
    /// When it ends before, or the deadline passes.
    pub fn wait_for_line(&mut self, text: &str) -> String {
        let start = Instant::now();
        loop {
            let ended = self
                .child
                .as_mut()
                .is_none_or(|child| !matches!(child.try_wait(), Ok(None)));
            if let Some(line) = self.output.find(text, ended) {
                return line;
            }
            assert!(
                !ended,
                "the server ended before it printed {text:?}; it printed:\n{}",
                self.output()
            );
            assert!(
                start.elapsed() < DEADLINE,
                "no {text:?} within {DEADLINE:?}; printed:\n{}",
                self.output()
            );
        }
    }

    /// Sends a signal to its first process.
    ///
    /// # Panics
    /// When it has ended already.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.group, signal)
            .unwrap_or_else(|error| panic!("cannot send {signal:?}: {error}"));
    }

    /// Waits until it ends by itself, or by a signal that was sent to it.
    ///
    /// # Panics
    /// When it does not within the deadline.
    pub fn wait(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("a server is waited for once");
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || sender.send(child.wait()));
        match receiver.recv_timeout(DEADLINE) {
            Ok(status) => status.expect("the child is ours to wait for"),
            Err(_) => {
                let _ = kill_process_group(self.group, Signal::KILL);
                panic!(
                    "the server did not end within {DEADLINE:?}; it printed:\n{}",
                    self.output()
                );
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Not yet waited for, so the number cannot have gone to another process.
            let _ = kill_process_group(self.group, Signal::KILL);
            let _ = child.wait();
        }
    }
}

impl Output {
    fn collect(self: &Arc<Self>, pipe: Option<impl Read + Send + 'static>) {
        let (output, pipe) = (Arc::clone(self), pipe.expect("output is piped"));
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
                output
                    .lock()
                    .push(String::from_utf8_lossy(&line).into_owned());
                output.changed.notify_all();
            }
        });
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A line with this text; waits a moment for one, so that the caller can look at the process meanwhile.
    fn find(&self, text: &str, ended: bool) -> Option<String> {
        let found = |lines: &[String]| lines.iter().find(|line| line.contains(text)).cloned();
        let lines = self.lock();
        if let Some(line) = found(&lines) {
            return Some(line);
        }
        let wait = if ended { 200 } else { 50 };
        let wait = std::time::Duration::from_millis(wait);
        let (lines, _) = self
            .changed
            .wait_timeout(lines, wait)
            .unwrap_or_else(PoisonError::into_inner);
        found(&lines)
    }
}

/// The addresses in a line such as `Listening at: http://127.0.0.1:8000 (1)`.
fn addresses(line: &str) -> Vec<String> {
    let words = line
        .split([' ', ',', '\'', '(', ')'])
        .map(|word| word.trim_end_matches('/'));
    let is_address = |word: &&str| {
        ["http://", "unix:", "127.0.0.1:"]
            .iter()
            .any(|start| word.starts_with(start))
    };
    words.filter(is_address).map(str::to_owned).collect()
}
