//! The names of the variables that PEP 3333 requires, and of those that servers add by custom.

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $text;)*
    };
}

keys! {
    /// The request method, such as `GET`; never empty.
    REQUEST_METHOD = "REQUEST_METHOD";
    /// The part of the path that led to the application.
    SCRIPT_NAME = "SCRIPT_NAME";
    /// The rest of the path, percent-decoded.
    PATH_INFO = "PATH_INFO";
    /// What follows the first `?` of the target.
    QUERY_STRING = "QUERY_STRING";
    /// The `Content-Type` field.
    CONTENT_TYPE = "CONTENT_TYPE";
    /// The `Content-Length` field.
    CONTENT_LENGTH = "CONTENT_LENGTH";
    /// The server's name; never empty.
    SERVER_NAME = "SERVER_NAME";
    /// The server's port; never empty.
    SERVER_PORT = "SERVER_PORT";
    /// The protocol of the request, such as `HTTP/1.1`.
    SERVER_PROTOCOL = "SERVER_PROTOCOL";
    /// The server's software, such as `wsgi-rs/0.1.0`.
    SERVER_SOFTWARE = "SERVER_SOFTWARE";
    /// The client's address (RFC 3875 §4.1.8).
    REMOTE_ADDR = "REMOTE_ADDR";
    /// The client's port.
    REMOTE_PORT = "REMOTE_PORT";
    /// The authenticated user (RFC 3875 §4.1.11).
    REMOTE_USER = "REMOTE_USER";
    /// The target of the request line as it came.
    REQUEST_URI = "REQUEST_URI";
    /// The same as `REQUEST_URI`, under the name that Gunicorn and Werkzeug give it.
    RAW_URI = "RAW_URI";
    /// `on` when TLS is in use.
    HTTPS = "HTTPS";
    /// The `Host` field.
    HTTP_HOST = "HTTP_HOST";
    /// `(1, 0)` in Python.
    WSGI_VERSION = "wsgi.version";
    /// `http` or `https`.
    WSGI_URL_SCHEME = "wsgi.url_scheme";
    /// The body of the request.
    WSGI_INPUT = "wsgi.input";
    /// True when `wsgi.input` ends where the body ends, so that it may be read without a length.
    WSGI_INPUT_TERMINATED = "wsgi.input_terminated";
    /// The error stream.
    WSGI_ERRORS = "wsgi.errors";
    /// Whether the application may be called by several threads at once.
    WSGI_MULTITHREAD = "wsgi.multithread";
    /// Whether the application may be called by several processes at once.
    WSGI_MULTIPROCESS = "wsgi.multiprocess";
    /// Whether the application is expected to be called once only.
    WSGI_RUN_ONCE = "wsgi.run_once";
    /// The server's wrapper for files.
    WSGI_FILE_WRAPPER = "wsgi.file_wrapper";
    /// In Python a callable that sends `103 Early Hints`, as Gunicorn has it.
    WSGI_EARLY_HINTS = "wsgi.early_hints";
    /// In Python a callable that tells whether the client has left.
    CLIENT_DISCONNECTED = "wsgi_rs.client_disconnected";
    /// The same, under the name that Waitress gives it.
    WAITRESS_CLIENT_DISCONNECTED = "waitress.client_disconnected";
    /// Names of the header fields whose values logs and error pages hide, in lower case, with commas between them.
    SENSITIVE_HEADERS = "wsgi_rs.sensitive_headers";
    /// How the client was authenticated, such as `Basic` (RFC 3875 §4.1.1).
    AUTH_TYPE = "AUTH_TYPE";
    /// The nonce of the request's content security policy, where a layer made one.
    CSP_NONCE = "wsgi_rs.csp_nonce";
    /// `(positional, named)` parameters that a router took from the path.
    WSGIORG_ROUTING_ARGS = "wsgiorg.routing_args";
    /// What the request is called in logs, of this program and of others: set by the layer that makes such names, or
    /// believes those of a proxy.
    REQUEST_ID = "wsgi_rs.request_id";
    /// The trace that the request is a part of: 32 lower-case hexadecimal digits (W3C Trace Context, "trace-id").
    TRACE_ID = "wsgi_rs.trace_id";
    /// This request's own span within the trace: 16 lower-case hexadecimal digits (W3C Trace Context, "parent-id").
    SPAN_ID = "wsgi_rs.span_id";
    /// The route that answered, for frameworks whose routes [`Environ::route`](super::Environ::route) cannot know: set by
    /// the application, read by layers around it when it has returned.
    ROUTE = "wsgi_rs.route";
}
