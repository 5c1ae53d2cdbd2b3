//! The fields of responses.

use wsgi_core::{ApplicationError, Environ, HeaderError, Headers};

use super::Settings;
use super::origins::Others;
use crate::common::vary::vary_on;

const ALLOW_ORIGIN: &str = "Access-Control-Allow-Origin";
const REQUEST_METHOD: &str = "Access-Control-Request-Method";
const REQUEST_HEADERS: &str = "Access-Control-Request-Headers";
const REQUEST_PRIVATE_NETWORK: &str = "Access-Control-Request-Private-Network";

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
        headers.try_append(ALLOW_ORIGIN, origin)?;
        if self.credentials {
            headers.try_append("Access-Control-Allow-Credentials", "true")?;
        }
        Ok(())
    }

    /// Fetch "CORS protocol and HTTP caches": a response that would be another one for another origin says so,
    /// also where there was no origin.
    fn write_vary(&self, headers: &mut Headers, is_options: bool) -> Result<(), HeaderError> {
        let names: &[&str] = match (is_options, self.private_network) {
            (false, _) => &["Origin"],
            (true, false) => &["Origin", REQUEST_METHOD, REQUEST_HEADERS],
            (true, true) => &[
                "Origin",
                REQUEST_METHOD,
                REQUEST_HEADERS,
                REQUEST_PRIVATE_NETWORK,
            ],
        };
        match self.origins.others {
            Others::Any if !is_options => Ok(()),
            _ => vary_on(headers, names),
        }
    }
}
