//! `SlowLog` and `ServerTiming` around Python, and exported.

use std::time::Duration;

use wsgi_core::testing::get;
use wsgi_middleware::{ServerTiming, SlowLog};

use crate::{closed, python, served};

#[test]
fn a_slow_response_of_python_has_its_line_when_it_is_closed() {
    let (app, module) = python();
    let app = SlowLog::new(app).threshold(Duration::ZERO);
    let answer = get(&app, "/blocks");
    assert_eq!(answer.text(), "onetwo");
    assert_eq!(closed(&module), ["/blocks"]);
    let line = " s \"GET /blocks HTTP/1.1\" 200 route=- request_id=- trace_id=- parse=- ";
    assert!(answer.errors.contains(line), "{}", answer.errors);
    assert_eq!(answer.errors.lines().count(), 1);
}

#[test]
fn exported_it_writes_to_the_servers_error_stream() {
    for (path, body) in [("/blocks", "onetwo"), ("/write", "onetwothree")] {
        let app = SlowLog::new(python().0).threshold(Duration::ZERO);
        let (_, _, answered, errors) = served(app, path);
        assert_eq!(answered, body);
        let line = format!(" s \"GET {path} HTTP/1.0\" 200 route=- ");
        assert!(errors.contains(&line), "{errors}");
        let quick = SlowLog::new(python().0).threshold(Duration::from_secs(3600));
        assert_eq!(served(quick, path).3, "");
    }
}

#[test]
fn times_are_told_of_python_and_to_python() {
    let is_told = |value: Option<&str>| value.is_some_and(|value| value.starts_with("app;dur="));
    for path in ["/blocks", "/write", "/late", "/again"] {
        let answer = get(&ServerTiming::new(python().0), path);
        assert!(is_told(answer.header("Server-Timing")), "{path}");
        let (_, headers, _, _) = served(ServerTiming::new(python().0), path);
        assert!(
            is_told(headers.get("Server-Timing").map(String::as_str)),
            "{path}"
        );
    }
}
