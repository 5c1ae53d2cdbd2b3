//! The content codings in which a file may lie beside itself.

use crate::common::coding::Coding;

/// All, the one that usually makes the smallest files first.
pub(super) const BESIDE: [Coding; 3] = [Coding::Brotli, Coding::Zstandard, Coding::Gzip];

/// What is added to a file's name.
pub(super) const fn suffix(coding: Option<Coding>) -> &'static str {
    match coding {
        Some(Coding::Brotli) => ".br",
        Some(Coding::Zstandard) => ".zst",
        Some(Coding::Gzip) => ".gz",
        Some(Coding::Deflate) | None => "",
    }
}
