//! A format, taken apart once: what stands in each line, and what is filled in.

use std::io::Write;
use std::time::{Duration, SystemTime};

use wsgi_core::{Headers, Ledger, SensitiveNames};

use super::atom::{Atom, Stage};
use super::escape::{Escape, push_number};
use super::source::Source;

/// The parts of a line in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    parts: Vec<Part>,
    /// Whether a line is a JSON object, whose last brace is left out of the parts.
    is_json: bool,
    /// Whether the reason of a refusal has its place among the parts.
    tells_refusal: bool,
    /// Whether header fields of the response are asked for.
    tells_response: bool,
    /// Whether any header fields or variables are asked for, which may be secrets.
    may_tell_secrets: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Literal(String),
    Atom(Atom, Escape),
}

/// Values on their way, escaped as their places want it. Before each stands its [length](LENGTH).
#[derive(Clone, Debug, Default)]
pub(super) struct Captured {
    /// Those of the [entrance](Stage::Entrance), then those of the [exit](Stage::Exit).
    request: Vec<u8>,
    /// Where the latter begin.
    exit: usize,
    /// Those of the [response](Stage::Response).
    pub(super) response: Vec<u8>,
}

/// What is known when a response has ended.
#[derive(Debug)]
pub(super) struct Outcome<'o> {
    pub(super) time: SystemTime,
    pub(super) status: u16,
    pub(super) body_bytes: u64,
    pub(super) duration: Option<Duration>,
    pub(super) timing: Option<&'o Ledger>,
    pub(super) refused: Option<&'o str>,
    /// How many lines were left out before this one.
    pub(super) suppressed: u64,
}

impl Pattern {
    /// `atoms` have a literal before, between or behind them; where they stand decides how their values are escaped.
    pub(super) fn new(pieces: Vec<Piece>) -> Self {
        let ends = |piece: Option<&Piece>, is_end: fn(&str) -> bool| matches!(piece, Some(Piece::Literal(text)) if is_end(text));
        let is_json = ends(pieces.first(), |text| text.trim_start().starts_with('{'))
            && ends(pieces.last(), |text| text.trim_end().ends_with('}'));
        let mut parts = Vec::with_capacity(pieces.len());
        let mut quoted = false;
        let mut pieces = pieces.into_iter().peekable();
        while let Some(piece) = pieces.next() {
            parts.push(match piece {
                Piece::Literal(mut text) => {
                    quoted ^= quotes(&text) % 2 == 1;
                    if is_json && pieces.peek().is_none() {
                        text.truncate(text.rfind('}').unwrap_or(text.len()));
                    }
                    Part::Literal(text)
                }
                Piece::Atom(atom) => {
                    let end = match (pieces.peek(), parts.last()) {
                        (Some(Piece::Literal(text)), _) => text.bytes().next(),
                        // The last value ends with the line, but for those who split it at what separates the others.
                        (None, Some(Part::Literal(text))) => text.bytes().last(),
                        _ => None,
                    };
                    let escape = match (is_json, quoted) {
                        (false, _) => Escape::Text {
                            quoted,
                            end: end.filter(is_separator),
                        },
                        (true, true) => Escape::JsonString,
                        (true, false) => Escape::JsonValue,
                    };
                    Part::Atom(atom, escape)
                }
            });
        }
        Self {
            is_json,
            tells_refusal: has(&parts, |atom| *atom == Atom::Refused),
            tells_response: has(&parts, |atom| atom.stage() == Stage::Response),
            may_tell_secrets: has(&parts, Atom::may_be_secret),
            parts,
        }
    }

    /// Takes what the request tells when it comes in.
    pub(super) fn enter(&self, request: &dyn Source) -> Captured {
        let mut captured = Captured {
            request: Vec::with_capacity(256),
            ..Captured::default()
        };
        self.capture(
            Stage::Entrance,
            &mut captured.request,
            |atom, escape, out| {
                atom.write_request(request, escape, out);
            },
        );
        captured.exit = captured.request.len();
        captured
    }

    /// Takes what inner layers may have found out, and hides what they say is secret.
    pub(super) fn exit(&self, request: &dyn Source, captured: &mut Captured) {
        self.capture(Stage::Exit, &mut captured.request, |atom, escape, out| {
            atom.write_request(request, escape, out);
        });
        if self.may_tell_secrets
            && let Some(names) = request.sensitive_names()
        {
            let exit = captured.request.split_off(captured.exit);
            let hidden = self.hide(Stage::Exit, &exit, &names);
            captured.request.extend_from_slice(&hidden);
            captured.response = self.hide(Stage::Response, &captured.response, &names);
        }
    }

    /// The values of a stage without the secrets among them. That a value is absent is none.
    fn hide(&self, stage: Stage, told: &[u8], names: &SensitiveNames) -> Vec<u8> {
        let mut values = Values(told);
        let mut hidden = Vec::with_capacity(told.len());
        if told.is_empty() {
            return hidden; // no response was started
        }
        self.capture(stage, &mut hidden, |atom, escape, out| {
            let value = values.next().unwrap_or_default();
            let start = out.len();
            escape.absent(out);
            if value != &out[start..] {
                out.truncate(start);
                match atom.is_secret(names) {
                    true => escape.value(SensitiveNames::HIDDEN.as_bytes(), out),
                    false => out.extend_from_slice(value),
                }
            }
        });
        hidden
    }

    /// Takes what the response tells when it starts; nothing, for most formats.
    pub(super) fn response(&self, headers: &Headers) -> Vec<u8> {
        let mut told = Vec::new();
        if self.tells_response {
            self.capture(Stage::Response, &mut told, |atom, escape, out| {
                atom.write_response(headers, escape, out);
            });
        }
        told
    }

    /// Appends the line, with a line feed.
    pub(super) fn write(&self, captured: &Captured, outcome: &Outcome<'_>, out: &mut Vec<u8>) {
        let mut entrance = Values(&captured.request[..captured.exit]);
        let mut exit = Values(&captured.request[captured.exit..]);
        let mut response = Values(&captured.response);
        for part in &self.parts {
            match part {
                Part::Literal(text) => out.extend_from_slice(text.as_bytes()),
                Part::Atom(atom, escape) => {
                    let value = match atom.stage() {
                        Stage::Entrance => entrance.next(),
                        Stage::Exit => exit.next(),
                        Stage::Response => response.next(),
                        Stage::End => {
                            atom.write_outcome(outcome, *escape, out);
                            continue;
                        }
                    };
                    match value {
                        Some(value) => out.extend_from_slice(value),
                        None => escape.absent(out),
                    }
                }
            }
        }
        self.write_tail(outcome, out);
        out.push(b'\n');
    }

    /// What no format has to ask for.
    fn write_tail(&self, outcome: &Outcome<'_>, out: &mut Vec<u8>) {
        if let Some(reason) = outcome.refused
            && !self.tells_refusal
        {
            let (name, escape): (&[u8], _) = match self.is_json {
                true => (b",\"refused\":\"", Escape::JsonString),
                false => (b" refused=\"", QUOTED),
            };
            out.extend_from_slice(name);
            escape.piece(reason.as_bytes(), out);
            out.push(b'"');
        }
        if outcome.suppressed > 0 {
            let name: &[u8] = match self.is_json {
                true => b",\"suppressed\":",
                false => b" suppressed=",
            };
            out.extend_from_slice(name);
            push_number(outcome.suppressed, out);
        }
        if let Some(ledger) = outcome.timing {
            self.write_timing(ledger, out);
        }
        if self.is_json {
            out.push(b'}');
        }
    }

    fn write_timing(&self, ledger: &Ledger, out: &mut Vec<u8>) {
        let (mut before, absent) = match self.is_json {
            true => (",\"timing_us\":{\"", "null"),
            false => (" ", "-"),
        };
        let (then, next) = if self.is_json {
            ("\":", ",\"")
        } else {
            ("=", " ")
        };
        for (name, time) in phases(ledger) {
            // Writing to a `Vec` cannot fail.
            drop(match time {
                Some(time) => write!(out, "{before}{name}{then}{}", time.as_micros()),
                None => write!(out, "{before}{name}{then}{absent}"),
            });
            before = next;
        }
        if self.is_json {
            out.push(b'}');
        }
    }

    fn capture(
        &self,
        stage: Stage,
        out: &mut Vec<u8>,
        mut write: impl FnMut(&Atom, Escape, &mut Vec<u8>),
    ) {
        for part in &self.parts {
            if let Part::Atom(atom, escape) = part
                && atom.stage() == stage
            {
                let start = out.len();
                out.extend_from_slice(&[0; LENGTH]);
                write(atom, *escape, out);
                let length = (out.len() - start - LENGTH) as u32;
                out[start..start + LENGTH].copy_from_slice(&length.to_ne_bytes());
            }
        }
    }
}

/// What a format consists of, before it is known how values are to be escaped.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    Literal(String),
    Atom(Atom),
}

const QUOTED: Escape = Escape::Text {
    quoted: true,
    end: None,
};

/// How many quotes begin or end strings.
fn quotes(text: &str) -> usize {
    let mut escaped = false;
    let mut count = 0;
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => count += 1,
            _ => {}
        }
    }
    count
}

fn has(parts: &[Part], asked: impl Fn(&Atom) -> bool) -> bool {
    let mut parts = parts.iter();
    parts.any(|part| matches!(part, Part::Atom(atom, _) if asked(atom)))
}

/// Whether a byte can be told from the values that it separates.
fn is_separator(byte: &u8) -> bool {
    byte.is_ascii_punctuation() || *byte == b' '
}

/// Bytes of a value's length. Values have no more than the limits of a head let through, four times as long when escaped.
const LENGTH: usize = size_of::<u32>();

/// Captured values, one after the other.
struct Values<'v>(&'v [u8]);

impl<'v> Iterator for Values<'v> {
    type Item = &'v [u8];

    fn next(&mut self) -> Option<&'v [u8]> {
        let (length, rest) = self.0.split_first_chunk()?;
        let (value, rest) = rest.split_at_checked(u32::from_ne_bytes(*length) as usize)?;
        self.0 = rest;
        Some(value)
    }
}

/// The phases of a ledger under the names that they have in a line.
fn phases(ledger: &Ledger) -> [(&'static str, Option<Duration>); 9] {
    [
        ("parse", ledger.parse()),
        ("receive", ledger.receive()),
        ("queue", ledger.queue()),
        ("interpreter", ledger.interpreter()),
        ("app", ledger.application()),
        ("stream", ledger.stream()),
        ("drain", ledger.drain()),
        ("first_byte", ledger.first_byte()),
        ("total", Some(ledger.total())),
    ]
}
