//! The request's body, noted while it is read, so that another application can read it from its beginning.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use wsgi_core::{Environ, Input};

/// What was read, and what was not yet; nothing for a request without a body.
pub(super) struct Tape(Option<Shared>);

/// Shared with the reader that the application has, which may outlive the call; taken out when the body goes on to
/// another application.
type Shared = Arc<Mutex<Option<Content>>>;

struct Content {
    input: Input,
    /// `None` once it was too much, or the body broke off.
    read: Option<Vec<u8>>,
    limit: usize,
}

/// The body cannot be read from its beginning.
pub(super) struct Spent;

impl Tape {
    /// Puts a reader that notes what it reads into the environ, in the place of the body.
    pub(super) fn begin(environ: &mut Environ, limit: usize) -> Self {
        if environ.input().is_empty() {
            return Self(None);
        }
        let input = environ.take_input();
        let remaining = input.remaining();
        let shared = Arc::new(Mutex::new(Some(Content {
            input,
            read: Some(Vec::new()),
            limit,
        })));
        environ.set_input(Input::from_reader(Reader(shared.clone()), remaining));
        Self(Some(shared))
    }

    /// Whether the body can still be had from its beginning.
    pub(super) fn is_spent(&self) -> bool {
        self.with(|content| {
            content
                .as_ref()
                .is_none_or(|content| content.read.is_none())
        })
        .unwrap_or(true)
    }

    /// Nobody will need what was read.
    pub(super) fn end(&self) {
        self.with(|content| {
            if let Some(content) = content {
                content.read = None;
            }
            false
        });
    }

    /// The body from its beginning; whoever kept the reader finds it at its end. `None` where there is no body.
    pub(super) fn rewound(&self) -> Result<Option<Input>, Spent> {
        if self.0.is_none() {
            return Ok(None);
        }
        let mut rewound = Err(Spent);
        self.with(|content| {
            if let Some(Content { input, read, limit }) = content.take() {
                match read {
                    Some(read) => rewound = Ok(Some(chained(read, input))),
                    None => {
                        *content = Some(Content { input, read, limit });
                    }
                }
            }
            false
        });
        rewound
    }

    /// `None` while somebody reads, on another thread: who waited for that while attached to the interpreter might wait
    /// forever.
    fn with(&self, work: impl FnOnce(&mut Option<Content>) -> bool) -> Option<bool> {
        let Some(shared) = &self.0 else {
            return Some(false);
        };
        match shared.try_lock() {
            Ok(mut content) => Some(work(&mut content)),
            Err(TryLockError::Poisoned(content)) => Some(work(&mut content.into_inner())),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

fn chained(read: Vec<u8>, rest: Input) -> Input {
    if read.is_empty() {
        return rest;
    }
    let length = rest.remaining().map(|rest| rest + read.len() as u64);
    Input::from_reader(io::Cursor::new(read).chain(rest), length)
}

struct Reader(Shared);

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut content = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(content) = &mut *content else {
            return Ok(0);
        };
        let outcome = content.input.read(buffer);
        content.read = match (&outcome, content.read.take()) {
            (Ok(count), Some(mut read)) if count + read.len() <= content.limit => {
                read.extend_from_slice(&buffer[..*count]);
                Some(read)
            }
            _ => None,
        };
        outcome
    }
}
