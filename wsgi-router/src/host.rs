//! Hosts: applications that have a whole site to themselves.

use std::sync::Arc;

use thiserror::Error;
use wsgi_core::{Application, Environ, RoutingArgs, environ};

use crate::error::RouteError;
use crate::map::{Arguments, Converter, Map, MapBuilder, Outcome, Reach, Rule};
use crate::router::Router;

/// An application for a host, as it is given.
#[derive(Clone)]
pub(crate) struct Host {
    pub(crate) pattern: String,
    pub(crate) app: Arc<dyn Application>,
    /// The same, if it is a router.
    pub(crate) router: Option<Router>,
}

/// The applications by host: a map of rules for hosts only.
pub(crate) struct Hosts {
    pub(crate) map: Map,
    pub(crate) hosts: Vec<Host>,
}

/// One label: what a parameter of a host takes unless it names a converter.
#[derive(Debug)]
struct Label;

impl Converter for Label {
    fn regex(&self) -> String {
        "[^./]+".to_owned()
    }

    fn part_isolating(&self) -> bool {
        true
    }
}

/// One label or more: what `*` takes, when nothing else does.
#[derive(Debug)]
struct Labels;

impl Converter for Labels {
    fn regex(&self) -> String {
        "[^/]+".to_owned()
    }

    fn weight(&self) -> i64 {
        1000
    }
}

/// The name under which rules have [`Labels`], for the `*` of a pattern.
const LABELS: &str = "labels";

/// The name of the parameter that `*` is.
const ANY: &str = "_";

impl Hosts {
    /// From what was given, with the converters of the router; the mistakes that are in it are added to the others.
    pub(crate) fn new(
        hosts: Vec<Host>,
        converters: MapBuilder,
        mistakes: &mut Vec<RouteError>,
    ) -> Option<Self> {
        let mut builder = converters
            .host_matching(true)
            .allow_conflicts(true)
            .converter("default", |_: &Arguments| Ok(Arc::new(Label)))
            .converter(LABELS, |_: &Arguments| Ok(Arc::new(Labels)));
        for host in &hosts {
            match check(&host.pattern) {
                Ok(rule) => builder = builder.add(rule),
                Err(problem) => mistakes.push(RouteError::Host {
                    host: host.pattern.clone(),
                    problem,
                }),
            }
        }
        match builder.build() {
            Ok(map) => {
                let pattern = |index: u32| hosts[index as usize].pattern.clone();
                if map.rules.len() == hosts.len() {
                    let conflicts = map.conflicts().iter();
                    mistakes.extend(conflicts.map(|conflict| RouteError::Host {
                        host: pattern(conflict.loser),
                        problem: HostError::Twice,
                    }));
                }
                Some(Self { map, hosts })
            }
            Err(error) => {
                mistakes.extend(error.mistakes().iter().filter_map(RouteError::of_rule));
                None
            }
        }
    }

    /// The application for the request's host, whose parameters are added to those of the request.
    #[inline]
    pub(crate) fn find(&self, environ: &mut Environ) -> Option<&dyn Application> {
        if self.hosts.is_empty() {
            return None;
        }
        self.find_host(environ)
    }

    fn find_host(&self, environ: &mut Environ) -> Option<&dyn Application> {
        let name = name_of(environ);
        let adapter = self.map.bind("").host(name.as_str());
        let Outcome::Found(found) = adapter.match_path("/", &http::Method::GET) else {
            return None;
        };
        let parameters = &self.map.rules[found.id().index()].parameters;
        for (index, parameter) in parameters.iter().enumerate() {
            // What `*` stands for and what is below the host are no parameters of anybody's.
            if !matches!(parameter.name.as_str(), ANY | "")
                && let Some(text) = found.text_at(index)
            {
                let args = environ.extensions_mut();
                let args = args.get_or_insert_default::<RoutingArgs>();
                args.insert(parameter.name.as_str(), text.into_owned());
            }
        }
        self.map.note_hit(found.id());
        self.hosts.get(found.id().index()).map(|host| &*host.app)
    }
}

/// The rule of all paths of a host.
fn check(pattern: &str) -> Result<Rule, HostError> {
    let (front, rest) = match pattern.strip_prefix('*') {
        Some(suffix) if suffix.starts_with('.') && suffix.len() > 1 => {
            (format!("<{LABELS}:{ANY}>"), suffix)
        }
        Some(_) => return Err(HostError::Wildcard),
        None => (String::new(), pattern),
    };
    let angled = braced_as_angled(rest).ok_or(HostError::Name)?;
    let literal = without_parameters(&angled);
    if literal.contains('*') {
        return Err(HostError::Wildcard);
    }
    // What `Host` would have to hold for the entry to be found: the name alone.
    let named = literal
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte));
    let whole = without_port(literal.as_bytes()) == literal.as_bytes();
    let empty = literal.trim_start_matches('.').is_empty() && literal == angled;
    if !named || !whole || empty {
        return Err(HostError::Name);
    }
    let host = front + &lower_literal(&angled);
    let mut rule = Rule::new("/")
        .host(host)
        .endpoint(pattern)
        .merge_slashes(true);
    rule.reach = Reach::Below;
    Ok(rule)
}

/// The pattern in Werkzeug's syntax, whichever it is in.
fn braced_as_angled(pattern: &str) -> Option<String> {
    if pattern.contains('<') || !pattern.contains('{') {
        return Some(pattern.to_owned());
    }
    crate::nesting::angled(pattern)
}

/// The literal text, with an `x` for each parameter.
fn without_parameters(pattern: &str) -> String {
    let mut text = String::new();
    let mut depth = 0;
    for c in pattern.chars() {
        match c {
            '<' => depth += 1,
            '>' if depth > 0 => {
                depth -= 1;
                text.push('x');
            }
            other if depth == 0 => text.push(other),
            _ => {}
        }
    }
    text
}

/// The same with the literal text in lower case, as hosts are matched.
fn lower_literal(pattern: &str) -> String {
    let mut depth = 0;
    let lower = pattern.chars().map(|c| {
        match c {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ if depth == 0 => return c.to_ascii_lowercase(),
            _ => {}
        }
        c
    });
    lower.collect()
}

/// The host of the request in lower case, without its port: that of the field `Host`, or without one `SERVER_NAME`.
pub(crate) fn name_of(environ: &Environ) -> String {
    let field = environ.headers().get("host");
    let host = match field.filter(|host| !host.is_empty()) {
        Some(host) => String::from_utf8_lossy(without_port(host)).into_owned(),
        None => {
            let server = environ.var(environ::SERVER_NAME).unwrap_or_default();
            String::from_utf8_lossy(without_port(&server)).into_owned()
        }
    };
    host.to_ascii_lowercase()
}

/// The host of `host:port`, without the dot that ends a fully qualified name; `[::1]` keeps its brackets.
fn without_port(host: &[u8]) -> &[u8] {
    let end = if host.starts_with(b"[") {
        host.iter()
            .position(|&byte| byte == b']')
            .map_or(host.len(), |bracket| bracket + 1)
    } else {
        host.iter()
            .position(|&byte| byte == b':')
            .unwrap_or(host.len())
    };
    let name = &host[..end];
    name.strip_suffix(b".").unwrap_or(name)
}

impl std::fmt::Debug for Hosts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let patterns = self.hosts.iter().map(|host| &host.pattern);
        f.debug_list().entries(patterns).finish()
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Host").field(&self.pattern).finish()
    }
}

/// Why a host was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostError {
    /// Not a name by itself.
    #[error(
        "it is no host name; write a name or address such as \"api.example.com\", without scheme, port and path"
    )]
    Name,
    /// A `*` that is not the whole first label.
    #[error("its \"*\" is not the whole first label; write \"*.example.com\"")]
    Wildcard,
    /// Two applications for one host.
    #[error("an application has this host already; give one of the two another host")]
    Twice,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_the_final_dot_do_not_count() {
        #[rustfmt::skip]
        let cases: &[(&str, &str)] = &[
            ("example.com",       "example.com"),
            ("example.com:8000",  "example.com"),
            ("example.com.:80",   "example.com"),
            ("[::1]:8000",        "[::1]"),
            ("[::1",              "[::1"),
            (":80",               ""),
        ];
        for (host, name) in cases {
            assert_eq!(without_port(host.as_bytes()), name.as_bytes(), "{host}");
        }
    }
}
