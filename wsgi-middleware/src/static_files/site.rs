//! All mounts together: from a request to its answer.

use std::path::PathBuf;

use http::Method;
use percent_encoding::{AsciiSet, CONTROLS, percent_encode};
use wsgi_core::{ApplicationError, Body, Environ, Headers, StatusLine};

use super::answer::{Answer, Request, headers, text};
use super::listing::page;
use super::offload::PATH;
use super::path::{Below, SafePath, below, join};
use super::root::Kind;
use super::settings::{Missing, Settings};
use super::table::Scanned;
use super::tree::{Live, Mount, Selected, Tree};

/// What must not stand in a query as it is; all else is the client's own.
const QUERY: &AsciiSet = &CONTROLS.add(b' ');

/// How often a file is looked at again that became shorter in between.
const ATTEMPTS: usize = 3;

#[derive(Clone, Debug, Default)]
pub(super) struct Site {
    pub(super) settings: Settings,
    /// Those of longer prefixes first.
    pub(super) mounts: Vec<Mount>,
}

/// What lies at a path.
enum Found {
    File(Vec<u8>),
    /// A folder that is asked for without the slash at its end.
    WithoutSlash,
    /// A folder without an index.
    Folder,
}

impl Site {
    /// Adds a mount behind those of the same prefix.
    pub(super) fn add(&mut self, prefix: Box<[u8]>, folder: PathBuf, canonical: PathBuf) {
        let at = self
            .mounts
            .iter()
            .position(|mount| mount.prefix.len() < prefix.len());
        let mount = Mount {
            prefix,
            folder,
            canonical,
            table: None,
        };
        self.mounts.insert(at.unwrap_or(self.mounts.len()), mount);
    }

    /// The answer, or `None` when the request is for the application.
    pub(super) fn answer(&self, environ: &Environ) -> Result<Option<Answer>, ApplicationError> {
        let path = environ.path_info();
        let mut is_ours = false;
        for mount in &self.mounts {
            let Some(below) = below(path, &mount.prefix) else {
                continue;
            };
            is_ours = true;
            let answer =
                self.with_tree(mount, |tree| self.of_mount(mount, tree, below, environ))?;
            if answer.is_some() {
                return Ok(answer);
            }
        }
        if !is_ours {
            return Ok(None);
        }
        if let Some(answer) = self.fallback(environ)? {
            return Ok(Some(answer));
        }
        Ok(match self.settings.missing {
            Missing::PassOn => None,
            Missing::NotFound => Some(text(StatusLine::NOT_FOUND, &[], environ)?),
        })
    }

    /// Lets `answer` use the files of a mount; there is none where its folder is not there.
    fn with_tree(
        &self,
        mount: &Mount,
        answer: impl FnOnce(&dyn Tree) -> Result<Option<Answer>, ApplicationError>,
    ) -> Result<Option<Answer>, ApplicationError> {
        let settings = &self.settings;
        if let Some(table) = &mount.table {
            return answer(&Scanned { table, settings });
        }
        match Live::open(mount, settings)? {
            Some(tree) => answer(&tree),
            None => Ok(None),
        }
    }

    fn of_mount(
        &self,
        mount: &Mount,
        tree: &dyn Tree,
        below: Below<'_>,
        environ: &Environ,
    ) -> Result<Option<Answer>, ApplicationError> {
        let path = match below {
            Below::Itself => Some(SafePath {
                path: b"",
                asks_for_folder: false,
            }),
            Below::Inside(rest) => SafePath::new(rest, self.settings.dotfiles),
        };
        let Some(path) = path else { return Ok(None) };
        let Some(found) = self.find(tree, path)? else {
            return Ok(None);
        };
        if !matches!(*environ.method(), Method::GET | Method::HEAD) {
            let allow = [("Allow", "GET, HEAD")];
            return text(StatusLine::METHOD_NOT_ALLOWED, &allow, environ).map(Some);
        }
        match found {
            Found::File(path) => self.file(mount, tree, &path, environ),
            Found::WithoutSlash => redirect(environ).map(Some),
            Found::Folder => {
                let names = tree.list(path.path)?;
                let page = page(environ.path_info(), path.path.is_empty(), names);
                listing(page, environ).map(Some)
            }
        }
    }

    /// What lies at a path, if it is something that is answered.
    fn find(&self, tree: &dyn Tree, path: SafePath<'_>) -> Result<Option<Found>, ApplicationError> {
        let settings = &self.settings;
        match tree.kind(path.path)? {
            Kind::File if !path.asks_for_folder => Ok(Some(Found::File(path.path.to_vec()))),
            Kind::File | Kind::Nothing => Ok(None),
            Kind::Folder => {
                let index = settings.index.as_ref();
                let index = index.map(|name| join(path.path, name.as_bytes()));
                let has_index = match &index {
                    Some(index) => tree.kind(index)? == Kind::File,
                    None => false,
                };
                Ok(match index {
                    Some(index) if has_index && path.asks_for_folder => Some(Found::File(index)),
                    _ if !has_index && !settings.listing => None,
                    _ if !path.asks_for_folder => Some(Found::WithoutSlash),
                    _ => Some(Found::Folder),
                })
            }
        }
    }

    /// A file's answer; `None` when it may not be read, or has gone since it was found.
    fn file(
        &self,
        mount: &Mount,
        tree: &dyn Tree,
        path: &[u8],
        environ: &Environ,
    ) -> Result<Option<Answer>, ApplicationError> {
        let request = Request {
            environ,
            settings: &self.settings,
        };
        let mut attempts = 0..ATTEMPTS;
        loop {
            let (representation, content) = match tree.select(path, environ.headers())? {
                Some(Selected::File(representation, content)) => (representation, content),
                Some(Selected::NotAcceptable) => return request.not_acceptable().map(Some),
                None => return Ok(None),
            };
            if let Some(field) = self.settings.offload.field(&mount.canonical, path) {
                return request.hand_over(&representation, field).map(Some);
            }
            attempts.next();
            match request.answer(&representation, content) {
                // It became shorter before a byte of the head was sent, so the next look tells the truth.
                Err(ApplicationError::Io(error))
                    if error.kind() == std::io::ErrorKind::UnexpectedEof
                        && !attempts.is_empty() => {}
                done => return done.map(Some),
            }
        }
    }

    /// The page of an application that does its routing in the browser.
    fn fallback(&self, environ: &Environ) -> Result<Option<Answer>, ApplicationError> {
        let Some(file) = &self.settings.fallback else {
            return Ok(None);
        };
        if !matches!(*environ.method(), Method::GET | Method::HEAD) {
            return Ok(None);
        }
        for mount in &self.mounts {
            let is_page = match below(environ.path_info(), &mount.prefix) {
                None => false,
                Some(Below::Itself) => true,
                Some(Below::Inside(rest)) => SafePath::new(rest, self.settings.dotfiles)
                    .is_some_and(|path| !path.name().contains(&b'.')),
            };
            if !is_page {
                continue;
            }
            let answer = self.with_tree(mount, |tree| match tree.kind(file.as_bytes())? {
                Kind::File => self.file(mount, tree, file.as_bytes(), environ),
                _ => Ok(None),
            })?;
            if answer.is_some() {
                return Ok(answer);
            }
        }
        Ok(None)
    }
}

/// To the same path with a slash at its end, so that the links of the page there lead to where they should.
fn redirect(environ: &Environ) -> Result<Answer, ApplicationError> {
    let path = [environ.script_name(), environ.path_info()].concat();
    // Two slashes would begin with the name of a host.
    let rest = path.iter().position(|byte| *byte != b'/');
    let rest = rest.map_or(&path[..0], |start| &path[start..]);
    let mut location = format!("/{}/", percent_encode(rest, PATH));
    if rest.is_empty() {
        location.pop();
    }
    if !environ.query_string().is_empty() {
        location.push('?');
        location.extend(percent_encode(environ.query_string(), QUERY));
    }
    let status = const { StatusLine::from_static("308 Permanent Redirect") };
    text(status, &[("Location", &location)], environ)
}

fn listing(page: String, environ: &Environ) -> Result<Answer, ApplicationError> {
    let length = page.len().to_string();
    let headers: Headers = headers(&[
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", &length),
        // It changes with every file.
        ("Cache-Control", "no-cache"),
    ])?;
    Ok(Answer {
        status: StatusLine::OK,
        headers,
        body: match *environ.method() {
            Method::HEAD => Body::empty(),
            _ => Body::from(page),
        },
    })
}
