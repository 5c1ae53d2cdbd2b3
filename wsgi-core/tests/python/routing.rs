//! `wsgiorg.routing_args`: what a router of Rust hands to Python, and the reverse.

use pyo3::prelude::*;
use wsgi_core::python::export;
use wsgi_core::testing::EnvironBuilder;
use wsgi_core::{Application, Body, RoutingArgs, StatusLine, application_fn};

use crate::kit::Module;

#[test]
fn parameters_of_a_rust_router_appear_as_routing_args() {
    let module = Module::new(
        r#"
        def app(environ, start_response):
            start_response("200 OK", [])
            return [repr(environ["wsgiorg.routing_args"]).encode()]
        "#,
    );
    let mut args = RoutingArgs::new()
        .with("year", "2024")
        .with("name", b"caf\xe9".to_vec());
    args.push("rest");
    let request = EnvironBuilder::get("/").with(|environ| {
        environ.extensions_mut().insert(args);
    });
    assert_eq!(
        module.run(request).unwrap().text(),
        "(('rest',), {'year': '2024', 'name': 'café'})"
    );
}

#[test]
fn without_a_router_the_key_is_absent() {
    let module = Module::new(
        r#"
        def app(environ, start_response):
            start_response("200 OK", [])
            return [repr("wsgiorg.routing_args" in environ).encode()]
        "#,
    );
    assert_eq!(module.get().text(), "False");
}

#[test]
fn parameters_of_a_python_router_reach_rust() {
    let module = Module::new(
        r#"
        def app(environ, start_response):
            environ["wsgiorg.routing_args"] = (("a",), {"year": "2024", "number": 7})
            return inner(environ, start_response)
        "#,
    );
    let inner = application_fn(|environ, start_response| {
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        let args = environ.extensions().get::<RoutingArgs>();
        Ok(Body::from(format!("{args:?}")))
    });
    Python::attach(|py| module.set("inner", export(py, std::sync::Arc::new(inner)).unwrap()));
    let mut expected = RoutingArgs::new().with("year", "2024");
    expected.push("a");
    assert_eq!(module.get().text(), format!("{:?}", Some(expected)));
}

#[test]
fn what_python_layers_found_stays_as_it_is_beside_what_rust_adds() {
    let module = Module::new(
        r#"
        def app(environ, start_response):
            environ["wsgiorg.routing_args"] = args = (("a",), {"number": 7, "year": "2024"})
            environ["same"] = lambda: environ["wsgiorg.routing_args"] is args
            return rust(environ, start_response)
        def inner(environ, start_response):
            start_response("200 OK", [])
            return [repr((environ["same"](), environ["wsgiorg.routing_args"])).encode()]
        "#,
    );
    let inner = module.named("inner");
    let rust = application_fn(move |environ, start_response| {
        if environ.path_info() == b"/adds" {
            let mut args = environ
                .extensions_mut()
                .remove::<RoutingArgs>()
                .unwrap_or_default();
            args.insert("year", "1999");
            environ.extensions_mut().insert(args);
        }
        inner.call(environ, start_response)
    });
    Python::attach(|py| module.set("rust", export(py, std::sync::Arc::new(rust)).unwrap()));
    let said = |path| module.run(EnvironBuilder::get(path)).unwrap().text();
    assert_eq!(said("/"), "(True, (('a',), {'number': 7, 'year': '2024'}))");
    assert_eq!(
        said("/adds"),
        "(False, (('a',), {'number': 7, 'year': '1999'}))"
    );
}
