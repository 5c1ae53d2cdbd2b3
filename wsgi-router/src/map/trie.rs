//! The fast way: the machine's states, packed for one descent without going back.
//!
//! ```text
//!   node 4 "/users"    children  (4, "all") ─▶ 5      one table for the whole map, by node and segment
//!                      dynamics  <int>      ─▶ 6      in the machine's order
//!                                <string>   ─▶ 7
//! ```
//! At each node the descent takes the first possibility that the segment allows: the static one, else the first
//! dynamic one that accepts the segment. That is what the machine tries first. Where the descent arrives at a rule
//! that fits the request, the machine would have arrived by the same steps, so this is its answer. Wherever it does not
//! arrive the machine is asked, which goes back, and alone says 404, 405 and added slashes. A property test holds
//! that asking the machine first would never have made a difference.
//!
//! A descent looks at each byte of the path once for its slashes, and at each segment once for each possibility of
//! one node: it takes time linear in the path, whatever that is.

use super::compile::Compiled;
use super::language::Language;
use super::machine::{Asked, Machine, RuleIndex, State, StateId};
use super::methods::MethodSet;
use super::number::Integer;
use super::part::{Dynamic, Matcher};
use super::rule::Reach;
use super::segment::{self, Key, Rest, Segment};

/// A map's states as they are looked up.
#[derive(Debug)]
pub(crate) struct Trie {
    nodes: Box<[Node]>,
    children: Children,
    /// What nodes refer to; the first one of each is empty.
    dynamics: Vec<Box<[(Check, StateId)]>>,
    candidates: Vec<Box<[Candidate]>>,
}

/// A state, in half a cache line.
#[derive(Debug, Default)]
struct Node {
    /// The methods of `rule`; none if there is no such rule.
    methods: MethodSet,
    /// The first rule that ends here, if it is for plain requests and its match is final.
    rule: RuleIndex,
    /// The [`filter_bit`]s of the children: whether it is worth looking for one.
    filter: u32,
    /// Where the empty segment leads, if it leads anywhere.
    slash: StateId,
    /// Where any other segment leads that is no child's.
    any: StateId,
    /// Where segments lead otherwise: an index of `Trie::dynamics`.
    dynamics: u32,
    /// All rules that end here: an index of `Trie::candidates`.
    candidates: u32,
}

/// Stands for no node: the first state is the one before the host, to which nothing leads.
const NONE: StateId = 0;

/// A rule that ends at a node.
#[derive(Debug)]
struct Candidate {
    methods: MethodSet,
    websocket: bool,
    certainty: Certainty,
    rule: RuleIndex,
}

/// What is known of a rule when the path has led to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certainty {
    /// It is the match.
    Final,
    /// A value may be refused, or the client sent elsewhere.
    Unsettled,
    /// A slash is missing.
    AskMachine,
}

/// What a dynamic possibility asks of a segment.
#[derive(Debug)]
enum Check {
    /// That it is not empty.
    Any,
    /// ASCII digits, so few that no conversion refuses them.
    Digits,
    Segment(Matcher),
    /// Of all that is left of the path, that it is a `path` and nothing else.
    Path,
    /// Asked of all that is left of the path.
    Rest(Matcher),
    /// What takes more than yes or no to find out.
    AskMachine,
}

/// How a dynamic possibility goes on.
enum Step {
    Segment(StateId),
    /// It has taken all that was left of the path.
    Rest(StateId),
}

impl Trie {
    pub(crate) fn new(machine: &Machine, rules: &[Compiled]) -> Self {
        let mut trie = Self {
            nodes: Box::default(),
            children: Children::new(machine),
            dynamics: vec![Box::default()],
            candidates: vec![Box::default()],
        };
        let nodes = machine.states.iter().zip(0..);
        trie.nodes = nodes
            .map(|(state, id)| trie.node(id, state, machine, rules))
            .collect();
        trie
    }

    fn node(&mut self, id: StateId, state: &State, machine: &Machine, rules: &[Compiled]) -> Node {
        let mut node = Node {
            slash: state.statics.get("").copied().unwrap_or(NONE),
            ..Node::default()
        };
        for text in state.statics.keys().filter(|text| !text.is_empty()) {
            let (_, hash) = Segment::whole(text.as_bytes()).key(id);
            node.filter |= filter_bit(hash);
        }
        let checks = state.dynamics.iter();
        let checks: Box<[_]> = checks
            .map(|(part, next)| (Check::new(part), *next))
            .collect();
        if let Some((Check::Any, next)) = checks.first() {
            node.any = *next;
        }
        if !checks.is_empty() {
            node.dynamics = self.dynamics.len() as u32;
            self.dynamics.push(checks);
        }
        let branch = machine
            .states
            .get(node.slash as usize)
            .filter(|_| node.slash != NONE);
        let candidates = candidates(state, branch, rules);
        if let Some(first) = candidates.first() {
            if first.certainty == Certainty::Final && !first.websocket {
                (node.methods, node.rule) = (first.methods, first.rule);
            }
            node.candidates = self.candidates.len() as u32;
            self.candidates.push(candidates);
        }
        node
    }

    /// Where the paths of a host begin, if it has rules that do not have parameters in their host.
    pub(crate) fn host(&self, host: &str) -> Option<StateId> {
        let bytes = host.as_bytes();
        let root = self.nodes.first()?;
        let state = if host.is_empty() {
            root.slash
        } else {
            let (key, hash) = Segment::whole(bytes).key(0);
            self.children.get(&key, hash, bytes)?
        };
        // Behind the host comes the empty part in front of the first slash.
        let first = self.nodes.get(state as usize)?.slash;
        (state != NONE && first != NONE).then_some(first)
    }

    /// What the machine would find for a path, if that is certain without asking it: the rule, and whether that is
    /// final.
    #[inline(always)]
    pub(crate) fn find(
        &self,
        host: StateId,
        path: &str,
        asked: Asked,
    ) -> Option<(RuleIndex, bool)> {
        let (b'/', bytes) = path.as_bytes().split_first()? else {
            return None;
        };
        let mut rest = Rest::new(bytes);
        let (mut id, mut node) = (host, self.nodes.get(host as usize)?);
        loop {
            let (segment, behind) = rest.split();
            steps::add(1 + segment.bytes.len());
            id = 'next: {
                if segment.bytes.is_empty() {
                    if node.slash != NONE {
                        break 'next node.slash;
                    }
                } else {
                    if node.filter != 0 {
                        let (key, hash) = segment.key(id);
                        if node.filter & filter_bit(hash) != 0
                            && let Some(child) = self.children.get(&key, hash, segment.bytes)
                        {
                            break 'next child;
                        }
                    }
                    if node.any != NONE {
                        break 'next node.any;
                    }
                }
                match self.dynamic(node, path, rest.bytes().len(), segment.bytes.len())? {
                    Step::Segment(next) => next,
                    Step::Rest(next) => return self.end(self.nodes.get(next as usize)?, asked),
                }
            };
            node = self.nodes.get(id as usize)?;
            match behind {
                Some(behind) => rest = behind,
                None => return self.end(node, asked),
            }
        }
    }

    /// Where the dynamic possibilities lead for the segment of this length at the front of what is left of the path.
    #[inline(never)]
    fn dynamic(&self, node: &Node, path: &str, left: usize, length: usize) -> Option<Step> {
        let rest = &path[path.len() - left..];
        let text = &rest[..length];
        for (check, next) in self.dynamics.get(node.dynamics as usize)? {
            steps::add(match check {
                Check::Path | Check::Rest(_) => 1 + rest.len(),
                _ => 1 + text.len(),
            });
            let accepts = match check {
                Check::Any => !text.is_empty(),
                Check::Digits => few_digits(text)?,
                Check::Segment(matcher) => matcher.accepts(text),
                Check::Path => {
                    let first = rest.as_bytes().first();
                    if first.is_some_and(|&first| first != b'/')
                        && !segment::contains(rest.as_bytes(), b'\n')
                    {
                        return Some(Step::Rest(*next));
                    }
                    false
                }
                Check::Rest(matcher) => {
                    if matcher.accepts(rest) {
                        return Some(Step::Rest(*next));
                    }
                    false
                }
                Check::AskMachine => return None,
            };
            if accepts {
                return Some(Step::Segment(*next));
            }
        }
        None
    }

    /// The rule of the node at which the path has ended.
    #[inline(always)]
    fn end(&self, node: &Node, asked: Asked) -> Option<(RuleIndex, bool)> {
        if node.methods & asked.method != 0 && !asked.websocket {
            return Some((node.rule, true));
        }
        self.candidate(node, asked)
    }

    /// The first rule of a node that fits, and whether that is final.
    #[inline(never)]
    fn candidate(&self, node: &Node, asked: Asked) -> Option<(RuleIndex, bool)> {
        let mut candidates = self.candidates.get(node.candidates as usize)?.iter();
        let found = candidates.find(|candidate| {
            candidate.methods & asked.method != 0 && candidate.websocket == asked.websocket
        })?;
        match found.certainty {
            Certainty::Final => Some((found.rule, true)),
            Certainty::Unsettled => Some((found.rule, false)),
            Certainty::AskMachine => None,
        }
    }
}

impl Check {
    fn new(part: &Dynamic) -> Self {
        let matcher = || part.matcher.clone();
        match part.matcher.whole() {
            _ if part.key.suffixed || matches!(part.matcher, Matcher::Many { .. }) => {
                Self::AskMachine
            }
            Some(Language::Rest) if part.key.takes_rest => Self::Path,
            _ if part.key.takes_rest => Self::Rest(matcher()),
            Some(Language::Text { min: 1, max: None }) => Self::Any,
            _ if part.is_digits() => Self::Digits,
            _ => Self::Segment(matcher()),
        }
    }
}

/// Whether the text is digits; `None` if they are of another script, or too many to say that no conversion refuses
/// them.
#[inline(always)]
fn few_digits(text: &str) -> Option<bool> {
    match text.bytes().find(|byte| !byte.is_ascii_digit()) {
        Some(other) if other.is_ascii() => Some(false),
        None if text.len() <= Integer::FEW_DIGITS => Some(!text.is_empty()),
        _ => None,
    }
}

/// The rules that end at a state, and behind them those that would with a slash.
fn candidates(state: &State, branch: Option<&State>, rules: &[Compiled]) -> Box<[Candidate]> {
    let candidate = |&rule: &RuleIndex, of_branch: bool| {
        let compiled = &rules[rule as usize];
        // Whether a mount answers beside routes of its path, the machine knows.
        let beside_others = state.rules.first() != Some(&rule)
            || branch.is_some_and(|branch| !branch.rules.is_empty());
        let mounted = compiled.rule.reach != Reach::Whole;
        let certainty = if of_branch && compiled.strict_slashes || mounted && beside_others {
            Certainty::AskMachine
        } else if compiled.takes_digits && !compiled.may_redirect {
            Certainty::Final
        } else {
            Certainty::Unsettled
        };
        Candidate {
            methods: compiled.methods,
            websocket: compiled.rule.websocket,
            certainty,
            rule,
        }
    };
    let own = state.rules.iter().map(|rule| candidate(rule, false));
    let branch = branch.into_iter().flat_map(|branch| &branch.rules);
    own.chain(branch.map(|rule| candidate(rule, true)))
        .collect()
}

/// The static children of all nodes: a hash table with open addressing, at most half full.
#[derive(Debug)]
struct Children {
    /// A power of two of them.
    slots: Box<[Slot]>,
    /// What to shift a hash by for its place.
    shift: u32,
    /// The texts that their keys do not tell apart.
    long: Vec<Box<str>>,
}

/// A way from a node to another, in half a cache line.
#[derive(Clone, Debug)]
struct Slot {
    /// [`Key::NONE`] in a free slot.
    key: Key,
    child: StateId,
    /// An index of `Children::long`, where the key is not the whole text.
    long: u32,
}

impl Children {
    fn new(machine: &Machine) -> Self {
        let statics = machine.states.iter().map(|state| state.statics.len());
        let slots = (2 * statics.sum::<usize>()).next_power_of_two().max(2);
        let free = Slot {
            key: Key::NONE,
            child: NONE,
            long: 0,
        };
        let mut children = Self {
            slots: vec![free; slots].into(),
            shift: 32 - slots.ilog2(),
            long: Vec::new(),
        };
        for (state, id) in machine.states.iter().zip(0..) {
            for (text, &child) in state.statics.iter().filter(|(text, _)| !text.is_empty()) {
                children.insert(id, text, child);
            }
        }
        children
    }

    fn insert(&mut self, node: StateId, text: &str, child: StateId) {
        let (key, hash) = Segment::whole(text.as_bytes()).key(node);
        let mut long = 0;
        if !key.is_whole() {
            long = self.long.len() as u32;
            self.long.push(text.into());
        }
        let mut at = self.place(hash);
        while self.slots[at].key != Key::NONE {
            at = (at + 1) % self.slots.len();
        }
        self.slots[at] = Slot { key, child, long };
    }

    /// Where to look first.
    #[inline(always)]
    fn place(&self, hash: u32) -> usize {
        (hash >> self.shift) as usize
    }

    /// Where the text of this key leads.
    #[inline(always)]
    fn get(&self, key: &Key, hash: u32, text: &[u8]) -> Option<StateId> {
        let mut at = self.place(hash);
        loop {
            steps::add(1);
            let slot = self.slots.get(at)?;
            if slot.key == *key && (key.is_whole() || self.is_long(slot, text)) {
                return Some(slot.child);
            }
            if slot.key == Key::NONE {
                return None;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    #[cold]
    fn is_long(&self, slot: &Slot, text: &[u8]) -> bool {
        let long = self.long.get(slot.long as usize);
        long.is_some_and(|long| long.as_bytes() == text)
    }
}

/// What descents look at, counted for the test that watches them: bytes, possibilities and slots.
pub(crate) mod steps {
    #[cfg(test)]
    thread_local! {
        static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    }

    #[inline(always)]
    pub(super) fn add(_count: usize) {
        #[cfg(test)]
        STEPS.set(STEPS.get() + _count);
    }

    /// Those since the last time.
    #[cfg(test)]
    pub(crate) fn take() -> usize {
        STEPS.take()
    }
}

/// The bit of a hash in the filter of its node.
#[inline(always)]
fn filter_bit(hash: u32) -> u32 {
    1 << (hash >> 27)
}
