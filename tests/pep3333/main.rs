//! PEP 3333, section by section: a test for every MUST and SHOULD, and for each MAY that something relies on.
//!
//! `wsgi_core::validate::requirements` names for each requirement the test that proves it; `table.rs` sees to it
//! that those tests exist and that `docs/pep-3333.md` says the same. What only a real CPython or a real socket
//! shows is tested beside the bridge and beside the server; the table names those tests too.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod beyond;
mod buffering;
mod content_length;
mod environ;
mod error_handling;
mod http_features;
mod kit;
mod notes;
mod overview;
mod python;
mod server;
mod specification_details;
mod start_response;
mod streams;
mod table;
mod unicode;
mod wsgiref_util;
