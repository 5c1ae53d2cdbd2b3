//! What the bridge to Python needs of a list beside the public interface.

use super::{Field, Headers, NameSet};
use crate::same::same_bytes;

impl Headers {
    /// Whether names, case included, and values are the same. May answer "no" where fields have been removed: it is
    /// meant to be quick.
    pub(crate) fn is_identical(&self, other: &Self) -> bool {
        same_bytes(&self.bytes, &other.bytes) && self.fields == other.fields
    }

    /// Adds a field of another list behind the others.
    #[inline]
    pub(crate) fn append_from(&mut self, other: &Self, index: usize) {
        let field = &other.fields[index];
        let start = self.bytes.len();
        // With the two bytes behind its value, which are those of the line's end where the list is plain.
        let line = &other.bytes[field.name.0..field.value.1 + 2];
        self.bytes.extend_from_slice(line);
        let moved = |at: usize| start + (at - field.name.0);
        self.fields.push(Field {
            name: (start, moved(field.name.1)),
            value: (moved(field.value.0), moved(field.value.1)),
        });
        self.names
            .add(NameSet::of(&line[..field.name.1 - field.name.0]));
        self.is_plain &= other.is_plain;
    }

    /// How many bytes of memory the fields take.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Headers {
        Headers::try_from_pairs([("A", "1"), ("B", "2"), ("a", "3")]).unwrap()
    }

    #[test]
    fn fields_go_from_list_to_list() {
        let mut parsed = Headers::new();
        parsed.append_lines(b"A:1 \r\nB:\t 2\r\n\r\n", 9).unwrap();
        for source in [sample(), parsed] {
            let mut headers = sample();
            headers.append_from(&source, 1);
            headers.append_from(&source, 0);
            let expected = [("A", "1"), ("B", "2"), ("a", "3"), ("B", "2"), ("A", "1")];
            assert_eq!(headers, Headers::try_from_pairs(expected).unwrap());
            let mut lines = Vec::new();
            headers.write_lines(&mut lines);
            assert_eq!(lines, b"A: 1\r\nB: 2\r\na: 3\r\nB: 2\r\nA: 1\r\n");
        }
    }
}
