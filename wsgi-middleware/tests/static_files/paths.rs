use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use super::{Files, ask, both, get, inner, run};
use wsgi_core::testing::EnvironBuilder;
use wsgi_middleware::StaticFiles;

#[test]
fn no_path_leads_out_of_the_folder() {
    let files = Files::new(&[
        ("a.txt", "a"),
        ("sub/b.txt", "b"),
        (".env", "hidden"),
        ("sub/.git/c", "hidden"),
    ]);
    let absolute = files.0.path().join("secret");
    files.link(&absolute, "absolute");
    files.link("../secret", "out");
    files.link("..", "up");
    files.link("sub/b.txt", "inside");
    files.link(".", "sub/again");
    let direct = format!("/static/{}", absolute.display());
    for (mode, app) in both(&files, Ok) {
        #[rustfmt::skip]
        let refused = [
            "/static/../secret", "/static/%2e%2e/secret", "/static/..%2fsecret", "/static/sub/../../secret",
            "/static/sub/%2E%2E/a.txt", "/static/./a.txt", "/static//a.txt", "/static/sub//b.txt",
            "/static/..%5csecret", "/static/sub%5cb.txt", "/static/a.txt%00", "/static/a.txt%00.js", "/static/C:/a.txt",
            "/static/.env", "/static/sub/.git/c", "/static/absolute", "/static/out", "/static/up/secret",
            "/static/%252e%252e/secret", direct.as_str(),
        ];
        for path in refused {
            let answer = get(&app, path, &[]);
            assert!(
                answer.text().starts_with("inner /static/"),
                "{mode}: {path}: {}",
                answer.text()
            );
        }
        // Nor does it tell what is there.
        for path in [
            "/static/out",
            "/static/up",
            "/static/up/secret",
            "/static/up/root",
        ] {
            for method in ["GET", "POST"] {
                let answer = ask(&app, method, path, &[]);
                assert_eq!(answer.text(), format!("inner {path}"), "{mode}");
            }
        }
        assert_eq!(get(&app, "/static/inside", &[]).text(), "b", "{mode}");
        assert_eq!(get(&app, "/static/sub%2fb.txt", &[]).text(), "b", "{mode}");
    }
    for (mode, app) in both(&files, |app| Ok(app.dotfiles(true).links_to_anywhere(true))) {
        for (path, body) in [
            ("/static/.env", "hidden"),
            ("/static/sub/.git/c", "hidden"),
            ("/static/out", "secret"),
        ] {
            assert_eq!(get(&app, path, &[]).text(), body, "{mode}");
        }
        assert_eq!(
            get(&app, "/static/../secret", &[]).text(),
            "inner /static/../secret",
            "{mode}"
        );
    }
}

#[test]
fn special_files_are_never_opened() {
    let files = Files::new(&[]);
    let pipe = files.root().join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let _socket = std::os::unix::net::UnixListener::bind(files.root().join("socket")).unwrap();
    files.link("/dev/zero", "zero");
    for (mode, app) in both(&files, |app| Ok(app.links_to_anywhere(true))) {
        for name in ["pipe", "socket", "zero"] {
            let path = format!("/static/{name}");
            assert_eq!(
                get(&app, &path, &[]).text(),
                format!("inner {path}"),
                "{mode}"
            );
        }
    }
}

#[test]
fn a_folder_has_an_index_and_a_slash() {
    let files = Files::new(&[
        ("index.html", "root"),
        ("docs/index.html", "docs"),
        ("empty/a", ""),
        ("d s/index.html", ""),
    ]);
    for (mode, app) in both(&files, Ok) {
        assert_eq!(get(&app, "/static/", &[]).text(), "root", "{mode}");
        assert_eq!(get(&app, "/static/docs/", &[]).text(), "docs", "{mode}");
        assert_eq!(
            get(&app, "/static/docs/", &[]).header("Content-Type"),
            Some("text/html; charset=utf-8"),
            "{mode}"
        );
        #[rustfmt::skip]
        let redirects = [
            ("/static", "/static/"),
            ("/static/docs", "/static/docs/"),
            ("/static/docs?a=b&c=%20", "/static/docs/?a=b&c=%20"),
            ("/static/d%20s", "/static/d%20s/"),
        ];
        for (from, to) in redirects {
            let answer = get(&app, from, &[]);
            assert_eq!(
                (answer.status.code(), answer.header("Location")),
                (308, Some(to)),
                "{mode}"
            );
        }
        assert_eq!(
            get(&app, "/static/empty/", &[]).text(),
            "inner /static/empty/",
            "{mode}"
        );
        assert_eq!(
            get(&app, "/static/empty", &[]).text(),
            "inner /static/empty",
            "{mode}"
        );
    }
    for (mode, app) in both(&files, |app| Ok(app.index(None))) {
        assert_eq!(
            get(&app, "/static/docs/", &[]).text(),
            "inner /static/docs/",
            "{mode}"
        );
    }
}

/// A redirect stays on its host, whatever comes before the path and in the query.
#[test]
fn no_redirect_leads_to_another_host() {
    let files = Files::new(&[("example.com/index.html", "x"), ("index.html", "x")]);
    let app = wsgi_middleware::StaticFiles::new(super::inner());
    let app = app.serve("/", files.root()).unwrap();
    for path in [
        "//example.com",
        "///example.com",
        "/\\example.com",
        "/%5Cexample.com",
    ] {
        assert!(get(&app, path, &[]).text().starts_with("inner "), "{path}");
    }
    let location = |script_name: &str, path: &str| {
        let environ = EnvironBuilder::get("/x").script_name(script_name);
        let environ = environ.with(|environ| environ.set_path_info(path));
        let environ = environ.with(|environ| environ.set_query_string("a=\r\nX: 1 \x7f"));
        let answer = run(&app, environ.build()).unwrap();
        answer.header("Location").unwrap().to_owned()
    };
    let query = "?a=%0D%0AX:%201%20%7F";
    assert_eq!(
        location("//evil", "/example.com"),
        format!("/evil/example.com/{query}")
    );
    assert_eq!(
        location("/", "/example.com"),
        format!("/example.com/{query}")
    );
    assert_eq!(location("/app", ""), format!("/app/{query}"));
    assert_eq!(location("", ""), format!("/{query}"));
}

#[test]
fn a_listing_only_when_it_is_asked_for() {
    let files = Files::new(&[("docs/<b>.txt", ""), ("docs/sub/x", ""), ("docs/.env", "")]);
    files.link("../../secret", "docs/out");
    for (mode, app) in both(&files, |app| Ok(app.listing(true))) {
        let answer = get(&app, "/static/docs/", &[]);
        assert_eq!(
            answer.header("Content-Type"),
            Some("text/html; charset=utf-8"),
            "{mode}"
        );
        let items: Vec<String> = answer
            .text()
            .lines()
            .filter(|line| line.starts_with("<li>"))
            .map(str::to_owned)
            .collect();
        let wanted = [
            "<li><a href=\"../\">../</a></li>",
            "<li><a href=\"./sub/\">sub/</a></li>",
            "<li><a href=\"./%3Cb%3E.txt\">&lt;b&gt;.txt</a></li>",
        ];
        assert_eq!(items, wanted, "{mode}");
        let head = ask(&app, "HEAD", "/static/docs/", &[]);
        assert_eq!(
            (head.headers, head.blocks.len()),
            (answer.headers, 0),
            "{mode}"
        );
        let redirect = get(&app, "/static/docs", &[]);
        assert_eq!(redirect.header("Location"), Some("/static/docs/"), "{mode}");
        let root = get(&app, "/static/", &[]).text();
        assert!(
            root.contains("./docs/") && !root.contains("../"),
            "{mode}: {root}"
        );
    }
}

#[test]
fn pages_that_are_not_there_may_have_a_fallback() {
    let files = Files::new(&[("index.html", "the page"), ("a.js", "script")]);
    for (mode, app) in both(&files, |app| Ok(app.fallback(Some("index.html")))) {
        for path in ["/static/users/7", "/static/users/", "/static/deep/er"] {
            let answer = get(&app, path, &[]);
            assert_eq!(
                (answer.status.code(), answer.text().as_str()),
                (200, "the page"),
                "{mode}: {path}"
            );
        }
        for path in ["/static/b.js", "/static/..", "/static/.env", "/elsewhere"] {
            assert_eq!(
                get(&app, path, &[]).text(),
                format!("inner {path}"),
                "{mode}"
            );
        }
        assert_eq!(get(&app, "/static/a.js", &[]).text(), "script", "{mode}");
        assert_eq!(
            ask(&app, "POST", "/static/users/7", &[]).text(),
            "inner /static/users/7",
            "{mode}"
        );
    }
}

#[test]
fn names_beyond_ascii_and_types_of_ones_own() {
    let files = Files::new(&[
        ("caf\u{e9} 1.txt", "c"),
        ("a.webmanifest", "{}"),
        ("b.TXT", ""),
    ]);
    for (mode, app) in both(&files, |app| {
        app.charset(None)?.content_type("txt", "text/x-mine")
    }) {
        let answer = get(&app, "/static/caf%C3%A9%201.txt", &[]);
        assert_eq!(
            (answer.text().as_str(), answer.header("Content-Type")),
            ("c", Some("text/x-mine")),
            "{mode}"
        );
        assert_eq!(
            get(&app, "/static/b.TXT", &[]).header("Content-Type"),
            Some("text/x-mine"),
            "{mode}"
        );
    }
    // No UTF-8, and longer than any name may be.
    for (mode, app) in both(&files, Ok) {
        let long = format!("/static/{}", "a".repeat(5000));
        for path in ["/static/%FF", long.as_str()] {
            assert!(
                get(&app, path, &[]).text().starts_with("inner /static/"),
                "{mode}"
            );
        }
    }
}

/// A folder whose names may not be read, as homes often are. Whoever may read all the same (root) sees no difference.
#[test]
fn a_folder_may_be_gone_through_that_may_not_be_read() {
    let files = Files::new(&[("closed/index.html", "index"), ("closed/a.txt", "a")]);
    let folder = files.root().join("closed");
    std::fs::set_permissions(&folder, Permissions::from_mode(0o311)).unwrap();
    let app = StaticFiles::new(inner())
        .serve("/static", files.root())
        .unwrap();
    for (path, wanted) in [
        ("/static/closed/", "index"),
        ("/static/closed/a.txt", "a"),
        ("/static/closed/b.txt", "inner /static/closed/b.txt"),
    ] {
        assert_eq!(get(&app, path, &[]).text(), wanted, "{path}");
    }
    // So that the folder can be removed.
    std::fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
}
