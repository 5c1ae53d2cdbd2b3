//! The `Forwarded` field of RFC 7239.

use std::borrow::Cow;

/// What one proxy told: one element of the field.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Element<'v> {
    pub(super) r#for: Option<Cow<'v, [u8]>>,
    pub(super) proto: Option<Cow<'v, [u8]>>,
    pub(super) host: Option<Cow<'v, [u8]>>,
}

/// The elements of a field value, the client's end first; `None` if it is malformed anywhere.
///
/// ```text
/// Forwarded         = 1#forwarded-element
/// forwarded-element = [ forwarded-pair ] *( ";" [ forwarded-pair ] )
/// forwarded-pair    = token "=" ( token / quoted-string )
/// ```
/// Commas and semicolons inside of quotes are text, and a parameter that comes twice in an element is an error: else
/// a client could speak for the proxy. White space is allowed around commas and, as proxies write it, semicolons.
pub(super) fn parse(value: &[u8]) -> Option<Vec<Element<'_>>> {
    let mut elements = Vec::new();
    let mut rest = value;
    loop {
        let (element, after) = parse_element(rest)?;
        // RFC 9110 §5.6.1.2: empty list elements do not count.
        elements.extend(element);
        match after.split_first() {
            None => return Some(elements),
            Some((_, after_comma)) => rest = after_comma,
        }
    }
}

/// One element, `None` for an empty one, and what follows: nothing, or a comma and more.
fn parse_element(value: &[u8]) -> Option<(Option<Element<'_>>, &[u8])> {
    let mut element = Element::default();
    let mut seen: Vec<&[u8]> = Vec::new();
    let mut rest = value;
    loop {
        rest = rest.trim_ascii_start();
        if let Some(&byte) = rest.first()
            && byte != b';'
            && byte != b','
        {
            let (name, after_name) = parse_token(rest)?;
            let (text, after_value) = parse_value(after_name.strip_prefix(b"=")?)?;
            if seen.iter().any(|other| other.eq_ignore_ascii_case(name)) {
                return None;
            }
            seen.push(name);
            match name.to_ascii_lowercase().as_slice() {
                b"for" => element.r#for = Some(text),
                b"proto" => element.proto = Some(text),
                b"host" => element.host = Some(text),
                _ => {} // `by` is of no use here, others are extensions
            }
            rest = after_value.trim_ascii_start();
        }
        match rest.first() {
            Some(b';') => rest = &rest[1..],
            Some(b',') | None => return Some(((!seen.is_empty()).then_some(element), rest)),
            Some(_) => return None,
        }
    }
}

fn parse_token(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text
        .iter()
        .position(|&byte| !is_token_byte(byte))
        .unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn parse_value(text: &[u8]) -> Option<(Cow<'_, [u8]>, &[u8])> {
    let Some(quoted) = text.strip_prefix(b"\"") else {
        return parse_token(text).map(|(token, rest)| (Cow::Borrowed(token), rest));
    };
    let mut unescaped = Vec::new();
    let mut bytes = quoted.iter().enumerate();
    while let Some((at, &byte)) = bytes.next() {
        match byte {
            b'"' => return Some((Cow::Owned(unescaped), &quoted[at + 1..])),
            b'\\' => unescaped.push(*bytes.next()?.1),
            _ => unescaped.push(byte),
        }
    }
    None
}

/// RFC 9110 §5.6.2 "Tokens".
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `for`, `proto`, `host` of each element.
    type Row = (
        Option<&'static str>,
        Option<&'static str>,
        Option<&'static str>,
    );

    const CASES: &[(&str, Option<&[Row]>)] = &[
        // RFC 7239 §4 "Forwarded HTTP Header Field", the examples
        (r#"for="_gazonk""#, Some(&[(Some("_gazonk"), None, None)])),
        (
            r#"For="[2001:db8:cafe::17]:4711""#,
            Some(&[(Some("[2001:db8:cafe::17]:4711"), None, None)]),
        ),
        (
            "for=192.0.2.60;proto=http;by=203.0.113.43",
            Some(&[(Some("192.0.2.60"), Some("http"), None)]),
        ),
        (
            "for=192.0.2.43, for=198.51.100.17",
            Some(&[
                (Some("192.0.2.43"), None, None),
                (Some("198.51.100.17"), None, None),
            ]),
        ),
        // quotes hide separators, escapes hide quotes
        (
            r#"for="1.1.1.1;host=evil, for=2.2.2.2";proto=https"#,
            Some(&[(Some("1.1.1.1;host=evil, for=2.2.2.2"), Some("https"), None)]),
        ),
        (
            r#"host="a\"b;proto=http""#,
            Some(&[(None, None, Some(r#"a"b;proto=http"#))]),
        ),
        // white space and empty parts
        (
            "  for=_a ; proto=http ;, ,\tfor=_b",
            Some(&[(Some("_a"), Some("http"), None), (Some("_b"), None, None)]),
        ),
        ("", Some(&[])),
        // malformed
        ("for", None),
        ("for=", None),
        ("for =_a", None),
        ("=_a", None),
        (r#"for="_a"#, None),
        (r#"for="_a\"#, None),
        (r#"for="_a"b"#, None),
        ("for=_a for=_b", None),
        ("for=_a;FOR=_b", None),
        ("for=[2001:db8::1]", None),
        ("for=192.0.2.1:80", None),
    ];

    #[test]
    fn elements_are_read_as_the_grammar_has_them() {
        for (value, wanted) in CASES {
            let found = parse(value.as_bytes());
            let wanted = wanted.map(|rows| {
                let text = |field: &Option<&'static str>| field.map(|f| f.as_bytes().into());
                rows.iter()
                    .map(|(r#for, proto, host)| Element {
                        r#for: text(r#for),
                        proto: text(proto),
                        host: text(host),
                    })
                    .collect::<Vec<_>>()
            });
            assert_eq!(found, wanted, "{value}");
        }
    }

    fn quoted(value: &str) -> String {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    }

    proptest! {
        #[test]
        fn no_value_panics(value: Vec<u8>) {
            let _ = parse(&value);
        }

        #[test]
        fn what_is_quoted_comes_back(values in prop::collection::vec(any::<(String, String)>(), 0..4)) {
            let field: Vec<String> = values
                .iter()
                .map(|(r#for, host)| format!("for={};host={}", quoted(r#for), quoted(host)))
                .collect();
            let field = field.join(", ");
            let found = parse(field.as_bytes()).unwrap();
            prop_assert_eq!(found.len(), values.len());
            for (element, (r#for, host)) in found.iter().zip(&values) {
                prop_assert_eq!(element.r#for.as_deref(), Some(r#for.as_bytes()));
                prop_assert_eq!(element.host.as_deref(), Some(host.as_bytes()));
            }
        }
    }
}
