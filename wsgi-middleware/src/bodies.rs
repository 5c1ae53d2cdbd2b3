//! Layers over bodies: their size, their coding, their parts, and what need not be sent at all.

#[cfg(feature = "body-limit")]
pub(crate) mod body_limit;
#[cfg(feature = "buffer")]
pub(crate) mod buffer;
#[cfg(feature = "compress")]
pub(crate) mod compress;
#[cfg(feature = "conditional-get")]
pub(crate) mod conditional_get;
#[cfg(feature = "content-length")]
pub(crate) mod content_length;
#[cfg(feature = "content-type")]
pub(crate) mod content_type;
#[cfg(feature = "decompress")]
pub(crate) mod decompress;
#[cfg(feature = "etag")]
pub(crate) mod etag;
#[cfg(feature = "head")]
pub(crate) mod head;
#[cfg(feature = "range-slice")]
pub(crate) mod range_slice;
#[cfg(any(feature = "conditional-get", feature = "range-slice"))]
pub(crate) mod representation_fields;
#[cfg(any(feature = "body-limit", feature = "decompress"))]
mod unreadable;

#[cfg(feature = "body-limit")]
pub use body_limit::{BodyLimit, BodyLimitError, BodyLimitLayer};
#[cfg(feature = "buffer")]
pub use buffer::{Buffer, BufferLayer};
#[cfg(feature = "compress")]
pub use compress::{Compress, CompressError, CompressLayer, Flush};
#[cfg(feature = "conditional-get")]
pub use conditional_get::{ConditionalGet, ConditionalGetLayer};
#[cfg(feature = "content-length")]
pub use content_length::{ContentLength, ContentLengthLayer};
#[cfg(feature = "content-type")]
pub use content_type::{ContentType, ContentTypeError, ContentTypeLayer};
#[cfg(feature = "decompress")]
pub use decompress::{Decompress, DecompressError, DecompressLayer};
#[cfg(feature = "etag")]
pub use etag::{ETag, ETagLayer};
#[cfg(feature = "head")]
pub use head::{Head, HeadLayer};
#[cfg(feature = "range-slice")]
pub use range_slice::{RangeSlice, RangeSliceLayer};
