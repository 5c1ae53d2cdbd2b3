//! Methods as few as labels have to be.

/// What stands for all others, as OpenTelemetry has it.
pub(crate) const OTHER: &str = "_OTHER";

/// Those of RFC 9110 §9.3, `PATCH` (RFC 5789) and `QUERY`, and what stands for all others.
pub(crate) const KNOWN_METHODS: [&str; 11] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY", OTHER,
];

/// The index of a method among the known ones. Clients can send any token, so all others share the last.
pub(crate) fn known_method(method: &str) -> usize {
    let known = KNOWN_METHODS.iter().position(|known| *known == method);
    known.unwrap_or(KNOWN_METHODS.len() - 1)
}
