//! The head on its way out.

use wsgi_core::{
    ApplicationError, EarlyHints, EarlyHintsError, ExcInfo, Headers, StartResponse,
    StartResponseError, StatusLine, WriteError,
};

use super::{BlockHook, Hooks, MappedRequest};

/// Runs the functions over the head, and the one over blocks over what is written.
pub(super) struct MappedStart<'s> {
    outer: &'s mut dyn StartResponse,
    hooks: &'s Hooks,
    request: MappedRequest,
    map: Option<Box<BlockHook>>,
}

impl<'s> MappedStart<'s> {
    pub(super) fn new(
        outer: &'s mut dyn StartResponse,
        hooks: &'s Hooks,
        request: MappedRequest,
    ) -> Self {
        Self {
            outer,
            hooks,
            request,
            map: None,
        }
    }

    /// What is to be done with the blocks of the body.
    pub(super) fn into_map(self) -> Option<Box<BlockHook>> {
        self.map
    }

    /// The function over the blocks of this response.
    fn changed(
        &self,
        status: &mut StatusLine,
        headers: &mut Headers,
    ) -> Result<Option<Box<BlockHook>>, ApplicationError> {
        for change in &self.hooks.head {
            change(&self.request, status, headers)?;
        }
        let Some(begin) = &self.hooks.blocks else {
            return Ok(None);
        };
        let map = begin(&self.request, status, headers)?;
        if map.is_some() {
            describe_no_old_bytes(headers, self.hooks.keeps_length)?;
        }
        Ok(map)
    }
}

impl StartResponse for MappedStart<'_> {
    fn start_response(
        &mut self,
        mut status: StatusLine,
        mut headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        let map = self
            .changed(&mut status, &mut headers)
            .map_err(|error| match error {
                ApplicationError::Raised(cause) => StartResponseError::Other(cause),
                ApplicationError::Header(error) => StartResponseError::Header(error),
                other => StartResponseError::Other(Box::new(other)),
            })?;
        self.outer.start_response(status, headers, exc_info)?;
        self.map = map;
        Ok(())
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        let Some(map) = &mut self.map else {
            return self.outer.write(block);
        };
        let block = map(block).map_err(|error| match error {
            ApplicationError::Raised(cause) => WriteError::Other(cause),
            other => WriteError::Other(Box::new(other)),
        })?;
        self.outer.write(&block)
    }

    fn early_hints(&mut self, hints: &EarlyHints) -> Result<(), EarlyHintsError> {
        self.outer.early_hints(hints)
    }
}

/// Removes what is true of the bytes only that the application gave.
fn describe_no_old_bytes(
    headers: &mut Headers,
    keeps_length: bool,
) -> Result<(), ApplicationError> {
    if !keeps_length {
        headers.remove("Content-Length");
    }
    for digest in ["Content-Digest", "Repr-Digest", "Digest", "Content-MD5"] {
        headers.remove(digest);
    }
    headers.remove("Accept-Ranges");
    // RFC 9110 §8.8.1: a strong validator promises the very bytes.
    if let Some(tag) = headers.get("ETag").filter(|tag| tag.starts_with(b"\"")) {
        let weak = [b"W/", tag].concat();
        headers.try_insert("ETag", weak)?;
    }
    Ok(())
}
