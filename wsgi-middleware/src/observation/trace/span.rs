//! The span of a request, with the names that OpenTelemetry has for its fields.

use tracing::field::{Empty, display};
use tracing::{Span, info_span};
use wsgi_core::{Environ, Fault, Headers};

use super::{QueryField, TraceContext, is_recorded};
use crate::observation::observed::{KNOWN_METHODS, OTHER, Observer, Tally, known_method, route_of};

/// The span of a request that has come in. Fields are made only where a subscriber wants them.
pub(super) fn of(
    environ: &Environ,
    context: &TraceContext,
    parent: Option<&TraceContext>,
    query: QueryField,
) -> Span {
    let span = info_span!(
        target: "wsgi_middleware::trace",
        "request",
        otel.name = method(environ),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method(environ),
        http.request.method_original = Empty,
        http.route = Empty,
        http.response.status_code = Empty,
        http.response.body.size = Empty,
        error.type = Empty,
        url.scheme = &*environ.url_scheme(),
        url.path = &*text(&path(environ)),
        url.query = Empty,
        server.address = Empty,
        network.peer.address = Empty,
        client.address = Empty,
        network.protocol.version = Empty,
        user_agent.original = Empty,
        trace_id = Empty,
        span_id = Empty,
        parent_span_id = Empty,
    );
    if is_recorded(&span) {
        record_request(&span, environ, query);
        span.record(
            "trace_id",
            display(format_args!("{:032x}", context.trace_id())),
        );
        span.record(
            "span_id",
            display(format_args!("{:016x}", context.span_id())),
        );
        if let Some(parent) = parent {
            span.record(
                "parent_span_id",
                display(format_args!("{:016x}", parent.span_id())),
            );
        }
    }
    span
}

/// What not every request has.
fn record_request(span: &Span, environ: &Environ, query: QueryField) {
    if method(environ) == OTHER {
        span.record("http.request.method_original", environ.method().as_str());
    }
    if let Some(query) = query.of(environ.query_string()) {
        span.record("url.query", query);
    }
    if let Some(host) = environ.headers().get("Host") {
        span.record("server.address", without_port(&text(host)));
    }
    if let Ok(Some(address)) = environ.remote_addr() {
        span.record("network.peer.address", display(address));
    }
    let version = format!("{:?}", environ.version());
    let version = version.strip_prefix("HTTP/").unwrap_or(&version);
    span.record("network.protocol.version", version);
    if let Some(agent) = environ.headers().get("User-Agent") {
        span.record("user_agent.original", &*text(agent));
    }
}

/// Records what becomes of the request, and is entered whenever its body does something.
pub(super) struct Spanned(pub(super) Span);

impl Observer for Spanned {
    type Told = ();

    fn read(&self, _: &Headers) {}

    fn started(&mut self, (): ()) {}

    fn returned(&mut self, environ: &mut Environ, _: bool) {
        let Self(span) = self;
        if !is_recorded(span) {
            return;
        }
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

    fn within<T>(&self, code: impl FnOnce() -> T) -> T {
        self.0.in_scope(code)
    }

    fn ended(&mut self, tally: &Tally) {
        let Self(span) = self;
        if !is_recorded(span) {
            return;
        }
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

fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        // The colons of an address of IPv6 are within brackets.
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}
