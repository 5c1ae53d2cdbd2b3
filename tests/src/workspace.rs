//! Where things lie, and the binary under test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

/// The root of the workspace.
pub fn root() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("this package lies in the workspace")
}

/// The target folder, as cargo is configured.
///
/// # Panics
/// When cargo cannot be asked.
pub fn target_folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let output = run(cargo(&[
            "metadata",
            "--format-version=1",
            "--no-deps",
            "--offline",
        ]));
        let metadata: Value = serde_json::from_slice(&output).expect("cargo metadata is JSON");
        let folder = metadata["target_directory"].as_str();
        PathBuf::from(folder.expect("cargo metadata names the target folder"))
    })
}

/// The command `wsgi-server`, built from the sources as they are now.
///
/// # Panics
/// When the build fails.
pub fn server_binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| build("--bin=wsgi-server", "wsgi-server"))
}

/// An example, built from the sources as they are now.
///
/// # Panics
/// When there is none of that name, or the build fails.
pub fn example_binary(name: &str) -> PathBuf {
    build(&format!("--example={name}"), name)
}

fn build(target: &str, name: &str) -> PathBuf {
    // The whole workspace, so that features unite as they did for the tests and nothing is compiled twice.
    let message_format = "--message-format=json-render-diagnostics";
    let mut build = cargo(&["build", "--workspace", target, message_format]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    let output = String::from_utf8_lossy(&run(build)).into_owned();
    let messages = output
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut built = messages.filter(|message| message["target"]["name"] == name);
    let executable = built.find_map(|message| message["executable"].as_str().map(PathBuf::from));
    executable.unwrap_or_else(|| panic!("cargo did not say where it put {name}"))
}

fn cargo(arguments: &[&str]) -> Command {
    // Cargo tells its tests where it is; a test binary started by hand takes the one on the path.
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(arguments).current_dir(root());
    cargo
}

/// Runs a tool to its end and returns what it printed.
///
/// # Panics
/// When it cannot be started or fails, with all that it said.
pub(crate) fn run(mut command: Command) -> Vec<u8> {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?} failed with {}:\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    output.stdout
}
