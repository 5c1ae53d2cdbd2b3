//! The fields that are the same for every response.

use wsgi_core::{HeaderError, Headers, is_hop_by_hop};

use super::SecurityHeadersError;

/// Names and values, checked.
#[derive(Clone, Debug)]
pub(super) struct Profile(Headers);

const DEFAULT: [(&str, &str); 8] = [
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    // With `no-referrer` forms would send `Origin: null`, which nobody can tell from another site's.
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Origin-Agent-Cluster", "?1"),
    (
        "Permissions-Policy",
        "camera=(), geolocation=(), microphone=()",
    ),
    ("X-Permitted-Cross-Domain-Policies", "none"),
];

/// Of fields that have a few values, which: browsers ignore a field with another one, and nobody notices.
const VALUES: [(&str, &[&str]); 8] = [
    ("X-Content-Type-Options", &["nosniff"]),
    ("X-Frame-Options", &["DENY", "SAMEORIGIN"]),
    (
        "Referrer-Policy",
        &[
            "no-referrer",
            "no-referrer-when-downgrade",
            "same-origin",
            "origin",
            "strict-origin",
            "origin-when-cross-origin",
            "strict-origin-when-cross-origin",
            "unsafe-url",
        ],
    ),
    (
        "Cross-Origin-Opener-Policy",
        &[
            "same-origin",
            "same-origin-allow-popups",
            "noopener-allow-popups",
            "unsafe-none",
        ],
    ),
    (
        "Cross-Origin-Embedder-Policy",
        &["require-corp", "credentialless", "unsafe-none"],
    ),
    (
        "Cross-Origin-Resource-Policy",
        &["same-origin", "same-site", "cross-origin"],
    ),
    ("Origin-Agent-Cluster", &["?1", "?0"]),
    (
        "X-Permitted-Cross-Domain-Policies",
        &[
            "none",
            "none-this-response",
            "master-only",
            "by-content-type",
            "all",
        ],
    ),
];

impl Default for Profile {
    fn default() -> Self {
        let fields = Headers::try_from_pairs(DEFAULT);
        Self(fields.expect("the fields are written above"))
    }
}

impl Profile {
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), SecurityHeadersError> {
        if name.eq_ignore_ascii_case("Strict-Transport-Security") {
            return Err(SecurityHeadersError::Hsts);
        }
        if is_hop_by_hop(name) {
            let name = name.to_owned();
            return Err(HeaderError::HopByHop { index: 0, name }.into());
        }
        let known = VALUES
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        if let Some((known, values)) = known {
            check(known, values, value)?;
        }
        Ok(self.0.try_insert(name, value)?)
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// Adds the fields that are not there.
    pub(super) fn add(&self, headers: &mut Headers) {
        headers.append_missing(&self.0);
    }
}

fn check(
    name: &'static str,
    values: &'static [&'static str],
    value: &str,
) -> Result<(), SecurityHeadersError> {
    let is_one = |value: &str| {
        values
            .iter()
            .any(|it| it.eq_ignore_ascii_case(value.trim()))
    };
    let is_good = match name {
        // Referrer Policy "Parse a referrer policy from a Referrer-Policy header": the last one that is known counts.
        "Referrer-Policy" => value.split(',').next_back().is_some_and(is_one),
        // Parameters, such as `report-to`, may follow.
        _ => value.split(';').next().is_some_and(is_one),
    };
    match is_good {
        true => Ok(()),
        false => Err(SecurityHeadersError::Value {
            name,
            value: value.to_owned(),
            values: values.join(", "),
        }),
    }
}
