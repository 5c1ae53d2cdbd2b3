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
    filter: Filter,
    trie: matchit::Router<Entry>,
}

/// A state, as far as the trie needs to know it; without candidates it says *ask the machine*.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    /// The parameters that must be looked at, by their index: not just any segment.
    checks: Box<[(u32, Language)]>,
    candidates: Box<[Candidate]>,
    /// Where the parameters are. The trie tells as well, but carrying all it tells about costs more than counting
    /// slashes when one is asked for.
    places: Box<[Place]>,
}

#[derive(Debug)]
struct Candidate {
    methods: MethodSet,
    websocket: bool,
    /// The match is final: no value may be refused, and there is no redirect.
    certain: bool,
    rule: RuleIndex,
}

/// Where the text of a parameter is: behind that many slashes, up to the next one or to the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    slashes: u16,
    to_the_end: bool,
}

impl Place {
    /// The text, in a path of the shape.
    pub(crate) fn text(self, path: &str) -> Option<&str> {
        let mut slashes = memchr::memchr_iter(b'/', path.as_bytes());
        let start = slashes.nth(usize::from(self.slashes).checked_sub(1)?)? + 1;
        let end = if self.to_the_end {
            None
        } else {
            slashes.next()
        };
        Some(&path[start..end.unwrap_or(path.len())])
    }
}

/// What the trie found: the rule, whether that is final, and where the texts of the parameters are.
pub(crate) type Hit<'m> = (RuleIndex, bool, &'m [Place]);

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
            places: Vec::new(),
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
        let mut shape = builder.shape;
        shape.filter = Filter::new(shape.plain.keys().map(|path| &**path));
        shape
    }

    /// The entry of a path without parameters. When there is one, the trie must not be asked.
    #[inline]
    pub(crate) fn plain(&self, path: &str) -> Option<&Entry> {
        if self.filter.may_have(path) {
            return self.plain.get(path);
        }
        None
    }

    /// What the machine would find for a path with parameters, if that is certain without asking it.
    #[inline(always)]
    pub(crate) fn find(&self, path: &str, asked: Asked) -> Option<Hit<'_>> {
        let found = self.trie.at(path).ok()?;
        let (rule, certain) = found.value.candidate(asked)?;
        if !found.value.checks.is_empty() && !found.value.accepts(&found.params) {
            return None;
        }
        Some((rule, certain, &found.value.places))
    }
}

impl Entry {
    /// Whether the texts are in the languages of their parameters.
    fn accepts(&self, params: &matchit::Params<'_, '_>) -> bool {
        self.checks.iter().all(|(index, language)| {
            let param = params.iter().nth(*index as usize);
            param.is_some_and(|(_, text)| language.matches(text))
        })
    }

    /// The first rule that fits, and whether that is final.
    #[inline]
    pub(crate) fn candidate(&self, asked: Asked) -> Option<(RuleIndex, bool)> {
        let fits = |candidate: &&Candidate| {
            candidate.methods & asked.method != 0 && candidate.websocket == asked.websocket
        };
        let found = self.candidates.iter().find(fits);
        found.map(|candidate| (candidate.rule, candidate.certain))
    }
}

/// The walk over the machine's states that fills a shape.
struct ShapeBuilder<'b> {
    machine: &'b Machine,
    rules: &'b [Compiled],
    shape: Shape,
    /// The languages on the way to the present state that are not just any segment, by parameter.
    checks: Vec<(u32, Language)>,
    /// Where the parameters on the way to the present state are.
    places: Vec<Place>,
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
        // No deeper than 256 segments.
        let slashes = prefix.matches('/').count() as u16;
        self.places.push(Place {
            slashes,
            to_the_end: rest,
        });
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
        self.places.pop();
        true
    }

    /// What is known of a state.
    fn entry(&self, state: &State) -> Entry {
        let candidates = state.rules.iter().map(|&rule| {
            let compiled = &self.rules[rule as usize];
            Candidate {
                methods: compiled.methods,
                websocket: compiled.rule.websocket,
                certain: !compiled.may_refuse && !compiled.may_redirect,
                rule,
            }
        });
        Entry {
            checks: self.checks.clone().into(),
            candidates: candidates.collect(),
            places: self.places.clone().into(),
        }
    }

    fn insert(&mut self, key: &str, parameters: u32, entry: Entry) {
        if parameters == 0 {
            self.refused |= self.shape.plain.insert(key.into(), entry).is_some();
        } else {
            self.refused |= self.shape.trie.insert(key, entry).is_err();
        }
    }
}

/// Says of most paths that they are not in the table, for less than asking it would cost: a Bloom filter of one bit
/// a path, by its length and three of its bytes.
#[derive(Debug, Default)]
struct Filter(Box<[u64]>);

impl Filter {
    fn new<'p>(paths: impl ExactSizeIterator<Item = &'p str>) -> Self {
        let words = (paths.len() / 4).next_power_of_two().max(4);
        let mut filter = Self(vec![0; words].into());
        for path in paths {
            let (word, bit) = filter.place(path);
            filter.0[word] |= bit;
        }
        filter
    }

    #[inline]
    fn place(&self, path: &str) -> (usize, u64) {
        let bytes = path.as_bytes();
        let length = bytes.len();
        let byte = |at: usize| bytes.get(at).copied().map_or(0, usize::from);
        let sum =
            length + byte(length / 2) * 37 + byte(length.wrapping_sub(1)) * 1021 + byte(1) * 331;
        ((sum / 64) & self.0.len().wrapping_sub(1), 1 << (sum % 64))
    }

    #[inline]
    fn may_have(&self, path: &str) -> bool {
        let (word, bit) = self.place(path);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }
}

/// Hashes a path word by word. The keys are the application's own rules; what a client sends only looks them up.
#[derive(Default)]
struct PathHasher(u64);

impl PathHasher {
    #[inline]
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for PathHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.mix(u64::from_le_bytes(
                word.try_into().expect("chunks of 8 bytes"),
            ));
        }
        let rest = words.remainder();
        self.mix(rest.iter().fold(bytes.len() as u64, |word, &byte| {
            word << 8 | u64::from(byte)
        }));
    }

    /// `str` ends by this; the length says as much.
    #[inline]
    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}
