//! Rules that are in each other's way, found when a map is built.

use std::fmt::{Display, Formatter, Result as FmtResult};

use super::compile::{Compiled, Piece};
use super::language::Language;
use super::machine::{Machine, RuleIndex, StateId};
use super::methods::{ALL, MethodSet, Methods};
use super::part::Dynamic;
use super::rule::Reach;

/// Two rules that match the same paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    kind: ConflictKind,
    rule: String,
    with: String,
    methods: Vec<String>,
    example: Option<String>,
    /// The rule that loses.
    pub(crate) loser: RuleIndex,
}

/// How two rules are in each other's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConflictKind {
    /// Both answer some of the methods, and which one does depends on their order alone.
    Ambiguous,
    /// The other answers all methods of this one, which is never found.
    Unreachable,
}

impl Conflict {
    /// How they are in each other's way.
    pub fn kind(&self) -> ConflictKind {
        self.kind
    }

    /// The rule that loses, as it was written.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// The rule that wins, as it was written.
    pub fn with(&self) -> &str {
        &self.with
    }

    /// A path that both match; `None` if only a converter of the application's could tell one.
    pub fn example(&self) -> Option<&str> {
        self.example.as_deref()
    }
}

impl Display for Conflict {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        let Self { rule, with, .. } = self;
        match self.kind {
            ConflictKind::Ambiguous => {
                let methods = self.methods.join(", ");
                write!(
                    f,
                    "rule {rule:?} is ambiguous with rule {with:?}, which comes first for {methods}"
                )?;
            }
            ConflictKind::Unreachable => {
                write!(
                    f,
                    "rule {rule:?} is never found, for rule {with:?} matches all its paths and comes first"
                )?;
            }
        }
        if let Some(example) = &self.example {
            write!(f, ", such as {example:?}")?;
        }
        f.write_str(
            "; remove one of the two, or set them apart by a method or by text in their paths",
        )
    }
}

/// Conflicts between rules of the same parts, and between those whose parts match all that the others' do.
pub(crate) fn find(machine: &Machine, rules: &[Compiled], methods: &Methods) -> Vec<Conflict> {
    let mut finder = Finder {
        machine,
        rules,
        methods,
        conflicts: Vec::new(),
    };
    for state in &machine.states {
        for (at, &later) in state.rules.iter().enumerate().skip(1) {
            let conflict = conflict_of(&state.rules[..at], later, rules, methods);
            finder.conflicts.extend(conflict);
        }
        for (at, (dynamic, next)) in state.dynamics.iter().enumerate() {
            // Only parts that are one parameter: there are few of them in a state, so this stays linear.
            if dynamic.matcher.whole().is_none() {
                continue;
            }
            let behind = &state.dynamics[at + 1..];
            for (other, shadowed) in behind.iter().filter(|(other, _)| includes(dynamic, other)) {
                debug_assert!(other.key.weight >= dynamic.key.weight);
                finder.shadowed(*next, *shadowed);
            }
        }
    }
    finder.conflicts
}

fn includes(dynamic: &Dynamic, other: &Dynamic) -> bool {
    dynamic.key.takes_rest == other.key.takes_rest
        && dynamic.key.suffixed == other.key.suffixed
        && (dynamic.matcher.includes(&other.matcher) || takes_all_below(dynamic, other))
}

/// A `path` leaves nothing to a mount at the same place but the slash itself.
fn takes_all_below(dynamic: &Dynamic, other: &Dynamic) -> bool {
    matches!(dynamic.matcher.whole(), Some(Language::Rest))
        && matches!(other.matcher.whole(), Some(Language::Anything))
}

struct Finder<'f> {
    machine: &'f Machine,
    rules: &'f [Compiled],
    methods: &'f Methods,
    conflicts: Vec<Conflict>,
}

impl Finder<'_> {
    /// Whatever leads to `below` would lead to `above` as well, which is tried first: the rules that are never found
    /// for that.
    fn shadowed(&mut self, above: StateId, below: StateId) {
        let machine = self.machine;
        let (above, below) = (
            &machine.states[above as usize],
            &machine.states[below as usize],
        );
        for &rule in &below.rules {
            let conflict = conflict_of(&above.rules, rule, self.rules, self.methods);
            let unreachable =
                conflict.filter(|conflict| conflict.kind == ConflictKind::Unreachable);
            self.conflicts.extend(unreachable);
        }
        for (text, &next) in &below.statics {
            if let Some(&first) = above.statics.get(text) {
                self.shadowed(first, next);
            }
        }
        for (dynamic, next) in &below.dynamics {
            if let Some((_, first)) = above
                .dynamics
                .iter()
                .find(|(first, _)| includes(first, dynamic))
            {
                self.shadowed(*first, *next);
            }
        }
    }
}

/// What is wrong with a rule, given those that come before it.
fn conflict_of(
    before: &[RuleIndex],
    later: RuleIndex,
    rules: &[Compiled],
    methods: &Methods,
) -> Option<Conflict> {
    let rule = &rules[later as usize];
    let alike = |&&index: &&RuleIndex| rules[index as usize].rule.websocket == rule.rule.websocket;
    let mut taken: MethodSet = 0;
    let mut first = None;
    for &index in before.iter().filter(alike) {
        let earlier = rules[index as usize].methods;
        if earlier & rule.methods != 0 {
            first.get_or_insert(index);
        }
        taken |= earlier;
    }
    let with = &rules[first? as usize];
    let shared = taken & rule.methods;
    // A mount answers no method of a path that a route has.
    let kind = if shared == rule.methods || rule.rule.reach != Reach::Whole {
        ConflictKind::Unreachable
    } else {
        ConflictKind::Ambiguous
    };
    let named = if shared == ALL {
        Vec::new()
    } else {
        methods.names(shared)
    };
    Some(Conflict {
        kind,
        rule: rule.rule.text.clone(),
        with: with.rule.text.clone(),
        methods: named.into_iter().map(str::to_owned).collect(),
        example: example(rule),
        loser: later,
    })
}

/// A path that the rule matches.
fn example(rule: &Compiled) -> Option<String> {
    let mut path = String::new();
    for piece in &rule.path_pieces {
        match piece {
            Piece::Text(text) => path.push_str(text),
            Piece::Parameter(index) => path.push_str(&rule.parameters[*index].kind.example()?),
        }
    }
    Some(path)
}
