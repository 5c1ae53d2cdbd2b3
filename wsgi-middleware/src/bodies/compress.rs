//! [`Compress`]: bodies made smaller for clients that can decode them.

mod blocks;
mod content_types;
mod encoder;
mod head;
mod judge;
mod pool;
mod request;
mod settings;
mod start;

use std::sync::Arc;

use blocks::CompressedBlocks;
use content_types::ContentTypes;
use encoder::Then;
use judge::{Verdict, judge, may_stand_for_coded};
use pool::Pooled;
use request::Asked;
use settings::Settings;
use start::{CompressedStart, Written};
use thiserror::Error;
use wsgi_core::{
    Application, ApplicationError, Body, Environ, Headers, Layer, StartResponse, StatusLine,
};

use crate::common::coding::Coding;
use crate::common::hook::Hook;
use crate::common::start::HeldStart;

/// Compresses response bodies by the content coding that the client likes best: `zstd`, `br`, `gzip` or `deflate`.
///
/// | response | becomes |
/// |---|---|
/// | a complete body | one coded block with its `Content-Length`; left alone if that would not be smaller |
/// | blocks, and what is written | a coded block for each, at once, which the client can decode as far as it came |
/// | a file | the same, in one stream without borders inside |
/// | a small one (1 KiB), images, archives and so on, `Cache-Control: no-transform` | left alone |
/// | coded already, 1xx, 204, 304, a part (`206`, `Content-Range`) | left alone |
/// | one to a client that accepts nothing that there is (`identity;q=0`) | `406`, for `GET` and `HEAD` |
///
/// All that could have been compressed gets `Vary: Accept-Encoding`. What is compressed loses the fields that are true of
/// the plain bytes only (`Accept-Ranges`, digests), and its `ETag` becomes a weak one, for the same content may now have
/// different bytes; `If-None-Match` works with that, `If-Match` and `If-Range` do not. A `304` gets the weak `ETag` if the
/// client's condition named that, and the `Vary` unless it says of itself that it stands for nothing that could have been
/// compressed. The quality values of `Accept-Encoding` count, and of equal ones the order of
/// [`codings`](Self::codings). A client that refuses `identity` gets small responses compressed, too.
///
/// The encoders are kept for the next response, as many as the machine has processors; all applications that one layer is
/// put around share them. At the default levels a stream holds 371 KiB (`gzip`, `deflate`), 1.2 MiB (`br`) or 1.7 MiB
/// (`zstd`) while it lasts.
///
/// Features: `compress` has all that is pure Rust, `zstd` adds the reference library, which needs a C compiler.
///
/// # Secrets
/// How small a body becomes tells what in it repeats. Who can have words of his own reflected in a page that holds a secret
/// (a token against forged requests, an address), over and over, and see the encrypted lengths, guesses the secret byte by
/// byte: BREACH. Mask such tokens anew for each response (Django and many others do), keep secrets and reflected input in
/// different responses, or leave these out by [`only_if`](Self::only_if) or `Cache-Control: no-transform`.
///
/// # Place in the stack
/// Outside of all that makes or changes bodies, asks for their length or makes `ETag`s; inside of the access log, so that
/// it counts what is sent. Inside of `StaticFiles`, whose files are compressed beside themselves.
///
/// # Examples
/// ```
/// use wsgi_core::handler;
/// use wsgi_core::testing::{EnvironBuilder, run};
/// use wsgi_middleware::Compress;
///
/// let app = Compress::new(handler(|_| "All work and no play makes Jack a dull boy\n".repeat(100)));
/// let answer = run(&app, EnvironBuilder::get("/").header("Accept-Encoding", "gzip").build())?;
/// assert_eq!(answer.header("Content-Encoding"), Some("gzip"));
/// assert_eq!(answer.header("Vary"), Some("Accept-Encoding"));
/// assert!(answer.body().len() < 200);
/// # Ok::<(), wsgi_core::ApplicationError>(())
/// ```
///
/// # Specification
/// RFC 9110 §8.4 "Content-Encoding", §8.8.3 "ETag", §12.5.3 "Accept-Encoding";
/// [PEP 3333, Middleware Handling of Block Boundaries](https://peps.python.org/pep-3333/#middleware-handling-of-block-boundaries)
#[derive(Clone, Debug, Default)]
pub struct Compress<A = ()> {
    app: A,
    settings: Arc<Settings>,
}

/// Wraps applications in [`Compress`]. Made by `CompressLayer::default()`.
pub type CompressLayer = Compress<()>;

/// When the encoder says all that it knows of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flush {
    /// Behind each block of the application, so that none is delayed. Costs a few bytes a block.
    #[default]
    EveryBlock,
    /// At the end, or when the encoder has enough: smaller, and quicker, for applications that give many small blocks of a
    /// body that nobody looks at before it is whole. A block of the application may become an empty one. Event streams are
    /// not compressed then.
    AtEnd,
}

impl<A> Compress<A> {
    /// Around `app`.
    pub fn new(app: A) -> Self {
        Self {
            app,
            settings: Arc::default(),
        }
    }

    /// The codings that are offered; of those that the client likes alike, the first here is taken.
    ///
    /// Default: zstd, br, gzip, deflate. [`Coding::Zstandard`] does not count without the feature `zstd`.
    #[must_use]
    pub fn codings(mut self, codings: impl IntoIterator<Item = Coding>) -> Self {
        Arc::make_mut(&mut self.settings).codings = settings::built_in(codings);
        self
    }

    /// How hard a coding tries: 1 to 9 for gzip and deflate, to 11 for br, to 19 for zstd.
    ///
    /// Default: 4 for gzip, deflate and br, 3 for zstd, beyond which time buys little. From 5 on br takes some
    /// megabytes for each response, from 10 on tens of milliseconds for 100 KiB.
    ///
    /// # Errors
    /// [`CompressError::Level`] for levels that the coding does not have.
    pub fn level(mut self, coding: Coding, level: u32) -> Result<Self, CompressError> {
        Arc::make_mut(&mut self.settings).set_level(coding, level)?;
        Ok(self)
    }

    /// The least size in bytes that is worth it, where the size is known; else it is taken to be large. Default: 1024,
    /// which fits into a packet anyway.
    #[must_use]
    pub fn minimum_size(mut self, bytes: u64) -> Self {
        Arc::make_mut(&mut self.settings).minimum_size = bytes;
        self
    }

    /// The media types that are compressed, in place of the default: `text/html`, `text/*`, `+json` for all of that
    /// structured syntax, `*/*`.
    ///
    /// Default: text, JSON, XML, JavaScript, WebAssembly, SVG, bitmaps, fonts that are not compressed, and their like. A
    /// response without `Content-Type` is left alone.
    ///
    /// # Errors
    /// [`CompressError::ContentType`] for what is no such pattern.
    pub fn content_types(
        mut self,
        patterns: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, CompressError> {
        let content_types = ContentTypes::from_patterns(patterns)?;
        Arc::make_mut(&mut self.settings).content_types = content_types;
        Ok(self)
    }

    /// Asks before a response is compressed, when all else speaks for it; replaces an earlier one. Default: none.
    #[must_use]
    pub fn only_if(
        self,
        predicate: impl Fn(&StatusLine, &Headers) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.try_only_if(move |status, headers| Ok(predicate(status, headers)))
    }

    /// As [`only_if`](Self::only_if), for predicates that may fail: the request then fails with that error.
    #[must_use]
    pub fn try_only_if(
        mut self,
        predicate: impl Fn(&StatusLine, &Headers) -> Result<bool, ApplicationError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.settings).predicate = Some(Hook(Arc::new(predicate)));
        self
    }

    /// When streams are flushed. Default: [`Flush::EveryBlock`].
    #[must_use]
    pub fn flush(mut self, flush: Flush) -> Self {
        Arc::make_mut(&mut self.settings).flush = flush;
        self
    }
}

impl<A> Layer<A> for CompressLayer {
    type Service = Compress<A>;

    fn layer(&self, app: A) -> Compress<A> {
        Compress {
            app,
            settings: self.settings.clone(),
        }
    }
}

impl<A: Application> Application for Compress<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let asked = Asked::of(environ);
        let mut start = CompressedStart::new(start_response, &self.settings, &asked);
        let body = self.app.call(environ, &mut start)?;
        match start.written {
            Written::Plain if start.held.is_released() => Ok(body),
            Written::Plain => {
                let body = self.respond(&asked, environ, &mut start.held, body)?;
                start.held.release(|_, _| Ok(()))?;
                Ok(body)
            }
            Written::Coded(encoder) => self.rest(body, encoder),
            Written::Dropped => {
                body.close()?;
                Ok(Body::empty())
            }
        }
    }
}

impl<A> Compress<A> {
    /// The body of a response of which nothing has gone out yet; changes its head.
    fn respond(
        &self,
        asked: &Asked,
        environ: &Environ,
        held: &mut HeldStart<'_>,
        mut body: Body,
    ) -> Result<Body, ApplicationError> {
        let Some((status, headers)) = held.held() else {
            return Ok(body);
        };
        if status.code() == 304 {
            let conditions = environ.headers().get_all("If-None-Match");
            head::weaken_if_named_so(headers, conditions)?;
            if may_stand_for_coded(&self.settings, headers) {
                // RFC 9110 §15.4.5: it has the `Vary` of the `200 OK` that it stands for.
                head::vary(headers)?;
            }
            return Ok(body);
        }
        match judge(&self.settings, asked, status, headers, body.length())? {
            Verdict::Untouched => Ok(body),
            Verdict::Plain => {
                head::vary(headers)?;
                Ok(body)
            }
            Verdict::NotAcceptable => {
                head::not_acceptable(status, headers)?;
                body.close()?;
                Ok(Body::from(asked.not_acceptable_text()))
            }
            Verdict::Coded(coding) if asked.is_head() && body.length() == Some(0) => {
                head::describe(headers, coding, None)?;
                Ok(body)
            }
            Verdict::Coded(coding) => {
                let mut encoder = Pooled::take(&self.settings, coding)?;
                let Some(plain) = body.take_full() else {
                    head::describe(headers, coding, None)?;
                    encoder.begin_stream()?;
                    return self.rest(body, encoder);
                };
                let coded = encoder.encode_all(&plain)?;
                if coded.len() >= plain.len() && asked.accepted().accepts_identity() {
                    head::vary(headers)?;
                    return Ok(Body::from(plain));
                }
                head::describe(headers, coding, Some(coded.len()))?;
                Ok(Body::from(coded))
            }
        }
    }

    /// All of the body, or what follows what was written, by an encoder that has begun its stream.
    fn rest(&self, mut body: Body, mut encoder: Pooled) -> Result<Body, ApplicationError> {
        if let Some(plain) = body.take_full() {
            let mut coded = Vec::new();
            encoder.encode(&plain, Then::End, &mut coded)?;
            return Ok(Body::from(coded));
        }
        let then = match self.settings.flush {
            // The bytes of a file are all there: nobody waits for a block.
            Flush::EveryBlock if body.file().is_none() => Then::Later,
            Flush::EveryBlock | Flush::AtEnd => Then::More,
        };
        Ok(Body::from_blocks(CompressedBlocks::new(
            body, encoder, then,
        )))
    }
}

/// Why a setting was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CompressError {
    /// The coding has no such level.
    #[error("{} has no level {level}; its levels are 1 to {highest}", coding.token())]
    Level {
        /// The coding.
        coding: Coding,
        /// What was given.
        level: u32,
        /// The highest that there is.
        highest: u32,
    },
    /// No pattern for media types.
    #[error(
        "{pattern:?} is no media type; write \"text/html\", \"text/*\", \"+json\" or \"*/*\", without parameters"
    )]
    ContentType {
        /// The pattern as it was given.
        pattern: String,
    },
}
