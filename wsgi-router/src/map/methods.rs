//! Sets of request methods, as bits.

use http::Method;

/// The methods of RFC 9110 §9.3 and RFC 5789, in the order in which `Allow` lists them.
const KNOWN: [Method; 9] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::DELETE,
    Method::PATCH,
    Method::OPTIONS,
    Method::CONNECT,
    Method::TRACE,
];

/// A set of methods: a bit for each, those of [`KNOWN`] first.
pub(crate) type MethodSet = u64;

/// What a rule for all methods has.
pub(crate) const ALL: MethodSet = u64::MAX;

/// The bit of a method that no rule names.
pub(crate) const UNNAMED: MethodSet = 1 << 63;

/// The methods that a map's rules name.
#[derive(Debug, Default)]
pub(crate) struct Methods {
    others: Vec<String>,
}

impl Methods {
    /// The bit of a method, which is given a new one if need be; `None` when there are no more bits.
    pub(crate) fn add(&mut self, method: &str) -> Option<MethodSet> {
        if let Some(at) = KNOWN.iter().position(|known| known.as_str() == method) {
            return Some(1 << at);
        }
        let at = match self.others.iter().position(|known| known == method) {
            Some(at) => at,
            None => {
                self.others.push(method.to_owned());
                self.others.len() - 1
            }
        };
        let at = KNOWN.len() + at;
        (at < 63).then(|| 1 << at)
    }

    /// The bit of the request's method.
    #[inline]
    pub(crate) fn bit(&self, method: &Method) -> MethodSet {
        match *method {
            Method::GET => 1,
            Method::HEAD => 2,
            Method::POST => 4,
            _ => self.other_bit(method),
        }
    }

    fn other_bit(&self, method: &Method) -> MethodSet {
        if let Some(at) = KNOWN.iter().position(|known| known == method) {
            return 1 << at;
        }
        // Rules name methods in capitals, as Werkzeug has it, and so does the request.
        self.named(&method.as_str().to_ascii_uppercase())
    }

    /// The bit of the method of this very name.
    pub(crate) fn named(&self, name: &str) -> MethodSet {
        if let Some(at) = KNOWN.iter().position(|known| known.as_str() == name) {
            return 1 << at;
        }
        match self.others.iter().position(|known| *known == name) {
            Some(at) => 1 << (KNOWN.len() + at),
            None => UNNAMED,
        }
    }

    /// The names of a set, in the order of `Allow`.
    pub(crate) fn names(&self, set: MethodSet) -> Vec<&str> {
        let all = KNOWN
            .iter()
            .map(Method::as_str)
            .chain(self.others.iter().map(String::as_str));
        let named = all.enumerate().filter(|(at, _)| set >> at & 1 == 1);
        named.map(|(_, name)| name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_method_has_a_bit_of_its_own() {
        let mut methods = Methods::default();
        let purge = methods.add("PURGE").unwrap();
        let seen: Vec<MethodSet> = KNOWN.iter().map(|method| methods.bit(method)).collect();
        assert_eq!(seen, (0..9).map(|at| 1 << at).collect::<Vec<_>>());
        assert_eq!(methods.bit(&Method::from_bytes(b"purge").unwrap()), purge);
        assert_eq!(methods.bit(&Method::from_bytes(b"get").unwrap()), 1);
        assert_eq!(methods.bit(&Method::from_bytes(b"LOCK").unwrap()), UNNAMED);
        assert_eq!(
            methods.names(purge | 1 | 2 | 8),
            ["GET", "HEAD", "PUT", "PURGE"]
        );
    }
}
