//! No room for the files that large bodies are kept in: their requests are refused, and all others go on.

use std::path::Path;
use std::process::Command;

use rustix::process::Resource;
use tempfile::TempDir;
use wsgi_tests::Server;

use super::{Base, MODES, command, others_are_answered};

/// A file system of its own, with room for so many bytes; gone when dropped.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None` where this process may not mount.
    fn of(bytes: usize) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let size = format!("size={bytes}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]);
        let mounted = mount.arg(folder.path()).output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(folder)),
            why => {
                println!("skipped, for a tmpfs cannot be mounted here: {why:?}");
                None
            }
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: the server that has files there is killed a moment before.
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

fn serve(temporary: &Path, options: &[&str]) -> Server {
    let command = command("leaving.py", options);
    command.env("TMPDIR", temporary).start()
}

/// Sends a body of so many bytes, and says how that was answered.
fn upload(server: &Server, size: usize) -> (u16, String) {
    let mut connection = server.connect();
    connection.send(format!(
        "POST /read HTTP/1.1\r\nHost: test\r\nContent-Length: {size}\r\n\r\n"
    ));
    // A server that refuses it does not take it all.
    let _ = connection.try_send(vec![b'x'; size]);
    let response = connection.response();
    assert!(response.is_complete);
    if response.status == 503 {
        assert_eq!(response.header("Connection"), Some("close"));
        assert!(connection.is_closed(), "what follows would be body");
    }
    (response.status, response.text().to_owned())
}

/// A body that is kept in a file is refused, any other is not, and nothing is left of it.
fn large_bodies_are_refused(server: &mut Server, size: usize) {
    let (base, mut known) = (Base::of(server), server.connect());
    for _ in 0..3 {
        assert_eq!(upload(server, size).0, 503);
        assert_eq!(upload(server, 100_000), (200, "100000".to_owned()));
        others_are_answered(server, &mut known, "/others");
    }
    server.wait_for_line("cannot keep a large request body in a temporary file");
    drop(known);
    base.is_back(server, 16);
}

#[test]
fn a_full_disk_refuses_what_does_not_fit_and_gives_the_room_back() {
    for options in MODES {
        let Some(disk) = SmallDisk::of(4 << 20) else {
            return;
        };
        let mut server = serve(disk.path(), options);
        for _ in 0..3 {
            assert_eq!(upload(&server, 3_000_000), (200, "3000000".to_owned()));
        }
        large_bodies_are_refused(&mut server, 9_000_000);
        assert_eq!(upload(&server, 3_000_000), (200, "3000000".to_owned()));
    }
}

#[test]
fn a_limit_of_file_sizes_refuses_and_does_not_kill() {
    for options in MODES {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut server = serve(folder.path(), options);
        server.process().limit(Resource::Fsize, Some(2 << 20));
        large_bodies_are_refused(&mut server, 3_000_000);
        server.process().limit(Resource::Fsize, None);
        assert_eq!(upload(&server, 3_000_000), (200, "3000000".to_owned()));
    }
}

#[test]
fn a_folder_that_is_none_refuses_until_it_is_one() {
    for options in MODES {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let temporary = folder.path().join("missing");
        let mut server = serve(&temporary, options);
        large_bodies_are_refused(&mut server, 3_000_000);
        std::fs::write(&temporary, "a file").expect("the folder can be written to");
        large_bodies_are_refused(&mut server, 3_000_000);
        std::fs::remove_file(&temporary).expect("it was just made");
        std::fs::create_dir(&temporary).expect("the folder can be written to");
        assert_eq!(upload(&server, 3_000_000), (200, "3000000".to_owned()));
    }
}
