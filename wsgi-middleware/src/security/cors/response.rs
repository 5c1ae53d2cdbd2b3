//! The fields of responses.

use std::sync::LazyLock;

use wsgi_core::{ApplicationError, Environ, HeaderError, Headers};

use super::Settings;
use super::origins::Others;
use crate::common::vary::vary_on;

const ALLOW_ORIGIN: &str = "Access-Control-Allow-Origin";
const REQUEST_METHOD: &str = "Access-Control-Request-Method";
const REQUEST_HEADERS: &str = "Access-Control-Request-Headers";
const REQUEST_PRIVATE_NETWORK: &str = "Access-Control-Request-Private-Network";

// What most responses get, made once.
static FOR_EVERYBODY: LazyLock<Headers> = LazyLock::new(|| field(ALLOW_ORIGIN, "*"));
static VARY_ORIGIN: LazyLock<Headers> = LazyLock::new(|| field("Vary", "Origin"));

fn field(name: &str, value: &str) -> Headers {
    Headers::try_from_pairs([(name, value)]).expect("the fields above are well-formed")
}

/// Fetch "HTTP requests": of an `OPTIONS` request, whether a browser asks for leave.
pub(super) fn is_preflight(environ: &Environ) -> bool {
    let headers = environ.headers();
    headers.contains("Origin") && headers.contains(REQUEST_METHOD)
}

impl Settings {
    /// The fields of the answer to a preflight.
    ///
    /// Where only method or headers may not, the lists still say what may, so that browsers can tell why they refuse.
    pub(super) fn preflight(
        &self,
        environ: &Environ,
        allowed: Option<&str>,
    ) -> Result<Headers, ApplicationError> {
        let asked = environ.headers();
        let mut headers = Headers::with_capacity(8);
        self.write_vary(&mut headers, true)?;
        let Some(origin) = allowed else {
            return Ok(headers);
        };
        self.write_origin(&mut headers, origin)?;
        let (method, names) = (asked.get(REQUEST_METHOD), asked.get(REQUEST_HEADERS));
        self.methods
            .write(&mut headers, "Access-Control-Allow-Methods", method)?;
        self.headers
            .write(&mut headers, "Access-Control-Allow-Headers", names)?;
        if let Some(seconds) = &self.max_age {
            headers.try_append("Access-Control-Max-Age", seconds)?;
        }
        if self.private_network && asked.get(REQUEST_PRIVATE_NETWORK) == Some(b"true") {
            headers.try_append("Access-Control-Allow-Private-Network", "true")?;
        }
        Ok(headers)
    }

    /// Adds the fields to a response of the application. `allowed` is what the origin is told, if it may.
    pub(super) fn give_leave(
        &self,
        headers: &mut Headers,
        allowed: Option<&str>,
        is_options: bool,
    ) -> Result<(), HeaderError> {
        self.write_vary(headers, is_options)?;
        let Some(origin) = allowed.filter(|_| !headers.contains(ALLOW_ORIGIN)) else {
            return Ok(());
        };
        self.write_origin(headers, origin)?;
        self.exposed
            .write(headers, "Access-Control-Expose-Headers", None)
    }

    fn write_origin(&self, headers: &mut Headers, origin: &str) -> Result<(), HeaderError> {
        match origin {
            "*" => headers.append_missing(&FOR_EVERYBODY),
            origin => headers.try_append(ALLOW_ORIGIN, origin)?,
        }
        if self.credentials {
            headers.try_append("Access-Control-Allow-Credentials", "true")?;
        }
        Ok(())
    }

    /// Fetch "CORS protocol and HTTP caches": a response that would be another one for another origin says so,
    /// also where there was no origin.
    fn write_vary(&self, headers: &mut Headers, is_options: bool) -> Result<(), HeaderError> {
        const ASKED: &[&str] = &[
            "Origin",
            REQUEST_METHOD,
            REQUEST_HEADERS,
            REQUEST_PRIVATE_NETWORK,
        ];
        match (is_options, self.private_network) {
            (true, true) => vary_on(headers, ASKED),
            (true, false) => vary_on(headers, &ASKED[..3]),
            (false, _) if matches!(self.origins.others, Others::Any) => Ok(()),
            (false, _) if headers.contains("Vary") => vary_on(headers, &["Origin"]),
            (false, _) => {
                headers.append_missing(&VARY_ORIGIN);
                Ok(())
            }
        }
    }
}
