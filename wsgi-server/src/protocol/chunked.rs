//! The chunked transfer coding, decoded however its bytes arrive.

use super::character_set::TOKEN;
use super::chunk_extension::ChunkExtension;
use super::refusal::excerpt;
use super::{Limits, Refusal};

/// Takes the chunked coding off a body. Keeps no bytes: its state is where in the grammar it is.
///
/// Extensions and trailers are checked and read past. Every line must end in CR LF.
///
/// # Specification
/// RFC 9112 §7.1 "Chunked Transfer Coding"
#[derive(Clone, Debug)]
pub(super) struct ChunkedDecoder {
    state: State,
    /// Bytes that the body may still have.
    room: u64,
    /// Bytes that chunk extensions may still have.
    extension_room: usize,
    /// Bytes that the trailer section may still have.
    trailer_room: usize,
    limits: Limits,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A digit of a chunk's size, or behind the first digit what ends it.
    Size { size: u64, digits: u8 },
    /// An extension, or what ends its line.
    Extension { size: u64, at: ChunkExtension },
    /// The LF of the size line.
    SizeLineFeed { size: u64 },
    /// So many bytes of data; never none.
    Data { left: u64 },
    /// The CR behind the data.
    DataReturn,
    /// The LF behind the data.
    DataLineFeed,
    /// The first byte of a trailer line, or the CR of the empty line that ends all.
    TrailerStart,
    /// The rest of a trailer's name, and its colon.
    TrailerName,
    /// The rest of a trailer's value.
    TrailerValue,
    /// The LF of a trailer line.
    TrailerLineFeed,
    /// The LF of the last line.
    LastLineFeed,
    /// Nothing: the body is complete.
    Done,
}

const FIRST: State = State::Size { size: 0, digits: 0 };

impl ChunkedDecoder {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            state: FIRST,
            room: limits.body,
            extension_room: limits.chunk_extensions,
            trailer_room: limits.trailers,
            limits: limits.clone(),
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.state == State::Done
    }

    /// Appends the data in `input` to `output`; returns how many bytes of `input` belong to the body.
    pub(super) fn decode(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<usize, Refusal> {
        let mut at = 0;
        while at < input.len() {
            match self.state {
                State::Done => break,
                State::Data { left } => {
                    let rest = &input[at..];
                    let taken =
                        usize::try_from(left).map_or(rest.len(), |left| left.min(rest.len()));
                    output.extend_from_slice(&rest[..taken]);
                    at += taken;
                    let left = left - taken as u64;
                    self.state = if left == 0 {
                        State::DataReturn
                    } else {
                        State::Data { left }
                    };
                }
                state => {
                    self.state = self.step(state, input[at])?;
                    at += 1;
                }
            }
        }
        Ok(at)
    }

    /// One byte outside of the data.
    fn step(&mut self, state: State, byte: u8) -> Result<State, Refusal> {
        match (state, byte) {
            (State::Size { digits: 1.., size }, b'\r') => Ok(State::SizeLineFeed { size }),
            (State::Size { digits: 1.., size }, b';' | b' ' | b'\t') => {
                self.step_in_extension(size, ChunkExtension::Semicolon, byte)
            }
            (State::Size { size, digits }, _) => {
                let digit = char::from(byte)
                    .to_digit(16)
                    .ok_or(Refusal::ChunkSize { byte })?;
                if digits == 16 {
                    return Err(Refusal::ChunkSizeTooLong);
                }
                Ok(State::Size {
                    size: size << 4 | u64::from(digit),
                    digits: digits + 1,
                })
            }
            (State::Extension { size, at }, b'\r') if at.may_end() => {
                Ok(State::SizeLineFeed { size })
            }
            (State::Extension { size, at }, _) => self.step_in_extension(size, at, byte),
            (State::SizeLineFeed { size }, b'\n') => self.begin_chunk(size),
            (State::SizeLineFeed { .. }, _) => Err(refuse_bare_return(byte)),
            (State::DataReturn, b'\r') => Ok(State::DataLineFeed),
            (State::DataLineFeed, b'\n') => Ok(FIRST),
            (State::DataReturn | State::DataLineFeed, _) => Err(Refusal::ChunkEnd { byte }),
            (State::LastLineFeed, b'\n') => Ok(State::Done),
            (State::LastLineFeed, _) => Err(refuse_bare_return(byte)),
            (State::TrailerStart, b'\r') => Ok(State::LastLineFeed),
            _ => self.step_in_trailer(state, byte),
        }
    }

    /// RFC 9112 §7.1.2 "Chunked Trailer Section": field lines, which nobody is told of.
    fn step_in_trailer(&mut self, state: State, byte: u8) -> Result<State, Refusal> {
        let Some(room) = self.trailer_room.checked_sub(1) else {
            let limit = self.limits.trailers;
            return Err(Refusal::TrailersTooLarge { limit });
        };
        self.trailer_room = room;
        match (state, byte) {
            (State::TrailerName, b':') => Ok(State::TrailerValue),
            (State::TrailerStart | State::TrailerName, _) if TOKEN.contains(byte) => {
                Ok(State::TrailerName)
            }
            (State::TrailerValue, b'\r') => Ok(State::TrailerLineFeed),
            (State::TrailerValue, _) if is_text(byte) => Ok(State::TrailerValue),
            (State::TrailerLineFeed, b'\n') => Ok(State::TrailerStart),
            (State::TrailerLineFeed, _) => Err(refuse_bare_return(byte)),
            _ => Err(Refusal::Trailer { byte }),
        }
    }

    fn step_in_extension(
        &mut self,
        size: u64,
        at: ChunkExtension,
        byte: u8,
    ) -> Result<State, Refusal> {
        let at = at.step(byte).ok_or(Refusal::ChunkExtension { byte })?;
        let limit = self.limits.chunk_extensions;
        self.extension_room = self
            .extension_room
            .checked_sub(1)
            .ok_or(Refusal::ChunkExtensionsTooLarge { limit })?;
        Ok(State::Extension { size, at })
    }

    fn begin_chunk(&mut self, size: u64) -> Result<State, Refusal> {
        if size == 0 {
            return Ok(State::TrailerStart);
        }
        let limit = self.limits.body;
        self.room = self
            .room
            .checked_sub(size)
            .ok_or(Refusal::BodyTooLarge { limit })?;
        Ok(State::Data { left: size })
    }
}

/// This byte came behind a CR.
fn refuse_bare_return(byte: u8) -> Refusal {
    let near = excerpt(&[b'\r', byte]);
    Refusal::BareCarriageReturn { near }
}

/// RFC 9110 §5.5 "Field Values": visible characters, space, tab, bytes above 0x7F.
fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= 0x20 && byte != 0x7f)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn limits() -> Limits {
        Limits {
            body: 100,
            chunk_extensions: 20,
            trailers: 40,
            ..Limits::default()
        }
    }

    /// What a body decodes to, and how many bytes of it were taken; `None` when it is not complete.
    type Decoded = Result<Option<(Vec<u8>, usize)>, u16>;

    fn decode(pieces: &[&[u8]]) -> Decoded {
        let (mut decoder, mut output, mut taken) = (ChunkedDecoder::new(&limits()), vec![], 0);
        for piece in pieces {
            taken += decoder
                .decode(piece, &mut output)
                .map_err(|refusal| refusal.status().as_u16())?;
        }
        Ok(decoder.is_complete().then_some((output, taken)))
    }

    const CASES: &[(&str, Result<Option<&str>, u16>)] = &[
        ("5\r\nhello\r\n0\r\n\r\n", Ok(Some("hello"))),
        ("0\r\n\r\n", Ok(Some(""))),
        (
            "A\r\n0123456789\r\nb\r\n0123456789a\r\n0\r\n\r\n",
            Ok(Some("01234567890123456789a")),
        ),
        ("0005\r\nhello\r\n000\r\n\r\n", Ok(Some("hello"))),
        ("5;a=b;c\r\nhello\r\n0;last\r\n\r\n", Ok(Some("hello"))),
        ("5 ; a=\"b\"\r\nhello\r\n0\r\n\r\n", Ok(Some("hello"))),
        (
            "5\r\nhello\r\n0\r\nX-T: 1\r\nHost: evil\r\n\r\n",
            Ok(Some("hello")),
        ),
        ("0\r\nX-T:\r\n\r\n", Ok(Some(""))),
        ("5\r\nhello\r\n0\r\n", Ok(None)),
        ("5\r\nhel", Ok(None)),
        ("", Ok(None)),
        // sizes
        ("xyz\r\nhello\r\n0\r\n\r\n", Err(400)),
        ("-5\r\nhello\r\n0\r\n\r\n", Err(400)),
        ("+5\r\nhello\r\n0\r\n\r\n", Err(400)),
        ("0x5\r\nhello\r\n0\r\n\r\n", Err(400)),
        (" 5\r\nhello\r\n0\r\n\r\n", Err(400)),
        ("5 \r\nhello\r\n0\r\n\r\n", Err(400)),
        ("\r\nhello\r\n0\r\n\r\n", Err(400)),
        (";a\r\n\r\n", Err(400)),
        ("10000000000000005\r\nhello\r\n0\r\n\r\n", Err(400)),
        ("10000000000000000\r\n\r\n", Err(400)),
        ("00000000000000000\r\n\r\n", Err(400)),
        ("ffffffffffffffff\r\n", Err(413)),
        ("65\r\n", Err(413)),
        ("64\r\n", Ok(None)),
        // line ends
        ("5\nhello\r\n0\r\n\r\n", Err(400)),
        ("5\rhello\r\n0\r\n\r\n", Err(400)),
        ("5\rXhello\r\n0\r\n\r\n", Err(400)),
        ("5;\nhello\r\n0\r\n\r\n", Err(400)),
        ("5;a\rb\r\nhello\r\n0\r\n\r\n", Err(400)),
        ("5\r\nhello\n0\r\n\r\n", Err(400)),
        ("5\r\nhelloXX\r\n0\r\n\r\n", Err(400)),
        ("5\r\nhello\rX0\r\n\r\n", Err(400)),
        ("1\r\nZXX0\r\n\r\n", Err(400)),
        ("0\r\n\n", Err(400)),
        ("0\r\n\rX", Err(400)),
        // extensions and trailers
        ("5;\0\r\nhello\r\n0\r\n\r\n", Err(400)),
        ("5;\r\nhello\r\n0\r\n\r\n", Err(400)),
        ("5;a=\"\r\nhello\r\n0\r\n\r\n\"\r\n", Err(400)),
        ("5;a=\"\\\r\nhello\r\n0\r\n\r\n", Err(400)),
        ("5;aaaaaaaaaaaaaaaaaaaaa\r\n", Err(400)),
        ("1;aaaaaaaaaaa\r\nx\r\n1;aaaaaaaaaaa\r\n", Err(400)),
        ("0\r\nno colon\r\n\r\n", Err(400)),
        ("0\r\n: v\r\n\r\n", Err(400)),
        ("0\r\nX-T : v\r\n\r\n", Err(400)),
        ("0\r\nX-T: v\r\n folded\r\n\r\n", Err(400)),
        ("0\r\nX-T: v\n\r\n", Err(400)),
        ("0\r\nX-T: v\rw\r\n\r\n", Err(400)),
        ("0\r\nX-T: \x01\r\n\r\n", Err(400)),
        (
            "0\r\nX-T: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n\r\n",
            Err(431),
        ),
    ];

    #[test]
    fn bodies_are_decoded_or_refused_as_rfc_9112_has_it() {
        for &(body, expected) in CASES {
            let expected = expected.map(|data| data.map(|data| (data.into(), body.len())));
            assert_eq!(decode(&[body.as_bytes()]), expected, "{body:?}");
        }
    }

    #[test]
    fn what_follows_the_body_is_left_alone() {
        let whole = b"1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n";
        assert_eq!(decode(&[whole]), Ok(Some((b"x".to_vec(), 11))));
    }

    proptest! {
        #[test]
        fn every_row_decodes_alike_however_it_is_cut(row in 0..CASES.len(), cuts: Vec<prop::sample::Index>) {
            let body = CASES[row].0.as_bytes();
            prop_assert_eq!(decode(&cut(body, &cuts)), decode(&[body]));
        }

        #[test]
        fn any_bytes_decode_alike_however_they_are_cut(body in "[0-9a-f;: \t\r\nX]{0,60}", cuts: Vec<prop::sample::Index>) {
            prop_assert_eq!(decode(&cut(body.as_bytes(), &cuts)), decode(&[body.as_bytes()]));
        }

        #[test]
        fn what_is_chunked_decodes_to_itself(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..9), 0..9), cuts: Vec<prop::sample::Index>) {
            let mut coded = Vec::new();
            for chunk in &chunks {
                coded.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                coded.extend_from_slice(chunk);
                coded.extend_from_slice(b"\r\n");
            }
            coded.extend_from_slice(b"0\r\n\r\n");
            prop_assert_eq!(decode(&cut(&coded, &cuts)), Ok(Some((chunks.concat(), coded.len()))));
        }
    }

    fn cut<'b>(bytes: &'b [u8], cuts: &[prop::sample::Index]) -> Vec<&'b [u8]> {
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        places.extend([0, bytes.len()]);
        places.sort_unstable();
        places
            .windows(2)
            .map(|ends| &bytes[ends[0]..ends[1]])
            .collect()
    }
}
