//! The router as it is now, made when it is first needed after a change.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use wsgi_core::{Application, ApplicationError, Body, Environ, StartResponse};
use wsgi_router::{Router, RouterError};

use super::entry::{self, Entry, Options};

/// What was given, and the router that it makes: requests see all of a change or nothing.
///
/// Adding a route builds nothing, so that adding a thousand one by one takes a thousand times as long as adding one.
#[derive(Debug)]
pub(super) struct Current {
    options: Options,
    given: Mutex<Given>,
    built: RwLock<Option<Built>>,
}

#[derive(Debug, Default)]
struct Given {
    entries: Vec<Entry>,
    /// How often it was changed.
    changes: u64,
}

#[derive(Clone, Debug)]
struct Built {
    router: Router,
    /// The changes that are in it, those of mounted routers counted with them.
    changes: u64,
}

impl Current {
    pub(super) fn new(options: Options) -> Self {
        Self {
            options,
            given: Mutex::default(),
            built: RwLock::default(),
        }
    }

    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    /// Adds an entry. The router so far is returned, for whoever drops it may run Python code, which may come back here.
    #[must_use = "it is to be dropped without a lock"]
    pub(super) fn add(&self, entry: Entry) -> Option<impl Sized + use<>> {
        let mut given = self.given();
        given.entries.push(entry);
        given.changes += 1;
        self.built
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// The entries so far, with the options that they are under.
    pub(super) fn snapshot(&self) -> (Vec<Entry>, Options) {
        (self.given().entries.clone(), self.options.clone())
    }

    pub(super) fn has_fallback(&self) -> bool {
        let given = self.given();
        given
            .entries
            .iter()
            .any(|entry| matches!(entry, Entry::Fallback(_)))
    }

    /// Whether the other router is this one, or mounted in it.
    pub(super) fn leads_to(&self, other: &Arc<Self>) -> bool {
        std::ptr::eq(self, &**other) || self.mounted().iter().any(|inner| inner.leads_to(other))
    }

    /// The router; built if need be.
    pub(super) fn router(&self) -> Result<Router, RouterError> {
        if let Some(built) = &*self.built.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(built.router.clone());
        }
        self.rebuild()
    }

    /// As [`router`](Self::router), with all that mounted routers were given since: requests to those find that by
    /// themselves, tables and URLs do not.
    pub(super) fn fresh(&self) -> Result<Router, RouterError> {
        let changes = self.changes();
        if let Some(built) = &*self.built.read().unwrap_or_else(PoisonError::into_inner)
            && built.changes == changes
        {
            return Ok(built.router.clone());
        }
        self.rebuild()
    }

    fn rebuild(&self) -> Result<Router, RouterError> {
        let changes = self.changes();
        let (entries, options) = self.snapshot();
        let router = entry::build(&options, &entries)?;
        let built = Built {
            router: router.clone(),
            changes,
        };
        let given = self.given();
        let mut slot = self.built.write().unwrap_or_else(PoisonError::into_inner);
        // Another change in the meantime makes it again.
        let replaced = (given.entries.len() == entries.len()).then(|| slot.replace(built));
        drop(slot);
        drop(given);
        drop(replaced);
        Ok(router)
    }

    /// All changes so far, each of which makes it more.
    fn changes(&self) -> u64 {
        let own = self.given().changes;
        self.mounted()
            .iter()
            .fold(own, |changes, inner| changes.wrapping_add(inner.changes()))
    }

    fn mounted(&self) -> Vec<Arc<Self>> {
        let given = self.given();
        let mut mounted = Vec::new();
        for entry in &given.entries {
            entry.mounted(&mut mounted);
        }
        mounted
    }

    fn given(&self) -> MutexGuard<'_, Given> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Application for Current {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        // Cheap to clone, and not locked during the call, which may well change the router.
        let router = self.router().map_err(ApplicationError::raised)?;
        router.call(environ, start_response)
    }
}
