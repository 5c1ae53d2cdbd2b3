//! The examples of `docs/middleware`, as a reader would run them. Those of Rust are documentation tests of
//! `wsgi-middleware`.

use std::fs;

use wsgi_tests::{ServerCommand, python, root, wheel};

/// The first block of Python of a page.
fn python_of(page: &str) -> String {
    let path = root().join("docs/middleware").join(page);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let block = text.split("```python\n").nth(1).expect("it has an example");
    let end = block.find("```").expect("the example ends");
    block[..end].to_owned()
}

/// Serves the module `example` that a page has, by our command and by Gunicorn, each in a new folder.
fn servers_of(page: &str) -> [(tempfile::TempDir, wsgi_tests::Server); 2] {
    wheel::install();
    let example = python_of(page);
    let folder = || {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        fs::write(folder.path().join("example.py"), &example).expect("it can be written");
        folder
    };
    let (ours, theirs) = (folder(), folder());
    let gunicorn = ServerCommand::new(python::environment().command("gunicorn"), "Listening at: ");
    let server = ServerCommand::new(python::environment().command("wsgi-server"), " ready at ");
    let arguments = ["--bind=127.0.0.1:0", "example:app"];
    let server = server.args(arguments).current_dir(&ours).start();
    let gunicorn = gunicorn.args(arguments).current_dir(&theirs).start();
    [(ours, server), (theirs, gunicorn)]
}

#[test]
fn static_files() {
    for (folder, server) in servers_of("static-files.md") {
        assert_eq!(server.get("/static/hello.txt").text(), "Hello!\n");
        assert_eq!(server.get("/").text(), "The application\n");
        drop(server);
        folder.close().expect("nobody uses it any more");
    }
}
