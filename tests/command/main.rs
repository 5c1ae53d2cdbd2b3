//! The command `wsgi-server` as its users meet it: a process with arguments, an environment and signals.

mod forwarded;
mod logging;
mod options;
mod package;
mod routes;
mod signals;
mod targets;
mod virtual_environment;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use wsgi_tests::{DEADLINE, ServerCommand, python, server_binary};

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        let parent = path.parent().expect("it lies in the folder");
        std::fs::create_dir_all(parent).expect("a folder can be made");
        std::fs::write(path, text).expect("a file can be written");
    }
    folder
}

/// Three applications, each of which answers its name, and something that is none.
fn site() -> TempDir {
    let hello = "\
def named(name):
    def app(environ, start_response):
        start_response('200 OK', [('Content-Type', 'text/plain')])
        return [name.encode()]
    return app
app = named('app')
application = named('application')
other = named('other')
def make():
    return named('made')
number = 3
";
    let package = "from hello import named\napp = named('package')\n";
    folder(&[
        ("hello.py", hello),
        ("package/__init__.py", ""),
        ("package/wsgi.py", package),
        ("broken.py", "import not_there_at_all\napp = None\n"),
        (
            "failing.py",
            "def app(environ, start_response):\n    pass\n1 / 0\n",
        ),
    ])
}

/// The command on a free port, in this folder.
fn server(folder: &Path) -> ServerCommand {
    ServerCommand::wsgi_server().current_dir(folder)
}

/// How a command ended that does not serve.
struct Ended {
    code: Option<i32>,
    output: String,
}

/// Runs the command until it ends by itself.
fn run(folder: &Path, arguments: &[&str]) -> Ended {
    let mut command = Command::new(server_binary());
    python::environment().activate(&mut command);
    command.current_dir(folder).args(arguments);
    run_to_end(command)
}

fn run_to_end(mut command: Command) -> Ended {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = command.spawn().expect("the command can be started");
    let pid = Pid::from_child(&child);
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(ended) = receiver.recv_timeout(DEADLINE) else {
        // Not yet waited for, so the number cannot have gone to another process.
        let _ = kill_process(pid, Signal::KILL);
        panic!("{command:?} did not end within {DEADLINE:?}");
    };
    let ended = ended.expect("the child is ours to wait for");
    let output = [ended.stdout, ended.stderr].concat();
    let output = String::from_utf8_lossy(&output).into_owned();
    assert!(!output.contains("panicked"), "{output}");
    Ended {
        code: ended.status.code(),
        output,
    }
}
