//! A response whose body a layer leaves out, or puts a text in the place of.

use wsgi_core::{
    ApplicationError, Blocks, Body, EarlyHints, EarlyHintsError, ExcInfo, Headers, StartResponse,
    StartResponseError, StatusLine, WriteError,
};

/// Changes status and headers on their way out, and may give a text of its own in place of the body, which is then closed
/// unread. What is written for that body goes nowhere.
pub(crate) struct ReplacedStart<'s, F> {
    outer: &'s mut dyn StartResponse,
    change: F,
    text: Option<&'static str>,
}

impl<'s, F> ReplacedStart<'s, F>
where
    F: FnMut(&mut StatusLine, &mut Headers) -> Result<Option<&'static str>, StartResponseError>,
{
    /// `change` gives the text, which may be empty, or `None` for a body that stays.
    pub(crate) fn new(outer: &'s mut dyn StartResponse, change: F) -> Self {
        let text = None;
        Self {
            outer,
            change,
            text,
        }
    }

    /// The body of the response that was begun.
    pub(crate) fn body(self, body: Body) -> Body {
        match self.text {
            Some(text) => unread(body, text),
            None => body,
        }
    }
}

impl<F> StartResponse for ReplacedStart<'_, F>
where
    F: FnMut(&mut StatusLine, &mut Headers) -> Result<Option<&'static str>, StartResponseError>,
{
    fn start_response(
        &mut self,
        mut status: StatusLine,
        mut headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        let text = (self.change)(&mut status, &mut headers)?;
        self.outer.start_response(status, headers, exc_info)?;
        self.text = text;
        Ok(())
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        match self.text {
            Some(_) => Ok(()),
            None => self.outer.write(block),
        }
    }

    fn early_hints(&mut self, hints: &EarlyHints) -> Result<(), EarlyHintsError> {
        self.outer.early_hints(hints)
    }
}

/// A text in place of a body, which is closed when this is, and not before: its application may still be at work.
pub(crate) fn unread(body: Body, text: &'static str) -> Body {
    match body.as_full() {
        Some(_) => Body::from(text),
        None => Body::from_blocks(Unread { body, text }),
    }
}

struct Unread {
    body: Body,
    text: &'static str,
}

impl Blocks for Unread {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        let text = std::mem::take(&mut self.text);
        Ok((!text.is_empty()).then_some(text.as_bytes()))
    }

    fn length(&self) -> Option<u64> {
        Some(self.text.len() as u64)
    }

    fn close(&mut self) -> Result<(), ApplicationError> {
        std::mem::take(&mut self.body).close()
    }
}
