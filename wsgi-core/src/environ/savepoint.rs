//! Changes that can be undone: for layers that call a second application when the first has not answered.

use std::any::Any;

use http::{Extensions, Method, Version};

use super::{Connection, Environ, OnceCell, route};
use crate::{ErrorStream, Headers, SensitiveNames};

/// A state of an [`Environ`] that it can be brought back to.
#[derive(Debug)]
#[must_use = "changes are noted until it is given back, by `rollback` or `release`"]
pub struct Savepoint {
    /// How many there are, this one included: at least 1.
    depth: usize,
}

/// What is needed to undo changes.
#[derive(Default)]
pub(super) struct Undo {
    /// How many savepoints have not been given back.
    depth: usize,
    /// For those since which something has changed, the outermost first.
    changed: Vec<Before>,
}

/// What those fields were that have changed since a savepoint; `None` of the others.
#[derive(Default)]
pub(super) struct Before {
    /// The savepoint's.
    depth: usize,
    pub(super) method: Option<Method>,
    pub(super) version: Option<Version>,
    pub(super) target: Option<Vec<u8>>,
    pub(super) script_name: Option<Vec<u8>>,
    pub(super) path_info: Option<Vec<u8>>,
    pub(super) query_string: Option<Vec<u8>>,
    pub(super) headers: Option<OnceCell<Headers>>,
    pub(super) headers_changed: Option<bool>,
    pub(super) errors: Option<Option<ErrorStream>>,
    pub(super) errors_set: Option<bool>,
    pub(super) variables: Option<Vec<(String, Option<Vec<u8>>)>>,
    pub(super) extensions: Option<Extensions>,
    pub(super) route: Option<route::MatchedRoute>,
    pub(super) sensitive_names: Option<Option<SensitiveNames>>,
    pub(super) connection: Option<Connection>,
    source: Option<Box<dyn Any + Send>>,
}

/// Trying one application after another.
impl Environ {
    /// Notes all changes from now on, so that they can be undone by [`rollback`](Self::rollback), or kept by
    /// [`release`](Self::release). Savepoints nest: one that is given back takes those with it that came later.
    ///
    /// Copies nothing before it is changed; but of an environ that came from a Python server all of it, and the dict, whose
    /// values are shared: what changes there nobody tells.
    ///
    /// Not among what comes back are the body of the request, which can be read once only, and what is to happen when
    /// the response has gone out. [`reset`](Self::reset) forgets all savepoints.
    ///
    /// # Examples
    /// ```
    /// use wsgi_core::Environ;
    ///
    /// let mut environ = Environ::new();
    /// let before = environ.savepoint();
    /// environ.set_path_info("/moved");
    /// environ.extensions_mut().insert(7u8);
    /// environ.rollback(before);
    /// assert_eq!(environ.path_info(), b"/");
    /// assert!(environ.extensions().is_empty());
    /// ```
    pub fn savepoint(&mut self) -> Savepoint {
        let depth = self.undo.depth + 1;
        self.undo.depth = depth;
        if let Some(source) = &self.source {
            let all = self.all_and(source.snapshot());
            self.undo.changed.push(all);
        }
        Savepoint { depth }
    }

    /// Undoes what was changed since then, in the environ and, where it came from a Python server, in its dict.
    pub fn rollback(&mut self, savepoint: Savepoint) {
        while let Some(before) = self.undo.pop(&savepoint) {
            self.bring_back(before);
        }
        self.undo.leave(&savepoint);
    }

    /// Lets all changes stand; only a savepoint before this one can still undo them.
    pub fn release(&mut self, savepoint: Savepoint) {
        let mut changed: Option<Before> = None;
        while let Some(mut before) = self.undo.pop(&savepoint) {
            if let Some(later) = changed {
                before.add(later);
            }
            changed = Some(before);
        }
        self.undo.leave(&savepoint);
        if let (Some(changed), Some(outer)) = (changed, self.undo.last()) {
            outer.add(changed);
        }
    }

    fn all_and(&self, source: Box<dyn Any + Send>) -> Before {
        Before {
            depth: self.undo.depth,
            method: Some(self.method.clone()),
            version: Some(self.version),
            target: Some(self.target.clone()),
            script_name: Some(self.script_name.clone()),
            path_info: Some(self.path_info.clone()),
            query_string: Some(self.query_string.clone()),
            headers: Some(self.headers.clone()),
            headers_changed: Some(self.headers_changed),
            errors: Some(self.errors.clone()),
            errors_set: Some(self.errors_set),
            variables: Some(self.variables.clone()),
            extensions: Some(self.extensions.clone()),
            route: Some(self.route.clone()),
            sensitive_names: Some(self.sensitive_names.clone()),
            connection: Some(self.connection.clone()),
            source: Some(source),
        }
    }

    fn bring_back(&mut self, before: Before) {
        fn set<T>(field: &mut T, before: Option<T>) {
            if let Some(before) = before {
                *field = before;
            }
        }
        set(&mut self.method, before.method);
        set(&mut self.version, before.version);
        set(&mut self.target, before.target);
        set(&mut self.script_name, before.script_name);
        set(&mut self.path_info, before.path_info);
        set(&mut self.query_string, before.query_string);
        set(&mut self.headers, before.headers);
        set(&mut self.headers_changed, before.headers_changed);
        set(&mut self.errors, before.errors);
        set(&mut self.errors_set, before.errors_set);
        set(&mut self.variables, before.variables);
        set(&mut self.extensions, before.extensions);
        set(&mut self.route, before.route);
        set(&mut self.sensitive_names, before.sensitive_names);
        set(&mut self.connection, before.connection);
        if let (Some(source), Some(saved)) = (&mut self.source, before.source) {
            source.restore(&*saved);
        }
    }
}

/// Notes fields of an [`Environ`] before they are changed: `keep!(self, path_info)`.
macro_rules! keep {
    ($environ:ident, $($field:ident),+) => {
        if let Some(before) = $environ.undo.last() {
            $($crate::environ::savepoint::note(&mut before.$field, &$environ.$field);)+
        }
    };
}
pub(super) use keep;

/// Keeps the first of several values.
#[cold]
pub(super) fn note<T: Clone>(before: &mut Option<T>, now: &T) {
    before.get_or_insert_with(|| now.clone());
}

impl Undo {
    /// Where changes are noted; nowhere without a savepoint.
    #[inline]
    pub(super) fn last(&mut self) -> Option<&mut Before> {
        match self.depth {
            0 => None,
            depth => self.at(depth),
        }
    }

    #[cold]
    fn at(&mut self, depth: usize) -> Option<&mut Before> {
        if self.changed.last().is_none_or(|last| last.depth < depth) {
            self.changed.push(Before {
                depth,
                ..Before::default()
            });
        }
        self.changed.last_mut()
    }

    /// Forgets all savepoints, keeps the memory.
    pub(super) fn clear(&mut self) {
        self.depth = 0;
        self.changed.clear();
    }

    /// What was noted last, if that was since this savepoint.
    fn pop(&mut self, savepoint: &Savepoint) -> Option<Before> {
        match self.changed.last() {
            Some(last) if last.depth >= savepoint.depth => self.changed.pop(),
            _ => None,
        }
    }

    /// Forgets this savepoint and all later ones.
    fn leave(&mut self, savepoint: &Savepoint) {
        self.depth = self.depth.min(savepoint.depth - 1);
    }
}

impl Before {
    /// Adds what a later savepoint has noted of fields that had not changed before it.
    fn add(&mut self, later: Self) {
        fn add<T>(earlier: &mut Option<T>, later: Option<T>) {
            if earlier.is_none() {
                *earlier = later;
            }
        }
        add(&mut self.method, later.method);
        add(&mut self.version, later.version);
        add(&mut self.target, later.target);
        add(&mut self.script_name, later.script_name);
        add(&mut self.path_info, later.path_info);
        add(&mut self.query_string, later.query_string);
        add(&mut self.headers, later.headers);
        add(&mut self.headers_changed, later.headers_changed);
        add(&mut self.errors, later.errors);
        add(&mut self.errors_set, later.errors_set);
        add(&mut self.variables, later.variables);
        add(&mut self.extensions, later.extensions);
        add(&mut self.route, later.route);
        add(&mut self.sensitive_names, later.sensitive_names);
        add(&mut self.connection, later.connection);
        add(&mut self.source, later.source);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{Environ, ErrorStream};

    /// All that can be seen of an environ and comes back.
    fn seen(environ: &mut Environ) -> impl PartialEq + std::fmt::Debug + use<> {
        (
            environ.vars(),
            environ.headers().clone(),
            environ.route().map(std::borrow::Cow::into_owned),
            environ.extensions().get::<u8>().copied(),
            environ.connection().clone(),
            format!("{:?}", environ.errors()),
        )
    }

    const KEYS: &[&str] = &[
        "SCRIPT_NAME",
        "PATH_INFO",
        "QUERY_STRING",
        "REQUEST_URI",
        "REMOTE_ADDR",
        "wsgi.url_scheme",
        "HTTPS",
        "HTTP_X_A",
        "HTTP_X_B",
        "CONTENT_TYPE",
        "x.kept",
        "x.new",
        "wsgi_rs.sensitive_headers",
    ];

    /// Changes one thing; there is a way for each field.
    fn change(environ: &mut Environ, what: usize, value: u8) {
        let text = value.to_string();
        let key = KEYS[what % KEYS.len()];
        match what / KEYS.len() {
            0 => environ.set_var(key, text).unwrap(),
            1 => environ.remove_var(key),
            _ => match what % 8 {
                0 => environ
                    .set_var("REQUEST_METHOD", format!("M{text}"))
                    .unwrap(),
                1 => environ.set_var("SERVER_PROTOCOL", "HTTP/1.0").unwrap(),
                2 => environ.enter_mount(text.into()),
                3 => environ.set_route(text.into()),
                4 => drop(environ.extensions_mut().insert(value)),
                5 => environ.connection_mut().server_port = text.into(),
                6 => environ.set_errors(ErrorStream::new(Vec::new())),
                _ => environ.headers_mut().try_append("X-A", text).unwrap(),
            },
        }
    }

    fn request() -> Environ {
        let mut environ = Environ::new();
        environ.set_var("HTTP_X_A", "1").unwrap();
        environ.set_var("x.kept", "1").unwrap();
        environ.enter_mount("/a".into());
        environ
    }

    fn changes() -> impl Strategy<Value = Vec<(usize, u8)>> {
        prop::collection::vec((0..3 * KEYS.len(), 2..200_u8), 0..8)
    }

    proptest! {
        #[test]
        fn whatever_was_changed_comes_back(first: bool, changes in prop::array::uniform3(changes())) {
            let mut environ = request();
            let apply = |environ: &mut Environ, changes: &[(usize, u8)]| {
                changes.iter().for_each(|&(what, value)| change(environ, what, value));
            };
            let at_first = seen(&mut environ);
            let outer = environ.savepoint();
            apply(&mut environ, &changes[0]);
            let in_between = seen(&mut environ);
            let inner = environ.savepoint();
            apply(&mut environ, &changes[1]);
            if first {
                environ.rollback(inner);
                prop_assert_eq!(seen(&mut environ), in_between);
            } else {
                environ.release(inner);
            }
            apply(&mut environ, &changes[2]);
            environ.rollback(outer);
            prop_assert_eq!(seen(&mut environ), at_first);
            // Nothing is noted any more.
            prop_assert!(environ.undo.depth == 0 && environ.undo.changed.is_empty());
        }
    }

    #[test]
    fn a_savepoint_takes_later_ones_with_it() {
        let mut environ = request();
        let outer = environ.savepoint();
        environ.set_path_info("/b");
        let forgotten = environ.savepoint();
        environ.set_path_info("/c");
        environ.rollback(outer);
        assert_eq!(environ.path_info(), b"/");
        environ.set_path_info("/d");
        environ.rollback(forgotten);
        assert_eq!(environ.path_info(), b"/d");
    }

    #[test]
    fn a_request_knows_nothing_of_the_savepoints_before_it() {
        let mut environ = request();
        let of_the_last = environ.savepoint();
        environ.set_path_info("/b");
        environ.reset();
        environ.set_path_info("/c");
        environ.rollback(of_the_last);
        assert_eq!(environ.path_info(), b"/c");
    }

    #[test]
    fn what_is_released_stays() {
        let mut environ = request();
        let savepoint = environ.savepoint();
        environ.set_path_info("/b");
        environ.release(savepoint);
        assert_eq!(environ.path_info(), b"/b");
        assert!(environ.undo.depth == 0 && environ.undo.changed.is_empty());
    }
}
