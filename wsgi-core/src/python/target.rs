//! Where an application is: `module:attribute`, `module:factory()`, `path/to/file.py`.

mod load;

use std::path::PathBuf;
use std::str::FromStr;

use pyo3::prelude::*;
use thiserror::Error;

use super::{PyApplication, PyException};

/// What names a Python application, as on a command line.
///
/// | text | application |
/// |---|---|
/// | `blog.wsgi:application` | the attribute of the module |
/// | `blog:site.app` | an attribute of an attribute |
/// | `blog:create_app()` | what the factory returns |
/// | `blog:create_app("test", debug=True)` | the same, with literal arguments |
/// | `blog.wsgi` | the module's `application`, else its `app` |
/// | `sites/blog.py`, `sites/blog.py:app` | the same for a file |
///
/// # Examples
/// ```
/// use wsgi_core::python::Target;
///
/// let target: Target = "blog.wsgi:application".parse()?;
/// assert_eq!(target.to_string(), "blog.wsgi:application");
/// assert!("blog:create_app(".parse::<Target>().is_err());
/// # Ok::<(), wsgi_core::python::TargetError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    place: Place,
    object: Object,
}

/// The module or the file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Module(String),
    File(PathBuf),
}

/// What of it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Object {
    /// `application`, else `app`.
    Default,
    /// A chain of names, and the arguments of a call, without their parentheses.
    Named {
        chain: Vec<String>,
        arguments: Option<String>,
    },
}

impl Target {
    /// Takes the text apart; nothing is imported yet.
    ///
    /// # Errors
    /// [`LoadError::Target`] says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, LoadError> {
        Ok(text.parse::<Self>()?)
    }

    /// Imports the module and finds the application.
    ///
    /// For a file its folder, for a module the current directory is put first on `sys.path`, as `python` does for
    /// scripts and for `-m`. Python must run ([`initialize`](super::interpreter::initialize)).
    ///
    /// # Errors
    /// [`LoadError`] says what was looked for and where, and what has a similar name.
    pub fn load(&self) -> Result<PyApplication, LoadError> {
        load::load(self)
    }

    /// As [`load`](Self::load), but gives the object itself, whatever it is.
    ///
    /// # Errors
    /// As [`load`](Self::load), but for [`LoadError::NotCallable`] and [`LoadError::NotWsgi`].
    pub fn find<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>, LoadError> {
        load::find(py, self)
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let (place, object) = match text.split_once(':') {
            Some((place, object)) => (place, Some(object)),
            None => (text, None),
        };
        Ok(Self {
            place: place.parse()?,
            object: match object {
                Some(object) => object.parse()?,
                None => Object::Default,
            },
        })
    }
}

impl FromStr for Place {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        if text.is_empty() {
            return Err(TargetError::NoModule);
        }
        if text.contains(['/', '\\']) || text.ends_with(".py") {
            return Ok(Self::File(PathBuf::from(text)));
        }
        match text.split('.').find(|name| !is_identifier(name)) {
            None => Ok(Self::Module(text.to_owned())),
            Some(name) => Err(TargetError::Name {
                name: name.to_owned(),
            }),
        }
    }
}

impl FromStr for Object {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let (chain, arguments) = match text.split_once('(') {
            None => (text, None),
            Some((chain, rest)) => {
                let arguments = rest
                    .trim_end()
                    .strip_suffix(')')
                    .ok_or_else(|| TargetError::Parentheses(text.to_owned()))?;
                (chain.trim_end(), Some(arguments.to_owned()))
            }
        };
        let chain: Vec<String> = chain.split('.').map(str::to_owned).collect();
        match chain.iter().find(|name| !is_identifier(name)) {
            None => Ok(Self::Named { chain, arguments }),
            Some(name) => Err(TargetError::Name { name: name.clone() }),
        }
    }
}

/// Near enough to Python's rule to catch slips; the import decides.
fn is_identifier(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && name.chars().next().is_some_and(|c| !c.is_numeric())
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.place {
            Place::Module(name) => f.write_str(name)?,
            Place::File(path) => path.display().fmt(f)?,
        }
        if let Object::Named { chain, arguments } = &self.object {
            write!(f, ":{}", chain.join("."))?;
            if let Some(arguments) = arguments {
                write!(f, "({arguments})")?;
            }
        }
        Ok(())
    }
}

/// What is wrong with the text of a [`Target`].
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TargetError {
    /// Nothing stands before the colon.
    #[error("the module is missing; write module:attribute, such as blog.wsgi:application")]
    NoModule,
    /// A name that Python does not allow.
    #[error("{name:?} is no Python name; write module:attribute, such as blog.wsgi:application")]
    Name {
        /// The name.
        name: String,
    },
    /// A factory call that does not end.
    #[error("{0:?} does not end in \")\"; write module:factory(), and quote it for the shell")]
    Parentheses(String),
}

/// Why an application could not be loaded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The text is no target.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// There is no such file.
    #[error("there is no file {}{}", .path.display(), nearest_of(.nearest))]
    NoFile {
        /// The file, as an absolute path where that can be told.
        path: PathBuf,
        /// Python files of that folder with similar names.
        nearest: Vec<String>,
    },
    /// There is no such module.
    #[error("there is no module {module:?}{}\nlooked in:{}", nearest_of(.nearest), lines_of(.searched))]
    NoModule {
        /// The module, or the package above it that is missing.
        module: String,
        /// The folders of `sys.path`, or of the package.
        searched: Vec<String>,
        /// Modules there with similar names.
        nearest: Vec<String>,
    },
    /// The module is there and failed while it was imported.
    #[error("importing {module:?} failed")]
    Import {
        /// The module or file.
        module: String,
        /// What it raised.
        source: PyException,
    },
    /// The module has no such attribute.
    #[error("{owner} has no attribute {attribute:?}{}", nearest_of(.nearest))]
    NoAttribute {
        /// The module, or the object, that was asked.
        owner: String,
        /// What was looked for.
        attribute: String,
        /// Attributes with similar names.
        nearest: Vec<String>,
    },
    /// Without a name in the target: the module has neither `application` nor `app`.
    #[error("{owner} has neither \"application\" nor \"app\"{} (name the attribute: module:attribute)", nearest_of(.nearest))]
    NoApplication {
        /// The module.
        owner: String,
        /// Attributes with similar names.
        nearest: Vec<String>,
    },
    /// Looking an attribute up, or calling the factory, raised.
    #[error("{what} failed")]
    Raised {
        /// What was being done.
        what: String,
        /// The exception.
        source: PyException,
    },
    /// The arguments of a factory are more than literals.
    #[error(
        "the arguments of {call:?} must be literals: strings, numbers, True, False, None, and lists of them"
    )]
    Arguments {
        /// The call.
        call: String,
    },
    /// The object cannot be called.
    #[error(
        "{target} is {kind}, which is not callable; a WSGI application is called with (environ, start_response)"
    )]
    NotCallable {
        /// What was loaded.
        target: String,
        /// The type of the object.
        kind: String,
    },
    /// The object is callable, but not with two arguments.
    #[error(
        "{target} cannot be called with (environ, start_response): its parameters are {signature}; {hint}"
    )]
    NotWsgi {
        /// What was loaded.
        target: String,
        /// Its parameters.
        signature: String,
        /// What to write instead.
        hint: String,
    },
}

fn nearest_of(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [name] => format!("; did you mean {name:?}?"),
        [names @ .., last] => {
            let names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
            format!("; did you mean {} or {last:?}?", names.join(", "))
        }
    }
}

fn lines_of(folders: &[String]) -> String {
    folders
        .iter()
        .map(|folder| format!("\n  {folder}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_written_as_they_are_read() {
        for text in [
            "a",
            "a.b",
            "a.b:c",
            "a:b.c",
            "a:f()",
            "a:f(\"x:y\", n=1)",
            "a.py",
            "./a/b.py:app",
        ] {
            let target: Target = text.parse().unwrap();
            assert_eq!(target.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for text in ["", ":app", "a..b", "a:", "a:f(", "a:b c", "a-b", "a:1"] {
            assert!(text.parse::<Target>().is_err(), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_a_target_reads_back_as_it_is_written(text in "[a-c.:()/\"', =1y-]{0,12}|.*") {
            if let Ok(target) = text.parse::<Target>() {
                let written = target.to_string();
                let again: Target = written.parse().unwrap();
                proptest::prop_assert_eq!(again.to_string(), written);
            }
        }
    }
}
