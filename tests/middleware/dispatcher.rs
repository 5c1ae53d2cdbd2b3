//! `Dispatcher` with applications of Python in it, and exported.

use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_middleware::{Dispatcher, NotFound};

use crate::{closed, python, served};

#[test]
fn a_python_application_sees_where_it_is_mounted() {
    let (app, module) = python();
    let app = Dispatcher::new(NotFound)
        .mount("/shop", app.clone())
        .and_then(|mounts| mounts.mount_host("*.example.org", "/a", app))
        .unwrap();
    for (host, path, wanted) in [
        ("x", "/shop/environ", "/shop /environ -"),
        ("b.example.org", "/a/environ", "/a /environ -"),
    ] {
        let environ = EnvironBuilder::get(path).header("Host", host).build();
        let text = run(&app, environ).unwrap().text();
        assert!(text.ends_with(wanted), "{text}");
    }
    let environ = EnvironBuilder::get("/shop/blocks").build();
    assert_eq!(run(&app, environ).unwrap().text(), "onetwo");
    assert_eq!(closed(&module), ["/blocks"]);
}

#[test]
fn exported_it_moves_the_path_of_the_servers_own_dict() {
    let app = || {
        Dispatcher::new(NotFound)
            .mount("/shop", python().0)
            .unwrap()
    };
    let (status, _, body, _) = served(app(), "/shop/environ");
    assert_eq!(status, "200 OK");
    assert!(body.ends_with("/shop /environ -"), "{body}");
    let (status, _, body, _) = served(app(), "/shopping");
    assert_eq!((&*status, &*body), ("404 Not Found", "Not Found\n"));
}
