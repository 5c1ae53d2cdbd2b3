//! Threads that the application has started itself.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tempfile::TempDir;
use wsgi_tests::Server;

use super::{command, get};

const KINDS: [&str; 2] = ["compute", "tick"];

fn serve_counting(folder: &TempDir, kind: &str, options: &[&str]) -> Server {
    let command = command("counts.py", options);
    command
        .current_dir(folder.path())
        .env("COUNTS", kind)
        .start()
}

/// A folder with a pipe that one of the application's threads waits at.
pub(super) fn folder_with_pipe() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mkfifo = Command::new("mkfifo")
        .arg(folder.path().join("pipe"))
        .status();
    assert!(
        mkfifo.is_ok_and(|status| status.success()),
        "mkfifo is part of POSIX"
    );
    folder
}

#[test]
fn they_go_on_while_the_server_has_nothing_to_do() {
    for kind in KINDS {
        for options in [&[][..], &["--threads", "1"]] {
            let folder = folder_with_pipe();
            let mut server = serve_counting(&folder, kind, options);
            let mut connection = server.connect();
            get(&mut connection, "/count"); // it has worked, and waits
            std::fs::write(folder.path().join("pipe"), "").expect("the application reads the pipe");
            server.wait_for_line("went on");
        }
    }
}

#[test]
fn they_go_on_while_the_server_is_flooded() {
    for kind in KINDS {
        for options in [&[][..], &["--threads", "1"]] {
            let folder = folder_with_pipe();
            let server = serve_counting(&folder, kind, options);
            let count = || {
                server
                    .get("/count")
                    .text()
                    .parse::<u64>()
                    .expect("a number")
            };
            let enough = AtomicBool::new(false);
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        let mut connection = server.connect();
                        let many = "GET /count HTTP/1.1\r\nHost: test\r\n\r\n".repeat(20);
                        while !enough.load(Ordering::Relaxed) {
                            connection.send(&many);
                            for _ in 0..20 {
                                assert_eq!(connection.response().status, 200);
                            }
                        }
                    });
                }
                for _ in 0..10 {
                    let before = count();
                    while count() == before {} // a flood that it does not live through ends at the deadline
                }
                enough.store(true, Ordering::Relaxed);
            });
        }
    }
}
