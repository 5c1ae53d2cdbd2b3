//! The environ as it was: for layers that call a second application when the first has not answered.

use std::any::Any;

use http::{Extensions, Method, Version};

use super::{Connection, Environ, OnceCell, route};
use crate::{ErrorStream, Headers, SensitiveNames};

/// All that [`Environ::restore`] brings back.
pub struct Snapshot {
    method: Method,
    version: Version,
    target: Vec<u8>,
    script_name: Vec<u8>,
    path_info: Vec<u8>,
    query_string: Vec<u8>,
    headers: OnceCell<Headers>,
    headers_changed: bool,
    errors: Option<ErrorStream>,
    errors_set: bool,
    variables: Vec<(String, Option<Vec<u8>>)>,
    extensions: Extensions,
    route: route::MatchedRoute,
    sensitive_names: Option<SensitiveNames>,
    connection: Connection,
    source: Option<Box<dyn Any + Send>>,
}

/// Trying one application after another.
impl Environ {
    /// The request as it is now, for [`restore`](Self::restore). Copies variables and header fields; of an environ that
    /// came from a Python server the dict, whose values are shared.
    ///
    /// Not among it are the body of the request, which can be read once only, and what is to happen when the
    /// response has gone out.
    ///
    /// # Examples
    /// ```
    /// use wsgi_core::Environ;
    ///
    /// let mut environ = Environ::new();
    /// let before = environ.snapshot();
    /// environ.set_path_info("/moved");
    /// environ.extensions_mut().insert(7u8);
    /// environ.restore(before);
    /// assert_eq!(environ.path_info(), b"/");
    /// assert!(environ.extensions().is_empty());
    /// ```
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            method: self.method.clone(),
            version: self.version,
            target: self.target.clone(),
            script_name: self.script_name.clone(),
            path_info: self.path_info.clone(),
            query_string: self.query_string.clone(),
            headers: self.headers.clone(),
            headers_changed: self.headers_changed,
            errors: self.errors.clone(),
            errors_set: self.errors_set,
            variables: self.variables.clone(),
            extensions: self.extensions.clone(),
            route: self.route.clone(),
            sensitive_names: self.sensitive_names.clone(),
            connection: self.connection.clone(),
            source: self.source.as_ref().map(|source| source.snapshot()),
        }
    }

    /// Undoes what was changed since then, in the environ and, where it came from a Python server, in its dict.
    pub fn restore(&mut self, snapshot: Snapshot) {
        self.method = snapshot.method;
        self.version = snapshot.version;
        self.target = snapshot.target;
        self.script_name = snapshot.script_name;
        self.path_info = snapshot.path_info;
        self.query_string = snapshot.query_string;
        self.headers = snapshot.headers;
        self.headers_changed = snapshot.headers_changed;
        self.errors = snapshot.errors;
        self.errors_set = snapshot.errors_set;
        self.variables = snapshot.variables;
        self.extensions = snapshot.extensions;
        self.route = snapshot.route;
        self.sensitive_names = snapshot.sensitive_names;
        self.connection = snapshot.connection;
        if let (Some(source), Some(saved)) = (&mut self.source, snapshot.source) {
            source.restore(&*saved);
        }
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = String::from_utf8_lossy(&self.path_info);
        f.debug_tuple("Snapshot")
            .field(&self.method)
            .field(&path)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use crate::Environ;

    #[test]
    fn all_of_a_request_comes_back() {
        let mut environ = Environ::new();
        environ.set_var("HTTP_X_A", "1").unwrap();
        environ.set_var("x.kept", "1").unwrap();
        environ.enter_mount("/a".into());
        let vars = environ.vars();
        let before = environ.snapshot();
        for (key, value) in [
            ("REQUEST_METHOD", "PUT"),
            ("SERVER_PROTOCOL", "HTTP/1.0"),
            ("SCRIPT_NAME", "/s"),
            ("PATH_INFO", "/p"),
            ("QUERY_STRING", "q"),
            ("REQUEST_URI", "/t"),
            ("HTTP_X_A", "2"),
            ("HTTP_X_B", "2"),
            ("x.kept", "2"),
            ("x.new", "2"),
        ] {
            environ.set_var(key, value).unwrap();
        }
        environ.enter_mount("/b".into());
        environ.connection_mut().server_port = "81".into();
        environ.extensions_mut().insert(1u8);
        environ.restore(before);
        assert_eq!(environ.vars(), vars);
        assert_eq!(environ.route().as_deref(), Some("/a/*"));
        assert!(environ.extensions().is_empty());
    }
}
