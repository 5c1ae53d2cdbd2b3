//! What else an adapter tells: whether a path is a rule's, its methods, and what it is bound to.

use http::Method;

use super::Map;
use super::adapter::Adapter;
use super::machine::Asked;
use super::methods::UNNAMED;
use super::outcome::Outcome;

impl<'m, 'r> Adapter<'m, 'r> {
    /// Whether a rule matches, or redirects: Werkzeug's `test`.
    pub fn test(&self, path_info: &str, method: &Method) -> bool {
        let outcome = self.match_path(path_info, method);
        matches!(outcome, Outcome::Found(_) | Outcome::Redirect { .. })
    }

    /// As [`allowed_methods`](Adapter::allowed_methods), of the path of the request.
    pub fn allowed_methods_of_request(&self) -> Vec<&'m str> {
        let nothing = Asked {
            method: UNNAMED,
            websocket: self.websocket,
        };
        match self.ask_machine(&self.path.as_path(), nothing) {
            Outcome::MethodNotAllowed { allow } => allow,
            _ => Vec::new(),
        }
    }

    /// The whole host that the host part of a rule stands for: Werkzeug's `get_host`. `None` is that of the request.
    ///
    /// A subdomain is put in front of the server's name; where hosts are matched, a host is its own part.
    pub fn host_for(&self, domain: Option<&str>) -> String {
        match domain {
            Some(domain) => self.host_of(domain),
            None => self.own_host(),
        }
    }

    /// The map.
    pub fn map(&self) -> &'m Map {
        self.map
    }

    /// The name of the server that was bound, with its port, in lower case.
    pub fn bound_server_name(&self) -> &str {
        &self.server_name
    }

    /// The subdomain of the request; `None` where the map matches hosts.
    pub fn bound_subdomain(&self) -> Option<&str> {
        self.subdomain.as_deref()
    }

    /// The root of the application, with a slash at its end; that of a request is percent-encoded.
    pub fn bound_script_name(&self) -> &str {
        &self.script_name
    }

    /// The scheme of the request.
    pub fn bound_url_scheme(&self) -> &str {
        &self.url_scheme
    }

    /// The query of the request.
    pub fn bound_query(&self) -> &str {
        &self.query
    }

    /// The method of the request.
    pub fn bound_method(&self) -> &Method {
        &self.default_method
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rule;

    fn map() -> Map {
        let builder = Map::builder()
            .add(Rule::new("/a/").endpoint("a").methods(["GET", "PUT"]))
            .add(Rule::new("/b").endpoint("b"));
        builder.build().unwrap()
    }

    #[test]
    fn a_path_is_tested_for_a_rule_or_a_redirect() {
        let map = map();
        let adapter = map.bind("example.org");
        let test = |path, method| adapter.test(path, &method);
        assert!(test("/a/", Method::GET) && test("/a", Method::GET) && test("//b", Method::POST));
        assert!(!test("/a/", Method::POST) && !test("/c", Method::GET));
    }

    #[test]
    fn the_methods_of_the_requests_own_path_are_told() {
        let map = map();
        let adapter = map.bind("example.org").target("/%61/");
        assert_eq!(adapter.allowed_methods_of_request(), ["GET", "HEAD", "PUT"]);
        assert_eq!(
            adapter.path_info("/b").allowed_methods_of_request(),
            [""; 0]
        );
    }

    #[test]
    fn hosts_are_put_together() {
        let map = map();
        let adapter = map.bind("Example.org:8000").subdomain("s");
        let hosts = [None, Some(""), Some("t")].map(|domain| adapter.host_for(domain));
        assert_eq!(
            hosts,
            [
                "s.example.org:8000",
                "example.org:8000",
                "t.example.org:8000"
            ]
        );
        assert_eq!(
            (adapter.bound_server_name(), adapter.bound_subdomain()),
            ("example.org:8000", Some("s"))
        );
        let hosts = map.to_builder().host_matching(true).build().unwrap();
        let adapter = hosts.bind("example.org");
        assert_eq!(
            [adapter.host_for(None), adapter.host_for(Some("h"))],
            ["example.org", "h"]
        );
        assert_eq!(adapter.bound_subdomain(), None);
    }

    #[test]
    fn the_root_of_the_application_is_encoded_in_urls_of_requests() {
        let map = map();
        let parts = crate::RequestParts {
            host: Some(b"example.org"[..].into()),
            script_name: "/\u{e9} b".as_bytes().into(),
            ..crate::RequestParts::default()
        };
        let adapter = map.bind_parts(parts).unwrap();
        assert_eq!(adapter.bound_script_name(), "/%C3%A9%20b/");
        let url = adapter.build("b", &crate::Values::new()).url();
        assert_eq!(url.as_deref().ok(), Some("/%C3%A9%20b/b"));
        let Outcome::Redirect { url } = adapter.match_path("/a", &Method::GET) else {
            unreachable!("a slash is missing");
        };
        assert_eq!(url, "http://example.org/%C3%A9%20b/a/");
    }
}
