//! Finding rules that are in each other's way: pairs of states that the same paths lead to.
//!
//! ```text
//!   /<any(a, b):x>/t      any(a, b) and any(b, c) have "b" in common     nothing but their order decides
//!   /<any(b, c):x>/<y>    "t" and <y> have "t" in common                 for /b/t: ambiguous
//!
//!   /<path:x>/edit        has more literal text, so is asked first
//!   /<y>/edit             has only paths that the other has              unreachable
//! ```
//! What is not easily told is left out, never guessed: that several rules together leave nothing to one, or what the
//! expressions of the application's own converters leave out.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::fronts::Fronts;
use super::relation::{self, Relation};
use super::{Conflict, ConflictKind};
use crate::map::compile::{Compiled, Piece as Written};
use crate::map::language::Language;
use crate::map::machine::{Machine, RuleIndex, State, StateId};
use crate::map::methods::{ALL, MethodSet, Methods};
use crate::map::part::{Dynamic, Piece};
use crate::map::rule::Reach;

/// Among more parts than these in one state, only those of the same literal text are compared, so that a map of many
/// rules is built in time.
const MOST_PARTS: usize = 64;

/// So many pairs of parts and of states are looked at for one map and no more, for the same reason.
const MOST_PAIRS: usize = 50_000;

/// All conflicts, at most one for a rule, in the order of the rules that lose.
pub(crate) fn find(machine: &Machine, rules: &[Compiled], methods: &Methods) -> Vec<Conflict> {
    let mut finder = Finder {
        machine,
        rules,
        methods,
        pairs: 0,
        conflicts: BTreeMap::new(),
    };
    for state in 0..machine.states.len() {
        finder.of_state(state as StateId);
    }
    let mut fronts = None;
    let finish = |mut found: Found| {
        if let Some((at, rest)) = found.common {
            let fronts = fronts.get_or_insert_with(|| Fronts::new(machine));
            found.conflict.example = fronts.path(at, &rest);
        }
        found.conflict
    };
    finder.conflicts.into_values().map(finish).collect()
}

struct Found {
    conflict: Conflict,
    /// What both rules match from this state on, if that makes the example.
    common: Option<(StateId, String)>,
}

struct Finder<'f> {
    machine: &'f Machine,
    rules: &'f [Compiled],
    methods: &'f Methods,
    pairs: usize,
    conflicts: BTreeMap<RuleIndex, Found>,
}

/// What is known of two states that parts with common texts lead to; the first is entered first.
struct Pair {
    /// The state where they parted.
    at: StateId,
    /// No weight decides between them, only their order.
    equal_weight: bool,
    /// How their parts overlap since then.
    relation: Relation,
}

impl Pair {
    /// With one more part, if rules behind it can be in each other's way.
    fn with(&self, next: Relation) -> Option<Self> {
        let texts = self.relation.text.as_ref().zip(next.text);
        let relation = Relation {
            includes: self.relation.includes && next.includes,
            included: self.relation.included && next.included,
            text: texts.map(|(text, next)| format!("{text}/{next}")),
        };
        Self { relation, ..*self }.mattering()
    }

    fn with_text(&self, text: &str, includes: bool, included: bool) -> Option<Self> {
        let text = Some(text.to_owned());
        self.with(Relation {
            includes,
            included,
            text,
        })
    }

    fn mattering(self) -> Option<Self> {
        let Relation { includes, text, .. } = &self.relation;
        let ambiguous = self.equal_weight && text.is_some();
        (*includes || ambiguous).then_some(self)
    }
}

impl<'f> Finder<'f> {
    fn state(&self, id: StateId) -> &'f State {
        &self.machine.states[id as usize]
    }

    fn of_state(&mut self, id: StateId) {
        let state = self.state(id);
        // A rule that is as one before it takes nothing from later ones that the other does not.
        let mut before = Vec::new();
        let mut kinds = HashSet::new();
        for &later in &state.rules {
            self.note(&before, later, None);
            let rule = &self.rules[later as usize];
            if kinds.insert((rule.methods, rule.rule.websocket, rule.strict_slashes)) {
                before.push(later);
            }
        }
        let dynamics = &state.dynamics;
        if dynamics.len() <= MOST_PARTS {
            for (at, second) in dynamics.iter().enumerate() {
                for first in &dynamics[..at] {
                    self.parts(id, first, second);
                }
            }
        } else {
            let mut alike: HashMap<Vec<&str>, Vec<&(Dynamic, StateId)>> = HashMap::new();
            for second in dynamics {
                let before = alike.entry(literals(&second.0)).or_default();
                let left = MOST_PAIRS.saturating_sub(self.pairs);
                for first in before.iter().take(left) {
                    self.parts(id, first, second);
                }
                before.push(second);
            }
        }
        for (dynamic, next) in dynamics {
            self.taken_by_texts(id, dynamic, *next);
        }
    }

    /// Two parts of one state, the first of which is tried first.
    fn parts(&mut self, at: StateId, first: &(Dynamic, StateId), second: &(Dynamic, StateId)) {
        let ((first, above), (second, below)) = (first, second);
        self.pairs += 1;
        if self.pairs > MOST_PAIRS {
            return;
        }
        if wider(first, second) {
            return self.taken_by_wider(
                (first, *above),
                *below,
                (&second.pieces, second.key.suffixed),
            );
        }
        let pair = relation::of_parts(first, second).and_then(|relation| {
            let equal_weight = first.key.weight == second.key.weight;
            let pair = Pair {
                at,
                equal_weight,
                relation,
            };
            pair.mattering()
        });
        if let Some(pair) = pair {
            self.joint(&pair, *above, *below);
        }
    }

    fn are_strict(&self, state: StateId) -> bool {
        let mut rules = self.state(state).rules.iter();
        rules.all(|&rule| self.rules[rule as usize].strict_slashes)
    }

    fn behind_slash(&self, state: StateId) -> &'f [RuleIndex] {
        let slash = self.state(state).statics.get("");
        slash.map_or(&[], |&slash| &self.state(slash).rules)
    }

    /// Two states that are entered with the same texts.
    fn joint(&mut self, pair: &Pair, above: StateId, below: StateId) {
        self.pairs += 1;
        if self.pairs > MOST_PAIRS {
            return;
        }
        let (first, second) = (self.state(above), self.state(below));
        self.ends(pair, &first.rules, &second.rules);
        // A rule that ends in a slash has the path without it, too: as a redirect, or as it is.
        self.ends(pair, self.behind_slash(above), &second.rules);
        if !first.statics.contains_key("") {
            let rules = first.rules.iter().copied();
            let lenient = rules.filter(|&rule| !self.rules[rule as usize].strict_slashes);
            self.ends(pair, &lenient.collect::<Vec<_>>(), self.behind_slash(below));
        }
        let mut texts: Vec<_> = second.statics.iter().collect();
        texts.sort_unstable();
        for (text, &next) in texts {
            if let Some(&same) = first.statics.get(text)
                && let Some(pair) = pair.with_text(text, true, true)
            {
                self.joint(&pair, same, next);
            }
            for (dynamic, wider) in &first.dynamics {
                if dynamic.key.takes_rest {
                    if pair.relation.includes {
                        self.taken_by_rest(
                            (dynamic, *wider),
                            next,
                            &[Piece::Literal(text.to_string())],
                        );
                    }
                } else if dynamic.matcher.matches(text, &mut Vec::new())
                    // A rule that is not strict about its slash has the path without it, too.
                    && let Some(pair) = pair.with_text(text, !text.is_empty() || self.are_strict(next), false)
                {
                    self.joint(&pair, *wider, next);
                }
            }
        }
        for (dynamic, next) in &second.dynamics {
            self.joint_dynamic(pair, first, (dynamic, *next));
        }
    }

    fn joint_dynamic(&mut self, pair: &Pair, first: &State, (dynamic, next): (&Dynamic, StateId)) {
        if !dynamic.key.takes_rest {
            let matching = |text: &str| dynamic.matcher.matches(text, &mut Vec::new());
            let texts = first.statics.iter().filter(|(text, _)| matching(text));
            let mut texts: Vec<_> = texts.collect();
            texts.sort_unstable();
            for (text, &narrower) in texts {
                if let Some(pair) = pair.with_text(text, false, true) {
                    self.joint(&pair, narrower, next);
                }
            }
        }
        for (other, above) in &first.dynamics {
            if wider(other, dynamic) {
                if pair.relation.includes {
                    self.taken_by_wider(
                        (other, *above),
                        next,
                        (&dynamic.pieces, dynamic.key.suffixed),
                    );
                }
            } else if let Some(relation) = relation::of_parts(other, dynamic)
                && let Some(pair) = pair.with(relation)
            {
                self.joint(&pair, *above, next);
            }
        }
    }

    /// As [`taken_by_rest`](Self::taken_by_rest), behind a part that may be suffixed.
    fn taken_by_wider(
        &mut self,
        rest: (&Dynamic, StateId),
        below: StateId,
        (pieces, suffixed): (&[Piece], bool),
    ) {
        if !suffixed {
            return self.taken_by_rest(rest, below, pieces);
        }
        // The only rules below are those behind the slash.
        if let Some(&slash) = self.state(below).statics.get("") {
            let pieces = extended(pieces, &[Piece::Literal(String::new())]);
            self.taken_by_rest(rest, slash, &pieces);
        }
    }

    /// The rules below that have no path but those that a part which takes the rest has, too.
    fn taken_by_rest(&mut self, rest: (&Dynamic, StateId), below: StateId, pieces: &[Piece]) {
        self.pairs += 1;
        if self.pairs > MOST_PAIRS {
            return;
        }
        let (part, above) = rest;
        let Some((before, Language::Rest | Language::Anything, behind)) =
            relation::one_parameter(part)
        else {
            return;
        };
        let state = self.state(below);
        if !state.rules.is_empty() {
            let (takers, pieces) = match part.key.suffixed {
                true => (self.behind_slash(above), without_slash(pieces)),
                false => (&*self.state(above).rules, pieces.to_vec()),
            };
            if relation::encloses(before, behind, &pieces) {
                for &rule in &state.rules {
                    self.note(takers, rule, Some(&Pair::all(above)));
                }
            }
        }
        for (text, &next) in &state.statics {
            self.taken_by_rest(
                rest,
                next,
                &extended(pieces, &[Piece::Literal(text.to_string())]),
            );
        }
        for (dynamic, next) in &state.dynamics {
            let pieces = extended(pieces, &dynamic.pieces);
            self.taken_by_wider(rest, *next, (&pieces, dynamic.key.suffixed));
        }
    }

    /// The rules below a part that has a few texts only, each of which is also a part of its own.
    fn taken_by_texts(&mut self, at: StateId, dynamic: &Dynamic, below: StateId) {
        let Some((before, Language::OneOf(items), behind)) = relation::one_parameter(dynamic)
        else {
            return;
        };
        let statics = &self.state(at).statics;
        let known = std::mem::take(&mut self.conflicts);
        let mut taken: Option<BTreeMap<RuleIndex, Found>> = None;
        for item in items {
            let Some(&above) = statics.get(&*format!("{before}{item}{behind}")) else {
                taken = None;
                break;
            };
            self.joint(&Pair::all(at), above, below);
            let mut now = std::mem::take(&mut self.conflicts);
            now.retain(|_, found| found.conflict.kind == ConflictKind::Unreachable);
            if let Some(taken) = &taken {
                now.retain(|rule, _| taken.contains_key(rule));
            }
            taken = Some(now);
        }
        self.conflicts = known;
        for (rule, found) in taken.into_iter().flatten() {
            self.keep(rule, found);
        }
    }

    /// Rules of which some paths end at the same place.
    fn ends(&mut self, pair: &Pair, before: &[RuleIndex], later: &[RuleIndex]) {
        for &rule in later {
            self.note(before, rule, Some(pair));
        }
    }

    /// What is wrong with a rule, given those that come before it; of the same parts, if there is no pair.
    fn note(&mut self, before: &[RuleIndex], later: RuleIndex, pair: Option<&Pair>) {
        let rule = &self.rules[later as usize];
        let alike =
            |&&index: &&RuleIndex| self.rules[index as usize].rule.websocket == rule.rule.websocket;
        let mut taken: MethodSet = 0;
        let mut first = None;
        for &index in before.iter().filter(alike) {
            let earlier = self.rules[index as usize].methods;
            if earlier & rule.methods != 0 {
                first.get_or_insert(index);
            }
            taken |= earlier;
        }
        let Some(first) = first else { return };
        let shared = taken & rule.methods;
        // One that is not strict about slashes has paths that a strict one has not.
        let stricter =
            |&index: &RuleIndex| self.rules[index as usize].strict_slashes && !rule.strict_slashes;
        let includes =
            pair.is_none_or(|pair| pair.relation.includes) && !before.iter().any(stricter);
        if !includes && pair.is_some_and(|pair| pair.relation.includes) {
            return;
        }
        let kind = match pair {
            // A mount answers no method of a path that a route has.
            _ if includes && rule.rule.reach != Reach::Whole => ConflictKind::Unreachable,
            _ if includes && shared == rule.methods => ConflictKind::Unreachable,
            None => ConflictKind::Ambiguous,
            Some(_) if includes => ConflictKind::Shadowed,
            // The more specific rule comes first, as it should; or weights have decided.
            Some(pair) if pair.relation.included || !pair.equal_weight => return,
            Some(_) if rule.rule.reach != Reach::Whole => return,
            Some(_) => ConflictKind::Ambiguous,
        };
        let methods = match shared {
            ALL => Vec::new(),
            shared => self.methods.names(shared),
        };
        let conflict = Conflict {
            kind,
            rule: named(rule),
            with: named(&self.rules[first as usize]),
            methods: methods.into_iter().map(str::to_owned).collect(),
            example: example(rule),
            loser: later,
        };
        let common = pair.filter(|_| !includes);
        let common = common.and_then(|pair| Some((pair.at, pair.relation.text.clone()?)));
        self.keep(later, Found { conflict, common });
    }

    /// Of several for one rule, the gravest, and the first of these.
    fn keep(&mut self, rule: RuleIndex, found: Found) {
        let gravity = |found: &Found| match found.conflict.kind {
            ConflictKind::Ambiguous => 0,
            ConflictKind::Shadowed => 1,
            ConflictKind::Unreachable => 2,
        };
        let known = self.conflicts.get(&rule);
        if known.is_none_or(|known| gravity(known) < gravity(&found)) {
            self.conflicts.insert(rule, found);
        }
    }
}

impl Pair {
    /// The first takes all that the second does.
    fn all(at: StateId) -> Self {
        Self {
            at,
            equal_weight: false,
            relation: Relation {
                includes: true,
                included: false,
                text: None,
            },
        }
    }
}

/// Whether the first takes the rest of the path, and the second does not, or not with its final slash.
fn wider(first: &Dynamic, second: &Dynamic) -> bool {
    first.key.takes_rest && (!second.key.takes_rest || second.key.suffixed && !first.key.suffixed)
}

fn literals(part: &Dynamic) -> Vec<&str> {
    let mut literals = Vec::new();
    for piece in &part.pieces {
        if let Piece::Literal(text) = piece {
            literals.push(text.as_str());
        }
    }
    literals
}

/// The pieces, a slash, and further ones; text in a row is one piece.
fn extended(pieces: &[Piece], further: &[Piece]) -> Vec<Piece> {
    let mut all = pieces.to_vec();
    let slash = Piece::Literal("/".to_owned());
    for piece in std::iter::once(&slash).chain(further) {
        match (all.last_mut(), piece) {
            (Some(Piece::Literal(text)), Piece::Literal(more)) => text.push_str(more),
            _ => all.push(piece.clone()),
        }
    }
    all
}

fn without_slash(pieces: &[Piece]) -> Vec<Piece> {
    let mut pieces = pieces.to_vec();
    if let Some(Piece::Literal(text)) = pieces.last_mut()
        && text.ends_with('/')
    {
        text.pop();
        if text.is_empty() {
            pieces.pop();
        }
    }
    pieces
}

/// The rule as it was written, behind its host or subdomain.
fn named(rule: &Compiled) -> String {
    match rule.rule.domain() {
        Some(domain) if !domain.is_empty() => format!("{domain}|{}", rule.rule.text),
        _ => rule.rule.text.clone(),
    }
}

/// A path that the rule matches.
fn example(rule: &Compiled) -> Option<String> {
    let mut path = String::new();
    for piece in &rule.path_pieces {
        match piece {
            Written::Text(text) => path.push_str(text),
            Written::Parameter(index) => path.push_str(&rule.parameters[*index].kind.example()?),
        }
    }
    Some(path)
}
