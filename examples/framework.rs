//! A framework of one's own in under two hundred lines: pages as functions, parameters, forms, errors, state. Run
//! `cargo run --example framework`, then open <http://localhost:8000>.
//!
//! The first half is the framework: `Site` gathers pages and becomes an application, a page is a function from
//! [`Request`] to [`Page`] or [`Problem`]. The second half is a guest book written with it. Nothing here knows of
//! sockets but `main`, so a site can be tested, mounted and wrapped like any other application.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use http::{Response, StatusCode, header};
use percent_encoding::percent_decode_str;
use wsgi_core::{Application, ApplicationError, Body, Input, IntoAnswer, RoutingArgs, handler};
use wsgi_router::{Router, RouterBuilder, RouterError, get};
use wsgi_server::Server;

/// The pages of a site. All of them are given the same state.
struct Site<S: 'static> {
    state: &'static S,
    router: RouterBuilder,
}

type PageFn<S> = fn(&Request, &S) -> Result<Page, Problem>;

impl<S: Sync> Site<S> {
    fn new(state: S) -> Self {
        // A site lives as long as its process.
        let state = Box::leak(Box::new(state));
        Self {
            state,
            router: Router::builder(),
        }
    }

    /// A page to look at.
    fn page(mut self, pattern: &str, show: PageFn<S>) -> Self {
        let show = get(self.application(show));
        self.router = self.router.route(pattern, show);
        self
    }

    /// A page with a form that is sent to its own address.
    fn form(mut self, pattern: &str, show: PageFn<S>, submit: PageFn<S>) -> Self {
        let methods = get(self.application(show)).post(self.application(submit));
        self.router = self.router.route(pattern, methods);
        self
    }

    fn build(self) -> Result<Router, RouterError> {
        self.router.build()
    }

    fn application(&self, page: PageFn<S>) -> impl Application + use<S> {
        let state = self.state;
        handler(move |request: http::Request<Input>| {
            let answer = Request::read(request).and_then(|request| page(&request, state));
            answer.unwrap_or_else(Problem::into_page)
        })
    }
}

/// What a page is given.
struct Request {
    parameters: RoutingArgs,
    query: HashMap<String, String>,
    form: HashMap<String, String>,
}

impl Request {
    /// The largest form that is read, in bytes.
    const LIMIT: u64 = 64 * 1024;

    fn read(request: http::Request<Input>) -> Result<Self, Problem> {
        let (parts, mut body) = request.into_parts();
        if body.remaining().is_none_or(|length| length > Self::LIMIT) {
            return Err(Problem(
                StatusCode::PAYLOAD_TOO_LARGE,
                "the form is too large",
            ));
        }
        let form = body
            .read_all()
            .map_err(|_| Problem(StatusCode::BAD_REQUEST, "the form ended early"))?;
        let parameters = parts
            .extensions
            .get::<RoutingArgs>()
            .cloned()
            .unwrap_or_default();
        let query = pairs(parts.uri.query().unwrap_or_default());
        Ok(Self {
            parameters,
            query,
            form: pairs(&String::from_utf8_lossy(&form)),
        })
    }

    fn parameter(&self, name: &str) -> &str {
        self.parameters.get_str(name).unwrap_or_default()
    }

    fn field(&self, name: &'static str) -> Result<&str, Problem> {
        let field = self.form.get(name).map(|value| value.trim());
        field
            .filter(|value| !value.is_empty())
            .ok_or(Problem(StatusCode::BAD_REQUEST, "a field is empty"))
    }
}

/// `a=1&b=2+3` as a map, decoded.
fn pairs(text: &str) -> HashMap<String, String> {
    let decode = |text: &str| {
        percent_decode_str(&text.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    };
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// What a page answers.
enum Page {
    Html(StatusCode, String),
    SeeOther(String),
}

impl Page {
    /// A page whose text is HTML already; what users wrote goes through [`escape`].
    fn html(title: &str, body: &str) -> Self {
        let title = escape(title);
        Self::Html(
            StatusCode::OK,
            format!("<!doctype html><title>{title}</title><h1>{title}</h1>{body}\n"),
        )
    }
}

impl IntoAnswer for Page {
    fn into_answer(self) -> Result<Response<Body>, ApplicationError> {
        let response = match self {
            Self::Html(status, html) => Response::builder()
                .status(status)
                .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
                .body(html.into()),
            Self::SeeOther(location) => Response::builder()
                .status(StatusCode::SEE_OTHER)
                .header(header::LOCATION, location)
                .body(Body::empty()),
        };
        response.map_err(ApplicationError::raised)
    }
}

/// Why there is no page.
struct Problem(StatusCode, &'static str);

impl Problem {
    fn into_page(self) -> Page {
        match Page::html(&self.0.to_string(), &escape(self.1)) {
            Page::Html(_, html) => Page::Html(self.0, html),
            other => other,
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

// A guest book written with it.

#[derive(Default)]
struct Book(Mutex<Vec<(String, String)>>);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let server = Server::builder().bind(address).threads(4).build(app()?)?;
    println!("serving at {}", server.addresses().join(", "));
    Ok(server.run()?)
}

fn app() -> Result<Router, RouterError> {
    Site::new(Book::default())
        .form("/", list, sign)
        .page("/guests/{name}", guest)
        .build()
}

fn list(request: &Request, book: &Book) -> Result<Page, Problem> {
    let wanted = request.query.get("search").map_or("", String::as_str);
    let entries = book.0.lock().unwrap_or_else(PoisonError::into_inner);
    let entries = entries.iter().filter(|(_, text)| text.contains(wanted));
    let entries =
        entries.map(|(name, text)| format!("<li><b>{}</b>: {}", escape(name), escape(text)));
    let form = "<form method=post><input name=name> <input name=text> <button>Sign</button></form>";
    Ok(Page::html(
        "Guest book",
        &format!("<ul>{}</ul>{form}", entries.collect::<String>()),
    ))
}

fn sign(request: &Request, book: &Book) -> Result<Page, Problem> {
    let entry = (
        request.field("name")?.to_owned(),
        request.field("text")?.to_owned(),
    );
    book.0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(entry);
    Ok(Page::SeeOther("/".to_owned()))
}

fn guest(request: &Request, book: &Book) -> Result<Page, Problem> {
    let name = request.parameter("name");
    let entries = book.0.lock().unwrap_or_else(PoisonError::into_inner);
    match entries.iter().filter(|(guest, _)| guest == name).count() {
        0 => Err(Problem(
            StatusCode::NOT_FOUND,
            "nobody of that name has signed",
        )),
        count => Ok(Page::html(name, &format!("has signed {count} times"))),
    }
}

#[cfg(test)]
mod tests {
    use wsgi_core::testing::{self, EnvironBuilder};

    use super::*;

    #[test]
    fn guests_sign_and_are_found() {
        let app = app().unwrap();
        assert_eq!(testing::get(&app, "/guests/Ada%20L").status.code(), 404);
        let form = EnvironBuilder::post("/", "name=Ada+L&text=1+%3C+2").build();
        let answer = testing::run(&app, form).unwrap();
        assert_eq!(
            (answer.status.code(), answer.header("Location")),
            (303, Some("/"))
        );
        let list = testing::get(&app, "/?search=2").text();
        assert!(list.contains("<li><b>Ada L</b>: 1 &lt; 2"), "{list}");
        assert!(
            testing::get(&app, "/guests/Ada%20L")
                .text()
                .contains("has signed 1 times")
        );
    }

    #[test]
    fn what_is_wrong_is_a_page_too() {
        let app = app().unwrap();
        let run = |environ| testing::run(&app, environ).unwrap().status.code();
        assert_eq!(run(EnvironBuilder::post("/", "name=&text=x").build()), 400);
        assert_eq!(
            run(EnvironBuilder::post("/", "x".repeat(100_000)).build()),
            413
        );
        assert_eq!(run(EnvironBuilder::new("DELETE", "/").build()), 405);
    }
}
