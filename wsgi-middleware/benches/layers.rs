//! What a request pays for each layer that lets it pass: `cargo bench -p wsgi-middleware --all-features`.
//!
//! The cost of a layer is its row less the row `none`. `static` is around an application whose type is known, where 10 ns
//! are the bar; `dyn` around a boxed one, called as one, as layers from Python are: 20 ns. A new layer is one row at
//! [`rows`], configured so that it has nothing to do. Layers that do their work for each request, such as writing a line,
//! have no bar.
//!
//! Each iteration is a request of its own: the environ is set back and filled anew before it, in the row `none` as in all
//! others, as a server does for the next request of a connection. What a layer puts there it puts there each time.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use wsgi_core::testing::EnvironBuilder;
use wsgi_core::{
    Application, ApplicationError, Body, Environ, ExcInfo, Headers, Layer, StartResponse,
    StartResponseError, StatusLine, WriteError,
};

type Boxed = Box<dyn Application>;

/// A request for each row.
struct Rows<'c> {
    group: BenchmarkGroup<'c, WallTime>,
    environ: Environ,
    /// The fields of the request.
    headers: Headers,
}

/// A row for each layer, in the order of the alphabet.
fn rows(criterion: &mut Criterion) {
    let mut rows = Rows::new(criterion.benchmark_group("layers"));
    rows.add("none", tower::layer::util::Identity::new());
    #[cfg(feature = "access-log")]
    for (name, format) in [
        ("access_log", wsgi_middleware::AccessLogFormat::Combined), // the default
        (
            "access_log_common",
            wsgi_middleware::AccessLogFormat::Common,
        ),
        ("access_log_json", wsgi_middleware::AccessLogFormat::Json),
    ] {
        let log = wsgi_middleware::AccessLogLayer::default().format(format);
        rows.add(
            name,
            log.output_with(|line| {
                black_box(line);
            }),
        );
    }
    // Of these two, and of the redirect to HTTPS: a part of the site that is for everybody, as most have it.
    #[cfg(feature = "basic-auth")]
    rows.add(
        "basic_auth",
        wsgi_middleware::BasicAuthLayer::default()
            .exempt("/shop/")
            .expect("a path"),
    );
    #[cfg(feature = "bearer-auth")]
    rows.add(
        "bearer_auth",
        wsgi_middleware::BearerAuthLayer::default()
            .exempt("/shop/")
            .expect("a path"),
    );
    #[cfg(feature = "cascade")]
    rows.add(
        "cascade",
        wsgi_middleware::CascadeLayer::default().then(wsgi_middleware::NotFound),
    );
    #[cfg(feature = "concurrency-limit")]
    rows.add(
        "concurrency_limit",
        wsgi_middleware::ConcurrencyLimitLayer::default(),
    );
    // Of a body that is too small to be compressed, by far the most usual one that is left alone.
    #[cfg(feature = "compress")]
    rows.add("compress", wsgi_middleware::CompressLayer::default());
    // Adds the field.
    #[cfg(feature = "content-length")]
    rows.add(
        "content_length",
        wsgi_middleware::ContentLengthLayer::default(),
    );
    #[cfg(feature = "cors")]
    rows.add(
        "cors",
        wsgi_middleware::CorsLayer::default()
            .allow_any_origin()
            .expect("no credentials"),
    );
    #[cfg(feature = "csrf")]
    rows.add("csrf", wsgi_middleware::CsrfLayer::default());
    #[cfg(feature = "deadline")]
    rows.add("deadline", wsgi_middleware::DeadlineLayer::default());
    #[cfg(feature = "dispatcher")]
    rows.add(
        "dispatcher",
        (0..1000)
            .try_fold(wsgi_middleware::DispatcherLayer::default(), |layer, n| {
                layer.mount(format!("/t{n}"), wsgi_middleware::NotFound)
            })
            .expect("paths"),
    );
    #[cfg(feature = "error-pages")]
    rows.add("error_pages", wsgi_middleware::ErrorPagesLayer::default());
    #[cfg(feature = "exception-page")]
    rows.add(
        "exception_page",
        wsgi_middleware::ExceptionPageLayer::default(),
    );
    #[cfg(feature = "https-redirect")]
    rows.add(
        "https_redirect",
        wsgi_middleware::HttpsRedirectLayer::default()
            .exempt("/shop/")
            .expect("a path"),
    );
    #[cfg(feature = "https-redirect")]
    {
        rows.environ.connection_mut().url_scheme = "https".into();
        rows.add(
            "https_redirect_hsts",
            wsgi_middleware::HttpsRedirectLayer::default().hsts(wsgi_middleware::Hsts::default()),
        );
        rows.environ.connection_mut().url_scheme = "http".into();
    }
    #[cfg(feature = "load-shed")]
    {
        // What is to be taken off that row.
        rows.add_for(
            "none_ledger",
            tower::layer::util::Identity::new(),
            in_time(),
        );
        let layer = wsgi_middleware::LoadShedLayer::default();
        rows.add_for("load_shed", layer, in_time());
    }
    #[cfg(feature = "map-response")]
    rows.add(
        "map_response",
        wsgi_middleware::MapResponseLayer::default().status(|request, status| {
            black_box((request, status)); // nothing to be changed
            Ok(())
        }),
    );
    #[cfg(feature = "metrics")]
    {
        let layer = wsgi_middleware::MetricsLayer::default();
        rows.add("metrics", layer.clone()); // nobody tells a route
        let routed = RouteLayer("/shop/<page>".into());
        rows.add(
            "metrics_routed",
            tower::layer::util::Stack::new(routed, layer),
        );
    }
    #[cfg(feature = "decompress")]
    rows.add("decompress", wsgi_middleware::DecompressLayer::default());
    #[cfg(feature = "method-override")]
    rows.add(
        "method_override",
        wsgi_middleware::MethodOverrideLayer::default(),
    );
    #[cfg(feature = "normalize-path")]
    rows.add(
        "normalize_path",
        wsgi_middleware::NormalizePathLayer::default(),
    );
    #[cfg(feature = "prefix")]
    rows.add("prefix", wsgi_middleware::PrefixLayer::default());
    #[cfg(feature = "proxy-fix")]
    rows.add("proxy_fix", wsgi_middleware::ProxyFixLayer::default());
    #[cfg(feature = "recover")]
    rows.add("recover", wsgi_middleware::RecoverLayer::default());
    #[cfg(feature = "redirect")]
    rows.add(
        "redirect",
        wsgi_middleware::RedirectLayer::default()
            .exact("/old", "/new")
            .expect("a rule"),
    );
    #[cfg(feature = "request-id")]
    rows.add("request_id", wsgi_middleware::RequestIdLayer::default());
    #[cfg(feature = "response-header")]
    rows.add(
        "response_header",
        wsgi_middleware::ResponseHeaderLayer::default()
            .set_if_missing("Content-Type", "text/plain")
            .expect("a field"),
    );
    // Its usual work is more than to let pass.
    #[cfg(feature = "response-header")]
    rows.add(
        "response_header_set",
        wsgi_middleware::ResponseHeaderLayer::default()
            .set("X-Frame-Options", "DENY")
            .expect("a field"),
    );
    #[cfg(feature = "rewrite")]
    rows.add(
        "rewrite",
        wsgi_middleware::RewriteLayer::default()
            .rule(wsgi_middleware::RewriteRule::new("^/old/(.*)$", "/new/$1").expect("a rule")),
    );
    #[cfg(feature = "security-headers")]
    rows.add(
        "security_headers",
        wsgi_middleware::SecurityHeadersLayer::default(),
    );
    #[cfg(feature = "sensitive-headers")]
    rows.add(
        "sensitive_headers",
        wsgi_middleware::SensitiveHeadersLayer::default(),
    );
    #[cfg(feature = "server-timing")]
    {
        let layer = wsgi_middleware::ServerTimingLayer::default();
        rows.add("server_timing", layer.clone().only_when_asked(true)); // nobody asks
        rows.add("server_timing_told", layer);
    }
    #[cfg(feature = "slow-log")]
    rows.add("slow_log", wsgi_middleware::SlowLogLayer::default());
    #[cfg(feature = "signed-cookies")]
    rows.add(
        "signed_cookies",
        wsgi_middleware::SignedCookiesLayer::default()
            .key([7; 32])
            .expect("a key")
            .name("other"),
    );
    #[cfg(feature = "static-files")]
    rows.add(
        "static_files",
        wsgi_middleware::StaticFilesLayer::default()
            .serve("/static", "src")
            .expect("this crate has sources"),
    );
    #[cfg(feature = "trace")]
    {
        let layer = wsgi_middleware::TraceLayer::default();
        rows.add("trace", layer.clone()); // nobody takes the span
        tracing::subscriber::with_default(tracing_subscriber::registry(), || {
            rows.add("trace_span", layer);
        });
    }
    #[cfg(feature = "trusted-hosts")]
    rows.add(
        "trusted_hosts",
        wsgi_middleware::TrustedHostsLayer::default(),
    );
    #[cfg(feature = "body-limit")]
    rows.add("body_limit", wsgi_middleware::BodyLimitLayer::default());
    #[cfg(feature = "buffer")]
    rows.add("buffer", wsgi_middleware::BufferLayer::default());
    #[cfg(feature = "conditional-get")]
    rows.add(
        "conditional_get",
        wsgi_middleware::ConditionalGetLayer::default(),
    );
    #[cfg(feature = "content-type")]
    rows.add("content_type", wsgi_middleware::ContentTypeLayer::default());
    #[cfg(feature = "head")]
    rows.add("head", wsgi_middleware::HeadLayer::default());
    // Adds `Accept-Ranges`.
    #[cfg(feature = "range-slice")]
    rows.add("range_slice", wsgi_middleware::RangeSliceLayer::default());
    // Of a body that it leaves alone; and with the digest of one of seven bytes.
    #[cfg(feature = "etag")]
    rows.add("etag", wsgi_middleware::ETagLayer::default().limit(0));
    #[cfg(feature = "etag")]
    rows.add("etag_made", wsgi_middleware::ETagLayer::default());
    #[cfg(feature = "when")]
    rows.add(
        "when",
        wsgi_middleware::WhenLayer::new(
            |environ: &Environ| *environ.method() == "POST",
            tower::layer::util::Identity::new(),
        ),
    );
    rows.group.finish();
}

/// The request has waited for a millisecond, by the server's ledger.
#[cfg(feature = "load-shed")]
fn in_time() -> impl Fn(&mut Environ) {
    let received = std::time::Instant::now();
    move |environ| {
        environ.begin_ledger(received);
        if let Some(ledger) = environ.ledger_mut() {
            ledger.mark(wsgi_core::Mark::Parsed, received);
            let called = received + std::time::Duration::from_millis(1);
            ledger.mark(wsgi_core::Mark::Called, called);
        }
    }
}

impl<'c> Rows<'c> {
    fn new(group: BenchmarkGroup<'c, WallTime>) -> Self {
        let environ = EnvironBuilder::get("/shop/cart?item=7")
            .with(|environ| environ.connection_mut().remote_addr = "127.0.0.1".parse().ok())
            .header("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0)")
            .header("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
            .header("Accept-Language", "en-US,en;q=0.5")
            .header("Accept-Encoding", "gzip, deflate, br, zstd")
            .header("Cookie", "session=0123456789abcdef")
            .header("Connection", "keep-alive")
            .build();
        let headers = environ.headers().clone();
        Self {
            group,
            environ,
            headers,
        }
    }

    fn add<L>(&mut self, name: &str, layer: L)
    where
        L: Layer<Hello> + Layer<Boxed>,
        <L as Layer<Hello>>::Service: Application,
        <L as Layer<Boxed>>::Service: Application + 'static,
    {
        self.add_for(name, layer, |_| {});
    }

    /// A row for requests that have something more.
    fn add_for<L>(&mut self, name: &str, layer: L, more: impl Fn(&mut Environ))
    where
        L: Layer<Hello> + Layer<Boxed>,
        <L as Layer<Hello>>::Service: Application,
        <L as Layer<Boxed>>::Service: Application + 'static,
    {
        let (environ, headers) = (&mut self.environ, &self.headers);
        let known: <L as Layer<Hello>>::Service = layer.layer(Hello::new());
        self.group
            .bench_function(format!("{name}/static"), |bench| {
                bench.iter(|| request(&known, environ, headers, &more));
            });
        let boxed: Boxed = Box::new(layer.layer(Box::new(Hello::new()) as Boxed));
        self.group.bench_function(format!("{name}/dyn"), |bench| {
            bench.iter(|| request(&*boxed, environ, headers, &more));
        });
    }
}

#[inline]
fn request<A: Application + ?Sized>(
    app: &A,
    environ: &mut Environ,
    headers: &Headers,
    more: impl Fn(&mut Environ),
) {
    environ.reset();
    environ.set_target("/shop/cart?item=7");
    environ.set_path_info("/shop/cart");
    environ.set_query_string("item=7");
    environ.headers_mut().clone_from(headers);
    more(environ);
    let answer = app.call(black_box(environ), &mut Server);
    let body = answer.expect("the application never fails");
    black_box(&body);
    body.close().expect("closing never fails");
}

/// Answers with a head of one field and a complete body, none of which it has to make first.
struct Hello(Headers);

impl Hello {
    fn new() -> Self {
        let headers = Headers::try_from_pairs([("Content-Type", "text/plain; charset=utf-8")]);
        Self(headers.expect("the field is well-formed"))
    }
}

impl Application for Hello {
    fn call(
        &self,
        _: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        start_response.start_response(StatusLine::OK, self.0.clone(), None)?;
        Ok(Body::from("Hello!\n"))
    }
}

/// Notes a route, as routers do.
#[cfg(feature = "metrics")]
struct RouteLayer(std::sync::Arc<str>);

#[cfg(feature = "metrics")]
struct Routed<A>(std::sync::Arc<str>, A);

#[cfg(feature = "metrics")]
impl<A> Layer<A> for RouteLayer {
    type Service = Routed<A>;

    fn layer(&self, app: A) -> Routed<A> {
        Routed(self.0.clone(), app)
    }
}

#[cfg(feature = "metrics")]
impl<A: Application> Application for Routed<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        environ.set_route(self.0.clone());
        self.1.call(environ, start_response)
    }
}

/// Takes everything, keeps nothing.
struct Server;

impl StartResponse for Server {
    fn start_response(
        &mut self,
        status: StatusLine,
        headers: Headers,
        _: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        black_box((status, headers));
        Ok(())
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        black_box(block);
        Ok(())
    }
}

criterion_group!(benches, rows);
criterion_main!(benches);
