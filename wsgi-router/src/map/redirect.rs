//! Where redirects lead.

use super::adapter::Adapter;
use super::compile::{Compiled, placeholders};
use super::reference::join;
use super::rule::RedirectTo;
use super::value::Values;

impl Adapter<'_, '_> {
    /// The URL of a percent-encoded path below the root of the application, with the query of the request.
    pub(crate) fn redirect_url(&self, path: &str, host: &str) -> String {
        let script = self.script_name.trim_matches('/');
        let slash = if script.is_empty() { "" } else { "/" };
        let mut url = format!(
            "{}://{host}{slash}{script}/{}",
            self.scheme_or_http(),
            path.trim_start_matches('/')
        );
        if !self.query.is_empty() {
            url.push('?');
            url.push_str(&self.query);
        }
        url
    }

    /// Where `redirect_to` of a rule leads for these values.
    pub(crate) fn redirect_to(
        &self,
        rule: &Compiled,
        target: &RedirectTo,
        values: &Values,
    ) -> Option<String> {
        let target = match target {
            RedirectTo::Function(function) => function(self, values),
            RedirectTo::Template(template) => fill(template, rule, values)?,
        };
        let subdomain = self.subdomain.as_deref().unwrap_or("");
        let dot = if subdomain.is_empty() { "" } else { "." };
        let scheme = self.scheme_or_http();
        let base = format!(
            "{scheme}://{subdomain}{dot}{}{}",
            self.server_name, self.script_name
        );
        Some(join(&base, &target))
    }
}

/// The template with the parameters' texts in place of their names.
fn fill(template: &str, rule: &Compiled, values: &Values) -> Option<String> {
    let mut filled = String::new();
    let mut from = 0;
    for (open, name) in placeholders(template) {
        filled.push_str(&template[from..open]);
        let parameter = rule.parameter(name)?;
        filled.push_str(&parameter.kind.to_url(values.get(name)?).ok()?);
        from = open + name.len() + 2;
    }
    filled.push_str(&template[from..]);
    // What a client sends must not make another host or scheme of it: `javascript:…`, or an encoded slash in front.
    if template.starts_with('<') {
        filled.insert_str(0, "./");
    } else if filled.starts_with("//") && !template.starts_with("//") {
        filled.replace_range(..filled.len() - filled.trim_start_matches('/').len(), "/");
    }
    Some(filled)
}
