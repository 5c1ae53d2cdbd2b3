//! A page with the names in a folder.

use percent_encoding::percent_encode;

use super::offload::PATH;
use crate::common::escape_html::escape_html;

/// A name in a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    pub(super) is_folder: bool,
}

/// The page, in HTML: folders first, by name. `path` is the request's, which the heading shows.
pub(super) fn page(path: &[u8], is_root: bool, mut entries: Vec<Entry>) -> String {
    entries.sort_by(|a, b| (!a.is_folder, &a.name).cmp(&(!b.is_folder, &b.name)));
    let title = escape_html(&String::from_utf8_lossy(path));
    let mut page = format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{title}</title></head>\n<body><h1>{title}</h1>\n<ul>\n"
    );
    if !is_root {
        page.push_str("<li><a href=\"../\">../</a></li>\n");
    }
    for Entry { name, is_folder } in entries {
        let slash = if is_folder { "/" } else { "" };
        let text = escape_html(&String::from_utf8_lossy(&name));
        // With `./` no name is taken for a scheme; what PATH leaves alone means nothing in HTML.
        let href = percent_encode(&name, PATH);
        page.push_str(&format!(
            "<li><a href=\"./{href}{slash}\">{text}{slash}</a></li>\n"
        ));
    }
    page.push_str("</ul>\n</body></html>\n");
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_text_and_links_lead_into_the_folder() {
        let entry = |name: &str, is_folder| Entry {
            name: name.as_bytes().to_vec(),
            is_folder,
        };
        let entries = vec![
            entry("javascript:alert(1)", false),
            entry("<b>\"&'", false),
            entry("z", true),
        ];
        let page = page(b"/<i>/", false, entries);
        let items: Vec<&str> = page
            .lines()
            .filter(|line| line.starts_with("<li>"))
            .collect();
        assert_eq!(
            items,
            [
                "<li><a href=\"../\">../</a></li>",
                "<li><a href=\"./z/\">z/</a></li>",
                "<li><a href=\"./%3Cb%3E%22%26%27\">&lt;b&gt;&quot;&amp;&#39;</a></li>",
                "<li><a href=\"./javascript%3Aalert%281%29\">javascript:alert(1)</a></li>",
            ]
        );
        assert!(page.contains("<h1>/&lt;i&gt;/</h1>"), "{page}");
    }
}
