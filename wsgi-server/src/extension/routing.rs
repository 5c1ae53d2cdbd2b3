//! What `wsgi_rs.routing` does in Rust: matching, building, and binding to a request.
//!
//! ```text
//!  Python (wsgi_rs/routing)                       Rust
//!  Rule, converters, factories ─ Map.update ──▶  Table: wsgi_router::Map, and the rules' objects by number
//!  Map ──────── is a ─────────────────────────▶  MapBase: the table as it is now, stale or not
//!  bind, bind_to_environ ─────────────────────▶  MapAdapter: match, build
//!  exceptions, redirects, what else is seldom ◀─ Hooks
//! ```
//! The Rust map is given each rule's patterns only. Endpoints, defaults and values are Python objects, of any type,
//! which never become Rust's `Value`s: a text goes from the path straight into Python's `str` or `int`, and a value
//! from there straight into the URL.

mod adapter;
mod build;
mod convert;
mod environ;
mod hooks;
mod map;
mod matching;
mod quote;
mod state;
mod table;

pub(super) use adapter::MapAdapter;
pub(super) use hooks::validation_error;
pub(super) use map::{MapBase, check_expression};
pub(super) use table::Table;
