//! Answering: from a request to whoever answers it, and what is answered when nobody does.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use wsgi_core::{ApplicationError, Body, Environ, StartResponse, StatusLine};

use super::Map;
use super::host::BadHost;
use super::outcome::{Match, Outcome};

/// What may not stand in a field, and the space; what is encoded already stays as it is.
const LOCATION: &AsciiSet = &CONTROLS.add(b' ');

const REDIRECT: StatusLine = StatusLine::from_static("308 Permanent Redirect");

impl Map {
    /// Answers a request: the counterpart of Werkzeug's `dispatch`. The view is given the match, and answers as an
    /// [`Application`](wsgi_core::Application) does; all else is answered as [`Outcome::respond`] does, and a host
    /// that is none by `400 Bad Request`.
    ///
    /// The rule is noted as [hit](Map::was_hit). What redirects and subdomains need to know of the host is
    /// [`MapBuilder::server_name`](super::MapBuilder::server_name).
    ///
    /// # Errors
    /// Those of the view, and of `start_response`.
    ///
    /// # Examples
    /// ```
    /// use std::collections::HashMap;
    /// use wsgi_core::{Application, StatusLine, application_fn, handler, testing};
    /// use wsgi_router::{Map, Rule};
    ///
    /// let map = Map::builder()
    ///     .add(Rule::new("/").endpoint("index"))
    ///     .add(Rule::new("/about/").endpoint("about").methods(["GET"]))
    ///     .build()?;
    /// let views: HashMap<&str, Box<dyn Application>> = [
    ///     ("index", Box::new(handler(|_| "home")) as Box<dyn Application>),
    ///     ("about", Box::new(handler(|_| "about us"))),
    /// ].into();
    /// let app = application_fn(|environ, start_response| {
    ///     map.dispatch(environ, start_response, |found, environ, start_response| {
    ///         views[found.endpoint()].call(environ, start_response)
    ///     })
    /// });
    /// assert_eq!(testing::get(&app, "/about/").text(), "about us");
    /// let moved = testing::get(&app, "/about");
    /// assert_eq!((moved.status.code(), moved.header("Location")), (308, Some("http://127.0.0.1/about/")));
    /// assert_eq!(testing::get(&app, "/news").status, StatusLine::NOT_FOUND);
    /// # Ok::<(), wsgi_router::MapError>(())
    /// ```
    pub fn dispatch(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
        view: impl FnOnce(
            &Match<'_, '_>,
            &mut Environ,
            &mut dyn StartResponse,
        ) -> Result<Body, ApplicationError>,
    ) -> Result<Body, ApplicationError> {
        let found = match self.bind_environ(environ) {
            Ok(adapter) => match adapter.match_request() {
                Outcome::Found(found) => found.into_owned(),
                other => return other.respond(start_response),
            },
            Err(error) => return error.respond(start_response),
        };
        self.note_hit(found.id());
        view(&found, environ, start_response)
    }
}

impl Outcome<'_, '_> {
    /// Answers in place of an application: a redirect with its `Location`, `404 Not Found`,
    /// `405 Method Not Allowed` with its `Allow`, or `400 Bad Request`; each with a line of plain text.
    ///
    /// A match that nobody answers is `404 Not Found`, too.
    ///
    /// # Errors
    /// Those of `start_response`.
    ///
    /// # Specification
    /// RFC 9110 §15.4.9 "308 Permanent Redirect", §15.5.6 "405 Method Not Allowed"
    pub fn respond(
        &self,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        match self {
            Self::Redirect { url } => {
                // It may come from the application, and so be anything.
                let location = utf8_percent_encode(url, LOCATION).to_string();
                respond(start_response, REDIRECT, Some(("Location", location)))
            }
            Self::MethodNotAllowed { allow } => {
                let allow = Some(("Allow", allow.join(", ")));
                respond(start_response, StatusLine::METHOD_NOT_ALLOWED, allow)
            }
            Self::WebsocketMismatch => respond(start_response, StatusLine::BAD_REQUEST, None),
            Self::NotFound | Self::Found(_) => respond(start_response, StatusLine::NOT_FOUND, None),
        }
    }
}

impl BadHost {
    /// Answers in place of an application: `400 Bad Request`.
    ///
    /// # Errors
    /// Those of `start_response`.
    ///
    /// # Specification
    /// RFC 9112 §3.2 "Request Target"
    pub fn respond(
        &self,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        respond(start_response, StatusLine::BAD_REQUEST, None)
    }
}

fn respond(
    start_response: &mut dyn StartResponse,
    status: StatusLine,
    field: Option<(&str, String)>,
) -> Result<Body, ApplicationError> {
    let text = format!("{status}\n");
    let mut fields = vec![
        ("Content-Type", "text/plain; charset=utf-8".to_owned()),
        ("Content-Length", text.len().to_string()),
    ];
    fields.extend(field);
    start_response.start(status, fields)?;
    Ok(Body::from(text))
}

#[cfg(test)]
mod tests {
    use wsgi_core::testing::{Answer, EnvironBuilder, run};
    use wsgi_core::{Body, StatusLine, application_fn};

    use crate::{Map, Outcome, Rule};

    fn ask(map: &Map, environ: EnvironBuilder) -> Answer {
        let app = application_fn(|environ, start_response| {
            map.dispatch(environ, start_response, |found, environ, start_response| {
                let values = found.values();
                let values: Vec<String> = values
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                let path = String::from_utf8_lossy(environ.path_info()).into_owned();
                start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
                Ok(Body::from(format!(
                    "{} {values:?} {path}",
                    found.endpoint()
                )))
            })
        });
        run(&app, environ.build()).expect("the view does not fail")
    }

    fn map() -> Map {
        Map::builder()
            .server_name("example.com")
            .add(
                Rule::new("/<int:a>/<b>")
                    .endpoint("both")
                    .methods(["GET", "PUT"]),
            )
            .add(
                Rule::new("/old/<b>").redirect_with(|_, values| {
                    format!("n\u{e9}w\r\nX: {}", values.get("b").unwrap())
                }),
            )
            .add(Rule::new("/live").websocket(true))
            .add(Rule::new("/").subdomain("<user>").endpoint("home"))
            .build()
            .unwrap()
    }

    #[test]
    fn the_view_is_given_the_match_and_the_rule_is_hit() {
        let map = map();
        let answer = ask(
            &map,
            EnvironBuilder::new("GET", "/7/x%2Fy").header("Host", "example.com"),
        );
        assert_eq!(answer.text(), r#"both ["a=7", "b=x/y"] /7/x/y"#);
        let answer = ask(
            &map,
            EnvironBuilder::new("GET", "/").header("Host", "ann.example.com"),
        );
        assert_eq!(answer.text(), r#"home ["user=ann"] /"#);
        let hits: Vec<bool> = map.rules().map(|(id, _)| map.was_hit(id)).collect();
        assert_eq!(hits, [true, false, false, true]);
    }

    #[test]
    fn what_nobody_answers_is_a_response_of_its_own() {
        let map = map();
        let ask = |method, target, host| {
            ask(
                &map,
                EnvironBuilder::new(method, target).header("Host", host),
            )
        };
        let answer = ask("POST", "/7/x", "example.com");
        assert_eq!(
            (answer.status.code(), answer.header("Allow")),
            (405, Some("GET, HEAD, PUT"))
        );
        assert_eq!(answer.text(), "405 Method Not Allowed\n");
        assert_eq!(
            ask("GET", "/nowhere", "example.com").text(),
            "404 Not Found\n"
        );
        assert_eq!(ask("GET", "/", "example.org").status.code(), 404);
        assert_eq!(
            ask("GET", "/live", "example.com").text(),
            "400 Bad Request\n"
        );
        assert_eq!(ask("GET", "/7/x", "exa mple").text(), "400 Bad Request\n");
        let answer = ask("GET", "//7//x?q=a%20b", "example.com");
        assert_eq!(answer.status.code(), 308);
        assert_eq!(
            answer.header("Location"),
            Some("http://example.com/7/x?q=a%20b")
        );
    }

    #[test]
    fn a_redirect_of_the_applications_own_cannot_forge_a_field() {
        let answer = ask(
            &map(),
            EnvironBuilder::new("GET", "/old/1").header("Host", "example.com"),
        );
        assert_eq!(
            answer.header("Location"),
            Some("http://example.com/n%C3%A9wX:%201")
        );
        let app = application_fn(|_, start_response| {
            let url = "/n\u{e9}w\r\nX: 1".to_owned();
            Outcome::Redirect { url }.respond(start_response)
        });
        let answer = wsgi_core::testing::get(&app, "/");
        assert_eq!(answer.header("Location"), Some("/n%C3%A9w%0D%0AX:%201"));
    }
}
