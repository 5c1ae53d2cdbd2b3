//! Layers for what goes wrong, or would: failures, overload, deadlines; and what is said then.

#[cfg(any(feature = "error-pages", feature = "exception-page"))]
pub(crate) mod accept;
#[cfg(feature = "concurrency-limit")]
pub(crate) mod concurrency_limit;
#[cfg(feature = "deadline")]
pub(crate) mod deadline;
#[cfg(feature = "error-pages")]
pub(crate) mod error_pages;
#[cfg(feature = "exception-page")]
pub(crate) mod exception_page;
#[cfg(any(feature = "exception-page", feature = "recover"))]
pub(crate) mod failure;
#[cfg(feature = "load-shed")]
pub(crate) mod load_shed;
#[cfg(feature = "map-response")]
pub(crate) mod map_response;
#[cfg(feature = "recover")]
pub(crate) mod recover;
#[cfg(feature = "response-header")]
pub(crate) mod response_header;

#[cfg(feature = "concurrency-limit")]
pub use concurrency_limit::{ConcurrencyLimit, ConcurrencyLimitLayer};
#[cfg(feature = "deadline")]
pub use deadline::{Deadline, DeadlineLayer};
#[cfg(feature = "error-pages")]
pub use error_pages::{ErrorPages, ErrorPagesError, ErrorPagesLayer, ErrorStatuses};
#[cfg(feature = "exception-page")]
pub use exception_page::{ExceptionPage, ExceptionPageLayer};
#[cfg(feature = "load-shed")]
pub use load_shed::{LoadShed, LoadShedLayer};
#[cfg(feature = "map-response")]
pub use map_response::{MapResponse, MapResponseLayer, MappedRequest};
#[cfg(feature = "recover")]
pub use recover::{Recover, RecoverLayer};
#[cfg(feature = "response-header")]
pub use response_header::{ResponseHeader, ResponseHeaderLayer};
