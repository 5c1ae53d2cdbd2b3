//! Opening files below a folder, and nowhere else.

use std::fs::{File, Metadata};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, openat, statat};
use rustix::io::Errno;

/// What symbolic links may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Links {
    /// Lead to what is below the same root.
    #[default]
    Inside,
    /// Lead anywhere.
    Anywhere,
}

/// What lies at a path.
#[derive(Debug)]
pub(super) enum Place {
    /// A file that may be read, opened.
    File(File, Metadata),
    Folder,
    Nothing,
}

/// What lies at a path, without opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    /// Nothing, or nothing that is ever opened: a pipe, a device, a socket.
    Nothing,
}

/// `NONBLOCK`, should something else be in the place of a file: opening a pipe would wait for a writer.
const READ: OFlags = OFlags::RDONLY
    .union(OFlags::CLOEXEC)
    .union(OFlags::NOCTTY)
    .union(OFlags::NONBLOCK);

/// The root, opened by its name, whose links count as the configuration's own.
/// `None` when it is not there.
pub(super) fn open_root(path: &Path) -> io::Result<Option<OwnedFd>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    missing_is_none(rustix::fs::open(path, flags, Mode::empty()))
}

/// What lies at `path` below `root`, as far as links may lead there. A file is opened at once, for nearly all that clients
/// ask for are files that they get.
pub(super) fn look(root: BorrowedFd<'_>, path: &[u8], links: Links) -> io::Result<Place> {
    let opened = match opened(root, path, links) {
        // A folder whose names may not be read can be gone through all the same.
        Err(Errno::ACCESS) => {
            return Ok(match kind(root, path, links)? {
                Kind::Folder => Place::Folder,
                Kind::File | Kind::Nothing => Place::Nothing,
            });
        }
        opened => missing_is_none(opened)?,
    };
    let Some(opened) = opened else {
        return Ok(Place::Nothing);
    };
    let file = File::from(opened);
    let metadata = file.metadata()?;
    Ok(match metadata.file_type() {
        kind if kind.is_file() => Place::File(file, metadata),
        kind if kind.is_dir() => Place::Folder,
        _ => Place::Nothing,
    })
}

/// What lies at `path` below `root`, without opening it, as far as links may lead there.
pub(super) fn kind(root: BorrowedFd<'_>, path: &[u8], links: Links) -> io::Result<Kind> {
    let path = if path.is_empty() { b"." } else { path };
    let found = match links {
        Links::Anywhere => statat(root, path, AtFlags::empty()),
        Links::Inside => stat_beneath(root, path),
    };
    let kind = |stat: Stat| FileType::from_raw_mode(stat.st_mode);
    Ok(match missing_is_none(found)?.map(kind) {
        Some(FileType::RegularFile) => Kind::File,
        Some(FileType::Directory) => Kind::Folder,
        _ => Kind::Nothing,
    })
}

/// Opens what lies at `path` below `root`. `None` when there is nothing, or nothing that may be read, or the way there
/// leads out of the root.
///
/// Whether it leads out the system decides while it opens, so that nobody can change a link in between. Where it cannot
/// (Linux before 5.6, other systems), links are not followed at all.
pub(super) fn open(root: BorrowedFd<'_>, path: &[u8], links: Links) -> io::Result<Option<File>> {
    Ok(missing_is_none(opened(root, path, links))?.map(File::from))
}

fn opened(root: BorrowedFd<'_>, path: &[u8], links: Links) -> rustix::io::Result<OwnedFd> {
    let path = if path.is_empty() { b"." } else { path };
    match links {
        Links::Anywhere => openat(root, path, READ, Mode::empty()),
        Links::Inside => open_beneath(root, path),
    }
}

fn open_beneath(root: BorrowedFd<'_>, path: &[u8]) -> rustix::io::Result<OwnedFd> {
    resolve_beneath(root, path, READ).unwrap_or_else(|| open_without_links(root, path))
}

fn stat_beneath(root: BorrowedFd<'_>, path: &[u8]) -> rustix::io::Result<Stat> {
    #[cfg(target_os = "linux")]
    if let Some(place) = resolve_beneath(root, path, OFlags::PATH | OFlags::CLOEXEC) {
        return rustix::fs::fstat(place?);
    }
    stat_without_links(root, path)
}

/// `None` where the system cannot do that.
#[cfg(target_os = "linux")]
fn resolve_beneath(
    root: BorrowedFd<'_>,
    path: &[u8],
    flags: OFlags,
) -> Option<rustix::io::Result<OwnedFd>> {
    use rustix::fs::{ResolveFlags, openat2};

    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    // Somebody renaming folders meanwhile makes the system unsure; it asks to try again.
    for _ in 0..8 {
        match openat2(root, path, flags, Mode::empty(), resolve) {
            Err(Errno::AGAIN) => {}
            // Old systems do not know the call; some sandboxes forbid what they do not know.
            Err(Errno::NOSYS | Errno::PERM) => return None,
            done => return Some(done),
        }
    }
    Some(Err(Errno::AGAIN))
}

#[cfg(not(target_os = "linux"))]
fn resolve_beneath(_: BorrowedFd<'_>, _: &[u8], _: OFlags) -> Option<rustix::io::Result<OwnedFd>> {
    None
}

/// Segment by segment, none of which may be a link.
fn open_without_links(root: BorrowedFd<'_>, path: &[u8]) -> rustix::io::Result<OwnedFd> {
    let mut segments = path.split(|&byte| byte == b'/').peekable();
    let mut folder: Option<OwnedFd> = None;
    while let Some(segment) = segments.next() {
        let at = folder.as_ref().map_or(root, AsFd::as_fd);
        let kind = match segments.peek() {
            Some(_) => OFlags::DIRECTORY,
            None => OFlags::empty(),
        };
        let next = openat(at, segment, READ | OFlags::NOFOLLOW | kind, Mode::empty())?;
        folder = Some(next);
    }
    folder.ok_or(Errno::NOENT)
}

/// As [`open_without_links`], without opening what lies there.
fn stat_without_links(root: BorrowedFd<'_>, path: &[u8]) -> rustix::io::Result<Stat> {
    let slash = path.iter().rposition(|&byte| byte == b'/');
    let folder = slash
        .map(|slash| open_without_links(root, &path[..slash]))
        .transpose()?;
    let at = folder.as_ref().map_or(root, AsFd::as_fd);
    let name = &path[slash.map_or(0, |slash| slash + 1)..];
    statat(at, name, AtFlags::SYMLINK_NOFOLLOW)
}

/// What a client can bring about by the path that it asks for is no failure.
fn missing_is_none<T>(result: rustix::io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(
            Errno::NOENT
            | Errno::NOTDIR
            | Errno::ACCESS
            | Errno::LOOP
            | Errno::XDEV
            | Errno::NAMETOOLONG
            | Errno::INVAL
            | Errno::ILSEQ
            | Errno::NXIO
            | Errno::NODEV,
        ) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A root with a file, a folder, and links to both, to itself, and out of it.
    fn root() -> (tempfile::TempDir, OwnedFd) {
        let outer = tempfile::tempdir().unwrap();
        let at = |name: &str| outer.path().join(name);
        std::fs::create_dir_all(at("root/folder")).unwrap();
        std::fs::write(at("secret"), "secret").unwrap();
        std::fs::write(at("root/file"), "file").unwrap();
        std::fs::write(at("root/folder/deep"), "deep").unwrap();
        symlink("file", at("root/near")).unwrap();
        symlink("folder", at("root/way")).unwrap();
        symlink("../secret", at("root/out")).unwrap();
        symlink(at("secret"), at("root/absolute")).unwrap();
        symlink("..", at("root/up")).unwrap();
        symlink("loop", at("root/loop")).unwrap();
        let root = open_root(&at("root")).unwrap().unwrap();
        (outer, root)
    }

    #[test]
    fn links_lead_where_they_may() {
        let (_outer, root) = root();
        // Path; whether it opens where links stay inside, without links, and with links to anywhere.
        let cases = [
            ("file", true, true, true),
            ("folder", true, true, true),
            ("folder/deep", true, true, true),
            ("near", true, false, true),
            ("way/deep", true, false, true),
            ("out", false, false, true),
            ("absolute", false, false, true),
            ("up/secret", false, false, true),
            ("loop", false, false, false),
            ("none", false, false, false),
            ("file/x", false, false, false),
        ];
        for (path, inside, without, anywhere) in cases {
            let path = path.as_bytes();
            let opens = |links| open(root.as_fd(), path, links).unwrap().is_some();
            let plain = missing_is_none(open_without_links(root.as_fd(), path));
            let seen = (
                opens(Links::Inside),
                plain.unwrap().is_some(),
                opens(Links::Anywhere),
            );
            assert_eq!(seen, (inside, without, anywhere), "{}", path.escape_ascii());
            // What is not to be opened is not there, either.
            let is_there = |links| kind(root.as_fd(), path, links).unwrap() != Kind::Nothing;
            let found = |links| look(root.as_fd(), path, links).unwrap();
            for links in [Links::Inside, Links::Anywhere] {
                let is_found = !matches!(found(links), Place::Nothing);
                assert_eq!(is_found, is_there(links), "{}", path.escape_ascii());
            }
            let plain = missing_is_none(stat_without_links(root.as_fd(), path)).unwrap();
            let plain = plain.map(|stat| FileType::from_raw_mode(stat.st_mode));
            let plain = plain.is_some_and(|kind| kind != FileType::Symlink);
            let seen = (is_there(Links::Inside), plain, is_there(Links::Anywhere));
            assert_eq!(seen, (inside, without, anywhere), "{}", path.escape_ascii());
        }
    }

    #[test]
    fn a_pipe_is_nothing() {
        let (outer, root) = root();
        let made = std::process::Command::new("mkfifo")
            .arg(outer.path().join("root/pipe"))
            .status();
        assert!(made.unwrap().success());
        for links in [Links::Inside, Links::Anywhere] {
            let kind = |path| kind(root.as_fd(), path, links).unwrap();
            assert_eq!(kind(b"pipe"), Kind::Nothing);
            assert_eq!(kind(b"file"), Kind::File);
            assert_eq!(kind(b""), Kind::Folder);
            let look = |path| look(root.as_fd(), path, links).unwrap();
            assert!(matches!(look(b"pipe"), Place::Nothing));
            assert!(matches!(look(b"file"), Place::File(_, metadata) if metadata.len() == 4));
            assert!(matches!(look(b""), Place::Folder));
        }
    }
}
