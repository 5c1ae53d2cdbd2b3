//! stub
use super::{Framing, Limits, Refusal};
use wsgi_core::Environ;
/// What the server must know of a request beside its environ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestHead {
    /// Bytes of the head in the buffer, empty lines before it included; the body begins there.
    pub length: usize,
    /// Where the body ends.
    pub framing: Framing,
    /// Whether the client is ready for another request on this connection.
    pub keep_alive: bool,
    /// Whether the client waits for [`CONTINUE`](super::CONTINUE) before it sends the body.
    pub expects_continue: bool,
}
/// Reads request heads from a buffer that grows; remembers how far it has looked. One per connection.
#[derive(Clone, Debug, Default)]
pub struct HeadReader {}
impl HeadReader {
    /// At the beginning of a buffer.
    pub const fn new() -> Self {
        Self {}
    }
    /// Reads the head at the start of `buffer` into `environ`; `None` when more bytes are needed.
    ///
    /// # Errors
    /// [`Refusal`]
    pub fn read(
        &mut self,
        _buffer: &[u8],
        _limits: &Limits,
        _environ: &mut Environ,
    ) -> Result<Option<RequestHead>, Refusal> {
        Ok(None)
    }
}
/// Reads one request head.
///
/// # Errors
/// [`Refusal`]
pub fn parse_head(
    buffer: &[u8],
    limits: &Limits,
    environ: &mut Environ,
) -> Result<Option<RequestHead>, Refusal> {
    HeadReader::new().read(buffer, limits, environ)
}
