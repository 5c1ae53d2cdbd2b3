use std::time::Duration;

use super::{Files, MODIFIED_TEXT, ask, both, get};

#[test]
fn a_client_that_has_the_file_gets_none() {
    let files = Files::new(&[("a.txt", "hello")]);
    let etag = "\"2ebc98a1.75bcd15-5\"";
    let weak = format!("W/{etag}");
    for (mode, app) in both(&files, Ok) {
        #[rustfmt::skip]
        let cases: [(&[(&str, &str)], u16); 9] = [
            (&[("If-None-Match", etag)], 304),
            (&[("If-None-Match", &weak)], 304),
            (&[("If-None-Match", "\"x\"")], 200),
            (&[("If-Modified-Since", MODIFIED_TEXT)], 304),
            (&[("If-Modified-Since", "Sun, 06 Nov 1994 08:49:36 GMT")], 200),
            (&[("If-None-Match", "\"x\""), ("If-Modified-Since", MODIFIED_TEXT)], 200),
            (&[("If-Match", "\"x\"")], 412),
            (&[("If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:36 GMT")], 412),
            (&[("If-Match", etag), ("If-None-Match", etag), ("Range", "bytes=0-0")], 304),
        ];
        for (fields, status) in cases {
            for method in ["GET", "HEAD"] {
                let answer = ask(&app, method, "/static/a.txt", fields);
                assert_eq!(answer.status.code(), status, "{mode}: {method} {fields:?}");
            }
        }
        let answer = get(&app, "/static/a.txt", &[("If-None-Match", etag)]);
        let names: Vec<_> = answer.headers.names().collect();
        assert_eq!(names, ["Cache-Control", "ETag"], "{mode}");
        assert!(answer.blocks.is_empty(), "{mode}");
    }
}

#[test]
fn names_with_a_hash_never_change() {
    let files = Files::new(&[
        ("app.3f2a9c1b.js", "1"),
        ("app.js", "2"),
        ("r.20240131.csv", "3"),
    ]);
    for (mode, app) in both(&files, |app| Ok(app.max_age(Some(Duration::from_secs(5))))) {
        let answer = get(&app, "/static/app.3f2a9c1b.js", &[]);
        let forever = Some("public, max-age=31536000, immutable");
        assert_eq!(answer.header("Cache-Control"), forever, "{mode}");
        // The same on every machine.
        assert_eq!(
            answer.header("ETag"),
            Some("\"app.3f2a9c1b.js-1\""),
            "{mode}"
        );
        for path in ["/static/app.js", "/static/r.20240131.csv"] {
            let answer = get(&app, path, &[]);
            assert_eq!(
                answer.header("Cache-Control"),
                Some("public, max-age=5"),
                "{mode}"
            );
        }
    }
    for (mode, app) in both(&files, |app| {
        app.max_age(None).immutable_pattern(r"^/static/app\.js$")
    }) {
        let cached = |path| get(&app, path, &[]).header("Cache-Control").map(str::len);
        assert_eq!(cached("/static/app.3f2a9c1b.js"), None, "{mode}");
        assert_eq!(cached("/static/app.js"), Some(35), "{mode}");
    }
}

#[test]
fn the_hook_changes_the_fields_of_a_path() {
    let files = Files::new(&[("a.txt", "a"), ("b.txt", "b")]);
    let configured = both(&files, |app| {
        Ok(app.headers(|path, headers| {
            if path == "/static/a.txt" {
                headers.try_insert("Cache-Control", "no-store")?;
                headers.try_append("X-Path", path)?;
            }
            Ok(())
        }))
    });
    for (mode, app) in configured {
        let answer = get(&app, "/static/a.txt", &[]);
        assert_eq!(answer.header("Cache-Control"), Some("no-store"), "{mode}");
        assert_eq!(answer.header("X-Path"), Some("/static/a.txt"), "{mode}");
        assert_eq!(
            get(&app, "/static/b.txt", &[]).header("X-Path"),
            None,
            "{mode}"
        );
        let answer = get(&app, "/static/a.txt", &[("If-None-Match", "*")]);
        assert_eq!(answer.header("Cache-Control"), Some("no-store"), "{mode}");
    }
}

#[test]
fn a_time_that_http_cannot_tell_is_left_out_and_one_to_come_is_now() {
    let files = Files::new(&[("old", "o"), ("new", "n")]);
    let set = |name: &str, time| {
        let file = std::fs::File::options()
            .write(true)
            .open(files.root().join(name));
        file.unwrap().set_modified(time).unwrap();
    };
    let now = std::time::SystemTime::now();
    set("old", std::time::UNIX_EPOCH - Duration::from_secs(9));
    set("new", now + Duration::from_secs(100_000));
    for (mode, app) in both(&files, Ok) {
        let old = get(&app, "/static/old", &[("If-Modified-Since", MODIFIED_TEXT)]);
        assert_eq!(
            (old.status.code(), old.header("Last-Modified")),
            (200, None),
            "{mode}"
        );
        let new = get(&app, "/static/new", &[]);
        let told = new.header("Last-Modified").unwrap().to_owned();
        assert!(
            httpdate::parse_http_date(&told).unwrap() <= std::time::SystemTime::now(),
            "{mode}"
        );
    }
}
