//! The same questions, put to the package's `wsgi_rs.routing`.

use wsgi_tests::wheel;

use crate::oracle::{self, Case, REFUSED};

/// Puts all cases to Werkzeug and to the package; how many questions were asked.
///
/// Where a case says that the map of Rust differs on purpose, the package may answer as either does.
///
/// # Panics
/// When the two differ, with all differences.
pub(crate) fn compare(cases: &[Case]) -> usize {
    wheel::install();
    let theirs = oracle::ask_python("werkzeug.routing", cases);
    let package = oracle::ask_python("wsgi_rs.routing", cases);
    let mut rows = 0;
    let mut wrong = Vec::new();
    for ((case, theirs), package) in cases.iter().zip(&theirs).zip(&package) {
        let refused = [theirs, package].map(|them| them.first().is_some_and(|it| it[0] == REFUSED));
        if refused.contains(&true) {
            rows += 1;
            if refused[0] != refused[1] && case.differences.is_empty() {
                wrong.push(case.told(&"the map".into(), &theirs[0], &package[0]));
            }
            continue;
        }
        for (at, question) in case.questions.iter().enumerate() {
            rows += 1;
            let (theirs, package) = (&theirs[at], &package[at]);
            if theirs == package || oracle::decoded(package) == *theirs {
                continue;
            }
            let on_purpose = case.differences.iter().any(|(question, _)| *question == at)
                && oracle::our_answers(case).get(at) == Some(package);
            // What fails in Werkzeug for a map made by chance is nobody's promise.
            let is_theirs = case.by_chance && theirs[0] == "failed";
            if !(on_purpose || is_theirs) {
                wrong.push(case.told(question, theirs, package));
            }
        }
    }
    let shown = wrong.iter().take(40).map(String::as_str);
    assert!(
        wrong.is_empty(),
        "{} of {rows} differ:\n{}",
        wrong.len(),
        shown.collect::<Vec<_>>().join("\n")
    );
    rows
}
