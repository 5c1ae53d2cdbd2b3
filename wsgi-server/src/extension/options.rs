//! The options of `wsgi_rs.Server` and `wsgi_rs.serve`: one table for both, and for their documentation.
//!
//! They are those of the command, and go the same way: each row puts its value into what the command line would have
//! been parsed to. A new option is a row here and a field in the type stub, which a test compares with the table.

mod keywords;

use std::fmt::Display;
use std::io;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyString};
use wsgi_core::{Application, Layer};

use super::logging;
use crate::ServerBuilder;
use crate::command::{
    EngineOptions, ForwardedOptions, LimitOptions, LogFormat, LogLevel, LogSettings, python,
};
use keywords::KEYWORDS;

/// What was given; everything else is as the command has it by default.
#[derive(Debug, Default)]
pub(super) struct Settings {
    engine: EngineOptions,
    forwarded: ForwardedOptions,
    limits: LimitOptions,
    ledger: bool,
    pub(super) log: LogKeywords,
}

/// Where the server's own messages go.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogKeywords {
    level: LogLevel,
    format: LogFormat,
    to_python: bool,
}

/// One keyword argument. `None` stands for its default.
#[derive(Debug)]
struct Keyword {
    name: &'static str,
    value: Value,
    /// What it does, in which unit, and the default.
    doc: &'static str,
}

/// What a keyword takes, and where to put it.
#[derive(Debug)]
enum Value {
    Flag(fn(&mut Settings, bool)),
    /// An `int`; a number of bytes is one, too.
    Count(RangeInclusive<u64>, fn(&mut Settings, u64)),
    /// An `int` or a `float`.
    Seconds(fn(&mut Settings, Duration)),
    /// A `str` with commas, or its parts; what is wrong with it is told.
    List(fn(&mut Settings, &str) -> Result<(), String>),
    /// One of these words, as the command line has them.
    Word(&'static [&'static str], fn(&mut Settings, &str)),
}

const LEVELS: &[&str] = &["off", "error", "warn", "info", "debug", "trace"];
const FORMATS: &[&str] = &["auto", "text", "json", "none"];

impl Settings {
    /// Takes the keyword arguments of `callee`, such as `Server()`.
    ///
    /// # Errors
    /// `TypeError` for an unknown keyword, with the one that may have been meant, and for a value of another type;
    /// `ValueError` for a value out of range.
    pub(super) fn parse(callee: &str, given: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut settings = Self::default();
        for (name, value) in given.into_iter().flatten() {
            let name = name.cast::<PyString>()?.to_string_lossy().into_owned();
            let keyword = KEYWORDS.iter().find(|keyword| keyword.name == name);
            let keyword = keyword.ok_or_else(|| unknown(callee, &name))?;
            if !value.is_none() {
                keyword.put(&mut settings, &value)?;
            }
        }
        Ok(settings)
    }

    /// The application behind the proxies that were named.
    pub(super) fn wrap<A: Application>(&self, app: A) -> impl Application + use<A> {
        self.forwarded.layer().layer(app)
    }

    /// The server as it was asked for, with CPython as its interpreter.
    pub(super) fn apply(&self, builder: ServerBuilder) -> ServerBuilder {
        let builder = self.limits.apply(self.engine.apply(builder));
        builder
            .ledger(self.ledger)
            .interpreter(python(self.engine.switch_interval))
    }
}

impl Default for LogKeywords {
    fn default() -> Self {
        Self {
            level: LogLevel::Warn,
            format: LogFormat::Auto,
            to_python: false,
        }
    }
}

impl LogKeywords {
    /// From now on messages go there.
    ///
    /// # Errors
    /// The thread for Python's handlers does not start.
    pub(super) fn install(&self) -> io::Result<()> {
        if self.to_python {
            logging::start()?;
        }
        LogSettings {
            level: self.level.into(),
            format: self.format,
            file: None,
            listener: self.to_python.then_some(logging::tell),
        }
        .install();
        Ok(())
    }

    /// Waits for Python's handlers, for a few seconds at most.
    pub(super) fn settle(&self, py: Python<'_>) {
        if self.to_python {
            py.detach(logging::settle);
        }
    }
}

impl Keyword {
    fn put(&self, settings: &mut Settings, given: &Bound<'_, PyAny>) -> PyResult<()> {
        match &self.value {
            Value::Flag(put) => {
                let flag = given.cast::<PyBool>().map_err(|_| self.wrong_type(given))?;
                put(settings, flag.is_true());
            }
            Value::Count(range, put) => {
                // `True` is an int as well, and never meant as one.
                if given.is_instance_of::<PyBool>() || !given.is_instance_of::<PyInt>() {
                    return Err(self.wrong_type(given));
                }
                let count = given.extract().ok().filter(|count| range.contains(count));
                put(settings, count.ok_or_else(|| self.wrong_value(given))?);
            }
            Value::Seconds(put) => {
                let is_number = !given.is_instance_of::<PyBool>();
                let seconds = given.extract::<f64>().ok().filter(|_| is_number);
                let seconds = seconds.ok_or_else(|| self.wrong_type(given))?;
                let time = Duration::try_from_secs_f64(seconds);
                put(settings, time.map_err(|_| self.wrong_value(given))?);
            }
            Value::List(put) => {
                let list = list(given).map_err(|_| self.wrong_type(given))?;
                put(settings, &list)
                    .map_err(|error| PyValueError::new_err(format!("{}: {error}", self.name)))?;
            }
            Value::Word(words, put) => {
                let word = given
                    .cast::<PyString>()
                    .map_err(|_| self.wrong_type(given))?;
                let word = word.to_string_lossy();
                let known = words.contains(&&*word).then_some(word);
                put(settings, &known.ok_or_else(|| self.wrong_value(given))?);
            }
        }
        Ok(())
    }

    fn wrong_type(&self, given: &Bound<'_, PyAny>) -> PyErr {
        PyTypeError::new_err(self.complaint(given))
    }

    fn wrong_value(&self, given: &Bound<'_, PyAny>) -> PyErr {
        PyValueError::new_err(self.complaint(given))
    }

    /// `threads must be an int from 1 to 65535, not 'four'`.
    fn complaint(&self, given: &Bound<'_, PyAny>) -> String {
        const MOST: usize = 60;
        let allowed = match &self.value {
            Value::Flag(_) => "True or False".to_owned(),
            Value::Count(range, _) if *range.end() == u64::MAX => {
                format!("an int of {} or more", range.start())
            }
            Value::Count(range, _) => format!("an int from {} to {}", range.start(), range.end()),
            Value::Seconds(_) => "a number of seconds (int or float) of 0 or more".to_owned(),
            Value::List(_) => "a str or an iterable of str".to_owned(),
            Value::Word(words, _) => format!("one of '{}'", words.join("', '")),
        };
        let shown = given.repr().map(|text| text.to_string_lossy().into_owned());
        let shown = shown.unwrap_or_else(|_| given.get_type().to_string());
        let mut short: String = shown.chars().take(MOST).collect();
        if short.len() < shown.len() {
            short.push('…');
        }
        format!("{} must be {allowed}, not {short}", self.name)
    }

    /// Its type, as the stub has it.
    fn annotation(&self) -> String {
        match self.value {
            Value::Flag(_) => "bool | None".to_owned(),
            Value::Count(..) => "int | None".to_owned(),
            Value::Seconds(_) => "float | None".to_owned(),
            Value::List(_) => "str | Iterable[str] | None".to_owned(),
            Value::Word(words, _) => format!("Literal[\"{}\"] | None", words.join("\", \"")),
        }
    }
}

/// The parts, with commas between them.
fn list(given: &Bound<'_, PyAny>) -> PyResult<String> {
    if let Ok(list) = given.cast::<PyString>() {
        return list.extract();
    }
    let parts: Vec<String> = given
        .try_iter()?
        .map(|part| part?.extract())
        .collect::<PyResult<_>>()?;
    Ok(parts.join(","))
}

fn put_parsed<T: FromStr<Err: Display>>(to: &mut Option<T>, list: &str) -> Result<(), String> {
    *to = Some(list.parse().map_err(|error: T::Err| error.to_string())?);
    Ok(())
}

/// The value that the command line has for a word.
fn word_of<T: ValueEnum>(word: &str) -> Option<T> {
    T::from_str(word, false).ok()
}

/// As Python's own complaint, with the keyword that may have been meant.
fn unknown(callee: &str, name: &str) -> PyErr {
    const ALIKE: f64 = 0.8;
    let score = |keyword: &&Keyword| strsim::jaro_winkler(name, keyword.name);
    let alike = KEYWORDS.iter().filter(|keyword| score(keyword) > ALIKE);
    let nearest = alike.max_by(|one, other| score(one).total_cmp(&score(other)));
    let hint = match nearest {
        Some(keyword) => format!("did you mean '{}'?", keyword.name),
        None => {
            let names: Vec<_> = KEYWORDS.iter().map(|keyword| keyword.name).collect();
            format!("there are {}", names.join(", "))
        }
    };
    PyTypeError::new_err(format!(
        "{callee} got an unexpected keyword argument '{name}'; {hint}"
    ))
}

/// The options with their types, for `help()`.
pub(super) fn documentation() -> String {
    let line = |keyword: &Keyword| {
        let text = wrap(keyword.doc, "    ");
        format!("{}: {}\n{text}\n", keyword.name, keyword.annotation())
    };
    KEYWORDS.iter().map(line).collect()
}

/// Lines of at most 120 characters.
fn wrap(text: &str, indent: &str) -> String {
    let mut lines = vec![indent.to_owned()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("it is never empty");
        if line.len() == indent.len() {
            line.push_str(word);
        } else if line.len() + 1 + word.len() <= 120 {
            line.extend([" ", word]);
        } else {
            lines.push(format!("{indent}{word}"));
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const STUB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../python/wsgi_rs/_native.pyi");

    #[test]
    fn the_type_stub_has_each_option_with_its_type_and_words() {
        let stub = std::fs::read_to_string(STUB).unwrap();
        let (_, rest) = stub.split_once("class _Options(").expect("a class");
        let (_, found) = rest.split_once("\"\"\"\n\n").expect("its own words");
        let (found, _) = found.split_once("\n\n").expect("a line behind it");
        let field = |keyword: &Keyword| {
            let doc = format!("\"\"\"{}\"\"\"", keyword.doc);
            let (name, annotation) = (keyword.name, keyword.annotation());
            format!("    {name}: {annotation}\n{}\n", wrap(&doc, "    "))
        };
        let fields: String = KEYWORDS.iter().map(field).collect();
        assert!(
            found.trim_end() == fields.trim_end(),
            "the stub must have\n{fields}"
        );
    }

    #[test]
    fn words_are_those_of_the_command_line() {
        fn words<T: ValueEnum>() -> Vec<String> {
            let values = T::value_variants().iter();
            let value = |value: &T| Some(value.to_possible_value()?.get_name().to_owned());
            values.filter_map(value).collect()
        }
        assert_eq!(words::<LogLevel>(), LEVELS);
        assert_eq!(words::<LogFormat>(), FORMATS);
    }

    #[test]
    fn names_are_there_once() {
        let mut names: Vec<_> = KEYWORDS.iter().map(|keyword| keyword.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KEYWORDS.len());
    }
}
