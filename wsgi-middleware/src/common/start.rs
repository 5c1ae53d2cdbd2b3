//! Between an application and `start_response`: what several layers do there.

mod answer;
mod replaced;

use wsgi_core::{
    EarlyHints, EarlyHintsError, ExcInfo, Headers, StartResponse, StartResponseError, StatusLine,
    WriteError,
};

#[allow(
    unused_imports,
    reason = "which layers use it is a matter of the features"
)]
pub(crate) use self::{
    answer::{answer, refuse, unavailable},
    replaced::{ReplacedStart, unread},
};

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
    holds: fn(&StatusLine) -> bool,
    held: Option<(StatusLine, Headers, Option<ExcInfo>)>,
    passed: Passed,
}

/// What the outer layer has of the response.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Passed {
    Nothing,
    /// Status and headers that nobody wants held; another response may take their place.
    Head,
    /// What is to be held: all further calls are the outer layer's own.
    Released,
}

impl<'s> HeldStart<'s> {
    pub(crate) fn new(outer: &'s mut dyn StartResponse) -> Self {
        Self::only(outer, |_| true)
    }

    /// Holds responses of these statuses alone; all others begin at once.
    pub(crate) fn only(outer: &'s mut dyn StartResponse, holds: fn(&StatusLine) -> bool) -> Self {
        Self {
            outer,
            holds,
            held: None,
            passed: Passed::Nothing,
        }
    }

    /// Status and headers, while they are held.
    pub(crate) fn held(&mut self) -> Option<(&mut StatusLine, &mut Headers)> {
        let (status, headers, _) = self.held.as_mut()?;
        Some((status, headers))
    }

    /// Whether the outer layer has them.
    pub(crate) fn is_released(&self) -> bool {
        self.passed == Passed::Released
    }

    /// Status and headers, while they are held.
    pub(crate) fn head(&self) -> Option<(&StatusLine, &Headers)> {
        let (status, headers, _) = self.held.as_ref()?;
        Some((status, headers))
    }

    /// Takes what is held, for another answer.
    pub(crate) fn take(self) -> Option<(StatusLine, Headers, Option<ExcInfo>)> {
        self.held
    }

    /// Passes status and headers on, after `change`; does nothing when there are none to pass.
    pub(crate) fn release(
        &mut self,
        change: impl FnOnce(&mut StatusLine, &mut Headers) -> Result<(), StartResponseError>,
    ) -> Result<(), StartResponseError> {
        let Some((mut status, mut headers, exc_info)) = self.held.take() else {
            return Ok(());
        };
        self.passed = Passed::Released;
        change(&mut status, &mut headers)?;
        self.outer.start_response(status, headers, exc_info)
    }
}

impl StartResponse for HeldStart<'_> {
    fn start_response(
        &mut self,
        status: StatusLine,
        headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        if self.held.is_some() && exc_info.is_none() {
            return Err(StartResponseError::Twice);
        }
        // Where it is too late for another response, the outer layer says so.
        let may_hold = match self.passed {
            Passed::Nothing => true,
            Passed::Head => exc_info.is_some(),
            Passed::Released => false,
        };
        if may_hold && (self.holds)(&status) {
            self.held = Some((status, headers, exc_info));
            return Ok(());
        }
        self.outer.start_response(status, headers, exc_info)?;
        if self.held.is_some() {
            self.held = None;
        }
        if self.passed == Passed::Nothing {
            self.passed = Passed::Head;
        }
        Ok(())
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        self.release(|_, _| Ok(()))
            .map_err(|refused| WriteError::Other(refused.into()))?;
        if self.passed == Passed::Head {
            self.passed = Passed::Released;
        }
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

#[cfg(test)]
mod tests {
    use wsgi_core::testing::Recorder;

    use super::*;

    fn start(outer: &mut dyn StartResponse, status: &str, again: bool) -> Result<(), String> {
        let status = StatusLine::parse(status).unwrap();
        let trapped = again.then(|| ExcInfo::new("trapped"));
        outer
            .start_response(status, Headers::new(), trapped)
            .map_err(|error| format!("{error:?}"))
    }

    fn begun(recorder: &Recorder) -> Option<u16> {
        let (status, _) = recorder.started.as_ref()?;
        Some(status.code())
    }

    #[test]
    fn what_is_not_held_begins_at_once_and_only_once() {
        for first in ["200 OK", "404 Not Found"] {
            let mut recorder = Recorder::default();
            let mut held = HeldStart::only(&mut recorder, |status| status.code() == 404);
            start(&mut held, first, false).unwrap();
            for second in ["200 OK", "404 Not Found"] {
                let refused = start(&mut held, second, false).unwrap_err();
                assert_eq!(refused, "Twice", "{first}, {second}");
            }
            let is_held = held.head().is_some();
            assert_eq!(is_held, first == "404 Not Found");
            assert_eq!(begun(&recorder), (!is_held).then_some(200));
        }
    }

    #[test]
    fn after_a_write_nothing_is_held() {
        for first in ["200 OK", "404 Not Found"] {
            let mut recorder = Recorder::default();
            let mut held = HeldStart::only(&mut recorder, |status| status.code() == 404);
            held.write(b"early").unwrap_err();
            start(&mut held, first, false).unwrap();
            held.write(b"sent").unwrap();
            let refused = start(&mut held, "404 Not Found", true).unwrap_err();
            assert!(refused.starts_with("HeadersSent"), "{refused}");
            assert!(held.is_released() && held.head().is_none());
            assert_eq!(recorder.written, [b"sent"]);
        }
    }
}
