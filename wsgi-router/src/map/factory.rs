//! Rules by the dozen: below a prefix, of a subdomain, from a template.

use thiserror::Error;

use super::rule::{RedirectTo, Rule};
use super::value::{Value, Values};

/// What can be added to a map: a rule, several, or something that makes them.
///
/// # Examples
/// ```
/// use wsgi_router::{Map, Rule, RuleFactory};
///
/// /// Rules of two languages for each rule.
/// struct Translated<F>(F);
///
/// impl<F: RuleFactory> RuleFactory for Translated<F> {
///     fn into_rules(self) -> Vec<Rule> {
///         let both = |rule: Rule| {
///             ["en", "fr"].map(|lang| {
///                 let text = format!("/{lang}{}", rule.text());
///                 rule.clone().with_text(text).default("lang", lang)
///             })
///         };
///         self.0.into_rules().into_iter().flat_map(both).collect()
///     }
/// }
///
/// let map = Map::builder().add(Translated([Rule::new("/about").endpoint("about")])).build()?;
/// let url = map.bind("example.com").build("about", &[("lang", "fr")].into()).url()?;
/// assert_eq!(url, "/fr/about");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait RuleFactory {
    /// The rules, in their order.
    fn into_rules(self) -> Vec<Rule>;
}

impl RuleFactory for Rule {
    fn into_rules(self) -> Vec<Rule> {
        vec![self]
    }
}

impl<F: RuleFactory> RuleFactory for Vec<F> {
    fn into_rules(self) -> Vec<Rule> {
        self.into_iter().flat_map(F::into_rules).collect()
    }
}

impl<F: RuleFactory> RuleFactory for Option<F> {
    fn into_rules(self) -> Vec<Rule> {
        self.into_iter().flat_map(F::into_rules).collect()
    }
}

impl<F: RuleFactory, const COUNT: usize> RuleFactory for [F; COUNT] {
    fn into_rules(self) -> Vec<Rule> {
        self.into_iter().flat_map(F::into_rules).collect()
    }
}

macro_rules! factories {
    ($($(#[$doc:meta])* $name:ident($argument:ident), |$rule:ident, $given:ident| $change:expr;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug)]
            #[must_use = "add it to a map"]
            pub struct $name {
                given: String,
                rules: Vec<Rule>,
            }

            impl $name {
                /// Around no rules yet.
                pub fn new($argument: impl Into<String>) -> Self {
                    Self { given: $argument.into(), rules: Vec::new() }
                }

                /// Adds a rule, or those of a factory.
                #[expect(clippy::should_implement_trait, reason = "as `MapBuilder::add`")]
                pub fn add(mut self, rules: impl RuleFactory) -> Self {
                    let $given = &self.given;
                    for mut $rule in rules.into_rules() {
                        $change;
                        self.rules.push($rule);
                    }
                    self
                }
            }

            impl RuleFactory for $name {
                fn into_rules(self) -> Vec<Rule> {
                    self.rules
                }
            }
        )*
    };
}

factories! {
    /// Rules below a prefix: within `Submount::new("/blog")`, `/<slug>` becomes `/blog/<slug>`.
    Submount(path), |rule, given| rule.text.insert_str(0, given.trim_end_matches('/'));

    /// Rules of a subdomain, which may have parameters: `Subdomain::new("<string(length=2):lang>")`.
    Subdomain(subdomain), |rule, given| rule.subdomain = Some(given.clone());

    /// Rules whose endpoints begin alike: within `EndpointPrefix::new("blog/")`, `show` becomes `blog/show`.
    EndpointPrefix(prefix), |rule, given| rule.endpoint.insert_str(0, given);
}

/// Rules with `$name` in their texts, to be filled in: pattern, endpoint, subdomain, host, defaults, `redirect_to`.
///
/// # Examples
/// ```
/// use wsgi_router::{Map, Rule, RuleTemplate};
///
/// let resource = RuleTemplate::new()
///     .add(Rule::new("/$name/").endpoint("$name.list"))
///     .add(Rule::new("/$name/<int:id>").endpoint("${name}.show"));
/// let map = Map::builder().add(resource.fill(&[("name", "user")])?).add(resource.fill(&[("name", "page")])?).build()?;
/// assert_eq!(map.bind("example.com").build("page.show", &[("id", 1)].into()).url()?, "/page/1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct RuleTemplate(Vec<Rule>);

impl RuleTemplate {
    /// Without rules yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a rule, or those of a factory.
    #[expect(clippy::should_implement_trait, reason = "as `MapBuilder::add`")]
    pub fn add(mut self, rules: impl RuleFactory) -> Self {
        self.0.extend(rules.into_rules());
        self
    }

    /// The rules with `$name` and `${name}` replaced; `$$` is a dollar sign.
    ///
    /// # Errors
    /// [`TemplateError`] names a placeholder that is malformed, or not given.
    pub fn fill(&self, names: &[(&str, &str)]) -> Result<Vec<Rule>, TemplateError> {
        let text = |text: &str| substitute(text, names);
        let optional = |given: &Option<String>| given.as_deref().map(text).transpose();
        let mut rules = Vec::new();
        for rule in &self.0 {
            let mut filled = rule.clone();
            filled.text = text(&rule.text)?;
            filled.endpoint = text(&rule.endpoint)?;
            filled.subdomain = optional(&rule.subdomain)?;
            filled.host = optional(&rule.host)?;
            if let Some(RedirectTo::Template(template)) = &rule.redirect_to {
                filled.redirect_to = Some(RedirectTo::Template(text(template)?));
            }
            filled.defaults = Values::new();
            for (name, value) in rule.defaults.iter() {
                let value = match value {
                    Value::Str(given) => Value::Str(text(given)?),
                    other => other.clone(),
                };
                filled.defaults.insert(name, value);
            }
            rules.push(filled);
        }
        Ok(rules)
    }
}

/// A placeholder that cannot be filled in.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TemplateError {
    /// Nothing is given for it.
    #[error("{text:?}: nothing is given for ${name}")]
    Missing {
        /// The text with the placeholder.
        text: String,
        /// Its name.
        name: String,
    },
    /// A dollar sign that begins no placeholder.
    #[error("{text:?}: a \"$\" is followed by no name; write $$ for a dollar sign")]
    Malformed {
        /// The text with the dollar sign.
        text: String,
    },
}

/// Python's `string.Template.substitute`.
fn substitute(text: &str, names: &[(&str, &str)]) -> Result<String, TemplateError> {
    let malformed = || TemplateError::Malformed {
        text: text.to_owned(),
    };
    let mut filled = String::new();
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        filled.push_str(&rest[..dollar]);
        rest = &rest[dollar + 1..];
        if let Some(behind) = rest.strip_prefix('$') {
            filled.push('$');
            rest = behind;
            continue;
        }
        let braced = rest.strip_prefix('{');
        let inside = braced.unwrap_or(rest);
        let length = inside
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            .count();
        let (name, behind) = inside.split_at(length);
        if name.is_empty() || name.as_bytes()[0].is_ascii_digit() {
            return Err(malformed());
        }
        rest = match braced {
            Some(_) => behind.strip_prefix('}').ok_or_else(malformed)?,
            None => behind,
        };
        let value = names.iter().find(|(known, _)| *known == name);
        let value = value.ok_or_else(|| TemplateError::Missing {
            text: text.to_owned(),
            name: name.to_owned(),
        })?;
        filled.push_str(value.1);
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_texts_of_a_rule_are_filled_and_all_else_is_kept() {
        let rule = Rule::new("/$a/<${b}:$c>")
            .endpoint("$a.x")
            .subdomain("$a")
            .host("$b");
        let rule = rule
            .default("d", "$c")
            .default("e", 1)
            .redirect_to("$a/<$c>");
        let rule = rule
            .alias(true)
            .websocket(true)
            .build_only(true)
            .strict_slashes(false);
        let template = RuleTemplate::new().add(Submount::new("/$c").add(rule.methods(["GET"])));
        let filled = template
            .fill(&[("a", "A"), ("b", "int"), ("c", "C")])
            .unwrap();
        let rule = Rule::new("/C/A/<int:C>")
            .endpoint("A.x")
            .subdomain("A")
            .host("int");
        let rule = rule.default("d", "C").default("e", 1).redirect_to("A/<C>");
        let rule = rule
            .alias(true)
            .websocket(true)
            .build_only(true)
            .strict_slashes(false);
        assert_eq!(filled, [rule.methods(["GET"])]);
    }

    #[test]
    fn templates_are_filled_as_python_fills_them() {
        let names = [("a", "1"), ("ab", "2"), ("_", "3")];
        for (text, filled) in [
            ("$a/$ab/${a}b/$_", "1/2/1b/3"),
            ("$$a", "$a"),
            ("none", "none"),
            ("$a.b", "1.b"),
        ] {
            assert_eq!(substitute(text, &names).as_deref(), Ok(filled), "{text}");
        }
        assert!(matches!(
            substitute("$x", &names),
            Err(TemplateError::Missing { .. })
        ));
        for text in ["$", "$1", "${a", "${}", "a$ b"] {
            assert!(
                matches!(
                    substitute(text, &names),
                    Err(TemplateError::Malformed { .. })
                ),
                "{text}"
            );
        }
    }
}
