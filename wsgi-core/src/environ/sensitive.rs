//! Which header fields of the request and of its response are secrets: [`SensitiveNames`].

use super::{Environ, SENSITIVE_HEADERS, keep};
use crate::SensitiveNames;

impl Environ {
    /// The variable `wsgi_rs.sensitive_headers`, taken apart once only.
    pub(crate) fn sensitive_names(&self) -> Option<SensitiveNames> {
        let Some(source) = &self.source else {
            return self.sensitive_names.clone();
        };
        // Layers of Python may have changed it since.
        let list = source.var(SENSITIVE_HEADERS)?;
        match &self.sensitive_names {
            Some(names) if names.as_str().as_bytes() == list => Some(names.clone()),
            _ => Some(SensitiveNames::parse(&list)),
        }
    }

    /// Sets the variable.
    pub(crate) fn set_sensitive_names(&mut self, names: SensitiveNames) {
        if let Some(source) = &mut self.source {
            source.set_var(SENSITIVE_HEADERS, names.as_str().as_bytes());
        }
        keep!(self, sensitive_names);
        self.sensitive_names = Some(names);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_a_variable_like_others() {
        let mut environ = Environ::new();
        let names = SensitiveNames::none().with(["X-A", "X-B"]).unwrap();
        names.put(&mut environ);
        let shown = |environ: &Environ| {
            let value = environ.var(SENSITIVE_HEADERS)?.into_owned();
            let vars = environ.vars();
            let listed = vars.iter().find(|(key, _)| key == SENSITIVE_HEADERS);
            assert_eq!(listed.map(|(_, value)| value), Some(&value));
            Some(value)
        };
        assert_eq!(shown(&environ), Some(b"x-a, x-b".to_vec()));

        let before = environ.savepoint();
        environ.set_var(SENSITIVE_HEADERS, " X-C,, x-d").unwrap();
        assert_eq!(shown(&environ), Some(b" X-C,, x-d".to_vec()));
        let told = SensitiveNames::of(&environ).unwrap();
        assert_eq!(told.iter().collect::<Vec<_>>(), ["x-c", "x-d"]);

        environ.rollback(before);
        assert_eq!(SensitiveNames::of(&environ), Some(names));
        environ.remove_var(SENSITIVE_HEADERS);
        assert_eq!(
            (shown(&environ), SensitiveNames::of(&environ)),
            (None, None)
        );
    }
}
