//! The shortest way to a rule: for those who embed a map, and make values of its texts themselves.

use http::Method;

use super::Map;
use super::machine::{Asked, StateId};
use super::outcome::Match;

/// Where a map has the paths of a host; looked up once, for many requests to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start(StateId);

impl Map {
    /// Where the paths of a host are, as [`bind_domain`](Map::bind_domain) takes it: the subdomain or the host. `None`
    /// if only rules have it whose host has parameters, or none at all.
    pub fn start(&self, domain: &str) -> Option<Start> {
        self.trie.host(domain).map(Start)
    }

    /// The rule of a path, `PATH_INFO`, when that is certain at once: no WebSocket request, no redirect, no value to be
    /// refused. `None` says nothing: ask [`bind_domain`](Map::bind_domain) then.
    ///
    /// `start` is this map's own. Allocates nothing.
    #[inline]
    pub fn find_at<'m, 'p>(
        &'m self,
        start: Start,
        path: &'p str,
        method: &Method,
    ) -> Option<Match<'m, 'p>> {
        if path.as_bytes().get(1) == Some(&b'/') {
            return None;
        }
        let asked = Asked {
            method: self.methods.bit(method),
            websocket: false,
        };
        let (rule, certain) = self.trie.find(start.0, path, asked)?;
        let rule = self.rules.get(rule as usize)?;
        certain.then(|| Match::new(rule, path))
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use crate::{Map, Outcome, Rule};

    #[test]
    fn what_is_certain_at_once_is_what_an_adapter_finds() {
        let map = Map::builder()
            .add(Rule::new("/").endpoint("index"))
            .add(Rule::new("/a/<b>-x/<int:c>").endpoint("mixed"))
            .add(Rule::new("/a/<b>/<path:c>").endpoint("rest"))
            .add(Rule::new("/branch/").endpoint("branch"))
            .add(Rule::new("/s").subdomain("s").endpoint("s"))
            .add(Rule::new("/w").websocket(true).endpoint("w"))
            .build()
            .unwrap();
        let mut certain = 0;
        for domain in ["", "s", "t"] {
            let adapter = map.bind_domain(domain);
            let start = map.start(domain);
            assert_eq!(start.is_some(), domain != "t");
            for path in [
                "",
                "/",
                "//",
                "/s",
                "//s",
                "/branch",
                "/branch/",
                "/a/q-x/5",
                "/a/q-x/5/",
                "/a/q/r/s",
                "/w",
                "s",
                "/é",
            ] {
                let found = start.and_then(|start| map.find_at(start, path, &Method::GET));
                let Some(found) = found else { continue };
                certain += 1;
                let Outcome::Found(expected) = adapter.match_path(path, &Method::GET) else {
                    panic!("{path} is not found by the adapter");
                };
                assert_eq!(found.id(), expected.id(), "{path}");
                let texts: Vec<&str> = found.texts().collect();
                let each: Vec<_> = (0..texts.len())
                    .map(|index| expected.text_at(index).unwrap().into_owned())
                    .collect();
                assert_eq!(texts, each, "{path}");
                assert_eq!(expected.text_at(texts.len()), None);
            }
        }
        assert!(certain >= 4, "{certain}");
    }
}
