//! Between an application and `start_response`: what several layers do there.

mod replaced;

use std::time::Duration;

use wsgi_core::{
    ApplicationError, Body, EarlyHints, EarlyHintsError, Environ, ExcInfo, Headers, StartResponse,
    StartResponseError, StatusLine, WriteError,
};

#[allow(
    unused_imports,
    reason = "which layers use it is a matter of the features"
)]
pub(crate) use replaced::{ReplacedStart, unread};

/// Changes status and headers on their way out; all else passes.
pub(crate) struct ChangedStart<'s, F> {
    outer: &'s mut dyn StartResponse,
    change: F,
}

impl<'s, F> ChangedStart<'s, F>
where
    F: FnMut(&mut StatusLine, &mut Headers) -> Result<(), StartResponseError>,
{
    /// `change` is called once more for each response that the application begins in place of another, with `exc_info`.
    pub(crate) fn new(outer: &'s mut dyn StartResponse, change: F) -> Self {
        Self { outer, change }
    }
}

impl<F> StartResponse for ChangedStart<'_, F>
where
    F: FnMut(&mut StatusLine, &mut Headers) -> Result<(), StartResponseError>,
{
    fn start_response(
        &mut self,
        mut status: StatusLine,
        mut headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        (self.change)(&mut status, &mut headers)?;
        self.outer.start_response(status, headers, exc_info)
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        self.outer.write(block)
    }

    fn early_hints(&mut self, hints: &EarlyHints) -> Result<(), EarlyHintsError> {
        self.outer.early_hints(hints)
    }
}

/// Holds status and headers back until the body is known, or the application writes.
///
/// What the server refuses of them is then the error of the call.
pub(crate) struct HeldStart<'s> {
    outer: &'s mut dyn StartResponse,
    state: State,
}

enum State {
    NotStarted,
    Held(StatusLine, Headers, Option<ExcInfo>),
    /// The outer layer has them; all further calls are its own.
    Released,
}

impl<'s> HeldStart<'s> {
    pub(crate) fn new(outer: &'s mut dyn StartResponse) -> Self {
        Self {
            outer,
            state: State::NotStarted,
        }
    }

    /// Status and headers, while they are held.
    pub(crate) fn held(&mut self) -> Option<(&mut StatusLine, &mut Headers)> {
        match &mut self.state {
            State::Held(status, headers, _) => Some((status, headers)),
            State::NotStarted | State::Released => None,
        }
    }

    /// Whether the outer layer has them.
    pub(crate) fn is_released(&self) -> bool {
        matches!(self.state, State::Released)
    }

    /// Status and headers, while they are held.
    pub(crate) fn head(&self) -> Option<(&StatusLine, &Headers)> {
        match &self.state {
            State::Held(status, headers, _) => Some((status, headers)),
            State::NotStarted | State::Released => None,
        }
    }

    /// Takes what is held, for another answer.
    pub(crate) fn take(self) -> Option<(StatusLine, Headers, Option<ExcInfo>)> {
        match self.state {
            State::Held(status, headers, exc_info) => Some((status, headers, exc_info)),
            State::NotStarted | State::Released => None,
        }
    }

    /// Passes status and headers on, after `change`; does nothing when there are none to pass.
    pub(crate) fn release(
        &mut self,
        change: impl FnOnce(&mut StatusLine, &mut Headers) -> Result<(), StartResponseError>,
    ) -> Result<(), StartResponseError> {
        match std::mem::replace(&mut self.state, State::Released) {
            State::Held(mut status, mut headers, exc_info) => {
                change(&mut status, &mut headers)?;
                self.outer.start_response(status, headers, exc_info)
            }
            other => {
                self.state = other;
                Ok(())
            }
        }
    }
}

impl StartResponse for HeldStart<'_> {
    fn start_response(
        &mut self,
        status: StatusLine,
        headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        match self.state {
            State::Released => return self.outer.start_response(status, headers, exc_info),
            State::Held(..) if exc_info.is_none() => return Err(StartResponseError::Twice),
            State::Held(..) | State::NotStarted => {}
        }
        self.state = State::Held(status, headers, exc_info);
        Ok(())
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        self.release(|_, _| Ok(()))
            .map_err(|refused| WriteError::Other(refused.into()))?;
        self.outer.write(block)
    }

    fn early_hints(&mut self, hints: &EarlyHints) -> Result<(), EarlyHintsError> {
        self.outer.early_hints(hints)
    }
}

/// Notes whether anything was written.
pub(crate) struct WatchedStart<'s> {
    outer: &'s mut dyn StartResponse,
    has_sent: bool,
}

impl<'s> WatchedStart<'s> {
    pub(crate) fn new(outer: &'s mut dyn StartResponse) -> Self {
        Self {
            outer,
            has_sent: false,
        }
    }

    /// Whether it is too late for another answer.
    pub(crate) fn has_sent(&self) -> bool {
        self.has_sent
    }
}

impl StartResponse for WatchedStart<'_> {
    fn start_response(
        &mut self,
        status: StatusLine,
        headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        self.outer.start_response(status, headers, exc_info)
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        let written = self.outer.write(block);
        // Any other write that failed may have sent something all the same.
        let refused = matches!(written, Err(WriteError::NotStarted));
        self.has_sent |= !block.is_empty() && !refused;
        written
    }

    fn early_hints(&mut self, hints: &EarlyHints) -> Result<(), EarlyHintsError> {
        self.outer.early_hints(hints)
    }
}

/// Answers for the layer itself: the reason phrase as text, beside these fields.
///
/// With `exc_info` it takes the place of what the application has begun, if it has.
pub(crate) fn answer(
    environ: &Environ,
    start_response: &mut dyn StartResponse,
    status: StatusLine,
    fields: &[(&str, &str)],
    exc_info: Option<ExcInfo>,
) -> Result<Body, ApplicationError> {
    let content_type = ("Content-Type", "text/plain; charset=utf-8");
    let fields = fields.iter().copied();
    let headers = Headers::try_from_pairs(std::iter::once(content_type).chain(fields))?;
    // Not all servers leave out the body of an answer to HEAD.
    let body = match environ.method().as_str() {
        "HEAD" => Body::empty(),
        _ => Body::from([status.reason(), b"\n"].concat()),
    };
    start_response.start_response(status, headers, exc_info)?;
    Ok(body)
}

/// Answers `503 Service Unavailable`; clients may try again after this time, told in whole seconds, rounded up.
pub(crate) fn unavailable(
    environ: &Environ,
    start_response: &mut dyn StartResponse,
    retry_after: Duration,
) -> Result<Body, ApplicationError> {
    const UNAVAILABLE: StatusLine = StatusLine::from_static("503 Service Unavailable");
    let is_broken = retry_after.subsec_nanos() > 0;
    let seconds = retry_after.as_secs().saturating_add(is_broken.into());
    let fields = [("Retry-After", &*seconds.to_string())];
    answer(environ, start_response, UNAVAILABLE, &fields, None)
}
