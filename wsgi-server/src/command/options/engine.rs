//! Who calls the application, and how long requests may wait.

use std::time::Duration;

use clap::Args;
use clap::builder::FalseyValueParser;

use super::value::parse_seconds;
use crate::ServerBuilder;
use crate::server::THREADS;

#[derive(Clone, Debug, Args)]
pub(crate) struct EngineOptions {
    /// How many threads may call the application at once. No number is needed for an application to be served
    /// well: threads are started when calls take long, and up to this many. With one, requests are answered
    /// one after another on the main thread, and `wsgi.multithread` is false.
    #[arg(
        short,
        long,
        value_name = "COUNT",
        env = "WSGI_SERVER_THREADS",
        default_value_t = THREADS as u16,
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    pub(crate) threads: u16,

    /// How many event loops share the connections. Default: one for each processor where several threads run at a time
    /// (applications of Rust, Python without GIL), else one.
    #[arg(
        long,
        value_name = "COUNT",
        env = "WSGI_SERVER_LOOPS",
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    pub(crate) loops: Option<u16>,

    /// How many requests may wait for a thread when all are busy; further ones are answered with 503 and
    /// `Retry-After`. Default: no limit.
    #[arg(long, value_name = "COUNT", env = "WSGI_SERVER_QUEUE_LIMIT")]
    pub(crate) queue_limit: Option<u32>,

    /// How long a request may wait for a thread, in seconds; then it is answered with 503 and `Retry-After`.
    /// Default: no limit.
    #[arg(long, value_name = "SECONDS", env = "WSGI_SERVER_QUEUE_TIMEOUT", value_parser = parse_seconds)]
    pub(crate) queue_timeout: Option<Duration>,

    /// How long a Python thread that computes may keep the interpreter while others want it, in seconds, in place
    /// of Python's own 0.005; 0 leaves it alone, and so does an application that has set it. Default: 0.0005.
    #[arg(long, value_name = "SECONDS", env = "WSGI_SERVER_SWITCH_INTERVAL", value_parser = parse_seconds)]
    pub(crate) switch_interval: Option<Duration>,

    /// How long the application has until its response begins, in seconds; 0 lets it take forever. Then the client
    /// is answered with 504, the log tells where the thread is, and another thread takes its place. With one thread
    /// nobody looks at the clock while it is in the application. Default: 300.
    #[arg(long, value_name = "SECONDS", env = "WSGI_SERVER_REQUEST_TIMEOUT", value_parser = parse_seconds)]
    pub(crate) request_timeout: Option<Duration>,

    /// Runs requests that had to wait even if their clients have closed their own side of the connection. As a rule
    /// such a client has left, and its request is not run.
    #[arg(long, env = "WSGI_SERVER_ANSWER_HALF_CLOSED", value_parser = FalseyValueParser::new())]
    pub(crate) answer_half_closed: bool,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            threads: THREADS as u16,
            loops: None,
            queue_limit: None,
            queue_timeout: None,
            switch_interval: None,
            request_timeout: None,
            answer_half_closed: false,
        }
    }
}

impl EngineOptions {
    /// Sets all of it but the interpreter's.
    pub(crate) fn apply(&self, builder: ServerBuilder) -> ServerBuilder {
        let mut builder = builder
            .threads(self.threads.into())
            .answer_half_closed(self.answer_half_closed);
        if let Some(loops) = self.loops {
            builder = builder.loops(loops.into());
        }
        if let Some(requests) = self.queue_limit {
            builder = builder.queue_limit(requests as usize);
        }
        if let Some(age) = self.queue_timeout {
            builder = builder.queue_timeout(age);
        }
        if let Some(limit) = self.request_timeout {
            builder = builder.request_timeout(Some(limit).filter(|limit| !limit.is_zero()));
        }
        builder
    }
}
