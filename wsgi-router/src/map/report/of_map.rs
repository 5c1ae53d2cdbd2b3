//! The rules of a map as the lines of a report.

use super::{ParameterPlace, Report, ReportArgument, ReportDomain, ReportLine, ReportParameter};
use crate::map::Map;
use crate::map::compile::Compiled;
use crate::map::converter::Arguments;
use crate::map::outcome::RuleId;
use crate::map::parse::{Token, angled, braced};
use crate::map::quote;
use crate::map::rule::Syntax;
use crate::map::schema::Schema;
use crate::map::value::Value;

impl Map {
    /// All rules with their methods, parameters and notes, as a table.
    pub fn report(&self) -> Report {
        let rules = self.rules.iter().enumerate();
        let lines =
            rules.map(|(index, rule)| ReportLine::of_rule(self, RuleId(index as u32), rule));
        Report {
            lines: lines.collect(),
        }
    }
}

impl ReportParameter {
    /// One of a rule.
    fn of_rule(
        compiled: &Compiled,
        name: String,
        converter: Option<String>,
        arguments: &Arguments,
        place: ParameterPlace,
    ) -> Self {
        let known = compiled.parameter(&name);
        let positional = arguments.positional().iter();
        let positional = positional.map(|value| (None, value));
        let named = arguments.named().iter();
        let named = named.map(|(name, value)| (Some(name.clone()), value));
        let argument = |(name, value): (Option<String>, &Value)| ReportArgument {
            name,
            value: value.clone(),
        };
        Self {
            place,
            converter: converter.unwrap_or_else(|| "default".to_owned()),
            arguments: positional.chain(named).map(argument).collect(),
            slashes: known.is_some_and(|parameter| !parameter.kind.part_isolating()),
            schema: known.map_or(Schema::text(1, None), |parameter| parameter.kind.schema()),
            name,
        }
    }
}

impl ReportLine {
    fn of_rule(map: &Map, id: RuleId, compiled: &Compiled) -> Self {
        let rule = &compiled.rule;
        let methods = rule
            .methods
            .as_ref()
            .map(|_| map.methods.names(compiled.methods));
        let notes = [
            (rule.websocket, Self::WEBSOCKET),
            (rule.build_only, Self::BUILD_ONLY),
            (rule.alias, Self::ALIAS),
            (rule.redirect_to.is_some(), Self::REDIRECT),
        ];
        let domain = match (map.settings.host_matching, &rule.host, &rule.subdomain) {
            (true, host, _) => host.clone().map(ReportDomain::Host),
            (false, _, Some(subdomain)) => Some(ReportDomain::Subdomain(subdomain.clone())),
            (false, _, None) => Some(ReportDomain::Subdomain(
                map.settings.default_subdomain.clone(),
            )),
        };
        let domain = domain.filter(|domain| !domain.text().is_empty());
        let mut line = Self {
            id: Some(id),
            methods: methods.into_iter().flatten().map(str::to_owned).collect(),
            path: rule.text.clone(),
            template: Some(String::new()),
            endpoint: rule.endpoint.clone(),
            parameters: Vec::new(),
            defaults: rule.defaults.clone(),
            notes: notes
                .iter()
                .filter(|(is, _)| *is)
                .map(|(_, note)| (*note).to_owned())
                .collect(),
            hit: Some(map.was_hit(id)),
            domain,
        };
        let domain = line.domain.as_ref().map_or("", ReportDomain::text);
        for token in tokens(domain, rule.syntax) {
            line.take(token, compiled, ParameterPlace::Host);
        }
        let mut tokens = tokens(&rule.text, rule.syntax);
        if compiled.merge_slashes {
            tokens.dedup_by(|next, first| *next == Token::Slash && *first == Token::Slash);
        }
        for token in tokens {
            line.take(token, compiled, ParameterPlace::Path);
        }
        line
    }

    /// Adds a piece of the rule to the template or the parameters.
    fn take(&mut self, token: Token, compiled: &Compiled, place: ParameterPlace) {
        let piece = match token {
            Token::Slash => "/".to_owned(),
            Token::Static(text) => quote::path(&text),
            Token::Variable {
                name,
                converter,
                arguments,
            } => {
                let piece = format!("{{{name}}}");
                let parameter =
                    ReportParameter::of_rule(compiled, name, converter, &arguments, place);
                self.parameters.push(parameter);
                piece
            }
        };
        if let (ParameterPlace::Path, Some(template)) = (place, &mut self.template) {
            template.push_str(&piece);
        }
    }
}

/// The pieces of a rule that has been compiled, and so is sound.
fn tokens(text: &str, syntax: Syntax) -> Vec<Token> {
    let tokens = match syntax {
        Syntax::Angled => angled(text),
        Syntax::Braced => braced(text),
    };
    tokens.unwrap_or_default()
}
