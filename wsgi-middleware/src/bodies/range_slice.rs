//! [`RangeSlice`]: parts of what the application sends.

mod source;

use std::time::SystemTime;

use wsgi_core::{
    Application, ApplicationError, Body, Environ, Headers, Layer, StartResponse,
    StartResponseError, StatusLine,
};

use crate::bodies::representation_fields::become_text;
use crate::common::byte_ranges::{ByteRange, Ranges, ranges};
use crate::common::preconditions::Validators;
use crate::common::start::{HeldStart, unread};
use source::Source;

/// Answers a `GET` that asks for ranges with those parts of the response.
///
/// | ranges asked for | answer |
/// |---|---|
/// | one | `206 Partial Content` with `Content-Range` |
/// | several | `206` with a body of the type `multipart/byteranges` |
/// | none that exists | `416 Range Not Satisfiable` |
/// | more than the [limit](Self::range_limit), overlapping ones, malformed ones | all of it |
/// | any, of another state than the response is in (`If-Range`) | all of it |
///
/// That holds for `200 OK` with a body whose length is known: complete ones, files, blocks that tell their length, and
/// blocks whose application set `Content-Length`. Files stay files, which a server may send by quicker means; of a
/// complete body nothing is copied. Of blocks, those before the range are asked for and left out (an empty block goes out
/// for each, as PEP 3333 has it), those behind it are not asked for; several ranges of blocks are answered with all of it.
/// `Accept-Ranges: bytes` is added to responses that have such a body ([`advertise`](Self::advertise)). An application that
/// answers ranges itself, or says `Accept-Ranges: none`, is left alone, and so is what it writes by `write()`.
///
/// # Place in the stack
/// Outside of [`ConditionalGet`](struct.ConditionalGet.html), for preconditions come before ranges, and of
/// [`ETag`](struct.ETag.html), whose tag (a strong one) says whether the client's part is of the same body. Inside of
/// compression, which leaves parts as they are.
///
/// # Examples
/// ```
/// use wsgi_core::handler;
/// use wsgi_core::testing::{EnvironBuilder, run};
/// use wsgi_middleware::RangeSlice;
///
/// let app = RangeSlice::new(handler(|_| "0123456789"));
/// let answer = run(&app, EnvironBuilder::get("/").header("Range", "bytes=2-4").build())?;
/// assert_eq!(answer.status.code(), 206);
/// assert_eq!(answer.header("Content-Range"), Some("bytes 2-4/10"));
/// assert_eq!(answer.text(), "234");
/// # Ok::<(), wsgi_core::ApplicationError>(())
/// ```
///
/// # Specification
/// RFC 9110 §14 "Range Requests", §13.1.5 "If-Range", §15.3.7 "206 Partial Content", §15.5.17 "416 Range Not Satisfiable".
#[derive(Clone, Debug, Default)]
pub struct RangeSlice<A = ()> {
    app: A,
    settings: Settings,
}

/// Wraps applications in [`RangeSlice`]. Made by `RangeSliceLayer::default()`.
pub type RangeSliceLayer = RangeSlice<()>;

#[derive(Clone, Copy, Debug)]
struct Settings {
    range_limit: usize,
    advertise: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            range_limit: 16,
            advertise: true,
        }
    }
}

impl<A> RangeSlice<A> {
    /// Around `app`.
    pub fn new(app: A) -> Self {
        let settings = Settings::default();
        Self { app, settings }
    }

    /// How many ranges a request may ask for; one with more, or with ranges that overlap, gets all of the body: a few bytes
    /// must not ask for many times its size. Default: 16.
    #[must_use]
    pub fn range_limit(mut self, ranges: usize) -> Self {
        self.settings.range_limit = ranges;
        self
    }

    /// Whether responses whose parts can be asked for say so, by `Accept-Ranges: bytes`. Default: yes.
    #[must_use]
    pub fn advertise(mut self, advertise: bool) -> Self {
        self.settings.advertise = advertise;
        self
    }
}

impl<A> Layer<A> for RangeSliceLayer {
    type Service = RangeSlice<A>;

    fn layer(&self, app: A) -> RangeSlice<A> {
        let settings = self.settings;
        RangeSlice { app, settings }
    }
}

impl<A: Application> Application for RangeSlice<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let (asked, is_head) = match environ.method().as_str() {
            "GET" => (Asked::of(environ.headers())?, false),
            "HEAD" => (None, true),
            _ => return self.app.call(environ, start_response),
        };
        if asked.is_none() && !self.settings.advertise {
            return self.app.call(environ, start_response);
        }
        let mut held = HeldStart::new(start_response);
        let mut body = self.app.call(environ, &mut held)?;
        held.release(|status, headers| {
            let Some(size) = size(status, headers, &body, is_head) else {
                return Ok(());
            };
            if self.settings.advertise && !headers.contains("Accept-Ranges") {
                headers.try_append("Accept-Ranges", "bytes")?;
            }
            let Some(asked) = &asked else { return Ok(()) };
            match asked.ranges(headers, size, self.settings.range_limit) {
                Ranges::Whole => Ok(()),
                Ranges::Unsatisfiable => refuse(size, status, headers, &mut body),
                Ranges::Parts(parts) => cut(&parts, size, status, headers, &mut body),
            }
        })?;
        Ok(body)
    }
}

/// The size of a body that may be cut, in bytes.
fn size(status: &StatusLine, headers: &Headers, body: &Body, is_head: bool) -> Option<u64> {
    let ranges = headers.get("Accept-Ranges");
    let may_be_cut = status.code() == 200
        && !headers.contains("Content-Range")
        && !headers.contains("Transfer-Encoding")
        && ranges.is_none_or(|ranges| ranges.eq_ignore_ascii_case(b"bytes"));
    if !may_be_cut {
        return None;
    }
    let mut fields = headers.get_all("Content-Length");
    let told = match (fields.next(), fields.next()) {
        (None, _) => None,
        (Some(field), None) => Some(std::str::from_utf8(field).ok()?.parse::<u64>().ok()?),
        (Some(_), Some(_)) => return None,
    };
    match (told, body.length()) {
        // The body may have been left out.
        (told, Some(0)) if is_head => told,
        (Some(told), Some(length)) => (told == length).then_some(length),
        (told, length) => told.or(length),
    }
}

/// What the client asked for; copied, for the application has the environ.
struct Asked(Headers);

impl Asked {
    /// RFC 9110 §14.2: a field of ranges counts when there is one.
    fn of(request: &Headers) -> Result<Option<Self>, ApplicationError> {
        if request.get_all("Range").count() != 1 {
            return Ok(None);
        }
        let counts = |name: &str| {
            name.eq_ignore_ascii_case("Range") || name.eq_ignore_ascii_case("If-Range")
        };
        let fields = request.iter().filter(|(name, _)| counts(name));
        Ok(Some(Self(Headers::try_from_pairs(fields)?)))
    }

    fn ranges(&self, response: &Headers, size: u64, limit: usize) -> Ranges {
        let Some(field) = self.0.get("Range") else {
            return Ranges::Whole;
        };
        match Validators::of(response).allow_parts(&self.0, SystemTime::now()) {
            true => ranges(field, size, limit),
            false => Ranges::Whole,
        }
    }
}

fn refuse(
    size: u64,
    status: &mut StatusLine,
    headers: &mut Headers,
    body: &mut Body,
) -> Result<(), StartResponseError> {
    const TEXT: &str = "Range Not Satisfiable\n";
    *status = const { StatusLine::from_static("416 Range Not Satisfiable") };
    become_text(headers, TEXT)?;
    headers.try_append("Content-Range", format!("bytes */{size}"))?;
    *body = unread(std::mem::take(body), TEXT);
    Ok(())
}

fn cut(
    parts: &[ByteRange],
    size: u64,
    status: &mut StatusLine,
    headers: &mut Headers,
    body: &mut Body,
) -> Result<(), StartResponseError> {
    let source = Source::of(std::mem::take(body), size);
    let length = match *parts {
        [part] => {
            headers.try_insert("Content-Range", part.content_range(size))?;
            *body = source.part(part);
            part.length()
        }
        _ => {
            let content_type = headers.get("Content-Type").unwrap_or_default();
            match source.parts(parts, content_type, size) {
                Ok((content_type, length, cut)) => {
                    headers.try_insert("Content-Type", content_type)?;
                    *body = cut;
                    length
                }
                Err(whole) => {
                    *body = whole;
                    return Ok(());
                }
            }
        }
    };
    *status = const { StatusLine::from_static("206 Partial Content") };
    headers.try_insert("Content-Length", length.to_string())?;
    // Of the bytes that follow; `Repr-Digest` and `Digest` are of the whole.
    headers.remove("Content-MD5");
    headers.remove("Content-Digest");
    Ok(())
}
