//! The environ under the names of PEP 3333: `var`, `set_var`, `remove_var`, `vars`.

use std::borrow::Cow;

use http::Method;

use super::text::{address, joined, protocol, version};
use super::*;

impl Environ {
    /// The value of a string variable, or `None` when it is absent (PEP 3333: missing variables are left out).
    ///
    /// `HTTP_` variables of fields that came several times are joined by `, ` (cookies by `; `), as RFC
    /// 3875 §4.1.18 and RFC 6265 §5.4 have it. Looks a key up in the typed fields first, so no map is built.
    pub fn var(&self, key: &str) -> Option<Cow<'_, [u8]>> {
        // Header fields that a Rust layer changed are newer than what the source has.
        if let Some(source) = &self.source
            && !(self.headers_changed && header_name(key).is_some())
        {
            return source.var(key).map(Cow::Owned);
        }
        if let Some((_, value)) = self.variables.iter().find(|(name, _)| name == key) {
            return value.as_deref().map(Cow::Borrowed);
        }
        let connection = &self.connection;
        let text = |text: &'_ str| Some(Cow::Owned(text.as_bytes().to_vec()));
        match key {
            REQUEST_METHOD => Some(self.method.as_str().as_bytes().into()),
            SCRIPT_NAME => Some(self.script_name.as_slice().into()),
            PATH_INFO => Some(self.path_info.as_slice().into()),
            QUERY_STRING => Some(self.query_string.as_slice().into()),
            SERVER_NAME => Some(connection.server_name.as_bytes().into()),
            SERVER_PORT => Some(connection.server_port.as_bytes().into()),
            SERVER_PROTOCOL => Some(protocol(self.version).as_bytes().into()),
            REMOTE_ADDR => connection.remote_addr.map(|ip| address(ip).into()),
            REMOTE_PORT => connection
                .remote_port
                .and_then(|port| text(&port.to_string())),
            REQUEST_URI | RAW_URI if !self.target.is_empty() => Some(self.target.as_slice().into()),
            WSGI_URL_SCHEME => Some(connection.url_scheme.as_bytes().into()),
            HTTPS if self.url_scheme() == "https" => Some(b"on"[..].into()),
            SENSITIVE_HEADERS => {
                let names = self.sensitive_names.as_ref()?;
                Some(names.as_str().as_bytes().into())
            }
            _ => joined(self.headers(), &header_name(key)?),
        }
    }

    /// `REMOTE_ADDR`, as it is for this request: the connection's, unless a layer has set another. `None` where the
    /// client has no address, as on a unix socket.
    ///
    /// # Errors
    /// [`EnvironError::Value`] if the variable is neither empty nor an address.
    #[inline]
    pub fn remote_addr(&self) -> Result<Option<IpAddr>, EnvironError> {
        let is_set = self.variables.iter().any(|(name, _)| name == REMOTE_ADDR);
        match self.source.is_some() || is_set {
            true => self.changed_remote_addr(),
            false => Ok(self.connection.remote_addr),
        }
    }

    fn changed_remote_addr(&self) -> Result<Option<IpAddr>, EnvironError> {
        let Some(value) = self.var(REMOTE_ADDR).filter(|value| !value.is_empty()) else {
            return Ok(None);
        };
        let text = String::from_utf8_lossy(&value);
        let refused = |_| EnvironError::Value {
            key: REMOTE_ADDR.to_owned(),
            value: text.clone().into_owned(),
            expected: "address",
        };
        text.parse().map(Some).map_err(refused)
    }

    /// Sets a string variable; `value` is read as Latin-1 by Python. Variables that have a typed field set that.
    ///
    /// # Errors
    /// [`EnvironError::Value`] for a method, protocol or header field that cannot be one.
    pub fn set_var(&mut self, key: &str, value: impl AsRef<[u8]>) -> Result<(), EnvironError> {
        let value = value.as_ref();
        let refused = |expected| EnvironError::Value {
            key: key.to_owned(),
            value: String::from_utf8_lossy(value).into_owned(),
            expected,
        };
        match key {
            REQUEST_METHOD => {
                self.set_method(
                    Method::from_bytes(value).map_err(|_| refused("token such as GET"))?,
                );
            }
            SERVER_PROTOCOL => {
                self.set_version(
                    version(value).ok_or_else(|| refused("protocol such as HTTP/1.1"))?,
                );
            }
            SCRIPT_NAME => self.set_script_name(value),
            PATH_INFO => self.set_path_info(value),
            QUERY_STRING => self.set_query_string(value),
            REQUEST_URI | RAW_URI => self.set_target(value),
            SENSITIVE_HEADERS => self.set_sensitive_names(SensitiveNames::parse(value)),
            _ => match header_name(key) {
                Some(name) => {
                    self.headers_mut()
                        .try_insert(name.as_ref(), value)
                        .map_err(|_| refused("value of a header field"))?;
                    if let Some(source) = &mut self.source {
                        source.set_var(key, value);
                    }
                }
                None => self.set_plain_variable(key, value),
            },
        }
        Ok(())
    }

    /// Removes a string variable, for this request. What every request has (method, protocol, server, scheme)
    /// cannot be removed, only set.
    pub fn remove_var(&mut self, key: &str) {
        if let Some(name) = header_name(key) {
            self.headers_mut().remove(name.as_ref());
        }
        keep!(self, variables, target, sensitive_names);
        keep!(self, script_name, path_info, query_string);
        self.variables.retain(|(name, _)| name != key);
        match key {
            // The connection has them still, for its next request.
            REMOTE_ADDR | REMOTE_PORT | HTTPS => self.variables.push((key.to_owned(), None)),
            SCRIPT_NAME => self.script_name.clear(),
            PATH_INFO => self.path_info.clear(),
            QUERY_STRING => self.query_string.clear(),
            REQUEST_URI | RAW_URI => self.target.clear(),
            SENSITIVE_HEADERS => self.sensitive_names = None,
            _ => {}
        }
        if let Some(source) = &mut self.source {
            source.remove_var(key);
        }
    }

    /// All string variables, sorted by name: for pages and logs that show them. Copies each.
    pub fn vars(&self) -> Vec<(String, Vec<u8>)> {
        let mut found: Vec<(String, Vec<u8>)> = match &self.source {
            Some(source) => source.vars(),
            None => self.own_vars(),
        };
        if let (Some(_), true) = (&self.source, self.headers_changed) {
            found.retain(|(key, _)| header_name(key).is_none());
            found.extend(self.header_vars());
        }
        found.sort();
        found
    }

    fn own_vars(&self) -> Vec<(String, Vec<u8>)> {
        const FIXED: [&str; 14] = [
            REQUEST_METHOD,
            SCRIPT_NAME,
            PATH_INFO,
            QUERY_STRING,
            SERVER_NAME,
            SERVER_PORT,
            SERVER_PROTOCOL,
            REMOTE_ADDR,
            REMOTE_PORT,
            REQUEST_URI,
            RAW_URI,
            WSGI_URL_SCHEME,
            HTTPS,
            SENSITIVE_HEADERS,
        ];
        let mut found: Vec<(String, Vec<u8>)> = FIXED
            .iter()
            .filter(|key| !self.variables.iter().any(|(name, _)| name == *key))
            .filter_map(|key| Some(((*key).to_owned(), self.var(key)?.into_owned())))
            .collect();
        found.extend(self.header_vars());
        let set = self
            .variables
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), value.clone()?)));
        found.extend(set);
        found
    }

    fn header_vars(&self) -> Vec<(String, Vec<u8>)> {
        let mut keys: Vec<String> = self
            .headers()
            .iter()
            .map(|(name, _)| variable_name(name))
            .collect();
        keys.sort();
        keys.dedup();
        keys.into_iter()
            .filter_map(|key| {
                let value = joined(self.headers(), &header_name(&key)?)?.into_owned();
                Some((key, value))
            })
            .collect()
    }

    fn set_plain_variable(&mut self, key: &str, value: &[u8]) {
        keep!(self, variables);
        if let Some(source) = &mut self.source {
            source.set_var(key, value);
        }
        match self.variables.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => replace(old.get_or_insert_default(), value),
            None => {
                let (mut name, mut bytes) = self.spare_variables.pop().unwrap_or_default();
                name.clear();
                name.push_str(key);
                replace(&mut bytes, value);
                self.variables.push((name, Some(bytes)));
            }
        }
    }

    /// Forgets the variables, and keeps the memory of a few that are not large.
    pub(super) fn clear_variables(&mut self) {
        const KEPT: usize = 8;
        const LARGE: usize = 256;
        for (name, value) in self.variables.drain(..) {
            let value = value.unwrap_or_default();
            let is_large = name.capacity().max(value.capacity()) > LARGE;
            if !is_large && self.spare_variables.len() < KEPT {
                self.spare_variables.push((name, value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn var(environ: &Environ, key: &str) -> Option<String> {
        environ
            .var(key)
            .map(|value| String::from_utf8_lossy(&value).into_owned())
    }

    #[test]
    fn typed_fields_and_variables_are_the_same_thing() {
        let mut environ = Environ::new();
        environ.set_var(REQUEST_METHOD, "BREW").unwrap();
        environ.set_var(PATH_INFO, "/a b").unwrap();
        environ.set_var("HTTP_X_TWO_WORDS", "v").unwrap();
        environ.set_var(REMOTE_USER, "bob").unwrap();
        assert_eq!(environ.method().as_str(), "BREW");
        assert_eq!(environ.path_info(), b"/a b");
        assert_eq!(environ.headers().get("x-two-words"), Some(&b"v"[..]));
        for key in [REQUEST_METHOD, PATH_INFO, "HTTP_X_TWO_WORDS", REMOTE_USER] {
            assert!(environ.vars().iter().any(|(name, _)| name == key), "{key}");
        }
        environ.remove_var("HTTP_X_TWO_WORDS");
        environ.remove_var(REMOTE_USER);
        assert_eq!(
            (
                var(&environ, "HTTP_X_TWO_WORDS"),
                var(&environ, REMOTE_USER)
            ),
            (None, None)
        );
    }

    #[test]
    fn repeated_fields_are_joined_cookies_by_semicolons() {
        let mut environ = Environ::new();
        for (name, value) in [
            ("X-A", "1"),
            ("Cookie", "a=1"),
            ("x-a", "2"),
            ("Cookie", "b=2"),
        ] {
            environ.headers_mut().try_append(name, value).unwrap();
        }
        assert_eq!(var(&environ, "HTTP_X_A").as_deref(), Some("1, 2"));
        assert_eq!(var(&environ, "HTTP_COOKIE").as_deref(), Some("a=1; b=2"));
    }

    #[test]
    fn content_type_has_no_prefix() {
        let mut environ = Environ::new();
        environ
            .headers_mut()
            .try_append("Content-Type", "a/b")
            .unwrap();
        assert_eq!(var(&environ, CONTENT_TYPE).as_deref(), Some("a/b"));
        assert_eq!(var(&environ, "HTTP_CONTENT_TYPE"), None);
    }

    #[test]
    fn reset_forgets_the_request_and_keeps_the_connection() {
        let mut environ = Environ::new();
        environ.connection_mut().server_port = "8000".into();
        environ.set_var("x.leak", "1").unwrap();
        environ.headers_mut().try_append("X-A", "1").unwrap();
        environ.set_input("body");
        environ.extensions_mut().insert(7u8);
        environ.reset();
        assert_eq!(var(&environ, "x.leak"), None);
        assert_eq!(var(&environ, "HTTP_X_A"), None);
        assert!(environ.input().is_empty());
        assert!(environ.extensions().is_empty());
        assert_eq!(var(&environ, SERVER_PORT).as_deref(), Some("8000"));
    }

    #[test]
    fn a_variable_has_nothing_of_those_of_earlier_requests() {
        let mut environ = Environ::new();
        environ.set_var("x.long", "a long value").unwrap();
        environ.set_var("x.removed", "1").unwrap();
        environ.remove_var("x.removed");
        environ.reset();
        assert!(environ.plain_variables().is_empty());
        environ.set_var("x.a", "b").unwrap();
        let expected = [("x.a".to_owned(), Some(b"b".to_vec()))];
        assert_eq!(environ.plain_variables(), expected);
    }

    #[test]
    fn what_one_request_removes_the_next_one_has_again() {
        let mut environ = Environ::new();
        environ.connection_mut().remote_addr = Some([10, 0, 0, 1].into());
        environ.remove_var(REMOTE_ADDR);
        assert_eq!(var(&environ, REMOTE_ADDR), None);
        assert!(!environ.vars().iter().any(|(key, _)| key == REMOTE_ADDR));
        environ.set_var(REMOTE_ADDR, "10.0.0.2").unwrap();
        assert_eq!(var(&environ, REMOTE_ADDR).as_deref(), Some("10.0.0.2"));
        environ.reset();
        assert_eq!(var(&environ, REMOTE_ADDR).as_deref(), Some("10.0.0.1"));
    }

    #[test]
    fn the_clients_address_is_that_of_the_request() {
        let mut environ = Environ::new();
        assert_eq!(environ.remote_addr(), Ok(None));
        environ.connection_mut().remote_addr = Some([10, 0, 0, 1].into());
        assert_eq!(environ.remote_addr(), Ok(Some([10, 0, 0, 1].into())));
        environ.set_var("x.other", "1").unwrap();
        assert_eq!(environ.remote_addr(), Ok(Some([10, 0, 0, 1].into())));
        environ.set_var(REMOTE_ADDR, "::1").unwrap();
        assert_eq!(environ.remote_addr(), Ok(Some("::1".parse().unwrap())));
        environ.set_var(REMOTE_ADDR, "").unwrap();
        assert_eq!(environ.remote_addr(), Ok(None));
        environ.set_var(REMOTE_ADDR, "unix:").unwrap();
        let error = environ.remote_addr().unwrap_err().to_string();
        assert_eq!(
            error,
            "environ variable REMOTE_ADDR: \"unix:\" is no address"
        );
    }

    #[test]
    fn https_follows_the_scheme_of_the_request() {
        let mut environ = Environ::new();
        assert_eq!(var(&environ, HTTPS), None);
        environ.set_var(WSGI_URL_SCHEME, "https").unwrap();
        assert_eq!(var(&environ, HTTPS).as_deref(), Some("on"));
    }

    #[test]
    fn a_value_that_cannot_be_is_refused() {
        let mut environ = Environ::new();
        environ.set_var(REQUEST_METHOD, "GE T").unwrap_err();
        environ.set_var("HTTP_X_A", "a\r\nb").unwrap_err();
        assert_eq!(environ.method(), Method::GET);
    }
}
