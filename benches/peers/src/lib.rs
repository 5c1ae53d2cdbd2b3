//! What the servers have in common: each is given its address, answers every request by the same fields
//! (`Content-Type`, `Content-Length`, `Date`, `Server`) and thirteen bytes, and works on one thread.

/// Where to listen: the first argument, `host:port`.
pub fn address() -> String {
    let first = std::env::args().nth(1);
    first.unwrap_or_else(|| "127.0.0.1:8000".to_owned())
}
