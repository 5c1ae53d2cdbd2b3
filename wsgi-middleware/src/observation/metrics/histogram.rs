//! Histograms that many threads write to without a lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::MetricsError;

const LIMIT: usize = 100;

/// The upper bounds of buckets, but for the last one's, which is infinite.
#[derive(Clone, Debug)]
pub(super) struct Bounds {
    /// In the unit of the observations: nanoseconds or bytes.
    values: Arc<[u64]>,
    /// How many of these make one of the unit that is told: seconds or bytes.
    unit: u64,
}

impl Bounds {
    /// Of nanoseconds, told in seconds.
    pub(super) fn seconds(values: impl IntoIterator<Item = u64>) -> Result<Self, MetricsError> {
        Self::new(values, 1_000_000_000)
    }

    pub(super) fn bytes(values: impl IntoIterator<Item = u64>) -> Result<Self, MetricsError> {
        Self::new(values, 1)
    }

    /// Those that OpenTelemetry recommends for `http.server.request.duration`.
    pub(super) fn of_durations() -> Self {
        const MILLISECONDS: [u64; 14] = [
            5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000,
        ];
        Self {
            values: MILLISECONDS.iter().map(|bound| bound * 1_000_000).collect(),
            unit: 1_000_000_000,
        }
    }

    pub(super) fn of_sizes() -> Self {
        Self {
            values: (0..10).map(|power| 256 << (2 * power)).collect(),
            unit: 1,
        }
    }

    fn new(values: impl IntoIterator<Item = u64>, unit: u64) -> Result<Self, MetricsError> {
        let mut before = 0;
        let mut checked = Vec::new();
        for (index, value) in values.into_iter().enumerate() {
            if value <= before {
                return Err(MetricsError::Bounds { index });
            }
            if index == LIMIT {
                return Err(MetricsError::TooManyBounds { limit: LIMIT });
            }
            before = value;
            checked.push(value);
        }
        let values = checked.into();
        Ok(Self { values, unit })
    }

    /// As they are told, smallest first.
    pub(super) fn told(&self) -> impl Iterator<Item = f64> {
        self.values.iter().map(|&value| self.in_unit(value))
    }

    fn in_unit(&self, value: u64) -> f64 {
        value as f64 / self.unit as f64
    }
}

/// How many values fell into each bucket, and their sum.
#[derive(Debug)]
pub(super) struct Histogram {
    /// One more than there are bounds.
    buckets: Box<[AtomicU64]>,
    sum: AtomicU64,
}

/// What a histogram had at one moment.
pub(super) struct Reading {
    /// How many values were not above each bound, and then how many there were.
    pub(super) cumulative: Vec<u64>,
    pub(super) sum: f64,
}

impl Histogram {
    pub(super) fn new(bounds: &Bounds) -> Self {
        Self {
            buckets: (0..=bounds.values.len())
                .map(|_| AtomicU64::new(0))
                .collect(),
            sum: AtomicU64::new(0),
        }
    }

    pub(super) fn observe(&self, bounds: &Bounds, value: u64) {
        let bucket = bounds.values.iter().position(|&bound| value <= bound);
        // Numbers that nothing else depends on: no order among them is needed.
        let last = self.buckets.len() - 1;
        self.buckets[bucket.unwrap_or(last)].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    pub(super) fn read(&self, bounds: &Bounds) -> Reading {
        let mut total = 0;
        let buckets = self.buckets.iter().map(|bucket| {
            total += bucket.load(Ordering::Relaxed);
            total
        });
        Reading {
            cumulative: buckets.collect(),
            sum: bounds.in_unit(self.sum.load(Ordering::Relaxed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_at_its_bound_is_below_it() {
        let bounds = Bounds::bytes([10, 20]).unwrap();
        let histogram = Histogram::new(&bounds);
        for value in [0, 10, 11, 20, 21, 1000] {
            histogram.observe(&bounds, value);
        }
        let reading = histogram.read(&bounds);
        assert_eq!(reading.cumulative, [2, 4, 6]);
        assert_eq!(reading.sum, 1062.0);
    }

    #[test]
    fn bounds_are_told_in_their_unit() {
        let told: Vec<f64> = Bounds::of_durations().told().collect();
        let wanted = [
            0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
        ];
        assert_eq!(told, wanted);
        assert_eq!(Bounds::of_sizes().told().last(), Some(67_108_864.0));
    }

    #[test]
    fn bounds_grow_and_are_not_too_many() {
        let error = |bounds: &[u64]| Bounds::bytes(bounds.iter().copied()).unwrap_err();
        assert_eq!(error(&[0]), MetricsError::Bounds { index: 0 });
        assert_eq!(error(&[1, 2, 2]), MetricsError::Bounds { index: 2 });
        let many: Vec<u64> = (1..=101).collect();
        assert_eq!(error(&many), MetricsError::TooManyBounds { limit: 100 });
        assert!(Bounds::bytes(many[..100].iter().copied()).is_ok());
        assert!(Bounds::bytes([]).is_ok(), "the infinite one is left");
    }
}
