//! `Map.bind_to_environ`: what a WSGI environ says of host, root, scheme, method, path and query.

use std::borrow::Cow;

use pyo3::exceptions::{PyKeyError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use wsgi_router::RequestParts;

use super::adapter::MapAdapter;
use super::hooks::Hooks;
use super::map::MapBase;
use super::state::State;

pub(super) fn bind(
    map: &Bound<'_, MapBase>,
    environ: &Bound<'_, PyAny>,
    server_name: Option<&Bound<'_, PyAny>>,
    subdomain: Option<&Bound<'_, PyAny>>,
) -> PyResult<MapAdapter> {
    let py = map.py();
    let request_environ;
    let environ = match environ.cast::<PyDict>() {
        Ok(environ) => environ,
        Err(_) => {
            request_environ = environ
                .getattr(intern!(py, "environ"))?
                .cast_into::<PyDict>()?;
            &request_environ
        }
    };
    let (table, changes) = MapBase::table(map)?;
    let given_scheme = required(environ, intern!(py, "wsgi.url_scheme"))?;
    let scheme = scheme(environ, given_scheme)?;
    let host = host(environ, scheme.to_str()?)?;
    let hosts = table.get().host_matching;
    let mut subdomain = subdomain.cloned();
    let name = match server_name {
        None => {
            if !hosts && subdomain.is_none() {
                subdomain = Some(intern!(py, "").clone().into_any());
            }
            host
        }
        Some(name) => {
            let name = lower(name.cast()?)?;
            let name = match without_port(name.to_str()?, scheme.to_str()?) {
                shorter if shorter.len() < name.to_str()?.len() => PyString::new(py, shorter),
                _ => name,
            };
            if !hosts && subdomain.is_none() {
                subdomain = Some(below(&host, &name)?.into_any());
            }
            name
        }
    };
    if hosts && subdomain.is_some() {
        return Err(pyo3::exceptions::PyRuntimeError::new_err(
            "the map matches hosts, and so has no subdomains; leave the subdomain out",
        ));
    }
    let mut state = State::new(py, (table, changes));
    state.raw_path = raw_path(environ)?;
    let decoded = [
        (&mut state.script_name, intern!(py, "SCRIPT_NAME")),
        (&mut state.path_info, intern!(py, "PATH_INFO")),
        (&mut state.query_args, intern!(py, "QUERY_STRING")),
    ];
    for (attribute, key) in decoded {
        if let Some(text) = field(environ, key)? {
            *attribute = decode(text)?;
        }
    }
    state.server_name = server_name_ascii(&name)?.into_any().unbind();
    state.subdomain = subdomain.map_or_else(|| py.None(), Bound::unbind);
    state.url_scheme = scheme.into_any().unbind();
    state.default_method = required(environ, intern!(py, "REQUEST_METHOD"))?.unbind();
    MapAdapter::bound(map, state)
}

/// The path below `SCRIPT_NAME` as it came, where `PATH_INFO` does not tell all of it: `%2F` is no separator.
fn raw_path(environ: &Bound<'_, PyDict>) -> PyResult<Option<Py<PyString>>> {
    let py = environ.py();
    let target = match environ.get_item(intern!(py, "REQUEST_URI"))? {
        Some(target) => Some(target),
        None => environ.get_item(intern!(py, "RAW_URI"))?,
    };
    // Whatever it is, only text with an encoded character in it is of interest.
    let target = target.and_then(|target| target.cast_into::<PyString>().ok());
    let Some(target) = target.as_ref().and_then(|target| target.to_str().ok()) else {
        return Ok(None);
    };
    if memchr::memchr(b'%', target.as_bytes()).is_none() {
        return Ok(None);
    }
    let variable = |key| -> PyResult<Cow<'_, [u8]>> {
        let text = field(environ, key)?;
        let bytes = text.map(|text| latin_1(text.to_str()?)).transpose()?;
        Ok(bytes.unwrap_or_default().into())
    };
    let parts = RequestParts {
        script_name: variable(intern!(py, "SCRIPT_NAME"))?,
        path_info: variable(intern!(py, "PATH_INFO"))?,
        target: latin_1(target)?.into(),
        ..RequestParts::default()
    };
    let path = parts.raw_path();
    Ok(path.map(|path| PyString::new(py, &path).unbind()))
}

/// A configured name in lower case and in ASCII.
pub(super) fn server_name<'py>(name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyString>> {
    server_name_ascii(&lower(name)?)
}

fn server_name_ascii<'py>(name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyString>> {
    let text = name.to_str()?;
    // By bytes: it is searched for one of ASCII, for each request.
    let mut host = text.as_bytes();
    if let Some(colon) = host.iter().position(|&byte| byte == b':') {
        host = &host[..colon];
    }
    let fits = |label: &[u8]| (1..=63).contains(&label.len());
    let labels = host.strip_suffix(b".").unwrap_or(host);
    if text.is_ascii() && (host.is_empty() || labels.split(|&byte| byte == b'.').all(fits)) {
        return Ok(name.clone());
    }
    let ascii = Hooks::get(name.py())?.ascii_host.bind(name.py());
    Ok(ascii.call1((name,))?.cast_into()?)
}

fn required<'py>(
    environ: &Bound<'py, PyDict>,
    key: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyAny>> {
    environ
        .get_item(key)?
        .ok_or_else(|| PyKeyError::new_err(key.clone().unbind()))
}

/// A field of the request; empty if it has none.
fn field<'py>(
    environ: &Bound<'py, PyDict>,
    key: &Bound<'py, PyString>,
) -> PyResult<Option<Bound<'py, PyString>>> {
    match environ.get_item(key)? {
        Some(value) if !value.is_none() => Ok(Some(value.cast_into()?)),
        _ => Ok(None),
    }
}

/// `ws` or `wss` if the client asks for a WebSocket.
///
/// # Specification
/// RFC 6455 §4.2.1 "Reading the Client's Opening Handshake"
fn scheme<'py>(
    environ: &Bound<'py, PyDict>,
    scheme: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyString>> {
    let py = environ.py();
    let scheme: Bound<'py, PyString> = scheme.cast_into()?;
    let Some(upgrade) = field(environ, intern!(py, "HTTP_UPGRADE"))? else {
        return Ok(scheme);
    };
    let Some(connection) = field(environ, intern!(py, "HTTP_CONNECTION"))? else {
        return Ok(scheme);
    };
    let mut options = connection.to_str()?.split(',');
    let upgrades = options.any(|option| option.trim().eq_ignore_ascii_case("upgrade"));
    if !upgrades || !upgrade.to_str()?.eq_ignore_ascii_case("websocket") {
        return Ok(scheme);
    }
    Ok(match scheme.to_str()? {
        "https" => intern!(py, "wss").clone(),
        _ => intern!(py, "ws").clone(),
    })
}

/// The host of the request in lower case, without the scheme's own port; empty if it is none.
fn host<'py>(environ: &Bound<'py, PyDict>, scheme: &str) -> PyResult<Bound<'py, PyString>> {
    let py = environ.py();
    let host = match field(environ, intern!(py, "HTTP_HOST"))? {
        Some(host) => host,
        None => server(environ)?,
    };
    let text = without_port(host.to_str()?, scheme);
    if !is_host(text) {
        return Ok(intern!(py, "").clone());
    }
    if text.len() < host.to_str()?.len() {
        return lower(&PyString::new(py, text));
    }
    lower(&host)
}

/// `SERVER_NAME` and `SERVER_PORT`.
fn server<'py>(environ: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyString>> {
    let py = environ.py();
    let name = field(environ, intern!(py, "SERVER_NAME"))?;
    let port = match environ.get_item(intern!(py, "SERVER_PORT"))? {
        Some(port) => port.str()?,
        None => intern!(py, "").clone(),
    };
    let port = port.to_str()?;
    // A unix socket has none.
    let (Some(name), true) = (
        name,
        !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()),
    ) else {
        return Ok(intern!(py, "").clone());
    };
    let name = name.to_str()?;
    Ok(if name.contains(':') && !name.starts_with('[') {
        PyString::new(py, &format!("[{name}]:{port}"))
    } else {
        PyString::new(py, &format!("{name}:{port}"))
    })
}

fn without_port<'t>(host: &'t str, scheme: &str) -> &'t str {
    let port = match scheme {
        "http" | "ws" => ":80",
        "https" | "wss" => ":443",
        _ => return host,
    };
    host.strip_suffix(port).unwrap_or(host)
}

/// Whether it is made of what hosts are made of, with a port or without.
///
/// # Specification
/// RFC 9110 §7.2 "Host and :authority"; RFC 3986 §3.2.2 "Host"
fn is_host(text: &str) -> bool {
    let (name, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let Some((address, behind)) = rest.split_once(']') else {
                return false;
            };
            let digits = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
            if !address.contains(':') || !address.bytes().all(digits) {
                return false;
            }
            ("ip", behind)
        }
        None => {
            let colon = text.bytes().position(|byte| byte == b':');
            text.split_at(colon.unwrap_or(text.len()))
        }
    };
    let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let port_fits = match port.strip_prefix(':') {
        None => port.is_empty(),
        Some(digits) => {
            !digits.starts_with('0')
                && digits.bytes().all(|byte| byte.is_ascii_digit())
                && digits.parse::<u16>().is_ok()
        }
    };
    !name.is_empty() && name.bytes().all(named) && port_fits
}

/// What of the host is in front of the name; where it is not below it, a subdomain that no rule has, and a warning.
fn below<'py>(
    host: &Bound<'py, PyString>,
    name: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyString>> {
    let py = host.py();
    if host.is(name) {
        return Ok(intern!(py, "").clone());
    }
    let (text, suffix) = (host.to_str()?, name.to_str()?);
    if text == suffix {
        return Ok(intern!(py, "").clone());
    }
    let front = text
        .strip_suffix(suffix)
        .and_then(|front| front.strip_suffix('.'));
    let Some(front) = front else {
        Hooks::get(py)?.warn_of_host.call1(py, (host, name))?;
        return Ok(intern!(py, "<invalid>").clone());
    };
    Ok(match front.contains("..") || front.starts_with('.') {
        false => PyString::new(py, front),
        true => {
            let labels = front.split('.').filter(|label| !label.is_empty());
            PyString::new(py, &labels.collect::<Vec<_>>().join("."))
        }
    })
}

fn lower<'py>(text: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyString>> {
    let known = text.to_str()?;
    if known
        .bytes()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
    {
        return Ok(text.clone());
    }
    Ok(PyString::new(text.py(), &known.to_lowercase()))
}

/// Text that PEP 3333 shows as Latin-1, as the UTF-8 that it is; what is not becomes U+FFFD.
fn decode(text: Bound<'_, PyString>) -> PyResult<Py<PyAny>> {
    let known = text.to_str()?;
    if known.is_ascii() {
        return Ok(text.into_any().unbind());
    }
    let bytes = latin_1(known)?;
    let decoded = String::from_utf8_lossy(&bytes);
    Ok(PyString::new(text.py(), &decoded).into_any().unbind())
}

/// The bytes that a "native string" of PEP 3333 stands for.
fn latin_1(text: &str) -> PyResult<Vec<u8>> {
    let bytes = text.chars().map(|c| u8::try_from(u32::from(c)));
    bytes.collect::<Result<_, _>>().map_err(|_| {
        PyTypeError::new_err("environ has text beyond U+00FF, which stands for no byte (PEP 3333)")
    })
}
