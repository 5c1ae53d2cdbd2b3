//! How much clients may send, and how long they may take.

use std::time::Duration;

use clap::Args;

use super::value::{parse_seconds, parse_size};

#[derive(Clone, Debug, Args)]
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
}
