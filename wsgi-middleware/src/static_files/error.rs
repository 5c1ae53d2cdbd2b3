//! Why static files cannot be served as configured.

use std::io;
use std::path::PathBuf;

use thiserror::Error;
use wsgi_core::{ApplicationError, HeaderError};

/// Why [`StaticFiles`](crate::StaticFiles) cannot be set up; requests cause none of these.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StaticFilesError {
    /// A prefix is the begin of a path, and that begins with a slash.
    #[error("prefix {prefix:?} does not start with a slash; write \"/{prefix}\"")]
    NoLeadingSlash {
        /// The prefix as it was given.
        prefix: String,
    },
    /// No path below such a prefix is ever looked up.
    #[error("prefix {prefix:?} has an empty segment; write single slashes")]
    EmptySegment {
        /// The prefix as it was given.
        prefix: String,
    },
    /// The folder with the files is not there, or cannot be read.
    #[error(
        "cannot serve files of {path:?}; name a folder that exists and that this process may read"
    )]
    Root {
        /// The folder as it was given.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something below the folder cannot be read.
    #[error(
        "cannot read {path:?} below the folder of static files; mend its permissions or move it elsewhere"
    )]
    Scan {
        /// What could not be read.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The header fields of a file cannot be made; those of the hook, as it is.
    #[error("the header fields of static file {path:?} cannot be made")]
    File {
        /// The file's path in its folder.
        path: String,
        /// What the hook or the list of fields says.
        source: ApplicationError,
    },
    /// A content type, or a charset, that cannot be a field's value.
    #[error("{value:?} cannot stand in a Content-Type field")]
    ContentType {
        /// As it was given.
        value: String,
        /// What is wrong with it.
        source: HeaderError,
    },
    /// The pattern of immutable names.
    #[error("the pattern of immutable names is no regular expression")]
    Pattern(#[source] Box<regex::Error>),
    /// The internal location for `X-Accel-Redirect`.
    #[error(
        "location {location:?} of the server in front does not start with a slash; give its path, such as \"/protected/\""
    )]
    Location {
        /// As it was given.
        location: String,
    },
}
