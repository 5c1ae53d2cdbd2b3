//! Where the server's own messages go.

use std::io::IsTerminal;
use std::sync::OnceLock;

use tracing::subscriber::Interest;
use tracing::{Event, Metadata};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, fmt, reload};

use super::log_file::LogFile;
use super::options::LogFormat;

/// What is written, how, and where.
#[derive(Debug)]
pub(crate) struct LogSettings {
    /// The least important messages that there are.
    pub(crate) level: LevelFilter,
    pub(crate) format: LogFormat,
    /// None: standard error.
    pub(crate) file: Option<LogFile>,
    /// Who else is told.
    pub(crate) listener: Option<fn(&Event<'_>)>,
}

impl LogSettings {
    /// From now on messages go there, unless the process has a subscriber of its own.
    pub(crate) fn install(self) {
        static INSTALLED: OnceLock<reload::Handle<ServerLog, Registry>> = OnceLock::new();
        let mut log = Some(self.into_log());
        let handle = INSTALLED.get_or_init(|| {
            let log = log.take().expect("this is called once");
            let (layer, handle) = reload::Layer::new(log);
            let _ = tracing_subscriber::registry().with(layer).try_init();
            handle
        });
        if let Some(log) = log {
            // It fails where there is another subscriber.
            let _ = handle.reload(log);
        }
    }

    fn into_log(self) -> ServerLog {
        ServerLog {
            level: self.level,
            listener: self.listener,
            written: match self.file {
                None => written(
                    self.format,
                    std::io::stderr().is_terminal(),
                    std::io::stderr,
                ),
                Some(file) => written(self.format, false, move || file.clone()),
            },
        }
    }
}

type Written = Box<dyn Layer<Registry> + Send + Sync>;

/// Messages in this form. Colours are for people who did not ask for none (<https://no-color.org>).
fn written<W>(format: LogFormat, is_terminal: bool, writer: W) -> Option<Written>
where
    W: for<'w> fmt::MakeWriter<'w> + Send + Sync + 'static,
{
    let wants_none = || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let layer = fmt::layer().with_writer(writer);
    match format {
        LogFormat::None => None,
        LogFormat::Json => {
            let json = layer.json().flatten_event(true);
            Some(json.with_current_span(false).with_span_list(false).boxed())
        }
        LogFormat::Text => Some(layer.with_ansi(false).boxed()),
        LogFormat::Auto => Some(layer.with_ansi(is_terminal && !wants_none()).boxed()),
    }
}

/// All messages, written and told. Spans, such as those of the middleware `Trace`, are none: to keep the fields of each
/// request for messages that seldom come would cost more than the request.
///
/// One layer, as those of `tracing_subscriber` that filter others cannot be exchanged while they run.
struct ServerLog {
    level: LevelFilter,
    written: Option<Written>,
    listener: Option<fn(&Event<'_>)>,
}

impl ServerLog {
    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        !metadata.is_span() && *metadata.level() <= self.level
    }
}

impl Layer<Registry> for ServerLog {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        match self.wants(metadata) {
            true => Interest::always(),
            false => Interest::never(),
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, Registry>) -> bool {
        self.wants(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, Registry>) {
        if let Some(listener) = self.listener {
            listener(event);
        }
        if let Some(written) = &self.written {
            written.on_event(event, context);
        }
    }
}

#[cfg(test)]
mod tests {
    use tracing::subscriber::with_default;
    use tracing::{Level, enabled, info_span};

    use super::*;

    #[test]
    fn messages_of_the_level_are_wanted_and_spans_are_not() {
        let settings = LogSettings {
            level: LevelFilter::INFO,
            format: LogFormat::None,
            file: None,
            listener: None,
        };
        let subscriber = tracing_subscriber::registry().with(settings.into_log());
        with_default(subscriber, || {
            assert!(info_span!("request").is_disabled());
            assert!(enabled!(Level::INFO));
            assert!(!enabled!(Level::DEBUG));
        });
    }
}
