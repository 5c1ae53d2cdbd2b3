//! PEP 3333 "Middleware: Components that Play Both Sides" and "Middleware Handling of Block Boundaries": what every
//! layer of this crate keeps. A layer that has no row in [`layers`] is not tested here.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wsgi_core::testing::{EnvironBuilder, Recorder, TrackedBody, run};
use wsgi_core::{
    Application, ApplicationError, Blocks, Body, EarlyHints, Environ, ErrorStream, ExcInfo,
    FileWrapper, Headers, Layer, StartResponseError, StatusLine, application_fn,
};

use crate::{answering, failure};

pub(crate) type App = Box<dyn Application>;

/// The name of a layer, and how to put it around an application.
pub(crate) type Row = (&'static str, fn(App) -> App);

/// Every layer, doing its work, by name; and all of them at once.
pub(crate) fn layers() -> Vec<Row> {
    fn all(app: App) -> App {
        single_layers()
            .into_iter()
            .fold(app, |app, (_, wrap)| wrap(app))
    }
    let mut layers = single_layers();
    layers.push(("all", all));
    layers
}

fn single_layers() -> Vec<Row> {
    vec![
        // What is asked of the layers must be true without any.
        ("none", |app| tower::layer::util::Identity::new().layer(app)),
        #[cfg(feature = "exception-page")]
        ("exception_page", |app| {
            let layer = wsgi_middleware::ExceptionPageLayer::default();
            Box::new(layer.enable_for_development().layer(app))
        }),
        #[cfg(feature = "recover")]
        ("recover", |app| {
            Box::new(wsgi_middleware::RecoverLayer::default().layer(app))
        }),
        #[cfg(feature = "basic-auth")]
        ("basic_auth", |app| {
            let layer = wsgi_middleware::BasicAuthLayer::default();
            let layer = layer.user("alice", "wonderland").unwrap();
            Box::new(layer.anonymous(true).layer(app))
        }),
        #[cfg(feature = "bearer-auth")]
        ("bearer_auth", |app| {
            let layer = wsgi_middleware::BearerAuthLayer::default();
            let layer = layer.token("t", "alice").unwrap();
            Box::new(layer.anonymous(true).layer(app))
        }),
        #[cfg(feature = "request-id")]
        ("request_id", |app| {
            Box::new(wsgi_middleware::RequestIdLayer::default().layer(app))
        }),
        #[cfg(feature = "signed-cookies")]
        ("signed_cookies", |app| {
            let layer = wsgi_middleware::SignedCookiesLayer::default();
            Box::new(layer.key([7; 32]).unwrap().layer(app))
        }),
        #[cfg(feature = "content-length")]
        ("content_length", |app| {
            Box::new(wsgi_middleware::ContentLengthLayer::default().layer(app))
        }),
        #[cfg(feature = "content-type")]
        ("content_type", |app| {
            Box::new(wsgi_middleware::ContentTypeLayer::default().layer(app))
        }),
        #[cfg(feature = "buffer")]
        ("buffer", |app| {
            Box::new(wsgi_middleware::BufferLayer::default().layer(app))
        }),
        #[cfg(feature = "etag")]
        ("etag", |app| {
            Box::new(wsgi_middleware::ETagLayer::default().layer(app))
        }),
        #[cfg(feature = "conditional-get")]
        ("conditional_get", |app| {
            Box::new(wsgi_middleware::ConditionalGetLayer::default().layer(app))
        }),
        #[cfg(feature = "range-slice")]
        ("range_slice", |app| {
            Box::new(wsgi_middleware::RangeSliceLayer::default().layer(app))
        }),
        #[cfg(feature = "head")]
        ("head", |app| {
            Box::new(wsgi_middleware::HeadLayer::default().layer(app))
        }),
        #[cfg(feature = "body-limit")]
        ("body_limit", |app| {
            Box::new(wsgi_middleware::BodyLimitLayer::default().layer(app))
        }),
        #[cfg(feature = "map-response")]
        ("map_response", |app| {
            let layer = wsgi_middleware::MapResponseLayer::default();
            let layer = layer.headers(|_, headers| Ok(headers.try_insert("X-Mapped", "1")?));
            Box::new(layer.layer(app))
        }),
        #[cfg(feature = "concurrency-limit")]
        ("concurrency_limit", |app| {
            Box::new(wsgi_middleware::ConcurrencyLimitLayer::default().layer(app))
        }),
        #[cfg(feature = "error-pages")]
        ("error_pages", |app| {
            Box::new(wsgi_middleware::ErrorPagesLayer::default().layer(app))
        }),
        #[cfg(feature = "deadline")]
        ("deadline", |app| {
            Box::new(wsgi_middleware::DeadlineLayer::default().layer(app))
        }),
        #[cfg(feature = "load-shed")]
        ("load_shed", |app| {
            Box::new(wsgi_middleware::LoadShedLayer::default().layer(app))
        }),
        #[cfg(feature = "response-header")]
        ("response_header", |app| {
            let layer = wsgi_middleware::ResponseHeaderLayer::default();
            Box::new(layer.set("X-Layer", "1").unwrap().layer(app))
        }),
        #[cfg(feature = "compress")]
        ("compress", |app| {
            Box::new(wsgi_middleware::CompressLayer::default().layer(app))
        }),
        #[cfg(feature = "decompress")]
        ("decompress", |app| {
            Box::new(wsgi_middleware::DecompressLayer::default().layer(app))
        }),
        #[cfg(feature = "prefix")]
        ("prefix", |app| {
            let layer = wsgi_middleware::PrefixLayer::default();
            Box::new(layer.at("/mounted").unwrap().layer(app))
        }),
        #[cfg(feature = "normalize-path")]
        ("normalize_path", |app| {
            let layer = wsgi_middleware::NormalizePathLayer::default();
            let layer = layer.trailing_slash(wsgi_middleware::TrailingSlash::Trim);
            Box::new(layer.layer(app))
        }),
        #[cfg(feature = "method-override")]
        ("method_override", |app| {
            Box::new(wsgi_middleware::MethodOverrideLayer::default().layer(app))
        }),
        #[cfg(feature = "redirect")]
        ("redirect", |app| {
            let layer = wsgi_middleware::RedirectLayer::default();
            let layer = layer.exact("/moved", "/mounted/here").unwrap();
            Box::new(layer.layer(app))
        }),
        #[cfg(feature = "rewrite")]
        ("rewrite", |app| {
            let rule = wsgi_middleware::RewriteRule::new("^/(.*)$", "/$1").unwrap();
            let layer = wsgi_middleware::RewriteLayer::default();
            Box::new(layer.rule(rule).layer(app))
        }),
        #[cfg(feature = "cascade")]
        ("cascade", |app| {
            let layer = wsgi_middleware::CascadeLayer::default();
            let layer = layer.then(app);
            Box::new(layer.layer(wsgi_middleware::NotFound))
        }),
        #[cfg(feature = "cascade")]
        ("cascade_first", |app| {
            let layer = wsgi_middleware::CascadeLayer::default();
            let layer = layer.then(wsgi_middleware::NotFound);
            Box::new(layer.layer(app))
        }),
        #[cfg(feature = "when")]
        ("when", |app| {
            let layer = tower::layer::layer_fn(|app: Arc<App>| app);
            let is_post = |environ: &Environ| *environ.method() == "POST";
            Box::new(wsgi_middleware::WhenLayer::new(is_post, layer).layer(app))
        }),
        #[cfg(feature = "dispatcher")]
        ("dispatcher", |app| {
            let layer = wsgi_middleware::DispatcherLayer::default();
            let layer = layer.mount_host("127.0.0.1", "/", app).unwrap();
            Box::new(layer.layer(wsgi_middleware::NotFound))
        }),
        #[cfg(feature = "proxy-fix")]
        ("proxy_fix", |app| {
            Box::new(wsgi_middleware::ProxyFixLayer::default().layer(app))
        }),
        #[cfg(feature = "sensitive-headers")]
        ("sensitive_headers", |app| {
            Box::new(wsgi_middleware::SensitiveHeadersLayer::default().layer(app))
        }),
        #[cfg(feature = "server-timing")]
        ("server_timing", |app| {
            Box::new(wsgi_middleware::ServerTimingLayer::default().layer(app))
        }),
        #[cfg(feature = "metrics")]
        ("metrics", |app| {
            Box::new(wsgi_middleware::MetricsLayer::default().layer(app))
        }),
        #[cfg(feature = "trace")]
        ("trace", |app| {
            Box::new(wsgi_middleware::TraceLayer::default().layer(app))
        }),
        #[cfg(feature = "slow-log")]
        ("slow_log", |app| {
            let layer = wsgi_middleware::SlowLogLayer::default();
            Box::new(layer.threshold(std::time::Duration::ZERO).layer(app))
        }),
        #[cfg(feature = "static-files")]
        ("static_files", |app| {
            let layer = wsgi_middleware::StaticFilesLayer::default();
            Box::new(layer.serve("/mounted", "src").unwrap().layer(app))
        }),
        #[cfg(feature = "cors")]
        ("cors", |app| {
            let layer = wsgi_middleware::CorsLayer::default();
            let layer = layer.allow_origins(["http://192.0.2.1"]).unwrap();
            Box::new(layer.layer(app))
        }),
        #[cfg(feature = "csrf")]
        ("csrf", |app| {
            Box::new(wsgi_middleware::CsrfLayer::default().layer(app))
        }),
        #[cfg(feature = "https-redirect")]
        ("https_redirect", |app| {
            let layer = wsgi_middleware::HttpsRedirectLayer::default();
            let layer = layer.hsts(wsgi_middleware::Hsts::default());
            Box::new(layer.exempt("/").unwrap().layer(app))
        }),
        #[cfg(feature = "security-headers")]
        ("security_headers", |app| {
            let layer = wsgi_middleware::SecurityHeadersLayer::default();
            let policy = wsgi_middleware::ContentSecurityPolicy::strict();
            Box::new(layer.content_security_policy(policy).layer(app))
        }),
        #[cfg(feature = "trusted-hosts")]
        ("trusted_hosts", |app| {
            Box::new(wsgi_middleware::TrustedHostsLayer::default().layer(app))
        }),
        #[cfg(feature = "access-log")]
        ("access_log", |app| {
            Box::new(wsgi_middleware::AccessLogLayer::default().layer(app))
        }),
        #[cfg(feature = "access-log")]
        ("access_log_timing", |app| {
            let layer = wsgi_middleware::AccessLogLayer::default();
            Box::new(layer.timing(true).layer(app))
        }),
    ]
}

fn request() -> Environ {
    EnvironBuilder::get("/mounted/here")
        .with(|environ| environ.set_errors(ErrorStream::captured().0))
        .with(|environ| environ.connection_mut().remote_addr = "127.0.0.1".parse().ok())
        .header("X-Forwarded-For", "192.0.2.1")
        .build()
}

fn call(app: &App, recorder: &mut Recorder) -> Result<Body, ApplicationError> {
    app.call(&mut request(), recorder)
}

#[test]
fn blocks_pass_one_by_one_and_close_runs_once() {
    for (name, wrap) in layers() {
        let tracked = TrackedBody::new(["one", "", "two", ""]);
        let inner = tracked.clone();
        let app = wrap(Box::new(answering(move || inner.body())));
        let answer = run(&app, request()).unwrap();
        let blocks: [&[u8]; 4] = [b"one", b"", b"two", b""];
        assert_eq!(answer.blocks, blocks, "{name}");
        let log = ["next", "next", "next", "next", "next", "close"];
        assert_eq!(tracked.log(), log, "{name}");
    }
}

/// PEP 3333: "middleware must return an iterable as soon as its underlying application returns an iterable", and gives
/// a block for a block.
#[test]
fn a_block_is_given_before_the_next_is_asked_for() {
    for (name, wrap) in layers() {
        let tracked = TrackedBody::new(["one", "two"]);
        let inner = tracked.clone();
        let app = wrap(Box::new(answering(move || inner.body())));
        let mut body = call(&app, &mut Recorder::default()).unwrap();
        assert!(tracked.log().is_empty(), "{name}");
        assert_eq!(body.next_block().unwrap(), Some(&b"one"[..]), "{name}");
        assert_eq!(tracked.log(), ["next"], "{name}");
        assert_eq!(body.next_block().unwrap(), Some(&b"two"[..]), "{name}");
        assert_eq!(tracked.log(), ["next", "next"], "{name}");
    }
}

#[test]
fn a_body_that_is_dropped_half_way_is_closed_once() {
    for (name, wrap) in layers() {
        let tracked = TrackedBody::new(["one", "two"]);
        let inner = tracked.clone();
        let app = wrap(Box::new(answering(move || inner.body())));
        let mut body = call(&app, &mut Recorder::default()).unwrap();
        body.next_block().unwrap();
        drop(body);
        assert_eq!(tracked.closed(), 1, "{name}");
    }
}

#[test]
fn a_later_block_that_fails_ends_the_body_and_close_runs_once() {
    for (name, wrap) in layers() {
        let tracked = TrackedBody::new(["one", "two"]).fail_at(1);
        let inner = tracked.clone();
        let app = wrap(Box::new(answering(move || inner.body())));
        let mut body = call(&app, &mut Recorder::default()).unwrap();
        body.next_block().unwrap();
        let error = body.next_block().unwrap_err();
        assert_eq!(error.to_string(), "the body failed on purpose", "{name}");
        body.close().unwrap();
        assert_eq!(tracked.closed(), 1, "{name}");
    }
}

struct Panicking(Arc<AtomicUsize>);

impl Blocks for Panicking {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        panic!("on purpose");
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

#[test]
fn a_body_that_panics_is_closed_once() {
    for (name, wrap) in layers() {
        let closed = Arc::new(AtomicUsize::new(0));
        let inner = closed.clone();
        let app = wrap(Box::new(answering(move || {
            Body::from_blocks(Panicking(inner.clone()))
        })));
        let outcome = catch_unwind(AssertUnwindSafe(|| run(&app, request()).map(|_| ())));
        assert_eq!(closed.load(Ordering::SeqCst), 1, "{name}");
        let recovers = cfg!(feature = "recover") && ["recover", "all"].contains(&name);
        assert_eq!(matches!(outcome, Ok(Err(_))), recovers, "{name}");
    }
}

#[test]
fn an_error_of_close_passes() {
    struct Failing;
    impl Blocks for Failing {
        fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
            Ok(None)
        }
        fn close(&mut self) -> Result<(), ApplicationError> {
            Err(failure())
        }
    }
    for (name, wrap) in layers() {
        let app = wrap(Box::new(answering(|| Body::from_blocks(Failing))));
        let error = call(&app, &mut Recorder::default())
            .unwrap()
            .close()
            .unwrap_err();
        assert_eq!(error.to_string(), "failed on purpose", "{name}");
    }
}

#[test]
fn written_blocks_pass_one_by_one_at_once() {
    for (name, wrap) in layers() {
        let app = wrap(Box::new(application_fn(|_, start_response| {
            start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
            start_response.write(b"one")?;
            start_response.write(b"two")?;
            Ok(Body::from("three"))
        })));
        let answer = run(&app, request()).unwrap();
        assert_eq!(answer.written, [b"one", b"two"], "{name}");
        assert_eq!(answer.blocks, [b"three"], "{name}");
        // Nobody knew the length when the head went out.
        assert_eq!(answer.header("Content-Length"), None, "{name}");
    }
}

#[test]
fn early_hints_pass_one_by_one_before_the_response() {
    for (name, wrap) in layers() {
        let app = wrap(Box::new(application_fn(|_, start_response| {
            for link in ["</a.css>; rel=preload", "</b.js>; rel=preload"] {
                start_response.early_hints(&EarlyHints::try_from_pairs([("Link", link)])?)?;
            }
            start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
            Ok(Body::from("late"))
        })));
        let answer = run(&app, request()).unwrap();
        let hints = answer.early_hints.iter().map(|hints| hints.get_str("Link"));
        let links = [Some("</a.css>; rel=preload"), Some("</b.js>; rel=preload")];
        assert_eq!(hints.collect::<Vec<_>>(), links, "{name}");
    }
}

#[test]
fn an_error_handler_may_start_again_with_exc_info() {
    for (name, wrap) in layers() {
        let app = wrap(Box::new(application_fn(|_, start_response| {
            start_response.start(StatusLine::OK, [("X-First", "1")])?;
            let headers = Headers::try_from_pairs([("X-Second", "2")])?;
            let exc_info = Some(ExcInfo::new("trapped"));
            start_response.start_response(StatusLine::BAD_REQUEST, headers, exc_info)?;
            Ok(Body::from("sorry"))
        })));
        let answer = run(&app, request()).unwrap();
        assert_eq!(answer.status, StatusLine::BAD_REQUEST, "{name}");
        assert_eq!(answer.header("X-First"), None, "{name}");
        assert_eq!(answer.header("X-Second"), Some("2"), "{name}");
    }
}

#[test]
fn after_headers_were_sent_exc_info_comes_back() {
    for (name, wrap) in layers() {
        let app = wrap(Box::new(application_fn(|_, start_response| {
            start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
            start_response.write(b"sent")?;
            let exc_info = Some(ExcInfo::new("trapped"));
            match start_response.start_response(StatusLine::OK, Headers::new(), exc_info) {
                Err(StartResponseError::HeadersSent(trapped)) => {
                    Ok(Body::from(trapped.to_string()))
                }
                other => panic!("{other:?}"),
            }
        })));
        let answer = run(&app, request()).unwrap();
        assert_eq!(answer.text(), "senttrapped", "{name}");
    }
}

#[test]
fn a_second_start_without_exc_info_is_refused() {
    for (name, wrap) in layers() {
        let app = wrap(Box::new(application_fn(|_, start_response| {
            start_response.start(StatusLine::OK, [("X-First", "1")])?;
            let again =
                start_response.start_response(StatusLine::BAD_REQUEST, Headers::new(), None);
            assert!(matches!(again, Err(StartResponseError::Twice)));
            Ok(Body::from("still here"))
        })));
        let answer = run(&app, request()).unwrap();
        assert_eq!(answer.status, StatusLine::OK, "{name}");
        assert_eq!(answer.header("X-First"), Some("1"), "{name}");
    }
}

#[test]
fn a_write_before_the_start_is_refused() {
    for (name, wrap) in layers() {
        let app = wrap(Box::new(application_fn(|_, start_response| {
            assert!(start_response.write(b"early").is_err());
            start_response.start(StatusLine::NO_CONTENT, [("X-First", "1")])?;
            Ok(Body::empty())
        })));
        let answer = run(&app, request()).unwrap();
        assert_eq!(answer.status, StatusLine::NO_CONTENT, "{name}");
    }
}

#[test]
fn a_file_stays_a_file_and_lengths_stay_known() {
    for (name, wrap) in layers() {
        let app = wrap(Box::new(answering(|| {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(b"0123456789").unwrap();
            std::io::Seek::rewind(&mut file).unwrap();
            Body::from(FileWrapper::new(file).unwrap())
        })));
        let mut body = call(&app, &mut Recorder::default()).unwrap();
        assert_eq!(body.length(), Some(10), "{name}");
        let region = body.file().expect(name);
        assert_eq!((region.offset, region.length), (0, 10), "{name}");
        // A server that has no quicker way asks for blocks all the same.
        assert_eq!(
            body.next_block().unwrap(),
            Some(&b"0123456789"[..]),
            "{name}"
        );
        assert_eq!(body.next_block().unwrap(), None, "{name}");
    }
}

struct Sized(Vec<&'static [u8]>);

impl Blocks for Sized {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        Ok((!self.0.is_empty()).then(|| self.0.remove(0)))
    }

    fn length(&self) -> Option<u64> {
        Some(self.0.iter().map(|block| block.len() as u64).sum())
    }
}

#[test]
fn the_length_that_blocks_tell_counts_down() {
    for (name, wrap) in layers() {
        let app = wrap(Box::new(answering(|| {
            Body::from_blocks(Sized(vec![b"12345", b"678"]))
        })));
        let mut body = call(&app, &mut Recorder::default()).unwrap();
        let mut lengths = vec![body.length()];
        while body.next_block().unwrap().is_some() {
            lengths.push(body.length());
        }
        assert_eq!(lengths, [Some(8), Some(3), Some(0)], "{name}");
    }
}

#[test]
fn a_complete_body_stays_complete() {
    for (name, wrap) in layers() {
        let app = wrap(Box::new(answering(|| Body::from("hello"))));
        let body = call(&app, &mut Recorder::default()).unwrap();
        assert_eq!(body.as_full(), Some(&b"hello"[..]), "{name}");
    }
}
