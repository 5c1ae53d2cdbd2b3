//! Policies.

use super::directive::Grammar;
use super::source::fault;
use super::{CspDirective, CspError, CspNonce};

/// What a page may load and run: directives, each with what it allows.
///
/// # Examples
/// ```
/// use wsgi_middleware::{ContentSecurityPolicy, CspDirective, CspSource};
///
/// let policy = ContentSecurityPolicy::new()
///     .directive(CspDirective::DefaultSrc, [CspSource::SELF])?
///     .directive(CspDirective::ImgSrc, ["'self'", "data:", "https://images.example"])?
///     .directive(CspDirective::ScriptSrc, [CspSource::NONCE, CspSource::STRICT_DYNAMIC])?;
/// let wanted = "default-src 'self'; img-src 'self' data: https://images.example; script-src 'nonce' 'strict-dynamic'";
/// assert_eq!(policy.to_string(), wanted);
/// assert!(ContentSecurityPolicy::new().directive(CspDirective::ScriptSrc, ["self"]).is_err());
/// # Ok::<(), wsgi_middleware::CspError>(())
/// ```
///
/// # Specification
/// Content Security Policy Level 3, §2.2 "Policies"
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContentSecurityPolicy {
    directives: Vec<(CspDirective, Vec<String>)>,
    /// The field's value, cut where a nonce stands.
    pieces: Vec<String>,
}

impl ContentSecurityPolicy {
    /// Without directives: allows all, and is not sent.
    pub const fn new() -> Self {
        Self {
            directives: Vec::new(),
            pieces: Vec::new(),
        }
    }

    /// `script-src 'nonce' 'strict-dynamic'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'`: scripts with the
    /// nonce, and what these load, run, and no others. For pages that write it into all of their `<script>` tags.
    pub fn strict() -> Self {
        let directives: [(CspDirective, &[&str]); 4] = [
            (CspDirective::ScriptSrc, &["'nonce'", "'strict-dynamic'"]),
            (CspDirective::ObjectSrc, &["'none'"]),
            (CspDirective::BaseUri, &["'none'"]),
            (CspDirective::FrameAncestors, &["'none'"]),
        ];
        let owned = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect();
        let directives = directives.map(|(directive, values)| (directive, owned(values)));
        Self::of(directives.into())
    }

    /// Sets what a directive allows, in place of what it did before.
    ///
    /// # Errors
    /// [`CspError::Value`] for what it cannot have, [`CspError::NoneAndOthers`], [`CspError::Missing`].
    pub fn directive(
        mut self,
        directive: CspDirective,
        values: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, CspError> {
        let values = values.into_iter().map(|value| value.as_ref().to_owned());
        let values: Vec<String> = values.collect();
        check(directive, &values)?;
        let directives = &mut self.directives;
        match directives.iter_mut().find(|(known, _)| *known == directive) {
            Some((_, old)) => *old = values,
            None => directives.push((directive, values)),
        }
        Ok(Self::of(self.directives))
    }

    /// Leaves a directive out.
    #[must_use]
    pub fn without(mut self, directive: CspDirective) -> Self {
        self.directives.retain(|(known, _)| *known != directive);
        Self::of(self.directives)
    }

    /// Whether there is no directive.
    pub fn is_empty(&self) -> bool {
        self.directives.is_empty()
    }

    /// Whether a directive has the source `'nonce'`.
    pub fn has_nonce(&self) -> bool {
        self.pieces.len() > 1
    }

    fn of(directives: Vec<(CspDirective, Vec<String>)>) -> Self {
        let policy = Self {
            directives,
            pieces: Vec::new(),
        };
        let text = policy.to_string();
        // No value has a quote but keywords and hashes, so what is found is a keyword.
        let pieces = text.split("'nonce'").map(str::to_owned).collect();
        Self { pieces, ..policy }
    }

    /// The field's value for one request.
    pub(super) fn value(&self, nonce: &CspNonce) -> String {
        let nonce = format!("'nonce-{}'", nonce.as_str());
        self.pieces.join(&nonce)
    }
}

/// As in the header, with `'nonce'` where the nonce goes.
impl std::fmt::Display for ContentSecurityPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, (directive, values)) in self.directives.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{}", directive.as_str())?;
            for value in values {
                write!(f, " {value}")?;
            }
        }
        Ok(())
    }
}

fn check(directive: CspDirective, values: &[String]) -> Result<(), CspError> {
    let grammar = directive.grammar();
    let directive = directive.as_str();
    let may_be_empty = matches!(
        grammar,
        Grammar::Nothing | Grammar::Sandbox | Grammar::TrustedTypes
    );
    if values.is_empty() && !may_be_empty {
        return Err(CspError::Missing { directive });
    }
    for (index, value) in values.iter().enumerate() {
        let fault = match grammar {
            // One endpoint is all that it can name.
            Grammar::ReportTo if index > 0 => Some("give one endpoint"),
            grammar => value_fault(grammar, value),
        };
        if let Some(mend) = fault {
            let value = value.clone();
            return Err(CspError::Value {
                directive,
                value,
                mend,
            });
        }
    }
    match values.len() > 1 && values.iter().any(|value| value == "'none'") {
        true => Err(CspError::NoneAndOthers { directive }),
        false => Ok(()),
    }
}

const SANDBOX: [&str; 14] = [
    "allow-downloads",
    "allow-forms",
    "allow-modals",
    "allow-orientation-lock",
    "allow-pointer-lock",
    "allow-popups",
    "allow-popups-to-escape-sandbox",
    "allow-presentation",
    "allow-same-origin",
    "allow-scripts",
    "allow-storage-access-by-user-activation",
    "allow-top-navigation",
    "allow-top-navigation-by-user-activation",
    "allow-top-navigation-to-custom-protocols",
];

/// What keeps a text from being a value, told as what to do.
fn value_fault(grammar: Grammar, value: &str) -> Option<&'static str> {
    let is_made_of = |others: &'static [u8]| {
        let is_good = |byte: u8| byte.is_ascii_alphanumeric() || others.contains(&byte);
        !value.is_empty() && value.bytes().all(is_good)
    };
    let (is_good, mend) = match grammar {
        Grammar::Scripts | Grammar::Styles | Grammar::All | Grammar::Plain | Grammar::Ancestors => {
            return fault(grammar, value);
        }
        Grammar::Sandbox => (
            SANDBOX.contains(&value),
            "give what is allowed, such as \"allow-forms\"",
        ),
        Grammar::ReportTo => (
            is_made_of(b"!#$%&*+-.^_`|~"),
            "give the name of an endpoint, a token",
        ),
        Grammar::ReportUri => (
            is_made_of(b"-._~:/?#[]@!$&()*+=%"),
            "give a URL, with \",\", \";\" and quotes percent-encoded",
        ),
        Grammar::RequireTrustedTypesFor => (value == "'script'", "give \"'script'\""),
        Grammar::TrustedTypes => (
            matches!(value, "*" | "'none'" | "'allow-duplicates'") || is_made_of(b"-#=_/@.%"),
            "give names of policies, \"*\", \"'allow-duplicates'\" or \"'none'\"",
        ),
        Grammar::Nothing => (false, "it has no values"),
    };
    (!is_good).then_some(mend)
}
