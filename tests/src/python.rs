//! The virtual environment of the tests: CPython with the packages of `tests/requirements.txt`.
//!
//! It lies in the target folder, one for each version of CPython, and is made by whichever test asks first.
//! A stamp in it holds the requirements it was made from; when they change it is made anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::lock::Lock;
use crate::workspace::{root, run, target_folder};

/// A virtual environment.
#[derive(Debug)]
pub struct Environment {
    folder: PathBuf,
    version: String,
}

/// The virtual environment of the tests, ready to use.
///
/// # Panics
/// When it cannot be made, with what failed and how to mend it.
pub fn environment() -> &'static Environment {
    static ENVIRONMENT: OnceLock<Environment> = OnceLock::new();
    ENVIRONMENT.get_or_init(Environment::prepare)
}

impl Environment {
    /// Its folder: what `VIRTUAL_ENV` is set to.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The version of CPython, such as `3.11` or `3.14t` when it has no GIL.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// A program in it, such as `python` or `gunicorn`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    /// Where its packages lie.
    pub fn site_packages(&self) -> PathBuf {
        self.folder
            .join(format!("lib/python{}/site-packages", self.version))
    }

    /// A command of one of its programs, with the environment active as for a user who activated it.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.program(program));
        self.activate(&mut command);
        command
    }

    /// Makes the environment the active one of a command.
    pub fn activate(&self, command: &mut Command) {
        let mut path = self.folder.join("bin").into_os_string();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        command
            .env("PATH", path)
            .env("VIRTUAL_ENV", &self.folder)
            .env_remove("PYTHONHOME");
    }

    fn prepare() -> Self {
        let interpreter = interpreter();
        let version = version(&interpreter);
        let folder = target_folder().join(format!("test-python-{version}"));
        let environment = Self { folder, version };
        let requirements = fs::read_to_string(root().join("tests/requirements.txt"))
            .expect("tests/requirements.txt is in the repository");
        let _lock =
            Lock::take(&target_folder().join(format!("test-python-{}.lock", environment.version)));
        let stamp = environment.folder.join("requirements.stamp");
        if fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == requirements) {
            return environment;
        }
        environment.create(&interpreter);
        fs::write(&stamp, requirements)
            .unwrap_or_else(|error| panic!("cannot write {stamp:?}: {error}"));
        environment
    }

    fn create(&self, interpreter: &Path) {
        let mut create = Command::new(interpreter);
        create.args(["-m", "venv", "--clear"]).arg(&self.folder);
        succeed(
            create,
            "making the virtual environment of the tests",
            "install the `venv` module of this CPython (Debian: python3-venv), or name another by PYO3_PYTHON",
        );
        let mut install = self.command("python");
        install.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
        ]);
        install.arg(root().join("tests/requirements.txt"));
        succeed(
            install,
            "installing tests/requirements.txt",
            "see that a package index can be reached, and that a C compiler and the headers of this CPython \
             (Debian: python3-dev) are installed, for uWSGI is built from source",
        );
    }
}

/// The CPython that the workspace was linked to.
fn interpreter() -> PathBuf {
    option_env!("WSGI_TESTS_PYTHON").unwrap_or("python3").into()
}

fn version(interpreter: &Path) -> String {
    let mut ask = Command::new(interpreter);
    ask.args([
        "-c",
        "import sys; print('%d.%d%s' % (*sys.version_info[:2], sys.abiflags))",
    ]);
    let version = String::from_utf8_lossy(&run(ask)).trim().to_owned();
    assert!(
        !version.is_empty(),
        "{interpreter:?} does not tell its version"
    );
    version
}

fn succeed(mut command: Command, doing: &str, mend: &str) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{doing}: cannot start {command:?}: {error}; {mend}"));
    assert!(
        output.status.success(),
        "{doing} failed; {mend}\n{command:?}:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}
