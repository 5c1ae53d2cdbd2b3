//! [`Trace`]: each request as a span, and as a part of a trace that other services share.

mod context;
mod error;
mod ids;
mod query;
mod span;
mod state;

use std::sync::Arc;

use wsgi_core::{
    Application, ApplicationError, Body, Environ, Headers, Layer, StartResponse,
    StartResponseError, StatusLine, environ,
};

pub use context::{TraceContext, TraceContextError};
pub use error::SampleRatioError;
pub use query::QueryField;
use span::Spanned;

use crate::common::start::ChangedStart;
use crate::observation::observed::observe;

/// Makes each request a span of the `tracing` crate, and a part of a trace as W3C Trace Context has it.
///
/// The trace is the one that `traceparent` names, or a new one. Within it the request has a span id of its own, which the
/// application finds in three places: by [`TraceContext::of`], in the variables
/// [`TRACE_ID`](environ::TRACE_ID) and [`SPAN_ID`](environ::SPAN_ID), and in `HTTP_TRACEPARENT`, which is rewritten, so that a
/// client that passes on what came, or instrumentation of Python's, continues the trace from here. `tracestate` passes
/// as it came; it is removed where it is malformed, or where the trace is new. `AccessLog` tells the ids, wherever it stands.
///
/// The span is named `request`, has the target `wsgi_middleware::trace` and the level `INFO`; it is entered while the
/// application is called and while its blocks are asked for, and ends with the body. Its fields are those of
/// OpenTelemetry:
///
/// | field | what |
/// |---|---|
/// | `otel.name`, `otel.kind`, `otel.status_code` | `GET /users/<id>`; `server`; `ERROR` for failures and from status 500 on |
/// | `http.request.method`, `http.request.method_original` | the method, or `_OTHER` and the method |
/// | `url.scheme`, `url.path`, `url.query` | as the client sent them; see [`query`](Self::query) |
/// | `http.route` | the pattern that matched ([`Environ::route`], [`ROUTE`](environ::ROUTE)) |
/// | `http.response.status_code`, `http.response.body.size`, `error.type` | what became of it |
/// | `server.address` | the host, without port |
/// | `network.peer.address`, `client.address` | `REMOTE_ADDR` before the call, and after it, as `ProxyFix` changes it |
/// | `network.protocol.version`, `user_agent.original` | such as `1.1`; `User-Agent` |
/// | `trace_id`, `span_id`, `parent_span_id` | of the trace |
///
/// Without a subscriber that wants it no span is made, and its fields cost nothing; the trace goes on all the same.
///
/// # Place in the stack
/// Outside of all whose work belongs to the span, so nearly outermost; inside of what strips fields of clients.
///
/// # Examples
/// ```
/// use wsgi_core::testing::{EnvironBuilder, run};
/// use wsgi_core::{Body, StatusLine, application_fn, environ};
/// use wsgi_middleware::Trace;
///
/// let app = Trace::new(application_fn(|environ, start_response| {
///     start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
///     Ok(Body::from(environ.var("HTTP_TRACEPARENT").unwrap_or_default().into_owned()))
/// }));
/// let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let answer = run(&app, EnvironBuilder::get("/").header("traceparent", parent).build())?;
/// assert!(answer.text().starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"));
/// assert_ne!(answer.text(), parent, "the span is a new one");
/// # Ok::<(), wsgi_core::ApplicationError>(())
/// ```
///
/// # Specification
/// [Trace Context](https://www.w3.org/TR/trace-context-1/) (Level 1), W3C: §3.2 "Traceparent Header", §3.3 "Tracestate
/// Header", §4 "Processing Model"; OpenTelemetry, [Semantic conventions for HTTP
/// spans](https://opentelemetry.io/docs/specs/semconv/http/http-spans/), "HTTP server".
#[derive(Clone, Debug, Default)]
pub struct Trace<A = ()> {
    app: A,
    settings: Arc<Settings>,
}

/// Wraps applications in [`Trace`]. Made by `TraceLayer::default()`.
pub type TraceLayer = Trace<()>;

#[derive(Clone, Debug)]
struct Settings {
    trust_incoming: bool,
    /// New traces with a smaller number than this are sampled.
    sampled_below: u128,
    response: TraceResponse,
    query: QueryField,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            trust_incoming: true,
            sampled_below: ids::below(1.0),
            response: TraceResponse::default(),
            query: QueryField::default(),
        }
    }
}

/// How [`Trace`] tells the client which trace and span its request had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TraceResponse {
    /// Not at all.
    #[default]
    Nothing,
    /// A field `traceparent`, for clients that are programs. No standard has it yet.
    Traceparent,
    /// `Server-Timing: traceparent;desc="00-…"`, which scripts in browsers can read.
    ServerTiming,
}

impl<A> Trace<A> {
    /// Around `app`.
    pub fn new(app: A) -> Self {
        Self {
            app,
            settings: Arc::default(),
        }
    }

    /// Whether the trace that a request names goes on here. Default: yes.
    ///
    /// Where clients are strangers, say no: else they choose what is sampled, and whose trace they are shown in. Each
    /// request then begins a trace of its own, and `traceparent` and `tracestate` that came are replaced and removed (W3C
    /// Trace Context §4.3 "Mutating the traceparent Field", restarting the trace).
    #[must_use]
    pub fn trust_incoming(mut self, trust: bool) -> Self {
        self.settings_mut().trust_incoming = trust;
        self
    }

    /// How many of the traces that begin here are to be sampled: all with 1, which is the default, none with 0.
    ///
    /// Traces that go on here keep the flag that they came with. The flag is for those who record: this layer makes a span
    /// in any case, as it gives log messages their context.
    ///
    /// # Errors
    /// [`SampleRatioError`] for what is not between 0 and 1.
    pub fn sample_ratio(mut self, ratio: f64) -> Result<Self, SampleRatioError> {
        if !(0.0..=1.0).contains(&ratio) {
            return Err(SampleRatioError { ratio });
        }
        self.settings_mut().sampled_below = ids::below(ratio);
        Ok(self)
    }

    /// Whether and how the client is told. Default: [`TraceResponse::Nothing`].
    #[must_use]
    pub fn response(mut self, response: TraceResponse) -> Self {
        self.settings_mut().response = response;
        self
    }

    /// What the field `url.query` has. Default: [`QueryField::Omitted`].
    #[must_use]
    pub fn query(mut self, query: QueryField) -> Self {
        self.settings_mut().query = query;
        self
    }

    fn settings_mut(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.settings)
    }
}

impl<A> Layer<A> for TraceLayer {
    type Service = Trace<A>;

    fn layer(&self, app: A) -> Trace<A> {
        Trace {
            app,
            settings: self.settings.clone(),
        }
    }
}

impl<A: Application> Application for Trace<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let settings = &*self.settings;
        let incoming = incoming(environ, settings.trust_incoming);
        let context = match incoming {
            Some(parent) => parent.child(),
            None => TraceContext::root(settings.sampled_below),
        };
        let span = span::of(environ, &context, incoming.as_ref(), settings.query);
        hand_on(environ, &context, incoming.is_some())?;
        let call = |start_response: &mut dyn StartResponse| match span {
            None => self.app.call(environ, start_response),
            Some(span) => {
                let entered = span.clone();
                entered.in_scope(|| observe(&self.app, environ, start_response, Spanned(span)))
            }
        };
        match settings.response {
            TraceResponse::Nothing => call(start_response),
            told => {
                let change =
                    |_: &mut StatusLine, headers: &mut Headers| tell(headers, told, &context);
                call(&mut ChangedStart::new(start_response, change))
            }
        }
    }
}

/// What the request says that it is a part of, if it is to be believed.
///
/// W3C Trace Context §3.2: with several `traceparent` fields there is none, as with a malformed one.
fn incoming(environ: &Environ, trust: bool) -> Option<TraceContext> {
    if !trust {
        return None;
    }
    let mut fields = environ.headers().get_all("traceparent");
    match (fields.next(), fields.next()) {
        (Some(field), None) => TraceContext::parse(field).ok(),
        _ => None,
    }
}

/// Tells the application, and whatever it calls in turn.
fn hand_on(
    environ: &mut Environ,
    context: &TraceContext,
    continues: bool,
) -> Result<(), ApplicationError> {
    let has_state = environ.headers().contains("tracestate");
    if has_state && !(continues && state::is_valid(environ.headers().get_all("tracestate"))) {
        environ.remove_var("HTTP_TRACESTATE");
    }
    let text = context.to_text();
    environ
        .headers_mut()
        .try_insert("traceparent", text.whole())?;
    environ.set_var(environ::TRACE_ID, text.trace_id())?;
    environ.set_var(environ::SPAN_ID, text.span_id())?;
    Ok(())
}

fn tell(
    headers: &mut Headers,
    told: TraceResponse,
    context: &TraceContext,
) -> Result<(), StartResponseError> {
    match told {
        TraceResponse::Nothing => {}
        TraceResponse::Traceparent => headers.try_insert("traceparent", context.to_string())?,
        TraceResponse::ServerTiming => {
            headers.try_append("Server-Timing", format!("traceparent;desc=\"{context}\""))?;
        }
    }
    Ok(())
}
