//! `docs/conformance.md` names tests; they exist.

use std::fs;

use wsgi_tests::root;

#[test]
fn every_test_that_the_document_names_exists() {
    let docs = root().join("docs");
    let text = fs::read_to_string(docs.join("conformance.md")).expect("the document");
    let mut named = 0;
    for (name, rest) in text.split('[').filter_map(|link| link.split_once("](")) {
        let path = rest.split(')').next().unwrap_or_default();
        let file = fs::read_to_string(docs.join(path));
        let code = file.unwrap_or_else(|error| panic!("{name}: {path}: {error}"));
        if path.ends_with(".rs") && !name.ends_with(".rs") {
            named += 1;
            assert!(code.contains(&format!("fn {name}(")), "no {name} in {path}");
        }
    }
    assert!(named > 50, "{named} tests are named");
}
