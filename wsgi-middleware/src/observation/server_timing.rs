//! [`ServerTiming`]: where the time went, told to the client in the head of the response.

use std::fmt::Write;
use std::time::{Duration, Instant};

use wsgi_core::{
    Application, ApplicationError, Body, Environ, Headers, Layer, Ledger, StartResponse, StatusLine,
};

use crate::common::start::ChangedStart;

/// Adds `Server-Timing` to responses, so that a browser's developer tools show where the server's time went.
///
/// The value has what is known when the head of the response is made, in milliseconds:
/// `parse;dur=0.021, queue;dur=0.400, interpreter;dur=0.000, app;dur=1.200`. The phases are those of the server's
/// [`Ledger`]; `receive` is among them for requests with a body. Under a server that keeps no ledger there is
/// `app` alone, from this layer inwards. Metrics of the application's own stay; ours follow in a field line of their own.
///
/// Times help attackers, who learn from them which users, passwords or cache entries exist: enable this where
/// clients are trusted, or have the proxy in front remove the field. Pages of other origins cannot read it unless
/// the response has `Timing-Allow-Origin`.
///
/// # Place in the stack
/// Outside of all whose time should count; the outermost but for `AccessLog`.
///
/// # Examples
/// ```
/// use wsgi_core::testing::{EnvironBuilder, run};
/// use wsgi_core::handler;
/// use wsgi_middleware::ServerTiming;
///
/// let app = ServerTiming::new(handler(|_| "Hello!\n")).only_when_asked(true);
/// let asking = EnvironBuilder::get("/").header("Prefer", "server-timing");
/// let answer = run(&app, asking.build())?;
/// assert!(answer.header("Server-Timing").unwrap().starts_with("app;dur=0."));
/// let answer = run(&app, EnvironBuilder::get("/").build())?;
/// assert_eq!(answer.header("Server-Timing"), None);
/// # Ok::<(), wsgi_core::ApplicationError>(())
/// ```
///
/// # Specification
/// [Server Timing](https://www.w3.org/TR/server-timing/), W3C, "The Server-Timing Header Field" and "Privacy and
/// Security"; RFC 7240 "Prefer Header for HTTP".
#[derive(Clone, Debug, Default)]
pub struct ServerTiming<A = ()> {
    app: A,
    only_when_asked: bool,
}

/// Wraps applications in [`ServerTiming`]. Made by `ServerTimingLayer::default()`.
pub type ServerTimingLayer = ServerTiming<()>;

impl<A> ServerTiming<A> {
    /// Around `app`.
    pub fn new(app: A) -> Self {
        Self {
            app,
            only_when_asked: false,
        }
    }

    /// Only for requests with `Prefer: server-timing` (RFC 7240), which spares all others the bytes. Default: no, for
    /// all.
    ///
    /// Any client can ask, so this protects nothing by itself. No standard defines the preference; servers which do
    /// not know it ignore it.
    #[must_use]
    pub fn only_when_asked(mut self, only_when_asked: bool) -> Self {
        self.only_when_asked = only_when_asked;
        self
    }
}

impl<A> Layer<A> for ServerTimingLayer {
    type Service = ServerTiming<A>;

    fn layer(&self, app: A) -> ServerTiming<A> {
        ServerTiming {
            app,
            only_when_asked: self.only_when_asked,
        }
    }
}

impl<A: Application> Application for ServerTiming<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        if self.only_when_asked && !asks(environ.headers()) {
            return self.app.call(environ, start_response);
        }
        let times = Times {
            ledger: environ.ledger().cloned(),
            called: Instant::now(),
        };
        let told = |_: &mut StatusLine, headers: &mut Headers| {
            Ok(headers.try_append("Server-Timing", times.value())?)
        };
        self.app
            .call(environ, &mut ChangedStart::new(start_response, told))
    }
}

/// What is known when the application is called.
struct Times {
    /// The server's, as it was at the call: the environ is the application's now.
    ledger: Option<Ledger>,
    called: Instant,
}

impl Times {
    fn value(&self) -> String {
        let now = Instant::now();
        let of = |phase: fn(&Ledger) -> Option<Duration>| self.ledger.as_ref().and_then(phase);
        let application = self.ledger.as_ref();
        let application = application
            .and_then(|ledger| ledger.application_until(now))
            .unwrap_or_else(|| now.saturating_duration_since(self.called));
        let mut value = String::with_capacity(96);
        for (name, time) in [
            ("parse", of(Ledger::parse)),
            ("receive", of(Ledger::receive)),
            ("queue", of(Ledger::queue)),
            ("interpreter", of(Ledger::interpreter)),
            ("app", Some(application)),
        ] {
            let Some(time) = time else { continue };
            let separator = if value.is_empty() { "" } else { ", " };
            let (millis, rest) = (time.as_millis(), time.subsec_micros() % 1000);
            // Writing to a `String` cannot fail.
            let _ = write!(value, "{separator}{name};dur={millis}.{rest:03}");
        }
        value
    }
}

/// Whether the request has the preference `server-timing`.
fn asks(headers: &Headers) -> bool {
    headers
        .get_all("Prefer")
        .flat_map(elements)
        .any(|preference| {
            let end = preference
                .iter()
                .position(|byte| matches!(byte, b'=' | b';'))
                .unwrap_or(preference.len());
            preference[..end]
                .trim_ascii()
                .eq_ignore_ascii_case(b"server-timing")
        })
}

/// The elements of a list; a comma in a quoted string (RFC 9110 §5.6.4) parts none.
fn elements(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    list.split(move |&byte| {
        quoted ^= byte == b'"' && !escaped;
        escaped = quoted && byte == b'\\' && !escaped;
        byte == b',' && !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preference_is_found_among_others() {
        #[rustfmt::skip]
        let cases: [(&[&str], bool); 12] = [
            (&[], false),
            (&["server-timing"], true),
            (&["Server-Timing"], true),
            (&["respond-async, wait=10,server-timing ; x=1"], true),
            (&["respond-async", "server-timing=\"\""], true),
            (&["server-timing = \"\""], true),
            (&["server-timings"], false),
            (&["x=server-timing"], false),
            (&["x=\"a, server-timing, b\""], false),
            (&["x=\"a\\\", server-timing, b\", server-timing"], true),
            (&["x=\"a\\\", server-timing"], false),
            (&[",,"], false),
        ];
        for (fields, expected) in cases {
            let headers = Headers::try_from_pairs(fields.iter().map(|value| ("Prefer", value)));
            assert_eq!(asks(&headers.unwrap()), expected, "{fields:?}");
        }
    }
}
