//! `start_response` and `write` as a validator hands them to its application.

use super::findings::Findings;
use super::headers;
use super::link::Link;
use super::progress::Progress;
use super::rule;
use crate::{
    EarlyHints, EarlyHintsError, ExcInfo, Headers, StartResponse, StartResponseError, StatusLine,
    WriteError,
};

pub(super) struct CheckedStart<'c, 'p> {
    server: &'c mut dyn StartResponse,
    findings: Findings<'p>,
    progress: Progress,
    /// Calls of `write` that reached the server.
    writes: usize,
    /// `start_response` refused a call with `exc_info`, so that the application has to give up.
    must_give_up: bool,
    link: &'c Link,
    outer: Option<&'c Link>,
}

impl<'c, 'p> CheckedStart<'c, 'p> {
    pub(super) fn new(
        server: &'c mut dyn StartResponse,
        is_head_request: bool,
        findings: Findings<'p>,
        link: &'c Link,
        outer: Option<&'c Link>,
    ) -> Self {
        let progress = Progress {
            is_head_request,
            ..Progress::default()
        };
        Self {
            server,
            findings,
            progress,
            writes: 0,
            must_give_up: false,
            link,
            outer,
        }
    }

    /// The application has returned, with a body or an error.
    pub(super) fn returned(&mut self, with_body: bool) {
        if with_body && !self.progress.called {
            self.findings.add(
                rule!("start-response.before-body"),
                "the application returned a body without calling start_response; call it first",
            );
        }
        if with_body && self.must_give_up {
            self.findings.add(
                rule!("exc-info.trapped"),
                "start_response refused a call with exc_info and the application went on; let that error propagate",
            );
        }
    }

    pub(super) fn into_parts(self) -> (Findings<'p>, Progress) {
        (self.findings, self.progress)
    }

    /// The server's answer to a well-formed call is checked as well.
    fn check_answer(&mut self, with_exc_info: bool, answer: &Result<(), StartResponseError>) {
        if !with_exc_info {
            return;
        }
        let sent = self.progress.bytes > 0;
        match answer {
            Ok(()) if sent => self.findings.add(
                rule!("exc-info.accepted-late"),
                "start_response with exc_info was accepted after bytes were written; unless the layer above holds those back, it has to raise",
            ),
            Err(StartResponseError::HeadersSent(_)) if self.writes == 0 => self.findings.add(
                rule!("exc-info.replaces-headers"),
                "the server refused start_response with exc_info although nothing was written; it has to replace the headers",
            ),
            _ => {}
        }
        self.must_give_up |= answer.is_err();
    }
}

impl StartResponse for CheckedStart<'_, '_> {
    fn start_response(
        &mut self,
        status: StatusLine,
        headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        let repeated = std::mem::replace(&mut self.progress.called, true);
        if repeated && exc_info.is_none() {
            let requirement = if self.progress.head.is_some() {
                rule!("start-response.twice")
            } else {
                rule!("start-response.twice-after-error")
            };
            self.findings.add(
                requirement,
                "start_response was called a second time without exc_info; an error handler passes the error it trapped",
            );
            if self.findings.policy().fails() {
                return Err(StartResponseError::Twice);
            }
        }
        let mark = self.findings.mark();
        let head = headers::check(&status, &headers, &mut self.findings);
        if let Some(violation) = self.findings.fatal_since(mark) {
            return Err(StartResponseError::Other(Box::new(violation.clone())));
        }
        let with_exc_info = exc_info.is_some();
        let answer = self.server.start_response(status, headers, exc_info);
        self.check_answer(with_exc_info, &answer);
        if answer.is_ok() {
            self.progress.head = Some(head);
        }
        answer
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        if !self.progress.called {
            self.findings.add(
                rule!("write.before-start-response"),
                "write was called before start_response; call that first",
            );
            if self.findings.policy().fails() {
                return Err(WriteError::NotStarted);
            }
        }
        if self.link.is_attached() && self.link.writes() == 0 {
            self.findings.add(
                rule!("middleware.write"),
                "the middleware wrote although its application did not; give what that yields as blocks of the body",
            );
        }
        if let Some(outer) = self.outer {
            outer.written();
        }
        let mark = self.findings.mark();
        let length = block.len() as u64;
        self.progress.advance(length, &mut self.findings);
        if self.findings.fatal_since(mark).is_some() {
            return Err(WriteError::BeyondContentLength {
                length: self.progress.content_length().unwrap_or_default(),
                surplus: self.progress.surplus(),
            });
        }
        self.writes += 1;
        self.server.write(block)
    }

    fn early_hints(&mut self, hints: &EarlyHints) -> Result<(), EarlyHintsError> {
        self.server.early_hints(hints)
    }
}
