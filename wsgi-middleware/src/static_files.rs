//! [`StaticFiles`]: files of folders, ahead of the application.

mod answer;
mod coding;
mod content;
mod error;
mod listing;
mod names;
mod offload;
mod path;
mod representation;
mod root;
mod settings;
mod site;
mod table;
mod tree;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use wsgi_core::{Application, ApplicationError, Body, Environ, Headers, Layer, StartResponse};

pub use error::StaticFilesError;
use offload::{Offload, canonical};
use root::Links;
use settings::Missing;
use site::Site;
use table::Table;

/// Serves the files of folders below prefixes of the path; all other requests are the application's.
///
/// Of `/static/css/app.css`, below the prefix `/static` for the folder `public`, the answer is `public/css/app.css`,
/// with content type by extension, `ETag`, `Last-Modified` and `Cache-Control`; a precompressed variant beside it
/// (`app.css.br`, `.zst`, `.gz`) when the client accepts that; parts of it when it asks for ranges; `304` and `412` as
/// preconditions demand. Bodies are regions of files, which a server may send by `sendfile`.
///
/// | request | answer |
/// |---|---|
/// | a file | the file |
/// | a folder with `index.html` | that; without the slash at the end of the path first a redirect there (`308`) |
/// | a folder without | as if it were not there, unless [`listing`](Self::listing) is on |
/// | neither | the application's, or `404` ([`answer_missing`](Self::answer_missing)) |
/// | any of the first two, by another method than `GET` and `HEAD` | `405` |
///
/// A path with `..`, an empty segment, a backslash, NUL, a drive letter, or a name that begins with a dot is never looked
/// up, however it was encoded. Symbolic links lead nowhere outside of the folder, which the system sees to while
/// it opens the file (`openat2` of Linux; where that is missing, links are not followed). Only plain files are served.
///
/// Each request looks at the folder; [`scan`](Self::scan) reads it once instead.
///
/// What it leaves to others: compressing on the fly, `X-Content-Type-Options` ([`ResponseHeader`](struct.ResponseHeader.html)), CORS.
///
/// # Place in the stack
/// Outside of whatever only the application needs, inside of the access log and of what sets header fields for all.
///
/// # Examples
/// ```
/// use wsgi_core::{handler, testing};
/// use wsgi_middleware::StaticFiles;
///
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// std::fs::write(folder.join("hello.txt"), "Hello!\n")?;
/// let app = StaticFiles::new(handler(|_| "the application")).serve("/static", folder)?;
///
/// let answer = testing::get(&app, "/static/hello.txt");
/// assert_eq!(answer.text(), "Hello!\n");
/// assert_eq!(answer.header("Content-Type"), Some("text/plain; charset=utf-8"));
/// assert_eq!(answer.header("Cache-Control"), Some("public, max-age=60"));
/// assert_eq!(testing::get(&app, "/elsewhere").text(), "the application");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Specification
/// RFC 9110 §8.8 "Validator Fields", §12.5.3 "Accept-Encoding", §13 "Conditional Requests", §14 "Range Requests"; RFC 8246
/// "HTTP Immutable Responses". Modelled on WhiteNoise and on `ServeDir` of tower-http.
#[derive(Clone, Debug, Default)]
pub struct StaticFiles<A = ()> {
    app: A,
    site: Arc<Site>,
}

/// Wraps applications in [`StaticFiles`]. Made by `StaticFilesLayer::default()`.
pub type StaticFilesLayer = StaticFiles<()>;

impl<A> StaticFiles<A> {
    /// Around `app`; [`NotFound`](crate::NotFound) where there is none. Serves nothing before [`serve`](Self::serve).
    pub fn new(app: A) -> Self {
        Self {
            app,
            site: Arc::default(),
        }
    }

    /// Serves the files of `folder` below `prefix`, a path such as `/static`, as it reads percent-decoded. Slashes at
    /// its end do not count; `""` and `"/"` are the root.
    ///
    /// May be called several times. Of several prefixes that cover a path the longest counts first, of folders with the
    /// same prefix the first; where one has no such file, the next is asked. Whole segments are compared: `/static`
    /// does not cover `/staticky`.
    ///
    /// # Errors
    /// [`StaticFilesError::NoLeadingSlash`] and [`StaticFilesError::EmptySegment`] for the prefix,
    /// [`StaticFilesError::Root`] when the folder is not there.
    pub fn serve(
        self,
        prefix: impl AsRef<[u8]>,
        folder: impl AsRef<Path>,
    ) -> Result<Self, StaticFilesError> {
        let prefix = path::prefix(prefix.as_ref())?;
        let folder = folder.as_ref();
        let canonical = canonical(folder)?;
        Ok(self.with(|site| site.add(prefix, folder.to_owned(), canonical)))
    }

    /// For how long responses may be used again without asking: `Cache-Control: public, max-age=…`, in whole seconds;
    /// `None` leaves the field out. Default: 60 s. Does not count for names that are [`immutable`](Self::immutable).
    #[must_use]
    pub fn max_age(self, max_age: Option<Duration>) -> Self {
        self.with(|site| site.settings.set_max_age(max_age))
    }

    /// Which paths name files that never change: `Cache-Control: public, max-age=31536000, immutable`.
    ///
    /// The function gets the path of the URL, prefix included. Default: names with eight or more lower-case hexadecimal
    /// digits, figures and letters among them, as their last part but one, such as `app.3f2a9c1b.js`.
    #[must_use]
    pub fn immutable(self, test: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.with(|site| site.settings.is_immutable = Arc::new(test))
    }

    /// As [`immutable`](Self::immutable), by a regular expression that matches anywhere in the path.
    ///
    /// # Errors
    /// [`StaticFilesError::Pattern`] for what is none.
    pub fn immutable_pattern(self, pattern: &str) -> Result<Self, StaticFilesError> {
        let pattern = regex::Regex::new(pattern);
        let pattern = pattern.map_err(|error| StaticFilesError::Pattern(Box::new(error)))?;
        Ok(self.immutable(move |path| pattern.is_match(path)))
    }

    /// Changes the header fields of a file's `200` and `206` responses (of a `304` those that it shares with them), given
    /// the path of the URL, prefix included. Called once for each request, or for each file when it is
    /// [`scan`](Self::scan)ned. Default: none.
    ///
    /// `Content-Length` and `ETag` should stay as they are.
    #[must_use]
    pub fn headers(
        self,
        hook: impl Fn(&str, &mut Headers) -> Result<(), ApplicationError> + Send + Sync + 'static,
    ) -> Self {
        self.with(|site| site.settings.hook = Some(Arc::new(hook)))
    }

    /// The content type of an extension (without its dot, in any case), before the table of known ones.
    ///
    /// # Errors
    /// [`StaticFilesError::ContentType`] when it cannot be a field's value.
    pub fn content_type(
        self,
        extension: impl Into<String>,
        content_type: impl Into<String>,
    ) -> Result<Self, StaticFilesError> {
        let content_type = checked(content_type.into())?;
        let entry = (extension.into(), content_type);
        Ok(self.with(|site| site.settings.content_types.overrides.push(entry)))
    }

    /// The charset of texts (`text/…`); `None` names none. Default: `utf-8`.
    ///
    /// # Errors
    /// [`StaticFilesError::ContentType`] when it cannot stand in a field.
    pub fn charset(self, charset: Option<&str>) -> Result<Self, StaticFilesError> {
        let charset = charset.map(|charset| checked(charset.to_owned()));
        let charset = charset.transpose()?;
        Ok(self.with(|site| site.settings.content_types.charset = charset))
    }

    /// Whether variants beside a file (`.br`, `.zst`, `.gz` behind its name) are sent to clients that accept them, with
    /// `Vary: Accept-Encoding`. Default: yes.
    ///
    /// Nobody checks that a variant has the content of its file: whoever writes the one writes the other.
    #[must_use]
    pub fn precompressed(self, precompressed: bool) -> Self {
        self.with(|site| site.settings.precompressed = precompressed)
    }

    /// The file that stands for its folder; `None` for none. Default: `index.html`.
    #[must_use]
    pub fn index(self, name: Option<&str>) -> Self {
        self.with(|site| site.settings.index = name.map(str::to_owned))
    }

    /// Whether a folder without index is answered with a page of the names in it. Default: no.
    #[must_use]
    pub fn listing(self, listing: bool) -> Self {
        self.with(|site| site.settings.listing = listing)
    }

    /// The file, by its path in a folder, for `GET`s of pages that are not there: of applications that do their routing
    /// in the browser. Default: none.
    ///
    /// A path whose last segment has a dot asks for a file, not for a page. Whatever else lies below the prefix
    /// the application does not see any more.
    #[must_use]
    pub fn fallback(self, file: Option<&str>) -> Self {
        self.with(|site| site.settings.fallback = file.map(str::to_owned))
    }

    /// Whether to answer `404` for what is not there below a prefix. Default: no, the application is asked.
    #[must_use]
    pub fn answer_missing(self, answer_missing: bool) -> Self {
        self.with(|site| {
            site.settings.missing = match answer_missing {
                true => Missing::NotFound,
                false => Missing::PassOn,
            }
        })
    }

    /// Whether files and folders are served whose names begin with a dot. Default: no; `.git` and `.env` are secrets.
    #[must_use]
    pub fn dotfiles(self, dotfiles: bool) -> Self {
        self.with(|site| site.settings.dotfiles = dotfiles)
    }

    /// Whether symbolic links may lead out of the folder. Default: no; a link with an absolute path counts as leading
    /// out.
    #[must_use]
    pub fn links_to_anywhere(self, allowed: bool) -> Self {
        self.with(|site| {
            site.settings.links = match allowed {
                true => Links::Anywhere,
                false => Links::Inside,
            }
        })
    }

    /// How many ranges a request may ask for; one with more, or with ranges that overlap, gets the whole file. Default:
    /// 16.
    #[must_use]
    pub fn range_limit(self, ranges: usize) -> Self {
        self.with(|site| site.settings.range_limit = ranges)
    }

    /// Lets the server in front send the files, told by `X-Sendfile` (Apache, lighttpd): it must be allowed to read the
    /// folders. Default: no.
    ///
    /// Conditions, ranges and variants are that server's affair then.
    #[must_use]
    pub fn x_sendfile(self) -> Self {
        self.with(|site| site.settings.offload = Offload::Sendfile)
    }

    /// Lets nginx send the files below `folder`, told by `X-Accel-Redirect` with a path below `location`, which its
    /// configuration maps to the same folder: `location /protected/ { internal; alias /srv/files/; }`. May be called for
    /// several folders; files of none of them we send. Default: none.
    ///
    /// Only this decides: `X-Sendfile-Type` and `X-Accel-Mapping` of a request are not looked at. Conditions, ranges and
    /// variants are nginx's affair then.
    ///
    /// # Errors
    /// [`StaticFilesError::Location`] for one without a slash, [`StaticFilesError::Root`] when the folder is not there.
    pub fn x_accel_redirect(
        self,
        folder: impl AsRef<Path>,
        location: &str,
    ) -> Result<Self, StaticFilesError> {
        let mut offload = self.site.settings.offload.clone();
        offload.map(folder.as_ref(), location)?;
        Ok(self.with(|site| site.settings.offload = offload))
    }

    /// How much memory the files may take that [`scan`](Self::scan) keeps there, all together, in bytes; those of up to
    /// 64 KiB are kept. Default: 32 MiB; 0 keeps none.
    #[must_use]
    pub fn memory_limit(self, bytes: u64) -> Self {
        self.with(|site| site.settings.memory_limit = bytes)
    }

    /// Reads all folders now, and serves what is there now: the quickest way, and files that come later are not served.
    /// Call it last, for what is set after it holds for later scans.
    ///
    /// Small files are kept in memory as they are. A larger one that is changed all the same is described as it is
    /// found, and one that is removed is missing. Costs memory for each file, some 1 KiB.
    ///
    /// # Errors
    /// [`StaticFilesError::Root`] and [`StaticFilesError::Scan`] for what cannot be read, [`StaticFilesError::File`] when
    /// the hook of [`headers`](Self::headers) fails.
    pub fn scan(mut self) -> Result<Self, StaticFilesError> {
        let site = Arc::make_mut(&mut self.site);
        let mut memory = site.settings.memory_limit;
        for mount in &mut site.mounts {
            let table = Table::scan(mount, &site.settings, &mut memory)?;
            mount.table = Some(Arc::new(table));
        }
        Ok(self)
    }

    fn with(mut self, change: impl FnOnce(&mut Site)) -> Self {
        change(Arc::make_mut(&mut self.site));
        self
    }
}

impl<A> Layer<A> for StaticFilesLayer {
    type Service = StaticFiles<A>;

    fn layer(&self, app: A) -> StaticFiles<A> {
        StaticFiles {
            app,
            site: self.site.clone(),
        }
    }
}

impl<A: Application> Application for StaticFiles<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        match self.site.answer(environ)? {
            Some(answer) => {
                start_response.start_response(answer.status, answer.headers, None)?;
                Ok(answer.body)
            }
            None => self.app.call(environ, start_response),
        }
    }
}

/// A content type, or part of one.
fn checked(value: String) -> Result<String, StaticFilesError> {
    match Headers::try_from_pairs([("Content-Type", &value)]) {
        Ok(_) => Ok(value),
        Err(source) => Err(StaticFilesError::ContentType { value, source }),
    }
}
