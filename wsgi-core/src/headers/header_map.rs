//! From the types of the `http` crate, and to them.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Headers, is_sensitive};

impl Headers {
    /// Copies into the multimap of the `http` crate; names become lower-case there. Values that the default of
    /// [`SensitiveNames`](crate::SensitiveNames) covers are marked as sensitive.
    pub fn to_header_map(&self) -> HeaderMap {
        self.to_marked_header_map(is_sensitive)
    }

    pub(crate) fn to_marked_header_map(&self, is_sensitive: impl Fn(&str) -> bool) -> HeaderMap {
        let mut map = HeaderMap::with_capacity(self.len());
        for (name, value) in self.iter() {
            // Both were checked when they came in; a name beyond the 64 KiB of `http` is all that can fail.
            if let (Ok(lower), Ok(mut value)) = (
                HeaderName::from_bytes(name.as_bytes()),
                HeaderValue::from_bytes(value),
            ) {
                value.set_sensitive(is_sensitive(name));
                map.append(lower, value);
            }
        }
        map
    }
}

impl From<&HeaderMap> for Headers {
    fn from(map: &HeaderMap) -> Self {
        map.iter().collect()
    }
}

impl<'a> FromIterator<(&'a HeaderName, &'a HeaderValue)> for Headers {
    fn from_iter<I: IntoIterator<Item = (&'a HeaderName, &'a HeaderValue)>>(fields: I) -> Self {
        let fields = fields.into_iter();
        let mut headers = Self::foreseeing(fields.size_hint().0);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_map_comes_and_goes() {
        let headers = Headers::try_from_pairs([("A", "1"), ("B", "2"), ("a", "3")]).unwrap();
        let map = headers.to_header_map();
        assert_eq!(map.get_all("a").iter().count(), 2);
        assert_eq!(Headers::from(&map).len(), 3);
    }
}
