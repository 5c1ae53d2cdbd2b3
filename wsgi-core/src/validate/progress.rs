//! How far a response has come: the rules about how many bytes it may have.

use super::findings::Findings;
use super::rule;

/// What `start_response` was told, and how much has followed.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    pub(super) is_head_request: bool,
    /// Whether `start_response` was called, accepted or not.
    pub(super) called: bool,
    /// What the last accepted call said.
    pub(super) head: Option<Head>,
    /// Bytes given so far, by `write` and as blocks.
    pub(super) bytes: u64,
}

/// What matters of status and headers for the body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) code: u16,
    pub(super) content_length: Option<u64>,
    pub(super) has_content_type: bool,
}

impl Head {
    fn forbids_body(self) -> bool {
        matches!(self.code, 100..=199 | 204 | 205 | 304)
    }
}

impl Progress {
    /// Counts a block. `surplus` tells by how many bytes it goes beyond `Content-Length`.
    pub(super) fn advance(&mut self, length: u64, findings: &mut Findings<'_>) {
        let first = self.bytes == 0;
        self.bytes = self.bytes.saturating_add(length);
        let Some(head) = self.head.filter(|_| length > 0) else {
            return;
        };
        if first && head.forbids_body() {
            findings.add(
                rule!("body.forbidden"),
                format!(
                    "a {} response has no body, but {length} bytes were given; return an empty one",
                    head.code
                ),
            );
        } else if first && !head.has_content_type {
            findings.add(
                rule!("content-type.missing"),
                "the response has a body and no Content-Type; say what it is, such as \"text/plain; charset=utf-8\"",
            );
        }
        if let (Some(promised), true) = (head.content_length, self.surplus() > 0)
            && self.surplus() <= length
        {
            findings.add(
                rule!("content-length.surplus"),
                format!(
                    "Content-Length promises {promised} bytes, but {} were given; correct or leave out the header",
                    self.bytes
                ),
            );
        }
    }

    /// How many bytes were given beyond the `Content-Length`.
    pub(super) fn surplus(&self) -> u64 {
        self.content_length()
            .map_or(0, |promised| self.bytes.saturating_sub(promised))
    }

    /// The body has come to its end by itself.
    pub(super) fn end(&self, findings: &mut Findings<'_>) {
        // The length of what a GET would have answered may be told without giving it (RFC 9110 §8.6).
        let may_be_absent =
            self.is_head_request || self.head.is_some_and(|head| head.forbids_body());
        if let Some(promised) = self.content_length()
            && self.bytes < promised
            && !may_be_absent
        {
            findings.add(
                rule!("content-length.short"),
                format!(
                    "Content-Length promises {promised} bytes, the body ended after {}; correct or leave out the header",
                    self.bytes
                ),
            );
        }
    }

    pub(super) fn content_length(&self) -> Option<u64> {
        self.head.and_then(|head| head.content_length)
    }
}
