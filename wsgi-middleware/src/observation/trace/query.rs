//! What a span has of the query.

/// What the field `url.query` of a span of [`Trace`](super::Trace) has. Queries have search terms, addresses, tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueryField {
    /// There is none.
    #[default]
    Omitted,
    /// The names alone: `q=REDACTED&page=REDACTED`.
    Names,
    /// All, but for the values that OpenTelemetry names as secrets, which become `REDACTED`: those of `AWSAccessKeyId`,
    /// `Signature`, `sig` and `X-Goog-Signature`.
    Whole,
}

const SECRETS: [&str; 4] = ["AWSAccessKeyId", "Signature", "sig", "X-Goog-Signature"];

impl QueryField {
    /// `None` for no field.
    pub(super) fn of(self, query: &[u8]) -> Option<String> {
        if self == Self::Omitted || query.is_empty() {
            return None;
        }
        let query = String::from_utf8_lossy(query);
        let parameters = query.split('&').map(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let is_secret = self == Self::Names || SECRETS.contains(&name);
            match is_secret && !value.is_empty() {
                true => format!("{name}=REDACTED"),
                false => parameter.to_owned(),
            }
        });
        Some(parameters.collect::<Vec<_>>().join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_stays_so() {
        use QueryField::*;
        #[rustfmt::skip]
        const CASES: &[(QueryField, &str, Option<&str>)] = &[
            (Omitted, "q=1", None),
            (Names, "", None),
            (Names, "q=caf%C3%A9&page=2&flag&empty=", Some("q=REDACTED&page=REDACTED&flag&empty=")),
            (Whole, "q=1&sig=abc=&x", Some("q=1&sig=REDACTED&x")),
            (Whole, "AWSAccessKeyId=a&Signature=b&X-Goog-Signature=c&signature=d",
             Some("AWSAccessKeyId=REDACTED&Signature=REDACTED&X-Goog-Signature=REDACTED&signature=d")),
        ];
        for (field, query, expected) in CASES {
            assert_eq!(
                field.of(query.as_bytes()).as_deref(),
                *expected,
                "{field:?} {query}"
            );
        }
    }
}
