//! What PEP 3333, and the RFCs behind it, say of each variable; in few words.

use std::borrow::Cow;

use wsgi_core::environ;

/// Where something is laid down: a section of PEP 3333 by its title alone, other documents by name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) url: &'static str,
}

macro_rules! sections {
    ($($name:ident = $title:literal, $url:literal;)*) => {
        $(const $name: Section = Section { title: $title, url: $url };)*
    };
}

sections! {
    VARIABLES = "environ Variables", "https://peps.python.org/pep-3333/#environ-variables";
    STREAMS = "Input and Error Streams", "https://peps.python.org/pep-3333/#input-and-error-streams";
    THREADS = "Thread Support", "https://peps.python.org/pep-3333/#thread-support";
    FILES = "Optional Platform-Specific File Handling", "https://peps.python.org/pep-3333/#optional-platform-specific-file-handling";
    URLS = "URL Reconstruction", "https://peps.python.org/pep-3333/#url-reconstruction";
    CGI_ADDR = "RFC 3875 §4.1.8", "https://www.rfc-editor.org/rfc/rfc3875#section-4.1.8";
    CGI_USER = "RFC 3875 §4.1.11", "https://www.rfc-editor.org/rfc/rfc3875#section-4.1.11";
    CGI_SOFTWARE = "RFC 3875 §4.1.17", "https://www.rfc-editor.org/rfc/rfc3875#section-4.1.17";
    ROUTING = "wsgiorg.routing_args", "https://wsgi.readthedocs.io/en/latest/specifications/routing_args.html";
    EXTENSIONS = "Server Extension APIs", "https://peps.python.org/pep-3333/#server-extension-apis";
}

/// The words on a variable, and where they come from.
pub(super) fn variable(key: &str) -> (Cow<'static, str>, Section) {
    let (text, section) = match key {
        environ::REQUEST_METHOD => ("What the client wants done. Never empty.", VARIABLES),
        environ::SCRIPT_NAME => (
            "The part of the path that led to this application. Empty at the root of the server.",
            VARIABLES,
        ),
        environ::PATH_INFO => (
            "The rest of the path: where in the application the request goes. Percent-decoded.",
            VARIABLES,
        ),
        environ::QUERY_STRING => (
            "What follows the ? of the URL, not decoded. May be empty or absent.",
            VARIABLES,
        ),
        environ::CONTENT_TYPE => (
            "The Content-Type field: what kind of body came along. May be empty or absent.",
            VARIABLES,
        ),
        environ::CONTENT_LENGTH => (
            "The Content-Length field: how many bytes of body came along. May be empty or absent.",
            VARIABLES,
        ),
        environ::SERVER_NAME => (
            "The server's own name or address: what stands in when there is no Host field. Never empty.",
            URLS,
        ),
        environ::SERVER_PORT => ("The server's port, as text. Never empty.", URLS),
        environ::SERVER_PROTOCOL => (
            "The protocol of the request; the name would better be REQUEST_PROTOCOL, CGI made it so.",
            VARIABLES,
        ),
        environ::REMOTE_ADDR => (
            "The address the connection came from: that of the client or of a proxy.",
            CGI_ADDR,
        ),
        environ::REMOTE_PORT => ("The port the connection came from.", EXTENSIONS),
        environ::REMOTE_USER => (
            "Who the client was found to be, by a layer that checked it.",
            CGI_USER,
        ),
        environ::SERVER_SOFTWARE => ("The server's software and version.", CGI_SOFTWARE),
        environ::HTTPS => ("on when the request came over TLS.", VARIABLES),
        environ::REQUEST_URI => (
            "The target as it came, percent-encoding included: here %2F can be told from /.",
            EXTENSIONS,
        ),
        environ::RAW_URI => (
            "The same as REQUEST_URI, under another usual name.",
            EXTENSIONS,
        ),
        environ::WSGI_VERSION => ("Always (1, 0): version 1.0 of WSGI.", VARIABLES),
        environ::WSGI_URL_SCHEME => ("http or https: the beginning of the URL.", URLS),
        environ::WSGI_INPUT => (
            "A file-like object with the body of the request: read, readline, readlines, iteration.",
            STREAMS,
        ),
        environ::WSGI_ERRORS => (
            "A text stream to report trouble to: here the server's standard error.",
            STREAMS,
        ),
        environ::WSGI_MULTITHREAD => (
            "True if another thread may call the application at the same time.",
            THREADS,
        ),
        environ::WSGI_MULTIPROCESS => (
            "True if another process may serve the same application at the same time.",
            THREADS,
        ),
        environ::WSGI_RUN_ONCE => (
            "True if the process is expected to end after this request, as under CGI.",
            VARIABLES,
        ),
        environ::WSGI_INPUT_TERMINATED => (
            "True when wsgi.input ends where the body ends, so that it may be read without a length.",
            EXTENSIONS,
        ),
        environ::WSGI_FILE_WRAPPER => (
            "Wraps an open file as a body, which the server may then send without reading it.",
            FILES,
        ),
        environ::WSGIORG_ROUTING_ARGS => (
            "What a router took from the path: positional and named parameters. From the extensions, in Rust.",
            ROUTING,
        ),
        _ => return other(key),
    };
    (text.into(), section)
}

/// Variables of header fields, and those that only somebody's own layer knows.
fn other(key: &str) -> (Cow<'static, str>, Section) {
    let Some(field) = environ::header_name(key) else {
        return (
            "Added by the server or a layer; not in the specification.".into(),
            EXTENSIONS,
        );
    };
    let meaning = match key {
        environ::HTTP_HOST => {
            " The host and port that the client asked: one server may have many names."
        }
        "HTTP_USER_AGENT" => " What the client says it is.",
        "HTTP_ACCEPT" => " The media types that the client can use.",
        "HTTP_ACCEPT_ENCODING" => " The compressions that the client can undo.",
        "HTTP_ACCEPT_LANGUAGE" => " The languages that the user prefers.",
        "HTTP_COOKIE" => " What the site asked the client to remember.",
        "HTTP_AUTHORIZATION" => " Credentials.",
        "HTTP_CONNECTION" => {
            " How the client would go on with the connection; the server's business."
        }
        "HTTP_REFERER" => " The page that the link was on.",
        "HTTP_CACHE_CONTROL" => " How old an answer may be.",
        "HTTP_ORIGIN" => " The site that the request was made from.",
        "HTTP_X_FORWARDED_FOR" | "HTTP_FORWARDED" => {
            " What a proxy says of the client; anybody can send it."
        }
        _ => "",
    };
    (
        format!("The header field {field}.{meaning}").into(),
        VARIABLES,
    )
}
