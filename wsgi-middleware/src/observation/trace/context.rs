//! `traceparent`.

use std::fmt;
use std::num::{NonZeroU64, NonZeroU128};
use std::ops::Range;

use thiserror::Error;
use wsgi_core::{Environ, environ};

use super::ids;

/// Which trace a request is a part of, and which span of it: what `traceparent` has.
///
/// # Examples
/// ```
/// use wsgi_middleware::TraceContext;
///
/// let context = TraceContext::parse(b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")?;
/// assert_eq!(context.trace_id(), 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
/// assert!(context.is_sampled());
/// assert_eq!(context.to_string(), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
/// # Ok::<(), wsgi_middleware::TraceContextError>(())
/// ```
///
/// # Specification
/// [Trace Context](https://www.w3.org/TR/trace-context-1/) (Level 1), W3C, §3.2 "Traceparent Header"
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: NonZeroU128,
    span_id: NonZeroU64,
    sampled: bool,
}

/// Why a value is no `traceparent`.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TraceContextError {
    /// §3.2.2.1 "version": two lower-case hexadecimal digits, and not `ff`.
    #[error("the version is not two lower-case hexadecimal digits below ff, such as 00")]
    Version,
    /// §3.2.2.2 "version-format": 55 characters with version 00; with others there may be more, behind a hyphen.
    #[error(
        "{length} characters with hyphens at 2, 35 and 52 were expected to be 55, or more of a later version"
    )]
    Format {
        /// How many there are, in bytes.
        length: usize,
    },
    /// §3.2.2.3 "trace-id": 32 lower-case hexadecimal digits that are not all zero.
    #[error("the trace-id is not 32 lower-case hexadecimal digits, or is all zero")]
    TraceId,
    /// §3.2.2.4 "parent-id": 16 lower-case hexadecimal digits that are not all zero.
    #[error("the parent-id is not 16 lower-case hexadecimal digits, or is all zero")]
    ParentId,
    /// §3.2.2.5 "trace-flags": two lower-case hexadecimal digits.
    #[error("the trace-flags are not two lower-case hexadecimal digits")]
    Flags,
}

impl TraceContext {
    /// Takes a value apart; of a later version, what this one knows of it.
    ///
    /// # Errors
    /// A [`TraceContextError`] that names the part.
    pub fn parse(value: &[u8]) -> Result<Self, TraceContextError> {
        let version = value.get(..2).and_then(hexadecimal);
        let Some(version @ 0..0xff) = version else {
            return Err(TraceContextError::Version);
        };
        let length = value.len();
        let has_hyphens = [2, 35, 52].iter().all(|&at| value.get(at) == Some(&b'-'));
        let has_length = match value.get(55) {
            None => length == 55,
            Some(next) => version > 0 && *next == b'-',
        };
        if !has_hyphens || !has_length {
            return Err(TraceContextError::Format { length });
        }
        let trace_id = hexadecimal(&value[3..35]).and_then(NonZeroU128::new);
        let span_id = hexadecimal(&value[36..52]).and_then(|id| NonZeroU64::new(id as u64));
        let flags = hexadecimal(&value[53..55]).ok_or(TraceContextError::Flags);
        Ok(Self {
            trace_id: trace_id.ok_or(TraceContextError::TraceId)?,
            span_id: span_id.ok_or(TraceContextError::ParentId)?,
            sampled: flags? & 1 == 1,
        })
    }

    /// The number that all of the trace shares.
    pub fn trace_id(&self) -> u128 {
        self.trace_id.get()
    }

    /// The number of the span; `parent-id` in the specification, as those who get it are its children.
    pub fn span_id(&self) -> u64 {
        self.span_id.get()
    }

    /// Whether the caller may have recorded it, and wishes others to do so.
    pub fn is_sampled(&self) -> bool {
        self.sampled
    }

    /// The context of a request that came through [`Trace`](super::Trace), also where Python lies between the two; `None`
    /// for any other, whatever its `traceparent`.
    pub fn of(environ: &Environ) -> Option<Self> {
        environ.var(environ::TRACE_ID)?;
        Self::parse(environ.headers().get("traceparent")?).ok()
    }

    /// As `traceparent`, of version 00. Flags that it does not know are zero (§3.2.2.5 "trace-flags").
    pub(super) fn to_text(self) -> Text {
        let mut text = *b"00-00000000000000000000000000000000-0000000000000000-00";
        write_hexadecimal(&self.trace_id.get().to_be_bytes(), &mut text[TRACE_ID]);
        write_hexadecimal(&self.span_id.get().to_be_bytes(), &mut text[SPAN_ID]);
        text[54] += u8::from(self.sampled);
        Text(text)
    }

    /// The first span of a new trace.
    pub(super) fn root(sampled_below: u128) -> Self {
        let (trace_id, span_id) = ids::trace_and_span();
        Self {
            trace_id,
            span_id,
            sampled: ids::is_sampled(trace_id, sampled_below),
        }
    }

    /// A span of the same trace.
    pub(super) fn child(&self) -> Self {
        Self {
            span_id: ids::span(),
            ..*self
        }
    }
}

/// As `traceparent`.
impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(self.to_text().whole()))
    }
}

/// A context as it is written, made without the formatter, which takes ten times as long.
pub(super) struct Text([u8; 55]);

const TRACE_ID: Range<usize> = 3..35;
const SPAN_ID: Range<usize> = 36..52;

impl Text {
    pub(super) fn whole(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn trace_id(&self) -> &[u8] {
        &self.0[TRACE_ID]
    }

    pub(super) fn span_id(&self) -> &[u8] {
        &self.0[SPAN_ID]
    }
}

/// Each byte as two lower-case digits.
fn write_hexadecimal(bytes: &[u8], digits: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (byte, digits) in bytes.iter().zip(digits.as_chunks_mut().0) {
        *digits = [
            DIGITS[usize::from(byte >> 4)],
            DIGITS[usize::from(byte & 15)],
        ];
    }
}

/// The number that lower-case hexadecimal digits make; at most 32 of them.
fn hexadecimal(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0, |number, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u128::from(value))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_part_is_as_the_specification_has_it() {
        use TraceContextError::*;
        const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
        const PARENT: &str = "00f067aa0ba902b7";
        const ZERO: &str = "00000000000000000000000000000000";
        let length = |length| Err(Format { length });
        #[rustfmt::skip]
        let cases = [
            (format!("00-{TRACE}-{PARENT}-01"), Ok(true)),
            (format!("00-{TRACE}-{PARENT}-00"), Ok(false)),
            (format!("00-{TRACE}-{PARENT}-09"), Ok(true)),
            (format!("00-{TRACE}-{PARENT}-fe"), Ok(false)),
            // A later version may have more behind a hyphen.
            (format!("01-{TRACE}-{PARENT}-01"), Ok(true)),
            (format!("cc-{TRACE}-{PARENT}-01-what-the-future-brings"), Ok(true)),
            (format!("cc-{TRACE}-{PARENT}-01-"), Ok(true)),
            (format!("cc-{TRACE}-{PARENT}-01.what"), length(60)),
            (format!("cc-{TRACE}-{PARENT}-0"), length(54)),
            (format!("00-{TRACE}-{PARENT}-01-"), length(56)),
            (format!("00-{TRACE}-{PARENT}-01-more"), length(60)),
            (format!("00-{TRACE}-{PARENT}-010"), length(56)),
            (format!("00-{TRACE}-{PARENT}-1"), length(54)),
            (format!("00-{TRACE}-{PARENT}"), length(52)),
            (format!("00-{TRACE}"), length(35)),
            (format!("00_{TRACE}-{PARENT}-01"), length(55)),
            (format!("00-{TRACE}_{PARENT}-01"), length(55)),
            (format!("00-{TRACE}-{PARENT}_01"), length(55)),
            (format!("ff-{TRACE}-{PARENT}-01"), Err(Version)),
            (format!("FF-{TRACE}-{PARENT}-01"), Err(Version)),
            (format!("0-{TRACE}-{PARENT}-01"), Err(Version)),
            (format!("0g-{TRACE}-{PARENT}-01"), Err(Version)),
            (format!(" 00-{TRACE}-{PARENT}-01"), Err(Version)),
            (String::new(), Err(Version)),
            ("0".to_owned(), Err(Version)),
            (format!("00-{}-{PARENT}-01", TRACE.to_uppercase()), Err(TraceId)),
            (format!("00-{ZERO}-{PARENT}-01"), Err(TraceId)),
            (format!("00-{}.-{PARENT}-01", &TRACE[1..]), Err(TraceId)),
            (format!("00-{TRACE}-{}-01", &ZERO[..16]), Err(ParentId)),
            (format!("00-{TRACE}-{}-01", PARENT.to_uppercase()), Err(ParentId)),
            (format!("00-{TRACE}-{PARENT}-0A"), Err(Flags)),
            (format!("00-{TRACE}-{PARENT}-.0"), Err(Flags)),
        ];
        for (value, expected) in cases {
            let parsed = TraceContext::parse(value.as_bytes());
            assert_eq!(
                parsed.clone().map(|context| context.is_sampled()),
                expected,
                "{value}"
            );
            if let Ok(context) = parsed {
                assert_eq!(
                    context.to_string(),
                    format!("00-{TRACE}-{PARENT}-0{}", u8::from(context.sampled))
                );
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_parsed_is_written_so_again(value: Vec<u8>, trace: u128, parent: u64, sampled: bool) {
            // No value makes it panic.
            let _ = TraceContext::parse(&value);
            let text = format!("00-{trace:032x}-{parent:016x}-0{}", u8::from(sampled));
            match TraceContext::parse(text.as_bytes()) {
                Ok(context) => prop_assert_eq!(context.to_string(), text),
                Err(_) => prop_assert!(trace == 0 || parent == 0),
            }
        }
    }
}
