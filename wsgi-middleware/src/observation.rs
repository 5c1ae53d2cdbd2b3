//! Layers that tell what happens: logs, metrics, traces.

#[cfg(feature = "access-log")]
pub(crate) mod access_log;
#[cfg(feature = "metrics")]
pub(crate) mod metrics;
#[cfg(any(feature = "access-log", feature = "metrics", feature = "trace"))]
#[allow(dead_code, reason = "which layers use it is a matter of the features")]
pub(crate) mod observed;
#[cfg(feature = "server-timing")]
pub(crate) mod server_timing;
#[cfg(feature = "slow-log")]
pub(crate) mod slow_log;
#[cfg(feature = "trace")]
pub(crate) mod trace;

#[cfg(feature = "access-log")]
pub use access_log::{
    AccessLog, AccessLogFormat, AccessLogFormatError, AccessLogLayer, AccessLogger, AccessRecord,
    CustomFormat,
};
#[cfg(feature = "metrics")]
pub use metrics::{Metrics, MetricsError, MetricsExporter, MetricsLayer, StatusLabel};
#[cfg(feature = "server-timing")]
pub use server_timing::{ServerTiming, ServerTimingLayer};
#[cfg(feature = "slow-log")]
pub use slow_log::{SlowLog, SlowLogLayer};
#[cfg(feature = "trace")]
pub use trace::{
    QueryField, SampleRatioError, Trace, TraceContext, TraceContextError, TraceLayer, TraceResponse,
};
