//! Which rules requests have hit.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::Map;
use super::outcome::RuleId;

/// A flag for each rule.
#[derive(Debug)]
pub(crate) struct Hits(Box<[AtomicBool]>);

impl Hits {
    pub(crate) fn new(rules: usize) -> Self {
        Self((0..rules).map(|_| AtomicBool::new(false)).collect())
    }
}

impl Map {
    /// Notes that a request was answered by this rule. Those who dispatch call it, matching alone does not.
    #[inline]
    pub fn note_hit(&self, rule: RuleId) {
        // Read first: a flag that is set stays in the caches of all cores.
        if let Some(hit) = self.hits.0.get(rule.index())
            && !hit.load(Relaxed)
        {
            hit.store(true, Relaxed);
        }
    }

    /// Whether a request was answered by this rule since the map was built; one that never is may be removed.
    pub fn was_hit(&self, rule: RuleId) -> bool {
        self.hits
            .0
            .get(rule.index())
            .is_some_and(|hit| hit.load(Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use crate::{Map, Rule};

    #[test]
    fn a_rule_is_hit_once_it_is_noted_and_not_by_matching() {
        let map = Map::builder()
            .add([Rule::new("/a"), Rule::new("/b")])
            .build()
            .unwrap();
        let adapter = map.bind("example.org");
        let found = adapter.match_path("/b", &Method::GET).found().unwrap();
        assert!(!map.was_hit(found.id()));
        map.note_hit(found.id());
        map.note_hit(found.id());
        let hits: Vec<bool> = map.rules().map(|(id, _)| map.was_hit(id)).collect();
        assert_eq!(hits, [false, true]);
    }
}
