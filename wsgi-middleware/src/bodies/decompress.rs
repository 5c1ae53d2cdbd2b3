//! [`Decompress`]: request bodies without their content codings.

mod decoder;
mod stage;

use std::io::{self, BufRead, BufReader};
use std::sync::Arc;

use stage::{Counted, Progress, Stage};
use thiserror::Error;
use wsgi_core::{
    Application, ApplicationError, Body, Environ, Headers, Input, Layer, StartResponse, StatusLine,
};

use super::unreadable::call_or_refuse;
use crate::common::coding::Coding;
use crate::common::start::answer;

/// Takes the content codings off request bodies: `gzip`, `deflate`, `br` and `zstd`, and several of them in a row.
///
/// The application reads the plain body from `wsgi.input`, as it comes. `CONTENT_LENGTH` and `HTTP_CONTENT_ENCODING` are
/// gone, for nobody knows how long the body will be, and so are digests of the coded bytes. Applications that go by
/// `CONTENT_LENGTH` (Django's take a body without it to be empty) need [`Buffer`](struct.Buffer.html) inside of this one.
///
/// | request | answer |
/// |---|---|
/// | a coding that is not known, or more than [`codings_limit`](Self::codings_limit) of them | `415` with `Accept-Encoding` |
/// | malformed, cut short, or with something behind its end | `400` |
/// | larger than [`size_limit`](Self::size_limit), or than [`ratio_limit`](Self::ratio_limit) times what came | `413` |
///
/// What is wrong with a body shows when it is read: reading fails as it does for a client that left
/// ([`InputError`](wsgi_core::InputError) around a [`DecompressError`]; `wsgi_rs.ClientDisconnected` in Python). Where the
/// application then fails, or answers with a status of 500 or more, as frameworks do that trap whatever is raised, this layer
/// answers in its place, unless something was sent. An application that gets over it answers itself.
///
/// Features: `decompress` has all that is pure Rust, `zstd` adds the reference library, which needs a C compiler.
///
/// # Place in the stack
/// Outside of all that reads bodies or looks at their length, inside of what verifies digests or signatures of what was
/// sent. A limit on bodies as they come belongs outside, one on plain bodies is [`size_limit`](Self::size_limit).
///
/// # Examples
/// ```
/// use wsgi_core::testing::{EnvironBuilder, run};
/// use wsgi_core::{Body, StatusLine, application_fn};
/// use wsgi_middleware::Decompress;
///
/// let app = Decompress::new(application_fn(|environ, start_response| {
///     let body = environ.input().read_all()?;
///     start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
///     Ok(Body::from(body))
/// }));
/// let hello = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xcbH\xcd\xc9\xc9\x07\0\x86\xa6\x106\x05\0\0\0";
/// let request = EnvironBuilder::post("/", &hello[..]).header("Content-Encoding", "gzip");
/// assert_eq!(run(&app, request.build())?.body(), b"hello");
///
/// let request = EnvironBuilder::post("/", "hello").header("Content-Encoding", "compress");
/// let answer = run(&app, request.build())?;
/// assert_eq!(answer.status.code(), 415);
/// assert!(answer.header("Accept-Encoding").unwrap().contains("gzip"));
/// # Ok::<(), wsgi_core::ApplicationError>(())
/// ```
///
/// # Specification
/// RFC 9110 §8.4 "Content-Encoding", §12.5.3 "Accept-Encoding", §15.5.16 "415 Unsupported Media Type"; RFC 3875 §4.1.2
/// "`CONTENT_LENGTH`"
#[derive(Clone, Debug, Default)]
pub struct Decompress<A = ()> {
    app: A,
    settings: Settings,
}

/// Wraps applications in [`Decompress`]. Made by `DecompressLayer::default()`.
pub type DecompressLayer = Decompress<()>;

#[derive(Clone, Copy, Debug)]
struct Settings {
    /// In bytes.
    size_limit: Option<u64>,
    ratio_limit: Option<u32>,
    codings_limit: usize,
    raw_deflate: bool,
    pass_unknown: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            size_limit: Some(16 * 1024 * 1024),
            ratio_limit: Some(200),
            codings_limit: 2,
            raw_deflate: false,
            pass_unknown: false,
        }
    }
}

impl<A> Decompress<A> {
    /// Around `app`.
    pub fn new(app: A) -> Self {
        Self {
            app,
            settings: Settings::default(),
        }
    }

    /// How many bytes a body may have when it is decoded; bodies that come without a coding are not counted. Default:
    /// 16 MiB. `None` is no limit.
    #[must_use]
    pub fn size_limit(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.settings.size_limit = bytes.into();
        self
    }

    /// How many times the bytes that came a body may grow to, beyond its first MiB. Default: 200, which nothing but a bomb
    /// has reason to exceed: text grows by 3 to 20, gzip's utmost is 1032. `None` is no limit.
    #[must_use]
    pub fn ratio_limit(mut self, times: impl Into<Option<u32>>) -> Self {
        self.settings.ratio_limit = times.into();
        self
    }

    /// How many codings a body may have. Default: 2. Each costs time and memory; more than one is hardly ever met.
    #[must_use]
    pub fn codings_limit(mut self, codings: usize) -> Self {
        self.settings.codings_limit = codings;
        self
    }

    /// Whether `deflate` may come without the wrapping of zlib, as some old clients send it against RFC 9110 §8.4.1.2.
    /// Default: no, that is malformed.
    #[must_use]
    pub fn raw_deflate(mut self, raw_deflate: bool) -> Self {
        self.settings.raw_deflate = raw_deflate;
        self
    }

    /// Whether requests with codings that are not known, or with too many, go to the application as they are. Default: no,
    /// they are answered with `415`.
    #[must_use]
    pub fn pass_unknown(mut self, pass_unknown: bool) -> Self {
        self.settings.pass_unknown = pass_unknown;
        self
    }
}

impl<A> Layer<A> for DecompressLayer {
    type Service = Decompress<A>;

    fn layer(&self, app: A) -> Decompress<A> {
        Decompress {
            app,
            settings: self.settings,
        }
    }
}

impl<A: Application> Application for Decompress<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        match environ.headers().contains("Content-Encoding") {
            false => self.app.call(environ, start_response),
            true => self.call_decoded(environ, start_response),
        }
    }
}

impl<A: Application> Decompress<A> {
    /// For a request whose body is coded.
    fn call_decoded(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let Some(codings) = self.codings_of(environ.headers()) else {
            if self.settings.pass_unknown {
                return self.app.call(environ, start_response);
            }
            const REFUSED: StatusLine = StatusLine::from_static("415 Unsupported Media Type");
            let accepted = [("Accept-Encoding", ACCEPTED)];
            return answer(environ, start_response, REFUSED, &accepted, None);
        };
        let progress = Arc::new(Progress::default());
        self.decode(environ, &codings, progress.clone());
        call_or_refuse(&self.app, environ, start_response, || {
            progress.failure().map(|failure| failure.status())
        })
    }
}

/// What can be decoded.
const ACCEPTED: &str = if cfg!(feature = "zstd") {
    "zstd, br, gzip, deflate"
} else {
    "br, gzip, deflate"
};

/// What is not true of the plain body.
const OF_THE_CODED_BODY: [&str; 6] = [
    "Content-Encoding",
    "Content-Length",
    "Content-MD5",
    "Digest",
    "Content-Digest",
    "Repr-Digest",
];

impl<A> Decompress<A> {
    /// The codings in the order in which they were applied; `None` if there is one that is not known, or too many.
    fn codings_of(&self, headers: &Headers) -> Option<Vec<Coding>> {
        let fields = headers.get_all("Content-Encoding");
        let names = fields.flat_map(|field| field.split(|&byte| byte == b','));
        let mut codings = Vec::new();
        for name in names.map(<[u8]>::trim_ascii) {
            // RFC 9110 §5.6.1.2: empty elements of lists do not count; §8.4: identity is no coding.
            if name.is_empty() || name.eq_ignore_ascii_case(b"identity") {
                continue;
            }
            let coding = Coding::from_token(name)?;
            let is_built_in = coding != Coding::Zstandard || cfg!(feature = "zstd");
            if !is_built_in || codings.len() == self.settings.codings_limit {
                return None;
            }
            codings.push(coding);
        }
        Some(codings)
    }

    /// Puts the plain body in place of the coded one.
    fn decode(&self, environ: &mut Environ, codings: &[Coding], progress: Arc<Progress>) {
        if codings.is_empty() || environ.input().is_empty() {
            environ.headers_mut().remove("Content-Encoding");
            return;
        }
        environ.headers_mut().retain(|name, _| {
            let mut stale = OF_THE_CODED_BODY.iter();
            !stale.any(|stale| name.eq_ignore_ascii_case(stale))
        });
        let counted = Counted::new(environ.take_input(), progress.clone());
        let mut body: Box<dyn BufRead + Send> = Box::new(counted);
        // The last coding that was applied is the first to come off.
        for &coding in codings.iter().rev() {
            let stage = Stage::new(body, coding, self.settings, progress.clone());
            body = Box::new(BufReader::new(stage));
        }
        environ.set_input(Input::from_reader(body, None));
    }
}

/// Why a body cannot be decoded. The client's doing in each case.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecompressError {
    /// It is not in the format of its coding, or something is behind its end.
    #[error("the body is not {}, though its Content-Encoding says so", coding.token())]
    Malformed {
        /// The coding.
        coding: Coding,
    },
    /// It ends too early.
    #[error("the {} body ends before its stream does; send all of it", coding.token())]
    Truncated {
        /// The coding.
        coding: Coding,
    },
    /// It is larger than [`Decompress::size_limit`] allows.
    #[error(
        "the body has more than {limit} bytes when it is decoded; send less, or raise size_limit"
    )]
    Size {
        /// In bytes.
        limit: u64,
    },
    /// It grows by more than [`Decompress::ratio_limit`] allows.
    #[error(
        "the body grows to more than {limit} times its size when it is decoded; raise ratio_limit if that is no attack"
    )]
    Ratio {
        /// How many times.
        limit: u32,
    },
}

impl DecompressError {
    fn kind(&self) -> io::ErrorKind {
        match self {
            Self::Truncated { .. } => io::ErrorKind::UnexpectedEof,
            Self::Malformed { .. } | Self::Size { .. } | Self::Ratio { .. } => {
                io::ErrorKind::InvalidData
            }
        }
    }

    fn status(&self) -> StatusLine {
        match self {
            Self::Malformed { .. } | Self::Truncated { .. } => StatusLine::BAD_REQUEST,
            Self::Size { .. } | Self::Ratio { .. } => {
                const { StatusLine::from_static("413 Content Too Large") }
            }
        }
    }
}
