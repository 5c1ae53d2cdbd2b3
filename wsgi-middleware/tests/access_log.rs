use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use wsgi_core::testing::{EnvironBuilder, Recorder, TrackedBody, get, run};
use wsgi_core::{
    Application, ApplicationError, Blocks, Body, Environ, ErrorStream, FileWrapper, StatusLine,
    application_fn, environ,
};
use wsgi_middleware::{AccessLog, AccessLogFormat};

use crate::{answering, failure};

type Lines = Arc<Mutex<Vec<String>>>;

/// The application in a log of JSON lines; the clock is an hour further at each look.
fn logged<A: Application>(app: A) -> (AccessLog<A>, Lines) {
    let lines = Lines::default();
    let hours = AtomicU64::new(0);
    let sink = lines.clone();
    let app = AccessLog::new(app)
        .format(AccessLogFormat::Json)
        .output_with(move |line| sink.lock().unwrap().push(line.to_owned()))
        .clock(move || {
            let hour = hours.fetch_add(1, Ordering::SeqCst);
            SystemTime::UNIX_EPOCH + Duration::from_secs(3600 * hour)
        });
    (app, lines)
}

/// The one line that there should be.
fn line(lines: &Lines) -> serde_json::Value {
    let lines = lines.lock().unwrap();
    assert_eq!(lines.len(), 1, "{lines:?}");
    serde_json::from_str(&lines[0]).unwrap()
}

fn status_and_bytes(lines: &Lines) -> (u64, u64) {
    let line = line(lines);
    (
        line["status"].as_u64().unwrap(),
        line["body_bytes"].as_u64().unwrap(),
    )
}

#[test]
fn the_record_has_request_response_and_time() {
    let (app, lines) = logged(application_fn(|environ, start_response| {
        // Inner layers find the user out and move the path; the first is logged, the second is not.
        environ.set_var(environ::REMOTE_USER, "bob")?;
        environ.set_path_info("/moved");
        environ.set_method(http::Method::GET);
        start_response.start(StatusLine::CREATED, [("Content-Type", "text/plain")])?;
        Ok(Body::from("hello"))
    }));
    let request = EnvironBuilder::post("/caf%C3%A9?q=1", "body")
        .with(|environ| environ.connection_mut().remote_addr = "192.0.2.1".parse().ok())
        .header("Referer", "http://example.com/")
        .header("User-Agent", "curl/8");
    run(&app, request.build()).unwrap();
    let wanted = serde_json::json!({
        "time": "1970-01-01T00:00:00.000Z", "remote_addr": "192.0.2.1", "user": "bob", "method": "POST",
        "target": "/caf%C3%A9?q=1", "path": "/café", "query": "q=1", "protocol": "HTTP/1.1",
        "host": "127.0.0.1", "status": 201, "body_bytes": 5, "referer": "http://example.com/",
        "user_agent": "curl/8", "request_id": null, "route": null, "trace_id": null, "duration_us": 3_600_000_000_u64,
    });
    assert_eq!(line(&lines), wanted);
}

#[test]
fn the_line_comes_when_the_body_is_closed_and_not_before() {
    let (app, lines) = logged(answering(|| TrackedBody::new(["one", "", "two"]).body()));
    let mut body = app
        .call(&mut Environ::new(), &mut Recorder::default())
        .unwrap();
    while body.next_block().unwrap().is_some() {}
    assert_eq!(lines.lock().unwrap().len(), 0);
    body.close().unwrap();
    assert_eq!(status_and_bytes(&lines), (200, 6));
}

#[test]
fn written_blocks_count() {
    let (app, lines) = logged(application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        start_response.write(b"one")?;
        Ok(TrackedBody::new(["two", "three"]).body())
    }));
    get(&app, "/");
    assert_eq!(status_and_bytes(&lines), (200, 11));
}

fn ten_byte_file() -> Body {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"0123456789").unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    Body::from(FileWrapper::new(file).unwrap().block_size(4))
}

#[test]
fn a_file_counts_once_however_it_is_sent() {
    let (app, lines) = logged(answering(ten_byte_file));
    let mut body = app
        .call(&mut Environ::new(), &mut Recorder::default())
        .unwrap();
    body.file().unwrap();
    body.close().unwrap();
    assert_eq!(status_and_bytes(&lines), (200, 10));

    let (app, lines) = logged(answering(ten_byte_file));
    let mut body = app
        .call(&mut Environ::new(), &mut Recorder::default())
        .unwrap();
    body.file().unwrap();
    while body.next_block().unwrap().is_some() {}
    body.close().unwrap();
    assert_eq!(status_and_bytes(&lines), (200, 10));
}

#[test]
fn responses_that_have_no_body_count_none() {
    let (app, lines) = logged(answering(|| Body::from("hello")));
    run(&app, EnvironBuilder::new("HEAD", "/").build()).unwrap();
    assert_eq!(status_and_bytes(&lines), (200, 0));
}

#[test]
fn a_failure_is_logged_as_what_the_client_was_sent() {
    let (app, lines) = logged(application_fn(|_, _| Err(failure())));
    run(&app, Environ::new()).unwrap_err();
    assert_eq!(status_and_bytes(&lines), (500, 0), "nothing was sent");

    let (app, lines) = logged(answering(|| TrackedBody::new(["one"]).fail_at(0).body()));
    run(&app, Environ::new()).unwrap_err();
    assert_eq!(status_and_bytes(&lines), (500, 0), "the first block failed");

    let (app, lines) = logged(answering(|| TrackedBody::new(["one"]).fail_at(1).body()));
    run(&app, Environ::new()).unwrap_err();
    assert_eq!(status_and_bytes(&lines), (200, 3), "a block was sent");
}

#[test]
fn a_panic_is_logged_too() {
    struct Panicking;
    impl Blocks for Panicking {
        fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
            panic!("on purpose");
        }
    }
    let (app, lines) = logged(application_fn(|_, _| panic!("on purpose")));
    let request = EnvironBuilder::get("/").header("User-Agent", "curl/8");
    catch_unwind(AssertUnwindSafe(|| run(&app, request.build()))).unwrap_err();
    assert_eq!(status_and_bytes(&lines), (500, 0));
    assert_eq!(line(&lines)["user_agent"], "curl/8");

    let (app, lines) = logged(answering(|| Body::from_blocks(Panicking)));
    catch_unwind(AssertUnwindSafe(|| run(&app, Environ::new()))).unwrap_err();
    assert_eq!(status_and_bytes(&lines), (500, 0));
}

#[test]
fn a_log_function_that_panics_loses_the_line_only() {
    let app = AccessLog::new(answering(|| Body::from("hello"))).output_with(|_| panic!("full"));
    assert_eq!(get(&app, "/").text(), "hello");
}

#[test]
fn lines_go_to_wsgi_errors_unless_told_otherwise() {
    let answer = get(&AccessLog::new(answering(|| Body::from("hello"))), "/");
    assert!(
        answer
            .errors
            .ends_with("\"GET / HTTP/1.1\" 200 5 \"-\" \"-\"\n"),
        "{}",
        answer.errors
    );

    let (stream, text) = ErrorStream::captured();
    let app = AccessLog::new(answering(|| Body::from("hello"))).output(stream);
    let answer = get(&app, "/");
    assert_eq!(answer.errors, "");
    assert!(text.lock().unwrap().ends_with(b"\"-\" \"-\"\n"));
}

/// A target with a line feed cannot come from our server; it can from others, and from decoded paths.
#[test]
fn a_request_cannot_forge_a_line() {
    let (stream, text) = ErrorStream::captured();
    let app = AccessLog::new(answering(Body::empty)).output(stream);
    let request = EnvironBuilder::get("/a\nforged \"line\"").header("User-Agent", b"\" \x80");
    run(&app, request.build()).unwrap();
    let text = String::from_utf8(text.lock().unwrap().clone()).unwrap();
    assert!(
        text.ends_with(
            "\"GET /a\\x0Aforged\\x20\\x22line\\x22 HTTP/1.1\" 200 - \"-\" \"\\x22 \\x80\"\n"
        ),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1);
}

#[test]
fn without_a_raw_target_path_and_query_at_the_entrance_are_logged() {
    let (app, lines) = logged(application_fn(|environ, start_response| {
        environ.set_script_name("/outer/here");
        environ.set_path_info("");
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::empty())
    }));
    let request = EnvironBuilder::get("/here?q=1")
        .script_name("/outer")
        .with(|environ| environ.set_target(""));
    run(&app, request.build()).unwrap();
    assert_eq!(line(&lines)["target"], "/outer/here?q=1");
}

/// A second start, with the exception that led to it, replaces the first.
#[test]
fn fields_of_the_response_are_those_that_were_sent() {
    let (stream, text) = ErrorStream::captured();
    let format = "%(s)s %({etag}o)s %({X-Many}o)s %({content-type}o)s";
    let app = AccessLog::new(application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("ETag", "one")])?;
        let headers = wsgi_core::Headers::try_from_pairs([
            ("X-Many", "a"),
            ("x-many", "b"),
            ("Content-Type", "text/plain"),
        ])?;
        let cause = wsgi_core::ExcInfo::new("failed");
        start_response.start_response(StatusLine::NOT_FOUND, headers, Some(cause))?;
        Ok(TrackedBody::new(["one"]).body())
    }))
    .format(format.parse().unwrap())
    .output(stream);
    run(&app, Environ::new()).unwrap();
    assert_eq!(*text.lock().unwrap(), b"404 - a,\\x20b text/plain\n");
}

/// What a server refuses has its line beside those of the layer, in the same form.
#[test]
fn a_logger_writes_where_its_layer_writes() {
    let (stream, text) = ErrorStream::captured();
    let app = AccessLog::new(answering(|| Body::from("hello")))
        .format("%m %U %s".parse().unwrap())
        .output(stream);
    get(&app, "/one");
    let mut record = wsgi_middleware::AccessRecord::refused(414, "too long");
    (record.method, record.target) = (b"GET", b"/two");
    app.logger().log(&record);
    let wanted = "GET /one 200\nGET /two 414 refused=\"too long\"\n";
    assert_eq!(*text.lock().unwrap(), wanted.as_bytes());
    let app = AccessLog::new(()).output_with(|_| panic!("full"));
    app.logger().log(&record);
}

/// What layers and the application find out, and what the client says where nobody does.
#[test]
fn route_request_and_trace_are_told_by_whoever_knows_them() {
    let knowing = application_fn(|environ, start_response| {
        if environ.path_info() == b"/users/7" {
            environ.set_route("/users/<int:id>".into());
            environ.set_var(environ::REQUEST_ID, "from the layer")?;
            environ.set_var(environ::TRACE_ID, "4bf92f3577b34da6a3ce929d0e0e4736")?;
            environ.set_var(environ::SPAN_ID, "00f067aa0ba902b7")?;
        } else {
            environ.set_var(environ::ROUTE, "/of-a-framework")?;
        }
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::empty())
    });
    let format = "%(route)s|%(request_id)s|%(trace_id)s|%(span_id)s".parse();
    let (stream, text) = ErrorStream::captured();
    let app = AccessLog::new(knowing)
        .format(format.unwrap())
        .output(stream);
    for path in ["/users/7", "/elsewhere"] {
        let request = EnvironBuilder::get(path).header("X-Request-Id", "from the client");
        run(&app, request.build()).unwrap();
    }
    let wanted = "/users/<int:id>|from\\x20the\\x20layer|4bf92f3577b34da6a3ce929d0e0e4736|00f067aa0ba902b7\n\
                  /of-a-framework|from\\x20the\\x20client|-|-\n";
    assert_eq!(
        String::from_utf8(text.lock().unwrap().clone()).unwrap(),
        wanted
    );
}

#[cfg(feature = "request-id")]
#[test]
fn the_request_is_called_as_the_layer_within_calls_it() {
    let app = wsgi_middleware::RequestId::new(answering(Body::empty));
    let (app, lines) = logged(app);
    let answer = get(&app, "/");
    assert_eq!(
        line(&lines)["request_id"],
        answer.header("X-Request-Id").unwrap()
    );
}
