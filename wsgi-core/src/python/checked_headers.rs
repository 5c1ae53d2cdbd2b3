//! The header list of a thread's last response: what has been found good once is not checked again.

use std::cell::Cell;

use pyo3::prelude::*;

use crate::Headers;

/// Lists that take more bytes, or have more fields, are not remembered.
const LARGEST_REMEMBERED: usize = 8 * 1024;

thread_local! {
    static LAST: Cell<Option<Box<CheckedHeaders>>> = const { Cell::new(None) };
}

/// Fields that were found good, and the two `str` of each.
///
/// Applications give mostly the same objects again: constants. The very same `str` has the same characters.
#[derive(Default)]
pub(super) struct CheckedHeaders {
    objects: Vec<(Py<PyAny>, Py<PyAny>)>,
    headers: Headers,
    changed: bool,
}

impl CheckedHeaders {
    /// Those of the last response. Who finds a fault drops them: they are whole only when [`keep`](Self::keep) is
    /// called.
    pub(super) fn take() -> Box<Self> {
        LAST.take().unwrap_or_default()
    }

    /// Appends the field if it is the very one that stood here last time.
    #[inline]
    pub(super) fn append_known(
        &self,
        index: usize,
        name: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
        headers: &mut Headers,
    ) -> bool {
        match self.objects.get(index) {
            Some((known_name, known_value)) if known_name.is(name) && known_value.is(value) => {
                headers.append_from(&self.headers, index);
                true
            }
            _ => false,
        }
    }

    /// Remembers a field that is good, in its order.
    pub(super) fn put(&mut self, index: usize, name: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) {
        let objects = (name.clone().unbind(), value.clone().unbind());
        match self.objects.get_mut(index) {
            Some(old) => *old = objects,
            None => self.objects.push(objects),
        }
        self.changed = true;
    }

    /// Keeps the list, all of whose fields were appended or put, for the next response.
    pub(super) fn keep(mut self: Box<Self>, headers: &Headers) {
        if headers.size() > LARGEST_REMEMBERED {
            return;
        }
        if self.changed || self.objects.len() != headers.len() {
            self.objects.truncate(headers.len());
            self.headers.clone_from(headers);
            self.changed = false;
        }
        LAST.set(Some(self));
    }
}

#[cfg(test)]
mod tests {
    use pyo3::types::PyList;

    use super::*;
    use crate::python::header_list;

    #[test]
    fn a_list_is_judged_alike_whatever_lists_came_before() {
        crate::python::interpreter::initialize().unwrap();
        let lists: [&[(&str, &str)]; 9] = [
            &[("A", "1"), ("B", "2")],
            &[("A", "1"), ("B", "3"), ("C", "4")],
            &[("A", "1")],
            &[("A", "1"), ("B", "2"), ("B", "2")],
            &[("B", "2"), ("A", "1")],
            &[],
            &[("A", "1"), ("Connection", "close")],
            &[("A", "1"), ("B", "\n")],
            &[("A", "\u{100}"), ("B", "2")],
        ];
        Python::attach(|py| {
            // The same text is the same object, as constants of a program are.
            let list = |fields: &[(&str, &str)]| {
                let intern = |text: &str| pyo3::types::PyString::intern(py, text);
                let fields = fields
                    .iter()
                    .map(|(name, value)| (intern(name), intern(value)));
                PyList::new(py, fields).unwrap().into_any()
            };
            for (first, second) in lists.iter().flat_map(|a| lists.iter().map(move |b| (a, b))) {
                LAST.take();
                let alone = header_list::headers(&list(second));
                LAST.take();
                let _ = header_list::headers(&list(first));
                for _ in 0..2 {
                    match (&alone, header_list::headers(&list(second))) {
                        (Ok(alone), Ok(headers)) => assert!(alone.is_identical(&headers)),
                        (Err(alone), Err(error)) => {
                            assert_eq!(alone.to_string(), error.to_string())
                        }
                        (alone, found) => panic!("{first:?}, {second:?}: {alone:?}, {found:?}"),
                    }
                }
            }
        });
    }

    #[test]
    fn what_is_huge_is_not_kept() {
        crate::python::interpreter::initialize().unwrap();
        Python::attach(|py| {
            let kept = |length| {
                LAST.take();
                let list = PyList::new(py, [("A", "v".repeat(length))]).unwrap();
                header_list::headers(list.as_any()).unwrap();
                LAST.take().is_some()
            };
            assert!(kept(1) && !kept(LARGEST_REMEMBERED));
        });
    }
}
