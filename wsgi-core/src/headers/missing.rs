//! Fields that a list does not have.

use super::{Field, Headers, NameSet};

impl Headers {
    /// Adds the fields of another list whose names are not in this one, in their order: for what goes into every response
    /// that does not say it itself.
    ///
    /// Copies them at once where none of the names is there.
    ///
    /// # Examples
    /// ```
    /// use wsgi_core::Headers;
    ///
    /// let usual = Headers::try_from_pairs([("X-Frame-Options", "DENY"), ("Referrer-Policy", "origin")])?;
    /// let mut headers = Headers::try_from_pairs([("x-frame-options", "SAMEORIGIN")])?;
    /// headers.append_missing(&usual);
    /// let wanted = Headers::try_from_pairs([("x-frame-options", "SAMEORIGIN"), ("Referrer-Policy", "origin")])?;
    /// assert_eq!(headers, wanted);
    /// # Ok::<(), wsgi_core::HeaderError>(())
    /// ```
    pub fn append_missing(&mut self, other: &Self) {
        let (own, own_names) = (self.len(), self.names);
        let is_there = |headers: &Self, name: &str| {
            let mut names = headers.names().take(own);
            own_names.may_share(NameSet::of(name.as_bytes()))
                && names.any(|found| found.eq_ignore_ascii_case(name))
        };
        let may_clash = own_names.may_share(other.names);
        if other.is_plain && !(may_clash && other.names().any(|name| is_there(self, name))) {
            let base = self.bytes.len();
            self.bytes.extend_from_slice(&other.bytes);
            let moved = |(start, end): (usize, usize)| (base + start, base + end);
            self.fields.extend(other.fields.iter().map(|field| Field {
                name: moved(field.name),
                value: moved(field.value),
            }));
            self.names.add(other.names);
            return;
        }
        for (name, value) in other.iter() {
            if !is_there(self, name) {
                self.push(name.as_bytes(), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> Headers {
        Headers::try_from_pairs(pairs.iter().copied()).unwrap()
    }

    fn lines(headers: &Headers) -> String {
        let mut lines = Vec::new();
        headers.write_lines(&mut lines);
        String::from_utf8(lines).unwrap()
    }

    #[test]
    fn fields_are_added_behind_those_that_are_there() {
        let usual = headers(&[("A", "1"), ("B", "2"), ("b", "3")]);
        let mut without = headers(&[("A", "1"), ("X", "9"), ("B", "2"), ("b", "3")]);
        without.remove("X");
        for usual in [usual, without] {
            for (own, wanted) in [
                (&[][..], "A: 1\r\nB: 2\r\nb: 3\r\n"),
                (&[("C", "4")], "C: 4\r\nA: 1\r\nB: 2\r\nb: 3\r\n"),
                (&[("a", "4")], "a: 4\r\nB: 2\r\nb: 3\r\n"),
                (&[("B", "4")], "B: 4\r\nA: 1\r\n"),
            ] {
                let mut all = headers(own);
                all.append_missing(&usual);
                assert_eq!(lines(&all), wanted);
                assert_eq!(all.iter().count(), wanted.lines().count());
            }
        }
    }

    #[test]
    fn a_list_with_gaps_stays_right() {
        let mut own = headers(&[("X", "9"), ("C", "4")]);
        own.remove("X");
        own.append_missing(&headers(&[("A", "1")]));
        assert_eq!(lines(&own), "C: 4\r\nA: 1\r\n");
        assert_eq!(own.get("A"), Some(&b"1"[..]));
    }
}
