//! One HTTP response, taken off the wire strictly.

/// What said where a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Nothing: the response has no body (RFC 9112 §6.3, rules 1 and 2).
    NoBody,
    /// `Content-Length`, in bytes.
    Length(usize),
    /// `Transfer-Encoding: chunked`.
    Chunked,
    /// The end of the connection.
    Close,
}

/// A response as it came.
#[derive(Clone, Debug)]
pub struct Response {
    /// Such as `HTTP/1.1`.
    pub version: String,
    /// Such as `200`.
    pub status: u16,
    /// Such as `OK`.
    pub reason: String,
    /// In the order of the wire, names as written.
    pub headers: Vec<(String, String)>,
    /// What said where the body ends.
    pub framing: Framing,
    /// The body, without its framing.
    pub body: Vec<u8>,
    /// Whether the body came whole, as far as the framing can tell.
    pub is_complete: bool,
}

impl Response {
    /// The value of a header field, whatever the case of its name.
    ///
    /// # Panics
    /// When the field came more than once; [`all`](Self::all) is for those.
    pub fn header(&self, name: &str) -> Option<&str> {
        let values = self.all(name);
        assert!(
            values.len() < 2,
            "{name} came {} times: {self:?}",
            values.len()
        );
        values.first().copied()
    }

    /// All values of a header field.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let fields = self
            .headers
            .iter()
            .filter(|(field, _)| field.eq_ignore_ascii_case(name));
        fields.map(|(_, value)| value.as_str()).collect()
    }

    /// The body as text.
    ///
    /// # Panics
    /// When it is not UTF-8.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_else(|error| panic!("no text: {error}: {self:?}"))
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("no JSON: {error}: {self:?}"))
    }

    /// Reads the head; `body` and `is_complete` are yet to be filled in.
    ///
    /// # Panics
    /// When the head is not as RFC 9112 §4 and §5 want it.
    pub(crate) fn parse_head(head: &[u8], request_method: &str) -> Self {
        let head: String = head.iter().copied().map(char::from).collect();
        let mut lines = head.split("\r\n");
        let status_line = lines.next().expect("split gives one part at least");
        let mut parts = status_line.splitn(3, ' ');
        let (Some(version), Some(status), Some(reason)) =
            (parts.next(), parts.next(), parts.next())
        else {
            panic!("no status line: {status_line:?}");
        };
        assert!(
            version == "HTTP/1.1" || version == "HTTP/1.0",
            "no HTTP version: {status_line:?}"
        );
        assert!(status.len() == 3, "no status code: {status_line:?}");
        let status = status
            .parse()
            .unwrap_or_else(|_| panic!("no status code: {status_line:?}"));
        let headers = lines.map(Self::parse_field).collect();
        let (version, reason) = (version.to_owned(), reason.to_owned());
        let framing = Framing::NoBody;
        let mut response = Self {
            version,
            status,
            reason,
            headers,
            framing,
            body: Vec::new(),
            is_complete: false,
        };
        response.framing = response.framing_for(request_method);
        response
    }

    fn parse_field(line: &str) -> (String, String) {
        let (name, value) = line
            .split_once(':')
            .unwrap_or_else(|| panic!("no header field: {line:?}"));
        let is_token =
            |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        assert!(
            !name.is_empty() && name.bytes().all(is_token),
            "no field name: {line:?}"
        );
        assert!(
            !value.contains(['\r', '\n', '\0']),
            "forbidden bytes: {line:?}"
        );
        (name.to_owned(), value.trim_matches([' ', '\t']).to_owned())
    }

    /// RFC 9112 §6.3.
    fn framing_for(&self, request_method: &str) -> Framing {
        let length = self.header("Content-Length");
        let encoding = self.header("Transfer-Encoding");
        assert!(
            length.is_none() || encoding.is_none(),
            "two framings: {self:?}"
        );
        if request_method == "HEAD" || matches!(self.status, 100..=199 | 204 | 304) {
            return Framing::NoBody;
        }
        match (length, encoding) {
            (Some(length), _) => Framing::Length(
                length
                    .parse()
                    .unwrap_or_else(|_| panic!("no length: {self:?}")),
            ),
            (None, Some("chunked")) => Framing::Chunked,
            (None, Some(_)) => panic!("unknown transfer encoding: {self:?}"),
            (None, None) => Framing::Close,
        }
    }
}
