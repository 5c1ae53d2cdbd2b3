//! The `Vary` field.

use wsgi_core::{HeaderError, Headers};

/// Adds names to `Vary`, those that it does not have yet, in one line with what it has: caches have been seen that read
/// the first or the last line only.
///
/// # Specification
/// RFC 9110 §12.5.5 "Vary"
pub(crate) fn vary_on(headers: &mut Headers, names: &[&str]) -> Result<(), HeaderError> {
    if !headers.contains("Vary") {
        return match names {
            [name] => headers.try_append("Vary", name),
            names => headers.try_append("Vary", names.join(", ")),
        };
    }
    let has = |name: &str| {
        let values = headers.get_all("Vary");
        let mut members = values.flat_map(|value| value.split(|&byte| byte == b','));
        members.any(|member| {
            let member = member.trim_ascii();
            member == b"*" || member.eq_ignore_ascii_case(name.as_bytes())
        })
    };
    let missing: Vec<&str> = names.iter().copied().filter(|name| !has(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let missing = missing.join(", ");
    let told = headers.get_all("Vary").map(<[u8]>::trim_ascii);
    let told = told.filter(|value| !value.is_empty());
    let told: Vec<&[u8]> = told.chain([missing.as_bytes()]).collect();
    let told = told.join(&b", "[..]);
    headers.try_insert("Vary", told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_once_in_one_line() {
        let cases: [(&[&str], Option<&str>); 7] = [
            (&[], Some("Origin, Accept")),
            (&[""], Some("Origin, Accept")),
            (&["Cookie"], Some("Cookie, Origin, Accept")),
            (&["Cookie", "accept"], Some("Cookie, accept, Origin")),
            (&["ORIGIN,Accept"], Some("ORIGIN,Accept")),
            (&["*"], Some("*")),
            (
                &["Accept-Encoding"],
                Some("Accept-Encoding, Origin, Accept"),
            ),
        ];
        for (told, wanted) in cases {
            let pairs = told.iter().map(|value| ("Vary", *value));
            let mut headers = Headers::try_from_pairs(pairs).unwrap();
            vary_on(&mut headers, &["Origin", "Accept"]).unwrap();
            assert_eq!(headers.get_str("Vary"), wanted, "{told:?}");
            assert_eq!(headers.get_all("Vary").count(), 1, "{told:?}");
        }
    }
}
