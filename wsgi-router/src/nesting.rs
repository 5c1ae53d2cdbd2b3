//! Rules below a prefix, which may be written in the other syntax.

use crate::map::{Rule, Syntax};

/// The rule below a prefix: `/blog` and `/<slug>` make `/blog/<slug>`. `None` if they have no syntax in common.
pub(crate) fn below(prefix: &Rule, mut rule: Rule) -> Option<Rule> {
    let front = prefix.text.trim_end_matches('/');
    if prefix.syntax == rule.syntax {
        rule.text.insert_str(0, front);
    } else {
        rule.text = in_angles(front, prefix.syntax)? + &in_angles(&rule.text, rule.syntax)?;
        rule.syntax = Syntax::Angled;
    }
    Some(rule)
}

fn in_angles(text: &str, syntax: Syntax) -> Option<String> {
    match syntax {
        Syntax::Angled => Some(text.to_owned()),
        Syntax::Braced => angled(text),
    }
}

/// A rule with braces in Werkzeug's syntax; `None` where that has no way to say it.
pub(crate) fn angled(braced: &str) -> Option<String> {
    if braced.contains('<') {
        return None;
    }
    let mut text = String::new();
    let mut rest = braced;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, found) = rest.split_at(at);
        text.push_str(before);
        let brace = &found[..1];
        if found[1..].starts_with(brace) {
            text.push_str(brace);
            rest = &found[2..];
            continue;
        }
        let name = &found[1..found.find('}').filter(|_| brace == "{")?];
        match name.strip_prefix('*') {
            Some(name) => text.push_str(&format!("<path:{name}>")),
            None => text.push_str(&format!("<{name}>")),
        }
        rest = &found[found.find('}')? + 1..];
    }
    text.push_str(rest);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_can_be_said_in_angles() {
        let cases = [
            ("/a", Some("/a")),
            ("/{a}/{*b}", Some("/<a>/<path:b>")),
            ("/{{a}}{b}.png", Some("/{a}<b>.png")),
            ("/<a>", None),
            ("/{a", None),
            ("/a}", None),
        ];
        for (braced, expected) in cases {
            assert_eq!(angled(braced).as_deref(), expected, "{braced}");
        }
    }
}
