//! How much clients may send, how long they may take, and how many there may be.

use std::time::Duration;

use clap::Args;

use super::value::{parse_seconds, parse_size};
use crate::protocol::Limits;
use crate::{ConnectionLimits, ServerBuilder, Timeouts};

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct LimitOptions {
    /// How long the first line of a request may be, in bytes (`16k`); longer ones are refused with 414. Default:
    /// 8190.
    #[arg(long, value_name = "SIZE", env = "WSGI_SERVER_REQUEST_LINE_LIMIT", value_parser = parse_size)]
    pub(crate) request_line_limit: Option<u64>,

    /// How large one header field may be, name and value, in bytes (`16k`); requests with larger ones are refused
    /// with 431. Default: 8190.
    #[arg(long, value_name = "SIZE", env = "WSGI_SERVER_FIELD_SIZE_LIMIT", value_parser = parse_size)]
    pub(crate) field_size_limit: Option<u64>,

    /// How many header fields a request may have; those with more are refused with 431. Default: 100.
    #[arg(long, value_name = "COUNT", env = "WSGI_SERVER_FIELD_COUNT_LIMIT")]
    pub(crate) field_count_limit: Option<u32>,

    /// How large a request's line and header fields may be together, in bytes (`128k`); larger ones are refused with
    /// 431. A higher limit holds for the line and each field, too. Default: 64k.
    #[arg(long, value_name = "SIZE", env = "WSGI_SERVER_HEAD_LIMIT", value_parser = parse_size)]
    pub(crate) head_limit: Option<u64>,

    /// How large a request's body may be, in bytes (`64k`, `1M`, `2G`); larger ones are refused with 413. Default:
    /// 1G.
    #[arg(long, value_name = "SIZE", env = "WSGI_SERVER_BODY_LIMIT", value_parser = parse_size)]
    pub(crate) body_limit: Option<u64>,

    /// How long a request's line and header fields may take to come, in seconds; then it is refused with 408.
    /// Default: 30.
    #[arg(long, value_name = "SECONDS", env = "WSGI_SERVER_HEAD_TIMEOUT", value_parser = parse_seconds)]
    pub(crate) head_timeout: Option<Duration>,

    /// How long a client may pause while it sends a body, in seconds; then the request is refused with 408. Default:
    /// 30.
    #[arg(long, value_name = "SECONDS", env = "WSGI_SERVER_BODY_TIMEOUT", value_parser = parse_seconds)]
    pub(crate) body_timeout: Option<Duration>,

    /// How many bytes of a body have to come each second in the long run; 0 takes any pace. A slower client uses up
    /// the time of --body-timeout for its pauses. Default: 500.
    #[arg(long, value_name = "SIZE", env = "WSGI_SERVER_BODY_RATE", value_parser = parse_size)]
    pub(crate) body_rate: Option<u64>,

    /// How long a client may pause while it takes a response, in seconds; then its connection is closed. Default: 60.
    #[arg(long, value_name = "SECONDS", env = "WSGI_SERVER_WRITE_TIMEOUT", value_parser = parse_seconds)]
    pub(crate) write_timeout: Option<Duration>,

    /// How many bytes of a response have to be taken each second in the long run; 0 takes any pace. A slower client
    /// uses up the time of --write-timeout for its pauses. Default: 500.
    #[arg(long, value_name = "SIZE", env = "WSGI_SERVER_WRITE_RATE", value_parser = parse_size)]
    pub(crate) write_rate: Option<u64>,

    /// How long an idle connection is kept for the client's next request, in seconds; 0 keeps none. Default: 75.
    #[arg(long, value_name = "SECONDS", env = "WSGI_SERVER_KEEP_ALIVE", value_parser = parse_seconds)]
    pub(crate) keep_alive: Option<Duration>,

    /// How long requests in flight may take to end once the server is asked to stop, in seconds. Default: 30.
    #[arg(long, value_name = "SECONDS", env = "WSGI_SERVER_GRACEFUL_TIMEOUT", value_parser = parse_seconds)]
    pub(crate) graceful_timeout: Option<Duration>,

    /// How many connections there may be at once. Where there are as many, those that have been idle for longest are
    /// closed, and while there are none further clients wait to be accepted. Default: three quarters of the files
    /// that may be open (`ulimit -n`), at most 10000.
    #[arg(long, value_name = "COUNT", env = "WSGI_SERVER_CONNECTION_LIMIT", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) connection_limit: Option<u32>,

    /// How many connections of one address there may be at once (of IPv6, of one /64 network); further ones are
    /// closed. Behind a proxy all clients have its address. Unix sockets are exempt. Default: no limit.
    #[arg(long, value_name = "COUNT", env = "WSGI_SERVER_CONNECTION_LIMIT_PER_PEER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) connection_limit_per_peer: Option<u32>,

    /// How many requests a connection may have; the last response says `Connection: close`. Default: no limit.
    #[arg(long, value_name = "COUNT", env = "WSGI_SERVER_REQUESTS_PER_CONNECTION", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) requests_per_connection: Option<u32>,

    /// How many connections may wait to be accepted, at each address; the system may have a lower limit (Linux:
    /// `net.core.somaxconn`). Default: 2048.
    #[arg(long, value_name = "COUNT", env = "WSGI_SERVER_BACKLOG", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) backlog: Option<u32>,
}

impl LimitOptions {
    pub(crate) fn apply(&self, builder: ServerBuilder) -> ServerBuilder {
        builder
            .limits(self.limits())
            .timeouts(self.timeouts())
            .connections(self.connections())
    }

    fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        let lengths = [
            (self.request_line_limit, &mut limits.request_line),
            (self.field_size_limit, &mut limits.field_size),
        ];
        for (given, limit) in lengths {
            match (given, self.head_limit) {
                (Some(given), _) => *limit = length(given),
                // Who asks for more has one long cookie or query in mind, not many short ones.
                (None, Some(head)) => *limit = length(head).max(*limit),
                (None, None) => {}
            }
        }
        let longest = limits.request_line.max(limits.field_size);
        limits.head = self.head_limit.map_or(limits.head.max(longest), length);
        put(
            self.field_count_limit.map(|count| count as usize),
            &mut limits.fields,
        );
        put(self.body_limit, &mut limits.body);
        limits
    }

    fn timeouts(&self) -> Timeouts {
        let mut timeouts = Timeouts::default();
        put(self.head_timeout, &mut timeouts.head);
        put(self.body_timeout, &mut timeouts.body);
        put(self.body_rate, &mut timeouts.body_rate);
        put(self.write_timeout, &mut timeouts.write);
        put(self.write_rate, &mut timeouts.write_rate);
        put(self.keep_alive, &mut timeouts.keep_alive);
        put(self.graceful_timeout, &mut timeouts.graceful);
        timeouts
    }

    fn connections(&self) -> ConnectionLimits {
        let mut limits = ConnectionLimits::default();
        let counts = [
            (self.connection_limit, &mut limits.total),
            (self.connection_limit_per_peer, &mut limits.per_peer),
            (self.requests_per_connection, &mut limits.requests),
        ];
        for (given, limit) in counts {
            put(given.map(|count| count as usize), limit);
        }
        put(self.backlog, &mut limits.backlog);
        limits
    }
}

fn put<T>(given: Option<T>, to: &mut T) {
    if let Some(given) = given {
        *to = given;
    }
}

/// A number of bytes that are to be in memory.
fn length(bytes: u64) -> usize {
    bytes.try_into().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is given as limits of the line, a field and the head, and what they become.
    type Case = ([Option<u64>; 3], [usize; 3]);

    #[test]
    fn a_larger_head_may_be_one_line_and_a_longer_line_makes_a_larger_head() {
        const CASES: &[Case] = &[
            ([None, None, None], [8190, 8190, 65536]),
            ([None, None, Some(100_000)], [100_000, 100_000, 100_000]),
            ([None, None, Some(1000)], [8190, 8190, 1000]),
            ([Some(100_000), None, None], [100_000, 8190, 100_000]),
            ([None, Some(100_000), None], [8190, 100_000, 100_000]),
            ([Some(100), Some(200), Some(100_000)], [100, 200, 100_000]),
            ([Some(100_000), None, Some(1000)], [100_000, 8190, 1000]),
        ];
        for ([line, field, head], expected) in CASES {
            let options = LimitOptions {
                request_line_limit: *line,
                field_size_limit: *field,
                head_limit: *head,
                ..LimitOptions::default()
            };
            let limits = options.limits();
            let found = [limits.request_line, limits.field_size, limits.head];
            assert_eq!(found, *expected, "{line:?} {field:?} {head:?}");
        }
    }

    #[test]
    fn what_is_not_given_is_as_it_is_by_default() {
        let options = LimitOptions::default();
        assert_eq!(options.limits(), Limits::default());
        assert_eq!(options.timeouts(), Timeouts::default());
        assert_eq!(options.connections(), ConnectionLimits::default());
    }

    const TABLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/limits.md"));

    /// What stands in the table of limits, as it is true of the code: the option, its name in Rust, the default.
    #[rustfmt::skip]
    fn rows() -> Vec<(&'static str, &'static str, String)> {
        let (limits, times) = (Limits::default(), Timeouts::default());
        let connections = ConnectionLimits::default();
        let bytes = |count: usize| format!("{count} bytes");
        let rate = |rate: u64| format!("{rate} bytes/s");
        let seconds = |time: Duration| format!("{} s", time.as_secs_f64());
        let count = |count: usize, what: &str| match count {
            usize::MAX => "none".to_owned(),
            count => format!("{count} {what}"),
        };
        let backlog = connections.backlog as usize;
        vec![
            ("request-line-limit", "Limits::request_line", bytes(limits.request_line)),
            ("field-size-limit", "Limits::field_size", bytes(limits.field_size)),
            ("field-count-limit", "Limits::fields", count(limits.fields, "fields")),
            ("head-limit", "Limits::head", bytes(limits.head)),
            ("body-limit", "Limits::body", format!("{} bytes", limits.body)),
            ("", "Limits::chunk_extensions", bytes(limits.chunk_extensions)),
            ("", "Limits::trailers", bytes(limits.trailers)),
            ("head-timeout", "Timeouts::head", seconds(times.head)),
            ("body-timeout", "Timeouts::body", seconds(times.body)),
            ("body-rate", "Timeouts::body_rate", rate(times.body_rate)),
            ("write-timeout", "Timeouts::write", seconds(times.write)),
            ("write-rate", "Timeouts::write_rate", rate(times.write_rate)),
            ("keep-alive", "Timeouts::keep_alive", seconds(times.keep_alive)),
            ("", "Timeouts::linger", seconds(times.linger)),
            ("graceful-timeout", "Timeouts::graceful", seconds(times.graceful)),
            // Whose rule has a test of its own.
            ("connection-limit", "ConnectionLimits::total", "¾ of `ulimit -n`, at most 10000".to_owned()),
            ("connection-limit-per-peer", "ConnectionLimits::per_peer", count(connections.per_peer, "")),
            ("requests-per-connection", "ConnectionLimits::requests", count(connections.requests, "")),
            ("backlog", "ConnectionLimits::backlog", count(backlog, "connections")),
        ]
    }

    #[test]
    fn the_table_of_limits_has_each_with_its_names_and_its_default() {
        let rows = rows();
        for (option, name, default) in &rows {
            let cells = match *option {
                "" => "| |".to_owned(),
                option => format!("`--{option}` | `{}` |", option.replace('-', "_")),
            };
            let row = format!("| {cells} `{name}` | {default} | ");
            assert!(TABLE.lines().any(|line| line.starts_with(&row)), "{row}");
        }
        let command = LimitOptions::augment_args(clap::Command::new("all"));
        for argument in command.get_arguments() {
            let long = argument.get_long().expect("an option with a name");
            assert!(rows.iter().any(|(option, ..)| *option == long), "--{long}");
            let help = argument.get_help().expect("words for it").to_string();
            let long_help = argument.get_long_help().map(ToString::to_string);
            let help = long_help.unwrap_or(help);
            assert!(help.contains("Default: "), "--{long}: {help}");
        }
    }
}
