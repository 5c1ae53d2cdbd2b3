//! `wsgi_rs.middleware.BasicAuth`.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyBool;
use wsgi_core::python::{Exported, application};

use super::arguments::{asked, callable};
use super::security::{exempting, table};
use super::{Wrapped, exported, value_error};

type Auth = wsgi_middleware::BasicAuth<Wrapped>;

/// Lets only those through who tell a right name and password; `REMOTE_USER` is the name.
///
/// `users` maps names to passwords. `check` is asked about all others: a function of name and password that returns the
/// user, True for the user of that name, or None. With neither nobody comes in. `exempt` are paths that need no
/// credentials, "/health" alone or all below "/public/"; `exempt_if` is a function of the environ. `anonymous` lets
/// requests without credentials of the scheme pass, as nobody's. `remove_credentials` keeps them from the application.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct BasicAuth;

#[pymethods]
impl BasicAuth {
    #[new]
    #[pyo3(signature = (
        app, users = None, *, check = None, realm = "Restricted", exempt = None, exempt_if = None, anonymous = false,
        remove_credentials = false
    ))]
    #[expect(
        clippy::too_many_arguments,
        reason = "Python's keyword arguments are Rust's builder"
    )]
    fn new(
        app: &Bound<'_, PyAny>,
        users: Option<&Bound<'_, PyAny>>,
        check: Option<&Bound<'_, PyAny>>,
        realm: &str,
        exempt: Option<&Bound<'_, PyAny>>,
        exempt_if: Option<&Bound<'_, PyAny>>,
        anonymous: bool,
        remove_credentials: bool,
    ) -> PyResult<PyClassInitializer<Self>> {
        let mut auth = Auth::new(application(app)?)
            .realm(realm)
            .map_err(value_error)?
            .anonymous(anonymous)
            .remove_credentials(remove_credentials);
        if let Some(users) = users {
            auth = with_users(auth, users)?;
        }
        if let Some(check) = check {
            auth = checked_by(auth, check)?;
        }
        let auth = exempting(auth, exempt, exempt_if, Auth::exempt, Auth::exempt_if)?;
        Ok(exported(auth, app).add_subclass(Self))
    }
}

fn with_users(mut auth: Auth, users: &Bound<'_, PyAny>) -> PyResult<Auth> {
    const WHAT: &str = "names to passwords";
    for (name, password) in table("users", WHAT, users)? {
        let password: String = password.extract().map_err(|_| {
            PyTypeError::new_err(format!("users: the password of {name:?} must be a text"))
        })?;
        auth = auth.user(name, password).map_err(value_error)?;
    }
    Ok(auth)
}

fn checked_by(auth: Auth, check: &Bound<'_, PyAny>) -> PyResult<Auth> {
    let check = callable("check", check)?;
    Ok(auth.check(move |name, password| {
        asked(|py| {
            let user = check.bind(py).call1((name, password))?;
            if user.is_none() {
                return Ok(None);
            }
            if let Ok(is_right) = user.cast::<PyBool>() {
                return Ok(is_right.is_true().then(|| name.to_owned()));
            }
            user.extract().map(Some).map_err(|_| {
                PyTypeError::new_err("check must return the user's name, True, False or None")
            })
        })
    }))
}
