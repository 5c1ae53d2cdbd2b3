//! The fast way: the machine's states by their *shape* in matchit's trie, with parameters that are just `{a}`.
//!
//! ```text
//!   machine below the host             trie
//!   /users/          state 5           "/users/"        in the table of paths without parameters
//!   /users/<int:id>  state 6 ┐ two     "/users/{*r}"    ask the machine: which of the two depends on the text
//!   /users/<name>    state 7 ┘
//!   /<year>/<slug>   state 9           "/{a}/{b}"       state 9, and check no more than the two languages
//! ```
//! The trie tries static text before parameters at each segment and goes back when it is stuck, as the machine does.
//! So where each state on the way has at most one possibility beside its static ones, both take the same way, and
//! the trie's answer is the machine's. Wherever that is not so, the trie has an entry that says *ask the machine*:
//!
//! - a state with two possibilities or more, or one that is not just one parameter of one segment (or a `path` at the
//!   end): a catch-all at that place, so that it is found whenever the static ways from there lead nowhere;
//! - a path to which a slash must be added, or from which one may be left out;
//! - static text with braces, more parameters than the trie has letters for, and whatever the trie refuses.
//!
//! An entry with rules is believed if the parameters' languages accept their texts and one of the rules fits the
//! method. In all other cases (no entry, a refused text, no method) the machine is asked, which alone says 404, 405
//! and redirects. A property test holds that asking the machine first would never have made a difference.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::compile::Compiled;
use super::language::Language;
use super::machine::{Asked, Machine, RuleIndex, State, StateId};
use super::methods::MethodSet;
use super::part::Dynamic;

/// The tries of a map, by host where that has no parameters.
#[derive(Debug, Default)]
pub(crate) struct Shapes {
    hosts: HashMap<Box<str>, Shape>,
}

/// What the rules of one host look like.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    /// Paths without parameters: neither the table nor its lookup allocates, which going back in the trie would.
    plain: HashMap<Box<str>, Entry, BuildHasherDefault<PathHasher>>,
    /// Bit *n* is set if there is a path of *n* bytes in the table; the last bit stands for all longer ones.
    lengths: u64,
    trie: matchit::Router<Entry>,
}

/// A state, as far as the trie needs to know it; without candidates it says *ask the machine*.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    /// The parameters that must be looked at, by their index: not just any segment.
    checks: Box<[(u32, Language)]>,
    candidates: Box<[Candidate]>,
}

#[derive(Debug)]
struct Candidate {
    methods: MethodSet,
    websocket: bool,
    rule: RuleIndex,
}

/// What the trie found: the rule, and the texts of its parameters.
pub(crate) type Hit<'m, 'p> = (RuleIndex, matchit::Params<'m, 'p>);

impl Shapes {
    pub(crate) fn new(machine: &Machine, rules: &[Compiled]) -> Self {
        let hosts = machine.states[0].statics.iter();
        Self {
            hosts: hosts
                .map(|(host, &state)| (host.clone(), Shape::new(machine, rules, state)))
                .collect(),
        }
    }

    /// The shape of the rules of a host, if it has any that do not have parameters in their host.
    pub(crate) fn of(&self, host: &str) -> Option<&Shape> {
        self.hosts.get(host)
    }
}

impl Shape {
    fn new(machine: &Machine, rules: &[Compiled], root: StateId) -> Self {
        let mut builder = ShapeBuilder {
            machine,
            rules,
            shape: Self::default(),
            checks: Vec::new(),
            refused: false,
        };
        // Behind the host comes the empty part in front of the first slash; a path that has none is the machine's.
        if let Some(&first) = machine.states[root as usize].statics.get("") {
            let first = builder.state(first);
            builder.walk(first, &mut "/".to_owned(), 0);
        }
        if builder.refused {
            // Never seen; but a trie with a gap would give wrong answers, and none gives right ones slowly.
            return Self::default();
        }
        builder.shape
    }

    /// The rule that the machine would find, if that is certain without asking it.
    #[inline]
    pub(crate) fn find<'m, 'p>(&'m self, path: &'p str, asked: Asked) -> Option<Hit<'m, 'p>> {
        if self.lengths >> path.len().min(63) & 1 == 1
            && let Some(entry) = self.plain.get(path)
        {
            return Some((entry.candidate(asked)?, matchit::Params::new()));
        }
        let found = self.trie.at(path).ok()?;
        let entry = found.value;
        let rule = entry.candidate(asked)?;
        for (index, language) in &entry.checks {
            let (_, text) = found.params.iter().nth(*index as usize)?;
            if !language.matches(text) {
                return None;
            }
        }
        Some((rule, found.params))
    }
}

impl Entry {
    #[inline]
    fn candidate(&self, asked: Asked) -> Option<RuleIndex> {
        let fits = |candidate: &&Candidate| {
            candidate.methods & asked.method != 0 && candidate.websocket == asked.websocket
        };
        self.candidates
            .iter()
            .find(fits)
            .map(|candidate| candidate.rule)
    }
}

/// The walk over the machine's states that fills a shape.
struct ShapeBuilder<'b> {
    machine: &'b Machine,
    rules: &'b [Compiled],
    shape: Shape,
    /// The languages on the way to the present state that are not just any segment, by parameter.
    checks: Vec<(u32, Language)>,
    /// The trie did not take an entry.
    refused: bool,
}

impl<'b> ShapeBuilder<'b> {
    /// The trie names parameters by the letters `a` to `y`.
    const MOST_PARAMETERS: u32 = 25;

    fn state(&self, id: StateId) -> &'b State {
        &self.machine.states[id as usize]
    }

    /// Enters all paths that go on from this state, to which `prefix` led, with its slash and so many parameters.
    fn walk(&mut self, state: &'b State, prefix: &mut String, parameters: u32) {
        let length = prefix.len();
        let mut ask = false;
        let mut slash_is_entered = false;
        for (text, &next) in &state.statics {
            if text.contains(['{', '}']) {
                ask = true;
                continue;
            }
            prefix.push_str(text);
            let entered = self.enter(self.state(next), prefix, parameters);
            slash_is_entered |= entered && text.is_empty();
            prefix.truncate(length);
        }
        ask |= match state.dynamics.as_slice() {
            [] => false,
            [(dynamic, next)] if !ask && parameters < Self::MOST_PARAMETERS => {
                !self.enter_dynamic(dynamic, self.state(*next), prefix, parameters)
            }
            _ => true,
        };
        // Here, without its slash, would have been a leaf that is not strict about it.
        let lenient = state
            .rules
            .iter()
            .any(|&rule| !self.rules[rule as usize].strict_slashes);
        // What is asked of the machine may be the empty part as well.
        if (ask || lenient) && !slash_is_entered {
            self.insert(prefix, parameters, Entry::default());
        }
        if ask {
            prefix.push_str("{*r}");
            self.insert(prefix, parameters + 1, Entry::default());
            prefix.truncate(length);
        }
    }

    /// Enters the path `prefix`, which leads to this state, and those that go on from there. Whether itself was
    /// entered, or only others.
    fn enter(&mut self, state: &'b State, prefix: &mut String, parameters: u32) -> bool {
        let branch = state.statics.get("").map(|&branch| self.state(branch));
        // Where only the branch is a rule, the machine redirects.
        let entered =
            !state.rules.is_empty() || branch.is_some_and(|branch| !branch.rules.is_empty());
        if entered {
            let entry = self.entry(state);
            self.insert(prefix, parameters, entry);
        }
        prefix.push('/');
        self.walk(state, prefix, parameters);
        prefix.pop();
        entered
    }

    /// Enters the one dynamic part of a state; `false` if the trie has nothing of its kind.
    fn enter_dynamic(
        &mut self,
        dynamic: &Dynamic,
        next: &'b State,
        prefix: &mut String,
        parameters: u32,
    ) -> bool {
        let Some(language) = dynamic.matcher.whole() else {
            return false;
        };
        let rest = matches!(language, Language::Rest) && !dynamic.key.suffixed;
        if dynamic.key.takes_rest != rest || language.has_empty() {
            return false;
        }
        let (length, checks) = (prefix.len(), self.checks.len());
        if !language.is_any_segment() {
            self.checks.push((parameters, language.clone()));
        }
        if rest {
            prefix.push_str("{*r}");
            let entry = self.entry(next);
            self.insert(prefix, parameters + 1, entry);
        } else {
            prefix.extend(['{', char::from(b'a' + parameters as u8), '}']);
            self.enter(next, prefix, parameters + 1);
        }
        prefix.truncate(length);
        self.checks.truncate(checks);
        true
    }

    /// What is known of a state.
    fn entry(&self, state: &State) -> Entry {
        let candidates = state.rules.iter().map(|&rule| {
            let compiled = &self.rules[rule as usize];
            Candidate {
                methods: compiled.methods,
                websocket: compiled.rule.websocket,
                rule,
            }
        });
        Entry {
            checks: self.checks.clone().into(),
            candidates: candidates.collect(),
        }
    }

    fn insert(&mut self, key: &str, parameters: u32, entry: Entry) {
        if parameters == 0 {
            self.shape.lengths |= 1 << key.len().min(63);
            self.refused |= self.shape.plain.insert(key.into(), entry).is_some();
        } else {
            self.refused |= self.shape.trie.insert(key, entry).is_err();
        }
    }
}

/// Hashes a path word by word. The keys are the application's own rules; what a client sends only looks them up.
#[derive(Default)]
struct PathHasher(u64);

impl Hasher for PathHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            let word = u64::from_le_bytes(word.try_into().expect("chunks of 8 bytes"));
            self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(FACTOR);
        }
        for &byte in words.remainder() {
            self.0 = (self.0.rotate_left(5) ^ u64::from(byte)).wrapping_mul(FACTOR);
        }
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}
