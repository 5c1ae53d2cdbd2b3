//! Directives.

use std::str::FromStr;

use super::CspError;

/// What may stand behind a directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grammar {
    /// Sources, with nonces, hashes and the keywords of scripts.
    Scripts,
    /// Sources, with nonces, hashes and the keywords of styles.
    Styles,
    /// As scripts and styles, for which it stands in.
    All,
    /// Sources without these.
    Plain,
    /// Those that may frame a page.
    Ancestors,
    Sandbox,
    ReportTo,
    ReportUri,
    RequireTrustedTypesFor,
    TrustedTypes,
    Nothing,
}

macro_rules! directives {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $grammar:ident;)*) => {
        /// A directive of a [`ContentSecurityPolicy`](crate::ContentSecurityPolicy).
        ///
        /// Read from its name: `"script-src".parse()`.
        ///
        /// # Specification
        /// Content Security Policy Level 3, §6 "Content Security Policy Directives"; Trusted Types; Upgrade Insecure
        /// Requests.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum CspDirective {
            $($(#[$doc])* $variant,)*
        }

        impl CspDirective {
            /// As it stands in a policy.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            pub(super) const fn grammar(self) -> Grammar {
                match self {
                    $(Self::$variant => Grammar::$grammar,)*
                }
            }
        }

        impl FromStr for CspDirective {
            type Err = CspError;

            fn from_str(name: &str) -> Result<Self, CspError> {
                match name {
                    $($name => Ok(Self::$variant),)*
                    _ => Err(CspError::Directive { name: name.to_owned() }),
                }
            }
        }
    };
}

directives! {
    /// What may become the page's `<base>`.
    BaseUri = "base-uri", Plain;
    /// Frames and workers, where these have no directive of their own.
    ChildSrc = "child-src", Plain;
    /// What scripts may connect to.
    ConnectSrc = "connect-src", Plain;
    /// All that is loaded and has no directive of its own.
    DefaultSrc = "default-src", All;
    /// Fonts.
    FontSrc = "font-src", Plain;
    /// Where forms may be sent.
    FormAction = "form-action", Plain;
    /// Who may frame the page.
    FrameAncestors = "frame-ancestors", Ancestors;
    /// What the page may frame.
    FrameSrc = "frame-src", Plain;
    /// Images.
    ImgSrc = "img-src", Plain;
    /// Manifests of web applications.
    ManifestSrc = "manifest-src", Plain;
    /// Sound and films.
    MediaSrc = "media-src", Plain;
    /// Plug-ins.
    ObjectSrc = "object-src", Plain;
    /// The name of the endpoint, of `Reporting-Endpoints`, that reports go to.
    ReportTo = "report-to", ReportTo;
    /// The URLs that reports go to: for browsers that do not know `report-to`.
    ReportUri = "report-uri", ReportUri;
    /// Whether scripts may write text where code can stand: `'script'`.
    RequireTrustedTypesFor = "require-trusted-types-for", RequireTrustedTypesFor;
    /// As `<iframe sandbox>`, for the page itself.
    Sandbox = "sandbox", Sandbox;
    /// Scripts.
    ScriptSrc = "script-src", Scripts;
    /// Scripts in attributes.
    ScriptSrcAttr = "script-src-attr", Scripts;
    /// Scripts in elements.
    ScriptSrcElem = "script-src-elem", Scripts;
    /// Styles.
    StyleSrc = "style-src", Styles;
    /// Styles in attributes.
    StyleSrcAttr = "style-src-attr", Styles;
    /// Styles in elements.
    StyleSrcElem = "style-src-elem", Styles;
    /// The names of the policies that scripts may make.
    TrustedTypes = "trusted-types", TrustedTypes;
    /// Whether what the page loads by `http` is loaded by `https`; has no values.
    UpgradeInsecureRequests = "upgrade-insecure-requests", Nothing;
    /// Workers.
    WorkerSrc = "worker-src", Scripts;
}
