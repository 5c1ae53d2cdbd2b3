//! `Accept`: which of several media types the client gets.

use wsgi_core::Headers;

use crate::common::weight::weight;

/// The offer that the client likes best; of equals, and where it likes none, the first.
///
/// `None` of no offers. Each offer is a type and a subtype in lower case, such as `text/html`.
///
/// # Specification
/// RFC 9110 §12.5.1 "Accept"; §12.4.1 "Absence": a client that accepts nothing of what there is may get it all the same.
pub(crate) fn preferred(
    headers: &Headers,
    offers: impl Iterator<Item = impl AsRef<str>>,
) -> Option<usize> {
    let weights = offers.map(|offer| quality(headers.get_all("Accept"), offer.as_ref()));
    let mut best = None;
    for (index, weight) in weights.enumerate() {
        if best.is_none_or(|(_, heaviest)| weight > heaviest) {
            best = Some((index, weight));
        }
    }
    best.map(|(index, _)| index)
}

/// The weight of a media type, in thousandths: that of the range which names it most closely.
fn quality<'f>(fields: impl Iterator<Item = &'f [u8]>, media_type: &str) -> u16 {
    let wanted = media_type.as_bytes();
    let group = media_type.split('/').next().unwrap_or_default().as_bytes();
    let (mut found, mut is_empty) = ((0, 0), true);
    for range in fields.flat_map(|field| field.split(|&byte| byte == b',')) {
        let mut parts = range.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
        let name = parts.next().unwrap_or_default();
        is_empty &= name.is_empty();
        let closeness = match name.split_last() {
            _ if name.eq_ignore_ascii_case(wanted) => 3,
            Some((b'*', rest))
                if rest
                    .strip_suffix(b"/")
                    .is_some_and(|g| g.eq_ignore_ascii_case(group)) =>
            {
                2
            }
            Some((b'*', b"*/")) => 1,
            _ => continue,
        };
        // Parameters of the media type stand before the weight, and none of ours has any that matter.
        let weight = parts.rev().find_map(weight).unwrap_or(1000);
        if closeness > found.0 {
            found = (closeness, weight);
        }
    }
    if is_empty { 1000 } else { found.1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFERS: [&str; 3] = ["text/plain", "text/html", "application/json"];

    #[test]
    fn the_closest_range_of_each_offer_counts() {
        #[rustfmt::skip]
        let cases: [(&[&str], usize); 17] = [
            (&[], 0),
            (&[""], 0),
            (&["*/*"], 0),
            (&["text/html"], 1),
            (&["TEXT/HTML"], 1),
            (&["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"], 1),
            (&["application/json, text/plain, */*"], 0),
            (&["application/json"], 2),
            (&["application/*"], 2),
            (&["text/*, text/plain;q=0.1"], 1),
            (&["*/*;q=0.1", "application/json;q=0.2"], 2),
            (&["text/html;level=1;q=0.3, application/json;q=0.4"], 2),
            (&["text/html;q=0, */*"], 0),
            (&["text/plain;q=0, text/html;q=0"], 0),
            (&["text/plain;q=0, */*"], 1),
            (&["image/png"], 0),
            (&["text, html, */html, /"], 0),
        ];
        for (fields, expected) in cases {
            let headers = Headers::try_from_pairs(fields.iter().map(|field| ("Accept", field)));
            let found = preferred(&headers.unwrap(), OFFERS.iter());
            assert_eq!(found, Some(expected), "{fields:?}");
        }
        assert_eq!(preferred(&Headers::new(), [""; 0].iter()), None);
    }
}
