//! The status line: `"200 OK"`.

use std::borrow::Cow;

use http::StatusCode;
use thiserror::Error;

/// A status string of the form `"404 Not Found"`: three digits, one space, a reason phrase.
///
/// The reason may be empty (`"299 "`) and may be any text; it reaches the client as it is. Bytes above
/// 0x7F read as Latin-1.
///
/// # Examples
/// ```
/// use wsgi_core::StatusLine;
///
/// const TEAPOT: StatusLine = StatusLine::from_static("418 I'm a teapot"); // a bad literal fails the build
/// assert_eq!(TEAPOT.code(), 418);
/// assert_eq!(StatusLine::parse("404 Not Found")?, StatusLine::NOT_FOUND);
/// assert!(StatusLine::parse("200 OK\r\nX-Injected: 1").is_err());
/// # Ok::<(), wsgi_core::StatusLineError>(())
/// ```
///
/// # Specification
/// [PEP 3333, The `start_response()` Callable](https://peps.python.org/pep-3333/#the-start-response-callable);
/// RFC 9112 §4 "Status Line".
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct StatusLine {
    line: Cow<'static, [u8]>,
    code: u16,
}

impl StatusLine {
    /// `200 OK`
    pub const OK: Self = Self::from_static("200 OK");
    /// `201 Created`
    pub const CREATED: Self = Self::from_static("201 Created");
    /// `204 No Content`
    pub const NO_CONTENT: Self = Self::from_static("204 No Content");
    /// `304 Not Modified`
    pub const NOT_MODIFIED: Self = Self::from_static("304 Not Modified");
    /// `400 Bad Request`
    pub const BAD_REQUEST: Self = Self::from_static("400 Bad Request");
    /// `401 Unauthorized`
    pub const UNAUTHORIZED: Self = Self::from_static("401 Unauthorized");
    /// `403 Forbidden`
    pub const FORBIDDEN: Self = Self::from_static("403 Forbidden");
    /// `404 Not Found`
    pub const NOT_FOUND: Self = Self::from_static("404 Not Found");
    /// `405 Method Not Allowed`
    pub const METHOD_NOT_ALLOWED: Self = Self::from_static("405 Method Not Allowed");
    /// `500 Internal Server Error`
    pub const INTERNAL_SERVER_ERROR: Self = Self::from_static("500 Internal Server Error");

    /// A status line known at compile time.
    ///
    /// # Panics
    /// When the literal is malformed; in a constant that fails the build.
    pub const fn from_static(line: &'static str) -> Self {
        assert!(
            check(line.as_bytes()).is_none(),
            "a status line looks like \"200 OK\""
        );
        Self::checked(Cow::Borrowed(line.as_bytes()), line.as_bytes())
    }

    /// Checks a status string; its characters must be Latin-1.
    ///
    /// # Errors
    /// [`StatusLineError`] says what is wrong and where.
    pub fn parse(line: &str) -> Result<Self, StatusLineError> {
        let bytes: Option<Vec<u8>> = line.chars().map(|c| u8::try_from(c).ok()).collect();
        let Some(bytes) = bytes else {
            return Err(StatusLineError::NotLatin1 {
                line: line.to_owned(),
            });
        };
        Self::parse_bytes(&bytes)
    }

    /// Checks a status string given as Latin-1 bytes.
    ///
    /// # Errors
    /// [`StatusLineError`] says what is wrong and where.
    pub fn parse_bytes(line: &[u8]) -> Result<Self, StatusLineError> {
        if let Some(known) = well_known(line) {
            return Ok(known);
        }
        match check(line) {
            None => Ok(Self::checked(Cow::Owned(line.to_vec()), line)),
            Some(fault) => Err(fault.error(line)),
        }
    }

    /// `text` is the line, in which [`check`] found no fault.
    const fn checked(line: Cow<'static, [u8]>, text: &[u8]) -> Self {
        let [hundreds, tens, ones] = [text[0], text[1], text[2]];
        let code = (hundreds as u16 * 100) + (tens as u16 * 10) + ones as u16 - b'0' as u16 * 111;
        Self { line, code }
    }

    /// The code, 100 to 999.
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The code as the `http` crate has it.
    pub fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The reason phrase, Latin-1; empty when there is none.
    pub fn reason(&self) -> &[u8] {
        self.line.get(4..).unwrap_or_default()
    }

    /// The whole line, Latin-1, as it goes to the client behind `HTTP/1.1 `.
    pub fn as_bytes(&self) -> &[u8] {
        &self.line
    }

    /// Whether a response of this status never has a body: 1xx, 204, 304 (RFC 9110 §15).
    pub fn forbids_body(&self) -> bool {
        matches!(self.code(), 100..=199 | 204 | 304)
    }
}

/// With the canonical reason phrase, or an empty one where there is none.
impl From<StatusCode> for StatusLine {
    fn from(code: StatusCode) -> Self {
        let line = format!(
            "{} {}",
            code.as_str(),
            code.canonical_reason().unwrap_or("")
        );
        let code = code.as_u16();
        well_known(line.as_bytes()).unwrap_or_else(|| Self {
            line: Cow::Owned(line.into_bytes()),
            code,
        })
    }
}

impl std::fmt::Display for StatusLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.line
            .iter()
            .try_for_each(|&byte| std::fmt::Write::write_char(f, char::from(byte)))
    }
}

impl std::fmt::Debug for StatusLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StatusLine({:?})", self.to_string())
    }
}

/// The lines that most responses bear, so that those need no allocation.
fn well_known(line: &[u8]) -> Option<StatusLine> {
    const KNOWN: [&str; 20] = [
        "200 OK",
        "201 Created",
        "202 Accepted",
        "204 No Content",
        "206 Partial Content",
        "301 Moved Permanently",
        "302 Found",
        "303 See Other",
        "304 Not Modified",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
        "400 Bad Request",
        "401 Unauthorized",
        "403 Forbidden",
        "404 Not Found",
        "405 Method Not Allowed",
        "410 Gone",
        "429 Too Many Requests",
        "500 Internal Server Error",
        "503 Service Unavailable",
    ];
    KNOWN
        .iter()
        .find(|known| known.as_bytes() == line)
        .map(|known| StatusLine::checked(Cow::Borrowed(known.as_bytes()), known.as_bytes()))
}

/// What [`check`] can find, without the text, so that it runs at compile time.
#[derive(Clone, Copy)]
enum Fault {
    Code,
    Space,
    Byte(usize),
    Trailing,
}

impl Fault {
    fn error(self, line: &[u8]) -> StatusLineError {
        let text: String = line.iter().map(|&byte| char::from(byte)).collect();
        match self {
            Self::Code => StatusLineError::Code { line: text },
            Self::Space => StatusLineError::Space { line: text },
            Self::Byte(at) => StatusLineError::Control {
                byte: line.get(at).copied().unwrap_or_default(),
                at,
                line: text,
            },
            Self::Trailing => StatusLineError::Trailing { line: text },
        }
    }
}

const fn check(line: &[u8]) -> Option<Fault> {
    if line.len() < 3
        || !line[0].is_ascii_digit()
        || line[0] == b'0'
        || !line[1].is_ascii_digit()
        || !line[2].is_ascii_digit()
    {
        return Some(Fault::Code);
    }
    if line.len() < 4 || line[3] != b' ' {
        return Some(Fault::Space);
    }
    let mut at = 4;
    while at < line.len() {
        if (line[at] < 0x20 && line[at] != b'\t') || line[at] == 0x7f {
            return Some(Fault::Byte(at));
        }
        at += 1;
    }
    if line.len() > 4 && (line[4] == b' ' || line[line.len() - 1] == b' ') {
        return Some(Fault::Trailing);
    }
    None
}

/// Why a status string was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatusLineError {
    /// RFC 9112 §4: three digits, the first of them not 0.
    #[error(
        "status {line:?} does not begin with a code of three digits, 100 to 999; write it as \"200 OK\""
    )]
    Code {
        /// The whole string.
        line: String,
    },
    /// PEP 3333: code and reason are separated by a single space.
    #[error("status {line:?} has no space after its code; write it as \"200 OK\"")]
    Space {
        /// The whole string.
        line: String,
    },
    /// PEP 3333: no control characters, no line end.
    #[error("status {line:?} holds control character {byte:#04x} at byte {at}; remove it")]
    Control {
        /// The whole string.
        line: String,
        /// The offending byte.
        byte: u8,
        /// Its position, from 0.
        at: usize,
    },
    /// PEP 3333: no surrounding whitespace, a single space between code and reason.
    #[error("status {line:?} has surplus spaces; write it as \"200 OK\"")]
    Trailing {
        /// The whole string.
        line: String,
    },
    /// PEP 3333 "Unicode Issues": strings are ISO-8859-1.
    #[error("status {line:?} holds a character beyond U+00FF; use characters of ISO-8859-1")]
    NotLatin1 {
        /// The whole string.
        line: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_reason_are_told_apart() {
        let line = StatusLine::parse("299 Odd But Fine").unwrap();
        assert_eq!((line.code(), line.reason()), (299, &b"Odd But Fine"[..]));
        assert_eq!(StatusLine::parse("299 ").unwrap().reason(), b"");
        assert_eq!(
            StatusLine::parse("200 caf\u{e9}").unwrap().reason(),
            b"caf\xe9"
        );
    }

    #[test]
    fn what_is_no_status_line_is_refused() {
        for line in [
            "",
            "OK",
            "20 OK",
            "2000 OK",
            "200OK",
            "200",
            "099 Low",
            " 200 OK",
            "200 OK ",
            "200  OK",
            "200 O\0K",
            "200 \u{20ac}",
        ] {
            assert!(StatusLine::parse(line).is_err(), "{line:?}");
        }
    }

    #[test]
    fn a_status_code_becomes_its_canonical_line() {
        assert_eq!(
            StatusLine::from(StatusCode::NOT_FOUND),
            StatusLine::NOT_FOUND
        );
        assert_eq!(
            StatusLine::from(StatusCode::from_u16(299).unwrap()).as_bytes(),
            b"299 "
        );
    }
}
