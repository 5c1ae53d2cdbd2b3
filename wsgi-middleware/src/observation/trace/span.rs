//! The span of a request, with the names that OpenTelemetry has for its fields.

use std::borrow::Cow;

use http::Version;
use tracing::field::{Empty, display};
use tracing::{Span, info_span};
use wsgi_core::{Environ, Fault, Headers};

use super::{QueryField, TraceContext};
use crate::observation::observed::{
    BlocksObserver, KNOWN_METHODS, OTHER, Observer, Tally, known_method, route_of,
};

/// The span of a request that has come in, if a subscriber wants it; fields are made for that one alone.
pub(super) fn of(
    environ: &Environ,
    context: &TraceContext,
    parent: Option<&TraceContext>,
    query: QueryField,
) -> Option<Span> {
    let span = info_span!(
        target: "wsgi_middleware::trace",
        "request",
        otel.name = method(environ),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method(environ),
        http.request.method_original = unknown_method(environ),
        http.route = Empty,
        http.response.status_code = Empty,
        http.response.body.size = Empty,
        error.type = Empty,
        url.scheme = &*environ.url_scheme(),
        url.path = &*text(&path(environ)),
        url.query = query.of(environ.query_string()),
        server.address = field(environ, "Host").as_deref().map(without_port),
        network.peer.address = environ.remote_addr().ok().flatten().map(display),
        client.address = Empty,
        network.protocol.version = version(environ),
        user_agent.original = field(environ, "User-Agent").as_deref(),
        trace_id = display(format_args!("{:032x}", context.trace_id())),
        span_id = display(format_args!("{:016x}", context.span_id())),
        parent_span_id = parent.map(|parent| display(format!("{:016x}", parent.span_id()))),
    );
    (!span.is_disabled()).then_some(span)
}

/// Records what becomes of the request, and is entered whenever its body does something.
pub(super) struct Spanned(pub(super) Span);

impl Observer for Spanned {
    type Told = ();
    type OfBlocks = Self;

    fn read(&self, _: &Headers) {}

    fn started(&mut self, (): ()) {}

    fn returned(self, environ: &mut Environ) -> Self {
        record_return(&self.0, environ);
        self
    }

    fn ended(self, environ: &mut Environ, tally: &Tally) {
        record_return(&self.0, environ);
        record_end(&self.0, tally);
    }
}

impl BlocksObserver for Spanned {
    fn within<T>(&self, code: impl FnOnce() -> T) -> T {
        self.0.in_scope(code)
    }

    fn ended(&mut self, tally: &Tally) {
        record_end(&self.0, tally);
    }
}

/// What is known when the application has returned.
fn record_return(span: &Span, environ: &Environ) {
    if let Some(route) = route_of(environ) {
        span.record("http.route", &*route);
        span.record(
            "otel.name",
            display(format_args!("{} {route}", method(environ))),
        );
    }
    if let Ok(Some(address)) = environ.remote_addr() {
        span.record("client.address", display(address));
    }
}

/// What is known when the response has ended.
fn record_end(span: &Span, tally: &Tally) {
    span.record("http.response.status_code", tally.status);
    span.record("http.response.body.size", tally.body_bytes);
    match tally.failure {
        Some(fault) => {
            span.record("error.type", error_type(fault));
        }
        None if tally.status >= 500 => {
            span.record("error.type", display(tally.status));
        }
        None => return,
    }
    span.record("otel.status_code", "ERROR");
}

fn error_type(fault: Fault) -> &'static str {
    match fault {
        Fault::Client => "client",
        Fault::Io => "io",
        Fault::Misuse => "misuse",
        _ => "application",
    }
}

fn method(environ: &Environ) -> &'static str {
    KNOWN_METHODS[known_method(environ.method().as_str())]
}

/// As the client sent it; where the server does not tell, what it was decoded to.
fn path(environ: &Environ) -> Vec<u8> {
    let target = environ.target();
    match target.iter().position(|&byte| byte == b'?') {
        Some(end) => target[..end].to_vec(),
        None if target.is_empty() => [environ.script_name(), environ.path_info()].concat(),
        None => target.to_vec(),
    }
}

fn unknown_method(environ: &Environ) -> Option<&str> {
    (method(environ) == OTHER).then(|| environ.method().as_str())
}

fn version(environ: &Environ) -> &'static str {
    match environ.version() {
        Version::HTTP_09 => "0.9",
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        Version::HTTP_3 => "3",
        _ => "1.1",
    }
}

fn field<'e>(environ: &'e Environ, name: &str) -> Option<Cow<'e, str>> {
    environ.headers().get(name).map(text)
}

fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        // The colons of an address of IPv6 are within brackets.
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}
