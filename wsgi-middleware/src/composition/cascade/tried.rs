//! The `start_response` of an application that is tried.

use wsgi_core::{
    EarlyHints, EarlyHintsError, ExcInfo, Headers, StartResponse, StartResponseError, StatusLine,
    WriteError,
};

use super::tape::Tape;

/// Keeps a response that says "try the next" to itself; any other passes at once.
pub(super) struct TriedStart<'s> {
    outer: &'s mut dyn StartResponse,
    statuses: &'s [u16],
    tape: &'s Tape,
    state: State,
}

enum State {
    NotStarted,
    Declined {
        status: StatusLine,
        headers: Headers,
        exc_info: Option<ExcInfo>,
        has_written: bool,
    },
    /// The outer layer has it; all further calls are its own.
    Passed,
}

impl<'s> TriedStart<'s> {
    pub(super) fn new(
        outer: &'s mut dyn StartResponse,
        statuses: &'s [u16],
        tape: &'s Tape,
    ) -> Self {
        Self {
            outer,
            statuses,
            tape,
            state: State::NotStarted,
        }
    }

    pub(super) fn has_declined(&self) -> bool {
        matches!(self.state, State::Declined { .. })
    }

    pub(super) fn has_written(&self) -> bool {
        matches!(
            self.state,
            State::Declined {
                has_written: true,
                ..
            }
        )
    }

    /// Passes the response on after all.
    pub(super) fn release(&mut self) -> Result<(), StartResponseError> {
        match std::mem::replace(&mut self.state, State::Passed) {
            State::Declined {
                status,
                headers,
                exc_info,
                ..
            } => self.outer.start_response(status, headers, exc_info),
            other => {
                self.state = other;
                Ok(())
            }
        }
    }
}

impl StartResponse for TriedStart<'_> {
    fn start_response(
        &mut self,
        status: StatusLine,
        headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        match (&self.state, exc_info) {
            (State::Passed, exc_info) => self.outer.start_response(status, headers, exc_info),
            (State::Declined { .. }, None) => Err(StartResponseError::Twice),
            // PEP 3333 "Error Handling": what was written counts as sent, though it went nowhere.
            (
                State::Declined {
                    has_written: true, ..
                },
                Some(exc_info),
            ) => Err(StartResponseError::HeadersSent(exc_info)),
            (_, exc_info) if self.statuses.contains(&status.code()) && !self.tape.is_spent() => {
                self.state = State::Declined {
                    status,
                    headers,
                    exc_info,
                    has_written: false,
                };
                Ok(())
            }
            (_, exc_info) => {
                self.outer.start_response(status, headers, exc_info)?;
                self.state = State::Passed;
                Ok(())
            }
        }
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        match &mut self.state {
            State::NotStarted => Err(WriteError::NotStarted),
            State::Declined { has_written, .. } => {
                *has_written |= !block.is_empty();
                Ok(())
            }
            State::Passed => self.outer.write(block),
        }
    }

    fn early_hints(&mut self, hints: &EarlyHints) -> Result<(), EarlyHintsError> {
        self.outer.early_hints(hints)
    }
}
