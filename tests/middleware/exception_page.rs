//! `ExceptionPage` around Python.

use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_middleware::ExceptionPage;

use crate::python;

#[test]
fn a_traceback_of_python_is_shown() {
    for path in ["/fails", "/fails-in-generator"] {
        let app = ExceptionPage::new(python().0).enable_for_development();
        let request = EnvironBuilder::get(path).with(|environ| {
            environ.connection_mut().remote_addr = "127.0.0.1".parse().ok();
        });
        let answer = run(&app, request.build()).expect("a page");
        let text = answer.text();
        assert!(
            text.starts_with(&format!("ValueError: failed on purpose\nGET {path}\n")),
            "{text}"
        );
        let frames = ["Traceback (most recent call last):\n", ", in "];
        assert!(frames.iter().all(|frame| text.contains(frame)), "{text}");
        assert!(answer.errors.starts_with("Traceback"), "{}", answer.errors);
    }
}

#[test]
fn what_comes_after_the_first_block_goes_on() {
    let app = ExceptionPage::new(python().0).enable_for_development();
    let request = EnvironBuilder::get("/fails-later").with(|environ| {
        environ.connection_mut().remote_addr = "127.0.0.1".parse().ok();
    });
    let error = run(&app, request.build()).expect_err("it fails");
    assert!(error.report().ends_with("ValueError: failed on purpose"));
}
