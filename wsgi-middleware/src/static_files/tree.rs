//! The files below one folder: looked up when they are asked for.

use std::fs::{File, Metadata};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;

use wsgi_core::{ApplicationError, Headers};

use super::coding::{BESIDE, suffix};
use super::content::Content;
use super::listing::Entry;
use super::path::join;
use super::representation::{Described, Representation, State};
use super::root::{self, Kind, kind, open, open_root};
use super::settings::Settings;
use super::table::Table;
use crate::common::coding::{Accepted, Choice};

/// A folder and the prefix below which its files are.
#[derive(Clone, Debug)]
pub(super) struct Mount {
    pub(super) prefix: Box<[u8]>,
    /// As it was given: where its name leads may change while files are looked up.
    pub(super) folder: PathBuf,
    pub(super) canonical: PathBuf,
    /// When the folder has been scanned.
    pub(super) table: Option<Arc<Table>>,
}

/// The files of a mount.
pub(super) trait Tree {
    /// What lies at a path.
    fn look(&self, path: &[u8]) -> Result<Place, ApplicationError>;

    /// The file at a path, found there by [`look`](Self::look), as this client should get it. `None` when there is none
    /// any more.
    fn select(
        &self,
        path: &[u8],
        found: Found,
        request: &Headers,
    ) -> Result<Option<Selected>, ApplicationError>;

    /// What lies in the folder at a path and would be answered, in any order.
    fn list(&self, path: &[u8]) -> Result<Vec<Entry>, ApplicationError>;
}

/// What lies at a path.
pub(super) enum Place {
    File(Found),
    Folder,
    Nothing,
}

/// A file that is there: opened, where that is how files are looked at.
pub(super) struct Found(pub(super) Option<Opened>);

/// A plain file and its state.
pub(super) struct Opened {
    pub(super) file: File,
    pub(super) state: State,
}

/// A file as it is to be answered.
pub(super) enum Selected {
    File(Arc<Representation>, Content),
    /// The client refuses all variants of it.
    NotAcceptable,
}

/// The files as they are now.
pub(super) struct Live<'m> {
    root: OwnedFd,
    mount: &'m Mount,
    settings: &'m Settings,
}

impl<'m> Live<'m> {
    /// `None` when the folder is not there now.
    pub(super) fn open(
        mount: &'m Mount,
        settings: &'m Settings,
    ) -> Result<Option<Self>, ApplicationError> {
        let root = open_root(&mount.folder)?;
        Ok(root.map(|root| Self {
            root,
            mount,
            settings,
        }))
    }

    /// Those that lie beside a file.
    fn variants(&self, path: &[u8]) -> Result<[Option<Opened>; 3], ApplicationError> {
        let mut variants = [const { None }; 3];
        if self.settings.may_be_coded() {
            for coding in BESIDE {
                let path = [path, suffix(Some(coding)).as_bytes()].concat();
                variants[coding as usize] = open_file(&self.root, &path, self.settings)?;
            }
        }
        Ok(variants)
    }
}

/// The plain file at a path, if there is one that may be read.
pub(super) fn open_file(
    root: &OwnedFd,
    path: &[u8],
    settings: &Settings,
) -> Result<Option<Opened>, ApplicationError> {
    Ok(match root::look(root.as_fd(), path, settings.links)? {
        root::Place::File(file, metadata) => {
            let state = State::of(&metadata);
            Some(Opened { file, state })
        }
        root::Place::Folder | root::Place::Nothing => None,
    })
}

impl Tree for Live<'_> {
    fn look(&self, path: &[u8]) -> Result<Place, ApplicationError> {
        let place = root::look(self.root.as_fd(), path, self.settings.links)?;
        Ok(match place {
            root::Place::File(file, metadata) => {
                let state = State::of(&metadata);
                Place::File(Found(Some(Opened { file, state })))
            }
            root::Place::Folder => Place::Folder,
            root::Place::Nothing => Place::Nothing,
        })
    }

    fn select(
        &self,
        path: &[u8],
        Found(identity): Found,
        request: &Headers,
    ) -> Result<Option<Selected>, ApplicationError> {
        let Some(identity) = identity else {
            return Ok(None);
        };
        let mut variants = self.variants(path)?;
        let are_there = variants.each_ref().map(Option::is_some);
        let coding = match self.settings.choose(request, &are_there) {
            Choice::Nothing => return Ok(Some(Selected::NotAcceptable)),
            Choice::Identity => None,
            Choice::Coded(coding) => Some(coding),
        };
        let coded = coding.and_then(|coding| variants[coding as usize].take());
        let Opened { file, state } = coded.unwrap_or(identity);
        let described = Described {
            prefix: &self.mount.prefix,
            path,
            coding,
            varies: are_there.contains(&true),
            state,
        };
        let representation = Arc::new(described.represent(self.settings)?);
        Ok(Some(Selected::File(representation, Content::File(file))))
    }

    fn list(&self, path: &[u8]) -> Result<Vec<Entry>, ApplicationError> {
        let Some(folder) = open(self.root.as_fd(), path, self.settings.links)? else {
            return Ok(Vec::new());
        };
        let mut entries = Vec::new();
        for entry in rustix::fs::Dir::read_from(&folder).map_err(io::Error::from)? {
            let entry = entry.map_err(io::Error::from)?;
            let name = entry.file_name().to_bytes();
            if matches!(name, b"." | b"..") || !self.settings.shows(name) {
                continue;
            }
            let below = join(path, name);
            let Some(found) = look_at(&self.root, &below, self.settings)? else {
                continue;
            };
            entries.push(Entry {
                name: name.to_vec(),
                is_folder: found.is_dir(),
            });
        }
        Ok(entries)
    }
}

/// What lies at a path, when it is a file or a folder that may be reached.
pub(super) fn look_at(
    root: &OwnedFd,
    path: &[u8],
    settings: &Settings,
) -> Result<Option<Metadata>, ApplicationError> {
    if kind(root.as_fd(), path, settings.links)? == Kind::Nothing {
        return Ok(None);
    }
    let opened = open(root.as_fd(), path, settings.links)?;
    Ok(opened.map(|file| file.metadata()).transpose()?)
}

impl Settings {
    /// Whether variants are looked for. Not where another server sends the file: it would leave out the coding's name.
    pub(super) fn may_be_coded(&self) -> bool {
        self.precompressed && !self.offload.is_on()
    }

    /// The variant for a client.
    pub(super) fn choose(&self, request: &Headers, variants: &[bool; 3]) -> Choice {
        if !self.may_be_coded() {
            return Choice::Identity;
        }
        let fields = request.get_all("Accept-Encoding");
        Accepted::read(fields).choose(&BESIDE, |coding| variants[coding as usize])
    }

    /// Whether a name may be told.
    pub(super) fn shows(&self, name: &[u8]) -> bool {
        super::path::SafePath::new(name, self.dotfiles).is_some()
    }
}
