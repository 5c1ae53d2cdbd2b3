//! Header fields as the PEP has them: an ordered list in which names may repeat.

mod error;

use http::{HeaderMap, HeaderName, HeaderValue};

pub use error::HeaderError;

/// Header fields, in order, duplicates allowed; each name a token, each value free of control characters.
///
/// The list that an application gives to `start_response`, and the fields of a request. Names keep the
/// case they were given in and are compared without it. Values are bytes; as PEP 3333 "Unicode Issues"
/// has it, they read as Latin-1. All fields share two buffers, so that adding one allocates nothing once
/// those have grown, and [`clear`](Headers::clear) keeps them for the next request.
///
/// # Examples
/// ```
/// use wsgi_core::Headers;
///
/// let mut headers = Headers::new();
/// headers.try_append("Set-Cookie", "a=1")?;
/// headers.try_append("set-cookie", "b=2")?;
/// assert_eq!(headers.get("SET-COOKIE"), Some(&b"a=1"[..]));
/// assert_eq!(headers.get_all("Set-Cookie").count(), 2);
/// assert!(headers.try_append("X-Value", "a\r\nX-Injected: 1").is_err());
/// # Ok::<(), wsgi_core::HeaderError>(())
/// ```
///
/// # Specification
/// [PEP 3333, The `start_response()` Callable](https://peps.python.org/pep-3333/#the-start-response-callable);
/// RFC 9110 §5.1 "Field Names" and §5.5 "Field Values".
#[derive(Clone, Default)]
pub struct Headers {
    names: String,
    values: Vec<u8>,
    fields: Vec<Field>,
}

/// Where one field lies in the two buffers of [`Headers`].
#[derive(Clone, Copy)]
struct Field {
    name: (usize, usize),
    value: (usize, usize),
}

impl Headers {
    /// An empty list; allocates nothing.
    pub const fn new() -> Self {
        Self {
            names: String::new(),
            values: Vec::new(),
            fields: Vec::new(),
        }
    }

    /// An empty list with room for so many fields of usual size.
    pub fn with_capacity(fields: usize) -> Self {
        Self {
            names: String::with_capacity(fields * 16),
            values: Vec::with_capacity(fields * 24),
            fields: Vec::with_capacity(fields),
        }
    }

    /// Collects names and values, checking each.
    ///
    /// # Errors
    /// As [`try_append`](Headers::try_append); `index` counts from 0.
    pub fn try_from_pairs<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, HeaderError> {
        let mut headers = Self::new();
        for (name, value) in pairs {
            headers.try_append(name, value)?;
        }
        Ok(headers)
    }

    /// Adds a field behind the others. The types carry the proof that it is well formed.
    pub fn append(&mut self, name: &HeaderName, value: &HeaderValue) {
        self.push(name.as_str(), value.as_bytes());
    }

    /// Adds a field behind the others, after checking it.
    ///
    /// # Errors
    /// [`HeaderError::Name`] if the name is no token, [`HeaderError::Value`] if the value has a control
    /// character other than a tab. The list is unchanged then.
    pub fn try_append(
        &mut self,
        name: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
    ) -> Result<(), HeaderError> {
        let (name, value) = (name.as_ref(), value.as_ref());
        let name = self.check(name, value)?;
        self.push(name, value);
        Ok(())
    }

    /// Adds a field that a parser has checked as [`try_append`](Headers::try_append) would: for servers, whose
    /// parsers have just looked at each byte.
    ///
    /// A field that was not checked can split a response in two; builds with debug assertions panic on one.
    pub fn append_checked(&mut self, name: &str, value: &[u8]) {
        debug_assert_eq!(self.check(name.as_bytes(), value), Ok(name));
        self.push(name, value);
    }

    /// Replaces all fields of this name by one, which stands where the first of them stood, or last.
    pub fn insert(&mut self, name: &HeaderName, value: &HeaderValue) {
        self.replace(name.as_str(), value.as_bytes());
    }

    /// Replaces all fields of this name by one, after checking it.
    ///
    /// # Errors
    /// As [`try_append`](Headers::try_append).
    pub fn try_insert(
        &mut self,
        name: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
    ) -> Result<(), HeaderError> {
        let (name, value) = (name.as_ref(), value.as_ref());
        let name = self.check(name, value)?;
        self.replace(name, value);
        Ok(())
    }

    /// Adds a field with parameters: `attachment` + `filename` `a "b".txt` becomes
    /// `attachment; filename="a \"b\".txt"`. A parameter without a value stands alone.
    ///
    /// The counterpart of `wsgiref.headers.Headers.add_header`.
    ///
    /// # Errors
    /// As [`try_append`](Headers::try_append).
    pub fn try_append_with_params<'p>(
        &mut self,
        name: &str,
        value: &str,
        params: impl IntoIterator<Item = (&'p str, Option<&'p str>)>,
    ) -> Result<(), HeaderError> {
        let mut text = value.to_owned();
        for (key, param) in params {
            if !text.is_empty() {
                text.push_str("; ");
            }
            text.push_str(key);
            if let Some(param) = param {
                text.push_str("=\"");
                text.push_str(&param.replace('\\', "\\\\").replace('"', "\\\""));
                text.push('"');
            }
        }
        self.try_append(name, text)
    }

    /// Removes all fields of this name and tells how many there were.
    pub fn remove(&mut self, name: impl AsRef<str>) -> usize {
        let before = self.fields.len();
        let (names, name) = (&self.names, name.as_ref());
        self.fields
            .retain(|field| !names[field.name.0..field.name.1].eq_ignore_ascii_case(name));
        before - self.fields.len()
    }

    /// Keeps only the fields for which `keep` answers true.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &[u8]) -> bool) {
        let (names, values) = (&self.names, &self.values);
        self.fields.retain(|field| {
            keep(
                &names[field.name.0..field.name.1],
                &values[field.value.0..field.value.1],
            )
        });
    }

    /// Removes all fields, keeping the memory for the next ones.
    pub fn clear(&mut self) {
        self.names.clear();
        self.values.clear();
        self.fields.clear();
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The value of the first field of this name, compared without case.
    pub fn get(&self, name: impl AsRef<str>) -> Option<&[u8]> {
        let name = name.as_ref();
        self.iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// As [`get`](Headers::get), when the value is UTF-8 (so all of ASCII).
    pub fn get_str(&self, name: impl AsRef<str>) -> Option<&str> {
        self.get(name)
            .and_then(|value| std::str::from_utf8(value).ok())
    }

    /// The values of all fields of this name, in order.
    pub fn get_all<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'h [u8]> {
        self.iter()
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Whether a field of this name is there.
    pub fn contains(&self, name: impl AsRef<str>) -> bool {
        self.get(name).is_some()
    }

    /// All fields in order: name as it was given, value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> + Clone {
        self.fields.iter().map(|field| {
            (
                &self.names[field.name.0..field.name.1],
                &self.values[field.value.0..field.value.1],
            )
        })
    }

    /// Copies into the multimap of the `http` crate; names become lower-case there.
    pub fn to_header_map(&self) -> HeaderMap {
        let mut map = HeaderMap::with_capacity(self.len());
        for (name, value) in self.iter() {
            // Both were checked when they came in; a name beyond the 64 KiB of `http` is all that can fail.
            if let (Ok(name), Ok(value)) = (
                HeaderName::from_bytes(name.as_bytes()),
                HeaderValue::from_bytes(value),
            ) {
                map.append(name, value);
            }
        }
        map
    }

    fn check<'n>(&self, name: &'n [u8], value: &[u8]) -> Result<&'n str, HeaderError> {
        let index = self.len();
        let text = || String::from_utf8_lossy(name).into_owned();
        if name.is_empty() {
            return Err(HeaderError::EmptyName { index });
        }
        // All bytes are looked at, without a way out, so that the compiler can take many at a time.
        let bad_name = name.iter().fold(false, |bad, &b| bad | !is_token_byte(b));
        if bad_name && let Some(&byte) = name.iter().find(|&&byte| !is_token_byte(byte)) {
            return Err(HeaderError::Name {
                index,
                byte,
                name: text(),
            });
        }
        let bad_value = value
            .iter()
            .fold(false, |bad, &b| bad | is_forbidden_in_value(b));
        if bad_value && let Some(&byte) = value.iter().find(|&&byte| is_forbidden_in_value(byte)) {
            return Err(HeaderError::Value {
                index,
                byte,
                name: text(),
            });
        }
        std::str::from_utf8(name).map_err(|_| HeaderError::EmptyName { index })
    }

    fn push(&mut self, name: &str, value: &[u8]) {
        let field = Field {
            name: (self.names.len(), self.names.len() + name.len()),
            value: (self.values.len(), self.values.len() + value.len()),
        };
        self.names.push_str(name);
        self.values.extend_from_slice(value);
        self.fields.push(field);
    }

    fn replace(&mut self, name: &str, value: &[u8]) {
        let place = self
            .iter()
            .position(|(found, _)| found.eq_ignore_ascii_case(name));
        self.remove(name);
        self.push(name, value);
        if let Some(place) = place
            && let Some(field) = self.fields.pop()
        {
            self.fields.insert(place, field);
        }
    }
}

/// Equal when the same fields stand in the same order; names compare without case.
impl PartialEq for Headers {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .zip(other.iter())
                .all(|(a, b)| a.0.eq_ignore_ascii_case(b.0) && a.1 == b.1)
    }
}

impl Eq for Headers {}

impl std::fmt::Debug for Headers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(
                self.iter()
                    .map(|(name, value)| (name, String::from_utf8_lossy(value))),
            )
            .finish()
    }
}

impl From<&HeaderMap> for Headers {
    fn from(map: &HeaderMap) -> Self {
        map.iter().collect()
    }
}

impl<'a> FromIterator<(&'a HeaderName, &'a HeaderValue)> for Headers {
    fn from_iter<I: IntoIterator<Item = (&'a HeaderName, &'a HeaderValue)>>(fields: I) -> Self {
        let mut headers = Self::new();
        headers.extend(fields);
        headers
    }
}

impl<'a> Extend<(&'a HeaderName, &'a HeaderValue)> for Headers {
    fn extend<I: IntoIterator<Item = (&'a HeaderName, &'a HeaderValue)>>(&mut self, fields: I) {
        for (name, value) in fields {
            self.append(name, value);
        }
    }
}

/// Whether the field belongs to one connection rather than to the message, so that applications must not use it.
///
/// The eight names of `wsgiref.util.is_hop_by_hop`, `Trailer` as RFC 9110 spells one of them, and
/// `Proxy-Connection`, which some clients send in place of `Connection`; compared without case.
///
/// # Specification
/// [PEP 3333, Other HTTP Features](https://peps.python.org/pep-3333/#other-http-features); RFC 9110 §7.6.1
/// "Connection".
pub fn is_hop_by_hop(name: &str) -> bool {
    const NAMES: [&str; 10] = [
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "trailers",
        "transfer-encoding",
        "upgrade",
    ];
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// RFC 9110 §5.6.2 "Tokens".
pub(crate) const fn is_token_byte(byte: u8) -> bool {
    TOKEN_BYTES[byte as usize]
}

/// By byte, because names are looked at for each request and each response.
const TOKEN_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = matches!(byte as u8, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'!' | b'#' | b'$' | b'%' | b'&'
            | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~');
        byte += 1;
    }
    table
};

/// RFC 9110 §5.5: a field value has no control characters but the tab.
fn is_forbidden_in_value(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\t') || byte == 0x7f
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Headers {
        Headers::try_from_pairs([("A", "1"), ("B", "2"), ("a", "3")]).unwrap()
    }

    #[test]
    fn names_repeat_and_keep_their_order_and_case() {
        let fields: Vec<_> = sample()
            .iter()
            .map(|(n, v)| (n.to_owned(), v.to_vec()))
            .collect();
        assert_eq!(
            fields,
            [
                ("A".into(), b"1".to_vec()),
                ("B".into(), b"2".to_vec()),
                ("a".into(), b"3".to_vec())
            ]
        );
    }

    #[test]
    fn insert_replaces_all_fields_of_the_name_in_the_place_of_the_first() {
        let mut headers = sample();
        headers.try_insert("A", "9").unwrap();
        assert_eq!(
            headers,
            Headers::try_from_pairs([("A", "9"), ("B", "2")]).unwrap()
        );
    }

    #[test]
    fn what_could_split_a_response_is_refused_and_changes_nothing() {
        for (name, value) in [
            ("", "v"),
            ("A B", "v"),
            ("A:", "v"),
            ("A\r\nB", "v"),
            ("A", "v\r\nB: 1"),
            ("A", "\0"),
            ("A", "\x7f"),
        ] {
            let mut headers = sample();
            headers.try_append(name, value).unwrap_err();
            assert_eq!(headers, sample(), "{name:?}: {value:?}");
        }
    }

    #[test]
    fn values_may_hold_latin_1_and_tabs() {
        let mut headers = Headers::new();
        headers.try_append("A", b"caf\xe9\tx").unwrap();
        assert_eq!(headers.get("a"), Some(&b"caf\xe9\tx"[..]));
    }

    #[test]
    fn parameters_are_quoted_as_wsgiref_quotes_them() {
        let mut headers = Headers::new();
        headers
            .try_append_with_params(
                "Content-Disposition",
                "attachment",
                [("filename", Some("a\"b")), ("x", None)],
            )
            .unwrap();
        assert_eq!(
            headers.get_str("content-disposition"),
            Some(r#"attachment; filename="a\"b"; x"#)
        );
    }

    #[test]
    fn a_header_map_comes_and_goes() {
        let map = sample().to_header_map();
        assert_eq!(map.get_all("a").iter().count(), 2);
        assert_eq!(Headers::from(&map).len(), 3);
    }

    #[test]
    fn hop_by_hop_names_are_known_in_any_case() {
        assert!(
            is_hop_by_hop("Transfer-Encoding") && is_hop_by_hop("TE") && is_hop_by_hop("trailer")
        );
        assert!(!is_hop_by_hop("Content-Length"));
    }
}
