//! The bridge, against the CPython that it is built for; a file for a section of PEP 3333.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod kit;

mod batch;
mod completion;
mod deadline;
mod environ;
mod error_handling;
mod export;
mod file_handling;
mod input_and_errors;
mod interpreter;
mod iterable;
mod offered_file;
mod routing;
mod start_response;
mod target;
mod threads;
mod validator;
mod write;
