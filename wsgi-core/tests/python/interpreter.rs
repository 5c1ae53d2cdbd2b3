//! The embedded interpreter and virtual environments: each start in a process of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pyo3::prelude::*;
use wsgi_core::python::interpreter;

#[test]
fn initialize_may_be_called_again_and_from_several_threads() {
    let threads: Vec<_> = (0..4)
        .map(|_| std::thread::spawn(interpreter::initialize))
        .collect();
    for thread in threads {
        thread.join().unwrap().unwrap();
    }
    interpreter::initialize().unwrap();
}

#[test]
fn interrupts_stay_the_programs_when_an_application_imports_signal() {
    interpreter::initialize().unwrap();
    // Whoever starts the tests may have the signal ignored, so the default is not what is asked for.
    let is_pythons = Python::attach(|py| {
        let signal = py.import("signal").unwrap();
        let handler = signal.call_method1("getsignal", (signal.getattr("SIGINT").unwrap(),));
        handler
            .unwrap()
            .is(signal.getattr("default_int_handler").unwrap())
    });
    assert!(!is_pythons);
}

#[test]
fn the_environment_that_virtual_env_names_is_used() {
    let environment = environment();
    let output = child(|command| command.env("VIRTUAL_ENV", environment.path()));
    expect_found(&output, environment.path());
}

#[test]
fn the_environment_of_the_first_python3_on_the_path_is_used() {
    let environment = environment();
    let output = child(|command| {
        let search = format!("{}:/usr/bin:/bin", environment.path().join("bin").display());
        command.env("PATH", search)
    });
    expect_found(&output, environment.path());
}

#[test]
fn without_an_environment_the_installation_itself_is_used() {
    let output = child(|command| command.env("PATH", "/nonexistent"));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("not found: only_here"), "{output:?}");
}

#[test]
fn an_environment_of_another_version_is_refused_with_both_versions() {
    let environment = environment();
    std::fs::write(
        environment.path().join("pyvenv.cfg"),
        "home = /nowhere\nversion = 3.2.1\n",
    )
    .unwrap();
    let output = child(|command| command.env("VIRTUAL_ENV", environment.path()));
    let said = String::from_utf8_lossy(&output.stdout);
    let built = Python::attach(|py| format!("3.{}", py.version_info().minor));
    assert!(
        said.contains("is for Python 3.2, but") && said.contains(&built),
        "{output:?}"
    );
}

#[test]
fn a_virtual_env_that_is_none_is_refused() {
    let empty = tempfile::tempdir().unwrap();
    let output = child(|command| command.env("VIRTUAL_ENV", empty.path()));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("no pyvenv.cfg"), "{output:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn the_start_installs_no_signal_handlers() {
    let output = child(|command| command);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("SIGINT is caught: false"), "{output:?}");
}

/// What the tests above start: tells what the interpreter found.
#[test]
#[ignore = "the other tests of this file run it, each in its own process environment"]
fn child_process() {
    if let Err(error) = interpreter::initialize() {
        println!("refused: {error}");
        return;
    }
    println!("SIGINT is caught: {}", sigint_is_caught());
    let source = c"
import sys
try:
    import only_here
    print('found:', sys.prefix, sys.executable)
except ImportError:
    print('not found: only_here')
sys.stdout.flush()
";
    Python::attach(|py| py.run(source, None, None)).unwrap();
}

/// As the kernel sees it: Python's `signal` module would change it by being imported.
fn sigint_is_caught() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    caught.is_some_and(|mask| mask & 0b10 != 0)
}

fn child(configure: impl FnOnce(&mut Command) -> &mut Command) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--exact",
            "interpreter::child_process",
            "--ignored",
            "--nocapture",
        ])
        .env_remove("VIRTUAL_ENV")
        .env_remove("PYTHONHOME")
        .env_remove("PYTHONPATH");
    configure(&mut command).output().unwrap()
}

fn expect_found(output: &Output, environment: &Path) {
    let said = String::from_utf8_lossy(&output.stdout);
    let environment = environment.display();
    let expected = format!("found: {environment} {environment}/bin/python");
    assert!(said.contains(&expected), "{output:?}");
}

/// A virtual environment of the Python under test, with one module of its own.
fn environment() -> tempfile::TempDir {
    crate::kit::python();
    let folder = tempfile::tempdir().unwrap();
    let (python, packages) = Python::attach(|py| {
        let version = format!("python3.{}", py.version_info().minor);
        let prefix: PathBuf = py
            .import("sys")
            .unwrap()
            .getattr("base_prefix")
            .unwrap()
            .extract()
            .unwrap();
        let suffix = py
            .import("sys")
            .unwrap()
            .getattr("abiflags")
            .unwrap()
            .to_string();
        let versioned = format!("{version}{suffix}");
        (
            prefix.join("bin").join(&versioned),
            format!("lib/{versioned}/site-packages"),
        )
    });
    let made = Command::new(python)
        .args(["-m", "venv", "--without-pip"])
        .arg(folder.path())
        .env_remove("VIRTUAL_ENV")
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    std::fs::write(folder.path().join(packages).join("only_here.py"), "").unwrap();
    folder
}
