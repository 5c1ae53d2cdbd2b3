//! What becomes of violations: they fail the request and warn, or they go to an observer.

use std::sync::{Arc, Mutex, PoisonError};

use super::requirements::Requirement;
use super::violation::{Severity, Violation};
use crate::{ApplicationError, Environ, ErrorStream};

/// What a validator does about violations. Clones share what was warned of already.
#[derive(Clone)]
pub(super) struct Policy(Arc<Kind>);

enum Kind {
    /// The ids of the warnings that were written.
    Fail(Mutex<Vec<&'static str>>),
    Observe(Box<dyn Fn(Violation) + Send + Sync>),
}

impl Policy {
    pub(super) fn fail() -> Self {
        Self(Arc::new(Kind::Fail(Mutex::default())))
    }

    pub(super) fn observe(sink: impl Fn(Violation) + Send + Sync + 'static) -> Self {
        Self(Arc::new(Kind::Observe(Box::new(sink))))
    }

    /// Whether violations of a MUST are to stop the request.
    pub(super) fn fails(&self) -> bool {
        matches!(*self.0, Kind::Fail(_))
    }

    /// One violation, where the request may fail at once: in the body.
    pub(super) fn judge(
        &self,
        requirement: &'static Requirement,
        detail: String,
        errors: &mut ErrorStream,
    ) -> Result<(), ApplicationError> {
        let mut findings = Findings::new(self);
        findings.add(requirement, detail);
        findings.settle_with(|| errors)
    }

    /// Whether this is the first time that the warning comes up.
    fn is_new(&self, id: &'static str) -> bool {
        let Kind::Fail(warned) = &*self.0 else {
            return false;
        };
        let mut warned = warned.lock().unwrap_or_else(PoisonError::into_inner);
        let new = !warned.contains(&id);
        if new {
            warned.push(id);
        }
        new
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::fail()
    }
}

impl std::fmt::Debug for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.fails() { "Fail" } else { "Observe" })
    }
}

/// The violations of one stage of one request, until somebody can act on them. Allocates only for violations.
pub(super) struct Findings<'p> {
    policy: &'p Policy,
    violations: Vec<Violation>,
}

impl<'p> Findings<'p> {
    pub(super) fn new(policy: &'p Policy) -> Self {
        Self {
            policy,
            violations: Vec::new(),
        }
    }

    pub(super) fn policy(&self) -> &'p Policy {
        self.policy
    }

    /// Notes a violation, or hands it to the observer.
    pub(super) fn add(&mut self, requirement: &'static Requirement, detail: impl Into<String>) {
        let violation = Violation::new(requirement, detail.into());
        match &*self.policy.0 {
            Kind::Observe(sink) => sink(violation),
            Kind::Fail(_) => self.violations.push(violation),
        }
    }

    /// The first violation since `mark` that is to stop the request.
    pub(super) fn fatal_since(&self, mark: usize) -> Option<&Violation> {
        self.violations
            .iter()
            .skip(mark)
            .find(|violation| violation.severity() == Severity::Error)
    }

    /// How many violations there are so far.
    pub(super) fn mark(&self) -> usize {
        self.violations.len()
    }

    /// Writes the warnings; fails with the first broken MUST.
    pub(super) fn settle(self, environ: &mut Environ) -> Result<(), ApplicationError> {
        self.settle_with(|| environ.errors())
    }

    /// The application failed. When that is only the echo of a violation, the violation is the better report.
    pub(super) fn settle_failure(
        mut self,
        environ: &mut Environ,
        error: ApplicationError,
    ) -> ApplicationError {
        let echo = matches!(
            error,
            ApplicationError::StartResponse(_) | ApplicationError::Write(_)
        );
        if !echo {
            // The application's own error comes first, but the violation may be what led to it.
            for violation in self.violations.drain(..) {
                environ.errors().write_line(&violation.to_string());
            }
        }
        self.settle(environ).err().unwrap_or(error)
    }

    pub(super) fn settle_with<'e>(
        self,
        errors: impl FnOnce() -> &'e mut ErrorStream,
    ) -> Result<(), ApplicationError> {
        if self.violations.is_empty() {
            return Ok(());
        }
        let errors = errors();
        let mut fatal = None;
        for violation in self.violations {
            match violation.severity() {
                Severity::Error if fatal.is_none() => {
                    fatal = Some(ApplicationError::Misuse(violation.to_string()));
                }
                Severity::Warning if !self.policy.is_new(violation.id) => {}
                Severity::Error | Severity::Warning => errors.write_line(&violation.to_string()),
            }
        }
        fatal.map_or(Ok(()), Err)
    }
}
