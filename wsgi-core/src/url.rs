//! The request's URL, taken apart and put together again: what `wsgiref.util` has.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use thiserror::Error;

use crate::{Environ, environ};

/// What Python's `quote(text, safe)` leaves alone: letters, digits, `_.-~` and the characters named.
const SCRIPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'_')
    .remove(b'.')
    .remove(b'-')
    .remove(b'~')
    .remove(b'/');
const PATH: &AsciiSet = &SCRIPT.remove(b';').remove(b'=').remove(b',');

/// `https` when the variable `HTTPS` is `yes`, `on` or `1`, else `http`: for gateways such as CGI.
///
/// # Specification
/// [PEP 3333, `environ` Variables](https://peps.python.org/pep-3333/#environ-variables), `wsgi.url_scheme`
pub fn guess_scheme(environ: &Environ) -> &'static str {
    match environ.var(environ::HTTPS).as_deref() {
        Some(b"yes" | b"on" | b"1") => "https",
        _ => "http",
    }
}

/// The URL of the application: scheme, host and `SCRIPT_NAME`, without `PATH_INFO` and query.
///
/// `Host: example.com:8080` and `SCRIPT_NAME` `/app` become `http://example.com:8080/app`; without a `Host`
/// field the server's name and port stand in, the scheme's default port left out.
///
/// # Specification
/// [PEP 3333, URL Reconstruction](https://peps.python.org/pep-3333/#url-reconstruction)
pub fn application_uri(environ: &Environ) -> String {
    let script = percent_encode(environ.script_name(), SCRIPT).to_string();
    origin(environ) + if script.is_empty() { "/" } else { &script }
}

/// The full URL of the request; its query included when `include_query` is true.
///
/// # Specification
/// [PEP 3333, URL Reconstruction](https://peps.python.org/pep-3333/#url-reconstruction)
pub fn request_uri(environ: &Environ, include_query: bool) -> String {
    let mut url = origin(environ);
    url.extend(percent_encode(environ.script_name(), SCRIPT));
    url.extend(percent_encode(environ.path_info(), PATH));
    if environ.script_name().is_empty() && environ.path_info().is_empty() {
        url.push('/');
    }
    if include_query && !environ.query_string().is_empty() {
        url.push('?');
        url.push_str(&String::from_utf8_lossy(environ.query_string()));
    }
    url
}

/// What is left of the target for the application: path, re-encoded, and query.
pub(crate) fn path_and_query(environ: &Environ) -> String {
    let mut target = percent_encode(environ.path_info(), PATH).to_string();
    if target.is_empty() {
        target.push('/');
    }
    if !environ.query_string().is_empty() {
        target.push('?');
        target.push_str(&String::from_utf8_lossy(environ.query_string()));
    }
    target
}

fn origin(environ: &Environ) -> String {
    let text = |key| {
        environ
            .var(key)
            .map(|value| String::from_utf8_lossy(&value).into_owned())
    };
    let scheme = environ.url_scheme().into_owned();
    if let Some(host) = text(environ::HTTP_HOST).filter(|host| !host.is_empty()) {
        return format!("{scheme}://{host}");
    }
    let name = text(environ::SERVER_NAME).unwrap_or_default();
    let port = text(environ::SERVER_PORT).unwrap_or_default();
    let default = if scheme == "https" { "443" } else { "80" };
    if port == default {
        format!("{scheme}://{name}")
    } else {
        format!("{scheme}://{name}:{port}")
    }
}

/// Moves the first segment of `PATH_INFO` to the end of `SCRIPT_NAME` and returns it.
///
/// `""` + `"/blog/2024"` becomes `"/blog"` + `"/2024"`. Empty and `.` segments are skipped, `..` takes the
/// segment before it away. At the end of the path the last `/` moves too: `"/blog"` + `"/"` becomes
/// `"/blog/"` + `""`, and the segment is empty. `None` when `PATH_INFO` is empty. Both stay percent-decoded Latin-1. Copies two short strings.
///
/// # Errors
/// [`PathError::NoLeadingSlash`] if `PATH_INFO` is not empty and does not start with `/`.
///
/// # Specification
/// [PEP 3333, `environ` Variables](https://peps.python.org/pep-3333/#environ-variables); the same as
/// `wsgiref.util.shift_path_info`.
pub fn shift_path_info(environ: &mut Environ) -> Result<Option<Vec<u8>>, PathError> {
    let path = environ.path_info();
    if path.is_empty() {
        return Ok(None);
    }
    if path[0] != b'/' {
        return Err(PathError::NoLeadingSlash {
            path: String::from_utf8_lossy(path).into_owned(),
        });
    }
    // As wsgiref: all but the last segment are dropped when they are empty or `.`; the last one stays.
    let last = path
        .iter()
        .rposition(|&byte| byte == b'/')
        .map_or(0, |slash| slash + 1);
    let (head, tail) = (&path[1..last.max(1)], &path[last..]);
    let mut segments: Vec<&[u8]> = head
        .split(|&byte| byte == b'/')
        .filter(|part| !part.is_empty() && *part != b".")
        .collect();
    segments.push(tail);
    let name = segments.remove(0).to_vec();
    let rest: Vec<u8> = segments
        .iter()
        .flat_map(|part| std::iter::once(&b'/').chain(*part))
        .copied()
        .collect();
    let mut script = normalized(environ.script_name(), &name);
    if name.is_empty() {
        script.push(b'/');
    }
    environ.set_script_name(script);
    environ.set_path_info(rest);
    Ok(Some(name).filter(|name| name != b"."))
}

/// `script/name` without empty and `.` segments, `..` resolved, no slash at its end.
fn normalized(script: &[u8], name: &[u8]) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in script
        .split(|&byte| byte == b'/')
        .chain(std::iter::once(name))
    {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts
        .iter()
        .flat_map(|part| std::iter::once(&b'/').chain(*part))
        .copied()
        .collect()
}

/// Why a path could not be moved.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathError {
    /// RFC 9112 §3.2.1 "origin-form": a path begins with a slash.
    #[error(
        "PATH_INFO {path:?} does not start with a slash; a mount point moves whole segments only"
    )]
    NoLeadingSlash {
        /// The path.
        path: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `wsgiref.util.shift_path_info` of CPython 3.13 gave these.
    const SHIFTS: &[(&str, &str, Option<&str>, &str, &str)] = &[
        ("", "", None, "", ""),
        ("", "/", Some(""), "/", ""),
        ("", "/blog/2024", Some("blog"), "/blog", "/2024"),
        ("/a", "/b", Some("b"), "/a/b", ""),
        ("/a", "/b/", Some("b"), "/a/b", "/"),
        ("/a", "//b//c", Some("b"), "/a/b", "/c"),
        ("/a/", "/b", Some("b"), "/a/b", ""),
        ("/a", "/", Some(""), "/a/", ""),
        ("/a", "/./b", Some("b"), "/a/b", ""),
    ];

    #[test]
    fn segments_move_as_in_wsgiref() {
        for &(script, path, name, script_after, path_after) in SHIFTS {
            let mut environ = Environ::new();
            environ.set_script_name(script);
            environ.set_path_info(path);
            let moved = shift_path_info(&mut environ).unwrap();
            assert_eq!(
                moved.as_deref(),
                name.map(str::as_bytes),
                "{script} + {path}"
            );
            assert_eq!(
                environ.script_name(),
                script_after.as_bytes(),
                "{script} + {path}"
            );
            assert_eq!(
                environ.path_info(),
                path_after.as_bytes(),
                "{script} + {path}"
            );
        }
    }

    #[test]
    fn a_path_without_its_slash_is_refused() {
        let mut environ = Environ::new();
        environ.set_path_info("blog");
        assert!(shift_path_info(&mut environ).is_err());
    }

    #[test]
    fn urls_are_put_together_as_in_wsgiref() {
        let mut environ = Environ::new();
        environ.set_script_name("/spammity");
        environ.set_path_info("/sp\u{e4}m".chars().map(|c| c as u8).collect::<Vec<_>>());
        environ.set_query_string("say=Ni");
        assert_eq!(application_uri(&environ), "http://localhost/spammity");
        assert_eq!(
            request_uri(&environ, true),
            "http://localhost/spammity/sp%E4m?say=Ni"
        );
        environ
            .set_var(environ::HTTP_HOST, "example.com:8080")
            .unwrap();
        assert_eq!(
            request_uri(&environ, false),
            "http://example.com:8080/spammity/sp%E4m"
        );
    }
}
