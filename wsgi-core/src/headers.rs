//! Header fields as the PEP has them: an ordered list in which names may repeat.

#[cfg(feature = "python")]
mod bridge;
mod error;
mod grammar;
mod header_map;
mod hop_by_hop;
mod lines;
mod missing;
mod name_set;
mod params;
mod sensitive;

use http::{HeaderName, HeaderValue};

pub use error::HeaderError;
pub(crate) use grammar::is_token_byte;
use grammar::{is_forbidden_in_value, is_token, is_value};

pub use hop_by_hop::is_hop_by_hop;
pub use lines::FieldLinesError;
use name_set::NameSet;
pub use sensitive::SensitiveNames;
use sensitive::is_sensitive;

/// Header fields, in order, duplicates allowed; each name a token, each value free of control characters.
///
/// The list that an application gives to `start_response`, and the fields of a request. Names keep the
/// case they were given in and are compared without it. Values are bytes; as PEP 3333 "Unicode Issues"
/// has it, they read as Latin-1. All fields share one buffer, where they lie as they stand in a message, so that
/// adding one allocates nothing once that has grown, [`clear`](Headers::clear) keeps it for the next request, and
/// [`write_lines`](Headers::write_lines) copies it whole.
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
pub struct Headers {
    /// Field lines.
    bytes: Vec<u8>,
    fields: Vec<Field>,
    /// Which names the `fields` may have.
    names: NameSet,
    /// Whether `bytes` are what [`write_lines`](Headers::write_lines) writes: the lines of the `fields`, in order.
    is_plain: bool,
}

/// For so many fields memory is taken in advance when somebody says that they come; more than responses have.
const FORESEEN: usize = 32;

/// A list that is made whole, or copied, has room for so many fields more, as many as those that tell browsers what to
/// forbid: layers add theirs, and memory that grows costs them more than all else they do.
const SPARE_FIELDS: usize = 12;
const SPARE_BYTES: usize = SPARE_FIELDS * USUAL_FIELD;

/// How many bytes a field has, more or less.
const USUAL_FIELD: usize = 40;

/// Where name and value of one field lie in the buffer of [`Headers`].
#[derive(Clone, Copy, PartialEq)]
struct Field {
    name: (usize, usize),
    value: (usize, usize),
}

impl Headers {
    /// An empty list; allocates nothing.
    pub const fn new() -> Self {
        Self {
            bytes: Vec::new(),
            fields: Vec::new(),
            names: NameSet::EMPTY,
            is_plain: true,
        }
    }

    /// An empty list with room for so many fields of usual size.
    pub fn with_capacity(fields: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(fields * USUAL_FIELD),
            fields: Vec::with_capacity(fields),
            names: NameSet::EMPTY,
            is_plain: true,
        }
    }

    /// An empty list with room for so many fields, and for those that layers will add.
    pub(crate) fn foreseeing(fields: usize) -> Self {
        Self::with_capacity(fields.min(FORESEEN) + SPARE_FIELDS)
    }

    /// Collects names and values, checking each.
    ///
    /// # Errors
    /// As [`try_append`](Headers::try_append); `index` counts from 0.
    pub fn try_from_pairs<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, HeaderError> {
        let pairs = pairs.into_iter();
        // Memory that never grows is quicker than memory that does: the allocator has the right size at hand.
        let mut headers = Self::foreseeing(pairs.size_hint().0);
        for (name, value) in pairs {
            headers.try_append(name, value)?;
        }
        Ok(headers)
    }

    /// Adds a field behind the others. The types carry the proof that it is well formed.
    pub fn append(&mut self, name: &HeaderName, value: &HeaderValue) {
        self.push(name.as_str().as_bytes(), value.as_bytes());
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
        self.check(name, value)?;
        self.push(name, value);
        Ok(())
    }

    /// Replaces all fields of this name by one, which stands where the first of them stood, or last.
    pub fn insert(&mut self, name: &HeaderName, value: &HeaderValue) {
        self.replace(name.as_str().as_bytes(), value.as_bytes());
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
        self.check(name, value)?;
        self.replace(name, value);
        Ok(())
    }

    /// Removes all fields of this name and tells how many there were.
    pub fn remove(&mut self, name: impl AsRef<str>) -> usize {
        let (before, name) = (self.len(), name.as_ref());
        if !self.may_have(name) {
            return 0;
        }
        self.retain(|found, _| !is_same(found, name));
        before - self.len()
    }

    /// Keeps only the fields for which `keep` answers true.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &[u8]) -> bool) {
        let (before, bytes) = (self.len(), &self.bytes);
        self.fields
            .retain(|field| keep(field.name(bytes), field.value(bytes)));
        self.is_plain &= self.len() == before;
    }

    /// Removes all fields, keeping the memory for the next ones.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.fields.clear();
        self.names = NameSet::EMPTY;
        self.is_plain = true;
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
    #[inline]
    pub fn get(&self, name: impl AsRef<str>) -> Option<&[u8]> {
        let name = name.as_ref();
        if !self.may_have(name) {
            return None;
        }
        self.find(name)
    }

    /// As [`get`](Headers::get), when the value is UTF-8 (so all of ASCII).
    #[inline]
    pub fn get_str(&self, name: impl AsRef<str>) -> Option<&str> {
        self.get(name)
            .and_then(|value| std::str::from_utf8(value).ok())
    }

    /// The values of all fields of this name, in order.
    #[inline]
    pub fn get_all<'h>(&'h self, name: &str) -> impl Iterator<Item = &'h [u8]> {
        let looked_up = NameSet::of(name.as_bytes());
        let fields = if self.names.may_repeat(looked_up) {
            &*self.fields
        } else if self.names.may_share(looked_up) {
            let mut names = self.names();
            let place = names.position(|found| is_same(found, name));
            place.map_or(&[][..], |place| &self.fields[place..=place])
        } else {
            &[]
        };
        self.those(fields)
            .filter(move |(found, _)| is_same(found, name))
            .map(|(_, value)| value)
    }

    /// Whether a field of this name is there.
    #[inline]
    pub fn contains(&self, name: impl AsRef<str>) -> bool {
        self.get(name).is_some()
    }

    /// All fields in order: name as it was given, value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> + Clone {
        self.those(&self.fields)
    }

    fn those<'h>(
        &'h self,
        fields: &'h [Field],
    ) -> impl Iterator<Item = (&'h str, &'h [u8])> + Clone {
        let bytes = self.bytes.as_slice();
        let fields = fields.iter();
        fields.map(move |field| (field.name(bytes), field.value(bytes)))
    }

    /// All names in order, as they were given.
    #[inline]
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        let bytes = self.bytes.as_slice();
        self.fields.iter().map(move |field| field.name(bytes))
    }

    /// Whether there may be fields of this name.
    #[inline]
    fn may_have(&self, name: &str) -> bool {
        self.names.may_share(NameSet::of(name.as_bytes()))
    }

    fn find(&self, name: &str) -> Option<&[u8]> {
        self.iter()
            .find(|(found, _)| is_same(found, name))
            .map(|(_, value)| value)
    }

    #[inline]
    fn check(&self, name: &[u8], value: &[u8]) -> Result<(), HeaderError> {
        if !name.is_empty() && is_token(name) && is_value(value) {
            return Ok(());
        }
        Err(self.fault(name, value))
    }

    /// What is wrong with a name and value of which one is.
    #[cold]
    fn fault(&self, name: &[u8], value: &[u8]) -> HeaderError {
        let index = self.len();
        let text = String::from_utf8_lossy(name).into_owned();
        let bad_in_name = name.iter().find(|&&byte| !is_token_byte(byte));
        let bad_in_value = value.iter().find(|&&byte| is_forbidden_in_value(byte));
        match (bad_in_name, bad_in_value) {
            _ if name.is_empty() => HeaderError::EmptyName { index },
            (Some(&byte), _) => HeaderError::Name {
                index,
                byte,
                name: text,
            },
            (None, byte) => HeaderError::Value {
                index,
                byte: byte.copied().unwrap_or_default(),
                name: text,
            },
        }
    }

    #[inline]
    fn push(&mut self, name: &[u8], value: &[u8]) {
        let start = self.bytes.len();
        let name_end = start + name.len();
        let value_start = name_end + 2;
        lines::write_line(name, value, &mut self.bytes);
        self.fields.push(Field {
            name: (start, name_end),
            value: (value_start, value_start + value.len()),
        });
        self.names.add(NameSet::of(name));
    }

    fn replace(&mut self, name: &[u8], value: &[u8]) {
        if !self.names.may_share(NameSet::of(name)) {
            return self.push(name, value);
        }
        let is_same = |found: &str| found.as_bytes().eq_ignore_ascii_case(name);
        let place = self.iter().position(|(found, _)| is_same(found));
        self.retain(|found, _| !is_same(found));
        self.push(name, value);
        if let Some(place) = place
            && let Some(field) = self.fields.pop()
        {
            self.fields.insert(place, field);
        }
    }
}

/// Whether two names are the same but for their case. Mostly they are spelled the same, which is quicker to see.
#[inline]
fn is_same(found: &str, name: &str) -> bool {
    found.len() == name.len() && (found == name || found.eq_ignore_ascii_case(name))
}

impl Field {
    #[inline]
    #[expect(
        unsafe_code,
        reason = "names are looked at often, checking each again costs more than the look"
    )]
    fn name<'b>(&self, bytes: &'b [u8]) -> &'b str {
        let name = &bytes[self.name.0..self.name.1];
        // SAFETY: names are UTF-8: `check`, `append_lines` and `http::HeaderName` let tokens through only, which are
        // ASCII. A byte is written again only after `fields` was emptied.
        unsafe { std::str::from_utf8_unchecked(name) }
    }

    #[inline]
    fn value<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        &bytes[self.value.0..self.value.1]
    }
}

impl Clone for Headers {
    fn clone(&self) -> Self {
        if self.is_empty() {
            return Self::new();
        }
        let mut copy = Self {
            bytes: Vec::with_capacity(self.bytes.len() + SPARE_BYTES),
            fields: Vec::with_capacity(self.len() + SPARE_FIELDS),
            ..Self::new()
        };
        copy.clone_from(self);
        copy
    }

    /// Keeps the memory.
    fn clone_from(&mut self, other: &Self) {
        self.bytes.clone_from(&other.bytes);
        self.fields.clone_from(&other.fields);
        self.names = other.names;
        self.is_plain = other.is_plain;
    }
}

impl Default for Headers {
    fn default() -> Self {
        Self::new()
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

/// Without the values that the default of [`SensitiveNames`] covers.
impl std::fmt::Debug for Headers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fields = self.iter().map(|(name, value)| match is_sensitive(name) {
            true => (name, SensitiveNames::HIDDEN.into()),
            false => (name, String::from_utf8_lossy(value)),
        });
        f.debug_list().entries(fields).finish()
    }
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
}
