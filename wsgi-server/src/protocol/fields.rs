//! The field lines of a head: those for the application, and those that control the message.

use http::Version;
use wsgi_core::{FieldLinesError, Headers};

use super::character_set::TOKEN;
use super::connection_options::ConnectionOptions;
use super::framing::Single;
use super::host::is_host_and_port;
use super::refusal::excerpt;
use super::{Limits, Refusal};

/// The fields that control how the message is read and answered.
#[derive(Debug, Default)]
pub(super) struct Control<'b> {
    host: Single<'b>,
    pub(super) content_length: Single<'b>,
    pub(super) transfer_encoding: Single<'b>,
    pub(super) connection: ConnectionOptions,
    expectation: Expectation<'b>,
    /// Whether there is any [impostor](is_impostor).
    pub(super) has_impostor: bool,
}

impl<'b> Control<'b> {
    /// Gathers them from all fields, of which none may be longer than the limit.
    pub(super) fn of(headers: &'b Headers, limits: &Limits) -> Result<Self, Refusal> {
        let mut control = Self::default();
        for (name, value) in headers.iter() {
            if name.len() + value.len() > limits.field_size {
                let (limit, name) = (limits.field_size, excerpt(name.as_bytes()));
                return Err(Refusal::FieldTooLarge { limit, name });
            }
            control.has_impostor |= is_impostor(name);
            control.add(name, value);
        }
        Ok(control)
    }

    fn add(&mut self, name: &str, value: &'b [u8]) {
        // By length first: most names differ there from all of these.
        match name.len() {
            4 if is(name, "Host") => self.host.add(value),
            6 if is(name, "Expect") => self.expectation.add(value),
            10 if is(name, "Connection") => self.connection.add(value),
            14 if is(name, "Content-Length") => self.content_length.add(value),
            17 if is(name, "Transfer-Encoding") => self.transfer_encoding.add(value),
            _ => {}
        }
    }

    /// RFC 9112 §3.2: one valid `Host`, which HTTP/1.0 may leave out. An empty one is valid: §3.3.
    pub(super) fn check_host(&self, version: Version) -> Result<(), Refusal> {
        match self.host.value {
            Some(value) if self.host.repeated => Err(Refusal::HostRepeated {
                value: excerpt(value),
            }),
            None if version >= Version::HTTP_11 => Err(Refusal::HostMissing),
            Some(value) if !is_host_and_port(value) => Err(Refusal::Host {
                host: excerpt(value),
            }),
            _ => Ok(()),
        }
    }

    /// RFC 9110 §10.1.1: HTTP/1.0 has no expectations, HTTP/1.1 has this one.
    pub(super) fn expects_continue(&self, version: Version) -> Result<bool, Refusal> {
        match self.expectation {
            _ if version < Version::HTTP_11 => Ok(false),
            Expectation::Unknown(value) => Err(Refusal::Expectation {
                value: excerpt(value),
            }),
            Expectation::Continue => Ok(true),
            Expectation::None => Ok(false),
        }
    }
}

/// What all `Expect` fields together ask for.
#[derive(Clone, Copy, Debug, Default)]
enum Expectation<'b> {
    #[default]
    None,
    Continue,
    /// Something else, in this value.
    Unknown(&'b [u8]),
}

impl<'b> Expectation<'b> {
    /// Reads one field: a list, whose empty elements mean nothing (RFC 9110 §5.6.1.2).
    fn add(&mut self, value: &'b [u8]) {
        for member in value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii) {
            match (*self, member) {
                (Self::Unknown(_), _) | (_, b"") => {}
                _ if member.eq_ignore_ascii_case(b"100-continue") => *self = Self::Continue,
                _ => *self = Self::Unknown(value),
            }
        }
    }
}

/// Names are compared without case, but nearly all come in their usual one.
fn is(name: &str, usual: &str) -> bool {
    name == usual || name.eq_ignore_ascii_case(usual)
}

/// Whether a field could pass for another in an environ: an underscore stands for a hyphen there, and
/// `Proxy` would become the `HTTP_PROXY` that HTTP clients obey.
#[inline]
pub(super) fn is_impostor(name: &str) -> bool {
    has_underscore(name.as_bytes()) || (name.len() == 5 && is(name, "Proxy"))
}

/// Names are too short for `memchr` to pay. Eight bytes, or four, are looked at without a way out, so that the compiler
/// takes them at a time; the last ones may overlap those before.
#[inline]
fn has_underscore(name: &[u8]) -> bool {
    fn among<const N: usize>(block: &[u8; N]) -> bool {
        block.iter().fold(false, |found, &b| found | (b == b'_'))
    }
    if let Some(last) = name.last_chunk::<8>() {
        let (mut found, mut rest) = (among(last), name);
        while let Some((eight, behind)) = rest.split_first_chunk::<8>() {
            found |= among(eight);
            rest = behind;
        }
        found
    } else if let (Some(first), Some(last)) = (name.first_chunk::<4>(), name.last_chunk::<4>()) {
        among(first) | among(last)
    } else {
        name.contains(&b'_')
    }
}

/// Why `section` has no proper field lines.
pub(super) fn refuse(error: FieldLinesError, section: &[u8]) -> Refusal {
    match error {
        FieldLinesError::TooMany { most: limit } => Refusal::TooManyFields { limit },
        FieldLinesError::Malformed { at } => diagnose(&section[at..]),
        _ => diagnose(section),
    }
}

/// What is wrong with the line that `section` begins with, which is no field line.
fn diagnose(section: &[u8]) -> Refusal {
    let line = section.split(|&byte| byte == b'\n').next();
    let line = line.unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let colon = line.iter().position(|&byte| byte == b':');
    let name = &line[..colon.unwrap_or(0)];
    let what = if matches!(line, [b' ' | b'\t', ..]) {
        "a folded line, RFC 9112 §5.2"
    } else if colon.is_none() {
        "no colon"
    } else if name.is_empty() {
        "no name"
    } else if name.ends_with(b" ") || name.ends_with(b"\t") {
        "whitespace before the colon, RFC 9112 §5.1"
    } else if !name.iter().all(|&byte| TOKEN.contains(byte)) {
        "a name that is no token"
    } else {
        "a control character in the value"
    };
    let near = excerpt(line);
    Refusal::Field { what, near }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A field line that is malformed, and what the log says of it.
    const FAULTS: &[(&str, &str)] = &[
        ("A: 1\r\n two\r\n", "folded"),
        ("A: 1\r\nno colon\r\n", "no colon"),
        (": v\r\n", "no name"),
        ("A : v\r\n", "whitespace before the colon"),
        ("A(: v\r\n", "no token"),
        ("A: \0\r\n", "control character"),
    ];

    #[test]
    fn an_underscore_is_found_wherever_it_stands() {
        for length in 0..40 {
            let mut name = vec![b'^'; length];
            assert!(!has_underscore(&name));
            for place in 0..length {
                name[place] = b'_';
                assert!(has_underscore(&name), "{place} of {length}");
                name[place] = b'`';
            }
            assert!(!has_underscore(&name));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// Differential: `httparse` reads field lines alike, but takes lines that end in LF alone, too.
        #[test]
        fn field_lines_are_those_of_httparse(pieces in prop::collection::vec(piece(), 0..12)) {
            let section = pieces.concat();
            let mut headers = Headers::new();
            let ours = headers.append_lines(&section, 64);
            let mut room = [httparse::EMPTY_HEADER; 64];
            let theirs = httparse::parse_headers(&section, &mut room);
            let has_bare_line_feed = section.split(|&byte| byte == b'\n').rev().skip(1).any(|line| !line.ends_with(b"\r"));
            match (ours, theirs) {
                (Ok(Some(length)), theirs) => {
                    let fields: Vec<_> = headers.iter().map(|(name, value)| httparse::Header { name, value }).collect();
                    prop_assert_eq!(theirs, Ok(httparse::Status::Complete((length, &fields[..]))));
                }
                (_, Ok(httparse::Status::Complete(_))) => prop_assert!(has_bare_line_feed),
                (Ok(None), theirs) => prop_assert_eq!(theirs, Ok(httparse::Status::Partial)),
                (Err(_), _) => {}
            }
        }
    }

    /// What field lines, and what is nearly one, are made of.
    fn piece() -> impl Strategy<Value = Vec<u8>> {
        let parts = [
            "A",
            "Content-Length",
            ":",
            ": ",
            ": v",
            " ",
            "\t",
            "\r",
            "\n",
            "\r\n",
            "\r\n\r\n",
            "\0",
            "(",
            "\x7f",
        ];
        let whole = [
            "A: 1\r\n",
            "B:\r\n",
            "Longer-Name-Than-Eight:  a value of more than sixteen bytes\tx \r\n",
        ];
        prop_oneof![
            prop::sample::select(parts.to_vec()).prop_map(|part| part.as_bytes().to_vec()),
            prop::sample::select(whole.to_vec()).prop_map(|line| line.as_bytes().to_vec()),
            any::<u8>().prop_map(|byte| vec![byte]),
        ]
    }

    #[test]
    fn the_log_is_told_what_is_wrong_with_a_line() {
        for &(lines, fault) in FAULTS {
            let section = format!("{lines}\r\n");
            let error = Headers::new().append_lines(section.as_bytes(), 100);
            let text = refuse(error.unwrap_err(), section.as_bytes()).to_string();
            assert!(text.contains(fault), "{lines:?}: {text}");
        }
    }
}
