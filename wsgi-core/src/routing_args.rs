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
}

impl RoutingArgs {
    /// No parameter.
    pub const fn new() -> Self {
        Self {
            positional: Vec::new(),
            named: Vec::new(),
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
}
