//! Routes that know the types of their parameters: a blog whose links cannot be wrong. Run
//! `cargo run --example routes`, then `curl localhost:8000/`, and follow its links.
//!
//! A `TypedRoute` is written once. It is the pattern that the router matches, the type that the handler is given, and what
//! links are made with; a parameter that is missing or of another type does not compile, and a type that does not fit
//! its pattern is an error of `routes()`, at start-up. `main` puts a Python application beside it.

use std::path::Path as File;

use serde::{Deserialize, Serialize};
use wsgi_core::ApplicationError;
use wsgi_core::python::{Target, interpreter};
use wsgi_router::{Path, Router, RouterBuilder, TypedRoute, UrlError, get, path_handler};
use wsgi_server::{Server, extension::PythonInterpreter};

/// All there is to read.
const ENTRIES: &[(u16, &str)] = &[(2023, "hello"), (2024, "100%"), (2024, "a/b")];

static INDEX: TypedRoute<()> = TypedRoute::from_static("/");
static SORTED: TypedRoute<Order> = TypedRoute::from_static("/sorted/<any(newest, oldest):order>");
static YEAR: TypedRoute<u16> = TypedRoute::from_static("/<int(fixed_digits=4):year>/");
static ENTRY: TypedRoute<Entry> = TypedRoute::from_static("/<int(fixed_digits=4):year>/<slug>");

/// By name, whatever their order in the pattern.
#[derive(Serialize, Deserialize)]
struct Entry {
    year: u16,
    slug: String,
}

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Order {
    Newest,
    Oldest,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    interpreter::initialize()?;
    let hello = File::new(env!("CARGO_MANIFEST_DIR")).join("python/hello.py");
    let hello = Target::parse(&hello.to_string_lossy())?.load()?;
    let builder = Server::builder()
        .bind(address)
        .threads(4)
        .interpreter(PythonInterpreter::default());
    let server = builder.build(routes().mount("/python", hello).build()?)?;
    println!("serving at {}", server.addresses().join(", "));
    Ok(server.run()?)
}

fn routes() -> RouterBuilder {
    Router::builder()
        .route(&INDEX, get(INDEX.handler(|_, _| list(Order::Newest))))
        .route(&SORTED, get(SORTED.handler(|Path(order), _| list(order))))
        .route(&YEAR, get(YEAR.handler(|Path(year), _| links(of(year)))))
        .route(&ENTRY, get(ENTRY.handler(|Path(entry), _| read(&entry))))
        .nest("/api", api())
}

/// Routes that nobody here links to need no handle: their types stand at their handlers.
fn api() -> RouterBuilder {
    let count = path_handler(|Path((year,)): Path<(u16,)>, _| format!("{}\n", of(year).count()));
    Router::builder().route("/count/<int:year>", get(count))
}

fn of(year: u16) -> impl Iterator<Item = &'static (u16, &'static str)> {
    ENTRIES.iter().filter(move |entry| entry.0 == year)
}

fn list(order: Order) -> Result<String, ApplicationError> {
    let (other, entries) = match order {
        Order::Newest => (Order::Oldest, links(ENTRIES.iter().rev())?),
        Order::Oldest => (Order::Newest, links(ENTRIES.iter())?),
    };
    let other = SORTED.url(&other).map_err(ApplicationError::raised)?;
    Ok(format!("{entries}the other way round: {other}\n"))
}

fn links<'e>(
    entries: impl Iterator<Item = &'e (u16, &'e str)>,
) -> Result<String, ApplicationError> {
    let link = |&(year, slug): &(u16, &str)| {
        let slug = slug.to_owned();
        Ok(ENTRY.url(&Entry { year, slug })? + "\n")
    };
    let links: Result<String, UrlError> = entries.map(link).collect();
    links.map_err(ApplicationError::raised)
}

fn read(entry: &Entry) -> Result<String, ApplicationError> {
    let year = YEAR.url(&entry.year).map_err(ApplicationError::raised)?;
    Ok(format!("{} of {year}\n", entry.slug))
}

#[cfg(test)]
mod tests {
    use wsgi_core::testing;

    use super::*;

    #[test]
    fn every_link_leads_somewhere() {
        let router = routes().build().expect("all types fit their patterns");
        let list = testing::get(&router, "/").text();
        let links: Vec<&str> = list.lines().collect();
        let other = "the other way round: /sorted/oldest";
        assert_eq!(links, ["/2024/a%2Fb", "/2024/100%25", "/2023/hello", other]);
        assert_eq!(testing::get(&router, links[0]).text(), "a/b of /2024/\n");
        assert_eq!(testing::get(&router, links[1]).text(), "100% of /2024/\n");
        let sorted = testing::get(&router, "/sorted/oldest").text();
        assert!(sorted.starts_with("/2023/hello\n"), "{sorted}");
        let year = testing::get(&router, "/2024/").text();
        assert_eq!(year.lines().count(), 2);
    }

    #[test]
    fn what_is_no_parameter_is_not_found() {
        let router = routes().build().expect("all types fit their patterns");
        assert_eq!(testing::get(&router, "/api/count/2024").text(), "2\n");
        for path in [
            "/api/count/70000",
            "/api/count/x",
            "/sorted/up",
            "/24/hello",
        ] {
            assert_eq!(testing::get(&router, path).status.code(), 404, "{path}");
        }
    }

    #[test]
    fn what_does_not_fit_is_told_at_start_up() {
        let handler = path_handler(|Path(year): Path<u16>, _| year.to_string());
        let router = Router::builder().route("/<year>", get(handler)).build();
        assert_eq!(
            router.expect_err("a year is a number").to_string(),
            r#"route "/<year>": <year> is text, but u16 takes a u16 there; write <int:year>, or take a String"#
        );
    }
}
