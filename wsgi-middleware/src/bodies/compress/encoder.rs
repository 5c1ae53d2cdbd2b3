//! One face for the encoders.

use std::hint::black_box;
use std::io::{self, Write};
use std::sync::Once;

use brotli::CompressorWriter;
use brotli::enc::BrotliEncoderParams;
use flate2::{Compress, Compression, FlushCompress, Status};
#[cfg(feature = "zstd")]
use zstd::zstd_safe::{
    CCtx, CParameter, InBuffer, OutBuffer, ResetDirective, compress_bound, get_error_name,
    zstd_sys::ZSTD_EndDirective,
};

use crate::common::coding::Coding;

/// The window of streams, as a power of two of bytes: what each costs in memory beside its tables. That of zlib is 32 KiB.
const STREAM_WINDOW: u32 = 18;

/// The largest window of complete bodies, likewise. RFC 9659 has 23 as the limit of Zstandard; Brotli's ends at 24.
const LARGEST_WINDOW: u32 = 22;

/// Room for output that is made at least, in bytes.
const ROOM: usize = 1024;

/// What is behind the bytes that are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// More bytes, which the encoder may wait for.
    More,
    /// More bytes later: all that was given can be decoded from what has come out.
    Later,
    /// Nothing.
    End,
}

/// The encoder of one stream, and of the next one after [`reset`](Encoder::reset).
pub(super) enum Encoder {
    /// gzip, deflate.
    Zlib(Compress),
    /// Between streams `None`: this one cannot be used again.
    Brotli(u32, Option<Box<CompressorWriter<Vec<u8>>>>),
    #[cfg(feature = "zstd")]
    Zstandard(CCtx<'static>),
}

impl Encoder {
    /// `None` for codings that are not built in, and where there is no memory.
    pub(super) fn new(coding: Coding, level: u32) -> Option<Self> {
        let zlib_level = Compression::new(level);
        match coding {
            Coding::Gzip => Some(Self::Zlib(Compress::new_gzip(zlib_level, 15))),
            Coding::Deflate => Some(Self::Zlib(Compress::new(zlib_level, true))),
            Coding::Brotli => Some(Self::Brotli(level, None)),
            #[cfg(feature = "zstd")]
            Coding::Zstandard => {
                let mut context = CCtx::try_create()?;
                let level = CParameter::CompressionLevel(i32::try_from(level).ok()?);
                context.set_parameter(level).ok()?;
                Some(Self::Zstandard(context))
            }
            #[cfg(not(feature = "zstd"))]
            Coding::Zstandard => None,
        }
    }

    /// Encodes a body that is there as a whole.
    pub(super) fn encode_all(&mut self, input: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Zlib(_) => {
                let mut output = Vec::with_capacity(input.len() / 4 + ROOM);
                self.encode(input, Then::End, &mut output)?;
                Ok(output)
            }
            Self::Brotli(level, _) => {
                let window = (input.len().max(1).ilog2() + 1).clamp(10, LARGEST_WINDOW);
                let mut writer = brotli(*level, window, input.len());
                writer.write_all(input)?;
                Ok(writer.into_inner())
            }
            #[cfg(feature = "zstd")]
            Self::Zstandard(context) => {
                let window = CParameter::WindowLog(0); // as the level has it
                context.set_parameter(window).map_err(zstandard_error)?;
                let mut output = Vec::with_capacity(compress_bound(input.len()));
                let compressed = context.compress2(&mut output, input);
                compressed.map_err(zstandard_error)?;
                Ok(output)
            }
        }
    }

    /// Before the first block of a stream.
    pub(super) fn begin_stream(&mut self) -> io::Result<()> {
        match self {
            Self::Zlib(_) => {}
            Self::Brotli(level, writer) => {
                *writer = Some(Box::new(brotli(*level, STREAM_WINDOW, 0)));
            }
            #[cfg(feature = "zstd")]
            Self::Zstandard(context) => {
                let window = CParameter::WindowLog(STREAM_WINDOW);
                context.set_parameter(window).map_err(zstandard_error)?;
            }
        }
        Ok(())
    }

    /// Encodes a part of a stream; what comes out is put behind `output`.
    pub(super) fn encode(
        &mut self,
        input: &[u8],
        then: Then,
        output: &mut Vec<u8>,
    ) -> io::Result<()> {
        match self {
            Self::Zlib(stream) => zlib_encode(stream, input, then, output),
            Self::Brotli(_, slot) => {
                let Some(writer) = slot else { return Ok(()) };
                writer.write_all(input)?;
                match then {
                    Then::More => {}
                    Then::Later => writer.flush()?,
                    Then::End => {
                        let last = slot.take().map(|writer| writer.into_inner());
                        output.extend_from_slice(&last.unwrap_or_default());
                        return Ok(());
                    }
                }
                output.append(writer.get_mut());
                Ok(())
            }
            #[cfg(feature = "zstd")]
            Self::Zstandard(context) => zstandard_encode(context, input, then, output),
        }
    }

    /// Forgets the stream, whatever became of it. Whether the encoder is good for another one.
    pub(super) fn reset(&mut self) -> bool {
        match self {
            Self::Zlib(stream) => {
                stream.reset();
                true
            }
            // Nothing of it is worth keeping.
            Self::Brotli(..) => false,
            #[cfg(feature = "zstd")]
            Self::Zstandard(context) => context.reset(ResetDirective::SessionOnly).is_ok(),
        }
    }
}

fn brotli(level: u32, window: u32, size: usize) -> CompressorWriter<Vec<u8>> {
    keep_freed_memory();
    let params = BrotliEncoderParams {
        // Both were checked to be small.
        quality: level as i32,
        lgwin: window as i32,
        size_hint: size,
        ..BrotliEncoderParams::default()
    };
    CompressorWriter::with_params(Vec::with_capacity(size / 4), 4096, &params)
}

/// Has the allocator of the GNU C library keep the memory that one encoder gives back for the next, which takes as much.
///
/// It returns what is free beyond twice the largest block that was ever mapped and freed (mallopt(3),
/// `M_MMAP_THRESHOLD`). A Brotli encoder takes 1.7 MiB in blocks of up to 512 KiB; where the system had to clear the pages
/// of that for each body, one of 100 KiB took half as long again. Other allocators are none the worse for it.
fn keep_freed_memory() {
    static BLOCK: Once = Once::new();
    BLOCK.call_once(|| drop(black_box(Vec::<u8>::with_capacity(2 << 20))));
}

fn zlib_encode(
    stream: &mut Compress,
    mut input: &[u8],
    then: Then,
    output: &mut Vec<u8>,
) -> io::Result<()> {
    let flush = match then {
        Then::More => FlushCompress::None,
        Then::Later => FlushCompress::Sync,
        Then::End => FlushCompress::Finish,
    };
    loop {
        output.reserve(ROOM);
        let before = stream.total_in();
        let status = stream
            .compress_vec(input, output, flush)
            .map_err(io::Error::other)?;
        let taken = (stream.total_in() - before) as usize;
        input = input.get(taken..).unwrap_or_default();
        // While it fills all room that it is given, it has more to say.
        let is_silent = input.is_empty() && output.len() < output.capacity();
        if status == Status::StreamEnd || (is_silent && then != Then::End) {
            return Ok(());
        }
    }
}

#[cfg(feature = "zstd")]
fn zstandard_encode(
    context: &mut CCtx<'static>,
    input: &[u8],
    then: Then,
    output: &mut Vec<u8>,
) -> io::Result<()> {
    let directive = match then {
        Then::More => ZSTD_EndDirective::ZSTD_e_continue,
        Then::Later => ZSTD_EndDirective::ZSTD_e_flush,
        Then::End => ZSTD_EndDirective::ZSTD_e_end,
    };
    let mut source = InBuffer::around(input);
    loop {
        output.reserve(ROOM);
        let end = output.len();
        let mut room = OutBuffer::around_pos(output, end);
        let left = context
            .compress_stream2(&mut room, &mut source, directive)
            .map_err(zstandard_error)?;
        // To "continue" it need not say all that it could.
        if source.pos() == input.len() && (left == 0 || then == Then::More) {
            return Ok(());
        }
    }
}

#[cfg(feature = "zstd")]
fn zstandard_error(code: usize) -> io::Error {
    io::Error::other(get_error_name(code))
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Encoder")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Coding, level, and how many KiB docs/middleware/compress.md says that a stream holds while it lasts.
    const HELD: &[(Coding, u32, u64)] = &[
        (Coding::Gzip, 1, 371),
        (Coding::Gzip, 9, 371),
        (Coding::Deflate, 4, 371),
        (Coding::Brotli, 4, 1215),
        #[cfg(feature = "zstd")]
        (Coding::Zstandard, 3, 1785),
    ];

    /// The bytes that an encoder holds in the midst of a stream of half a MiB, flushed every 8 KiB.
    fn held(coding: Coding, level: u32) -> u64 {
        let lines = (0_u32..).map(|n| format!("line {n} of {}\n", n.wrapping_mul(2_654_435_761)));
        let text: Vec<u8> = lines.flat_map(String::into_bytes).take(1 << 19).collect();
        let (mut output, mut encoder) = (Vec::with_capacity(1 << 19), None);
        let counted = allocation_counter::measure(|| {
            let encoder = encoder.insert(Encoder::new(coding, level).unwrap());
            encoder.begin_stream().unwrap();
            for block in text.chunks(8 << 10) {
                output.clear();
                encoder.encode(block, Then::Later, &mut output).unwrap();
            }
        });
        match encoder {
            // The reference library has an allocator of its own.
            #[cfg(feature = "zstd")]
            Some(Encoder::Zstandard(context)) => context.sizeof() as u64,
            _ => counted.bytes_current.unsigned_abs(),
        }
    }

    #[test]
    fn a_stream_holds_what_its_page_says() {
        let wrong: Vec<_> = HELD
            .iter()
            .map(|&(coding, level, told)| (coding, level, told, held(coding, level) >> 10))
            .filter(|&(_, _, told, held)| held.abs_diff(told) > told / 10)
            .collect();
        assert!(wrong.is_empty(), "told and held, in KiB: {wrong:?}");
    }
}
