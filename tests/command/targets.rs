//! APP: every form of it, and what is said when there is no such application.

use super::{run, server, site};

#[test]
fn every_form_names_its_application() {
    const CASES: &[(&str, &str)] = &[
        ("hello:app", "app"),
        ("hello:other", "other"),
        ("hello:make()", "made"),
        ("hello:named('argument')", "argument"),
        ("hello", "application"),
        ("hello.py", "application"),
        ("hello.py:other", "other"),
        ("./hello.py:make()", "made"),
        ("package.wsgi:app", "package"),
    ];
    let site = site();
    for (target, expected) in CASES {
        let server = server(site.path()).args([target]).start();
        assert_eq!(server.get("/").text(), *expected, "{target}");
    }
}

#[test]
fn the_ready_line_has_version_address_application_and_threads() {
    let site = site();
    let mut server = server(site.path()).args(["-t", "3", "hello:app"]).start();
    let line = server.wait_for_line(" ready at ");
    let address = &server.addresses()[0];
    assert_eq!(
        line,
        format!(
            "wsgi-server {} ready at {address} (app hello:app, up to 3 threads)",
            env!("CARGO_PKG_VERSION")
        )
    );
}

#[test]
fn without_app_the_demonstration_shows_the_environ() {
    let site = site();
    let mut server = server(site.path()).start();
    assert!(
        server
            .wait_for_line(" ready at ")
            .contains("(demonstration, up to 64 threads)")
    );
    let page = server.get("/some/path?q=1");
    assert_eq!(page.status, 200);
    for shown in ["PATH_INFO", "/some/path", "wsgi.input", "q=1"] {
        assert!(page.text().contains(shown), "{shown}");
    }
}

#[test]
fn what_is_missing_is_told_with_place_and_nearest_name() {
    let site = site();
    let here = site.path().canonicalize().expect("it is there");
    let here = here.to_str().expect("a temporary folder's name is text");
    let cases: &[(&str, &[&str])] = &[
        ("helo:app", &["no module \"helo\"", "\"hello\"", here]),
        (
            "package.wsgy:app",
            &["no module \"package.wsgy\"", "\"wsgi\""],
        ),
        (
            "hello:applicatoin",
            &["module \"hello\"", "\"applicatoin\"", "\"application\""],
        ),
        ("hello:mak()", &["\"mak\"", "\"make\""]),
        ("hello:number", &["hello:number", "int", "not callable"]),
        ("helo.py", &["helo.py", "\"hello.py\"", here]),
        ("hello:", &["no Python name", "module:attribute"]),
        ("hello:make(", &["\")\"", "module:factory()"]),
    ];
    for (target, parts) in cases {
        let ended = run(site.path(), &["--bind", "127.0.0.1:0", target]);
        assert_eq!(ended.code, Some(1), "{target}: {}", ended.output);
        assert!(
            ended.output.starts_with("wsgi-server: "),
            "{}",
            ended.output
        );
        for part in *parts {
            assert!(
                ended.output.contains(part),
                "{target}: {part} in {}",
                ended.output
            );
        }
    }
}

#[test]
fn a_module_that_fails_shows_its_own_traceback() {
    let site = site();
    for (target, line, error) in [
        (
            "broken:app",
            "import not_there_at_all",
            "No module named 'not_there_at_all'",
        ),
        ("failing:app", "1 / 0", "ZeroDivisionError"),
    ] {
        let ended = run(site.path(), &["--bind", "127.0.0.1:0", target]);
        assert_eq!(ended.code, Some(1), "{target}");
        for part in ["Traceback", line, error] {
            assert!(
                ended.output.contains(part),
                "{target}: {part} in {}",
                ended.output
            );
        }
    }
}
