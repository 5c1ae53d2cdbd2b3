//! The head of a request: from bytes into an environ.

use http::{Method, Version};
use wsgi_core::Environ;

use super::character_set::TOKEN;
use super::fields::{self, Control, is_impostor};
use super::framing;
use super::head_end::{HeadEnd, HeadParts};
use super::refusal::excerpt;
use super::request_line::{RequestLine, parse_method};
use super::target::Target;
use super::{Framing, Limits, Refusal};

/// What the server must know of a request beside its environ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestHead {
    /// Bytes of the head in the buffer, empty lines before it included; the body begins behind them.
    pub length: usize,
    /// Where the body ends.
    pub framing: Framing,
    /// Whether the client lets the connection persist.
    pub keep_alive: bool,
    /// Whether the client waits for [`CONTINUE`](super::CONTINUE) before it sends its body.
    pub expects_continue: bool,
}

/// Reads request heads from a buffer that grows, and remembers how far it has looked, so that a head which comes
/// byte by byte costs no more than one that comes at once. One for a connection.
///
/// # Examples
/// ```
/// use wsgi_core::Environ;
/// use wsgi_server::protocol::{HeadReader, Limits};
///
/// let (mut reader, mut environ) = (HeadReader::new(), Environ::new());
/// let mut buffer = b"GET /a HTTP/1.1\r\nHo".to_vec();
/// assert!(reader.read(&buffer, &Limits::default(), &mut environ)?.is_none());
/// buffer.extend_from_slice(b"st: a.example\r\n\r\n");
/// let head = reader.read(&buffer, &Limits::default(), &mut environ)?.expect("the head is complete");
/// assert_eq!((head.length, environ.path_info()), (buffer.len(), &b"/a"[..]));
/// # Ok::<(), wsgi_server::protocol::Refusal>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct HeadReader(HeadEnd);

impl HeadReader {
    /// For a connection on which nothing has come yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the head at the start of `buffer` into `environ`: method, version, target, path, query and fields.
    /// `None` when more bytes are needed; the next call must get the same bytes and those that came since.
    ///
    /// The environ must be as [`Environ::reset`] leaves it; until the head is complete it is not touched. Fields
    /// are left out of it that could pass for others there: those with an underscore in their names, which stands
    /// for a hyphen in the variables of RFC 3875 §4.1.18, and `Proxy`, which would become the `HTTP_PROXY` that
    /// HTTP clients obey. With the absolute form of a target its authority replaces `Host`. An unknown
    /// expectation is refused.
    ///
    /// # Errors
    /// [`Refusal`] for a head that is malformed, ambiguous or beyond its limits, as soon as that is certain. To be
    /// answered by [`Refusal::encode_for`] the environ's method, and the connection to be closed. Of the environ that
    /// method is all that is to be looked at then: it tells HEAD from others, as far as the request did.
    ///
    /// # Specification
    /// RFC 9112 §2 "Message", §3 "Request Line", §5 "Field Syntax", §6.3 "Message Body Length"
    pub fn read(
        &mut self,
        buffer: &[u8],
        limits: &Limits,
        environ: &mut Environ,
    ) -> Result<Option<RequestHead>, Refusal> {
        let whole = match self.0.is_new() {
            true => Parts::of_whole(buffer, limits, environ),
            false => None,
        };
        let parts = match whole {
            Some(parts) => parts,
            None => match self
                .0
                .find(buffer, limits)
                .inspect_err(|_| note_head(buffer, environ))?
            {
                Some(ends) => {
                    self.0 = HeadEnd::default();
                    Parts::read(buffer, ends, limits, environ)
                        .inspect_err(|_| note_head(buffer, environ))?
                }
                None => return Ok(None),
            },
        };
        parts.store(limits, environ).map(Some)
    }
}

/// Whatever is wrong with a request of HEAD, the refusal has no body: RFC 9110 §9.3.2 "HEAD".
#[cold]
fn note_head(buffer: &[u8], environ: &mut Environ) {
    let start = buffer.iter().position(|byte| !b"\r\n".contains(byte));
    if start.is_some_and(|start| buffer[start..].starts_with(b"HEAD ")) {
        environ.set_method(Method::HEAD);
    }
}

/// A complete head, taken apart; its fields are in the environ.
struct Parts<'b> {
    method: Method,
    target: Target<'b>,
    version: Version,
    /// Of the head, in bytes.
    length: usize,
}

impl<'b> Parts<'b> {
    /// The quick way, for a head that is as it should be and has come at once, as most have: one walk over its bytes.
    /// `None`, and nothing is changed, for all others.
    fn of_whole(buffer: &'b [u8], limits: &Limits, environ: &mut Environ) -> Option<Self> {
        let window = &buffer[..buffer.len().min(limits.head)];
        let (method, rest) = window.split_at(TOKEN.span(window));
        let method = parse_method(method).ok()?;
        let rest = rest.strip_prefix(b" ")?;
        let target = Target::parse_first(rest, &method)?;
        let (version, section) = rest[target.length()..].split_at_checked(11)?;
        let version = if version == b" HTTP/1.1\r\n" {
            Version::HTTP_11
        } else if version == b" HTTP/1.0\r\n" {
            Version::HTTP_10
        } else {
            return None;
        };
        let line = window.len() - section.len();
        if line - 2 > limits.request_line {
            return None;
        }
        let appended = environ.headers_mut().append_lines(section, limits.fields);
        let length = line + appended.ok()??;
        Some(Self {
            method,
            target,
            version,
            length,
        })
    }

    /// The careful way, once it is known where the parts end.
    fn read(
        buffer: &'b [u8],
        ends: HeadParts,
        limits: &Limits,
        environ: &mut Environ,
    ) -> Result<Self, Refusal> {
        let line = RequestLine::parse(&buffer[ends.request_line])?;
        let target = Target::parse(line.target, &line.method)?;
        let length = ends.fields.end;
        let section = &buffer[ends.fields];
        match environ.headers_mut().append_lines(section, limits.fields) {
            Ok(_) => Ok(Self {
                method: line.method,
                target,
                version: line.version,
                length,
            }),
            Err(error) => Err(fields::refuse(error, section)),
        }
    }

    /// Sets the variables of the request line, and looks at what the fields say.
    fn store(self, limits: &Limits, environ: &mut Environ) -> Result<RequestHead, Refusal> {
        let version = self.version;
        self.target.store(environ);
        // Most are what a new environ has already.
        if *environ.method() != self.method {
            environ.set_method(self.method);
        }
        environ.set_version(version);
        let control = Control::of(environ.headers(), limits)?;
        control.check_host(version)?;
        if self.target.authority.is_some() {
            self.target.check_scheme(environ)?;
        }
        let framing = framing::decide(version, control.content_length, control.transfer_encoding)?;
        if let Framing::Length(length) = framing
            && length > limits.body
        {
            let limit = limits.body;
            return Err(Refusal::BodyTooLarge { limit });
        }
        let head = RequestHead {
            length: self.length,
            framing,
            keep_alive: control.connection.keep_alive(version),
            expects_continue: control.expects_continue(version)? && framing.has_body(),
        };
        if control.has_impostor {
            environ.headers_mut().retain(|name, _| !is_impostor(name));
        }
        if let Some(authority) = self.target.authority {
            // RFC 9112 §3.2.2: a server that gets the absolute form ignores `Host`.
            let inserted = environ.headers_mut().try_insert("Host", authority);
            inserted.map_err(|_| Refusal::TargetForm {
                target: excerpt(authority),
            })?;
        }
        Ok(head)
    }
}

/// Reads one request head from the start of `buffer`, as [`HeadReader::read`] does, without memory of an earlier
/// look: for a buffer that holds whole requests.
///
/// # Errors
/// As [`HeadReader::read`].
pub fn parse_head(
    buffer: &[u8],
    limits: &Limits,
    environ: &mut Environ,
) -> Result<Option<RequestHead>, Refusal> {
    HeadReader::new().read(buffer, limits, environ)
}

#[cfg(test)]
mod tests;
