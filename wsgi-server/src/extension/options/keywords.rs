//! The table.

use super::{FORMATS, Keyword, LEVELS, Value, put_parsed, word_of};

#[rustfmt::skip]
pub(super) const KEYWORDS: &[Keyword] = &[
    Keyword {
        name: "threads",
        value: Value::Count(1..=u16::MAX as u64, |to, count| to.engine.threads = count as u16),
        doc: "How many threads may be in the application at once; they are started when calls take long. Default: 64.",
    },
    Keyword {
        name: "loops",
        value: Value::Count(1..=u16::MAX as u64, |to, count| to.engine.loops = Some(count as u16)),
        doc: "How many event loops share the connections. Default: one for each processor where several threads run at \
              a time (Python without GIL), else one.",
    },
    Keyword {
        name: "queue_limit",
        value: Value::Count(0..=u32::MAX as u64, |to, count| to.engine.queue_limit = Some(count as u32)),
        doc: "How many requests may wait for a thread when all are busy; further ones are answered with 503. Default: \
              no limit.",
    },
    Keyword {
        name: "queue_timeout",
        value: Value::Seconds(|to, age| to.engine.queue_timeout = Some(age)),
        doc: "How long a request may wait for a thread, in seconds; then it is answered with 503. Default: no limit.",
    },
    Keyword {
        name: "request_timeout",
        value: Value::Seconds(|to, limit| to.engine.request_timeout = Some(limit)),
        doc: "How long the application has until its response begins, in seconds; then the client is answered with \
              504. 0: no limit. Default: 300.",
    },
    Keyword {
        name: "answer_half_closed",
        value: Value::Flag(|to, answer| to.engine.answer_half_closed = answer),
        doc: "Whether to run requests that had to wait even if their clients have closed their own side of the \
              connection. Default: False.",
    },
    Keyword {
        name: "switch_interval",
        value: Value::Seconds(|to, interval| to.engine.switch_interval = Some(interval)),
        doc: "`sys.setswitchinterval` while the server runs, in seconds. 0: left alone. Default: 0.0005.",
    },
    Keyword {
        name: "request_line_limit",
        value: Value::Count(0..=u64::MAX, |to, bytes| to.limits.request_line_limit = Some(bytes)),
        doc: "How long the first line of a request may be, in bytes; longer ones are refused with 414. Default: 8190.",
    },
    Keyword {
        name: "field_size_limit",
        value: Value::Count(0..=u64::MAX, |to, bytes| to.limits.field_size_limit = Some(bytes)),
        doc: "How large one header field may be, name and value, in bytes; requests with larger ones are refused with \
              431. Default: 8190.",
    },
    Keyword {
        name: "field_count_limit",
        value: Value::Count(0..=u32::MAX as u64, |to, count| to.limits.field_count_limit = Some(count as u32)),
        doc: "How many header fields a request may have; those with more are refused with 431. Default: 100.",
    },
    Keyword {
        name: "head_limit",
        value: Value::Count(0..=u64::MAX, |to, bytes| to.limits.head_limit = Some(bytes)),
        doc: "How large a request's line and header fields may be together, in bytes; larger ones are refused with \
              431. A higher limit holds for the line and each field, too. Default: 65536.",
    },
    Keyword {
        name: "body_limit",
        value: Value::Count(0..=u64::MAX, |to, bytes| to.limits.body_limit = Some(bytes)),
        doc: "How large a request's body may be, in bytes; larger ones are refused with 413. Default: 1 GiB.",
    },
    Keyword {
        name: "head_timeout",
        value: Value::Seconds(|to, time| to.limits.head_timeout = Some(time)),
        doc: "How long a request's line and header fields may take to come, in seconds; then it is refused with 408. \
              Default: 30.",
    },
    Keyword {
        name: "body_timeout",
        value: Value::Seconds(|to, time| to.limits.body_timeout = Some(time)),
        doc: "How long a client may pause while it sends a body, in seconds; then the request is refused with 408. \
              Default: 30.",
    },
    Keyword {
        name: "body_rate",
        value: Value::Count(0..=u64::MAX, |to, bytes| to.limits.body_rate = Some(bytes)),
        doc: "How many bytes of a body have to come each second in the long run; 0 takes any pace. A slower client \
              uses up the time of `body_timeout` for its pauses. Default: 500.",
    },
    Keyword {
        name: "write_timeout",
        value: Value::Seconds(|to, time| to.limits.write_timeout = Some(time)),
        doc: "How long a client may pause while it takes a response, in seconds; then its connection is closed. \
              Default: 60.",
    },
    Keyword {
        name: "write_rate",
        value: Value::Count(0..=u64::MAX, |to, bytes| to.limits.write_rate = Some(bytes)),
        doc: "How many bytes of a response have to be taken each second in the long run; 0 takes any pace. A slower \
              client uses up the time of `write_timeout` for its pauses. Default: 500.",
    },
    Keyword {
        name: "keep_alive",
        value: Value::Seconds(|to, time| to.limits.keep_alive = Some(time)),
        doc: "How long an idle connection is kept for the client's next request, in seconds; 0 keeps none. Default: \
              75.",
    },
    Keyword {
        name: "graceful_timeout",
        value: Value::Seconds(|to, time| to.limits.graceful_timeout = Some(time)),
        doc: "How long requests in flight may take to end once the server is asked to stop, in seconds. Default: 30.",
    },
    Keyword {
        name: "connection_limit",
        value: Value::Count(1..=u32::MAX as u64, |to, count| to.limits.connection_limit = Some(count as u32)),
        doc: "How many connections there may be at once. Where there are as many, those that have been idle for \
              longest are closed, and while there are none further clients wait to be accepted. Default: three \
              quarters of the files that may be open (`ulimit -n`), at most 10000.",
    },
    Keyword {
        name: "connection_limit_per_peer",
        value: Value::Count(1..=u32::MAX as u64, |to, count| to.limits.connection_limit_per_peer = Some(count as u32)),
        doc: "How many connections of one address there may be at once (of IPv6, of one /64 network); further ones \
              are closed. Behind a proxy all clients have its address. Unix sockets are exempt. Default: no limit.",
    },
    Keyword {
        name: "requests_per_connection",
        value: Value::Count(1..=u32::MAX as u64, |to, count| to.limits.requests_per_connection = Some(count as u32)),
        doc: "How many requests a connection may have; the last response says `Connection: close`. Default: no limit.",
    },
    Keyword {
        name: "backlog",
        value: Value::Count(1..=u32::MAX as u64, |to, count| to.limits.backlog = Some(count as u32)),
        doc: "How many connections may wait to be accepted, at each address; the system may have a lower limit \
              (Linux: `net.core.somaxconn`). Default: 2048.",
    },
    Keyword {
        name: "forwarded_allow",
        value: Value::List(|to, networks| put_parsed(&mut to.forwarded.forwarded_allow, networks)),
        doc: "The proxies: addresses and networks, `unix` for peers on unix sockets, `*` for all. What only proxies have \
              reason to send is removed from requests of others. Default: 127.0.0.0/8, ::1 and unix.",
    },
    Keyword {
        name: "forwarded_headers",
        value: Value::List(|to, names| put_parsed(&mut to.forwarded.forwarded_headers, names)),
        doc: "What they are believed: `forwarded`, or some of `x-forwarded-for`, `x-forwarded-proto`, \
              `x-forwarded-host`, `x-forwarded-port` and `x-forwarded-prefix`. Default: `x-forwarded-for` and \
              `x-forwarded-proto` where one of the other two is given, else none.",
    },
    Keyword {
        name: "forwarded_hops",
        value: Value::Count(1..=u16::MAX as u64, |to, count| to.forwarded.forwarded_hops = Some(count as u16)),
        doc: "How many proxies each request passes, where their addresses are not known. Default: the client is the \
              first from the right that is none of the proxies named.",
    },
    Keyword {
        name: "ledger",
        value: Value::Flag(|to, ledger| to.ledger = ledger),
        doc: "Whether to note where the time of each request goes, for `AccessLog(timing=True)` and `ServerTiming`. \
              Default: False.",
    },
    Keyword {
        name: "log_level",
        value: Value::Word(LEVELS, |to, word| to.log.level = word_of(word).unwrap_or(to.log.level)),
        doc: "The least important messages of the server that there are. As all of `log_…`, it is that of the process, \
              which the server that ran last has set. Default: warn.",
    },
    Keyword {
        name: "log_format",
        value: Value::Word(FORMATS, |to, word| to.log.format = word_of(word).unwrap_or(to.log.format)),
        doc: "How messages are written to standard error: auto is text, with colours on a terminal; none: they are not. \
              Default: auto.",
    },
    Keyword {
        name: "log_to_python",
        value: Value::Flag(|to, told| to.log.to_python = told),
        doc: "Whether the logger `wsgi_rs.server` of Python's `logging` gets the messages, too. Its handlers may be slow: \
              a thread calls them. Default: False.",
    },
];
