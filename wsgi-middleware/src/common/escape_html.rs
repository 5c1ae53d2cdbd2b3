//! Text within HTML.

/// Text as HTML shows it, in elements and in quoted attributes alike.
///
/// # Specification
/// [HTML, §13.3 "Serializing HTML fragments"](https://html.spec.whatwg.org/multipage/parsing.html#escapingString)
pub(crate) fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_markup() {
        assert_eq!(
            escape_html("<a href=\"x\" b='y'>&amp;</a> é"),
            "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt; é"
        );
    }
}
