use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use wsgi_core::testing::{EnvironBuilder, Recorder, TrackedBody, get, run};
use wsgi_core::{
    Application, ApplicationError, Blocks, Body, Layer, StatusLine, WriteError, application_fn,
    environ,
};
use wsgi_middleware::{Metrics, MetricsError, MetricsLayer, StatusLabel};

use crate::{answering, failure};

/// The value of a series.
fn value<A>(metrics: &Metrics<A>, series: &str) -> Option<f64> {
    let text = metrics.render();
    let mut lines = text.lines();
    let line = lines.find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))?;
    Some(line.parse().unwrap())
}

/// The label sets that were counted, with how many.
fn counts<A>(metrics: &Metrics<A>) -> Vec<(String, u64)> {
    let text = metrics.render();
    let counts = text.lines().filter_map(|line| {
        let (labels, count) = line
            .strip_prefix("http_server_request_duration_seconds_count{")?
            .split_once("} ")?;
        Some((labels.to_owned(), count.parse().unwrap()))
    });
    counts.collect()
}

/// Routes as our router tells them, and a framework.
fn routed() -> impl Application {
    application_fn(|environ, start_response| {
        match environ.path_info() {
            b"/a" => environ.set_route("/<slug>".into()),
            b"/b" => environ.set_var(environ::ROUTE, "/of \"Flask\"\\\n")?,
            _ => {}
        }
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from("hello"))
    })
}

#[test]
fn requests_are_counted_by_method_route_scheme_and_status() {
    let app = Metrics::new(routed());
    for path in ["/a", "/a", "/b", "/raw/path", "/another"] {
        get(&app, path);
    }
    let secure = EnvironBuilder::post("/a", "body").var(environ::WSGI_URL_SCHEME, "https");
    run(&app, secure.build()).unwrap();
    let get = r#"http_request_method="GET",http_response_status_code="200""#;
    let wanted = [
        (format!(r#"{get},url_scheme="http""#), 2),
        (format!(r#"{get},http_route="/<slug>",url_scheme="http""#), 2),
        (r#"http_request_method="POST",http_response_status_code="200",http_route="/<slug>",url_scheme="https""#.to_owned(), 1),
        (format!(r#"{get},http_route="/of \"Flask\"\\\n",url_scheme="http""#), 1),
    ];
    assert_eq!(counts(&app), wanted);
}

#[test]
fn the_exposition_is_that_of_prometheus() {
    let app = Metrics::new(answering(|| Body::from("hello")))
        .size_buckets([4, 5, 1000])
        .unwrap()
        .duration_buckets([Duration::from_micros(1500), Duration::from_secs(3600)])
        .unwrap();
    run(&app, EnvironBuilder::post("/", "request").build()).unwrap();
    let text = app.render();
    let labels = r#"http_request_method="POST",http_response_status_code="200",url_scheme="http""#;
    let sizes = format!(
        r#"# TYPE http_server_request_body_size_bytes histogram
# HELP http_server_request_body_size_bytes Size of HTTP server request bodies.
http_server_request_body_size_bytes_bucket{{{labels},le="4.0"}} 0
http_server_request_body_size_bytes_bucket{{{labels},le="5.0"}} 0
http_server_request_body_size_bytes_bucket{{{labels},le="1000.0"}} 1
http_server_request_body_size_bytes_bucket{{{labels},le="+Inf"}} 1
http_server_request_body_size_bytes_sum{{{labels}}} 7.0
http_server_request_body_size_bytes_count{{{labels}}} 1
# TYPE http_server_response_body_size_bytes histogram
# HELP http_server_response_body_size_bytes Size of HTTP server response bodies.
http_server_response_body_size_bytes_bucket{{{labels},le="4.0"}} 0
http_server_response_body_size_bytes_bucket{{{labels},le="5.0"}} 1
http_server_response_body_size_bytes_bucket{{{labels},le="1000.0"}} 1
http_server_response_body_size_bytes_bucket{{{labels},le="+Inf"}} 1
http_server_response_body_size_bytes_sum{{{labels}}} 5.0
http_server_response_body_size_bytes_count{{{labels}}} 1
"#
    );
    assert!(text.ends_with(&sizes), "{text}");
    let beginning = r#"# TYPE http_server_active_requests gauge
# HELP http_server_active_requests Number of active HTTP server requests.
http_server_active_requests{http_request_method="POST",url_scheme="http"} 0
# TYPE http_server_request_duration_seconds histogram
# HELP http_server_request_duration_seconds Duration of HTTP server requests.
http_server_request_duration_seconds_bucket{"#;
    assert!(text.starts_with(beginning), "{text}");
    assert!(
        text.contains(r#",le="0.0015"} "#) && text.contains(r#",le="3600.0"} 1"#),
        "{text}"
    );
    let sum = format!("http_server_request_duration_seconds_sum{{{labels}}}");
    assert!(value(&app, &sum).unwrap() > 0.0);
}

#[test]
fn openmetrics_has_units_and_an_end() {
    let app = Metrics::new(answering(Body::empty));
    get(&app, "/");
    let request = EnvironBuilder::get("/").header("Accept", "application/openmetrics-text");
    let answer = run(&app.exporter(), request.build()).unwrap();
    let media = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(answer.header("Content-Type"), Some(media));
    assert_eq!(answer.header("Vary"), Some("Accept"));
    let text = answer.text();
    assert!(text.ends_with("\n# EOF\n"), "{text}");
    let head = "# TYPE http_server_request_duration_seconds histogram\n\
                # UNIT http_server_request_duration_seconds seconds\n# HELP ";
    assert!(text.contains(head), "{text}");
    let without: Vec<_> = text
        .lines()
        .filter(|line| !line.starts_with("# UNIT") && *line != "# EOF")
        .collect();
    assert_eq!(without, app.render().lines().collect::<Vec<_>>());
}

#[test]
fn a_request_is_active_until_its_body_is_closed() {
    const ACTIVE: &str =
        r#"http_server_active_requests{http_request_method="GET",url_scheme="http"}"#;
    let app = Metrics::new(answering(|| TrackedBody::new(["one", "two"]).body()));
    assert_eq!(value(&app, ACTIVE), None);
    let mut body = app
        .call(
            &mut EnvironBuilder::get("/").build(),
            &mut Recorder::default(),
        )
        .unwrap();
    body.next_block().unwrap();
    assert_eq!((value(&app, ACTIVE), counts(&app).len()), (Some(1.0), 0));
    // The client has left.
    drop(body);
    assert_eq!((value(&app, ACTIVE), counts(&app).len()), (Some(0.0), 1));
    let sizes = r#"http_server_response_body_size_bytes_sum{http_request_method="GET",http_response_status_code="200",url_scheme="http"}"#;
    assert_eq!(value(&app, sizes), Some(3.0));
}

#[test]
fn failures_have_their_type() {
    struct Panicking;
    impl Blocks for Panicking {
        fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
            panic!("on purpose");
        }
    }
    let app = Metrics::new(application_fn(|environ, start_response| {
        let path = environ.path_info().to_vec();
        match &path[..] {
            b"/raises" => return Err(failure()),
            b"/panics" => panic!("on purpose"),
            b"/client" => return Err(WriteError::Disconnected.into()),
            b"/io" => return Err(std::io::Error::other("the disk is gone").into()),
            b"/503" => start_response.start(
                StatusLine::parse("503 Service Unavailable")?,
                [("X-A", "1")],
            )?,
            _ => start_response.start(StatusLine::OK, [("X-A", "1")])?,
        }
        Ok(match &path[..] {
            b"/later" => TrackedBody::new(["one"]).fail_at(1).body(),
            b"/panics-later" => Body::from_blocks(Panicking),
            _ => Body::empty(),
        })
    }));
    let labels = |status: u16, error: &str| {
        format!(
            r#"http_request_method="GET",http_response_status_code="{status}",url_scheme="http"{error}"#
        )
    };
    let paths = [
        "/raises",
        "/panics",
        "/panics-later",
        "/client",
        "/io",
        "/503",
        "/later",
        "/",
    ];
    for path in paths {
        let _ = catch_unwind(AssertUnwindSafe(|| {
            run(&app, EnvironBuilder::get(path).build())
        }));
    }
    let wanted = [
        (labels(500, r#",error_type="application""#), 3),
        (labels(500, r#",error_type="client""#), 1),
        (labels(500, r#",error_type="io""#), 1),
        (labels(503, r#",error_type="503""#), 1),
        (labels(200, r#",error_type="application""#), 1),
        (labels(200, ""), 1),
    ];
    assert_eq!(counts(&app), wanted);
}

/// What Rack's and others' exporters have been overwhelmed by: methods, schemes and paths that clients invent.
#[test]
fn clients_cannot_make_series() {
    let app = Metrics::new(answering(Body::empty));
    for number in 0..100 {
        let request = EnvironBuilder::new(&format!("M{number}"), &format!("/{number}"))
            .var(environ::WSGI_URL_SCHEME, format!("s{number}"));
        run(&app, request.build()).unwrap();
    }
    let labels =
        r#"http_request_method="_OTHER",http_response_status_code="200",url_scheme="_OTHER""#;
    assert_eq!(counts(&app), [(labels.to_owned(), 100)]);
}

#[test]
fn beyond_the_limit_all_is_one_series() {
    let app = Metrics::new(application_fn(|environ, start_response| {
        let route = String::from_utf8_lossy(environ.path_info()).into_owned();
        environ.set_route(route.into());
        start_response.start(StatusLine::OK, [("X-A", "1")])?;
        Ok(Body::empty())
    }))
    .series_limit(2);
    for path in ["/a", "/b", "/c", "/d", "/a"] {
        get(&app, path);
    }
    let labels = |route: &str| {
        format!(
            r#"http_request_method="GET",http_response_status_code="200",http_route="{route}",url_scheme="http""#
        )
    };
    let wanted = [
        (labels("/a"), 2),
        (labels("/b"), 1),
        (r#"otel_metric_overflow="true""#.to_owned(), 2),
    ];
    assert_eq!(counts(&app), wanted);
}

/// A framework's mistake is bounded, too.
#[test]
fn a_route_that_is_too_long_is_none() {
    let app = Metrics::new(application_fn(|environ, start_response| {
        environ.set_var(environ::ROUTE, "x".repeat(257))?;
        start_response.start(StatusLine::OK, [("X-A", "1")])?;
        Ok(Body::empty())
    }));
    get(&app, "/");
    assert!(!app.render().contains("http_route"));
}

#[test]
fn the_status_may_be_its_class() {
    let app = Metrics::new(routed()).status(StatusLabel::Class);
    get(&app, "/");
    let labels = r#"http_request_method="GET",http_response_status_code="2xx",url_scheme="http""#;
    assert_eq!(counts(&app), [(labels.to_owned(), 1)]);
}

#[test]
fn a_body_whose_length_nobody_tells_is_in_no_histogram_of_sizes() {
    let app = Metrics::new(answering(Body::empty));
    let chunked = EnvironBuilder::new("POST", "/").header("Transfer-Encoding", "chunked");
    run(&app, chunked.build()).unwrap();
    let labels = r#"http_request_method="POST",http_response_status_code="200",url_scheme="http""#;
    let count = |name: &str| value(&app, &format!("{name}_count{{{labels}}}"));
    assert_eq!(count("http_server_request_body_size_bytes"), Some(0.0));
    assert_eq!(count("http_server_response_body_size_bytes"), Some(1.0));
}

#[test]
fn instances_of_a_layer_count_together() {
    let layer = MetricsLayer::default();
    let (one, other) = (layer.layer(routed()), layer.layer(routed()));
    get(&one, "/");
    get(&other, "/");
    assert_eq!(counts(&layer)[0].1, 2);
    assert_eq!(counts(&one), counts(&other));
}

#[test]
fn the_path_is_answered_where_it_is_asked_for_and_not_counted() {
    let app = Metrics::new(answering(|| Body::from("hello")));
    assert_eq!(get(&app, "/metrics").text(), "hello", "not by default");
    let app = Metrics::new(answering(|| Body::from("hello")))
        .path("/metrics")
        .unwrap();
    assert_eq!(get(&app, "/metrics/").text(), "hello");
    let text = get(&app, "/metrics?x=1").text();
    assert!(
        text.starts_with("# TYPE http_server_active_requests gauge\n"),
        "{text}"
    );
    assert_eq!(counts(&app)[0].1, 1);
    assert_eq!(
        Metrics::new(()).path("metrics").unwrap_err(),
        MetricsError::Path {
            path: "metrics".to_owned()
        }
    );
}

#[test]
fn the_exporter_answers_get_and_head() {
    let app = Metrics::new(answering(|| Body::from("hello")));
    get(&app, "/");
    let exporter = app.exporter();
    let length = app.render().len().to_string();
    let answer = run(&exporter, EnvironBuilder::new("HEAD", "/").build()).unwrap();
    assert_eq!(
        (answer.header("Content-Length"), answer.text().as_str()),
        (Some(&*length), "")
    );
    assert_eq!(get(&exporter, "/").text(), app.render());
    let answer = run(&exporter, EnvironBuilder::post("/", "x").build()).unwrap();
    assert_eq!(answer.status, StatusLine::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("Allow"), Some("GET, HEAD"));
}

#[test]
fn many_threads_count_without_loss() {
    let app = Metrics::new(routed());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for path in ["/a", "/b", "/c", "/d"].iter().cycle().take(400) {
                    get(&app, path);
                }
            });
        }
    });
    let total: u64 = counts(&app).iter().map(|(_, count)| count).sum();
    assert_eq!((counts(&app).len(), total), (3, 3200));
}
