//! `wsgi_rs.middleware.BearerAuth`.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyBool;
use wsgi_core::python::{Exported, application};
use wsgi_middleware::Grant;

use super::arguments::{asked, callable, texts};
use super::security::{exempting, table};
use super::{Wrapped, exported, value_error};

type Auth = wsgi_middleware::BearerAuth<Wrapped>;

/// Lets only those through who bring a token that is known; `REMOTE_USER` is the user whose it is.
///
/// `tokens` maps tokens to users, or to pairs of user and scopes. `check` is asked about all others: a function of the
/// token that returns a user, such a pair, or None. With neither nobody comes in. `scopes` are what a token has to be
/// good for. `exempt` are paths that need no token, "/health" alone or all below "/public/"; `exempt_if` is a function
/// of the environ. `anonymous` lets requests without a token pass, as nobody's. `remove_credentials` keeps the token
/// from the application.
#[pyclass(frozen, extends = Exported, module = "wsgi_rs.middleware")]
#[derive(Debug)]
pub(in crate::extension) struct BearerAuth;

#[pymethods]
impl BearerAuth {
    #[new]
    #[pyo3(signature = (
        app, tokens = None, *, check = None, scopes = None, realm = "Restricted", exempt = None, exempt_if = None,
        anonymous = false, remove_credentials = false
    ))]
    #[expect(
        clippy::too_many_arguments,
        reason = "Python's keyword arguments are Rust's builder"
    )]
    fn new(
        app: &Bound<'_, PyAny>,
        tokens: Option<&Bound<'_, PyAny>>,
        check: Option<&Bound<'_, PyAny>>,
        scopes: Option<&Bound<'_, PyAny>>,
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
        if let Some(tokens) = tokens {
            let what = "tokens to users, or to pairs of user and scopes";
            for (token, owner) in table("tokens", what, tokens)? {
                let grant = grant("tokens: a token's owner", &owner)?;
                auth = auth.token(token, grant).map_err(value_error)?;
            }
        }
        if let Some(check) = check {
            let check = callable("check", check)?;
            auth = auth.check(move |token| asked(|py| granted(&check.bind(py).call1((token,))?)));
        }
        for scope in scopes.map_or(Ok(Vec::new()), |scopes| texts("scopes", scopes))? {
            auth = auth.scope(scope).map_err(value_error)?;
        }
        let auth = exempting(auth, exempt, exempt_if, Auth::exempt, Auth::exempt_if)?;
        Ok(exported(auth, app).add_subclass(Self))
    }
}

fn granted(owner: &Bound<'_, PyAny>) -> PyResult<Option<Grant>> {
    let is_false = owner.cast::<PyBool>().is_ok_and(|says| !says.is_true());
    match owner.is_none() || is_false {
        true => Ok(None),
        false => grant("what check returns", owner).map(Some),
    }
}

/// A user, or a pair of user and scopes.
fn grant(what: &str, owner: &Bound<'_, PyAny>) -> PyResult<Grant> {
    if let Ok(user) = owner.extract::<String>() {
        return Ok(Grant::to(user));
    }
    let (user, scopes): (String, Bound<'_, PyAny>) = owner.extract().map_err(|_| {
        PyTypeError::new_err(format!(
            "{what} must be a user's name, or a pair of that and scopes"
        ))
    })?;
    Ok(Grant::to(user).scopes(texts("scopes", &scopes)?))
}
