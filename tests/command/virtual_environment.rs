//! An active virtual environment is that of the application.

use std::path::Path;
use std::process::Command;

use wsgi_tests::{ServerCommand, python, server_binary};

use super::{folder, run_to_end};

const APP: &str = "\
import sys
def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [sys.prefix.encode()]
";

/// A virtual environment with the application in it, which lies nowhere else.
fn environment() -> tempfile::TempDir {
    let folder = folder(&[]);
    let mut make = Command::new(python::environment().program("python"));
    make.args(["-m", "venv", "--without-pip", "venv"])
        .current_dir(folder.path());
    assert_eq!(run_to_end(make).code, Some(0));
    let version = python::environment().version();
    let packages = folder
        .path()
        .join(format!("venv/lib/python{version}/site-packages"));
    std::fs::write(packages.join("only_here.py"), APP).expect("the environment is ours");
    folder
}

/// The application answers with the environment that it runs in.
fn serves_from(command: Command, venv: &Path) {
    let server = ServerCommand::new(command, " ready at ")
        .args(["-b", "127.0.0.1:0", "only_here:app"])
        .start();
    assert_eq!(
        server.get("/").text(),
        venv.to_str().expect("a temporary folder's name is text")
    );
}

#[test]
fn it_is_found_by_its_variable() {
    let folder = environment();
    let venv = folder.path().join("venv");
    let mut command = Command::new(server_binary());
    command.env("VIRTUAL_ENV", &venv);
    serves_from(command, &venv);
}

#[test]
fn it_is_found_by_the_path() {
    let folder = environment();
    let venv = folder.path().join("venv");
    let mut path = venv.join("bin").into_os_string();
    path.push(":/usr/bin:/bin");
    let mut command = Command::new(server_binary());
    command.env_remove("VIRTUAL_ENV").env("PATH", path);
    serves_from(command, &venv);
}

#[test]
fn one_that_is_none_is_told() {
    let folder = folder(&[("app.py", APP)]);
    let mut command = Command::new(server_binary());
    command
        .env("VIRTUAL_ENV", folder.path())
        .current_dir(folder.path());
    command.args(["-b", "127.0.0.1:0", "app:app"]);
    let ended = run_to_end(command);
    assert_eq!(ended.code, Some(1));
    assert!(ended.output.contains("VIRTUAL_ENV"), "{}", ended.output);
}
