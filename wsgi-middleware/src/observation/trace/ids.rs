//! New ids, and which traces are sampled.

use std::hash::{BuildHasher, RandomState};
use std::num::{NonZeroU64, NonZeroU128};

/// Bits of a trace id that decide about sampling, as in OpenTelemetry's `TraceIdRatioBased`: the last ones, which are
/// random also where the first are a time.
const BITS: u32 = 63;

/// A trace, and the first span of it.
pub(super) fn trace_and_span() -> (NonZeroU128, NonZeroU64) {
    let [first, second, span]: [u64; 3] = random();
    let trace = u128::from(first) << 64 | u128::from(second);
    let trace = NonZeroU128::new(trace).unwrap_or(NonZeroU128::MIN);
    (trace, NonZeroU64::new(span).unwrap_or(NonZeroU64::MIN))
}

/// A span.
pub(super) fn span() -> NonZeroU64 {
    let [span] = random();
    NonZeroU64::new(span).unwrap_or(NonZeroU64::MIN)
}

/// From the system, each time: a generator of our own would go on alike in all processes that a server forks.
fn random<const COUNT: usize>() -> [u64; COUNT] {
    let mut numbers = [[0; 8]; COUNT];
    if getrandom::fill(numbers.as_flattened_mut()).is_err() {
        // A system without random bytes. Ids that may be guessed are better than requests that fail.
        let number = || RandomState::new().hash_one(std::time::SystemTime::now());
        return numbers.map(|_| number());
    }
    numbers.map(u64::from_ne_bytes)
}

/// Numbers below this are the given share of all.
pub(super) fn below(ratio: f64) -> u128 {
    (ratio * (1_u64 << BITS) as f64) as u128
}

pub(super) fn is_sampled(trace_id: NonZeroU128, below: u128) -> bool {
    trace_id.get() % (1 << BITS) < below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_traces_is_sampled() {
        let half = NonZeroU128::new(1 << (BITS - 1)).unwrap();
        let last = NonZeroU128::new(u128::MAX).unwrap();
        for (ratio, of_half, of_last) in [
            (1.0, true, true),
            (0.75, true, false),
            (0.5, false, false),
            (0.0, false, false),
        ] {
            assert_eq!(is_sampled(half, below(ratio)), of_half, "{ratio}");
            assert_eq!(is_sampled(last, below(ratio)), of_last, "{ratio}");
        }
        assert!(!is_sampled(NonZeroU128::new(1 << 64).unwrap(), below(0.0)));
    }

    #[test]
    fn ids_differ() {
        assert_ne!(trace_and_span(), trace_and_span());
        assert_ne!(span(), span());
    }
}
