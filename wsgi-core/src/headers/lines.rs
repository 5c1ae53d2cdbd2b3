//! Field lines, as they stand in a message: `Name: value`, CR LF.

use thiserror::Error;

use super::grammar::{token_length, value_length};
use super::{Field, Headers, NameSet};

impl Headers {
    /// Adds the fields at the start of `section`, up to the empty line behind them, and returns how many bytes they
    /// and that line take; `None`, and nothing is added, when the empty line has not come yet.
    ///
    /// Whitespace around values is left out. For servers: one walk over the bytes finds the lines, checks each byte
    /// and copies all of them at once.
    ///
    /// # Errors
    /// [`FieldLinesError::Malformed`] for anything but `token ":" OWS value OWS CR LF`: a line that is folded or
    /// ends in CR or LF alone, whitespace before the colon, a control character.
    /// [`FieldLinesError::TooMany`] for more than `most` fields. The list is unchanged then.
    ///
    /// # Examples
    /// ```
    /// use wsgi_core::Headers;
    ///
    /// let mut headers = Headers::new();
    /// assert_eq!(headers.append_lines(b"A: 1\r\nB:2 \r\n\r\nbody", 100)?, Some(14));
    /// assert_eq!(headers, Headers::try_from_pairs([("A", "1"), ("B", "2")])?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Specification
    /// RFC 9112 §5 "Field Syntax"
    pub fn append_lines(
        &mut self,
        section: &[u8],
        most: usize,
    ) -> Result<Option<usize>, FieldLinesError> {
        let (base, before) = (self.bytes.len(), self.fields.len());
        let mut names = self.names;
        let mut at = 0;
        let end = loop {
            match read_line(section, at) {
                Line::Field { name, value, next } => {
                    if self.fields.len() - before == most {
                        break Err(FieldLinesError::TooMany { most });
                    }
                    names.add(NameSet::of(&section[at..name]));
                    self.fields.push(Field {
                        name: (base + at, base + name),
                        value: (base + value.0, base + value.1),
                    });
                    at = next;
                }
                Line::Empty => break Ok(Some(at + 2)),
                Line::Unfinished => break Ok(None),
                Line::Malformed => break Err(FieldLinesError::Malformed { at }),
            }
        };
        if let Ok(Some(_)) = end {
            self.bytes.extend_from_slice(&section[..at]);
            self.names = names;
            self.is_plain &= at == 0;
        } else {
            self.fields.truncate(before);
        }
        end
    }

    /// Appends the fields to `out` in their order, each as `Name: value` and CR LF.
    ///
    /// Copies them at once where they were added one behind the other and all of them are there still.
    ///
    /// # Specification
    /// RFC 9112 §5 "Field Syntax"
    #[inline]
    pub fn write_lines(&self, out: &mut Vec<u8>) {
        if self.is_plain {
            out.extend_from_slice(&self.bytes);
        } else {
            self.write_each_line(out);
        }
    }

    #[cold]
    fn write_each_line(&self, out: &mut Vec<u8>) {
        for (name, value) in self.iter() {
            write_line(name.as_bytes(), value, out);
        }
    }
}

/// Appends one field line.
#[inline]
pub(super) fn write_line(name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.reserve(name.len() + value.len() + 4);
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

enum Line {
    /// Where its name ends, where its value lies, where the next line begins.
    Field {
        name: usize,
        value: (usize, usize),
        next: usize,
    },
    /// The last one.
    Empty,
    /// Good so far, but its end has not come.
    Unfinished,
    Malformed,
}

#[inline]
fn read_line(section: &[u8], start: usize) -> Line {
    let name = start + token_length(&section[start..]);
    match section.get(name) {
        Some(b':') if name > start => {}
        Some(b'\r') if name == start => {
            return match section.get(name + 1) {
                Some(b'\n') => Line::Empty,
                Some(_) => Line::Malformed,
                None => Line::Unfinished,
            };
        }
        Some(_) => return Line::Malformed,
        None => return Line::Unfinished,
    }
    // Nearly all values have one space before them and none behind.
    let first = match section[name + 1..] {
        [b' ', b'!'..=b'~', ..] => name + 2,
        ref rest => name + 1 + rest.iter().take_while(|&&byte| is_space(byte)).count(),
    };
    let end = first + value_length(&section[first..]);
    match section[end..] {
        [b'\r', b'\n', ..] => {}
        [] | [b'\r'] => return Line::Unfinished,
        _ => return Line::Malformed,
    }
    let spaces = section[first..end].iter().rev();
    let last = end - spaces.take_while(|&&byte| is_space(byte)).count();
    Line::Field {
        name,
        value: (first, last),
        next: end + 2,
    }
}

/// RFC 9110 §5.6.3 "Whitespace".
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Why field lines were refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldLinesError {
    /// RFC 9112 §5 "Field Syntax": name, colon, value, CR LF.
    #[error("the line at byte {at} is no field line; write it as \"Name: value\", ended by CR LF")]
    Malformed {
        /// Where the line begins, from 0.
        at: usize,
    },
    /// More fields than the caller wants.
    #[error("there are more than {most} fields")]
    TooMany {
        /// How many were wanted at most.
        most: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(section: &[u8]) -> Result<Option<(usize, String)>, FieldLinesError> {
        let mut headers = Headers::new();
        let length = headers.append_lines(section, 3)?;
        let fields = headers.iter();
        let text = fields.map(|(name, value)| format!("{name}={};", value.escape_ascii()));
        Ok(length.map(|length| (length, text.collect())))
    }

    /// Fields, or where the malformed line begins. Each is followed by `\r\n\r\n`.
    const LINES: &[(&str, Result<&str, usize>)] = &[
        ("A: 1", Ok("A=1;")),
        ("A:1\r\nb: \t two\twords \t ", Ok("A=1;b=two\\twords;")),
        ("A:\r\nB: ", Ok("A=;B=;")),
        ("A: 1\r\nA: 2", Ok("A=1;A=2;")),
        ("A: caf\u{e9}", Ok("A=caf\\xc3\\xa9;")),
        ("A: b:c\r\n:", Err(8)),
        ("A", Err(0)),
        ("A : 1", Err(0)),
        (" A: 1", Err(0)),
        ("A: 1\r\n 2", Err(6)),
        ("A: 1\n2", Err(0)),
        ("A: 1\r2", Err(0)),
        ("A: 1\r\r", Err(0)),
        ("A: 1\r\n\rB", Err(6)),
        ("A: \0", Err(0)),
        ("A: \u{7f}", Err(0)),
        ("A(: 1", Err(0)),
        ("\u{e9}: 1", Err(0)),
    ];

    #[test]
    fn lines_are_read_or_refused_and_nothing_is_added_before_the_last_one() {
        for &(lines, expected) in LINES {
            let section = format!("{lines}\r\n\r\n");
            let expected = match expected {
                Ok(text) => Ok(Some((section.len(), text.to_owned()))),
                Err(at) => Err(FieldLinesError::Malformed { at }),
            };
            assert_eq!(read(section.as_bytes()), expected, "{lines:?}");
            for end in 0..section.len() {
                // Bytes that are not there cannot make good what is there.
                match read(&section.as_bytes()[..end]) {
                    Ok(found) => assert_eq!(found, None, "{lines:?} up to {end}"),
                    Err(error) => assert_eq!(Err(error), expected, "{lines:?} up to {end}"),
                }
            }
        }
    }

    #[test]
    fn what_is_refused_changes_nothing() {
        let mut headers = Headers::try_from_pairs([("A", "1")]).unwrap();
        let many = headers.append_lines(b"B:\r\nC:\r\nD:\r\n\r\n", 2);
        assert_eq!(many, Err(FieldLinesError::TooMany { most: 2 }));
        assert_eq!(headers.append_lines(b"B: 2\r\n", 2), Ok(None));
        assert_eq!(headers.append_lines(b"B: 2\r\n\r\nC: 3", 1), Ok(Some(8)));
        headers.try_append("C", "3").unwrap();
        let expected = Headers::try_from_pairs([("A", "1"), ("B", "2"), ("C", "3")]).unwrap();
        assert_eq!(headers, expected);
    }

    fn written(headers: &Headers) -> String {
        let mut out = Vec::new();
        headers.write_lines(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines_are_written_as_they_were_added_or_changed() {
        let mut headers = Headers::try_from_pairs([("A", "1"), ("B", "2"), ("a", "3")]).unwrap();
        assert_eq!(written(&headers), "A: 1\r\nB: 2\r\na: 3\r\n");
        headers.try_insert("A", "9").unwrap();
        assert_eq!(written(&headers), "A: 9\r\nB: 2\r\n");
        headers.retain(|name, _| name != "B");
        headers.try_append("C", "4").unwrap();
        assert_eq!(written(&headers), "A: 9\r\nC: 4\r\n");
        headers.remove("c");
        assert_eq!(written(&headers), "A: 9\r\n");
        headers.clear();
        headers.append_lines(b"A:1 \r\n\r\n", 1).unwrap();
        assert_eq!(written(&headers), "A: 1\r\n");
        headers.clear();
        headers.try_append("A", "2").unwrap();
        assert_eq!(written(&headers), "A: 2\r\n");
        assert_eq!(written(&Headers::new()) + &written(&Headers::default()), "");
    }
}
