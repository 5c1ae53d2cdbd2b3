use wsgi_middleware::StaticFiles;

use super::{Files, both, get, inner};

fn files() -> Files {
    Files::new(&[
        ("app.js", "the script"),
        ("app.js.br", "brotli"),
        ("app.js.gz", "gz"),
        ("plain.js", "plain"),
    ])
}

#[test]
fn the_variant_that_the_client_likes_best() {
    for (mode, app) in both(&files(), Ok) {
        #[rustfmt::skip]
        let cases = [
            ("", None, "the script"),
            ("gzip, deflate, br, zstd", Some("br"), "brotli"),
            ("gzip", Some("gzip"), "gz"),
            ("br;q=0.1, gzip;q=0.2", Some("gzip"), "gz"),
            ("zstd", None, "the script"),
            ("br;q=0, *;q=0.1", Some("gzip"), "gz"),
            ("identity, br;q=0.5", None, "the script"),
        ];
        let mut etags = std::collections::HashSet::new();
        for (accept, coding, body) in cases {
            let answer = get(&app, "/static/app.js", &[("Accept-Encoding", accept)]);
            let case = format!("{mode}: {accept}");
            assert_eq!(answer.text(), body, "{case}");
            assert_eq!(answer.header("Content-Encoding"), coding, "{case}");
            assert_eq!(answer.header("Vary"), Some("Accept-Encoding"), "{case}");
            assert_eq!(
                answer.header("Content-Type"),
                Some("text/javascript; charset=utf-8"),
                "{case}"
            );
            assert_eq!(
                answer.header("Content-Length"),
                Some(&*body.len().to_string()),
                "{case}"
            );
            let etag = answer.header("ETag").unwrap().to_owned();
            let fields = [("Accept-Encoding", accept), ("If-None-Match", &etag)];
            let unchanged = get(&app, "/static/app.js", &fields);
            assert_eq!(unchanged.status.code(), 304, "{case}");
            assert_eq!(unchanged.header("Vary"), Some("Accept-Encoding"), "{case}");
            etags.insert(etag);
        }
        assert_eq!(etags.len(), 3, "{mode}");
        let answer = get(&app, "/static/plain.js", &[("Accept-Encoding", "br")]);
        assert_eq!(
            (answer.text().as_str(), answer.header("Vary")),
            ("plain", None),
            "{mode}"
        );
    }
}

#[test]
fn ranges_are_those_of_the_variant() {
    for (mode, app) in both(&files(), Ok) {
        let fields = [("Accept-Encoding", "br"), ("Range", "bytes=1-3")];
        let answer = get(&app, "/static/app.js", &fields);
        assert_eq!(answer.text(), "rot", "{mode}");
        assert_eq!(
            answer.header("Content-Range"),
            Some("bytes 1-3/6"),
            "{mode}"
        );
        assert_eq!(answer.header("Content-Encoding"), Some("br"), "{mode}");
    }
}

#[test]
fn a_client_that_refuses_identity_gets_a_variant_or_none() {
    for (mode, app) in both(&files(), Ok) {
        let fields = [("Accept-Encoding", "gzip, identity;q=0")];
        assert_eq!(get(&app, "/static/app.js", &fields).text(), "gz", "{mode}");
        let refused = get(&app, "/static/plain.js", &fields);
        assert_eq!(refused.status.code(), 406, "{mode}");
        assert_eq!(refused.header("Vary"), Some("Accept-Encoding"), "{mode}");
    }
}

#[test]
fn variants_may_be_left_alone() {
    for (mode, app) in both(&files(), |app| Ok(app.precompressed(false))) {
        let answer = get(
            &app,
            "/static/app.js",
            &[("Accept-Encoding", "br, identity;q=0")],
        );
        assert_eq!(
            (answer.text().as_str(), answer.header("Vary")),
            ("the script", None),
            "{mode}"
        );
    }
}

/// A variant without its file is a file like any other.
#[test]
fn a_variant_needs_its_file() {
    let files = Files::new(&[
        ("lone.js.br", "brotli"),
        ("folder.br/x", "x"),
        ("folder", "file"),
    ]);
    for (mode, app) in both(&files, Ok) {
        let fields = [("Accept-Encoding", "br")];
        assert_eq!(
            get(&app, "/static/lone.js", &fields).text(),
            "inner /static/lone.js",
            "{mode}"
        );
        let itself = get(&app, "/static/lone.js.br", &fields);
        assert_eq!(
            (itself.text().as_str(), itself.header("Content-Encoding")),
            ("brotli", None),
            "{mode}"
        );
        assert_eq!(
            get(&app, "/static/folder", &fields).text(),
            "file",
            "{mode}"
        );
    }
}

#[test]
fn a_variant_that_leads_out_of_the_folder_is_none() {
    let files = Files::new(&[("a.js", "script")]);
    files.link("../secret", "a.js.br");
    for (mode, app) in both(&files, Ok) {
        let answer = get(&app, "/static/a.js", &[("Accept-Encoding", "br")]);
        assert_eq!(
            (answer.text().as_str(), answer.header("Vary")),
            ("script", None),
            "{mode}"
        );
    }
}

#[test]
fn the_server_in_front_is_told_which_file_to_send() {
    let files = Files::new(&[
        ("a b.js", "script"),
        ("a b.js.br", "brotli"),
        ("100%.txt", "percent"),
    ]);
    let root = std::fs::canonicalize(files.root()).unwrap();
    // What Rack had to mend: clients that say where files are.
    let fields = [
        ("Accept-Encoding", "br"),
        ("Range", "bytes=0-0"),
        ("If-None-Match", "*"),
        ("X-Sendfile-Type", "X-Accel-Redirect"),
        ("X-Accel-Mapping", "/=/secrets/"),
    ];
    for (mode, app) in both(&files, |app| Ok(app.x_sendfile())) {
        let answer = get(&app, "/static/a%20b.js", &fields);
        assert_eq!(
            (answer.status.code(), answer.body().len()),
            (200, 0),
            "{mode}"
        );
        assert_eq!(
            answer.header("X-Sendfile"),
            root.join("a b.js").to_str(),
            "{mode}"
        );
        let names: Vec<_> = answer.headers.names().collect();
        assert_eq!(
            names,
            ["Content-Type", "Cache-Control", "X-Sendfile"],
            "{mode}"
        );
        // Some servers would decode it.
        assert_eq!(
            get(&app, "/static/100%25.txt", &[]).text(),
            "percent",
            "{mode}"
        );
    }
    let configured = both(&files, |app| {
        app.x_accel_redirect(files.root(), "/protected/")
    });
    for (mode, app) in configured {
        let answer = get(&app, "/static/a%20b.js", &fields);
        let told = answer.header("X-Accel-Redirect");
        assert_eq!(
            (told, answer.body().len()),
            (Some("/protected/a%20b.js"), 0),
            "{mode}"
        );
        assert_eq!(answer.header("X-Sendfile"), None, "{mode}");
    }
    let other = Files::new(&[]);
    for (mode, app) in both(&files, |app| {
        app.x_accel_redirect(other.root(), "/protected")
    }) {
        let answer = get(&app, "/static/a%20b.js", &[]);
        assert_eq!(
            (answer.text().as_str(), answer.header("X-Accel-Redirect")),
            ("script", None),
            "{mode}"
        );
    }
    let app = StaticFiles::new(inner())
        .serve("/static", files.root())
        .unwrap();
    let answer = get(&app, "/static/a%20b.js", &fields[3..]);
    assert_eq!(answer.text(), "script");
}
