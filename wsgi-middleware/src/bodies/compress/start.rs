//! Between the application and `start_response`, for applications that write.

use std::error::Error;
use std::sync::Arc;

use wsgi_core::{
    ApplicationError, EarlyHints, EarlyHintsError, ExcInfo, Headers, StartResponse,
    StartResponseError, StatusLine, WriteError,
};

use super::encoder::Then;
use super::judge::{Verdict, judge};
use super::pool::Pooled;
use super::request::Asked;
use super::settings::Settings;
use super::{Flush, head};
use crate::common::start::HeldStart;

/// Holds status and headers until the body is known, and encodes what is written before.
pub(super) struct CompressedStart<'s> {
    pub(super) held: HeldStart<'s>,
    settings: &'s Arc<Settings>,
    asked: &'s Asked,
    /// How the response goes on where nothing is held any more.
    pub(super) written: Written,
    /// What came out of the encoder for a block.
    output: Vec<u8>,
}

/// What becomes of the blocks of a response that has begun.
pub(super) enum Written {
    Plain,
    Coded(Pooled),
    /// The client has its answer already.
    Dropped,
}

impl<'s> CompressedStart<'s> {
    pub(super) fn new(
        outer: &'s mut dyn StartResponse,
        settings: &'s Arc<Settings>,
        asked: &'s Asked,
    ) -> Self {
        Self {
            held: HeldStart::new(outer),
            settings,
            asked,
            written: Written::Plain,
            output: Vec::new(),
        }
    }

    /// Passes on what is held, ahead of the first block.
    fn release(&mut self) -> Result<(), ApplicationError> {
        let Some((status, headers)) = self.held.held() else {
            return Ok(());
        };
        self.written = begin(self.settings, self.asked, status, headers)?;
        self.held.release(|_, _| Ok(()))?;
        Ok(self.answer_if_dropped()?)
    }

    fn answer_if_dropped(&mut self) -> Result<(), WriteError> {
        match self.written {
            Written::Dropped => self.held.write(self.asked.not_acceptable_text().as_bytes()),
            Written::Plain | Written::Coded(_) => Ok(()),
        }
    }
}

impl StartResponse for CompressedStart<'_> {
    fn start_response(
        &mut self,
        mut status: StatusLine,
        mut headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        if !self.held.is_released() || exc_info.is_none() {
            return self.held.start_response(status, headers, exc_info);
        }
        // Something was written, and an outer layer may hold it still: then this is another response.
        let written = begin(self.settings, self.asked, &mut status, &mut headers).map_err(
            |error| match error {
                ApplicationError::StartResponse(error) => error,
                error => StartResponseError::Other(cause(error)),
            },
        )?;
        self.held.start_response(status, headers, exc_info)?;
        self.written = written;
        self.answer_if_dropped()
            .map_err(|error| StartResponseError::Other(error.into()))
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        // What is held goes out with the first block that has something in it.
        if !block.is_empty() {
            self.release().map_err(|error| match error {
                ApplicationError::Write(error) => error,
                error => WriteError::Other(cause(error)),
            })?;
        } else if self.held.held().is_some() {
            return Ok(());
        }
        match &mut self.written {
            Written::Plain => self.held.write(block),
            Written::Coded(_) if block.is_empty() => self.held.write(block),
            Written::Coded(encoder) => {
                let then = match self.settings.flush {
                    Flush::EveryBlock => Then::Later,
                    Flush::AtEnd => Then::More,
                };
                self.output.clear();
                encoder
                    .encode(block, then, &mut self.output)
                    .map_err(|error| WriteError::Other(error.into()))?;
                self.held.write(&self.output)
            }
            Written::Dropped => Ok(()),
        }
    }

    fn early_hints(&mut self, hints: &EarlyHints) -> Result<(), EarlyHintsError> {
        self.held.early_hints(hints)
    }
}

/// Describes a response whose length nobody knows, and which is about to go out.
fn begin(
    settings: &Arc<Settings>,
    asked: &Asked,
    status: &mut StatusLine,
    headers: &mut Headers,
) -> Result<Written, ApplicationError> {
    Ok(match judge(settings, asked, status, headers, None)? {
        Verdict::Untouched => Written::Plain,
        Verdict::Plain => {
            head::vary(headers)?;
            Written::Plain
        }
        Verdict::Coded(coding) => {
            let mut encoder = Pooled::take(settings, coding)?;
            encoder.begin_stream()?;
            head::describe(headers, coding, None)?;
            Written::Coded(encoder)
        }
        Verdict::NotAcceptable => {
            head::not_acceptable(status, headers)?;
            Written::Dropped
        }
    })
}

/// The error that a hook of the application gave, as it was: Python wants its own exception back.
fn cause(error: ApplicationError) -> Box<dyn Error + Send + Sync> {
    match error {
        ApplicationError::Raised(cause) => cause,
        error => error.into(),
    }
}
