//! Numbers.

use std::collections::{BTreeMap, HashMap};

use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;

/// A function for each argument that is a number, or made of such, by the argument's name: for `from_py_with`, so that
/// what is refused is refused by that name.
macro_rules! arguments {
    ($($name:ident)*) => {
        $(pub(in crate::extension::middleware) fn $name<'a, 'py, N>(object: &'a Bound<'py, PyAny>) -> PyResult<N>
        where
            N: Wanted + FromPyObject<'a, 'py>,
        {
            number(stringify!($name), object)
        })*
    };
}

arguments! {
    body_limit codings_limit duration_buckets hops hsts interval length_limit levels limit max_age memory_limit
    minimum_size pass_limit ports queue range_limit ratio_limit redirect replay_limit request_limit request_memory
    response_limit retry_after sample_ratio seconds series_limit size_buckets size_limit statuses target threshold wait
}

/// Says what to give.
pub(in crate::extension::middleware) trait Wanted {
    fn wanted() -> String;
}

macro_rules! whole_numbers {
    ($($kind:ty)*) => {
        $(impl Wanted for $kind {
            fn wanted() -> String {
                format!("a whole number from 0 to {}", Self::MAX)
            }
        })*
    };
}

whole_numbers! { u16 u32 u64 usize }

impl Wanted for f64 {
    fn wanted() -> String {
        "a number such as 0.5".to_owned()
    }
}

impl<N: Wanted> Wanted for Option<N> {
    fn wanted() -> String {
        format!("{}, or None", N::wanted())
    }
}

impl<N: Wanted> Wanted for Vec<N> {
    fn wanted() -> String {
        format!("a list, each {}", N::wanted())
    }
}

impl<N: Wanted> Wanted for HashMap<N, N> {
    fn wanted() -> String {
        format!("a mapping, each {}", N::wanted())
    }
}

impl<N: Wanted> Wanted for BTreeMap<String, N> {
    fn wanted() -> String {
        format!("a mapping of names, each to {}", N::wanted())
    }
}

fn number<'a, 'py, N>(name: &str, object: &'a Bound<'py, PyAny>) -> PyResult<N>
where
    N: Wanted + FromPyObject<'a, 'py>,
{
    let found = object.extract::<N>();
    found.map_err(|error| refused(name, object, &N::wanted(), error.into()))
}

#[cold]
fn refused(name: &str, object: &Bound<'_, PyAny>, wanted: &str, error: PyErr) -> PyErr {
    let shown = shown(object);
    let is_a = |kind| error.matches(object.py(), kind).unwrap_or(false);
    if is_a(object.py().get_type::<PyOverflowError>()) {
        return PyValueError::new_err(format!("{name}: {shown} is out of range; give {wanted}"));
    }
    match is_a(object.py().get_type::<PyTypeError>()) {
        true => PyTypeError::new_err(format!("{name} must be {wanted}, not {shown}")),
        false => error,
    }
}

/// As Python writes it, if that is not too long to be read.
fn shown(object: &Bound<'_, PyAny>) -> String {
    let written = object.repr().map(|text| text.to_string());
    match written {
        Ok(text) if text.len() <= 80 => text,
        _ => "what was given".to_owned(),
    }
}
