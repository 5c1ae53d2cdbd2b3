//! `wsgi.input` as a validator hands it to its application: does it end where the body ends?

use std::io::{self, Read};

use super::findings::Policy;
use super::requirements::Requirement;
use super::rule;
use crate::{Environ, ErrorStream, Input, environ};

/// Watches a body whose end is yet to come. One at hand was checked with the environ, and a Python server's
/// own stream is left to be itself.
pub(super) fn watch(environ: &mut Environ, policy: &Policy) {
    if environ.source().is_some() || !environ.input().is_stream() {
        return;
    }
    let promised = environ
        .var(environ::CONTENT_LENGTH)
        .and_then(|value| std::str::from_utf8(&value).ok()?.parse().ok());
    let watched = Watched {
        policy: policy.clone(),
        errors: environ.errors().clone(),
        promised,
        read: 0,
        ended: false,
        input: environ.take_input(),
    };
    let length = watched.input.remaining();
    environ.set_input(Input::from_reader(watched, length));
}

struct Watched {
    input: Input,
    policy: Policy,
    errors: ErrorStream,
    /// The request's `CONTENT_LENGTH`, in bytes.
    promised: Option<u64>,
    read: u64,
    ended: bool,
}

impl Watched {
    fn warn(&mut self, requirement: &'static Requirement, detail: String) {
        // All of these are warnings: `judge` writes them and has nothing to fail with.
        let _ = self.policy.judge(requirement, detail, &mut self.errors);
    }
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.input.read(buffer)?;
        let before = self.read;
        self.read += got as u64;
        if got > 0 && self.ended {
            self.warn(
                rule!("input.exhausted"),
                "wsgi.input gave bytes after it had come to its end; an exhausted stream gives none".to_owned(),
            );
        }
        let ends = got == 0 && !buffer.is_empty() && !self.ended;
        self.ended |= ends;
        if let Some(promised) = self.promised {
            if before <= promised && self.read > promised {
                self.warn(
                    rule!("input.ends"),
                    format!("wsgi.input gives more than the {promised} bytes of CONTENT_LENGTH; it has to end there"),
                );
            } else if ends && self.read < promised {
                self.warn(
                    rule!("input.whole"),
                    format!(
                        "wsgi.input ended after {} of the {promised} bytes of CONTENT_LENGTH; a body cut short is an error, not an end",
                        self.read
                    ),
                );
            }
        }
        Ok(got)
    }
}
