//! The environ that a server hands to an application.

use super::findings::Findings;
use super::headers::decimal;
use super::rule;
use crate::Environ;
use crate::environ::{
    CONTENT_LENGTH, PATH_INFO, QUERY_STRING, REMOTE_USER, REQUEST_METHOD, SCRIPT_NAME, SERVER_NAME,
    SERVER_PORT, SERVER_PROTOCOL, WSGI_URL_SCHEME,
};

/// `others` is how many calls of the same application are running already.
pub(super) fn check(environ: &mut Environ, others: usize, findings: &mut Findings<'_>) {
    check_required(environ, findings);
    check_method_and_scheme(environ, findings);
    check_paths(environ, findings);
    check_request_headers(environ, findings);
    check_body_length(environ, findings);
    check_names(environ, findings);
    // A Python server's flags are not among the typed fields.
    if others > 0 && environ.source().is_none() && !environ.connection().multithread {
        findings.add(
            rule!("environ.multithread"),
            format!("wsgi.multithread is false, but {others} other calls of the application are running; set it"),
        );
    }
}

fn is_absent_or_empty(environ: &Environ, key: &str) -> bool {
    environ.var(key).is_none_or(|value| value.is_empty())
}

fn check_required(environ: &Environ, findings: &mut Findings<'_>) {
    const REQUIRED: [&str; 4] = [SERVER_NAME, SERVER_PORT, SERVER_PROTOCOL, WSGI_URL_SCHEME];
    if is_absent_or_empty(environ, REQUEST_METHOD) {
        findings.add(
            rule!("environ.request-method"),
            "REQUEST_METHOD is absent or empty; set it to the method of the request",
        );
    }
    for key in REQUIRED {
        if is_absent_or_empty(environ, key) {
            findings.add(
                rule!("environ.required"),
                format!("{key} is absent or empty; every environ has it"),
            );
        }
    }
    if environ.var(QUERY_STRING).is_none() {
        findings.add(
            rule!("environ.query-string"),
            "QUERY_STRING is absent; an empty one surprises fewer applications",
        );
    }
    // Others may be empty for a reason; an empty user is one whom applications take for a user.
    if environ.var(REMOTE_USER).is_some_and(|user| user.is_empty()) {
        findings.add(
            rule!("environ.missing-left-out"),
            "REMOTE_USER is empty; leave it out when nobody has authenticated",
        );
    }
}

fn check_method_and_scheme(environ: &Environ, findings: &mut Findings<'_>) {
    // RFC 9110 §9.3 and RFC 5789.
    const METHODS: [&str; 9] = [
        "GET", "HEAD", "POST", "OPTIONS", "PATCH", "PUT", "DELETE", "TRACE", "CONNECT",
    ];
    let method = environ.method().as_str();
    if !METHODS.contains(&method) {
        findings.add(
            rule!("environ.known-method"),
            format!("the method {method:?} is none of HTTP's own; see that it is meant"),
        );
    }
    let scheme = environ.url_scheme();
    if !scheme.is_empty() && !matches!(&*scheme, "http" | "https") {
        findings.add(
            rule!("environ.url-scheme"),
            format!("wsgi.url_scheme is {scheme:?}; it is \"http\" or \"https\""),
        );
    }
}

fn check_paths(environ: &Environ, findings: &mut Findings<'_>) {
    let (script, path) = (environ.script_name(), environ.path_info());
    for (key, value) in [(SCRIPT_NAME, script), (PATH_INFO, path)] {
        if value.first().is_some_and(|&first| first != b'/') {
            findings.add(
                rule!("environ.leading-slash"),
                format!(
                    "{key} {:?} does not begin with a slash",
                    String::from_utf8_lossy(value)
                ),
            );
        }
    }
    if script == b"/" {
        findings.add(
            rule!("environ.script-name-root"),
            "SCRIPT_NAME is \"/\"; at the root it is empty, and PATH_INFO begins with the slash",
        );
    }
    // `OPTIONS *` speaks of the server as a whole: RFC 9112 §3.2.4 "asterisk-form".
    if script.is_empty() && path.is_empty() && *environ.method() != http::Method::OPTIONS {
        findings.add(
            rule!("environ.some-path"),
            "SCRIPT_NAME and PATH_INFO are both empty; at the root PATH_INFO is \"/\"",
        );
    }
}

fn check_request_headers(environ: &Environ, findings: &mut Findings<'_>) {
    for key in ["HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"] {
        if environ.var(key).is_some() {
            findings.add(
                rule!("environ.http-content"),
                format!(
                    "{key} is set; that field's variable is {}",
                    &key["HTTP_".len()..]
                ),
            );
        }
    }
    // A Python dict has variables only, and fields made of those have no underscores.
    if environ.source().is_none()
        && let Some((name, _)) = environ
            .headers()
            .iter()
            .find(|(name, _)| name.contains('_'))
    {
        findings.add(
            rule!("environ.http-variables"),
            format!("the request field {name:?} has an underscore and is taken for another field; drop it"),
        );
    }
}

fn check_body_length(environ: &mut Environ, findings: &mut Findings<'_>) {
    let value = match environ.var(CONTENT_LENGTH) {
        Some(value) if !value.is_empty() => value,
        _ => return,
    };
    let Some(promised) = decimal(&value) else {
        let text = String::from_utf8_lossy(&value);
        findings.add(
            rule!("environ.content-length"),
            format!("CONTENT_LENGTH {text:?} is no decimal number; refuse such a request"),
        );
        return;
    };
    drop(value);
    // A body still on its way is watched while it is read; a Python server's own stream is not looked into.
    if environ.source().is_none()
        && !environ.input().is_stream()
        && let Some(held) = environ.input().remaining()
        && held != promised
    {
        findings.add(
            rule!("input.as-long-as-told"),
            format!("CONTENT_LENGTH is {promised}, but wsgi.input holds {held} bytes; whoever reads or replaces the body sets both"),
        );
    }
}

/// Names with a dot are the servers' own; CGI's and the operating system's have none.
fn check_names(environ: &Environ, findings: &mut Findings<'_>) {
    let is_fit =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._".contains(&byte);
    for (key, _) in environ.plain_variables() {
        if key.contains('.') && !key.bytes().all(is_fit) {
            findings.add(
                rule!("environ.extension-names"),
                format!("the variable {key:?} should be named by lower-case letters, digits, dots and underscores"),
            );
        }
    }
}
