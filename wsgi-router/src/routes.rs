//! All routes of a router, found by path.

use std::collections::HashMap;

use crate::error::RouteError;
use crate::pattern::{Pattern, PatternError, as_text, to_bytes};
use crate::route::Route;

/// The routes: patterns without parameters in a hash map, since equal text is all they ask, the others in a trie.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    routes: Vec<Route>,
    literals: HashMap<Vec<u8>, usize>,
    trie: matchit::Router<usize>,
}

impl Routes {
    /// Adds a route.
    pub(crate) fn add(&mut self, route: Route) -> Result<(), RouteError> {
        let index = self.routes.len();
        let pattern = route.pattern();
        match pattern.to_literal() {
            Some(path) => {
                self.literals.insert(path, index);
            }
            None => {
                let inserted = self.trie.insert(pattern.key(), index);
                inserted.map_err(|error| self.conflict(pattern, error))?;
            }
        }
        self.routes.push(route);
        Ok(())
    }

    /// The route whose pattern is this very path; allocates nothing.
    pub(crate) fn find_literal(&self, path: &[u8]) -> Option<&Route> {
        let index = *self.literals.get(path)?;
        self.routes.get(index)
    }

    /// The route whose pattern with parameters matches this path, and the values of those in their order.
    pub(crate) fn find(&self, path: &[u8]) -> Option<(&Route, Vec<Vec<u8>>)> {
        let text = as_text(path);
        let matched = self.trie.at(&text).ok()?;
        let route = self.routes.get(*matched.value)?;
        let values = matched.params.iter().map(|(_, value)| to_bytes(value));
        Some((route, values.collect()))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter()
    }

    /// Which of the routes added before is in the way of this pattern.
    fn conflict(&self, pattern: &Pattern, error: matchit::InsertError) -> RouteError {
        let matchit::InsertError::Conflict { with } = error else {
            return RouteError::Pattern {
                pattern: pattern.text().to_owned(),
                problem: PatternError::Unsupported {
                    reason: error.to_string(),
                },
            };
        };
        // The trie puts the other's text together from its nodes and may mix two; asking each route is exact.
        let other = self
            .iter()
            .map(Route::pattern)
            .filter(|known| known.to_literal().is_none())
            .find(|known| {
                let mut alone = matchit::Router::new();
                alone.insert(known.key(), ()).is_ok() && alone.insert(pattern.key(), ()).is_err()
            });
        RouteError::Conflict {
            pattern: pattern.text().to_owned(),
            with: other.map_or(with, |known| known.text().to_owned()),
        }
    }
}
