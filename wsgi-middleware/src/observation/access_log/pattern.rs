//! A format, taken apart once: what stands in each line, and what is filled in.

use std::cell::Cell;
use std::time::{Duration, SystemTime};

use wsgi_core::{Headers, Ledger, SensitiveNames};

use super::atom::{Atom, Stage};
use super::escape::{Escape, push_number};
use super::source::Source;
use super::time::microseconds;

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
    pub(super) tells_duration: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Literal(String),
    Atom(Atom, Escape),
}

/// Values on their way, escaped as their places want it. Before each stands its [length](LENGTH).
#[derive(Debug, Default)]
pub(super) struct Captured {
    /// Those of the [entrance](Stage::Entrance), then those of the [exit](Stage::Exit), and then the line.
    buffer: Vec<u8>,
    /// Where those of the exit begin.
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

thread_local! {
    /// That of the last line which this thread has written, for the next one.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl Captured {
    /// The line is written.
    pub(super) fn give_back(self) {
        /// What a longer line has needed is not kept.
        const KEPT: usize = 4096;
        if self.buffer.capacity() <= KEPT {
            BUFFER.set(self.buffer);
        }
    }
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
            match piece {
                Piece::Literal(mut text) => {
                    quoted ^= quotes(&text) % 2 == 1;
                    if is_json && pieces.peek().is_none() {
                        text.truncate(text.rfind('}').unwrap_or(text.len()));
                    }
                    push_literal(&text, &mut parts);
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
                    match atom {
                        Atom::Nothing => push_literal(escape.absent_text(), &mut parts),
                        atom => parts.push(Part::Atom(atom, escape)),
                    }
                }
            }
        }
        Self {
            is_json,
            tells_refusal: has(&parts, |atom| *atom == Atom::Refused),
            tells_response: has(&parts, |atom| atom.stage() == Stage::Response),
            may_tell_secrets: has(&parts, Atom::may_be_secret),
            tells_duration: has(&parts, Atom::is_duration),
            parts,
        }
    }

    /// Takes what the request tells when it comes in.
    pub(super) fn enter(&self, request: &dyn Source, captured: &mut Captured) {
        captured.buffer = BUFFER.take();
        captured.buffer.clear();
        captured.buffer.reserve(512); // what most lines need
        let out = &mut captured.buffer;
        self.capture(Stage::Entrance, out, |atom, escape, out| {
            atom.write_request(request, escape, out);
        });
        captured.exit = captured.buffer.len();
    }

    /// Takes what inner layers may have found out, and hides what they say is secret.
    pub(super) fn exit(&self, request: &dyn Source, captured: &mut Captured) {
        let names = self.secrets(request);
        let out = &mut captured.buffer;
        self.capture(Stage::Exit, out, |atom, escape, out| {
            let write = |out: &mut Vec<u8>| atom.write_request(request, escape, out);
            write_unless_secret(atom, escape, names.as_ref(), out, write);
        });
        if names.is_some() {
            let told = std::mem::take(&mut captured.response);
            let mut values = Values(&told);
            let out = &mut captured.response;
            self.capture(Stage::Response, out, |atom, escape, out| {
                let value = values.next();
                let write = |out: &mut Vec<u8>| escape.told_or_absent(value, out);
                write_unless_secret(atom, escape, names.as_ref(), out, write);
            });
        }
    }

    /// What the line must not tell of, if anything.
    fn secrets(&self, request: &dyn Source) -> Option<SensitiveNames> {
        match self.may_tell_secrets {
            true => request.sensitive_names(),
            false => None,
        }
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

    /// The line, with a line feed. `request` tells what inner layers have found out; without one, what was captured does.
    pub(super) fn line<'c>(
        &self,
        captured: &'c mut Captured,
        request: Option<&dyn Source>,
        outcome: &Outcome<'_>,
    ) -> &'c [u8] {
        let names = request.and_then(|request| self.secrets(request));
        let names = names.as_ref();
        let out = &mut captured.buffer;
        let start = out.len();
        let (mut entrance, mut exit) = (0, captured.exit);
        let mut response = Values(&captured.response);
        for part in &self.parts {
            let (atom, escape) = match part {
                Part::Literal(text) => {
                    out.extend_from_slice(text.as_bytes());
                    continue;
                }
                Part::Atom(atom, escape) => (atom, *escape),
            };
            match (atom.stage(), request) {
                (Stage::End, _) => atom.write_outcome(outcome, escape, out),
                (Stage::Exit, Some(request)) => {
                    let write = |out: &mut Vec<u8>| atom.write_request(request, escape, out);
                    write_unless_secret(atom, escape, names, out, write);
                }
                (Stage::Response, _) => {
                    let value = response.next();
                    let write = |out: &mut Vec<u8>| escape.told_or_absent(value, out);
                    write_unless_secret(atom, escape, names, out, write);
                }
                (Stage::Entrance, _) => copy_value(&mut entrance, start, escape, out),
                (Stage::Exit, None) => copy_value(&mut exit, start, escape, out),
            }
        }
        self.write_tail(outcome, out);
        out.push(b'\n');
        &out[start..]
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
            for text in [before, name, then] {
                out.extend_from_slice(text.as_bytes());
            }
            match time {
                Some(time) => push_number(microseconds(time), out),
                None => out.extend_from_slice(absent.as_bytes()),
            }
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

/// As a part of the literal before it, if there is one.
fn push_literal(text: &str, parts: &mut Vec<Part>) {
    match parts.last_mut() {
        Some(Part::Literal(before)) => before.push_str(text),
        _ => parts.push(Part::Literal(text.to_owned())),
    }
}

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

/// Appends the value at `at`, which lies before `end`, and goes on behind it.
fn copy_value(at: &mut usize, end: usize, escape: Escape, out: &mut Vec<u8>) {
    let mut values = Values(&out[*at..end]);
    match values.next() {
        Some(value) => {
            let start = *at + LENGTH;
            *at = start + value.len();
            out.extend_from_within(start..*at);
        }
        None => escape.absent(out),
    }
}

/// Writes a value, or stars in the place of a secret. That there is none is no secret.
fn write_unless_secret(
    atom: &Atom,
    escape: Escape,
    names: Option<&SensitiveNames>,
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>),
) {
    let start = out.len();
    write(out);
    if let Some(names) = names
        && atom.is_secret(names)
        && &out[start..] != escape.absent_text().as_bytes()
    {
        out.truncate(start);
        escape.value(SensitiveNames::HIDDEN.as_bytes(), out);
    }
}

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
