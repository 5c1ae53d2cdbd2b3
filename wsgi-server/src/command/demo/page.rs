//! The page that shows a request and its answer, as HTML.

use std::fmt::Write;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use wsgi_core::{Environ, Headers, RoutingArgs, StatusLine, environ};

use super::native_string::{as_utf8, from_bytes, repr};
use super::{ADDED, Root, explain, shown_variables};

/// What is left as it is in the path of a link.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// One request with the answer to it.
pub(super) struct Page<'a> {
    pub(super) environ: &'a Environ,
    /// The beginning of the request's body.
    pub(super) body: &'a [u8],
    /// How long the body is, in bytes, when that was known before it was read.
    pub(super) body_length: Option<u64>,
    /// Whether the body goes on beyond what is shown.
    pub(super) body_has_more: bool,
    pub(super) status: &'a StatusLine,
    pub(super) headers: &'a Headers,
}

/// A variable as the table shows it: its name, and its value as Python code when there is one.
struct Row {
    key: String,
    value: Option<String>,
    /// The text that was meant, where the native string is not that.
    meant: Option<String>,
}

impl Row {
    fn string(key: impl Into<String>, value: &[u8]) -> Self {
        Self {
            key: key.into(),
            value: Some(repr(value)),
            meant: as_utf8(value).map(str::to_owned),
        }
    }

    fn object(key: &str, value: impl Into<String>) -> Self {
        Self {
            key: key.to_owned(),
            value: Some(value.into()),
            meant: None,
        }
    }
}

impl Page<'_> {
    /// The whole page.
    pub(super) fn render(&self) -> String {
        // No text of the request can hold a marker: `escape` leaves no `<` in it.
        [
            ("<!--style-->", include_str!("page.css").to_owned()),
            ("<!--request-->", self.request()),
            ("<!--environ-->", self.environ()),
            ("<!--input-->", self.input()),
            ("<!--answer-->", self.answer()),
            ("<!--try-->", self.links()),
        ]
        .into_iter()
        .fold(
            include_str!("page.html").to_owned(),
            |page, (marker, html)| page.replacen(marker, &html, 1),
        )
    }

    /// The request line as it came, then the pieces that it was taken apart into.
    fn request(&self) -> String {
        let text = |key| from_bytes(&self.environ.var(key).unwrap_or_default());
        let line = format!(
            "{} {} {}",
            text(environ::REQUEST_METHOD),
            text(environ::REQUEST_URI),
            text(environ::SERVER_PROTOCOL)
        );
        let mut html = format!(
            "<pre class=\"wrap\"><code>{}</code></pre>\n<p>Its first line, taken apart:</p>\n<dl class=\"pieces\">\n",
            escape(&line)
        );
        for key in [
            environ::REQUEST_METHOD,
            environ::SCRIPT_NAME,
            environ::PATH_INFO,
            environ::QUERY_STRING,
            environ::SERVER_PROTOCOL,
        ] {
            let value = repr(&self.environ.var(key).unwrap_or_default());
            push(
                &mut html,
                format_args!(
                    "<div><dt>{key}</dt><dd><code>{}</code></dd></div>\n",
                    escape(&value)
                ),
            );
        }
        html + "</dl>"
    }

    /// The environ in groups.
    fn environ(&self) -> String {
        let (fields, rest): (Vec<_>, Vec<_>) = shown_variables(self.environ)
            .into_iter()
            .partition(|(key, _)| key.starts_with("HTTP_"));
        const REQUEST: [&str; 7] = [
            environ::REQUEST_METHOD,
            environ::SCRIPT_NAME,
            environ::PATH_INFO,
            environ::QUERY_STRING,
            environ::CONTENT_TYPE,
            environ::CONTENT_LENGTH,
            environ::SERVER_PROTOCOL,
        ];
        const PEERS: [&str; 5] = [
            environ::SERVER_NAME,
            environ::SERVER_PORT,
            environ::REMOTE_ADDR,
            environ::REMOTE_PORT,
            environ::HTTPS,
        ];
        let find = |key: &str| {
            let value = rest.iter().find(|(known, _)| known == key);
            value.map(|(_, value)| Row::string(key, value))
        };
        let request = REQUEST.iter().map(|key| {
            find(key).unwrap_or_else(|| Row {
                key: (*key).to_owned(),
                value: None,
                meant: None,
            })
        });
        let peers = PEERS.iter().filter_map(|key| find(key));
        let others = rest.iter().filter(|(key, _)| {
            !REQUEST.contains(&key.as_str())
                && !PEERS.contains(&key.as_str())
                && key != environ::WSGI_URL_SCHEME
        });
        let strings = |(key, value): &(String, Vec<u8>)| Row::string(key.as_str(), value);
        [
            table("The request", request),
            table("Server and client", peers),
            table("Header fields", fields.iter().map(strings)),
            table("What WSGI adds", self.wsgi()),
            table(
                "Beyond the specification",
                others.map(strings).chain(self.routing_args()),
            ),
        ]
        .concat()
    }

    /// The variables whose names begin with `wsgi.`.
    fn wsgi(&self) -> Vec<Row> {
        let connection = self.environ.connection();
        let flag = |key, value| Row::object(key, if value { "True" } else { "False" });
        vec![
            Row::object(environ::WSGI_VERSION, "(1, 0)"),
            Row::string(
                environ::WSGI_URL_SCHEME,
                self.environ.url_scheme().as_bytes(),
            ),
            Row::object(environ::WSGI_INPUT, "an input stream"),
            Row::object(environ::WSGI_ERRORS, "an error stream"),
            flag(environ::WSGI_MULTITHREAD, connection.multithread),
            flag(environ::WSGI_MULTIPROCESS, connection.multiprocess),
            flag(environ::WSGI_RUN_ONCE, connection.run_once),
        ]
    }

    /// What the router took from the path, if anything.
    fn routing_args(&self) -> Option<Row> {
        let args = self.environ.extensions().get::<RoutingArgs>()?;
        let named: Vec<String> = args
            .named()
            .map(|(name, value)| format!("{}: {}", repr(name.as_bytes()), repr(value)))
            .collect();
        let value = format!("((), {{{}}})", named.join(", "));
        Some(Row::object(environ::WSGIORG_ROUTING_ARGS, value))
    }

    /// The body of the request.
    fn input(&self) -> String {
        if self.body.is_empty() {
            return "<p>This request has no body. The form below sends one.</p>".to_owned();
        }
        let shown = self.body.len();
        let size = match (self.body_has_more, self.body_length) {
            (false, _) => format!("{shown} bytes:"),
            (true, Some(length)) => format!("The first {shown} bytes of {length}:"),
            (true, None) => format!("The first {shown} bytes, more followed:"),
        };
        let text = escape(&String::from_utf8_lossy(self.body)).into_owned();
        format!("<p>{size}</p>\n<pre class=\"wrap\"><code>{text}</code></pre>")
    }

    /// What the application answered, in the words of Python.
    fn answer(&self) -> String {
        let fields: Vec<String> = self
            .headers
            .iter()
            .map(|(name, value)| format!("({}, {})", repr(name.as_bytes()), repr(value)))
            .collect();
        let call = format!(
            "start_response({}, [{}])\nreturn [page]  # one block of bytes: what you are reading",
            repr(self.status.as_bytes()),
            fields.join(", ")
        );
        let added: String = ADDED
            .iter()
            .map(|(name, value)| format!("{name}: {value}\n"))
            .collect();
        format!(
            "<pre class=\"wrap\"><code>{}</code></pre>\n\
             <p>On its way out, middleware added these fields, and the server those that are its own, such as \
             <code>Date</code> and <code>Content-Length</code> \
             (<a href=\"https://peps.python.org/pep-3333/#the-start-response-callable\">PEP 3333, The start_response() \
             Callable</a>).</p>\n<pre class=\"wrap\"><code>{}</code></pre>",
            escape(&call),
            escape(added.trim_end())
        )
    }

    /// Other requests to make, and a form.
    fn links(&self) -> String {
        const LINKS: [(&str, &str); 9] = [
            (
                "/path%20here?q=1",
                "a path to decode and a query to leave alone",
            ),
            ("/caf%C3%A9", "a path beyond ASCII"),
            (
                "/mounted/deeper",
                "a mount moves its prefix from PATH_INFO into SCRIPT_NAME",
            ),
            ("/hello/Ada", "a route takes a parameter from the path"),
            ("/json", "the environ as JSON"),
            ("/stream", "a body in blocks: chunked coding by HTTP/1.1"),
            ("/write", "a body pushed by the write callable"),
            ("/status/418", "any status"),
            (
                "/fail",
                "an application that fails: 500 here, the reason in the server’s log",
            ),
        ];
        let root = self.environ.extensions().get::<Root>();
        let root = root.map_or(&b""[..], |root| root.0.as_slice());
        let root = percent_encode(root, PATH).to_string();
        let mut html = "<ul class=\"try\">\n".to_owned();
        for (target, what) in LINKS {
            push(
                &mut html,
                format_args!(
                    "<li><a href=\"{root}{target}\"><code>{target}</code></a><small>{what}</small></li>\n"
                ),
            );
        }
        push(
            &mut html,
            format_args!(
                "</ul>\n<form method=\"post\" action=\"{root}/\">\n\
                 <label for=\"text\">A body to send by POST</label>\n\
                 <textarea id=\"text\" name=\"text\" rows=\"3\">Hello, wsgi.input!</textarea>\n\
                 <button>Send</button>\n</form>"
            ),
        );
        html
    }
}

/// A group of variables, each with its explanation; nothing for an empty group.
fn table(title: &str, rows: impl IntoIterator<Item = Row>) -> String {
    let mut html = String::new();
    for row in rows {
        let (text, section) = explain::variable(&row.key);
        let value = match &row.value {
            Some(value) => format!("<code>{}</code>", escape(value)),
            None => "<span class=\"absent\">absent</span>".to_owned(),
        };
        let meant = row.meant.map_or(String::new(), |meant| {
            format!(
                " <span class=\"meant\">read as UTF-8: {}</span>",
                escape(&meant)
            )
        });
        push(
            &mut html,
            format_args!(
                "<tr><th scope=\"row\"><code>{}</code></th><td>{value}{meant}</td>\
                 <td>{} <a class=\"section\" href=\"{}\">{}</a></td></tr>\n",
                escape(&row.key),
                escape(&text),
                section.url,
                section.title
            ),
        );
    }
    if html.is_empty() {
        return html;
    }
    format!(
        "<h3>{title}</h3>\n<table>\n<thead><tr><th scope=\"col\">Key</th><th scope=\"col\">Value</th>\
         <th scope=\"col\">What it is</th></tr></thead>\n<tbody>\n{html}</tbody>\n</table>\n"
    )
}

fn push(html: &mut String, text: std::fmt::Arguments<'_>) {
    html.write_fmt(text)
        .expect("a String takes all that is written");
}

/// Text as HTML shows it, in element content and in quoted attributes alike.
fn escape(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return text.into();
    }
    let mut html = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html.into()
}
