//! How much clients may send, and how long they may take.

use std::time::Duration;

use clap::Args;

use super::value::{parse_seconds, parse_size};
use crate::protocol::Limits;
use crate::{ServerBuilder, Timeouts};

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct LimitOptions {
    /// How large a request's line and header fields may be, together and each of them, in bytes (`128k`,
    /// `1M`). Default: 64k together, 8190 each.
    #[arg(long, value_name = "SIZE", env = "WSGI_SERVER_HEAD_LIMIT", value_parser = parse_size)]
    pub(crate) head_limit: Option<u64>,

    /// How large a request's body may be, in bytes (`64k`, `1M`, `2G`). Default: 1G.
    #[arg(long, value_name = "SIZE", env = "WSGI_SERVER_BODY_LIMIT", value_parser = parse_size)]
    pub(crate) body_limit: Option<u64>,

    /// How long an idle connection is kept for the client's next request, in seconds. Default: 75.
    #[arg(long, value_name = "SECONDS", env = "WSGI_SERVER_KEEP_ALIVE", value_parser = parse_seconds)]
    pub(crate) keep_alive: Option<Duration>,

    /// How long requests in flight may take to end once the server is asked to stop, in seconds. Default: 30.
    #[arg(long, value_name = "SECONDS", env = "WSGI_SERVER_GRACEFUL_TIMEOUT", value_parser = parse_seconds)]
    pub(crate) graceful_timeout: Option<Duration>,
}

impl LimitOptions {
    pub(crate) fn apply(&self, builder: ServerBuilder) -> ServerBuilder {
        builder.limits(self.limits()).timeouts(self.timeouts())
    }

    fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        if let Some(head) = self.head_limit {
            limits.head = usize::try_from(head).unwrap_or(usize::MAX);
            // Who asks for more has one long cookie or query in mind, not many short ones.
            limits.request_line = limits.request_line.max(limits.head);
            limits.field_size = limits.field_size.max(limits.head);
        }
        if let Some(body) = self.body_limit {
            limits.body = body;
        }
        limits
    }

    fn timeouts(&self) -> Timeouts {
        let mut timeouts = Timeouts::default();
        if let Some(keep_alive) = self.keep_alive {
            timeouts.keep_alive = keep_alive;
        }
        if let Some(graceful) = self.graceful_timeout {
            timeouts.graceful = graceful;
        }
        timeouts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_head_may_be_one_line() {
        let options = LimitOptions {
            head_limit: Some(1 << 20),
            ..LimitOptions::default()
        };
        let limits = options.limits();
        assert_eq!(
            (limits.head, limits.request_line, limits.field_size),
            (1 << 20, 1 << 20, 1 << 20)
        );
        assert_eq!(limits.body, Limits::default().body);
    }
}
