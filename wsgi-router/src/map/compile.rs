//! A rule made ready: its parts for the machine, and the pieces that URLs are built of.

use std::borrow::Cow;

use super::converter::{Arguments, Converters, Kind};
use super::error::Problem;
use super::host;
use super::methods::{ALL, MethodSet, Methods};
use super::outcome::RuleId;
use super::parse::{BELOW, Token, angled, braced};
use super::part::{Part, PartBuilder};
use super::place::Place;
use super::query::Order;
use super::rule::{Reach, RedirectTo, Rule, Syntax};

/// What a map says where a rule says nothing.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) default_subdomain: String,
    pub(crate) server_name: Option<String>,
    pub(crate) strict_slashes: bool,
    pub(crate) merge_slashes: bool,
    pub(crate) redirect_defaults: bool,
    pub(crate) host_matching: bool,
    pub(crate) subdomain_matching: bool,
    pub(crate) order: Order,
}

/// A parameter of a rule.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// A piece of a URL to be built.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    /// Percent-encoded already.
    Text(String),
    /// The parameter of this index.
    Parameter(usize),
}

/// A rule of a map.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// Given by the map.
    pub(crate) id: RuleId,
    pub(crate) rule: Rule,
    pub(crate) strict_slashes: bool,
    pub(crate) merge_slashes: bool,
    pub(crate) methods: MethodSet,
    /// The host's come first.
    pub(crate) parameters: Vec<Parameter>,
    /// The names of the parameters and the defaults, sorted.
    pub(crate) arguments: Vec<String>,
    pub(crate) domain_pieces: Vec<Piece>,
    pub(crate) path_pieces: Vec<Piece>,
    /// The rule with its parameters named only: rules are equal that have the same.
    pub(crate) trace: String,
    /// A value may be refused, or is made by a converter of the application's.
    pub(crate) may_refuse: bool,
    /// The match may turn out to be a redirect: asked of the rule's settings and, for defaults, of its siblings.
    pub(crate) may_redirect: bool,
    /// No parameter refuses what the trie lets through to it.
    pub(crate) takes_digits: bool,
    /// Where the texts of the parameters are, as far as the trie finds the rule.
    pub(crate) places: Box<[Place]>,
}

/// What the parts of a rule are collected in.
struct Compiler<'c> {
    converters: &'c Converters,
    parameters: Vec<Parameter>,
    trace: String,
    pieces: Vec<Piece>,
}

impl Compiled {
    /// Makes a rule ready; its parts are those of the host and then those of the path.
    pub(crate) fn new(
        rule: Rule,
        settings: &Settings,
        converters: &Converters,
        methods: &mut Methods,
    ) -> Result<(Self, Vec<Part>), Problem> {
        if !rule.text.starts_with('/') {
            return Err(Problem::NoLeadingSlash);
        }
        let method_set = method_set(&rule, methods)?;
        let merge_slashes = rule.merge_slashes.unwrap_or(settings.merge_slashes);
        let mut compiler = Compiler {
            converters,
            parameters: Vec::new(),
            trace: String::new(),
            pieces: Vec::new(),
        };
        let domain = match (settings.host_matching, &rule.host, &rule.subdomain) {
            (true, host, _) => host.as_deref().unwrap_or(""),
            (false, _, Some(subdomain)) => subdomain,
            (false, _, None) => &settings.default_subdomain,
        };
        let mut domain_tokens = match rule.syntax {
            Syntax::Angled => angled(domain)?,
            Syntax::Braced => braced(domain)?,
        };
        if settings.host_matching {
            for token in &mut domain_tokens {
                if let Token::Static(text) = token {
                    *text = host::of_pattern(text);
                }
            }
        }
        let mut parts = compiler.parts(domain_tokens, true)?;
        let domain_pieces = std::mem::take(&mut compiler.pieces);
        compiler.trace.push('|');
        let mut tokens = match rule.syntax {
            Syntax::Angled => angled(&rule.text)?,
            Syntax::Braced => braced(&rule.text)?,
        };
        if rule.reach == Reach::Below {
            let below = Token::Variable {
                name: String::new(),
                converter: Some(BELOW.to_owned()),
                arguments: Arguments::default(),
            };
            tokens.extend([Token::Slash, below]);
        }
        if merge_slashes {
            tokens.dedup_by(|next, first| *next == Token::Slash && *first == Token::Slash);
        }
        parts.extend(compiler.parts(tokens, false)?);
        // What no path is matched against may be as deep as it likes.
        if !rule.build_only && parts.len() > 256 {
            return Err(Problem::TooDeep {
                count: parts.len() - 1,
            });
        }
        let arguments = arguments(&rule, &compiler.parameters)?;
        let mut compiled = Self {
            id: RuleId(0),
            strict_slashes: rule.strict_slashes.unwrap_or(settings.strict_slashes),
            merge_slashes,
            methods: method_set,
            arguments,
            domain_pieces,
            path_pieces: compiler.pieces,
            trace: compiler.trace,
            may_refuse: compiler
                .parameters
                .iter()
                .any(|parameter| parameter.kind.may_refuse()),
            may_redirect: rule.redirect_to.is_some() || rule.alias && settings.redirect_defaults,
            takes_digits: takes_digits(&parts, &compiler.parameters),
            places: match rule.build_only {
                true => Box::default(),
                false => Place::of(&parts),
            },
            parameters: compiler.parameters,
            rule,
        };
        compiled.check_redirect()?;
        compiled.write_defaults()?;
        Ok((compiled, parts))
    }

    /// Parameters that have a default are part of the URL's text from now on.
    fn write_defaults(&mut self) -> Result<(), Problem> {
        for piece in self.domain_pieces.iter_mut().chain(&mut self.path_pieces) {
            let Piece::Parameter(index) = piece else {
                continue;
            };
            let parameter = &self.parameters[*index];
            let Some(default) = self.rule.defaults.get(&parameter.name) else {
                continue;
            };
            let text = parameter.kind.to_url(default);
            *piece = Piece::Text(text.map_err(|reason| {
                let name = parameter.name.clone();
                Problem::Default {
                    name,
                    reason: reason.to_string(),
                }
            })?);
        }
        Ok(())
    }

    /// The names in `redirect_to` are parameters.
    fn check_redirect(&self) -> Result<(), Problem> {
        let Some(RedirectTo::Template(template)) = &self.rule.redirect_to else {
            return Ok(());
        };
        let names = placeholders(template).map(|(_, name)| name);
        match names
            .into_iter()
            .find(|name| self.parameter(name).is_none())
        {
            None => Ok(()),
            Some(name) => Err(Problem::RedirectName {
                name: name.to_owned(),
                parameters: self
                    .parameters
                    .iter()
                    .map(|parameter| parameter.name.clone())
                    .collect(),
            }),
        }
    }

    /// The parameter of this name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters
            .iter()
            .find(|parameter| parameter.name == name)
    }
}

/// The `<name>`s of a template, and where they begin.
pub(crate) fn placeholders(template: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let open = from + template[from..].find('<')?;
            let close = open + template[open..].find('>')?;
            from = close + 1;
            if close > open + 1 {
                return Some((open, &template[open + 1..close]));
            }
        }
    })
}

fn method_set(rule: &Rule, methods: &mut Methods) -> Result<MethodSet, Problem> {
    let Some(names) = &rule.methods else {
        return Ok(ALL);
    };
    let mut set = 0;
    for name in names {
        if rule.websocket && !["GET", "HEAD", "OPTIONS"].contains(&name.as_str()) {
            return Err(Problem::WebsocketMethod {
                method: name.clone(),
            });
        }
        let bit = methods.add(name);
        set |= bit.ok_or_else(|| Problem::TooManyMethods {
            method: name.clone(),
        })?;
    }
    Ok(set)
}

/// Whether each parameter that may refuse a text is given few digits by the trie, and takes all of these.
fn takes_digits(parts: &[Part], parameters: &[Parameter]) -> bool {
    let mut parameters = parameters.iter();
    parts.iter().all(|part| match part {
        Part::Static(_) => true,
        Part::Dynamic(dynamic) => {
            let digits = dynamic.is_digits();
            parameters
                .by_ref()
                .take(dynamic.matcher.parameters())
                .all(|parameter| {
                    !parameter.kind.may_refuse() || digits && parameter.kind.takes_digits()
                })
        }
    })
}

/// The names of the parameters, which must differ, and of the defaults.
fn arguments(rule: &Rule, parameters: &[Parameter]) -> Result<Vec<String>, Problem> {
    let names = parameters.iter().map(|parameter| parameter.name.clone());
    let mut arguments: Vec<String> = names.collect();
    arguments.sort();
    let mut pairs = arguments.iter().zip(arguments.iter().skip(1));
    if let Some((name, _)) = pairs.find(|(name, next)| name == next) {
        return Err(Problem::NameTwice { name: name.clone() });
    }
    let reserved =
        |name: &&String| RESERVED.contains(&name.as_str()) && rule.defaults.get(name).is_none();
    if let Syntax::Angled = rule.syntax
        && let Some(name) = arguments.iter().find(reserved)
    {
        return Err(Problem::ReservedName { name: name.clone() });
    }
    arguments.extend(rule.defaults.iter().map(|(name, _)| name.to_owned()));
    arguments.sort();
    arguments.dedup();
    Ok(arguments)
}

/// What no parameter of a Python function can be named, and so, in Werkzeug's rules, none that has no default.
const RESERVED: [&str; 4] = ["None", "True", "False", "__debug__"];

impl Compiler<'_> {
    /// The parts that the tokens make, cut at each slash that no parameter may hold.
    fn parts(&mut self, tokens: Vec<Token>, domain: bool) -> Result<Vec<Part>, Problem> {
        let mut parts = Vec::with_capacity(tokens.len() / 2 + 2);
        let mut part = PartBuilder::default();
        for token in tokens {
            match token {
                Token::Slash => {
                    self.text("/");
                    if part.takes_rest {
                        part.slash();
                    } else {
                        parts.push(part.finish()?);
                    }
                }
                Token::Static(text) => {
                    self.text(&text);
                    part.literal(&text);
                }
                Token::Variable {
                    name,
                    converter,
                    arguments,
                } => {
                    let kind = self.converter(
                        &name,
                        converter.as_deref().unwrap_or("default"),
                        &arguments,
                    )?;
                    if domain && !kind.part_isolating() {
                        return Err(Problem::SlashInDomain { name });
                    }
                    self.parameter(name, kind, &mut part)?;
                }
            }
        }
        let last = part.finish()?;
        let suffixed = matches!(&last, Part::Dynamic(dynamic) if dynamic.key.suffixed);
        parts.push(last);
        if suffixed {
            parts.push(Part::Static("".into()));
        }
        Ok(parts)
    }

    fn parameter(
        &mut self,
        name: String,
        kind: Kind,
        part: &mut PartBuilder,
    ) -> Result<(), Problem> {
        let language = kind.language();
        let language = language.map_err(|reason| Problem::Converter {
            name: name.clone(),
            reason,
        })?;
        let expression = kind.expression(&language);
        part.parameter(language, expression, kind.weight(), kind.part_isolating());
        self.trace.push('\0');
        self.trace.push_str(&name);
        self.trace.push('\0');
        self.pieces.push(Piece::Parameter(self.parameters.len()));
        self.parameters.push(Parameter { name, kind });
        Ok(())
    }

    fn converter(
        &self,
        name: &str,
        converter: &str,
        arguments: &Arguments,
    ) -> Result<Kind, Problem> {
        if converter == BELOW {
            return Ok(Kind::Below);
        }
        let Some(made) = self.converters.make(converter, arguments) else {
            let names = self.converters.names();
            let nearest = names
                .max_by(|a, b| strsim::jaro(a, converter).total_cmp(&strsim::jaro(b, converter)));
            let suggestion = nearest.filter(|nearest| strsim::jaro(nearest, converter) > 0.7);
            let suggestion = suggestion.map(str::to_owned);
            return Err(Problem::NoConverter {
                name: converter.to_owned(),
                suggestion,
            });
        };
        made.map_err(|reason| Problem::Converter {
            name: name.to_owned(),
            reason,
        })
    }

    /// Literal text of the URL, percent-encoded.
    fn text(&mut self, text: &str) {
        self.trace.push_str(text);
        // There are as many slashes as all other text.
        let encoded = match text {
            "/" => Cow::Borrowed(text),
            text => Cow::Owned(super::quote::path(text)),
        };
        match self.pieces.last_mut() {
            Some(Piece::Text(known)) => known.push_str(&encoded),
            _ => self.pieces.push(Piece::Text(encoded.into_owned())),
        }
    }
}
