//! Finding what a target names.

use std::path::Path;

use pyo3::exceptions::{PyAttributeError, PyModuleNotFoundError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFunction, PyList, PyString, PyTuple};

use super::{LoadError, Object, Place, Target};
use crate::python::export::Exported;
use crate::python::text::type_name;
use crate::python::{PyApplication, PyException};

pub(super) fn load(target: &Target) -> Result<PyApplication, LoadError> {
    Python::attach(|py| checked(&find(py, target)?, target))
}

/// The object that the target names.
pub(super) fn find<'py>(py: Python<'py>, target: &Target) -> Result<Bound<'py, PyAny>, LoadError> {
    let module = match &target.place {
        Place::Module(name) => import_module(py, name)?,
        Place::File(path) => import_file(py, path)?,
    };
    let owner = match &target.place {
        Place::Module(name) => format!("module {name:?}"),
        Place::File(path) => format!("file {}", path.display()),
    };
    match &target.object {
        Object::Default => default_application(&module, &owner),
        Object::Named { chain, arguments } => {
            let object = follow(&module, owner, chain)?;
            match arguments {
                Some(arguments) => call_factory(&object, &chain.join("."), arguments),
                None => Ok(object),
            }
        }
    }
}

fn import_module<'py>(py: Python<'py>, name: &str) -> Result<Bound<'py, PyAny>, LoadError> {
    let here = std::env::current_dir().unwrap_or_default();
    search_first(py, &here).map_err(|error| import_failed(name, error))?;
    import(py, name).map_err(|error| match missing_part(py, name, &error) {
        Some(part) => no_module(py, part),
        None => import_failed(name, error),
    })
}

fn import<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    Ok(py.import(name)?.into_any()).and_then(|_| {
        // `import a.b` gives `a`; the table of modules has `a.b`.
        py.import("importlib")?
            .call_method1("import_module", (name,))
    })
}

fn import_failed(module: &str, error: PyErr) -> LoadError {
    LoadError::Import {
        module: module.to_owned(),
        source: PyException::new(error),
    }
}

/// The part of the dotted name that does not exist, if that is why the import failed; an import inside the
/// user's module that failed names another one.
fn missing_part<'n>(py: Python<'_>, name: &'n str, error: &PyErr) -> Option<&'n str> {
    if !error.is_instance_of::<PyModuleNotFoundError>(py) {
        return None;
    }
    let missing: String = error.value(py).getattr("name").ok()?.extract().ok()?;
    let is_part = name == missing || name.starts_with(&format!("{missing}."));
    is_part.then(|| &name[..missing.len()])
}

fn no_module(py: Python<'_>, module: &str) -> LoadError {
    let looked = || -> PyResult<(Vec<String>, Vec<String>)> {
        let path = match module.rsplit_once('.') {
            None => py.import("sys")?.getattr("path")?,
            // A module that is no package has no path: nothing can lie below it.
            Some((package, _)) => match import(py, package)?.getattr_opt("__path__")? {
                Some(path) => path,
                None => PyList::empty(py).into_any(),
            },
        };
        let searched = path
            .try_iter()?
            .map(|folder| Ok(folder?.str()?.to_string_lossy().into_owned()))
            .collect::<PyResult<_>>()?;
        let found = py.import("pkgutil")?.call_method1(
            "iter_modules",
            (path
                .cast_into::<PyList>()
                .unwrap_or_else(|_| PyList::empty(py)),),
        )?;
        let mut names = Vec::new();
        for module in found.try_iter()? {
            names.push(module?.getattr("name")?.extract()?);
        }
        Ok((searched, names))
    };
    let (searched, names) = looked().unwrap_or_default();
    let last = module.rsplit('.').next().unwrap_or(module);
    LoadError::NoModule {
        module: module.to_owned(),
        searched,
        nearest: nearest(last, names),
    }
}

fn import_file<'py>(py: Python<'py>, path: &Path) -> Result<Bound<'py, PyAny>, LoadError> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = absolute.parent().unwrap_or(Path::new("/"));
    if !absolute.is_file() {
        let wanted = absolute.file_name().unwrap_or_default().to_string_lossy();
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let files = files
            .map(|file| file.file_name().to_string_lossy().into_owned())
            .filter(|name| name.ends_with(".py"));
        return Err(LoadError::NoFile {
            nearest: nearest(&wanted, files.collect()),
            path: absolute.clone(),
        });
    }
    let name = absolute
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let run = || -> PyResult<Bound<'py, PyAny>> {
        search_first(py, folder)?;
        let util = py.import("importlib.util")?;
        let spec = util.call_method1("spec_from_file_location", (&name, absolute.as_os_str()))?;
        let module = util.call_method1("module_from_spec", (&spec,))?;
        // As the import system does it: pickling, dataclasses and the module itself look it up there.
        let modules = py.import("sys")?.getattr("modules")?;
        modules.set_item(&name, &module)?;
        match spec
            .getattr("loader")?
            .call_method1("exec_module", (&module,))
        {
            Ok(_) => Ok(module),
            Err(error) => {
                let _ = modules.del_item(&name);
                Err(error)
            }
        }
    };
    run().map_err(|error| import_failed(&path.display().to_string(), error))
}

/// Puts a folder first on `sys.path`, unless it is there.
fn search_first(py: Python<'_>, folder: &Path) -> PyResult<()> {
    let path = py.import("sys")?.getattr("path")?;
    let folder = folder.as_os_str().into_pyobject(py)?;
    if !path.contains(&folder)? {
        path.call_method1("insert", (0, folder))?;
        py.import("importlib")?.call_method0("invalidate_caches")?;
    }
    Ok(())
}

fn default_application<'py>(
    module: &Bound<'py, PyAny>,
    owner: &str,
) -> Result<Bound<'py, PyAny>, LoadError> {
    for name in ["application", "app"] {
        match attribute(module, name) {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => {}
            Err(error) => return Err(raised(format!("{owner}: looking up {name:?}"), error)),
        }
    }
    Err(LoadError::NoApplication {
        owner: owner.to_owned(),
        nearest: similar(module, "application"),
    })
}

fn follow<'py>(
    module: &Bound<'py, PyAny>,
    mut owner: String,
    chain: &[String],
) -> Result<Bound<'py, PyAny>, LoadError> {
    let mut object = module.clone();
    for name in chain {
        match attribute(&object, name) {
            Ok(Some(found)) => object = found,
            Ok(None) => {
                return Err(LoadError::NoAttribute {
                    owner,
                    attribute: name.clone(),
                    nearest: similar(&object, name),
                });
            }
            Err(error) => return Err(raised(format!("{owner}: looking up {name:?}"), error)),
        }
        owner = format!("{name:?} of {owner}");
    }
    Ok(object)
}

fn attribute<'py>(object: &Bound<'py, PyAny>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    match object.getattr(name) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is_instance_of::<PyAttributeError>(object.py()) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Calls the factory; its arguments are literals, for a target is no program.
fn call_factory<'py>(
    factory: &Bound<'py, PyAny>,
    name: &str,
    arguments: &str,
) -> Result<Bound<'py, PyAny>, LoadError> {
    let py = factory.py();
    let call = format!("{name}({arguments})");
    let (args, kwargs) =
        literals(py, arguments).map_err(|_| LoadError::Arguments { call: call.clone() })?;
    factory
        .call(args, Some(&kwargs))
        .map_err(|error| raised(format!("calling {call}"), error))
}

fn literals<'py>(
    py: Python<'py>,
    arguments: &str,
) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
    let ast = py.import("ast")?;
    let mode = PyDict::new(py);
    mode.set_item("mode", "eval")?;
    let call = ast
        .call_method("parse", (format!("f({arguments})"),), Some(&mode))?
        .getattr("body")?;
    let value = |node: Bound<'py, PyAny>| ast.call_method1("literal_eval", (node,));
    let args = call
        .getattr("args")?
        .try_iter()?
        .map(|node| value(node?))
        .collect::<PyResult<Vec<_>>>()?;
    let kwargs = PyDict::new(py);
    for keyword in call.getattr("keywords")?.try_iter()? {
        let keyword = keyword?;
        // `**mapping` has no name; its `None` is refused here.
        let name = keyword.getattr("arg")?.cast_into::<PyString>()?;
        kwargs.set_item(name, value(keyword.getattr("value")?)?)?;
    }
    Ok((PyTuple::new(py, args)?, kwargs))
}

fn raised(what: String, error: PyErr) -> LoadError {
    LoadError::Raised {
        what,
        source: PyException::new(error),
    }
}

fn checked(object: &Bound<'_, PyAny>, target: &Target) -> Result<PyApplication, LoadError> {
    if !object.is_callable() {
        return Err(LoadError::NotCallable {
            target: target.to_string(),
            kind: type_name(object),
        });
    }
    if !object.is_instance_of::<Exported>()
        && let Some(error) = wrong_signature(object, target).unwrap_or(None)
    {
        return Err(error);
    }
    PyApplication::new(object).map_err(|error| raised(format!("wrapping {target}"), error))
}

/// Whether the callable is a function, a method, or an object with such a `__call__`, and takes two arguments. To ask
/// `inspect` would import a dozen modules, which take memory for as long as the server runs.
fn plainly_takes_two(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    const VARARGS: u32 = 0x04; // `inspect.CO_VARARGS`
    let (function, bound) = if object.is_instance_of::<PyFunction>() {
        (object.clone(), 0)
    } else if let Ok(function) = object.getattr("__func__") {
        (function, 1)
    } else {
        (object.get_type().getattr("__call__")?, 1)
    };
    if !function.is_instance_of::<PyFunction>() {
        return Ok(false);
    }
    let count = |attribute| -> PyResult<usize> {
        let found = function.getattr(attribute)?;
        if found.is_none() { Ok(0) } else { found.len() }
    };
    let code = function.getattr("__code__")?;
    let places: usize = code.getattr("co_argcount")?.extract()?;
    let keywords: usize = code.getattr("co_kwonlyargcount")?.extract()?;
    let flags: u32 = code.getattr("co_flags")?.extract()?;
    let given = 2 + bound;
    Ok(keywords == count("__kwdefaults__")?
        && places <= given + count("__defaults__")?
        && (given <= places || flags & VARARGS != 0))
}

/// Whether the callable cannot take two arguments, as far as Python can tell.
fn wrong_signature(object: &Bound<'_, PyAny>, target: &Target) -> PyResult<Option<LoadError>> {
    let py = object.py();
    if plainly_takes_two(object).unwrap_or(false) {
        return Ok(None);
    }
    let signature = py.import("inspect")?.call_method1("signature", (object,))?;
    if signature
        .call_method1("bind", (py.None(), py.None()))
        .is_ok()
    {
        return Ok(None);
    }
    let takes = |count: usize| {
        let nones = PyTuple::new(py, (0..count).map(|_| py.None()));
        nones.is_ok_and(|nones| signature.call_method1("bind", nones).is_ok())
    };
    let hint = if takes(0) {
        match &target.object {
            Object::Named {
                arguments: None, ..
            } => format!("if it is a factory, write {:?}", format!("{target}()")),
            _ => "give the application itself".to_owned(),
        }
    } else if takes(3) {
        "if it is an ASGI application, it needs an ASGI server".to_owned()
    } else {
        "give the application itself".to_owned()
    };
    Ok(Some(LoadError::NotWsgi {
        target: target.to_string(),
        signature: signature.to_string(),
        hint,
    }))
}

/// Attributes with a similar name.
fn similar(object: &Bound<'_, PyAny>, name: &str) -> Vec<String> {
    let mut names = Vec::new();
    for found in object.dir().iter().flatten() {
        let Ok(found) = found.extract::<String>() else {
            continue;
        };
        if !found.starts_with("__") {
            names.push(found);
        }
    }
    nearest(name, names)
}

/// The names most like the wanted one, best first, three at most.
fn nearest(wanted: &str, names: Vec<String>) -> Vec<String> {
    let mut scored: Vec<(f64, String)> = names
        .into_iter()
        .map(|name| {
            (
                strsim::jaro_winkler(&wanted.to_lowercase(), &name.to_lowercase()),
                name,
            )
        })
        .filter(|(score, _)| *score > 0.8)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.dedup_by(|a, b| a.1 == b.1);
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}
