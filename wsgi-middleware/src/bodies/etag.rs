//! [`ETag`]: an entity tag for responses that have none.

use wsgi_core::{Application, ApplicationError, Body, Environ, Headers, Layer, StartResponse};

use crate::common::start::HeldStart;

/// Adds an `ETag` made of the body, so that a client which has it need not be sent it again.
///
/// It is half of the BLAKE3 digest: 128 bits, of which nobody can make two bodies with the same. Tagged are responses
/// - of `200 OK` to a `GET`, or to a `HEAD` if the application gave the body all the same;
/// - whose body is complete when the application returns, up to a [`limit`](Self::limit): streams and files are never read
///   for it;
/// - that have no `ETag` yet, and no `Cache-Control: no-store`, for what is not stored is not asked for again.
///
/// A `Set-Cookie` makes no difference: the tag is that of the body, and the cookie goes out with a `304`, too. Neither does
/// a `Last-Modified`: changes within its second it does not tell, so both are sent. `Cache-Control` stays as it is.
///
/// This layer does not answer anything by itself: [`ConditionalGet`](struct.ConditionalGet.html) does, outside of it.
///
/// # Place in the stack
/// Outside of what changes bodies, inside of [`ConditionalGet`](struct.ConditionalGet.html) and of what cuts
/// ([`RangeSlice`](struct.RangeSlice.html)). Compression may stand on either side: inside, the tag is that of the compressed
/// bytes; outside, it has to make a strong tag weak. [`Buffer`](struct.Buffer.html) inside of it completes what an
/// application gives block by block.
///
/// # Examples
/// ```
/// use wsgi_core::{handler, testing};
/// use wsgi_middleware::ETag;
///
/// let app = ETag::new(handler(|_| "Hello!\n"));
/// let answer = testing::get(&app, "/");
/// assert_eq!(answer.header("ETag"), Some("W/\"ef7a2d7372aa5fd98a2abf6253cbf93d\""));
/// ```
///
/// # Specification
/// RFC 9110 §8.8.3 "ETag", §8.8.1 "Weak versus Strong". Modelled on `Rack::ETag`.
#[derive(Clone, Debug, Default)]
pub struct ETag<A = ()> {
    app: A,
    settings: Settings,
}

/// Wraps applications in [`ETag`]. Made by `ETagLayer::default()`.
pub type ETagLayer = ETag<()>;

#[derive(Clone, Copy, Debug)]
struct Settings {
    strength: Strength,
    /// In bytes.
    limit: usize,
}

#[derive(Clone, Copy, Debug)]
enum Strength {
    Weak,
    Strong,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            strength: Strength::Weak,
            limit: 1 << 20,
        }
    }
}

impl<A> ETag<A> {
    /// Around `app`.
    pub fn new(app: A) -> Self {
        let settings = Settings::default();
        Self { app, settings }
    }

    /// Whether the tag promises that the body is the same byte by byte. Default: no, it is weak.
    ///
    /// Parts of a body can only be asked for by a strong one (`If-Range`). It must then be true of all that stands outside:
    /// nothing there may change the body and leave the tag as it is.
    #[must_use]
    pub fn strong(mut self, strong: bool) -> Self {
        self.settings.strength = match strong {
            true => Strength::Strong,
            false => Strength::Weak,
        };
        self
    }

    /// The longest body that is tagged, in bytes, for a digest takes its time. Default: 1 MiB.
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.settings.limit = bytes;
        self
    }
}

impl<A> Layer<A> for ETagLayer {
    type Service = ETag<A>;

    fn layer(&self, app: A) -> ETag<A> {
        let settings = self.settings;
        ETag { app, settings }
    }
}

impl<A: Application> Application for ETag<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let is_head = match environ.method().as_str() {
            "GET" => false,
            "HEAD" => true,
            _ => return self.app.call(environ, start_response),
        };
        let mut held = HeldStart::new(start_response);
        let body = self.app.call(environ, &mut held)?;
        held.release(|status, headers| {
            if let Some(bytes) = body.as_full()
                && status.code() == 200
                && bytes.len() <= self.settings.limit
                // Whoever leaves the body out for a `HEAD` has not said what it would have been.
                && !(is_head && bytes.is_empty())
                && !headers.contains("ETag")
                && !forbids_storing(headers)
            {
                let tag = weak_tag(bytes);
                let prefix = match self.settings.strength {
                    Strength::Weak => 0,
                    Strength::Strong => "W/".len(),
                };
                headers.try_append("ETag", &tag[prefix..])?;
            }
            Ok(())
        })?;
        Ok(body)
    }
}

/// `W/"…"`, of half of the digest.
fn weak_tag(body: &[u8]) -> [u8; 36] {
    const DIGITS: usize = 32;
    let mut tag = *b"W/\"00000000000000000000000000000000\"";
    let digest = blake3::hash(body).to_hex();
    tag[3..3 + DIGITS].copy_from_slice(&digest.as_bytes()[..DIGITS]);
    tag
}

/// RFC 9111 §5.2.2.5 "no-store"
fn forbids_storing(headers: &Headers) -> bool {
    let mut fields = headers.get_all("Cache-Control");
    fields.any(|field| {
        let mut directives = field.split(|&byte| byte == b',');
        directives.any(|directive| directive.trim_ascii().eq_ignore_ascii_case(b"no-store"))
    })
}
