//! How the texts of two parts, or of two parameters, overlap.

use crate::map::language::Language;
use crate::map::part::{Dynamic, Piece};

/// No example is longer than this many characters.
const LONGEST: usize = 64;

/// Two sets of texts that have some in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Relation {
    /// The first has all of the second. As far as is easily told: `false` may be wrong.
    pub(crate) includes: bool,
    /// The second has all of the first, likewise.
    pub(crate) included: bool,
    /// One that they have in common; `None` if none is easily made.
    pub(crate) text: Option<String>,
}

/// How two parts overlap; `None` if they do not, or it is not easily told.
pub(crate) fn of_parts(first: &Dynamic, second: &Dynamic) -> Option<Relation> {
    if first.key.takes_rest != second.key.takes_rest {
        return None;
    }
    if let Some(relation) = of_like_pieces(first, second) {
        return relation;
    }
    if !is_plain(first) || !is_plain(second) {
        return None;
    }
    let includes = takes_any(first, second);
    let included = takes_any(second, first);
    let texts = samples(first).into_iter().chain(samples(second));
    let mut texts = texts.chain(joined(&first.pieces, &second.pieces));
    let both = |text: &String| matches(first, text) && matches(second, text);
    let text = texts.find(both);
    (includes || included || text.is_some()).then_some(Relation {
        includes,
        included,
        text,
    })
}

/// Of parts that differ in their parameters' languages only, in the order of these; `None` if the parts differ
/// otherwise.
fn of_like_pieces(first: &Dynamic, second: &Dynamic) -> Option<Option<Relation>> {
    let isolating = !first.key.takes_rest;
    let (first, second) = (&first.pieces, &second.pieces);
    if first.len() != second.len() {
        return None;
    }
    let mut relation = Relation {
        includes: true,
        included: true,
        text: Some(String::new()),
    };
    for pair in first.iter().zip(second.iter()) {
        let next = match pair {
            (Piece::Literal(a), Piece::Literal(b)) if a == b => Relation {
                includes: true,
                included: true,
                text: Some(a.clone()),
            },
            (Piece::Parameter(a, _), Piece::Parameter(b, _)) => match of_languages(a, b, isolating)
            {
                Some(relation) => relation,
                None if first.len() == 1 => return Some(None),
                // What one parameter does not take may be taken by its neighbour.
                None => return None,
            },
            _ => return None,
        };
        relation.includes &= next.includes;
        relation.included &= next.included;
        let texts = relation.text.zip(next.text);
        relation.text = texts.map(|(text, next)| text + &next);
    }
    Some(Some(relation))
}

/// How two languages overlap; `None` if they do not, or it is not easily told. Where they are of isolating converters,
/// their texts are segments.
fn of_languages(first: &Language, second: &Language, isolating: bool) -> Option<Relation> {
    let includes = includes(first, second, isolating);
    let included = self::includes(second, first, isolating);
    let text = common(first, second);
    // What the application's own expressions leave out is not known.
    let custom = [first, second].map(|language| matches!(language, Language::Custom { .. }));
    let known = includes || included || text.is_some() && custom == [false, false];
    known.then_some(Relation {
        includes,
        included,
        text,
    })
}

fn includes(first: &Language, second: &Language, isolating: bool) -> bool {
    match (first, second) {
        (Language::Text { min, max }, Language::Uuid) => {
            *min <= 36 && max.is_none_or(|max| max >= 36)
        }
        (Language::Text { min, max: None }, Language::Decimal { .. }) => *min <= 3,
        (_, Language::Custom { .. }) if isolating && is_any_segment(first) => !second.matches(""),
        // A `path` leaves nothing to a mount at the same place but the slash itself.
        (Language::Rest, Language::Anything) => true,
        _ => first.includes(second),
    }
}

/// Whether it is every segment but, perhaps, the empty one.
fn is_any_segment(language: &Language) -> bool {
    matches!(
        language,
        Language::Text {
            min: 0 | 1,
            max: None
        }
    )
}

/// Whether what the part leaves out is known without its texts being listed.
fn is_plain(part: &Dynamic) -> bool {
    let odd = |piece: &Piece| {
        matches!(
            piece,
            Piece::Parameter(Language::Custom { .. } | Language::OneOf(_), _)
        )
    };
    !part.pieces.iter().any(odd)
}

/// Whether the first is one parameter that takes any segment, its literal text aside, and the second has that text.
fn takes_any(first: &Dynamic, second: &Dynamic) -> bool {
    let Some((before, language, behind)) = one_parameter(first) else {
        return false;
    };
    let any = match language {
        Language::Rest | Language::Anything => first.key.takes_rest,
        language => !first.key.takes_rest && is_any_segment(language),
    };
    any && encloses(before, behind, &second.pieces)
}

/// The parameter and the text around it, of a part that has one only.
pub(crate) fn one_parameter(part: &Dynamic) -> Option<(&str, &Language, &str)> {
    use Piece::{Literal, Parameter};
    match &*part.pieces {
        [Parameter(language, _)] => Some(("", language, "")),
        [Literal(before), Parameter(language, _)] => Some((before, language, "")),
        [Parameter(language, _), Literal(behind)] => Some(("", language, behind)),
        [Literal(before), Parameter(language, _), Literal(behind)] => {
            Some((before, language, behind))
        }
        _ => None,
    }
}

/// Whether the pieces begin and end with these texts, and surely have something in between that begins with no slash.
pub(crate) fn encloses(before: &str, behind: &str, pieces: &[Piece]) -> bool {
    if let [Piece::Literal(text)] = pieces {
        let inside = text
            .strip_prefix(before)
            .and_then(|text| text.strip_suffix(behind));
        return inside.is_some_and(|inside| !inside.is_empty() && !inside.starts_with('/'));
    }
    let first = match pieces.first() {
        Some(Piece::Literal(text)) => text.strip_prefix(before),
        _ => before.is_empty().then_some(""),
    };
    let last = match pieces.last() {
        Some(Piece::Literal(text)) => text.strip_suffix(behind),
        _ => behind.is_empty().then_some(""),
    };
    let (Some(first), Some(_)) = (first, last) else {
        return false;
    };
    // Parameters are filled, and those of one segment have no slash; what follows the first of them does not matter.
    let filled = |piece: &Piece| match piece {
        Piece::Literal(_) => true,
        Piece::Parameter(language, _) => !language.matches(""),
    };
    pieces.iter().all(filled) && !first.starts_with('/')
}

fn matches(dynamic: &Dynamic, text: &str) -> bool {
    dynamic.matcher.matches(text, &mut Vec::new())
}

/// A few texts of a part.
pub(crate) fn samples(dynamic: &Dynamic) -> Vec<String> {
    let count = dynamic.pieces.iter().map(|piece| match piece {
        Piece::Literal(_) => 1,
        Piece::Parameter(language, _) => samples_of(language).len(),
    });
    let sample = |at: usize| {
        let pieces = dynamic.pieces.iter().map(|piece| match piece {
            Piece::Literal(text) => Some(text.clone()),
            Piece::Parameter(language, _) => {
                let samples = samples_of(language);
                samples.get(at.min(samples.len().checked_sub(1)?)).cloned()
            }
        });
        pieces.collect::<Option<String>>()
    };
    let texts = (0..count.max().unwrap_or(0)).filter_map(sample);
    texts.filter(|text| matches(dynamic, text)).collect()
}

/// Texts that begin as the one part and end as the other.
fn joined(first: &[Piece], second: &[Piece]) -> Vec<String> {
    let literal = |piece: Option<&Piece>| match piece {
        Some(Piece::Literal(text)) => text.clone(),
        _ => String::new(),
    };
    let longer = |a: String, b: String| if a.len() < b.len() { b } else { a };
    let before = longer(literal(first.first()), literal(second.first()));
    let behind = longer(literal(first.last()), literal(second.last()));
    let parameters = first.iter().chain(second).filter_map(|piece| match piece {
        Piece::Parameter(language, _) => Some(samples_of(language)),
        Piece::Literal(_) => None,
    });
    let middles = parameters.flatten();
    middles
        .map(|middle| format!("{before}{middle}{behind}"))
        .collect()
}

/// A text of both.
fn common(first: &Language, second: &Language) -> Option<String> {
    // What a map may have thousands of is told without making texts.
    match (first, second) {
        (Language::OneOf(items), other) | (other, Language::OneOf(items)) => {
            let shared = items.iter().find(|item| other.matches(item));
            return shared.map(|item| item.to_string());
        }
        (
            Language::Text { min, max },
            Language::Text {
                min: least,
                max: most,
            },
        ) if most.is_some_and(|most| most < *min) || max.is_some_and(|max| max < *least) => {
            return None;
        }
        _ => {}
    }
    let lengths = [first, second].map(|language| match language {
        Language::Text { min, .. } => *min,
        _ => 0,
    });
    let length = lengths[0].max(lengths[1]).max(1);
    let mut texts = samples_of(first);
    texts.extend(samples_of(second));
    if length <= LONGEST {
        texts.extend(["x".repeat(length), "1".repeat(length)]);
        texts.push(format!("1.{}", "0".repeat(length.max(3) - 2)));
    }
    texts.retain(|text| first.matches(text) && second.matches(text));
    texts.into_iter().next()
}

/// A few texts of a language; none if they are not easily found.
fn samples_of(language: &Language) -> Vec<String> {
    let texts = match language {
        Language::Text { min, .. } if *min > LONGEST => Vec::new(),
        Language::Text { min, .. } => vec!["x".repeat((*min).max(1)), "1".repeat((*min).max(1))],
        Language::OneOf(items) => items.iter().map(|item| item.to_string()).collect(),
        Language::Rest | Language::Anything => vec!["x".to_owned(), "x/y".to_owned()],
        Language::Digits { .. } => vec!["1".to_owned()],
        Language::Decimal { .. } => vec!["1.0".to_owned()],
        Language::Uuid => vec!["00000000-0000-0000-0000-000000000000".to_owned()],
        Language::Custom { .. } => ["x", "1", "a", "ab", "en", "2024-01-01", "x/y"]
            .map(str::to_owned)
            .into(),
    };
    let texts = texts.into_iter().filter(|text| language.matches(text));
    texts.take(16).collect()
}
