use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing::subscriber::with_default;
use tracing_subscriber::fmt::format::FmtSpan;
use wsgi_core::testing::{Answer, EnvironBuilder, TrackedBody, get, run};
use wsgi_core::{Application, ApplicationError, Blocks, Body, StatusLine, application_fn, environ};
use wsgi_middleware::{
    QueryField, SampleRatioError, Trace, TraceContext, TraceContextError, TraceResponse,
};

use crate::{answering, failure};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Tells what it was told.
fn telling() -> impl Application {
    application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        let told = [
            "HTTP_TRACEPARENT",
            "HTTP_TRACESTATE",
            environ::TRACE_ID,
            environ::SPAN_ID,
        ];
        let told = told.map(|key| match environ.var(key) {
            Some(value) => String::from_utf8_lossy(&value).into_owned(),
            None => "-".to_owned(),
        });
        let context = TraceContext::of(environ).unwrap();
        assert_eq!(told[0], context.to_string());
        assert_eq!(told[2], format!("{:032x}", context.trace_id()));
        assert_eq!(told[3], format!("{:016x}", context.span_id()));
        Ok(Body::from(told.join("\n")))
    })
}

/// `traceparent` and `tracestate` as the application has them.
fn told(answer: &Answer) -> (TraceContext, String) {
    let text = answer.text();
    let mut lines = text.lines();
    let context = TraceContext::parse(lines.next().unwrap().as_bytes());
    (context.unwrap(), lines.next().unwrap().to_owned())
}

fn parent() -> TraceContext {
    TraceContext::parse(PARENT.as_bytes()).unwrap()
}

#[test]
fn a_trace_goes_on_with_a_span_of_its_own() {
    let app = Trace::new(telling());
    let request = || {
        EnvironBuilder::get("/")
            .header("traceparent", PARENT)
            .append_header("tracestate", "rojo=00f067aa0ba902b7")
            .append_header("tracestate", "congo=t61rcWkgMzE")
    };
    let (context, state) = told(&run(&app, request().build()).unwrap());
    assert_eq!(context.trace_id(), parent().trace_id());
    assert_ne!(context.span_id(), parent().span_id());
    assert!(context.is_sampled());
    assert_eq!(state, "rojo=00f067aa0ba902b7, congo=t61rcWkgMzE");
    let (other, _) = told(&run(&app, request().build()).unwrap());
    assert_ne!(context.span_id(), other.span_id());
    let unsampled = request().header("Traceparent", PARENT.replace("-01", "-00"));
    assert!(!told(&run(&app, unsampled.build()).unwrap()).0.is_sampled());
}

#[test]
fn what_a_client_says_is_no_context_by_itself() {
    let request = EnvironBuilder::get("/").header("traceparent", PARENT);
    assert_eq!(TraceContext::of(&request.build()), None);
}

#[test]
fn without_a_trace_there_is_a_new_one() {
    let app = Trace::new(telling());
    let (context, state) = told(&get(&app, "/"));
    assert_ne!(context.trace_id(), told(&get(&app, "/")).0.trace_id());
    assert_eq!((context.is_sampled(), state.as_str()), (true, "-"));
}

/// W3C Trace Context §4.1: what cannot be parsed is not continued, and then `tracestate` means nothing.
#[test]
fn a_malformed_parent_begins_a_new_trace_without_its_state() {
    let app = Trace::new(telling());
    let malformed = [
        PARENT.to_uppercase(),
        PARENT.replacen("00", "ff", 1),
        format!("{PARENT}-more"),
        format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
        String::new(),
    ];
    for value in malformed {
        let request = EnvironBuilder::get("/")
            .header("traceparent", &value)
            .header("tracestate", "rojo=1");
        let (context, state) = told(&run(&app, request.build()).unwrap());
        assert_ne!(context.trace_id(), parent().trace_id(), "{value}");
        assert_eq!(state, "-", "{value}");
    }
    let twice = EnvironBuilder::get("/")
        .header("traceparent", PARENT)
        .append_header("traceparent", PARENT);
    let (context, _) = told(&run(&app, twice.build()).unwrap());
    assert_ne!(context.trace_id(), parent().trace_id(), "two of them");
}

/// W3C Trace Context §3.3: the other way round, a malformed state does not harm the parent.
#[test]
fn a_malformed_state_is_removed_and_the_trace_goes_on() {
    let request = EnvironBuilder::get("/")
        .header("traceparent", PARENT)
        .header("tracestate", "rojo=1,rojo=2");
    let (context, state) = told(&run(&Trace::new(telling()), request.build()).unwrap());
    assert_eq!(
        (context.trace_id(), state.as_str()),
        (parent().trace_id(), "-")
    );
}

#[test]
fn strangers_are_not_believed_if_so_wished() {
    let app = Trace::new(telling()).trust_incoming(false);
    let request = EnvironBuilder::get("/")
        .header("traceparent", PARENT)
        .header("tracestate", "rojo=1");
    let (context, state) = told(&run(&app, request.build()).unwrap());
    assert_ne!(context.trace_id(), parent().trace_id());
    assert_eq!(state, "-");
}

#[test]
fn new_traces_are_sampled_by_their_share_and_others_keep_their_flag() {
    let app = Trace::new(telling()).sample_ratio(0.0).unwrap();
    assert!(!told(&get(&app, "/")).0.is_sampled());
    let request = EnvironBuilder::get("/").header("traceparent", PARENT);
    assert!(told(&run(&app, request.build()).unwrap()).0.is_sampled());
    for ratio in [-0.1, 1.1, f64::NAN] {
        let error = Trace::new(()).sample_ratio(ratio).unwrap_err();
        let SampleRatioError { ratio: told } = error;
        assert!(told == ratio || ratio.is_nan());
    }
    assert_eq!(
        TraceContext::parse(b"00"),
        Err(TraceContextError::Format { length: 2 })
    );
}

#[test]
fn the_client_is_told_where_it_is_wished() {
    let request = || {
        EnvironBuilder::get("/")
            .header("traceparent", PARENT)
            .build()
    };
    let answer = run(&Trace::new(telling()), request()).unwrap();
    assert_eq!(
        (answer.header("traceparent"), answer.header("Server-Timing")),
        (None, None)
    );

    let app = Trace::new(telling()).response(TraceResponse::Traceparent);
    let answer = run(&app, request()).unwrap();
    assert_eq!(
        answer.header("traceparent").unwrap(),
        told(&answer).0.to_string()
    );

    let app = Trace::new(telling()).response(TraceResponse::ServerTiming);
    let answer = run(&app, request()).unwrap();
    let wanted = format!("traceparent;desc=\"{}\"", told(&answer).0);
    assert_eq!(answer.header("Server-Timing").unwrap(), wanted);
}

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The messages, with the spans that they are in; when a span ends there is one, too.
fn messages(code: impl FnOnce()) -> Vec<Value> {
    let sink = Sink::default();
    let writer = sink.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(move || writer.clone())
        .finish();
    with_default(subscriber, code);
    let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The fields that a request's span has in the end.
fn span(app: &(impl Application + ?Sized), request: EnvironBuilder) -> Value {
    let mut messages = messages(|| drop(run(app, request.build())));
    let last = messages.pop().unwrap();
    assert_eq!(
        (messages.len(), &last["fields"]["message"]),
        (0, &"close".into())
    );
    assert_eq!(last["target"], "wsgi_middleware::trace");
    last["span"].clone()
}

#[test]
fn the_span_has_what_opentelemetry_asks_for() {
    let app = Trace::new(application_fn(|environ, start_response| {
        environ.set_route("/users/<int:id>".into());
        environ.set_var(environ::REMOTE_ADDR, "203.0.113.9")?; // as `ProxyFix` does
        start_response.start(StatusLine::CREATED, [("Content-Type", "text/plain")])?;
        Ok(Body::from("hello"))
    }));
    let request = EnvironBuilder::post("/us%65rs/7?token=secret", "body")
        .with(|environ| environ.connection_mut().remote_addr = "10.0.0.1".parse().ok())
        .header("Host", "[::1]:8000")
        .header("User-Agent", b"curl/8 \xff")
        .header("traceparent", PARENT);
    let mut span = span(&app, request);
    let span = span.as_object_mut().unwrap();
    let id = span.remove("span_id").unwrap();
    assert_eq!(id.as_str().unwrap().len(), 16);
    let wanted = serde_json::json!({
        "name": "request",
        "otel.name": "POST /users/<int:id>", "otel.kind": "server",
        "http.request.method": "POST", "http.route": "/users/<int:id>",
        "http.response.status_code": 201, "http.response.body.size": 5,
        "url.scheme": "http", "url.path": "/us%65rs/7",
        "server.address": "[::1]", "network.peer.address": "10.0.0.1", "client.address": "203.0.113.9",
        "network.protocol.version": "1.1", "user_agent.original": "curl/8 \u{fffd}",
        "trace_id": TRACE, "parent_span_id": "00f067aa0ba902b7",
    });
    assert_eq!(Value::Object(span.clone()), wanted);
}

#[test]
fn methods_that_clients_invent_are_one() {
    let span = span(
        &Trace::new(answering(Body::empty)),
        EnvironBuilder::new("BREW", "/"),
    );
    assert_eq!(span["http.request.method"], "_OTHER");
    assert_eq!(span["http.request.method_original"], "BREW");
    assert_eq!(span["otel.name"], "_OTHER");
}

#[test]
fn the_query_is_told_as_far_as_it_is_wished() {
    let query = |field| {
        let app = Trace::new(answering(Body::empty)).query(field);
        span(&app, EnvironBuilder::get("/?q=1&sig=2"))["url.query"].clone()
    };
    assert_eq!(query(QueryField::Omitted), Value::Null);
    assert_eq!(query(QueryField::Names), "q=REDACTED&sig=REDACTED");
    assert_eq!(query(QueryField::Whole), "q=1&sig=REDACTED");
}

#[test]
fn failures_are_errors() {
    let fails = Trace::new(application_fn(|_, _| Err(failure())));
    let later = Trace::new(answering(|| TrackedBody::new(["one"]).fail_at(1).body()));
    let status = Trace::new(application_fn(|_, start_response| {
        start_response.start(
            StatusLine::parse("503 Service Unavailable")?,
            [("X-A", "1")],
        )?;
        Ok(Body::empty())
    }));
    let cases: [(&dyn Application, u16, &str); 3] = [
        (&fails, 500, "application"),
        (&later, 200, "application"),
        (&status, 503, "503"),
    ];
    for (app, code, error) in cases {
        let span = span(app, EnvironBuilder::get("/"));
        assert_eq!(span["http.response.status_code"], code);
        assert_eq!(
            (&span["error.type"], &span["otel.status_code"]),
            (&error.into(), &"ERROR".into())
        );
    }
    let span = span(
        &Trace::new(answering(Body::empty)),
        EnvironBuilder::get("/"),
    );
    assert!(span["error.type"].is_null() && span["otel.status_code"].is_null());
}

/// Messages of the application, of its blocks and of their end bear the trace.
#[test]
fn what_is_logged_meanwhile_is_in_the_span() {
    struct Logging(bool);
    impl Blocks for Logging {
        fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
            tracing::info!("block");
            Ok((!std::mem::replace(&mut self.0, true)).then_some(b"x"))
        }
        fn close(&mut self) -> Result<(), ApplicationError> {
            tracing::info!("end");
            Ok(())
        }
    }
    let app = Trace::new(answering(|| {
        tracing::info!("call");
        Body::from_blocks(Logging(false))
    }));
    let messages = messages(|| {
        get(&app, "/");
        tracing::info!("after");
    });
    let told: Vec<_> = messages
        .iter()
        .map(|message| {
            (
                message["fields"]["message"].as_str().unwrap(),
                message["span"]["trace_id"].is_string(),
            )
        })
        .collect();
    let wanted = [
        ("call", true),
        ("block", true),
        ("block", true),
        ("end", true),
        ("close", true),
        ("after", false),
    ];
    assert_eq!(told, wanted);
}
