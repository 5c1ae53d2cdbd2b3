//! The machine: Werkzeug's state machine over the parts of paths, the truth that the trie is measured by.
//!
//! ```text
//!   rules                               states (the host's part first: "" here)
//!   /                   ──▶  0 ─""─▶ 1 ─""─▶ 2 ─""─▶ 3  [/]
//!   /users/                                  │
//!   /users/<int:id>                          └"users"─▶ 4 ─""─▶ 5  [/users/]
//!   /users/<name>                                       ├─<\d+>──▶ 6  [/users/<int:id>]
//!                                                       └─<[^/]+>─▶ 7  [/users/<name>]
//! ```
//! Static parts are tried before dynamic ones, those by their weight; a dead end is left for the next possibility
//! (depth first). The states form a tree, and each part of a path is one step down in it, so that a state is entered
//! at most once for one path: the time is bounded by the rules and the length of the path, never by their product
//! in powers. [`Walk::steps`] counts, and a test watches.

use std::collections::HashMap;
use std::ops::ControlFlow::{self, Break, Continue};

use super::compile::Compiled;
use super::methods::{ALL, MethodSet};
use super::part::{Dynamic, Key, Part};
use super::rule::Reach;

/// The index of a state.
pub(crate) type StateId = u32;

/// The index of a rule.
pub(crate) type RuleIndex = u32;

/// What is known once certain parts of a path have been seen.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) statics: HashMap<Box<str>, StateId>,
    /// By weight, equal ones in the order of the rules.
    pub(crate) dynamics: Vec<(Dynamic, StateId)>,
    /// The rules that end here, in their order.
    pub(crate) rules: Vec<RuleIndex>,
}

/// All states; the first is the one before the host.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) states: Vec<State>,
}

/// Among so many dynamic parts one is found again by looking at each.
const FEW: usize = 8;

/// A machine in the making, which finds dynamic parts again quickly.
#[derive(Debug)]
pub(crate) struct MachineBuilder {
    states: Vec<State>,
    /// Where the dynamic parts of states with many of them lead.
    dynamics: HashMap<(StateId, Key), StateId>,
}

impl MachineBuilder {
    pub(crate) fn new() -> Self {
        Self {
            states: vec![State::default()],
            dynamics: HashMap::new(),
        }
    }

    /// Adds a rule of these parts.
    pub(crate) fn add(&mut self, parts: Vec<Part>, rule: RuleIndex) {
        let mut at: StateId = 0;
        for part in parts {
            let fresh = self.states.len() as StateId;
            let next = match part {
                Part::Static(text) => {
                    let state = &mut self.states[at as usize];
                    *state.statics.entry(text).or_insert(fresh)
                }
                Part::Dynamic(dynamic) => match self.find(at, &dynamic.key) {
                    Some(next) => next,
                    None => {
                        self.push(at, dynamic, fresh);
                        fresh
                    }
                },
            };
            if next == fresh {
                self.states.push(State::default());
            }
            at = next;
        }
        self.states[at as usize].rules.push(rule);
    }

    /// Where a dynamic part of a state leads.
    fn find(&self, at: StateId, key: &Key) -> Option<StateId> {
        let dynamics = &self.states[at as usize].dynamics;
        if dynamics.len() > FEW {
            return self.dynamics.get(&(at, key.clone())).copied();
        }
        let known = dynamics.iter().find(|(dynamic, _)| dynamic.key == *key);
        known.map(|(_, next)| *next)
    }

    fn push(&mut self, at: StateId, dynamic: Dynamic, next: StateId) {
        let dynamics = &mut self.states[at as usize].dynamics;
        dynamics.push((dynamic, next));
        let unknown = match dynamics.len() {
            0..=FEW => return,
            length if length == FEW + 1 => 0,
            length => length - 1,
        };
        for (dynamic, next) in &dynamics[unknown..] {
            self.dynamics.insert((at, dynamic.key.clone()), *next);
        }
    }

    pub(crate) fn build(mut self) -> Machine {
        for state in &mut self.states {
            state
                .dynamics
                .sort_by(|(a, _), (b, _)| a.key.weight.cmp(&b.key.weight));
        }
        Machine {
            states: self.states,
        }
    }
}

/// What a request asks for, beside its path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) method: MethodSet,
    pub(crate) websocket: bool,
}

/// How a walk ends that does not just fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Rule(RuleIndex),
    /// The path and a slash would be a rule.
    SlashRequired,
}

/// One path on its way through the machine.
#[derive(Debug)]
pub(crate) struct Walk<'w, 't> {
    machine: &'w Machine,
    rules: &'w [Compiled],
    asked: Asked,
    /// The values of the parameters so far.
    pub(crate) values: Vec<&'t str>,
    /// The methods that rules of this path would have answered.
    pub(crate) have_match_for: MethodSet,
    /// A rule of this path is for WebSocket requests, and this is none, or the other way round.
    pub(crate) websocket_mismatch: bool,
    /// How many parts were looked at.
    pub(crate) steps: usize,
}

impl<'w, 't> Walk<'w, 't> {
    pub(crate) fn new(machine: &'w Machine, rules: &'w [Compiled], asked: Asked) -> Self {
        Self {
            machine,
            rules,
            asked,
            values: Vec::new(),
            have_match_for: 0,
            websocket_mismatch: false,
            steps: 0,
        }
    }

    /// Looks for the first rule of this host and path. May be called again for another path; what it notes adds up.
    pub(crate) fn find(&mut self, domain: &'t str, path: &'t str) -> Option<End> {
        self.values.clear();
        let root = &self.machine.states[0];
        self.steps += 1;
        if let Some(&next) = root.statics.get(domain)
            && let Break(end) = self.step(next, Some(path))
        {
            return Some(end);
        }
        // No parameter of a host may hold slashes, so none takes the path as well.
        for (dynamic, next) in &root.dynamics {
            self.steps += 1;
            if dynamic.matcher.matches(domain, &mut self.values)
                && let Break(end) = self.step(*next, Some(path))
            {
                return Some(end);
            }
            self.values.clear();
        }
        None
    }

    /// What follows from this state on, where `rest` is what is left of the path: its parts with slashes between.
    /// `None` is no part left, which is not the same as one that is empty.
    fn step(&mut self, state: StateId, rest: Option<&'t str>) -> ControlFlow<End> {
        self.steps += 1;
        let machine = self.machine;
        let state = &machine.states[state as usize];
        let Some(rest) = rest else {
            return self.end(state);
        };
        let (part, remaining) = match memchr::memchr(b'/', rest.as_bytes()) {
            Some(slash) => (&rest[..slash], Some(&rest[slash + 1..])),
            None => (rest, None),
        };
        if !state.statics.is_empty()
            && let Some(&next) = state.statics.get(part)
        {
            self.step(next, remaining)?;
        }
        let known = self.values.len();
        for (dynamic, next) in &state.dynamics {
            self.steps += 1;
            let remaining = if dynamic.key.takes_rest {
                match dynamic.matches_rest(rest, &mut self.values) {
                    None => continue,
                    Some(slash) => slash.then_some(""),
                }
            } else if dynamic.matcher.matches(part, &mut self.values) {
                remaining
            } else {
                continue;
            };
            self.step(*next, remaining)?;
            self.values.truncate(known);
        }
        // A surplus slash is nothing to rules that are not strict about it.
        if rest.is_empty() && remaining.is_none() {
            let lenient =
                |rule: RuleIndex, rules: &[Compiled]| !rules[rule as usize].strict_slashes;
            for &rule in state
                .rules
                .iter()
                .filter(|&&rule| lenient(rule, self.rules))
            {
                self.fits(rule)?;
            }
        }
        Continue(())
    }

    /// All parts are used up: the rules that end here, or would with a slash.
    fn end(&mut self, state: &State) -> ControlFlow<End> {
        let mounted = |rule: &&RuleIndex| self.rules[**rule as usize].rule.reach != Reach::Whole;
        let mounts = state.rules.iter().position(|rule| mounted(&rule));
        let (rules, mounts) = state.rules.split_at(mounts.unwrap_or(state.rules.len()));
        for &rule in rules {
            self.fits(rule)?;
        }
        if let Some(&branch) = state.statics.get("") {
            let machine = self.machine;
            for &index in &machine.states[branch as usize].rules {
                let rule = &self.rules[index as usize];
                if rule.rule.websocket == self.asked.websocket
                    && rule.methods & self.asked.method != 0
                {
                    return Break(if rule.strict_slashes {
                        End::SlashRequired
                    } else {
                        End::Rule(index)
                    });
                }
            }
        }
        // They come behind all routes of a router.
        for &rule in mounts {
            self.fits(rule)?;
        }
        Continue(())
    }

    /// Whether the rule answers this method, and this kind of request; if not, that is noted.
    fn fits(&mut self, index: RuleIndex) -> ControlFlow<End> {
        let rule = &self.rules[index as usize];
        if rule.methods & self.asked.method == 0 {
            debug_assert_ne!(rule.methods, ALL, "a rule for all methods answers each");
            self.have_match_for |= rule.methods;
        } else if rule.rule.reach != Reach::Whole && self.have_match_for != 0 {
            // A route of this path answers it, with 405 if need be, and not what is mounted around it.
        } else if rule.rule.websocket != self.asked.websocket {
            self.websocket_mismatch = true;
        } else {
            return Break(End::Rule(index));
        }
        Continue(())
    }
}
