//! The body as a validator hands it to its server.

use super::findings::{Findings, Policy};
use super::link::Link;
use super::progress::Progress;
use super::rule;
use crate::{ApplicationError, Blocks, Body, Environ, ErrorStream, FileRegion};

/// A body in blocks, counted on its way.
pub(super) struct CheckedBlocks {
    body: Body,
    tally: Tally,
    policy: Policy,
    errors: ErrorStream,
    file_checked: bool,
    /// Where validators inside of the application count.
    link: Link,
    /// Where this one counts for the validator outside of it.
    outer: Option<Link>,
}

impl CheckedBlocks {
    /// Checks a complete body at once and gives it back as it is; wraps one that comes in blocks.
    pub(super) fn wrap(
        mut body: Body,
        mut progress: Progress,
        findings: &mut Findings<'_>,
        environ: &mut Environ,
        link: Link,
        outer: Option<Link>,
    ) -> Body {
        if link.blocks() > 0 {
            findings.add(
                rule!("middleware.returns-at-once"),
                "the middleware took blocks from its application's body before it returned; take them when it is asked for some",
            );
        }
        let Some(bytes) = body.take_full() else {
            if let Some(outer) = &outer {
                outer.body_opened();
            }
            return Body::from_blocks(Self {
                tally: Tally::new(progress, body.length()),
                body,
                policy: findings.policy().clone(),
                errors: environ.errors().clone(),
                file_checked: false,
                link,
                outer,
            });
        };
        progress.advance(bytes.len() as u64, findings);
        progress.end(findings);
        if link.open_bodies() > 0 {
            findings.add(rule!("close.called"), NOT_CLOSED);
        }
        Body::from(bytes)
    }
}

const NOT_CLOSED: &str =
    "the middleware did not close its application's body; close or drop it with its own";

impl Blocks for CheckedBlocks {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        let before = self.link.blocks();
        let block = self.body.next_block()?;
        let mut findings = Findings::new(&self.policy);
        if self.link.blocks() - before > 1 {
            findings.add(
                rule!("middleware.block-for-block"),
                "the middleware took several blocks to give one; give an empty block when there is nothing to give yet",
            );
        }
        match block {
            Some(block) => {
                if let Some(outer) = &self.outer {
                    outer.block_given();
                }
                self.tally.given(block.len() as u64, &mut findings);
            }
            None => self.tally.ended(&mut findings),
        }
        findings.settle_with(|| &mut self.errors)?;
        Ok(block)
    }

    fn length(&self) -> Option<u64> {
        self.body.length()
    }

    fn file(&mut self) -> Option<FileRegion<'_>> {
        let region = self.body.file()?;
        if std::mem::replace(&mut self.file_checked, true) {
            return Some(region);
        }
        // The server will not ask for blocks, so what those would have shown is looked at here.
        let mut findings = Findings::new(&self.policy);
        let mut tally = self.tally.clone();
        tally.given(region.length, &mut findings);
        tally.ended(&mut findings);
        // Nothing can fail here; a server that gets no file asks for blocks, and those fail with the report.
        findings.fatal_since(0).is_none().then_some(region)
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        let closed = std::mem::take(&mut self.body).close();
        if let Some(outer) = self.outer.take() {
            outer.body_closed();
        }
        if self.link.open_bodies() > 0 {
            self.policy.judge(
                rule!("close.called"),
                NOT_CLOSED.to_owned(),
                &mut self.errors,
            )?;
        }
        closed
    }
}

/// What has been given, against what was promised by the headers and by the body itself.
#[derive(Clone)]
struct Tally {
    progress: Progress,
    /// The length that the body told at first, and how much of it has come.
    told: Option<u64>,
    given: u64,
    ended: bool,
}

impl Tally {
    fn new(progress: Progress, told: Option<u64>) -> Self {
        Self {
            progress,
            told,
            given: 0,
            ended: false,
        }
    }

    fn given(&mut self, length: u64, findings: &mut Findings<'_>) {
        self.progress.advance(length, findings);
        let before = self.given;
        self.given = self.given.saturating_add(length);
        if let Some(told) = self.told
            && before <= told
            && self.given > told
        {
            findings.add(
                rule!("body.length"),
                format!("the body told a length of {told} bytes, but gave {}; tell none, or the right one", self.given),
            );
        }
    }

    fn ended(&mut self, findings: &mut Findings<'_>) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        if let Some(told) = self.told
            && self.given < told
        {
            findings.add(
                rule!("body.length"),
                format!("the body told a length of {told} bytes, but ended after {}; tell none, or the right one", self.given),
            );
        }
        self.progress.end(findings);
    }
}
