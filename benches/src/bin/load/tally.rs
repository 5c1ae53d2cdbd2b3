//! What was measured, and the report.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Value, json};

use crate::client::Client;
use crate::group::Group;

/// Response times and failures, by group and path.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    times: BTreeMap<(usize, usize), Vec<u64>>,
    failed: BTreeMap<(usize, usize), u64>,
}

impl Tally {
    /// The request that `client` sent last has its response.
    pub(crate) fn answered(&mut self, client: &Client, status: u16) {
        let key = (client.group, client.path);
        let nanoseconds = client.begun.elapsed().as_nanos() as u64;
        self.times.entry(key).or_default().push(nanoseconds);
        if status != 200 {
            self.failed(client);
        }
    }

    /// The request that `client` sent last has none, or a bad one.
    pub(crate) fn failed(&mut self, client: &Client) {
        *self.failed.entry((client.group, client.path)).or_default() += 1;
    }

    /// One object for each group and path.
    pub(crate) fn report(mut self, groups: &[Group], clients: &[Client], seconds: f64) -> Value {
        let mut rows = Vec::new();
        for (index, group) in groups.iter().enumerate() {
            let members = || clients.iter().filter(|client| client.group == index);
            for (path_index, path) in group.paths().enumerate() {
                let key = (index, path_index);
                let times = self.times.entry(key).or_default();
                times.sort_unstable();
                let waiting = members().filter(|client| client.path == path_index);
                let waiting = waiting.map(|client| Instant::now() - client.begun);
                rows.push(json!({
                    "path": path,
                    "connections": group.connections,
                    "requests": times.len(),
                    "requests_per_second": times.len() as f64 / seconds,
                    "p50_ms": percentile(times, 0.50),
                    "p99_ms": percentile(times, 0.99),
                    "max_ms": percentile(times, 1.0),
                    "oldest_unanswered_ms": waiting.max().map(|age| age.as_secs_f64() * 1e3),
                    "failed": self.failed.get(&key).copied().unwrap_or(0),
                    // Of any path: a connection that starves has few.
                    "fewest_by_a_connection": members().map(|client| client.answered).min(),
                }));
            }
        }
        json!({ "seconds": seconds, "paths": rows })
    }
}

/// In milliseconds, of sorted nanoseconds: the least value that so large a part of them does not exceed.
fn percentile(sorted: &[u64], part: f64) -> Option<f64> {
    let rank = (sorted.len() as f64 * part).ceil() as usize;
    let value = sorted.get(rank.max(1) - 1)?;
    Some(*value as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let times: Vec<u64> = (1..=100).map(|n| n * 1_000_000).collect();
        let parts = [0.0, 0.5, 0.99, 1.0].map(|part| percentile(&times, part));
        assert_eq!(parts, [Some(1.0), Some(50.0), Some(99.0), Some(100.0)]);
        assert_eq!(percentile(&[], 0.5), None);
    }
}
