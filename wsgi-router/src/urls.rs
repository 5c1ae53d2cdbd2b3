//! URLs and the table of a router, with those of the routers in it.

use percent_encoding::{AsciiSet, CONTROLS, percent_encode};
use wsgi_core::Environ;

use crate::host::Host;
use crate::map::{Adapter, Build, BuildError, Map, Reach, Report, ReportLine, RuleId, Values};
use crate::mount::Mount;
use crate::router::Router;
use crate::table::{Handler, Table};

/// What may not stand in a header field; the query is encoded already.
const QUERY: &AsciiSet = &CONTROLS.add(b' ');

/// `QUERY_STRING` as it can be sent.
pub(crate) fn query(query: &[u8]) -> String {
    percent_encode(query, QUERY).to_string()
}

/// A [`Router`] and a request: builds URLs that lead to the router's routes. Made by [`Router::bind`].
///
/// # Examples
/// ```
/// use wsgi_core::{handler, testing::EnvironBuilder};
/// use wsgi_router::{Router, get};
///
/// let user = Router::builder().route("/users/<int:id>", get(handler(|_| "a user")).name("user")).build()?;
/// let router = Router::builder().mount("/t/<tenant>", user).build()?;
/// let environ = EnvironBuilder::get("/").script_name("/app").build();
/// let urls = router.bind(&environ);
/// let values = [("tenant", "acme"), ("id", "7"), ("page", "2")].into();
/// assert_eq!(urls.url_for("user", &values)?, "/app/t/acme/users/7?page=2");
/// assert_eq!(urls.external().url_for("user", &values)?, "http://127.0.0.1/app/t/acme/users/7?page=2");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Urls<'r> {
    router: &'r Router,
    adapter: Adapter<'r, 'r>,
    external: bool,
}

impl Router {
    /// The router as the request sees it: with its scheme and host, and below its `SCRIPT_NAME`, which is where the
    /// router is if the request has come to it.
    pub fn bind<'r>(&'r self, environ: &'r Environ) -> Urls<'r> {
        Urls {
            router: self,
            adapter: self.table.adapter(environ),
            external: false,
        }
    }

    /// The path of the route of this name, with the values in the places of its parameters, and those that have none as
    /// the query; seen from the root of this router. Routes of mounted routers are found, too, behind its own; the
    /// values for the parameters of a mount's prefix are among the values.
    ///
    /// # Errors
    /// [`BuildError`] tells which rule is nearest, and what is missing.
    pub fn url_for(&self, name: &str, values: &Values) -> Result<String, BuildError> {
        let adapter = self.table.map.bind("localhost");
        let urls = Urls {
            router: self,
            adapter: match self.table.by_host {
                true => adapter.host("localhost"),
                false => adapter,
            },
            external: false,
        };
        urls.url_for(name, values)
    }

    /// All routes as a table: those of nested and mounted routers with their prefixes and hosts, and for other
    /// applications a line each, `/blog/*`.
    pub fn report(&self) -> Report {
        self.table.report()
    }

    /// Whether it, or a router in it, has routes of this name.
    fn has(&self, name: &str) -> bool {
        let table = &*self.table;
        table.map.rules_of(name).next().is_some() || table.inner().any(|inner| inner.has(name))
    }
}

impl Urls<'_> {
    /// Absolute URLs, with scheme and host, wherever they lead. Otherwise only those to other hosts are.
    #[must_use]
    pub fn external(mut self) -> Self {
        self.external = true;
        self
    }

    /// The URL of the route of this name: as [`Router::url_for`], below the request's `SCRIPT_NAME`.
    ///
    /// # Errors
    /// [`BuildError`] tells which rule is nearest, and what is missing.
    pub fn url_for(&self, name: &str, values: &Values) -> Result<String, BuildError> {
        let table = &*self.router.table;
        if table.map.rules_of(name).next().is_none() {
            if let Some((mount, router)) = table.mounted().find(|(_, router)| router.has(name)) {
                return self.below(mount, router, name, values);
            }
            for host in &table.hosts.hosts {
                if let Some(router) = host.router.as_ref().filter(|router| router.has(name)) {
                    return self.at_host(host, router, name, values);
                }
            }
        }
        let build = Build::new(&self.adapter, name, values);
        build.force_external(self.external).url()
    }

    /// That of a router that is mounted.
    fn below(
        &self,
        mount: &Mount,
        router: &Router,
        name: &str,
        values: &Values,
    ) -> Result<String, BuildError> {
        let endpoint = mount.endpoint();
        let (root, values) = match &*mount.prefix {
            "" => (
                self.adapter.script_name.clone().into_owned(),
                values.clone(),
            ),
            _ => {
                let build = Build::new(&self.adapter, &endpoint, values);
                let root = build.append_unknown(false).force_external(false).url()?;
                (
                    root,
                    without(&self.router.table.map, &endpoint, values, router, name),
                )
            }
        };
        let adapter = router.table.map.bind(self.adapter.server_name.clone());
        let mut adapter = adapter.url_scheme(self.adapter.url_scheme.clone());
        // It is encoded already.
        adapter.script_name = format!("{}/", root.trim_end_matches('/')).into();
        if router.table.by_host {
            adapter = adapter.host(self.adapter.host_name().to_owned());
        }
        let urls = Urls {
            router,
            adapter,
            external: self.external,
        };
        urls.url_for(name, &values)
    }

    /// That of a router that has a host.
    fn at_host(
        &self,
        host: &Host,
        router: &Router,
        name: &str,
        values: &Values,
    ) -> Result<String, BuildError> {
        let map = &self.router.table.hosts.map;
        let known = values.clone().with("", "");
        let adapter = map.bind("").url_scheme(self.adapter.url_scheme.clone());
        let origin = Build::new(&adapter, &host.pattern, &known)
            .append_unknown(false)
            .url()?;
        // `http://host/`, or without a scheme `//host/`.
        let authority = origin.split_once("//").map_or("", |(_, rest)| rest);
        let authority = authority.trim_end_matches('/').to_owned();
        let adapter = router.table.map.bind(authority.clone());
        let mut adapter = adapter.url_scheme(self.adapter.url_scheme.clone());
        adapter.script_name = self.adapter.script_name.clone();
        if router.table.by_host {
            adapter = adapter.host(authority);
        }
        let urls = Urls {
            router,
            adapter,
            external: true,
        };
        urls.url_for(name, &without(map, &host.pattern, values, router, name))
    }
}

/// The values that are left for the routes within: all but those of the prefix, unless a route has one of its name.
fn without(map: &Map, endpoint: &str, values: &Values, inner: &Router, name: &str) -> Values {
    let taken = |value: &str| {
        map.is_endpoint_expecting(endpoint, &[value])
            && !inner.table.map.is_endpoint_expecting(name, &[value])
    };
    let left = values.iter().filter(|(name, _)| !taken(name));
    left.map(|(name, value)| (name, value.clone())).collect()
}

impl Table {
    /// The mounts that are routers.
    fn mounted(&self) -> impl Iterator<Item = (&Mount, &Router)> {
        let mounts = self.handlers.iter().enumerate();
        let mounts = mounts.filter_map(|(index, handler)| match handler {
            Handler::Mount(mount) if self.reach(RuleId::at(index)) == Reach::Root => Some(&**mount),
            _ => None,
        });
        let all = mounts.chain(self.root.as_deref());
        all.filter_map(|mount| Some((mount, mount.router.as_ref()?)))
    }

    /// The routers in this one.
    fn inner(&self) -> impl Iterator<Item = &Router> {
        let hosts = self
            .hosts
            .hosts
            .iter()
            .filter_map(|host| host.router.as_ref());
        self.mounted().map(|(_, router)| router).chain(hosts)
    }

    fn report(&self) -> Report {
        let mut report = Report::default();
        let inner =
            |router: &Option<Router>| router.as_ref().map(Router::report).unwrap_or_default();
        for host in &self.hosts.hosts {
            let line = ReportLine::application("").host(host.pattern.as_str());
            report.nest(&line, inner(&host.router));
        }
        for (index, mut line) in self.map.report().lines.into_iter().enumerate() {
            let rule = RuleId::at(index);
            match (self.reach(rule), &self.handlers[index]) {
                (Reach::Whole, _) => {
                    if line.endpoint == line.path {
                        line.endpoint.clear();
                    }
                    line.hit = Some(self.map.was_hit(rule));
                    report.lines.push(line);
                }
                (Reach::Root, Handler::Mount(mount)) => {
                    let below = RuleId::at(index + 1);
                    line.path.push_str("/*");
                    line.endpoint.clear();
                    line.notes.push(ReportLine::APPLICATION.to_owned());
                    line.hit = Some(self.map.was_hit(rule) || self.map.was_hit(below));
                    let inner = inner(&mount.router);
                    if inner.lines.is_empty() {
                        // What an application has below its prefix, no template says.
                        line.template = None;
                    }
                    report.nest(&line, inner);
                }
                _ => {}
            }
        }
        if let Some(mount) = &self.root {
            report.nest(&ReportLine::application(""), inner(&mount.router));
        }
        report
    }
}
