//! Our own Python distribution, `wsgi-rs`, in the virtual environment of the tests.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::sync::OnceLock;

use crate::lock::Lock;
use crate::python::environment;
use crate::workspace::{root, run, target_folder};

/// Builds the wheel from the sources as they are now and installs it, unless that was done already.
///
/// # Panics
/// When the build or the installation fails.
pub fn install() {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let environment = environment();
        let folder = target_folder().join("test-wheel");
        fs::create_dir_all(&folder)
            .unwrap_or_else(|error| panic!("cannot create {folder:?}: {error}"));
        let _lock = Lock::take(&folder.join("lock"));
        let stamp = environment.folder().join("wheel.stamp");
        let sources = fingerprint();
        if fs::read_to_string(&stamp).is_ok_and(|built_from| built_from == sources) {
            return;
        }
        build(&folder);
        fs::write(&stamp, sources)
            .unwrap_or_else(|error| panic!("cannot write {stamp:?}: {error}"));
    });
}

fn build(folder: &Path) {
    let environment = environment();
    let wheels = folder.join(format!("wheels-{}", environment.version()));
    // An older wheel of the same version would be taken for the new one.
    let _ = fs::remove_dir_all(&wheels);
    let mut build = environment.command("maturin");
    build
        .args(["build", "--profile", "dev", "--interpreter"])
        .arg(environment.program("python"));
    // A folder of its own: an extension module is linked unlike what the tests are, and cargo keeps one of the two.
    build
        .arg("--out")
        .arg(&wheels)
        .env("CARGO_TARGET_DIR", folder)
        .current_dir(root());
    // What the outer cargo set for this package is nothing to the inner one.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_")
            || name.starts_with("CARGO_MANIFEST_")
            || name == "LD_LIBRARY_PATH"
        {
            build.env_remove(&*name);
        }
    }
    run(build);
    let mut wheel = fs::read_dir(&wheels)
        .expect("maturin made the folder")
        .filter_map(Result::ok);
    let wheel = wheel.next().expect("maturin built a wheel").path();
    let mut install = environment.command("python");
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--force-reinstall",
    ]);
    run({
        install.arg(wheel);
        install
    });
}

/// Changes when a file that goes into the wheel changes.
fn fingerprint() -> String {
    let mut hasher = DefaultHasher::new();
    for name in [
        "Cargo.toml",
        "Cargo.lock",
        "pyproject.toml",
        "README.md",
        "python",
        "wsgi-core",
        "wsgi-middleware",
        "wsgi-router",
        "wsgi-server",
    ] {
        add(&root().join(name), &mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

fn add(path: &Path, hasher: &mut DefaultHasher) {
    if path.is_dir() {
        let entries =
            fs::read_dir(path).unwrap_or_else(|error| panic!("cannot read {path:?}: {error}"));
        let mut entries: Vec<_> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        entries.sort();
        entries
            .iter()
            .filter(|entry| !entry.ends_with("__pycache__"))
            .for_each(|entry| add(entry, hasher));
    } else if let Ok(content) = fs::read(path) {
        path.hash(hasher);
        content.hash(hasher);
    }
}
