//! Python distributions of this repository, in the virtual environment of the tests.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::lock::Lock;
use crate::python::environment;
use crate::workspace::{root, run, target_folder};

/// Builds `wsgi-rs` from the sources as they are now and installs it, unless that was done already.
///
/// # Panics
/// When the build or the installation fails.
pub fn install() {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| install_once("wsgi-rs", root()));
}

/// As [`install`], for the example `hosted`.
///
/// # Panics
/// As [`install`].
pub fn install_hosted_example() {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| install_once("hosted", &root().join("examples/hosted")));
}

fn install_once(name: &str, project: &Path) {
    let environment = environment();
    let folder = target_folder().join("test-wheels");
    fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("cannot create {folder:?}: {error}"));
    let _lock = Lock::take(&folder.join("lock"));
    let stamp = environment.folder().join(format!("{name}.stamp"));
    let sources = fingerprint(project);
    if fs::read_to_string(&stamp).is_ok_and(|built_from| built_from == sources) {
        return;
    }
    let wheel = build(
        project,
        &folder,
        &folder.join(format!("{name}-{}", environment.version())),
    );
    let mut install = environment.command("python");
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    install.args(["--no-deps", "--force-reinstall"]).arg(wheel);
    run(install);
    fs::write(&stamp, sources).unwrap_or_else(|error| panic!("cannot write {stamp:?}: {error}"));
}

fn build(project: &Path, target: &Path, wheels: &Path) -> PathBuf {
    let environment = environment();
    // An older wheel of the same version would be taken for the new one.
    let _ = fs::remove_dir_all(wheels);
    let mut build = environment.command("maturin");
    build
        .args(["build", "--profile", "dev", "--interpreter"])
        .arg(environment.program("python"));
    // A folder of its own: an extension module is linked unlike the tests, and cargo keeps one of the two.
    build
        .arg("--out")
        .arg(wheels)
        .env("CARGO_TARGET_DIR", target)
        .current_dir(project);
    run(build);
    let mut wheels = fs::read_dir(wheels).expect("maturin made the folder");
    wheels
        .next()
        .expect("maturin built a wheel")
        .expect("the folder can be read")
        .path()
}

/// Changes when a file changes that may go into the wheel.
fn fingerprint(project: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    for name in [
        "Cargo.lock",
        "Cargo.toml",
        "README.md",
        "pyproject.toml",
        "python",
    ] {
        add(&root().join(name), &mut hasher);
    }
    for name in ["wsgi-core", "wsgi-middleware", "wsgi-router", "wsgi-server"] {
        add(&root().join(name).join("Cargo.toml"), &mut hasher);
        add(&root().join(name).join("src"), &mut hasher);
    }
    add(&project.join("src"), &mut hasher);
    format!("{:016x}", hasher.finish())
}

fn add(path: &Path, hasher: &mut DefaultHasher) {
    if path.is_dir() {
        let entries = fs::read_dir(path);
        let entries = entries.unwrap_or_else(|error| panic!("cannot read {path:?}: {error}"));
        let mut entries: Vec<_> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        entries.sort();
        let sources = entries
            .iter()
            .filter(|entry| !entry.ends_with("__pycache__"));
        sources.for_each(|entry| add(entry, hasher));
    } else if let Ok(content) = fs::read(path) {
        path.hash(hasher);
        content.hash(hasher);
    }
}
