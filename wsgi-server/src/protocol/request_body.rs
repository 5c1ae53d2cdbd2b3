//! The body of a request, taken out of the bytes of its connection.

use super::chunked::ChunkedDecoder;
use super::{Framing, Limits, Refusal};

/// Takes the bytes of one request's body from a connection, up to the end of the body and no further.
///
/// # Examples
/// ```
/// use wsgi_server::protocol::{BodyDecoder, Framing, Limits};
///
/// let mut decoder = BodyDecoder::new(Framing::Chunked, &Limits::default());
/// let mut body = Vec::new();
/// assert_eq!(decoder.decode(b"5\r\nhel", &mut body)?, 6);
/// assert_eq!(decoder.decode(b"lo\r\n0\r\n\r\nGET /", &mut body)?, 9);
/// assert!(decoder.is_complete() && body == b"hello");
/// # Ok::<(), wsgi_server::protocol::Refusal>(())
/// ```
///
/// # Specification
/// RFC 9112 §6 "Message Body"
#[derive(Clone, Debug)]
pub struct BodyDecoder(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Length { left: u64 },
    Chunked(ChunkedDecoder),
}

impl BodyDecoder {
    /// For the body that was announced so; of `limits`, those on bodies count.
    pub fn new(framing: Framing, limits: &Limits) -> Self {
        Self(match framing {
            Framing::Empty => Kind::Length { left: 0 },
            Framing::Length(left) => Kind::Length { left },
            Framing::Chunked => Kind::Chunked(ChunkedDecoder::new(limits)),
        })
    }

    /// Takes what belongs to the body from the front of `input`, appends the decoded bytes to `output`, and
    /// returns how many bytes of `input` were taken. It takes all of them until the body is complete.
    ///
    /// # Errors
    /// [`Refusal`] for a malformed chunk, extension or trailer, or one beyond its limit; the decoder is of no use
    /// after it. What `output` got before that is to be thrown away.
    pub fn decode(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<usize, Refusal> {
        match &mut self.0 {
            Kind::Length { left } => {
                let taken =
                    usize::try_from(*left).map_or(input.len(), |left| left.min(input.len()));
                output.extend_from_slice(&input[..taken]);
                *left -= taken as u64;
                Ok(taken)
            }
            Kind::Chunked(decoder) => decoder.decode(input, output),
        }
    }

    /// Whether the body has ended.
    pub fn is_complete(&self) -> bool {
        match &self.0 {
            Kind::Length { left } => *left == 0,
            Kind::Chunked(decoder) => decoder.is_complete(),
        }
    }

    /// How many bytes are still to come, when that is known.
    pub fn remaining(&self) -> Option<u64> {
        match &self.0 {
            Kind::Length { left } => Some(*left),
            Kind::Chunked(decoder) => decoder.is_complete().then_some(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_ends_the_body_and_leaves_what_follows() {
        let mut decoder = BodyDecoder::new(Framing::Length(5), &Limits::default());
        let mut body = Vec::new();
        assert_eq!(decoder.decode(b"hel", &mut body), Ok(3));
        assert_eq!(
            (decoder.is_complete(), decoder.remaining()),
            (false, Some(2))
        );
        assert_eq!(decoder.decode(b"loGET /", &mut body), Ok(2));
        assert!(decoder.is_complete());
        assert_eq!(decoder.decode(b"GET /", &mut body), Ok(0));
        assert_eq!(body, b"hello");
    }

    #[test]
    fn a_request_without_a_body_is_complete_at_once() {
        for framing in [Framing::Empty, Framing::Length(0)] {
            let mut decoder = BodyDecoder::new(framing, &Limits::default());
            assert!(decoder.is_complete());
            assert_eq!(decoder.decode(b"x", &mut Vec::new()), Ok(0));
        }
    }
}
