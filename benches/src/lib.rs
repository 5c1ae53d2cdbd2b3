//! The stages of a request, each alone and through public interfaces, for two kinds of measurement:
//!
//! - `cargo bench -p wsgi-benches` measures time, by criterion;
//! - `cargo run --release -p wsgi-benches --bin instructions` counts instructions, by valgrind's callgrind, and
//!   compares them with the baseline in `benches/instructions.json`.
//!
//! No stage opens a socket, reads a clock or depends on where memory happens to lie, so that the count of one run
//! is that of the next. What the sockets cost, `benches/compare` measures from outside.

mod exchange;
pub mod python;
mod stage;
pub mod stages;

pub use exchange::Exchange;
pub use stage::Stage;
