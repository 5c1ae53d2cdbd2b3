//! The files below one folder as they were when it was scanned.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::sync::Arc;

use bytes::Bytes;
use wsgi_core::{ApplicationError, Headers};

use super::StaticFilesError;
use super::coding::{BESIDE, suffix};
use super::content::Content;
use super::listing::Entry;
use super::path::join;
use super::representation::{Described, Representation, State};
use super::root::open_root;
use super::settings::Settings;
use super::tree::{Found, Mount, Opened, Place, Selected, Tree, look_at, open_file};
use crate::common::coding::{Choice, Coding};

/// Files up to this size, in bytes, are kept in memory; larger ones are best sent from the system's.
const SMALL: u64 = 64 * 1024;

/// What was below a folder.
#[derive(Debug)]
pub(super) struct Table {
    root: OwnedFd,
    nodes: HashMap<Box<[u8]>, Node>,
    prefix: Box<[u8]>,
}

#[derive(Debug)]
enum Node {
    Folder,
    File(Box<Variants>),
}

/// A file, and what lies beside it in other codings.
#[derive(Debug)]
struct Variants {
    identity: Fixed,
    coded: [Option<Fixed>; 3],
}

/// A file as it was.
#[derive(Debug)]
struct Fixed {
    path: Box<[u8]>,
    state: State,
    representation: Arc<Representation>,
    bytes: Option<Bytes>,
}

impl Table {
    /// Reads all that is below the folder of a mount. Of `memory`, in bytes, it takes what it keeps files in.
    pub(super) fn scan(
        mount: &Mount,
        settings: &Settings,
        memory: &mut u64,
    ) -> Result<Self, StaticFilesError> {
        let root = open_root(&mount.folder).and_then(|root| root.ok_or(ErrorKind::NotFound.into()));
        let root = root.map_err(|source| StaticFilesError::Root {
            path: mount.folder.clone(),
            source,
        })?;
        let mut scan = Scan {
            mount,
            settings,
            memory,
            root: &root,
            found: HashMap::from([(Box::default(), None)]),
        };
        scan.folder(&[], &mut Vec::new())?;
        let found = std::mem::take(&mut scan.found);
        let mut nodes = HashMap::with_capacity(found.len());
        for (path, state) in &found {
            let node = match state {
                None => Node::Folder,
                Some(state) => Node::File(Box::new(scan.variants(path, *state, &found)?)),
            };
            nodes.insert(path.clone(), node);
        }
        Ok(Self {
            root,
            nodes,
            prefix: mount.prefix.clone(),
        })
    }
}

/// What was found: files with their states, folders without.
type Paths = HashMap<Box<[u8]>, Option<State>>;

struct Scan<'s> {
    mount: &'s Mount,
    settings: &'s Settings,
    memory: &'s mut u64,
    root: &'s OwnedFd,
    found: Paths,
}

impl Scan<'_> {
    /// `above` are device and number of the folders on the way, so that a link which leads back ends nowhere.
    fn folder(&mut self, path: &[u8], above: &mut Vec<(u64, u64)>) -> Result<(), StaticFilesError> {
        let failed = |source| self.failed(path, source);
        let folder = super::root::open(self.root.as_fd(), path, self.settings.links);
        let Some(folder) = folder.map_err(failed)? else {
            return Err(failed(ErrorKind::PermissionDenied.into()));
        };
        let metadata = folder.metadata().map_err(failed)?;
        let number = (metadata.dev(), metadata.ino());
        if above.contains(&number) {
            return Ok(());
        }
        above.push(number);
        let entries = rustix::fs::Dir::read_from(&folder).map_err(|error| failed(error.into()))?;
        let mut folders = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| self.failed(path, error.into()))?;
            let name = entry.file_name().to_bytes();
            if matches!(name, b"." | b"..") || !self.settings.shows(name) {
                continue;
            }
            let below: Box<[u8]> = join(path, name).into();
            let there = look_at(self.root, &below, self.settings);
            match there.map_err(|error| self.failed(&below, io::Error::other(error)))? {
                Some(metadata) if metadata.is_dir() => {
                    self.found.insert(below.clone(), None);
                    folders.push(below);
                }
                Some(metadata) if metadata.is_file() => {
                    self.found.insert(below, Some(State::of(&metadata)));
                }
                _ => {}
            }
        }
        for below in folders {
            self.folder(&below, above)?;
        }
        above.pop();
        Ok(())
    }

    fn variants(
        &mut self,
        path: &[u8],
        state: State,
        found: &Paths,
    ) -> Result<Variants, StaticFilesError> {
        let mut states = [None; 3];
        if self.settings.may_be_coded() {
            for coding in BESIDE {
                let variant = [path, suffix(Some(coding)).as_bytes()].concat();
                states[coding as usize] = found.get(&*variant).copied().flatten();
            }
        }
        let varies = states.iter().any(Option::is_some);
        let mut coded = [None, None, None];
        for coding in BESIDE {
            if let Some(state) = states[coding as usize] {
                coded[coding as usize] = Some(self.fixed(path, Some(coding), varies, state)?);
            }
        }
        Ok(Variants {
            identity: self.fixed(path, None, varies, state)?,
            coded,
        })
    }

    fn fixed(
        &mut self,
        path: &[u8],
        coding: Option<Coding>,
        varies: bool,
        state: State,
    ) -> Result<Fixed, StaticFilesError> {
        let described = Described {
            prefix: &self.mount.prefix,
            path,
            coding,
            varies,
            state,
        };
        let representation = described.represent(self.settings);
        let representation = representation.map_err(|source| StaticFilesError::File {
            path: String::from_utf8_lossy(path).into_owned(),
            source,
        })?;
        let path: Box<[u8]> = [path, suffix(coding).as_bytes()].concat().into();
        Ok(Fixed {
            state,
            representation: Arc::new(representation),
            bytes: self.keep(&path, state),
            path,
        })
    }

    /// The file's bytes, if it is small, there is memory left for it, and it can be read as it was looked at; what
    /// cannot is left to be opened when it is asked for.
    fn keep(&mut self, path: &[u8], state: State) -> Option<Bytes> {
        if state.size > SMALL.min(*self.memory) || self.settings.offload.is_on() {
            return None;
        }
        let Opened { file, state: now } = open_file(self.root, path, self.settings).ok()??;
        let mut bytes = vec![0; state.size as usize];
        file.read_exact_at(&mut bytes, 0).ok()?;
        let is_same = now == state;
        is_same.then(|| {
            *self.memory -= state.size;
            Bytes::from(bytes)
        })
    }

    fn failed(&self, path: &[u8], source: io::Error) -> StaticFilesError {
        StaticFilesError::Scan {
            path: self.mount.folder.join(OsStr::from_bytes(path)),
            source,
        }
    }
}

/// A table with the settings that it was made by.
pub(super) struct Scanned<'t> {
    pub(super) table: &'t Table,
    pub(super) settings: &'t Settings,
}

impl Tree for Scanned<'_> {
    fn look(&self, path: &[u8]) -> Result<Place, ApplicationError> {
        Ok(match self.table.nodes.get(path) {
            Some(Node::File(_)) => Place::File(Found(None)),
            Some(Node::Folder) => Place::Folder,
            None => Place::Nothing,
        })
    }

    fn select(
        &self,
        path: &[u8],
        _: Found,
        request: &Headers,
    ) -> Result<Option<Selected>, ApplicationError> {
        let Some(Node::File(variants)) = self.table.nodes.get(path) else {
            return Ok(None);
        };
        let are_there = std::array::from_fn(|at| variants.coded[at].is_some());
        let coding = match self.settings.choose(request, &are_there) {
            Choice::Nothing => return Ok(Some(Selected::NotAcceptable)),
            Choice::Identity => None,
            Choice::Coded(coding) => Some(coding),
        };
        let coded = coding.and_then(|coding| variants.coded[coding as usize].as_ref());
        let fixed = coded.unwrap_or(&variants.identity);
        let mut representation = fixed.representation.clone();
        if let Some(bytes) = &fixed.bytes {
            let content = Content::Memory(bytes.clone());
            return Ok(Some(Selected::File(representation, content)));
        }
        let opened = open_file(&self.table.root, &fixed.path, self.settings)?;
        let Some(Opened { file, state }) = opened else {
            return Ok(None);
        };
        if state != fixed.state {
            // Somebody has changed it all the same: what is sent must be what is told.
            let described = Described {
                prefix: &self.table.prefix,
                path,
                coding,
                varies: are_there.contains(&true),
                state,
            };
            representation = Arc::new(described.represent(self.settings)?);
        }
        Ok(Some(Selected::File(representation, Content::File(file))))
    }

    fn list(&self, path: &[u8]) -> Result<Vec<Entry>, ApplicationError> {
        let name = |below: &[u8]| {
            let below = match path {
                [] => below,
                path => below.strip_prefix(path)?.strip_prefix(b"/")?,
            };
            (!below.is_empty() && !below.contains(&b'/')).then(|| below.to_vec())
        };
        let entries = self.table.nodes.iter().filter_map(|(below, node)| {
            Some(Entry {
                name: name(below)?,
                is_folder: matches!(node, Node::Folder),
            })
        });
        Ok(entries.collect())
    }
}
