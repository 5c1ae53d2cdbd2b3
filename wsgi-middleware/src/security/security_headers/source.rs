//! Sources.

use std::borrow::Cow;
use std::str::FromStr;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::directive::Grammar;

/// A source that a directive of a [`ContentSecurityPolicy`](crate::ContentSecurityPolicy) allows, as it stands there:
/// `'self'`, `https:`, `https://cdn.example`, `*.example.org:8443/scripts/`, `'sha256-…'`.
///
/// The directives take texts as well. `'nonce'` stands for the nonce of each request; one that is written down is refused,
/// for it would protect nobody.
///
/// # Specification
/// Content Security Policy Level 3, §2.3.1 "Source Lists"
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CspSource(Cow<'static, str>);

impl CspSource {
    /// `'none'`: nothing, and alone.
    pub const NONE: Self = Self(Cow::Borrowed("'none'"));
    /// `'self'`: the page's own origin.
    pub const SELF: Self = Self(Cow::Borrowed("'self'"));
    /// `'nonce'`: what bears the nonce of the request.
    pub const NONCE: Self = Self(Cow::Borrowed("'nonce'"));
    /// `'strict-dynamic'`: what allowed scripts load.
    pub const STRICT_DYNAMIC: Self = Self(Cow::Borrowed("'strict-dynamic'"));
    /// `'unsafe-inline'`: all that stands in the page, whoever wrote it; ignored beside a nonce or hash.
    pub const UNSAFE_INLINE: Self = Self(Cow::Borrowed("'unsafe-inline'"));
    /// `'unsafe-eval'`: texts that scripts make code of.
    pub const UNSAFE_EVAL: Self = Self(Cow::Borrowed("'unsafe-eval'"));
    /// `'unsafe-hashes'`: hashes count for attributes, too.
    pub const UNSAFE_HASHES: Self = Self(Cow::Borrowed("'unsafe-hashes'"));
    /// `'wasm-unsafe-eval'`: WebAssembly.
    pub const WASM_UNSAFE_EVAL: Self = Self(Cow::Borrowed("'wasm-unsafe-eval'"));
    /// `'report-sample'`: reports have the first 40 characters of what was stopped.
    pub const REPORT_SAMPLE: Self = Self(Cow::Borrowed("'report-sample'"));

    /// As it stands in a policy.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for CspSource {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl FromStr for CspSource {
    type Err = super::CspError;

    /// # Errors
    /// [`CspError::Value`](super::CspError::Value) for what is no source of any directive.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match fault(Grammar::All, text) {
            None => Ok(Self(Cow::Owned(text.to_owned()))),
            Some(mend) => Err(super::CspError::Value {
                directive: "default-src",
                value: text.to_owned(),
                mend,
            }),
        }
    }
}

const SCRIPT_KEYWORDS: [&str; 6] = [
    "'strict-dynamic'",
    "'unsafe-eval'",
    "'wasm-unsafe-eval'",
    "'inline-speculation-rules'",
    "'trusted-types-eval'",
    "'unsafe-allow-redirects'",
];
const INLINE_KEYWORDS: [&str; 2] = ["'unsafe-inline'", "'unsafe-hashes'"];

/// What keeps a text from being a source, told as what to do.
pub(super) fn fault(grammar: Grammar, text: &str) -> Option<&'static str> {
    let scripts = matches!(grammar, Grammar::Scripts | Grammar::All);
    let inline = scripts || grammar == Grammar::Styles;
    let name = text.trim_matches('\'');
    let keyword = format!("'{name}'");
    let is_keyword = |known: &[&str]| known.contains(&keyword.as_str());
    let is_allowed = match keyword.as_str() {
        "'none'" | "'self'" => true,
        "'report-sample'" => grammar != Grammar::Ancestors,
        "'nonce'" => inline,
        _ if is_keyword(&SCRIPT_KEYWORDS) => scripts,
        _ if is_keyword(&INLINE_KEYWORDS) => inline,
        _ if name.starts_with("nonce-") => {
            return Some("write \"'nonce'\", which is another one for each request");
        }
        _ if hash_length(name).is_some() => return hash_fault(text, name, inline),
        _ if text.starts_with('\'') => return Some("no keyword is called so"),
        _ => {
            return (!is_scheme_source(text) && !is_host_source(text)).then_some(
                "write \"https:\", \"cdn.example\", \"https://*.example.org:8443/path/\" or a keyword such as \"'self'\"",
            );
        }
    };
    match (is_allowed, text == keyword) {
        (true, true) => None,
        (true, false) => Some("keywords stand between single quotes: \"'self'\""),
        (false, _) => Some("it means something for scripts or styles only"),
    }
}

/// Of hashes, by name, how many bytes they have.
fn hash_length(name: &str) -> Option<usize> {
    match name.split_once('-')?.0 {
        "sha256" => Some(32),
        "sha384" => Some(48),
        "sha512" => Some(64),
        _ => None,
    }
}

fn hash_fault(text: &str, name: &str, inline: bool) -> Option<&'static str> {
    /// CSP has both alphabets; browsers read padding or none.
    const CONFIG: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
    if !inline {
        return Some("it means something for scripts or styles only");
    }
    if text.len() != name.len() + 2 {
        return Some("hashes stand between single quotes: \"'sha256-…'\"");
    }
    let (_, digest) = name.split_once('-')?;
    let digest = digest.replace('-', "+").replace('_', "/");
    let length = BASE64.decode(digest).ok().map(|bytes| bytes.len());
    (length != hash_length(name)).then_some("a hash is base64, of 32, 48 or 64 bytes")
}

/// `https:`
fn is_scheme_source(text: &str) -> bool {
    text.strip_suffix(':').is_some_and(is_scheme)
}

fn is_scheme(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// `[scheme "://"] host-part [":" port-part] [path-part]`
fn is_host_source(text: &str) -> bool {
    let rest = match text.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => rest,
        Some(_) => return false,
        None => text,
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let is_port = |port: &str| port == "*" || port.parse::<u16>().is_ok() && !port.starts_with('+');
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let labels = host.strip_prefix("*.").unwrap_or(host);
    let labels = labels.strip_suffix('.').unwrap_or(labels);
    // Without `?` and `#`, which end a path, and without what ends a source or a policy.
    let is_path = |byte: u8| byte.is_ascii_graphic() && !b";,?#'\"<>\\^`{|}".contains(&byte);
    (host == "*" || labels.split('.').all(is_label))
        && port.is_none_or(is_port)
        && path.bytes().all(is_path)
}
