use std::sync::{Arc, Mutex};

use wsgi_core::testing::{EnvironBuilder, TrackedBody, get, run};
use wsgi_core::validate::Validator;
use wsgi_core::{
    Application, ApplicationError, Body, ExcInfo, Headers, StartResponse, StatusLine,
    application_fn,
};
use wsgi_middleware::MapResponse;

use crate::{answering, failure};

type Map = fn(&[u8]) -> Result<Vec<u8>, ApplicationError>;

/// Capital letters, all over the body.
fn loud<A: Application>(app: A) -> MapResponse<A> {
    MapResponse::new(app)
        .blocks(|_, _, _| Ok(Some((|block| Ok(block.to_ascii_uppercase())) as Map)))
}

#[test]
fn functions_run_in_their_order_over_status_and_fields() {
    let app = MapResponse::new(answering(Body::empty))
        .status(|_, status| {
            *status = StatusLine::CREATED;
            Ok(())
        })
        .head(|request, status, headers| {
            let seen = format!("{} {}", request.method(), status.code());
            headers.try_insert("X-Seen", seen)?;
            headers.try_insert("X-Path", request.path())?;
            Ok(())
        })
        .headers(|_, headers| {
            headers.remove("Content-Type");
            Ok(())
        });
    let request = EnvironBuilder::new("PUT", "/b%20c").script_name("/a");
    let answer = run(&app, request.build()).unwrap();
    assert_eq!(answer.status, StatusLine::CREATED);
    assert_eq!(answer.header("X-Seen"), Some("PUT 201"));
    assert_eq!(answer.header("X-Path"), Some("/a/b c"));
    assert_eq!(answer.header("Content-Type"), None);
}

#[test]
fn what_the_application_makes_of_the_environ_changes_nothing_for_them() {
    let app = MapResponse::new(application_fn(|environ, start_response| {
        environ.set_method(http::Method::DELETE);
        environ.set_path_info("/elsewhere");
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::empty())
    }))
    .headers(|request, headers| {
        let seen = [request.method().as_str().as_bytes(), request.path()].concat();
        Ok(headers.try_insert("X-Seen", seen)?)
    });
    assert_eq!(get(&app, "/here").header("X-Seen"), Some("GET/here"));
}

#[test]
fn a_block_is_mapped_for_a_block() {
    let tracked = TrackedBody::new(["one", "", "two"]);
    let inner = tracked.clone();
    let app = Validator::new(loud(Validator::new(answering(move || inner.body()))));
    let answer = get(&app, "/");
    let blocks: [&[u8]; 3] = [b"ONE", b"", b"TWO"];
    assert_eq!(answer.blocks, blocks);
    assert_eq!(tracked.log(), ["next", "next", "next", "next", "close"]);
}

#[test]
fn complete_bodies_stay_complete_and_what_is_written_is_mapped() {
    let app = loud(application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        start_response.write(b"written, ")?;
        Ok(Body::from("returned"))
    }));
    let answer = get(&app, "/");
    assert_eq!(answer.written, [b"WRITTEN, "]);
    assert_eq!(answer.blocks, [b"RETURNED"]);
    assert_eq!(answer.length, Some(8));
}

/// An application with fields that are true of its own bytes.
fn described() -> impl Application {
    application_fn(|_, start_response| {
        start_response.start(
            StatusLine::OK,
            [
                ("Content-Type", "text/plain"),
                ("Content-Length", "5"),
                ("Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="),
                ("Content-Digest", "sha-256=:x:"),
                ("Repr-Digest", "sha-256=:x:"),
                ("Digest", "sha-256=x"),
                ("Accept-Ranges", "bytes"),
                ("ETag", "\"v1\""),
            ],
        )?;
        Ok(TrackedBody::new(["he", "llo"]).body())
    })
}

#[test]
fn fields_that_are_no_longer_true_are_removed() {
    let answer = get(&Validator::new(loud(described())), "/");
    let names: Vec<&str> = answer.headers.names().collect();
    assert_eq!(names, ["Content-Type", "ETag"]);
    assert_eq!(answer.header("ETag"), Some("W/\"v1\""));
    assert_eq!((answer.length, answer.text().as_str()), (None, "HELLO"));
}

#[test]
fn a_length_that_is_said_to_stay_stays() {
    let answer = get(&Validator::new(loud(described()).keeps_length(true)), "/");
    assert_eq!(answer.header("Content-Length"), Some("5"));
    assert_eq!(answer.header("Content-MD5"), None);
}

#[test]
fn a_body_that_is_not_to_be_mapped_passes_untouched() {
    let app = MapResponse::new(described()).blocks(|_, status, headers| {
        assert_eq!((status.code(), headers.len()), (200, 8));
        Ok(None::<Map>)
    });
    let answer = get(&app, "/");
    assert_eq!(answer.text(), "hello");
    assert_eq!(answer.header("Content-Length"), Some("5"));
    assert_eq!(answer.header("ETag"), Some("\"v1\""));
}

#[test]
fn the_function_of_a_response_has_a_state_of_its_own() {
    let app = MapResponse::new(answering(|| TrackedBody::new(["a", "b"]).body()));
    let app = app.blocks(|_, _, _| {
        let mut count = 0;
        Ok(Some(move |block: &[u8]| {
            count += 1;
            Ok([block, format!("{count};").as_bytes()].concat())
        }))
    });
    for _ in 0..2 {
        assert_eq!(get(&app, "/").text(), "a1;b2;");
    }
}

#[test]
fn a_response_in_place_of_another_is_mapped_anew() {
    let statuses = Arc::new(Mutex::new(Vec::new()));
    let log = statuses.clone();
    let app = application_fn(|_, start_response: &mut dyn StartResponse| {
        start_response.start(StatusLine::OK, [("X-Lost", "1")])?;
        let headers = Headers::try_from_pairs([("Content-Type", "text/plain")])?;
        let trapped = Some(ExcInfo::new("trapped"));
        start_response.start_response(StatusLine::BAD_REQUEST, headers, trapped)?;
        Ok(Body::from("sorry"))
    });
    let app = MapResponse::new(app).blocks(move |_, status, _| {
        log.lock().unwrap().push(status.code());
        Ok((status.code() == 400).then_some(|_: &[u8]| Ok(b"mapped".to_vec())))
    });
    let answer = get(&app, "/");
    assert_eq!(
        (answer.status.code(), answer.text().as_str()),
        (400, "mapped")
    );
    assert_eq!(answer.header("X-Lost"), None);
    assert_eq!(*statuses.lock().unwrap(), [200, 400]);
}

#[test]
fn what_a_function_fails_with_is_the_failure_of_the_response() {
    let head = MapResponse::new(answering(Body::empty)).headers(|_, _| Err(failure()));
    let begin = MapResponse::new(answering(|| Body::from("x")))
        .blocks(|_, _, _| Err::<Option<Map>, _>(failure()));
    let fails: Map = |_| Err(failure());
    let full =
        MapResponse::new(answering(|| Body::from("x"))).blocks(move |_, _, _| Ok(Some(fails)));
    let tracked = TrackedBody::new(["x"]);
    let inner = tracked.clone();
    let blocks = MapResponse::new(answering(move || inner.body()));
    let blocks = blocks.blocks(move |_, _, _| Ok(Some(fails)));
    let write = application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        start_response.write(b"x")?;
        Ok(Body::empty())
    });
    let write = MapResponse::new(write).blocks(move |_, _, _| Ok(Some(fails)));
    let cases: [(&str, &dyn Application); 5] = [
        ("head", &head),
        ("begin", &begin),
        ("full", &full),
        ("blocks", &blocks),
        ("write", &write),
    ];
    for (name, app) in cases {
        let error = run(app, EnvironBuilder::get("/").build()).unwrap_err();
        assert_eq!(error.to_string(), "failed on purpose", "{name}");
    }
    assert_eq!(tracked.closed(), 1);
}

#[test]
fn a_field_that_cannot_be_is_refused() {
    let app = MapResponse::new(answering(Body::empty))
        .headers(|_, headers| Ok(headers.try_insert("X-A", "a\r\nX-B: b")?));
    run(&app, EnvironBuilder::get("/").build()).unwrap_err();
}
