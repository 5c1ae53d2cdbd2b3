//! One face for the decoders.

use brotli::enc::StandardAlloc;
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};
use flate2::{Decompress, FlushDecompress, Status};
#[cfg(feature = "zstd")]
use zstd::zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer, ResetDirective};

use crate::common::coding::Coding;

/// The largest window of Zstandard, as a power of two of bytes (RFC 9659 §3 "Window Size"): a client must not make the
/// server take more memory.
#[cfg(feature = "zstd")]
const LARGEST_WINDOW: u32 = 23;

/// What a decoder did with a part of its stream.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Step {
    /// Bytes of the input that are done with.
    pub(super) taken: usize,
    /// Bytes of the output that were filled.
    pub(super) given: usize,
    /// Whether the stream, or a member of it, has ended.
    pub(super) has_ended: bool,
}

/// The stream is not one of its coding.
#[derive(Debug)]
pub(super) struct Malformed;

type BrotliDecoder = BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>;

/// The decoder of one stream.
pub(super) enum Decoder {
    Gzip(Decompress),
    Deflate(Decompress),
    Brotli(Box<BrotliDecoder>),
    #[cfg(feature = "zstd")]
    Zstandard(DCtx<'static>),
}

impl Decoder {
    /// For a stream that begins with this byte, which tells the two formats of deflate apart where `raw_deflate` allows
    /// both. `None` for codings that are not built in, and where there is no memory.
    pub(super) fn new(coding: Coding, raw_deflate: bool, first: u8) -> Option<Self> {
        Some(match coding {
            Coding::Gzip => Self::Gzip(Decompress::new_gzip(15)),
            Coding::Deflate => {
                // RFC 1950 §2.2: the method, 8, in the low bits. A raw stream would begin with a stored block there, whose
                // padding nobody fills with anything but zeros.
                let is_zlib = first & 0x0f == 8 || !raw_deflate;
                Self::Deflate(Decompress::new(is_zlib))
            }
            // The strict one: a "large window" is none of RFC 7932, and takes up to a gigabyte.
            Coding::Brotli => Self::Brotli(Box::new(BrotliDecoder::new_strict(
                StandardAlloc::default(),
                StandardAlloc::default(),
                StandardAlloc::default(),
            ))),
            #[cfg(feature = "zstd")]
            Coding::Zstandard => {
                let mut context = DCtx::try_create()?;
                let window = DParameter::WindowLogMax(LARGEST_WINDOW);
                context.set_parameter(window).ok()?;
                Self::Zstandard(context)
            }
            #[cfg(not(feature = "zstd"))]
            Coding::Zstandard => return None,
        })
    }

    /// Begins with what follows a stream that has ended, where the coding has several in a row: members of gzip (RFC 1952
    /// §2.2) and frames of Zstandard (RFC 8878 §3.1).
    pub(super) fn begin_again(&mut self) -> Result<(), Malformed> {
        match self {
            Self::Gzip(stream) => {
                stream.reset(true); // with the header that it was made for
                Ok(())
            }
            Self::Deflate(_) | Self::Brotli(_) => Err(Malformed),
            #[cfg(feature = "zstd")]
            Self::Zstandard(context) => context
                .reset(ResetDirective::SessionOnly)
                .map(|_| ())
                .map_err(|_| Malformed),
        }
    }

    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Malformed> {
        match self {
            Self::Gzip(stream) | Self::Deflate(stream) => {
                let (taken, given) = (stream.total_in(), stream.total_out());
                let status = stream
                    .decompress(input, output, FlushDecompress::None)
                    .map_err(|_| Malformed)?;
                Ok(Step {
                    taken: (stream.total_in() - taken) as usize,
                    given: (stream.total_out() - given) as usize,
                    has_ended: status == Status::StreamEnd,
                })
            }
            Self::Brotli(state) => {
                let mut step = Step::default();
                let (mut left, mut room, mut total) = (input.len(), output.len(), 0);
                let result = BrotliDecompressStream(
                    &mut left,
                    &mut step.taken,
                    input,
                    &mut room,
                    &mut step.given,
                    output,
                    &mut total,
                    state,
                );
                match result {
                    BrotliResult::ResultFailure => return Err(Malformed),
                    BrotliResult::ResultSuccess => step.has_ended = true,
                    BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => {}
                }
                Ok(step)
            }
            #[cfg(feature = "zstd")]
            Self::Zstandard(context) => {
                let mut source = InBuffer::around(input);
                let mut room = OutBuffer::around(output);
                let left = context
                    .decompress_stream(&mut room, &mut source)
                    .map_err(|_| Malformed)?;
                Ok(Step {
                    taken: source.pos(),
                    given: room.pos(),
                    has_ended: left == 0,
                })
            }
        }
    }
}
