//! What a router took from the path: `wsgiorg.routing_args`.

/// The parameters that a router found in the path, for whoever answers.
///
/// A router puts one into [`Environ::extensions_mut`](crate::Environ::extensions_mut). Rust layers find it in
/// [`Environ::extensions`](crate::Environ::extensions); a Python application sees it as
/// `environ["wsgiorg.routing_args"]`, the tuple `(positional, named)` of a tuple and a dict.
///
/// Values are percent-decoded bytes that read as Latin-1, as all of `environ` is.
///
/// # Examples
/// ```
/// use wsgi_core::{Environ, RoutingArgs};
///
/// let mut environ = Environ::new();
/// environ.extensions_mut().insert(RoutingArgs::new().with("year", "2024"));
/// let args = environ.extensions().get::<RoutingArgs>();
/// assert_eq!(args.and_then(|args| args.get("year")), Some(&b"2024"[..]));
/// ```
///
/// # Specification
/// [`wsgiorg.routing_args`](https://wsgi.readthedocs.io/en/latest/specifications/routing_args.html)
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoutingArgs {
    positional: Vec<Vec<u8>>,
    named: Vec<(String, Vec<u8>)>,
    /// Where those of the innermost router begin.
    own: usize,
}

impl RoutingArgs {
    /// No parameter.
    pub const fn new() -> Self {
        Self {
            positional: Vec::new(),
            named: Vec::new(),
            own: 0,
        }
    }

    /// With one more named parameter.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.insert(name, value);
        self
    }

    /// Sets a named parameter. One of the same name, such as an outer router's, is replaced.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) {
        let (name, value) = (name.into(), value.into());
        match self.named.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.named.push((name, value)),
        }
    }

    /// Begins the parameters of a router within the one that set those before: what a router does first, even if it
    /// has none, so that [`own`](RoutingArgs::own) are its own.
    pub fn enter(&mut self) {
        self.own = self.named.len();
    }

    /// Sets a named parameter of the innermost router, behind all others; an outer one of the same name goes.
    pub fn push_own(&mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) {
        let name = name.into();
        if let Some(at) = self.named.iter().position(|(known, _)| *known == name) {
            self.named.remove(at);
            self.own -= usize::from(at < self.own);
        }
        self.named.push((name, value.into()));
    }

    /// Adds a positional parameter behind the others.
    pub fn push(&mut self, value: impl Into<Vec<u8>>) {
        self.positional.push(value.into());
    }

    /// The named parameter.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.named
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_slice())
    }

    /// As [`get`](RoutingArgs::get), when the value is UTF-8.
    pub fn get_str(&self, name: &str) -> Option<&str> {
        self.get(name)
            .and_then(|value| std::str::from_utf8(value).ok())
    }

    /// The named parameters, in the order they were first set.
    pub fn named(&self) -> impl ExactSizeIterator<Item = (&str, &[u8])> {
        self.named
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// The named parameters of the innermost router alone, in the order of its pattern.
    pub fn own(&self) -> impl ExactSizeIterator<Item = (&str, &[u8])> + Clone {
        self.named[self.own..]
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// The positional parameters, in order.
    pub fn positional(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.positional.iter().map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inner_parameter_replaces_the_outer_one_in_its_place() {
        let args = RoutingArgs::new()
            .with("a", "1")
            .with("b", "2")
            .with("a", "3");
        assert_eq!(
            args.named().collect::<Vec<_>>(),
            [("a", &b"3"[..]), ("b", &b"2"[..])]
        );
        assert_eq!(args.get("c"), None);
    }

    #[test]
    fn the_parameters_of_the_innermost_router_are_told_from_outer_ones() {
        let mut args = RoutingArgs::new().with("a", "1").with("b", "2");
        assert_eq!(args.own().len(), 2);
        args.enter();
        assert_eq!(args.own().len(), 0);
        args.push_own("c", "3");
        args.push_own("a", "4");
        assert_eq!(
            args.own().collect::<Vec<_>>(),
            [("c", &b"3"[..]), ("a", b"4")]
        );
        assert_eq!(
            args.named().collect::<Vec<_>>(),
            [("b", &b"2"[..]), ("c", b"3"), ("a", b"4")]
        );
        args.push_own("c", "5");
        assert_eq!(
            args.own().collect::<Vec<_>>(),
            [("a", &b"4"[..]), ("c", b"5")]
        );
        args.enter();
        assert_eq!(args.own().len(), 0);
    }
}
