//! The two ways to write a rule, read into the same tokens.

use super::converter::Arguments;
use super::error::Problem;

/// A piece of a rule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Slash,
    Static(String),
    Variable {
        name: String,
        converter: Option<String>,
        arguments: Arguments,
    },
}

/// The converter of all that is left of the path, even nothing; no rule's text can say this.
pub(crate) const BELOW: &str = "/*";

/// Werkzeug's syntax: `/<int(min=1):year>/<slug>`.
pub(crate) fn angled(rule: &str) -> Result<Vec<Token>, Problem> {
    let mut tokens = Vec::new();
    let mut rest = rule;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' => {
                tokens.push(Token::Slash);
                1
            }
            '<' => {
                let (token, length) = variable(rest)?;
                tokens.push(token);
                length
            }
            _ => {
                let length = rest.find(['<', '/']).unwrap_or(rest.len());
                tokens.push(Token::Static(rest[..length].to_owned()));
                length
            }
        };
        rest = &rest[length..];
    }
    Ok(tokens)
}

/// `<name>`, `<converter:name>` or `<converter(arguments):name>` at the start of the text, and its length.
fn variable(text: &str) -> Result<(Token, usize), Problem> {
    let malformed = || Problem::Malformed {
        at: text.chars().take(20).collect(),
    };
    let first = identifier(&text[1..]).ok_or_else(malformed)?;
    let behind = &text[1 + first.len()..];
    let token = |name: &str, converter, arguments| Token::Variable {
        name: name.to_owned(),
        converter,
        arguments,
    };
    // The name and the `>` that follow a converter, and where the latter ends.
    let named = |rest: &str| {
        let name = identifier(rest)?.to_owned();
        rest[name.len()..].starts_with('>').then_some(name)
    };
    if behind.starts_with('>') {
        return Ok((token(first, None, Arguments::default()), first.len() + 2));
    }
    if let Some(name) = behind.strip_prefix(':').and_then(named) {
        let length = 1 + first.len() + 1 + name.len() + 1;
        return Ok((
            token(&name, Some(first.to_owned()), Arguments::default()),
            length,
        ));
    }
    // Arguments may have parentheses and angles in them: they end where `):name>` follows, at the first such place.
    let inside = behind.strip_prefix('(').ok_or_else(malformed)?;
    for (close, _) in inside.match_indices("):") {
        if let Some(name) = named(&inside[close + 2..]) {
            let arguments = &inside[..close];
            let arguments =
                Arguments::parse(arguments).map_err(|part| Problem::Arguments { part })?;
            let length = 1 + first.len() + 1 + close + 2 + name.len() + 1;
            return Ok((token(&name, Some(first.to_owned()), arguments), length));
        }
    }
    Err(malformed())
}

/// The identifier that the text begins with.
fn identifier(text: &str) -> Option<&str> {
    let length = text
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        .count();
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins.then(|| &text[..length])
}

/// matchit's syntax: `/{year}/{slug}`, `/{*rest}` at the end, `{{` and `}}` for braces.
pub(crate) fn braced(rule: &str) -> Result<Vec<Token>, Problem> {
    let mut tokens = Vec::new();
    let mut literal = String::new();
    let mut rest = rule;
    while let Some(first) = rest.chars().next() {
        let mut length = first.len_utf8();
        match first {
            '{' | '}' if rest[1..].starts_with(first) => {
                literal.push(first);
                length = 2;
            }
            '/' => {
                flush(&mut literal, &mut tokens);
                tokens.push(Token::Slash);
            }
            '{' => {
                flush(&mut literal, &mut tokens);
                length = brace(rest, &mut tokens)?;
            }
            '}' => {
                return Err(Problem::Malformed {
                    at: rest.chars().take(20).collect(),
                });
            }
            other => literal.push(other),
        }
        rest = &rest[length..];
    }
    flush(&mut literal, &mut tokens);
    Ok(tokens)
}

fn flush(literal: &mut String, tokens: &mut Vec<Token>) {
    if !literal.is_empty() {
        tokens.push(Token::Static(std::mem::take(literal)));
    }
}

/// `{name}` or `{*name}` at the start of the text; its length.
fn brace(text: &str, tokens: &mut Vec<Token>) -> Result<usize, Problem> {
    let malformed = || Problem::Malformed {
        at: text.chars().take(20).collect(),
    };
    let close = text.find('}').ok_or_else(malformed)?;
    let inside = &text[1..close];
    let (name, converter) = match inside.strip_prefix('*') {
        Some(name) => (name, Some("path".to_owned())),
        None => (inside, None),
    };
    if identifier(name) != Some(name) {
        return Err(malformed());
    }
    let whole_last_segment = close + 1 == text.len() && tokens.last() == Some(&Token::Slash);
    if converter.is_some() && !whole_last_segment {
        return Err(Problem::CatchAll {
            name: name.to_owned(),
        });
    }
    tokens.push(Token::Variable {
        name: name.to_owned(),
        converter,
        arguments: Arguments::default(),
    });
    Ok(close + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(name: &str, converter: Option<&str>, arguments: &str) -> Token {
        let arguments = Arguments::parse(arguments).unwrap();
        Token::Variable {
            name: name.to_owned(),
            converter: converter.map(str::to_owned),
            arguments,
        }
    }

    fn text(text: &str) -> Token {
        Token::Static(text.to_owned())
    }

    #[test]
    fn both_syntaxes_read_into_the_same_tokens() {
        let slash = || Token::Slash;
        let expected = vec![
            slash(),
            text("a"),
            slash(),
            plain("b", None, ""),
            text(".txt"),
        ];
        assert_eq!(angled("/a/<b>.txt"), Ok(expected.clone()));
        assert_eq!(braced("/a/{b}.txt"), Ok(expected));
        assert_eq!(angled("/<path:b>"), braced("/{*b}"));
        assert_eq!(angled("/{b}"), braced("/{{b}}"));
        // The arguments end at the first `):name>`, even within quotes.
        assert_eq!(
            angled(r#"/<any("a):b>"#),
            Err(Problem::Arguments {
                part: "\"".to_owned()
            })
        );
        assert_eq!(
            angled(r#"/<any("a)", c):d>"#),
            Ok(vec![slash(), plain("d", Some("any"), r#""a)", c"#)])
        );
        assert_eq!(angled("/a>b"), Ok(vec![slash(), text("a>b")]));
    }

    #[test]
    fn what_is_malformed_is_shown() {
        for rule in [
            "/<",
            "/<>",
            "/<a",
            "/<1a>",
            "/<a-b>",
            "/<int:>",
            "/<int(:a>",
            "/a<b<c>",
            "/<a:b:c>",
        ] {
            assert!(
                matches!(angled(rule), Err(Problem::Malformed { .. })),
                "{rule}"
            );
        }
        for rule in ["/{", "/}", "/{}", "/{a", "/{a b}", "/{*}"] {
            assert!(
                matches!(braced(rule), Err(Problem::Malformed { .. })),
                "{rule}"
            );
        }
        for rule in ["/{*a}/b", "/x{*a}"] {
            assert!(
                matches!(braced(rule), Err(Problem::CatchAll { .. })),
                "{rule}"
            );
        }
    }
}
