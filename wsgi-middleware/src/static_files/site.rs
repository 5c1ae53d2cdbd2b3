//! All mounts together: from a request to its answer.

use std::borrow::Cow;
use std::path::PathBuf;

use http::Method;
use percent_encoding::{AsciiSet, CONTROLS, percent_encode};
use wsgi_core::{ApplicationError, Body, Environ, Headers, StatusLine};

use super::answer::{Answer, Request, headers, text};
use super::listing::page;
use super::offload::PATH;
use super::path::{Below, SafePath, below, join};
use super::settings::{Missing, Settings};
use super::table::Scanned;
use super::tree::{Found, Live, Mount, Place, Selected, Tree};

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

/// What a request is for.
enum Asked<'p> {
    /// The one at this path.
    File(Cow<'p, [u8]>, Found),
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
        let Some(asked) = self.find(tree, path)? else {
            return Ok(None);
        };
        if !matches!(*environ.method(), Method::GET | Method::HEAD) {
            let allow = [("Allow", "GET, HEAD")];
            return text(StatusLine::METHOD_NOT_ALLOWED, &allow, environ).map(Some);
        }
        match asked {
            Asked::File(path, found) => self.file(mount, tree, &path, found, environ),
            Asked::WithoutSlash => redirect(environ).map(Some),
            Asked::Folder => {
                let names = tree.list(path.path)?;
                let page = page(environ.path_info(), path.path.is_empty(), names);
                listing(page, environ).map(Some)
            }
        }
    }

    /// What lies at a path, if it is something that is answered.
    fn find<'p>(
        &self,
        tree: &dyn Tree,
        path: SafePath<'p>,
    ) -> Result<Option<Asked<'p>>, ApplicationError> {
        match tree.look(path.path)? {
            Place::File(found) if !path.asks_for_folder => {
                Ok(Some(Asked::File(path.path.into(), found)))
            }
            Place::File(_) | Place::Nothing => Ok(None),
            Place::Folder => {
                if let Some(name) = &self.settings.index {
                    let index = join(path.path, name.as_bytes());
                    if let Place::File(found) = tree.look(&index)? {
                        return Ok(Some(match path.asks_for_folder {
                            true => Asked::File(index.into(), found),
                            false => Asked::WithoutSlash,
                        }));
                    }
                }
                Ok(self.settings.listing.then_some(match path.asks_for_folder {
                    true => Asked::Folder,
                    false => Asked::WithoutSlash,
                }))
            }
        }
    }

    /// A file's answer; `None` when it may not be read, or has gone since it was found.
    fn file(
        &self,
        mount: &Mount,
        tree: &dyn Tree,
        path: &[u8],
        mut found: Found,
        environ: &Environ,
    ) -> Result<Option<Answer>, ApplicationError> {
        let request = Request {
            environ,
            settings: &self.settings,
        };
        for attempt in 1.. {
            let (representation, content) = match tree.select(path, found, environ.headers())? {
                Some(Selected::File(representation, content)) => (representation, content),
                Some(Selected::NotAcceptable) => return request.not_acceptable().map(Some),
                None => break,
            };
            if let Some(field) = self.settings.offload.field(&mount.canonical, path) {
                return request.hand_over(representation, field).map(Some);
            }
            match request.answer(representation, content) {
                // It became shorter before a byte of the head was sent, so the next look tells the truth.
                Err(ApplicationError::Io(error))
                    if error.kind() == std::io::ErrorKind::UnexpectedEof && attempt < ATTEMPTS => {}
                done => return done.map(Some),
            }
            let Place::File(again) = tree.look(path)? else {
                break;
            };
            found = again;
        }
        Ok(None)
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
            let answer = self.with_tree(mount, |tree| match tree.look(file.as_bytes())? {
                Place::File(found) => self.file(mount, tree, file.as_bytes(), found, environ),
                Place::Folder | Place::Nothing => Ok(None),
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
