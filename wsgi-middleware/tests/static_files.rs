//! Files over every layer's rules: each answer passes two validators, once looked up and once from a scan.

mod caching;
mod paths;
mod ranges;
mod variants;

use std::fs::File;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use wsgi_core::testing::{Answer, EnvironBuilder, run};
use wsgi_core::validate::Validator;
use wsgi_core::{Application, Body, StatusLine, application_fn};
use wsgi_middleware::{StaticFiles, StaticFilesError};

/// `Sun, 06 Nov 1994 08:49:37 GMT`, and a fraction.
const MODIFIED: Duration = Duration::new(784_111_777, 123_456_789);
const MODIFIED_TEXT: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

/// A folder `root` with files, beside a secret.
struct Files(TempDir);

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir(folder.root()).unwrap();
        std::fs::write(folder.0.path().join("secret"), "secret").unwrap();
        for (path, content) in files {
            folder.write(path, content);
        }
        folder
    }

    fn root(&self) -> PathBuf {
        self.0.path().join("root")
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + MODIFIED)
            .unwrap();
    }

    fn link(&self, to: impl AsRef<Path>, path: &str) {
        symlink(to, self.root().join(path)).unwrap();
    }
}

/// Asked for what is not ours.
fn inner() -> impl Application + Clone {
    application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from([b"inner ", environ.path_info()].concat()))
    })
}

type Configured = Result<StaticFiles<Box<dyn Application>>, StaticFilesError>;

/// The files below `/static`, between two validators, looked up at each request and scanned.
fn both(
    files: &Files,
    configure: impl Fn(StaticFiles<Box<dyn Application>>) -> Configured,
) -> [(&'static str, Box<dyn Application>); 2] {
    let app = || {
        let app: Box<dyn Application> = Box::new(validated(inner()));
        configure(
            StaticFiles::new(app)
                .serve("/static", files.root())
                .unwrap(),
        )
        .unwrap()
    };
    [
        ("looked up", Box::new(validated(app()))),
        ("scanned", Box::new(validated(app().scan().unwrap()))),
    ]
}

fn validated<A: Application>(app: A) -> Validator<A> {
    Validator::new(app).on_violation(|violation| panic!("{violation:?}"))
}

fn ask(app: &dyn Application, method: &str, target: &str, fields: &[(&str, &str)]) -> Answer {
    let builder = EnvironBuilder::new(method, target);
    let builder = fields.iter().fold(builder, |builder, (name, value)| {
        builder.append_header(name, value)
    });
    run(app, builder.build()).unwrap()
}

fn get(app: &dyn Application, target: &str, fields: &[(&str, &str)]) -> Answer {
    ask(app, "GET", target, fields)
}

#[test]
fn a_file_is_answered_with_all_that_is_known_of_it() {
    let files = Files::new(&[("css/app.css", "body {}")]);
    for (mode, app) in both(&files, Ok) {
        let answer = get(&app, "/static/css/app.css", &[]);
        assert_eq!(
            (answer.status.code(), answer.text().as_str()),
            (200, "body {}"),
            "{mode}"
        );
        #[rustfmt::skip]
        let wanted = [
            ("Content-Type", "text/css; charset=utf-8"),
            ("Content-Length", "7"),
            ("Cache-Control", "public, max-age=60"),
            ("ETag", "\"2ebc98a1.75bcd15-7\""),
            ("Last-Modified", MODIFIED_TEXT),
            ("Accept-Ranges", "bytes"),
        ];
        let headers: Vec<_> = answer
            .headers
            .iter()
            .map(|(name, value)| (name, std::str::from_utf8(value).unwrap()))
            .collect();
        assert_eq!(headers, wanted, "{mode}");
        let head = ask(&app, "HEAD", "/static/css/app.css", &[]);
        assert_eq!(
            (head.headers, head.blocks.len()),
            (answer.headers, 0),
            "{mode}"
        );
    }
}

#[test]
fn files_of_all_sizes_come_whole() {
    let files = Files::new(&[]);
    let sizes = [0, 1, 1024, 32 * 1024, 32 * 1024 + 1, 64 * 1024 + 1, 300_000];
    let content = |size: usize| (0..size).map(|at| (at % 251) as u8).collect::<Vec<u8>>();
    for size in sizes {
        files.write(&format!("{size}.bin"), content(size));
    }
    for (mode, app) in both(&files, Ok) {
        for size in sizes {
            let answer = get(&app, &format!("/static/{size}.bin"), &[]);
            assert!(answer.body() == content(size), "{mode}: {size}");
            assert_eq!(
                answer.header("Content-Length"),
                Some(&*size.to_string()),
                "{mode}"
            );
            assert_eq!(answer.length, Some(size as u64), "{mode}");
            assert!(
                answer.blocks.iter().all(|block| block.len() <= 64 * 1024),
                "{mode}"
            );
        }
    }
}

#[test]
fn a_large_file_is_a_region_that_a_server_may_send() {
    let files = Files::new(&[]);
    files.write("large", vec![b'x'; 200_000]);
    for (mode, app) in both(&files, Ok) {
        let environ = EnvironBuilder::get("/static/large").header("Range", "bytes=1000-150999");
        let mut recorder = wsgi_core::testing::Recorder::default();
        let mut body = app.call(&mut environ.build(), &mut recorder).unwrap();
        let region = body.file().expect(mode);
        assert_eq!((region.offset, region.length), (1000, 150_000), "{mode}");
        body.close().unwrap();
    }
}

#[test]
fn a_file_that_shrinks_while_it_is_sent_ends_in_an_error() {
    let files = Files::new(&[]);
    files.write("large", vec![b'x'; 200_000]);
    for (mode, app) in both(&files, Ok) {
        let mut recorder = wsgi_core::testing::Recorder::default();
        let mut environ = EnvironBuilder::get("/static/large").build();
        let mut body = app.call(&mut environ, &mut recorder).unwrap();
        assert!(body.next_block().unwrap().is_some(), "{mode}");
        File::options()
            .write(true)
            .open(files.root().join("large"))
            .unwrap()
            .set_len(10)
            .unwrap();
        let error = body.next_block().unwrap_err();
        assert_eq!(
            error.to_string(),
            "the file became shorter while it was sent",
            "{mode}"
        );
        body.close().unwrap();
        files.write("large", vec![b'x'; 200_000]);
    }
}

#[test]
fn other_requests_are_the_applications() {
    let files = Files::new(&[("a.txt", "a")]);
    for (mode, app) in both(&files, Ok) {
        for path in [
            "/",
            "/other",
            "/staticky",
            "/static.txt",
            "/a.txt",
            "/static/none",
            "/static/a.txt/",
        ] {
            assert_eq!(
                get(&app, path, &[]).text(),
                format!("inner {path}"),
                "{mode}"
            );
            assert_eq!(
                ask(&app, "POST", path, &[]).text(),
                format!("inner {path}"),
                "{mode}"
            );
        }
    }
}

#[test]
fn missing_files_are_answered_on_request_and_without_an_application() {
    let files = Files::new(&[("a.txt", "a")]);
    for (mode, app) in both(&files, |app| Ok(app.answer_missing(true))) {
        let answer = get(&app, "/static/none", &[]);
        assert_eq!(
            (answer.status.code(), answer.text().as_str()),
            (404, "Not Found\n"),
            "{mode}"
        );
        assert_eq!(ask(&app, "HEAD", "/static/none", &[]).body(), b"", "{mode}");
        assert_eq!(get(&app, "/other", &[]).text(), "inner /other", "{mode}");
    }
    let alone = StaticFiles::new(wsgi_middleware::NotFound);
    let alone = validated(alone.serve("/", files.root()).unwrap());
    assert_eq!(get(&alone, "/a.txt", &[]).text(), "a");
    assert_eq!(get(&alone, "/none", &[]).status.code(), 404);
}

#[test]
fn other_methods_are_refused_where_there_is_a_file() {
    let files = Files::new(&[("a.txt", "a"), ("docs/index.html", "d")]);
    for (mode, app) in both(&files, Ok) {
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
            for path in ["/static/a.txt", "/static/docs/", "/static/docs"] {
                let answer = ask(&app, method, path, &[]);
                assert_eq!(answer.status.code(), 405, "{mode}: {method} {path}");
                assert_eq!(answer.header("Allow"), Some("GET, HEAD"), "{mode}");
            }
        }
    }
}

#[test]
fn the_longest_prefix_counts_first_and_the_next_is_asked() {
    let (outer, first, second) = (
        Files::new(&[("in/a.txt", "outer a"), ("in/o.txt", "outer o")]),
        Files::new(&[("a.txt", "first a"), ("f.txt", "first f")]),
        Files::new(&[("a.txt", "second a"), ("s.txt", "second s")]),
    );
    let app = StaticFiles::new(inner()).serve("/", outer.root()).unwrap();
    let app = app.serve("/in/", first.root()).unwrap();
    let app = app.serve("/in", second.root()).unwrap();
    for app in [app.clone(), app.scan().unwrap()] {
        let text = |path| get(&app, path, &[]).text();
        assert_eq!(text("/in/a.txt"), "first a");
        assert_eq!(text("/in/f.txt"), "first f");
        assert_eq!(text("/in/s.txt"), "second s");
        assert_eq!(text("/in/o.txt"), "outer o");
        assert_eq!(text("/in/x.txt"), "inner /in/x.txt");
    }
}

#[test]
fn a_scan_is_of_its_time_and_a_look_up_of_now() {
    let files = Files::new(&[("small.txt", "old"), ("gone.txt", "gone")]);
    files.write("large.txt", vec![b'o'; 100_000]);
    let [(_, now), (_, then)] = both(&files, Ok);
    files.write("small.txt", "newer");
    files.write("new.txt", "new");
    files.write("large.txt", vec![b'n'; 100_001]);
    std::fs::remove_file(files.root().join("gone.txt")).unwrap();
    let text = |app, path| get(app, path, &[]).text();
    assert_eq!(text(&now, "/static/small.txt"), "newer");
    assert_eq!(text(&now, "/static/new.txt"), "new");
    assert_eq!(text(&now, "/static/gone.txt"), "inner /static/gone.txt");
    assert_eq!(text(&then, "/static/small.txt"), "old");
    assert_eq!(text(&then, "/static/new.txt"), "inner /static/new.txt");
    assert_eq!(text(&then, "/static/gone.txt"), "gone");
    // Too large for memory: what is there now, told as what it is.
    for app in [&now, &then] {
        let answer = get(app, "/static/large.txt", &[]);
        assert_eq!(answer.header("Content-Length"), Some("100001"));
        assert!(answer.header("ETag").unwrap().ends_with("-186a1\""));
        assert_eq!(answer.body(), vec![b'n'; 100_001]);
    }
}

#[test]
fn without_memory_a_scan_still_knows_the_files() {
    let files = Files::new(&[("a.txt", "a"), ("b.txt", "b")]);
    let app = StaticFiles::new(inner())
        .serve("/static", files.root())
        .unwrap();
    let app = app.memory_limit(0).scan().unwrap();
    assert_eq!(get(&app, "/static/a.txt", &[]).text(), "a");
    std::fs::remove_file(files.root().join("a.txt")).unwrap();
    assert_eq!(
        get(&app, "/static/a.txt", &[]).text(),
        "inner /static/a.txt"
    );
}

#[test]
fn what_cannot_be_served_is_refused_when_it_is_set_up() {
    let files = Files::new(&[]);
    let served = |prefix: &str, folder: PathBuf| StaticFiles::new(()).serve(prefix, folder).err();
    let root = files.root();
    assert!(matches!(
        served("static", root.clone()),
        Some(StaticFilesError::NoLeadingSlash { .. })
    ));
    assert!(matches!(
        served("/a//b", root.clone()),
        Some(StaticFilesError::EmptySegment { .. })
    ));
    assert!(matches!(
        served("/a", root.join("none")),
        Some(StaticFilesError::Root { .. })
    ));
    let file = files.0.path().join("secret");
    assert!(matches!(
        served("/a", file),
        Some(StaticFilesError::Root { .. })
    ));
    let app = || StaticFiles::new(());
    assert!(matches!(
        app().content_type("x", "a\nb"),
        Err(StaticFilesError::ContentType { .. })
    ));
    assert!(matches!(
        app().charset(Some("\0")),
        Err(StaticFilesError::ContentType { .. })
    ));
    assert!(matches!(
        app().immutable_pattern("("),
        Err(StaticFilesError::Pattern(_))
    ));
    assert!(matches!(
        app().x_accel_redirect(&root, "x"),
        Err(StaticFilesError::Location { .. })
    ));
    files.write("a.txt", "a");
    let failing = app()
        .headers(|_, _| Err(crate::failure()))
        .serve("/", &root)
        .unwrap();
    assert!(matches!(failing.scan(), Err(StaticFilesError::File { .. })));
}
