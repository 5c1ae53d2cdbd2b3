//! How much of a request is accepted.

/// Bounds on what a client may send; each is inclusive.
///
/// The defaults accept what browsers and proxies send and cost little to hold; raise one by naming it:
///
/// ```
/// use wsgi_server::protocol::Limits;
///
/// let limits = Limits { body: 10 << 20, ..Limits::default() };
/// assert_eq!(limits.fields, 100);
/// ```
///
/// # Specification
/// RFC 9112 §3 "Request Line" (at least 8000 bytes), RFC 9110 §5.4 "Field Limits", RFC 9112 §7.1.1 "Chunk
/// Extensions", RFC 6585 §5 "431 Request Header Fields Too Large"
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the request line, without its line end; more is refused with 414. Default 8190, as Apache has it.
    pub request_line: usize,
    /// Number of header fields; more is refused with 431. Default 100.
    pub fields: usize,
    /// Bytes of one header field, name and value; more is refused with 431. Default 8190.
    pub field_size: usize,
    /// Bytes of the whole head, line ends included; more is refused with 431. Default 65536.
    pub head: usize,
    /// Bytes of the decoded body; more is refused with 413. Default 1 GiB; `u64::MAX` for no bound.
    pub body: u64,
    /// Bytes of all chunk extensions of one body together; more is refused with 400. Default 65536, enough for
    /// clients that sign each chunk.
    pub chunk_extensions: usize,
    /// Bytes of the trailer section of a chunked body; more is refused with 431. Default 8190.
    pub trailers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_line: 8190,
            fields: 100,
            field_size: 8190,
            head: 64 * 1024,
            body: 1 << 30,
            chunk_extensions: 64 * 1024,
            trailers: 8190,
        }
    }
}
