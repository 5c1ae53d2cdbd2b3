//! All rules, in the order in which they were given.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use wsgi_core::Environ;

use super::rule::{Paths, RedirectRule};
use crate::common::location::{Location, RedirectStatus};

/// The rules, and where to find those that can be looked up.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    rules: Vec<RedirectRule>,
    /// Those for one path, by that.
    exact: HashMap<Box<[u8]>, Vec<usize>, RandomState>,
    others: Vec<usize>,
}

impl Rules {
    pub(super) fn push(&mut self, rule: RedirectRule) {
        let index = self.rules.len();
        match &rule.paths {
            Paths::Exact(path) => self.exact.entry(path.clone()).or_default().push(index),
            _ => self.others.push(index),
        }
        self.rules.push(rule);
    }

    /// Where the first rule that fits sends the request.
    pub(super) fn find(&self, environ: &Environ) -> Option<(Location, RedirectStatus)> {
        let exact = self.exact.get(environ.path_info());
        let mut exact = exact.map_or(&[][..], |exact| exact).iter().peekable();
        let mut others = self.others.iter().peekable();
        loop {
            // Both are in order: the lesser of the two was given first.
            let index = match (exact.peek(), others.peek()) {
                (Some(exact_index), Some(other)) if exact_index < other => exact.next(),
                (Some(_), None) => exact.next(),
                (_, Some(_)) => others.next(),
                (None, None) => None,
            }?;
            if let Some(found) = self.rules[*index].apply(environ) {
                return Some(found);
            }
        }
    }
}
