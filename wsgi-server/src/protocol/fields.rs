//! The field lines of a head: those for the application, and those that control the message.

use http::Version;
use httparse::{EMPTY_HEADER, Header, Status};
use memchr::memchr;
use wsgi_core::Headers;

use super::connection_options::ConnectionOptions;
use super::framing::Single;
use super::host::is_host_and_port;
use super::refusal::excerpt;
use super::request_line::is_token;
use super::{Limits, Refusal};

/// The fields that control how the message is read and answered.
#[derive(Debug, Default)]
pub(super) struct Control<'b> {
    host: Single<'b>,
    pub(super) content_length: Single<'b>,
    pub(super) transfer_encoding: Single<'b>,
    pub(super) connection: ConnectionOptions,
    expectation: Single<'b>,
}

impl<'b> Control<'b> {
    fn add(&mut self, name: &str, value: &'b [u8]) {
        // By length first: most names differ there from all of these.
        match name.len() {
            4 if name.eq_ignore_ascii_case("host") => self.host.add(value),
            6 if name.eq_ignore_ascii_case("expect") => self.expectation.add(value),
            10 if name.eq_ignore_ascii_case("connection") => self.connection.add(value),
            14 if name.eq_ignore_ascii_case("content-length") => self.content_length.add(value),
            17 if name.eq_ignore_ascii_case("transfer-encoding") => {
                self.transfer_encoding.add(value);
            }
            _ => {}
        }
    }

    /// RFC 9112 §3.2: one valid `Host`, which HTTP/1.0 may leave out. An empty one is valid: §3.3.
    pub(super) fn check_host(&self, version: Version) -> Result<(), Refusal> {
        match self.host.value {
            _ if self.host.repeated => Err(Refusal::HostRepeated),
            None if version >= Version::HTTP_11 => Err(Refusal::HostMissing),
            Some(value) if !is_host_and_port(value) => Err(Refusal::Host {
                host: excerpt(value),
            }),
            _ => Ok(()),
        }
    }

    /// RFC 9110 §10.1.1: HTTP/1.0 has no expectations, HTTP/1.1 has this one.
    pub(super) fn expects_continue(&self, version: Version) -> Result<bool, Refusal> {
        match self.expectation.value {
            Some(value) if version >= Version::HTTP_11 => {
                if self.expectation.repeated || !value.eq_ignore_ascii_case(b"100-continue") {
                    let value = excerpt(value);
                    return Err(Refusal::Expectation { value });
                }
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

/// Fields for which there is room on the stack; requests with more of them are rare.
const FEW: usize = 32;

/// Reads the field lines up to the empty line, which `section` ends with, into `headers`, but for those that could
/// pass for others in an environ.
pub(super) fn read_fields<'b>(
    section: &'b [u8],
    limits: &Limits,
    headers: &mut Headers,
) -> Result<Control<'b>, Refusal> {
    let mut few = [EMPTY_HEADER; FEW];
    let room = FEW.min(limits.fields);
    match httparse::parse_headers(section, &mut few[..room]) {
        Err(httparse::Error::TooManyHeaders) if limits.fields > FEW => {
            // The shortest field line, `a:` and its line end, has four bytes.
            let mut many = vec![EMPTY_HEADER; limits.fields.min(section.len() / 4)];
            let parsed = httparse::parse_headers(section, &mut many);
            store_fields(parsed, section, limits, headers)
        }
        parsed => store_fields(parsed, section, limits, headers),
    }
}

fn store_fields<'b>(
    parsed: httparse::Result<(usize, &[Header<'b>])>,
    section: &'b [u8],
    limits: &Limits,
    headers: &mut Headers,
) -> Result<Control<'b>, Refusal> {
    let fields = match parsed {
        Ok(Status::Complete((length, fields))) if length == section.len() => fields,
        Err(httparse::Error::TooManyHeaders) => {
            let limit = limits.fields;
            return Err(Refusal::TooManyFields { limit });
        }
        _ => return Err(diagnose(section)),
    };
    let mut control = Control::default();
    for &Header { name, value } in fields {
        if name.len() + value.len() > limits.field_size {
            let (limit, name) = (limits.field_size, excerpt(name.as_bytes()));
            return Err(Refusal::FieldTooLarge { limit, name });
        }
        if memchr(b'_', name.as_bytes()).is_some() || name.eq_ignore_ascii_case("proxy") {
            continue;
        }
        control.add(name, value);
        headers.append_checked(name, value);
    }
    Ok(control)
}

/// What is wrong with a section that `httparse` refused: the first line that is no field line.
fn diagnose(section: &[u8]) -> Refusal {
    let lines = section
        .split(|&byte| byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    for line in lines.filter(|line| !line.is_empty()) {
        let colon = line.iter().position(|&byte| byte == b':');
        let name = &line[..colon.unwrap_or(0)];
        let what = if matches!(line[0], b' ' | b'\t') {
            "a folded line, RFC 9112 §5.2"
        } else if colon.is_none() {
            "no colon"
        } else if name.is_empty() {
            "no name"
        } else if name.ends_with(b" ") || name.ends_with(b"\t") {
            "whitespace before the colon, RFC 9112 §5.1"
        } else if !name.iter().all(|&byte| is_token(byte)) {
            "a name that is no token"
        } else if line.iter().any(|&b| (b < b' ' && b != b'\t') || b == 0x7f) {
            "a control character in the value"
        } else {
            continue;
        };
        let near = excerpt(line);
        return Refusal::Field { what, near };
    }
    Refusal::Field {
        what: "unknown",
        near: excerpt(section),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn the_log_is_told_what_is_wrong_with_a_line() {
        for &(lines, fault) in FAULTS {
            let section = format!("{lines}\r\n");
            let refusal = read_fields(section.as_bytes(), &Limits::default(), &mut Headers::new());
            let text = refusal.unwrap_err().to_string();
            assert!(text.contains(fault), "{lines:?}: {text}");
        }
    }
}
