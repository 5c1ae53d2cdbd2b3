//! What the engine promises, over real sockets, with applications of Rust.

#![allow(clippy::unwrap_used, reason = "a test's helpers fail by panicking")]

mod affinity;
mod blocking;
mod buffering;
mod client;
mod connection_limits;
mod deadline;
mod forecast;
mod gates;
mod kit;
mod left;
mod listening;
mod loops;
mod messages;
mod misbehaviour;
mod queue;
mod stalled;
mod stop;
mod streaming;
mod write;
