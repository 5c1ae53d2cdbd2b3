//! A message of the server as a `logging.LogRecord`.

use std::fmt::{self, Write};
use std::path::Path;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use pyo3::prelude::*;
use pyo3::types::PyDict;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata};

/// Below `logging.DEBUG`; Python has no name for it.
const TRACE: u8 = 5;

/// What was told, by whom, and when: the handlers come to know of it later, on another thread.
#[derive(Debug)]
pub(super) struct Record {
    logger: &'static str,
    level: Level,
    message: String,
    time: SystemTime,
    thread: Option<String>,
    source: Option<&'static Metadata<'static>>,
}

impl Record {
    pub(super) fn of_event(event: &Event<'_>) -> Self {
        let mut text = Text::default();
        event.record(&mut text);
        let metadata = event.metadata();
        Self {
            source: Some(metadata),
            ..Self::server(*metadata.level(), text.message + &text.fields)
        }
    }

    pub(super) fn server(level: Level, message: String) -> Self {
        Self::new("wsgi_rs.server", level, message)
    }

    pub(super) fn access(line: String) -> Self {
        Self::new("wsgi_rs.access", Level::INFO, line)
    }

    pub(super) fn slow(line: String) -> Self {
        Self::new("wsgi_rs.slow", Level::WARN, line)
    }

    fn new(logger: &'static str, level: Level, message: String) -> Self {
        Self {
            logger,
            level,
            message,
            time: SystemTime::now(),
            thread: thread::current().name().map(str::to_owned),
            source: None,
        }
    }

    /// Gives it to the handlers of its logger, if the logger lets it through.
    pub(super) fn handle(&self, py: Python<'_>) -> PyResult<()> {
        let logging = py.import("logging")?;
        let logger = logging.call_method1("getLogger", (self.logger,))?;
        let level = python_level(self.level);
        if !logger.call_method1("isEnabledFor", (level,))?.is_truthy()? {
            return Ok(());
        }
        let attributes = self.attributes(py, level)?;
        if level != TRACE {
            let name = logging.call_method1("getLevelName", (level,))?;
            attributes.set_item("levelname", name)?;
        }
        let record = logging.call_method1("makeLogRecord", (attributes,))?;
        logger.call_method1("handle", (record,)).map(drop)
    }

    fn attributes<'py>(&self, py: Python<'py>, level: u8) -> PyResult<Bound<'py, PyDict>> {
        let attributes = PyDict::new(py);
        attributes.set_item("name", self.logger)?;
        attributes.set_item("msg", &self.message)?;
        attributes.set_item("levelno", level)?;
        attributes.set_item("levelname", "TRACE")?;
        let time = self.time.duration_since(UNIX_EPOCH).unwrap_or_default();
        attributes.set_item("created", time.as_secs_f64())?;
        attributes.set_item("msecs", f64::from(time.subsec_millis()))?;
        attributes.set_item("threadName", self.thread.as_deref())?;
        attributes.set_item("thread", py.None())?; // the handlers' one would be wrong
        if let Some(file) = self.source.and_then(Metadata::file) {
            let path = Path::new(file);
            let [name, module] = [path.file_name(), path.file_stem()];
            attributes.set_item("pathname", file)?;
            attributes.set_item("filename", name.and_then(|name| name.to_str()))?;
            attributes.set_item("module", module.and_then(|module| module.to_str()))?;
            attributes.set_item("lineno", self.source.and_then(Metadata::line))?;
        }
        Ok(attributes)
    }
}

fn python_level(level: Level) -> u8 {
    match level {
        Level::ERROR => 40,
        Level::WARN => 30,
        Level::INFO => 20,
        Level::DEBUG => 10,
        Level::TRACE => TRACE,
    }
}

/// The message, and ` key=value` for all else.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.message.push_str(value),
            _ => self.record_debug(field, &value),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a `String` cannot fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

    use super::*;

    #[derive(Default)]
    struct Collected(Mutex<Vec<(Level, String)>>);

    impl<S: tracing::Subscriber> Layer<S> for &'static Collected {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            let record = Record::of_event(event);
            assert_eq!(record.logger, "wsgi_rs.server");
            assert!(record.source.unwrap().file().is_some());
            self.0.lock().unwrap().push((record.level, record.message));
        }
    }

    /// What is foreign in a field cannot begin another line.
    #[test]
    fn an_event_becomes_its_message_and_its_fields() {
        let collected: &Collected = Box::leak(Box::default());
        let subscriber = tracing_subscriber::registry().with(collected);
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(
                peer = "192.0.2.1\n",
                status = 400,
                "request refused: {}",
                "why"
            );
            tracing::trace!(error = %std::io::ErrorKind::NotFound, "no %s");
        });
        let expected = [
            (
                Level::WARN,
                r#"request refused: why peer="192.0.2.1\n" status=400"#.to_owned(),
            ),
            (Level::TRACE, "no %s error=entity not found".to_owned()),
        ];
        assert_eq!(*collected.0.lock().unwrap(), expected);
    }
}
