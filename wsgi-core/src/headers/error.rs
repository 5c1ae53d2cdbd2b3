//! Why a header field is refused.

use thiserror::Error;

/// Why a header field was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderError {
    /// RFC 9110 §5.1 "Field Names": a name has at least one character.
    #[error("header {index}: the name is empty; give a field name such as \"Content-Type\"")]
    EmptyName {
        /// Position in the list, from 0.
        index: usize,
    },
    /// RFC 9110 §5.1 "Field Names": a field name is a token.
    #[error(
        "header {index}: byte {byte:#04x} of name {name:?} is no token character; use letters, digits, hyphens"
    )]
    Name {
        /// Position in the list, from 0.
        index: usize,
        /// The offending byte.
        byte: u8,
        /// The whole name.
        name: String,
    },
    /// PEP 3333 "The start_response() Callable": a value holds no control characters.
    #[error(
        "header {index}: the value of {name:?} holds control character {byte:#04x}; remove it, a value is one line of text"
    )]
    Value {
        /// Position in the list, from 0.
        index: usize,
        /// The offending byte.
        byte: u8,
        /// The field's name.
        name: String,
    },
    /// PEP 3333 "Other HTTP Features": hop-by-hop fields are the server's own.
    #[error(
        "header {index}: {name:?} is hop-by-hop; leave it out, the server manages the connection"
    )]
    HopByHop {
        /// Position in the list, from 0.
        index: usize,
        /// The field's name.
        name: String,
    },
    /// RFC 9110 §8.6 "Content-Length": one decimal number.
    #[error(
        "header {index}: Content-Length {value:?} is no decimal number; give the body's size in bytes, once"
    )]
    ContentLength {
        /// Position in the list, from 0.
        index: usize,
        /// What was given.
        value: String,
    },
    /// RFC 9110 §8.6 "Content-Length": not in a 1xx response, which has no content.
    #[error(
        "header {index}: {name:?} tells of the content of the final response; leave it out of early hints"
    )]
    NotInterim {
        /// Position in the list, from 0.
        index: usize,
        /// The field's name.
        name: String,
    },
}
