//! [`Metrics`]: numbers of requests, their durations and sizes, for Prometheus.

mod error;
mod exporter;
mod histogram;
mod series;
mod text;

use std::sync::Arc;
use std::time::{Duration, Instant};

use wsgi_core::{
    Application, ApplicationError, Body, Environ, Fault, Headers, Layer, StartResponse,
};

pub use error::MetricsError;
pub use exporter::MetricsExporter;
use histogram::Bounds;
pub use series::StatusLabel;
use series::{ErrorType, Key, Scheme, Series, Store};

use crate::observation::observed::{
    BlocksObserver, KNOWN_METHODS, Observer, Tally, known_method, observe, route_of,
};

/// Counts requests, and measures durations and sizes by method, route and status, for Prometheus to collect.
///
/// | metric | type | labels |
/// |---|---|---|
/// | `http_server_request_duration_seconds` | histogram | all |
/// | `http_server_request_body_size_bytes` | histogram | all |
/// | `http_server_response_body_size_bytes` | histogram | all |
/// | `http_server_active_requests` | gauge | method and scheme |
///
/// Names, units and labels are those of OpenTelemetry's conventions, as Prometheus spells them:
/// `http_request_method`, `http_response_status_code`, `http_route`, `url_scheme`, and for failures `error_type`: the
/// status from 500 on, or whose fault it was that the response is not whole (`client`, `application`, `io`, `misuse`).
///
/// # How many series there are
/// No client decides that. A method that is none of the well-known ones is `_OTHER`. The route is the pattern that the
/// routers tell ([`Environ::route`]) or a framework has put into [`ROUTE`](wsgi_core::environ::ROUTE), never the path;
/// without one the label is absent. Beyond [`series_limit`](Self::series_limit) all else counts to one series with the
/// label `otel_metric_overflow="true"`.
///
/// # What is measured
/// A duration is the time from the call of this layer to the close of the body, also when the client leaves; a body that
/// is complete when the application returns it has ended then. The size of a request is its `Content-Length`; those that have none because they are chunked are not in its histogram. The size
/// of a response is what passed here.
///
/// All instances that one layer makes, and all clones, count together; each process counts for itself.
///
/// # Place in the stack
/// Outside of all whose time and answers should count, inside of what answers health checks.
///
/// # Examples
/// ```
/// use wsgi_core::{handler, testing};
/// use wsgi_middleware::Metrics;
///
/// let app = Metrics::new(handler(|_| "Hello!\n"));
/// testing::get(&app, "/");
/// let answer = testing::get(&app.exporter(), "/metrics");
/// assert_eq!(answer.header("Content-Type"), Some("text/plain; version=0.0.4; charset=utf-8"));
/// let series = r#"{http_request_method="GET",http_response_status_code="200",url_scheme="http"}"#;
/// assert!(answer.text().contains(&format!("\nhttp_server_request_duration_seconds_count{series} 1\n")));
/// ```
///
/// # Specification
/// [Semantic conventions for HTTP metrics](https://opentelemetry.io/docs/specs/semconv/http/http-metrics/), "HTTP
/// server"; [Prometheus exposition formats](https://prometheus.io/docs/instrumenting/exposition_formats/), "Text-based
/// format"; OpenMetrics 1.0.0.
#[derive(Clone, Debug, Default)]
pub struct Metrics<A = ()> {
    app: A,
    shared: Arc<Shared>,
}

/// Wraps applications in [`Metrics`], which count together. Made by `MetricsLayer::default()`.
pub type MetricsLayer = Metrics<()>;

#[derive(Debug, Default)]
struct Shared {
    settings: Settings,
    store: Store,
}

#[derive(Clone, Debug)]
struct Settings {
    path: Option<Box<str>>,
    durations: Bounds,
    sizes: Bounds,
    limit: usize,
    status: StatusLabel,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            path: None,
            durations: Bounds::of_durations(),
            sizes: Bounds::of_sizes(),
            limit: 2000,
            status: StatusLabel::default(),
        }
    }
}

/// What is changed begins to count anew, so it is changed before the stack is built.
impl<A> Metrics<A> {
    /// Around `app`.
    pub fn new(app: A) -> Self {
        Self {
            app,
            shared: Arc::default(),
        }
    }

    /// Answers requests for this path, `GET` and `HEAD`, with the metrics. Default: none; they may be nobody's business
    /// but yours, so better have the [`exporter`](Self::exporter) served where the public does not come.
    ///
    /// The path is compared with `PATH_INFO`. Such requests are not counted.
    ///
    /// # Errors
    /// [`MetricsError::Path`] if it does not begin with a slash.
    pub fn path(self, path: impl Into<String>) -> Result<Self, MetricsError> {
        let path = path.into();
        match path.starts_with('/') {
            true => Ok(self.with(|settings| settings.path = Some(path.into()))),
            false => Err(MetricsError::Path { path }),
        }
    }

    /// The upper bounds of the buckets for durations. Default: 5, 10, 25, 50, 75, 100, 250, 500 and 750 ms, 1, 2.5, 5, 7.5
    /// and 10 s, as OpenTelemetry recommends.
    ///
    /// # Errors
    /// [`MetricsError::Bounds`] unless they grow, [`MetricsError::TooManyBounds`] beyond 100.
    pub fn duration_buckets(
        self,
        bounds: impl IntoIterator<Item = Duration>,
    ) -> Result<Self, MetricsError> {
        let nanoseconds = |bound: Duration| u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
        let bounds = Bounds::seconds(bounds.into_iter().map(nanoseconds))?;
        Ok(self.with(|settings| settings.durations = bounds))
    }

    /// The upper bounds of the buckets for sizes, in bytes. Default: 256, and four times as much nine times over, up to 64
    /// MiB.
    ///
    /// # Errors
    /// As [`duration_buckets`](Self::duration_buckets).
    pub fn size_buckets(self, bounds: impl IntoIterator<Item = u64>) -> Result<Self, MetricsError> {
        let bounds = Bounds::bytes(bounds)?;
        Ok(self.with(|settings| settings.sizes = bounds))
    }

    /// How many series there may be of each histogram. Default: 2000, which take about 1 MiB.
    #[must_use]
    pub fn series_limit(self, limit: usize) -> Self {
        self.with(|settings| settings.limit = limit)
    }

    /// Whether the label of the status is the code or its class. Default: [`StatusLabel::Code`].
    #[must_use]
    pub fn status(self, status: StatusLabel) -> Self {
        self.with(|settings| settings.status = status)
    }

    /// The application that answers with the metrics, wherever it is mounted.
    pub fn exporter(&self) -> MetricsExporter {
        MetricsExporter::new(self.shared.clone())
    }

    /// The metrics in Prometheus' text format.
    pub fn render(&self) -> String {
        self.exporter().render()
    }

    fn with(self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = self.shared.settings.clone();
        change(&mut settings);
        let store = Store::default();
        Self {
            app: self.app,
            shared: Arc::new(Shared { settings, store }),
        }
    }
}

impl<A> Layer<A> for MetricsLayer {
    type Service = Metrics<A>;

    fn layer(&self, app: A) -> Metrics<A> {
        Metrics {
            app,
            shared: self.shared.clone(),
        }
    }
}

impl<A: Application> Application for Metrics<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        if let Some(path) = &self.shared.settings.path
            && environ.path_info() == path.as_bytes()
        {
            return self.exporter().call(environ, start_response);
        }
        let measurement = Measurement::begin(&self.shared, environ);
        observe(&self.app, environ, start_response, measurement)
    }
}

/// One request being measured.
struct Measurement<'s> {
    shared: &'s Arc<Shared>,
    request: Request,
}

/// What is known of a request before it is answered.
struct Request {
    begun: Instant,
    method: usize,
    scheme: Scheme,
    size: Option<u64>,
}

/// A request whose body comes in blocks.
struct MeasuredBlocks {
    shared: Arc<Shared>,
    request: Request,
    /// Empty where it is not known.
    route: Box<str>,
}

impl<'s> Measurement<'s> {
    fn begin(shared: &'s Arc<Shared>, environ: &Environ) -> Self {
        let method = known_method(environ.method().as_str());
        let scheme = Scheme::of(&environ.url_scheme());
        shared.store.begun(method, scheme);
        let request = Request {
            begun: Instant::now(),
            method,
            scheme,
            size: request_size(environ.headers()),
        };
        Self { shared, request }
    }
}

impl Observer for Measurement<'_> {
    type Told = ();
    type OfBlocks = MeasuredBlocks;

    fn read(&self, _: &Headers) {}

    fn started(&mut self, (): ()) {}

    fn returned(self, environ: &mut Environ) -> MeasuredBlocks {
        MeasuredBlocks {
            shared: self.shared.clone(),
            request: self.request,
            route: route_of(environ).unwrap_or_default().into(),
        }
    }

    fn ended(self, environ: &mut Environ, tally: &Tally) {
        let route = route_of(environ).unwrap_or_default();
        self.shared.add(&self.request, &route, tally);
    }
}

impl BlocksObserver for MeasuredBlocks {
    fn ended(&mut self, tally: &Tally) {
        self.shared.add(&self.request, &self.route, tally);
    }
}

impl Shared {
    /// Adds a request that has ended.
    fn add(&self, request: &Request, route: &str, tally: &Tally) {
        let Self { settings, store } = self;
        let error = match tally.failure {
            Some(Fault::Client) => ErrorType::Client,
            Some(Fault::Io) => ErrorType::Io,
            Some(Fault::Misuse) => ErrorType::Misuse,
            Some(_) => ErrorType::Application,
            None if tally.status >= 500 => ErrorType::Status,
            None => ErrorType::None,
        };
        let key = Key {
            method: request.method,
            scheme: request.scheme,
            status: settings.status.of(tally.status),
            error,
        };
        let duration = u64::try_from(request.begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        store.ended(request.method, request.scheme);
        store.observe(settings, route, key, |series: &Series| {
            series.durations.observe(&settings.durations, duration);
            series.responses.observe(&settings.sizes, tally.body_bytes);
            if let Some(size) = request.size {
                series.requests.observe(&settings.sizes, size);
            }
        });
    }
}

/// In bytes; `None` where the framing does not tell beforehand, or the field is no number.
fn request_size(headers: &Headers) -> Option<u64> {
    match headers.get_str("Content-Length") {
        Some(length) => length.parse().ok(),
        None if headers.contains("Transfer-Encoding") => None,
        None => Some(0),
    }
}

const METHODS: usize = KNOWN_METHODS.len();
