//! The ways to the states of a machine, for examples of paths.

use super::relation;
use crate::map::machine::{Machine, StateId};
use crate::map::quote;

/// Of each state, a path that leads to it, decoded, and the number of its parts; `None` if none is easily found.
pub(crate) struct Fronts(Vec<Option<(String, usize)>>);

impl Fronts {
    pub(crate) fn new(machine: &Machine) -> Self {
        let mut fronts = vec![None; machine.states.len()];
        fronts[0] = Some((String::new(), 0));
        // A state is made after the one that leads to it.
        for (at, state) in machine.states.iter().enumerate() {
            let Some((front, parts)) = fronts[at].clone() else {
                continue;
            };
            let statics = state.statics.iter();
            let statics = statics.map(|(text, &next)| (Some(text.to_string()), next));
            let dynamics = state
                .dynamics
                .iter()
                .filter(|(part, _)| !part.key.takes_rest);
            let dynamics =
                dynamics.map(|(part, next)| (relation::samples(part).into_iter().next(), *next));
            for (text, next) in statics.chain(dynamics) {
                let Some(text) = text else { continue };
                fronts[next as usize] = Some((joined(&front, parts, &text), parts + 1));
            }
        }
        Self(fronts)
    }

    /// The path that leads to the state and goes on with this text, percent-encoded.
    pub(crate) fn path(&self, at: StateId, rest: &str) -> Option<String> {
        let (front, parts) = self.0[at as usize].as_ref()?;
        let rest = match parts {
            // The host is no part of the path.
            0 => rest.split_once('/')?.1,
            _ => rest,
        };
        Some(quote::path(&joined(front, (*parts).max(1), rest)))
    }
}

/// The first part is the host, the second what is in front of the first slash.
fn joined(front: &str, parts: usize, text: &str) -> String {
    match parts {
        0 => String::new(),
        1 => text.to_owned(),
        _ => format!("{front}/{text}"),
    }
}
