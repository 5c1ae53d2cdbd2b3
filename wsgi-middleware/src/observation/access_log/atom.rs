//! What a format can ask for, by the names that Gunicorn and Apache have for it.

use std::net::Ipv4Addr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use wsgi_core::{Headers, SensitiveNames, environ};

use super::escape::{Escape, push_digits, push_number};
use super::pattern::Outcome;
use super::source::Source;
use super::time::{self, microseconds};

/// One thing that a line tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Atom {
    RequestLine,
    Method,
    Target,
    Path,
    /// Without its question mark, or with it when there is a query, as Apache has it.
    Query {
        marked: bool,
    },
    Protocol,
    RemoteAddr,
    User,
    /// By its name in lower case.
    RequestHeader(Box<str>),
    /// By its name as it was given, in upper and in lower case.
    Variable(Box<[Box<str>]>),
    ResponseHeader(Box<str>),
    Nothing,
    Time,
    TimeRfc3339,
    Status,
    Bytes,
    BytesOrDash,
    Seconds,
    Milliseconds,
    Microseconds,
    DecimalSeconds,
    /// Gunicorn has it in angle brackets.
    Process {
        bracketed: bool,
    },
    Refused,
    /// The pattern that the path matched.
    Route,
    RequestId,
    TraceId,
    SpanId,
}

/// When the value of an atom is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// When the request comes in: inner layers may change it.
    Entrance,
    /// When the application has returned: inner layers find it out.
    Exit,
    /// When the application starts its response.
    Response,
    /// When the response has ended.
    End,
}

impl Atom {
    /// What stands between the brackets of Gunicorn's `%(…)s`; and whether it is a number to Python.
    pub(super) fn by_gunicorns_name(name: &str) -> Option<(Self, bool)> {
        if let Some((name, kind)) = in_braces(name) {
            return Some((Self::named(name, kind)?, false));
        }
        let (atom, is_number) = match name {
            "h" => (Self::RemoteAddr, false),
            "l" => (Self::Nothing, false),
            "u" => (Self::User, false),
            "t" => (Self::Time, false),
            "r" => (Self::RequestLine, false),
            "m" => (Self::Method, false),
            "U" => (Self::Path, false),
            "q" => (Self::Query { marked: false }, false),
            "H" => (Self::Protocol, false),
            "s" => (Self::Status, false),
            "B" => (Self::Bytes, true),
            "b" => (Self::BytesOrDash, false),
            "f" => (Self::RequestHeader("referer".into()), false),
            "a" => (Self::RequestHeader("user-agent".into()), false),
            "T" => (Self::Seconds, true),
            "M" => (Self::Milliseconds, true),
            "D" => (Self::Microseconds, true),
            "L" => (Self::DecimalSeconds, false),
            "p" => (Self::Process { bracketed: true }, false),
            "refused" => (Self::Refused, false),
            "route" => (Self::Route, false),
            "request_id" => (Self::RequestId, false),
            "trace_id" => (Self::TraceId, false),
            "span_id" => (Self::SpanId, false),
            _ => return None,
        };
        Some((atom, is_number))
    }

    /// What stands behind Apache's `%`, such as `h` and `{Referer}i`.
    pub(super) fn by_apaches_name(name: &str) -> Option<Self> {
        if let Some((name, kind)) = in_braces(name) {
            return match (name, kind) {
                ("s", 'T') => Some(Self::Seconds),
                ("ms", 'T') => Some(Self::Milliseconds),
                ("us", 'T') => Some(Self::Microseconds),
                _ => Self::named(name, kind),
            };
        }
        Some(match name {
            "h" | "a" => Self::RemoteAddr,
            "l" => Self::Nothing,
            "u" => Self::User,
            "t" => Self::Time,
            "r" => Self::RequestLine,
            "m" => Self::Method,
            "U" => Self::Path,
            "q" => Self::Query { marked: true },
            "H" => Self::Protocol,
            "s" => Self::Status,
            "B" => Self::Bytes,
            "b" => Self::BytesOrDash,
            "T" => Self::Seconds,
            "D" => Self::Microseconds,
            "P" => Self::Process { bracketed: false },
            "p" => Self::variable(environ::SERVER_PORT),
            "v" => Self::variable(environ::SERVER_NAME),
            _ => return None,
        })
    }

    /// `{name}i`, `{name}o` and `{name}e`.
    fn named(name: &str, kind: char) -> Option<Self> {
        let is_header = !name.is_empty() && name.bytes().all(is_token);
        match kind {
            'i' if is_header => Some(Self::RequestHeader(name.to_ascii_lowercase().into())),
            'o' if is_header => Some(Self::ResponseHeader(name.to_ascii_lowercase().into())),
            'e' if !name.is_empty() => Some(Self::variable(name)),
            _ => None,
        }
    }

    /// Gunicorn compares names without case.
    fn variable(name: &str) -> Self {
        let mut names: Vec<Box<str>> = vec![name.into()];
        for other in [name.to_ascii_uppercase(), name.to_ascii_lowercase()] {
            if names.iter().all(|known| **known != *other) {
                names.push(other.into());
            }
        }
        Self::Variable(names.into())
    }

    pub(super) fn stage(&self) -> Stage {
        match self {
            Self::RequestLine
            | Self::Method
            | Self::Target
            | Self::Path
            | Self::Query { .. }
            | Self::Protocol => Stage::Entrance,
            Self::RemoteAddr | Self::User | Self::RequestHeader(_) | Self::Variable(_) => {
                Stage::Exit
            }
            Self::Route | Self::RequestId | Self::TraceId | Self::SpanId => Stage::Exit,
            Self::ResponseHeader(_) => Stage::Response,
            _ => Stage::End,
        }
    }

    /// Whether it tells how long the request took.
    pub(super) fn is_duration(&self) -> bool {
        matches!(
            self,
            Self::Seconds | Self::Milliseconds | Self::Microseconds | Self::DecimalSeconds
        )
    }

    /// Whether it is somebody's header field, under that name or a variable's.
    pub(super) fn may_be_secret(&self) -> bool {
        matches!(
            self,
            Self::RequestHeader(_) | Self::ResponseHeader(_) | Self::Variable(_)
        )
    }

    /// Whether the value is one of those that are not to be told.
    pub(super) fn is_secret(&self, names: &SensitiveNames) -> bool {
        match self {
            Self::RequestHeader(name) | Self::ResponseHeader(name) => names.contains(name),
            Self::Variable(keys) => keys.iter().any(|key| names.contains_variable(key)),
            _ => false,
        }
    }

    /// Writes what the request tells.
    pub(super) fn write_request(&self, request: &dyn Source, escape: Escape, out: &mut Vec<u8>) {
        match self {
            Self::RequestLine => write_request_line(request, escape, out),
            Self::Method => escape.value_or_absent(Some(request.method()), out),
            Self::Target => escape.value_or_absent(Some(&request.target()), out),
            Self::Path => escape.value_or_absent(Some(&request.path()), out),
            Self::Query { marked } => escape.text(out, |escape, out| {
                let query = request.query();
                if *marked && !query.is_empty() {
                    escape.piece(b"?", out);
                }
                escape.piece(query, out);
            }),
            Self::Protocol => escape.value_or_absent(Some(request.protocol()), out),
            Self::RemoteAddr => match request.ipv4() {
                Some(address) if escape.keeps(b'.') => write_ipv4(address, escape, out),
                _ => {
                    escape.value_or_absent(request.variable(environ::REMOTE_ADDR).as_deref(), out);
                }
            },
            Self::User => match request.variable(environ::REMOTE_USER) {
                Some(user) if !user.is_empty() => escape.value(&user, out),
                _ => escape.value_or_absent(basic_user(request).as_deref(), out),
            },
            Self::RequestHeader(name) => write_header(request.headers(), name, escape, out),
            Self::Variable(names) => {
                let value = names.iter().find_map(|name| request.variable(name));
                escape.value_or_absent(value.as_deref(), out);
            }
            Self::Route => escape.value_or_absent(request.route().as_deref(), out),
            Self::RequestId => match request.variable(environ::REQUEST_ID) {
                Some(id) => escape.value_or_absent(Some(&id), out),
                None => write_header(request.headers(), "x-request-id", escape, out),
            },
            Self::TraceId | Self::SpanId => {
                let key = match self {
                    Self::TraceId => environ::TRACE_ID,
                    _ => environ::SPAN_ID,
                };
                escape.value_or_absent(request.variable(key).as_deref(), out);
            }
            _ => escape.absent(out),
        }
    }

    /// Writes what the response tells when it starts.
    pub(super) fn write_response(&self, headers: &Headers, escape: Escape, out: &mut Vec<u8>) {
        match self {
            Self::ResponseHeader(name) => write_header(Some(headers), name, escape, out),
            _ => escape.absent(out),
        }
    }

    /// Writes what is known at the end.
    pub(super) fn write_outcome(&self, outcome: &Outcome<'_>, escape: Escape, out: &mut Vec<u8>) {
        match self {
            Self::Time => {
                escape.text(out, |_, out| time::write_apache(outcome.time, out));
            }
            Self::TimeRfc3339 => {
                escape.text(out, |_, out| time::write_rfc3339(outcome.time, out));
            }
            Self::Status => escape.number(Some(outcome.status.into()), out),
            Self::Bytes => escape.number(Some(outcome.body_bytes), out),
            Self::BytesOrDash => {
                let bytes = Some(outcome.body_bytes);
                let is_number = escape == Escape::JsonValue;
                escape.number(bytes.filter(|&bytes| bytes > 0 || is_number), out);
            }
            Self::Seconds => {
                escape.number(outcome.duration.map(|time| time.as_secs()), out);
            }
            Self::Milliseconds => {
                escape.number(outcome.duration.map(|time| microseconds(time) / 1000), out);
            }
            Self::Microseconds => escape.number(outcome.duration.map(microseconds), out),
            Self::DecimalSeconds => match outcome.duration {
                Some(time) => {
                    push_number(time.as_secs(), out);
                    out.push(b'.');
                    push_digits::<6>(time.subsec_micros(), out);
                }
                None => escape.absent(out),
            },
            Self::Process { bracketed: false } => {
                escape.number(Some(std::process::id().into()), out);
            }
            Self::Process { bracketed: true } => escape.text(out, |_, out| {
                out.push(b'<');
                push_number(std::process::id().into(), out);
                out.push(b'>');
            }),
            Self::Refused => escape.value_or_absent(outcome.refused.map(str::as_bytes), out),
            _ => escape.absent(out),
        }
    }
}

/// `{name}i` is `name` and `i`.
fn in_braces(name: &str) -> Option<(&str, char)> {
    let (name, kind) = name.strip_prefix('{')?.rsplit_once('}')?;
    let mut kind = kind.chars();
    match (kind.next(), kind.next()) {
        (Some(kind), None) => Some((name, kind)),
        _ => None,
    }
}

/// RFC 9110 §5.6.2 "Tokens"
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Method, target and version, with single spaces between them: a space within any of them is escaped.
fn write_request_line(request: &dyn Source, escape: Escape, out: &mut Vec<u8>) {
    let target = request.target();
    let words = [request.method(), &target, request.protocol()];
    if words.iter().all(|word| word.is_empty()) {
        return escape.absent(out);
    }
    let within = match escape {
        Escape::Text { end, .. } => Escape::Text { quoted: false, end },
        json => json,
    };
    escape.text(out, |_, out| {
        let start = out.len();
        for word in words.into_iter().filter(|word| !word.is_empty()) {
            if out.len() > start {
                out.push(b' ');
            }
            within.piece(word, out);
        }
    });
}

fn write_ipv4(address: Ipv4Addr, escape: Escape, out: &mut Vec<u8>) {
    escape.text(out, |_, out| {
        for (index, octet) in address.octets().into_iter().enumerate() {
            if index > 0 {
                out.push(b'.');
            }
            for (least, unit) in [(100, 100), (10, 10), (0, 1)] {
                if octet >= least {
                    out.push(b'0' + octet / unit % 10);
                }
            }
        }
    });
}

/// All fields of this name, as one list.
fn write_header(headers: Option<&Headers>, name: &str, escape: Escape, out: &mut Vec<u8>) {
    let Some(headers) = headers else {
        return escape.absent(out);
    };
    let mut values = headers.get_all(name).filter(|value| !value.is_empty());
    let Some(first) = values.next() else {
        return escape.absent(out);
    };
    escape.text(out, |escape, out| {
        escape.piece(first, out);
        for value in values {
            escape.piece(b", ", out);
            escape.piece(value, out);
        }
    });
}

/// The name that Basic credentials claim (RFC 7617 §2 "The 'Basic' Authentication Scheme").
fn basic_user(request: &dyn Source) -> Option<Vec<u8>> {
    let credentials = request.headers()?.get("Authorization")?;
    let (scheme, token) = credentials.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    let mut user = STANDARD.decode(token.trim_ascii()).ok()?;
    let end = user.iter().position(|&byte| byte == b':')?;
    user.truncate(end);
    Some(user)
}
