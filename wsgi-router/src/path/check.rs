//! Whether a type fits a route, found out by making it of sample values.
//!
//! serde tells nothing of a type but what it asks for while it is being made. So it is made, of values such as each
//! converter gives, by a deserializer that knows the converters: what the type asks for is compared with what a
//! parameter can be. That the type's own validation refuses a sample says nothing; another one is tried then.

use std::cell::Cell;

use serde::de::DeserializeOwned;

use super::deserializer::{Parameter, read};
use super::error::PathError;
use super::failure::Failure;
use super::signature::{Signature, Source};
use super::wanted::Wanted;

/// A type that shall be made of a route's parameters.
#[derive(Clone)]
pub(crate) struct Expectation {
    ty: &'static str,
    check: fn(&Signature<'_>, bool) -> Result<(), PathError>,
    /// Each parameter must have its place, so that the reverse works, too.
    exactly: bool,
    /// The pattern that it belongs to, if it is of one only.
    pattern: Option<Box<str>>,
}

impl Expectation {
    /// That the type can be made of the parameters.
    pub(crate) fn of<T: DeserializeOwned>() -> Self {
        Self {
            ty: std::any::type_name::<T>(),
            check: check::<T>,
            exactly: false,
            pattern: None,
        }
    }

    /// That the parameters can be made of the type as well.
    pub(crate) fn exactly<T: DeserializeOwned>() -> Self {
        Self {
            exactly: true,
            ..Self::of::<T>()
        }
    }

    /// That the route has this pattern to the end, nothing having come in front.
    pub(crate) fn at(mut self, pattern: &str) -> Self {
        self.pattern = Some(pattern.into());
        self
    }

    /// Checks a route.
    pub(crate) fn check(&self, route: &Signature<'_>) -> Result<(), PathError> {
        if let Some(pattern) = self.pattern.as_deref().filter(|known| *known != route.text) {
            return Err(PathError::Moved {
                pattern: pattern.to_owned(),
            });
        }
        (self.check)(route, self.exactly)
    }
}

/// Of the same type.
impl PartialEq for Expectation {
    fn eq(&self, other: &Self) -> bool {
        (self.ty, self.exactly, &self.pattern) == (other.ty, other.exactly, &other.pattern)
    }
}

impl std::fmt::Debug for Expectation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Expectation").field(&short(self.ty)).finish()
    }
}

fn check<T: DeserializeOwned>(route: &Signature<'_>, exactly: bool) -> Result<(), PathError> {
    let samples = route.parameters.iter();
    let samples: Vec<Vec<String>> = samples.map(|one| one.source.samples()).collect();
    let mut trial = Trial {
        route,
        chosen: vec![0; samples.len()],
        samples: &samples,
        exactly,
        last: Cell::new(0),
    };
    let ty = short(std::any::type_name::<T>());
    // Find samples that the type accepts.
    loop {
        match trial.run::<T>() {
            Ok(()) => break,
            Err(failure) => {
                if let Some(mistake) = trial.mistake(failure, &ty) {
                    return Err(mistake);
                }
                // The type's own validation; with its last sample gone, the rest stays unknown.
                if !trial.next_sample() {
                    break;
                }
            }
        }
    }
    // Where all values are known, each is tried.
    for (index, parameter) in route.parameters.iter().enumerate() {
        if !parameter.source.is_exact() {
            continue;
        }
        let found = trial.chosen[index];
        for choice in 0..samples[index].len() {
            trial.chosen[index] = choice;
            if let Err(failure) = trial.run::<T>()
                && let Some(mistake) = trial.mistake(failure, &ty)
            {
                return Err(mistake);
            }
        }
        trial.chosen[index] = found;
    }
    Ok(())
}

/// One way to make the type.
struct Trial<'c> {
    route: &'c Signature<'c>,
    samples: &'c [Vec<String>],
    /// The sample of each parameter.
    chosen: Vec<usize>,
    exactly: bool,
    /// The parameter that was read last.
    last: Cell<usize>,
}

/// A parameter with its sample.
#[derive(Clone, Copy)]
struct Sample<'t> {
    trial: &'t Trial<'t>,
    index: usize,
}

impl Trial<'_> {
    fn run<T: DeserializeOwned>(&self) -> Result<(), Failure> {
        let parameters = 0..self.samples.len();
        let sample = |index| Sample { trial: self, index };
        read::<T, _>(parameters.map(sample)).map(drop)
    }

    /// Goes on to the next sample of the parameter that was read last.
    fn next_sample(&mut self) -> bool {
        let last = self.last.get();
        let Some(samples) = self.samples.get(last) else {
            return false;
        };
        self.chosen[last] += 1;
        let more = self.chosen[last] < samples.len();
        if !more {
            self.chosen[last] = 0;
        }
        more
    }

    /// What is wrong, if it is more than that the type does not like the sample.
    fn mistake(&self, failure: Failure, ty: &str) -> Option<PathError> {
        let ty = ty.to_owned();
        let parameters = || self.route.written();
        let index = self.last.get();
        let at = || {
            let parameter = self.route.parameters.get(index);
            parameter.map_or_else(String::new, |parameter| self.route.write(parameter))
        };
        let failure = match failure {
            Failure::At { failure, .. } => *failure,
            failure => failure,
        };
        Some(match failure {
            Failure::At { .. } | Failure::Refused(_) => return None,
            Failure::Count { wanted, .. } => PathError::Count {
                ty,
                wanted: match wanted {
                    1 => "one value".to_owned(),
                    wanted => format!("{wanted} values"),
                },
                parameters: parameters(),
            },
            Failure::MissingField(field) => PathError::Field {
                suggestion: self.nearest(&field),
                ty,
                field,
                parameters: parameters(),
            },
            Failure::Misspelt { field, parameter } => PathError::Field {
                ty,
                field,
                parameters: parameters(),
                suggestion: Some(parameter),
            },
            Failure::UnknownField(name) | Failure::Unclaimed(name) => {
                let known = self.route.parameters.iter().find(|one| one.name == name);
                PathError::Unclaimed {
                    ty,
                    parameter: known.map_or(name, |one| self.route.write(one)),
                }
            }
            Failure::Open => PathError::Optional {
                ty,
                parameter: at(),
            },
            Failure::Shape(wanted) => PathError::Shape {
                ty,
                parameter: at(),
                wanted,
            },
            Failure::Never(wanted) => self.never(wanted, ty),
            Failure::Unread { wanted, text } => return self.unread(wanted, text, ty),
        })
    }

    fn never(&self, wanted: Wanted, ty: String) -> PathError {
        let parameter = &self.route.parameters[self.last.get()];
        PathError::Type {
            ty,
            parameter: self.route.write(parameter),
            given: parameter.source.in_words(),
            wanted: wanted.with_article(),
            mend: self.route.mend(parameter, wanted),
        }
    }

    /// A sample that is not what is wanted.
    fn unread(&self, wanted: Wanted, text: String, ty: String) -> Option<PathError> {
        let index = self.last.get();
        let parameter = &self.route.parameters[index];
        if parameter.source.is_exact() {
            return Some(PathError::Value {
                ty,
                parameter: self.route.write(parameter),
                value: text,
                wanted: wanted.with_article(),
            });
        }
        if parameter.source.is_custom() {
            return None;
        }
        match wanted {
            Wanted::Variant(_) | Wanted::Char | Wanted::Bool => Some(self.never(wanted, ty)),
            // Only the first sample is the one nearest to all ranges.
            _ if self.chosen[index] != 0 => None,
            Wanted::Whole(_) | Wanted::Real(_) => Some(PathError::Range {
                ty,
                parameter: self.route.write(parameter),
                wanted: wanted.with_article(),
                value: text,
            }),
        }
    }

    fn nearest(&self, field: &str) -> Option<String> {
        let names = self.route.parameters.iter().map(|one| one.name);
        nearest(field, names).map(str::to_owned)
    }
}

/// The name that was probably meant.
fn nearest<'n>(field: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let similar = |name: &str| strsim::normalized_damerau_levenshtein(name, field);
    let name = names.max_by(|a, b| similar(a).total_cmp(&similar(b)))?;
    (similar(name) > 0.5).then_some(name)
}

impl Sample<'_> {
    fn source(&self) -> Source<'_> {
        self.trial.route.parameters[self.index].source
    }
}

impl Parameter for Sample<'_> {
    fn name(&self) -> &str {
        self.trial.route.parameters[self.index].name
    }

    fn bytes(&self) -> &[u8] {
        self.trial.last.set(self.index);
        self.trial.samples[self.index][self.trial.chosen[self.index]].as_bytes()
    }

    /// Where any text may come, one that is no variant: an enum must take it.
    fn variant(&self) -> &[u8] {
        let sample = self.bytes();
        if self.source().is_exact() || self.source().is_custom() {
            sample
        } else {
            b"\0"
        }
    }

    fn admit(&self, wanted: Wanted) -> Result<(), Failure> {
        self.trial.last.set(self.index);
        if self.source().admits(wanted) {
            return Ok(());
        }
        Err(Failure::Never(wanted))
    }

    fn admit_option(&self) -> Result<(), Failure> {
        self.trial.last.set(self.index);
        match self.source() {
            Source::Converter(_) if self.trial.exactly => Err(Failure::Open),
            _ => Ok(()),
        }
    }

    fn admit_fields(
        mut parameters: impl Iterator<Item = Self> + Clone,
        fields: Option<&'static [&'static str]>,
    ) -> Result<(), Failure> {
        let Some(fields) = fields else {
            let open = parameters.find(|parameter| parameter.trial.exactly);
            return open.map_or(Ok(()), |parameter| {
                parameter.trial.last.set(parameter.index);
                Err(Failure::Open)
            });
        };
        for parameter in parameters.clone() {
            let name = parameter.name();
            if fields.contains(&name) {
                continue;
            }
            // A field that may be absent would be so in every request, and nobody would notice.
            let absent = |field: &&str| parameters.clone().all(|known| known.name() != *field);
            let idle = fields.iter().copied().filter(absent);
            if let Some(field) = nearest(name, idle) {
                return Err(Failure::Misspelt {
                    field: field.to_owned(),
                    parameter: name.to_owned(),
                });
            }
            if parameter.trial.exactly {
                return Err(Failure::Unclaimed(name.to_owned()));
            }
        }
        Ok(())
    }
}

/// A type's name without the modules: `(u32, String)`.
pub(crate) fn short(name: &str) -> String {
    let mut short = String::with_capacity(name.len());
    let mut from = 0;
    for (at, c) in name.char_indices() {
        let word = c.is_alphanumeric() || matches!(c, '_' | ':' | '{' | '}' | '#');
        if !word {
            short.push_str(last_segment(&name[from..at]));
            short.push(c);
            from = at + c.len_utf8();
        }
    }
    short.push_str(last_segment(&name[from..]));
    short
}

fn last_segment(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::net::IpAddr;
    use std::num::NonZeroU8;

    use serde::Deserialize;

    use super::*;
    use crate::map::{Map, Rule};

    fn check<T: DeserializeOwned>(rule: &str) -> Result<(), String> {
        let map = Map::builder().add(Rule::new(rule)).build().unwrap();
        let checked = Expectation::of::<T>().check(&Signature::of(&map.rules[0]));
        checked.map_err(|mistake| mistake.to_string())
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        New,
        Old,
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Post {
        year: u16,
        slug: String,
    }

    #[test]
    fn what_a_type_can_be_made_of_is_right() {
        for checked in [
            check::<()>("/"),
            check::<(u8,)>("/<int:a>"),
            check::<u8>("/<int:a>"),
            check::<f64>("/<int:a>"),
            check::<f32>("/<float:a>"),
            check::<char>("/<a>"),
            check::<bool>("/<any(true, false):a>"),
            check::<u8>(r#"/<any("1", "2"):a>"#),
            check::<Kind>("/<any(new, old):a>"),
            check::<Kind>("/<any(new):a>"),
            check::<String>("/<int:a>"),
            check::<NonZeroU8>("/<int:a>"),
            check::<IpAddr>("/<a>"),
            check::<(IpAddr, i64)>("/<a>/<int(signed=True):b>"),
            check::<Post>("/<int:year>/<slug>"),
            check::<Post>("/<slug>/x/<int:year>/<path:rest>"),
            check::<HashMap<String, String>>("/<int:year>/<slug>"),
            check::<HashMap<String, u8>>("/<int:a>/<int:b>"),
            check::<Vec<(String, String)>>("/<int:year>/<slug>"),
            check::<Vec<String>>("/<int:year>/<slug>"),
            check::<Option<u8>>("/<int:a>"),
            check::<Option<u8>>("/"),
        ] {
            assert_eq!(checked, Ok(()));
        }
    }
}
