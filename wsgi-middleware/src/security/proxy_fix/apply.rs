//! From what was told to the variables of the environ.

use wsgi_core::{Environ, EnvironError, environ};

use super::node::Host;
use super::told::Told;

/// Where the original value of a changed variable is kept: this, followed by the variable's name in lower case (PEP
/// 3333 "environ Variables": so should be what is not of the CGI).
const ORIGINAL: &str = "wsgi_rs.proxy_fix.orig.";

/// Changes the variables, for this request only: the connection keeps its own.
pub(super) fn apply(told: Told, environ: &mut Environ) -> Result<(), EnvironError> {
    if let Some(client) = told.client {
        replace(environ, environ::REMOTE_ADDR, client.addr.to_string())?;
        // PEP 3333 "environ Variables": an empty CGI variable stands for a missing one. The proxy's own port
        // would be wrong beside the client's address.
        let port = client.port.map_or(String::new(), |port| port.to_string());
        replace(environ, environ::REMOTE_PORT, port)?;
    }
    if let Some(scheme) = told.scheme {
        // Before the scheme, by which `HTTPS` goes where nobody has set it: else its original would be what was told.
        match scheme {
            "https" => replace(environ, environ::HTTPS, "on")?,
            _ if environ.var(environ::HTTPS).is_some() => replace(environ, environ::HTTPS, "off")?,
            _ => {}
        }
        replace(environ, environ::WSGI_URL_SCHEME, scheme)?;
    }
    apply_host(&told, environ)?;
    if let Some(prefix) = told.prefix.filter(|prefix| !prefix.is_empty()) {
        let script_name = [&prefix, environ.script_name()].concat();
        replace(environ, environ::SCRIPT_NAME, script_name)?;
    }
    Ok(())
}

fn apply_host(told: &Told, environ: &mut Environ) -> Result<(), EnvironError> {
    let default_port = match &*environ.url_scheme() {
        "https" => 443,
        _ => 80,
    };
    if let Some((name, port)) = &told.host {
        let port = told.port.or(*port);
        let host = match port {
            Some(port) if told.port.is_none() || port != default_port => format!("{name}:{port}"),
            _ => name.clone(),
        };
        replace(environ, environ::HTTP_HOST, host)?;
        replace(environ, environ::SERVER_NAME, name)?;
        let port = port.unwrap_or(default_port);
        replace(environ, environ::SERVER_PORT, port.to_string())?;
    } else if let Some(port) = told.port {
        let host = environ.var(environ::HTTP_HOST).unwrap_or_default();
        if let Some(name) = Host::parse(&host).map(|host| host.name.to_owned()) {
            let shown = match port == default_port {
                true => name,
                false => format!("{name}:{port}"),
            };
            replace(environ, environ::HTTP_HOST, shown)?;
        }
        replace(environ, environ::SERVER_PORT, port.to_string())?;
    }
    Ok(())
}

fn replace(environ: &mut Environ, key: &str, value: impl AsRef<[u8]>) -> Result<(), EnvironError> {
    if let Some(original) = environ.var(key).map(|value| value.into_owned()) {
        let kept = format!("{ORIGINAL}{}", key.to_ascii_lowercase());
        environ.set_var(&kept, original)?;
    }
    environ.set_var(key, value)
}
