//! Finding an application by `module:attribute` and the like.

use std::path::Path;

use pyo3::prelude::*;
use wsgi_core::python::{LoadError, PyApplication, Target, export};
use wsgi_core::{Body, StatusLine, application_fn, testing};

/// A folder on `sys.path` with these files; module names are unique among the tests.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    crate::kit::python();
    let folder = tempfile::tempdir().unwrap();
    for (name, source) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, source).unwrap();
    }
    folder
}

fn on_path(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = folder(files);
    Python::attach(|py| {
        let path = py.import("sys").unwrap().getattr("path").unwrap();
        path.call_method1("insert", (0, folder.path().as_os_str()))
            .unwrap();
    });
    folder
}

fn load(text: &str) -> Result<PyApplication, LoadError> {
    Target::parse(text)?.load()
}

fn answer(text: &str) -> String {
    let app = load(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    testing::get(&app, "/").text()
}

/// What went wrong, with the cause.
fn refusal(text: &str) -> String {
    let error = load(text).expect_err(text);
    match std::error::Error::source(&error) {
        Some(source) => format!("{error}\n{source}"),
        None => error.to_string(),
    }
}

const APPS: &str = r#"
def saying(text):
    def app(environ, start_response):
        start_response("200 OK", [])
        return [text.encode()]
    return app
application = saying("application")
app = saying("app")
class Site:
    handler = staticmethod(saying("handler"))
site = Site()
def create_app(name="default", *, debug=False):
    return saying(f"{name} {debug}")
def create_broken():
    raise RuntimeError("no settings")
number = 7
async def asgi(scope, receive, send):
    pass
"#;

#[test]
fn attributes_chains_and_factories_are_found() {
    let _folder = on_path(&[
        ("target_forms.py", APPS),
        ("target_only_app.py", "from target_forms import app"),
    ]);
    for (text, expected) in [
        ("target_forms", "application"),
        ("target_forms:app", "app"),
        ("target_forms:site.handler", "handler"),
        ("target_forms:create_app()", "default False"),
        ("target_forms:create_app('a:b', debug=True)", "a:b True"),
        ("target_only_app", "app"),
    ] {
        assert_eq!(answer(text), expected, "{text}");
    }
}

#[test]
fn modules_of_packages_are_found() {
    let _folder = on_path(&[
        ("target_package/__init__.py", ""),
        ("target_package/wsgi.py", APPS),
    ]);
    assert_eq!(answer("target_package.wsgi:application"), "application");
}

#[test]
fn files_are_found_and_may_import_their_neighbours() {
    let folder = folder(&[
        (
            "target_site.py",
            "from target_neighbour import app\nimport pickle, sys\nassert sys.modules[__name__]",
        ),
        ("target_neighbour.py", APPS),
    ]);
    let path = folder.path().join("target_site.py");
    assert_eq!(answer(&path.display().to_string()), "app");
    assert_eq!(answer(&format!("{}:app", path.display())), "app");
}

#[test]
fn a_missing_module_is_told_with_where_it_was_looked_for_and_similar_names() {
    let folder = on_path(&[
        ("target_blog.py", APPS),
        ("target_pkg/__init__.py", ""),
        ("target_pkg/views.py", APPS),
    ]);
    let said = refusal("target_blgo:app");
    assert!(
        said.starts_with("there is no module \"target_blgo\"; did you mean \"target_blog\""),
        "{said}"
    );
    assert!(
        said.contains(&folder.path().display().to_string()),
        "{said}"
    );
    let said = refusal("target_pkg.veiws:app");
    assert!(
        said.contains("\"target_pkg.veiws\"; did you mean \"views\"?"),
        "{said}"
    );
    let said = refusal("target_blog.inner:app");
    assert!(
        said.contains("there is no module \"target_blog.inner\""),
        "{said}"
    );
}

#[test]
fn a_missing_file_is_told_with_similar_names() {
    let folder = folder(&[("target_sites.py", APPS)]);
    let wanted: &Path = &folder.path().join("target_site.py");
    let said = refusal(&wanted.display().to_string());
    assert_eq!(
        said,
        format!(
            "there is no file {}; did you mean \"target_sites.py\"?",
            wanted.display()
        )
    );
}

#[test]
fn an_import_that_fails_inside_the_module_shows_its_traceback() {
    let _folder = on_path(&[
        ("target_needs.py", "import target_missing_dependency"),
        ("target_syntax.py", "def app(:\n"),
        ("target_exits.py", "raise SystemExit(2)"),
    ]);
    for (text, says) in [
        (
            "target_needs:app",
            "ModuleNotFoundError: No module named 'target_missing_dependency'",
        ),
        ("target_syntax:app", "SyntaxError"),
        ("target_exits:app", "SystemExit: 2"),
    ] {
        let said = refusal(text);
        assert!(said.starts_with("importing \"target_"), "{said}");
        assert!(
            said.contains("failed\nTraceback") || said.contains("failed\n  File"),
            "{said}"
        );
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn a_missing_attribute_is_told_with_similar_names() {
    let _folder = on_path(&[
        ("target_attributes.py", APPS),
        ("target_bare.py", "my_application = 1"),
    ]);
    let said = refusal("target_attributes:aplication");
    assert!(said.contains("module \"target_attributes\" has no attribute \"aplication\"; did you mean \"application\""), "{said}");
    let said = refusal("target_attributes:site.handlers");
    assert!(
        said.contains("\"handlers\"; did you mean \"handler\"?"),
        "{said}"
    );
    let said = refusal("target_bare");
    assert!(
        said.contains("neither \"application\" nor \"app\""),
        "{said}"
    );
}

#[test]
fn what_cannot_be_called_as_an_application_is_refused_with_a_hint() {
    let _folder = on_path(&[("target_wrong.py", APPS)]);
    for (text, says) in [
        ("target_wrong:number", "is int, which is not callable"),
        (
            "target_wrong:create_app",
            "write \"target_wrong:create_app()\"",
        ),
        ("target_wrong:asgi", "ASGI"),
        ("target_wrong:create_broken()", "RuntimeError: no settings"),
        ("target_wrong:create_app(open('x'))", "must be literals"),
        ("target_wrong:create_app(**{})", "must be literals"),
        (
            "target_wrong:create_app(1, 2, 3)",
            "calling create_app(1, 2, 3) failed",
        ),
    ] {
        let said = refusal(text);
        assert!(said.contains(says), "{text}: {said}");
    }
}

#[test]
fn an_exported_application_is_loaded_as_itself() {
    crate::kit::python();
    let app = application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, [("X-A", "1")])?;
        Ok(Body::from(
            environ
                .extensions()
                .get::<&'static str>()
                .copied()
                .unwrap_or("lost"),
        ))
    });
    Python::attach(|py| {
        let module = PyModule::new(py, "target_exported").unwrap();
        module
            .add("app", export(py, std::sync::Arc::new(app)).unwrap())
            .unwrap();
        py.import("sys")
            .unwrap()
            .getattr("modules")
            .unwrap()
            .set_item("target_exported", module)
            .unwrap();
    });
    let request = testing::EnvironBuilder::get("/").with(|environ| {
        environ.extensions_mut().insert("kept");
    });
    let answer = testing::run(&load("target_exported:app").unwrap(), request.build()).unwrap();
    assert_eq!(answer.text(), "kept");
}
