//! The maps that are compared: GitHub's interface, an application such as Flask's users write, and a large one.

use wsgi_router::{Rule, Value};

use super::github;

/// A rule as both sides are told of it.
pub(crate) struct Given {
    pub(crate) text: String,
    pub(crate) methods: Vec<&'static str>,
    pub(crate) defaults: Vec<(&'static str, i64)>,
}

impl Given {
    fn new(text: &str, methods: &str) -> Self {
        Self {
            text: text.to_owned(),
            methods: methods.split_terminator(' ').map(static_method).collect(),
            defaults: Vec::new(),
        }
    }

    /// As `wsgi_router` has it. The text and the methods are the endpoint.
    pub(crate) fn rule(&self) -> Rule {
        let mut rule = Rule::new(self.text.as_str()).endpoint(self.endpoint());
        if !self.methods.is_empty() {
            rule = rule.methods(self.methods.iter().copied());
        }
        let defaults = self.defaults.iter();
        defaults.fold(rule, |rule, (name, value)| {
            rule.default(*name, Value::from(*value))
        })
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("{} {}", self.methods.join(","), self.text)
    }

    /// A request for it: a path with a text for each parameter, and a method.
    fn request(&self) -> (String, &'static str) {
        let mut path = String::new();
        let mut rest = self.text.as_str();
        while let Some((before, behind)) = rest.split_once('<') {
            let (parameter, behind) = behind.split_once('>').expect("a parameter ends");
            path.push_str(before);
            path.push_str(match parameter.split_once([':', '(']) {
                None => parameter,
                Some(("int", _)) => "20717",
                Some(("float", _)) => "47.5",
                Some(("uuid", _)) => "0b5e4f2c-7d1a-4c3e-9f60-8a2b1c3d4e5f",
                Some(("path", _)) => "css/site/main.css",
                Some(("any", _)) => "json",
                Some((other, _)) => unreachable!("no text for {other}"),
            });
            rest = behind;
        }
        path.push_str(rest);
        (path, self.methods.first().copied().unwrap_or("GET"))
    }
}

/// A map, and a request for each of its rules.
pub(crate) struct Compared {
    pub(crate) name: &'static str,
    pub(crate) rules: Vec<Given>,
    pub(crate) requests: Vec<(String, &'static str)>,
}

impl Compared {
    fn new(name: &'static str, rules: Vec<Given>) -> Self {
        let requests = rules.iter().map(Given::request).collect();
        Self {
            name,
            rules,
            requests,
        }
    }
}

pub(crate) fn all() -> Vec<Compared> {
    let github = github::ROUTES.iter();
    let github = github.map(|route| Given::new(&route.replace('{', "<").replace('}', ">"), ""));
    let blog = BLOG.iter().map(|(text, methods)| Given::new(text, methods));
    let mut blog: Vec<Given> = blog.collect();
    for rule in blog
        .iter_mut()
        .filter(|rule| ["/posts/", "/archive/"].contains(&&*rule.text))
    {
        rule.defaults.push(("page", 1));
    }
    vec![
        Compared::new("GitHub's", github.collect()),
        Compared::new("a blog's", blog),
        Compared::new("1,000 rules", large(1000)),
    ]
}

/// What a blog with accounts, an administration and an interface for programs has.
#[rustfmt::skip]
const BLOG: [(&str, &str); 48] = [
    ("/", "GET"), ("/about", "GET"), ("/contact", "GET POST"), ("/search", "GET"), ("/feed.xml", "GET"),
    ("/robots.txt", "GET"), ("/healthz", "GET"), ("/static/<path:filename>", "GET"), ("/media/<path:filename>", "GET"),
    ("/login", "GET POST"), ("/logout", "POST"), ("/register", "GET POST"), ("/confirm/<uuid:token>", "GET"),
    ("/password/forgot", "GET POST"), ("/password/reset/<uuid:token>", "GET POST"),
    ("/posts/", "GET"), ("/posts/page/<int:number>", "GET"), ("/posts/<int:id>", "GET"), ("/posts/<int:id>/edit", "GET POST"),
    ("/posts/<int:id>/delete", "POST"), ("/posts/<int:id>/comments/", "GET POST"),
    ("/posts/<int:id>/comments/<int:comment>", "GET DELETE"), ("/posts/<slug>", "GET"),
    ("/tags/", "GET"), ("/tags/<tag>", "GET"), ("/tags/<tag>/page/<int:page>", "GET"),
    ("/users/<username>", "GET"), ("/users/<username>/posts", "GET"), ("/users/<username>/follow", "POST"),
    ("/archive/", "GET"), ("/archive/<int:year>/", "GET"), ("/archive/<int:year>/<int:month>/", "GET"),
    ("/archive/<int:year>/<int:month>/<slug>", "GET"), ("/export.<any(json, csv, xml):format>", "GET"),
    ("/map/<float:latitude>/<float:longitude>", "GET"),
    ("/api/v1/posts", "GET"), ("/api/v1/posts", "POST"), ("/api/v1/posts/<int:id>", "GET"),
    ("/api/v1/posts/<int:id>", "PUT PATCH"), ("/api/v1/posts/<int:id>", "DELETE"),
    ("/api/v1/posts/<int:id>/comments", "GET"), ("/api/v1/users/<int:id>", "GET"), ("/api/v1/users/me", "GET"),
    ("/api/v1/token", "POST"), ("/admin/", "GET"), ("/admin/users/", "GET"), ("/admin/users/<int:id>/edit", "GET POST"),
    ("/admin/settings", "GET POST"),
];

fn large(count: usize) -> Vec<Given> {
    let rule = |number: usize| {
        let section = format!("/section{}/topic{}", number / 100, number / 4);
        let end = ["/", "/<int:id>", "/<int:id>/edit", "/by/<slug>"][number % 4];
        Given::new(&format!("{section}{end}"), "GET")
    };
    (0..count).map(rule).collect()
}

fn static_method(method: &str) -> &'static str {
    let known = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    known
        .into_iter()
        .find(|known| *known == method)
        .expect("a known method")
}
