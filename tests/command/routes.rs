//! `wsgi-server routes`: the tables of real frameworks, in all formats, and what becomes of requests.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use wsgi_tests::{python, server_binary};

use super::{Ended, folder, run, server};

const FLASK: &str = include_str!("routes/flask_routes.py");
const DJANGO: &str = include_str!("routes/django_routes.py");
const PYRAMID: &str = include_str!("routes/pyramid_routes.py");
const BOTTLE: &str = include_str!("routes/bottle_routes.py");
const FALCON: &str = include_str!("routes/falcon_routes.py");

/// An application of each framework; none of their views can be called.
fn site() -> TempDir {
    folder(&[
        ("flask_routes.py", FLASK),
        ("django_routes.py", DJANGO),
        ("pyramid_routes.py", PYRAMID),
        ("bottle_routes.py", BOTTLE),
        ("falcon_routes.py", FALCON),
    ])
}

/// What the command writes to standard output, its messages left aside.
fn output(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(server_binary());
    python::environment().activate(&mut command);
    command.current_dir(folder).arg("routes").args(arguments);
    let ended = command
        .stdin(Stdio::null())
        .output()
        .expect("the command can be started");
    let errors = String::from_utf8_lossy(&ended.stderr);
    assert!(!errors.contains("panicked"), "{errors}");
    assert!(ended.status.code() != Some(1), "{errors}");
    (
        ended.status.code(),
        String::from_utf8(ended.stdout).expect("it is text"),
    )
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let (_, text) = output(folder, arguments);
    serde_json::from_str(&text).expect("it is JSON")
}

fn refused(folder: &Path, arguments: &[&str]) -> Ended {
    run(folder, &[&["routes"], arguments].concat())
}

#[test]
fn each_framework_shows_its_table() {
    #[rustfmt::skip]
    let tables = [
        ("flask_routes:app", "\
methods                  path                                     endpoint
GET,HEAD,OPTIONS         /static/<path:filename>                  static
GET,HEAD,OPTIONS         /                                        index
GET,HEAD,DELETE,OPTIONS  /users/<int(min=1, max=99):id>           user
GET,HEAD,OPTIONS         /pages/                                  pages       page=1
GET,HEAD,OPTIONS         /pages/<int:page>                        pages
POST,OPTIONS             /<lang:code>/<any(a, b):kind>.<float:x>  odd
GET,HEAD,PUT,OPTIONS     /things/<uuid:id>                        thing
GET,HEAD,OPTIONS         /blog/<slug>                             blog.entry
"),
        ("flask_routes:hosts", "\
methods   host            path           endpoint
any       <lang>.example  /              index
GET,HEAD  api.example     /old           old       redirect
any       api.example     /cdn/<path:p>  cdn       build only
any       api.example     /ws            ws        websocket
"),
        ("django_routes:app", "\
methods                path                             endpoint
any                    /                                home
GET,HEAD,POST,OPTIONS  /items/<int:pk>                  item
any                    /blog/                           news:list
any                    /blog/<slug:slug>/               news:show
any                    /files/<path:name>               django_routes.view  kind=1
any                    /v/<version:version>             version
any                    /^articles/(?P<year>[0-9]{4})/$  year                regular expression
any                    /^old/(\\d+)/(\\w+)$               old                 regular expression
any                    /^any                            any                 regular expression
any                    /^re/in/<uuid:id>/               in                  regular expression
any                    /^(a|b)?x$                       django_routes.view  regular expression
any                    /en/shop/                        shop                language prefix
"),
        ("pyramid_routes:app", "\
methods   path                 endpoint
GET,HEAD  /items/{number:\\d+}  item
POST,PUT  /form/{a}-{b}        form
any       /lost                lost       no view
any       /rest/*sub           rest
any       /static/*subpath     __static/
"),
        ("pyramid_routes:traversal", "\
methods  path        endpoint
any      /*traverse            traversal, view 'edit'
"),
        ("bottle_routes:app", "\
methods   path                           endpoint
GET,HEAD  /items/<number:int>            item
POST,PUT  /form                          bottle_routes.form
any       /all/<rest:path>               bottle_routes.every
GET,HEAD  /re/<y:re:[0-9]{4}>/<:re:a|b>  bottle_routes.expression
GET,HEAD  /sub/in/<x>                    bottle_routes.inside
any       /plain/*                       bottle_routes.plain       application
"),
        ("falcon_routes:app", "\
methods   path                        endpoint
GET,PUT   /items/{number:int(min=1)}  Item
GET       /f/{p:path}                 Files
GET,HEAD  /static/*                             files
any       /sink                       sink      sink
"),
    ];
    let site = site();
    for (target, table) in tables {
        assert_eq!(
            output(site.path(), &[target]),
            (Some(0), table.to_owned()),
            "{target}"
        );
    }
}

#[test]
fn middleware_is_looked_through_and_mounts_are_looked_into() {
    let site = site();
    let (_, plain) = output(site.path(), &["flask_routes:app"]);
    for target in [
        "flask_routes:wrapped",
        "flask_routes:decorated",
        "flask_routes:make()",
        "flask_routes:app.url_map",
        "flask_routes.py",
    ] {
        assert_eq!(output(site.path(), &[target]).1, plain, "{target}");
    }
    let table = "\
methods  path               endpoint
any      /two/a             a
any      /two/b             b
any      /plain/*           flask_routes.plain  application
any      /a                 a
any      /b                 b
";
    let (_, text) = output(site.path(), &["flask_routes:both"]);
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(squeezed(&text), squeezed(table), "{text}");
}

#[test]
fn json_tells_parameters_with_their_schemas() {
    let site = site();
    let routes = |target| json(site.path(), &["--format", "json", target])["routes"].clone();
    let find = |routes: &Value, path: &str| -> Value {
        let routes = routes.as_array().expect("a list");
        let found = routes.iter().find(|route| route["path"] == path);
        found
            .unwrap_or_else(|| panic!("{path} in {routes:?}"))
            .clone()
    };
    let flask = routes("flask_routes:app");
    let expected = json!({
        "methods": ["GET", "HEAD", "DELETE", "OPTIONS"],
        "path": "/users/<int(min=1, max=99):id>",
        "template": "/users/{id}",
        "endpoint": "user",
        "parameters": [{
            "name": "id", "in": "path", "converter": "int", "slashes": false,
            "arguments": [{"name": "min", "value": 1}, {"name": "max", "value": 99}],
            "schema": {"type": "integer", "minimum": 1, "maximum": 99},
        }],
        "defaults": {}, "notes": [], "hit": null,
    });
    assert_eq!(find(&flask, "/users/<int(min=1, max=99):id>"), expected);
    #[rustfmt::skip]
    let cases = [
        ("flask_routes:app", "/<lang:code>/<any(a, b):kind>.<float:x>", "/{code}/{kind}.{x}", json!([
            {"type": "string", "pattern": "^(?:[a-z]{2})$"}, {"type": "string", "enum": ["a", "b"]},
            {"type": "number", "minimum": 0.0}])),
        ("flask_routes:app", "/static/<path:filename>", "/static/{filename}", json!([{"type": "string", "minLength": 1}])),
        ("flask_routes:app", "/things/<uuid:id>", "/things/{id}", json!([{"type": "string", "format": "uuid"}])),
        ("django_routes:app", "/items/<int:pk>", "/items/{pk}", json!([{"type": "integer", "minimum": 0}])),
        ("django_routes:app", "/v/<version:version>", "/v/{version}", json!([{"type": "string", "pattern": "^(?:[0-9.]+)$"}])),
        ("django_routes:app", "/^articles/(?P<year>[0-9]{4})/$", "/articles/{year}/",
            json!([{"type": "string", "pattern": "^(?:[0-9]{4})$"}])),
        ("django_routes:app", r"/^old/(\d+)/(\w+)$", "/old/{arg1}/{arg2}",
            json!([{"type": "string", "pattern": r"^(?:\d+)$"}, {"type": "string", "pattern": r"^(?:\w+)$"}])),
        ("pyramid_routes:app", r"/items/{number:\d+}", "/items/{number}", json!([{"type": "string", "pattern": r"^(?:\d+)$"}])),
        ("pyramid_routes:app", "/form/{a}-{b}", "/form/{a}-{b}",
            json!([{"type": "string", "minLength": 1}, {"type": "string", "minLength": 1}])),
        ("bottle_routes:app", "/items/<number:int>", "/items/{number}", json!([{"type": "integer"}])),
        ("bottle_routes:app", "/re/<y:re:[0-9]{4}>/<:re:a|b>", "/re/{y}/{arg2}",
            json!([{"type": "string", "pattern": "^(?:[0-9]{4})$"}, {"type": "string", "pattern": "^(?:a|b)$"}])),
        ("falcon_routes:app", "/items/{number:int(min=1)}", "/items/{number}", json!([{"type": "integer", "minimum": 1}])),
    ];
    for (target, path, template, schemas) in cases {
        let route = find(&routes(target), path);
        assert_eq!(route["template"], template, "{path}");
        let told = route["parameters"].as_array().expect("a list").iter();
        let told: Vec<Value> = told.map(|parameter| parameter["schema"].clone()).collect();
        assert_eq!(json!(told), schemas, "{path}");
    }
    let any = find(&routes("django_routes:app"), "/^any");
    assert_eq!(any["template"], Value::Null);
}

/// `openapi-spec-validator` judges the documents of all frameworks, and of a report with everything in it.
#[test]
fn openapi_documents_are_valid() {
    let site = site();
    let targets = [
        "flask_routes:app",
        "flask_routes:hosts",
        "flask_routes:both",
        "django_routes:app",
        "pyramid_routes:app",
        "bottle_routes:app",
        "falcon_routes:app",
    ];
    let mut names = Vec::new();
    for target in targets {
        let (code, text) = output(site.path(), &["--format", "openapi", target]);
        assert_eq!(code, Some(0), "{target}");
        let document: Value = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!(
            document["info"],
            json!({"title": target, "version": "0.1.0"})
        );
        let name = format!("{}.json", target.replace(':', "_"));
        std::fs::write(site.path().join(&name), text).expect("a file can be written");
        names.push(name);
    }
    let mut validate = python::environment().command("openapi-spec-validator");
    let validated = validate.current_dir(site.path()).args(&names).output();
    let validated = validated.expect("the validator can be started");
    let told = String::from_utf8_lossy(&validated.stdout);
    assert!(validated.status.success(), "{told}");
    assert_eq!(told.matches(": OK").count(), names.len(), "{told}");

    let options = [
        "-f",
        "openapi",
        "--title",
        "Shop",
        "--api-version",
        "2.1",
        "flask_routes:hosts",
    ];
    let document = json(site.path(), &options);
    assert_eq!(document["info"], json!({"title": "Shop", "version": "2.1"}));
    let servers = json!([{"url": "//{lang}.example", "variables": {"lang": {"default": "lang"}}}]);
    assert_eq!(document["paths"]["/"]["get"]["servers"], servers);
    assert_eq!(document["x-undescribed"][1]["path"], "/ws");
}

#[test]
fn a_request_is_matched_by_the_frameworks_own_rules() {
    let uuid = "00000000-0000-0000-0000-000000000007";
    #[rustfmt::skip]
    let cases = [
        ("flask_routes:app", "/users/7", 0, "GET /users/7 is answered by /users/<int(min=1, max=99):id> (user)\n  id = 7\n"),
        ("flask_routes:app", "/users/100", 3, "GET /users/100 is answered 404 Not Found: no rule has this path\n"),
        ("flask_routes:app", "PUT /users/7", 3,
            "PUT /users/7 is answered 405 Method Not Allowed: its rules have other methods\n  Allow: DELETE, GET, HEAD, OPTIONS\n"),
        ("flask_routes:app", "/pages?x=1", 0,
            "GET /pages?x=1 is sent to http://localhost/pages/?x=1 by 308 Permanent Redirect: it is redirected\n"),
        ("flask_routes:app", "/blog/caf%C3%A9", 0, "GET /blog/caf%C3%A9 is answered by /blog/<slug> (blog.entry)\n  slug = \"café\"\n"),
        ("flask_routes:both", "/two/a", 0, "GET /two/a is answered by /two/a (a)\n"),
        ("flask_routes:both", "/two", 3, "GET /two is answered 404 Not Found: no rule has this path\n"),
        ("flask_routes:both", "/b", 0, "GET /b is answered by /b (b)\n"),
        ("flask_routes:both", "/plain/x", 0, "GET /plain/x is answered: an application that tells no routes answers it\n"),
        ("django_routes:app", "/items/7", 0, "GET /items/7 is answered by /items/<int:pk> (item)\n  pk = 7\n"),
        ("django_routes:app", "DELETE /items/7", 3,
            "DELETE /items/7 is answered 405 Method Not Allowed: its view has other methods\n  Allow: GET, HEAD, POST, OPTIONS\n"),
        ("django_routes:app", "/blog?x=1", 0, "GET /blog?x=1 is sent to /blog/?x=1 by 301 Moved Permanently: APPEND_SLASH is on\n"),
        ("django_routes:app", "/old/7/ab", 0, "GET /old/7/ab is answered by /^old/(\\d+)/(\\w+)$ (old)\n  arg1 = \"7\"\n  arg2 = \"ab\"\n"),
        ("django_routes:app", "/nope", 3, "GET /nope is answered 404 Not Found: no pattern has this path\n"),
        ("pyramid_routes:app", "/items/7", 0, "GET /items/7 is answered by /items/{number:\\d+} (item)\n  number = \"7\"\n"),
        ("pyramid_routes:app", "POST /items/7", 3,
            "POST /items/7 is answered 404 Not Found: route 'item' has this path, but its predicates refuse the request\n"),
        ("pyramid_routes:app", "/form/a-b", 3, "GET /form/a-b is answered 404 Not Found: the views of route 'form' have other methods\n"),
        ("pyramid_routes:app", "/lost", 3, "GET /lost is answered 404 Not Found: route 'lost' has no view\n"),
        ("pyramid_routes:app", "/nope", 3, "GET /nope is answered 404 Not Found: no route has this path\n"),
        ("pyramid_routes:app", "/rest/a/b", 0, "GET /rest/a/b is answered by /rest/*sub (rest)\n  sub = [\"a\",\"b\"]\n"),
        ("pyramid_routes:traversal", "/edit", 0, "GET /edit is answered by /*traverse\n"),
        ("pyramid_routes:traversal", "/delete", 3, "GET /delete is answered 404 Not Found: no route has this path\n"),
        ("bottle_routes:app", "/items/7", 0, "GET /items/7 is answered by /items/<number:int> (item)\n  number = 7\n"),
        ("bottle_routes:app", "DELETE /form", 3,
            "DELETE /form is answered 405 Method Not Allowed: its routes have other methods\n  Allow: POST, PUT\n"),
        ("bottle_routes:app", "/nope", 3, "GET /nope is answered 404 Not Found: no route has this path\n"),
        ("bottle_routes:app", "/sub/in/a", 0, "GET /sub/in/a is answered by /sub/in/<x> (bottle_routes.inside)\n  x = \"a\"\n"),
        ("bottle_routes:app", "/plain/a", 0, "GET /plain/a is answered: an application that tells no routes answers it\n"),
        ("falcon_routes:app", "/items/7", 0, "GET /items/7 is answered by /items/{number:int(min=1)} (Item)\n  number = 7\n"),
        ("falcon_routes:app", "POST /items/7", 3,
            "POST /items/7 is answered 405 Method Not Allowed: its resource has other methods\n  Allow: GET, PUT\n"),
        ("falcon_routes:app", "/items/0", 3, "GET /items/0 is answered 404 Not Found: no route has this path\n"),
        ("falcon_routes:app", "/static/x", 0, "GET /static/x is answered by /static/*\n"),
        ("falcon_routes:app", "/sink/x", 0, "GET /sink/x is answered by /sink (sink)\n"),
    ];
    let site = site();
    for (target, request, code, text) in cases {
        let ended = output(site.path(), &["--match", request, target]);
        assert_eq!(ended, (Some(code), text.to_owned()), "{target} {request}");
    }
    let request = format!("/things/{uuid}");
    let answer = json(
        site.path(),
        &["-f", "json", "-m", &request, "flask_routes:app"],
    );
    assert_eq!(
        [&answer["status"], &answer["route"]["endpoint"]],
        [&Value::Null, &json!("thing")]
    );
    assert_eq!(answer["values"], json!({"id": uuid}));
    let answer = json(
        site.path(),
        &["-f", "json", "-m", "POST /users/1", "flask_routes:app"],
    );
    assert_eq!(
        (&answer["status"], &answer["allow"]),
        (&json!(405), &json!(["DELETE", "GET", "HEAD", "OPTIONS"]))
    );
}

#[test]
fn the_host_decides_where_rules_have_hosts() {
    let site = site();
    let ask = |host| {
        output(
            site.path(),
            &["--match", "/", "--host", host, "flask_routes:hosts"],
        )
    };
    let websocket = output(
        site.path(),
        &[
            "--match",
            "/ws",
            "--host",
            "api.example",
            "flask_routes:hosts",
        ],
    );
    let refused = "GET /ws is answered 400 Bad Request: no rule has this path but one for WebSocket requests\n";
    assert_eq!(websocket, (Some(3), refused.to_owned()));
    let found = "GET / is answered by <lang>.example/ (index)\n  lang = \"fr\"\n";
    assert_eq!(ask("fr.example"), (Some(0), found.to_owned()));
    assert_eq!(ask("example").0, Some(3));
}

#[test]
fn the_application_lies_where_it_is_served() {
    let site = site();
    #[rustfmt::skip]
    let cases = [
        ("/shop/users/7", 0, "GET /shop/users/7 is answered by /users/<int(min=1, max=99):id> (user)\n  id = 7\n"),
        ("/shop/pages", 0,
            "GET /shop/pages is sent to http://localhost/shop/pages/ by 308 Permanent Redirect: it is redirected\n"),
        ("/users/7", 3, "GET /users/7 is answered 404 Not Found: the application lies below /shop\n"),
        ("/shops/7", 3, "GET /shops/7 is answered 404 Not Found: the application lies below /shop\n"),
    ];
    for (request, code, text) in cases {
        let options = [
            "--script-name",
            "/shop/",
            "--match",
            request,
            "flask_routes:app",
        ];
        let ended = output(site.path(), &options);
        assert_eq!(ended, (Some(code), text.to_owned()), "{request}");
    }
    let demonstration =
        |request| output(site.path(), &["--script-name", "/shop", "--match", request]);
    assert_eq!(demonstration("/shop/").0, Some(0));
    let (code, text) = demonstration("/");
    assert_eq!(code, Some(3), "{text}");
    let options = [
        "--script-name",
        "/shop",
        "-f",
        "openapi",
        "flask_routes:app",
    ];
    let document = json(site.path(), &options);
    assert_eq!(document["servers"], json!([{"url": "/shop"}]));
    let ended = refused(site.path(), &["--script-name", "shop", "flask_routes:app"]);
    assert!(ended.output.contains("write \"/shop\""), "{}", ended.output);
}

#[test]
fn an_answer_is_no_description() {
    let arguments = ["--match", "/", "-f", "openapi", "flask_routes:app"];
    let ended = refused(site().path(), &arguments);
    assert!(
        ended.output.contains("write --format json"),
        "{}",
        ended.output
    );
}

#[test]
fn the_application_is_loaded_as_it_is_for_serving() {
    let site = site();
    let place = site.path().to_str().expect("the folder's name is text");
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let (_, table) = output(site.path(), &["bottle_routes:app"]);
    for arguments in [
        &["--chdir", place, "bottle_routes:app"] as &[&str],
        &["--pythonpath", place, "bottle_routes:app"],
        &[&format!("{place}/bottle_routes.py")],
    ] {
        assert_eq!(
            output(elsewhere.path(), arguments).1,
            table,
            "{arguments:?}"
        );
    }
    let mut command = Command::new(server_binary());
    python::environment().activate(&mut command);
    command.current_dir(site.path()).arg("routes");
    command.env("WSGI_SERVER_APP", "bottle_routes:app");
    command.env("WSGI_SERVER_ROUTES_MATCH", "/nope");
    let ended = super::run_to_end(command);
    assert_eq!(ended.code, Some(3), "{}", ended.output);
}

#[test]
fn what_tells_no_routes_is_refused_with_what_is_understood() {
    let site = site();
    #[rustfmt::skip]
    let cases = [
        ("flask_routes:plain", "the routes of flask_routes:plain, a function, are not known"),
        ("flask_routes:number", "an instance of int"),
        ("flask_routes:around_itself", "an instance of flask_routes.Middleware"),
        ("flask_routes:ap", "\"app\""),
        ("nowhere:app", "no module \"nowhere\""),
    ];
    for (target, words) in cases {
        let ended = refused(site.path(), &[target]);
        assert_eq!(ended.code, Some(1), "{target}: {}", ended.output);
        assert!(ended.output.contains(words), "{target}: {}", ended.output);
        assert!(
            ended.output.contains("wsgi-server: "),
            "{target}: {}",
            ended.output
        );
    }
    let unknown = refused(site.path(), &["flask_routes:plain"]).output;
    for framework in [
        "Flask",
        "Werkzeug",
        "Django",
        "Pyramid",
        "Bottle",
        "Falcon",
        "wsgi_rs.Router",
    ] {
        assert!(unknown.contains(framework), "{framework}: {unknown}");
    }
    for arguments in [
        &["--match", "users", "flask_routes:app"] as &[&str],
        &["--format", "yaml", "flask_routes:app"],
    ] {
        assert_eq!(
            refused(site.path(), arguments).code,
            Some(2),
            "{arguments:?}"
        );
    }
}

#[test]
fn what_the_application_prints_is_no_part_of_the_table() {
    let site = site();
    let (_, text) = output(site.path(), &["--format", "json", "flask_routes:app"]);
    assert!(text.starts_with("{\n"), "{text}");
    let all = refused(site.path(), &["flask_routes:app"]).output;
    assert!(all.contains("flask_routes is being loaded"), "{all}");
}

#[test]
fn without_an_application_the_demonstration_shows_its_own() {
    let site = folder(&[]);
    let table = "\
methods   path            endpoint
GET,HEAD  /json
GET,HEAD  /stream
GET,HEAD  /write
any       /status/{code}
any       /fail
any       /hello/{name}
any       /mounted/*                application
";
    assert_eq!(output(site.path(), &[]), (Some(0), table.to_owned()));
    #[rustfmt::skip]
    let cases = [
        ("/status/404", 0, "GET /status/404 is answered by /status/{code}\n  code = \"404\"\n"),
        ("/mounted/a/b", 0, "GET /mounted/a/b is answered by /mounted/*\n"),
        ("/else", 0, "GET /else is answered: no route has this path, so the fallback answers it\n"),
        ("PUT /json", 3, "PUT /json is answered 405 Method Not Allowed: its routes have other methods\n  Allow: GET, HEAD\n"),
    ];
    for (request, code, text) in cases {
        assert_eq!(
            output(site.path(), &["--match", request]),
            (Some(code), text.to_owned())
        );
    }
}

/// The package that applications import is a library beside the command.
#[test]
fn our_own_router_shows_what_is_mounted_in_it() {
    wsgi_tests::wheel::install();
    let site = folder(&[("our_routes.py", include_str!("routes/our_routes.py"))]);
    let table = "\
methods       host         path                     endpoint
GET,HEAD      api.example  /in/<x:int>              our_routes.inside
GET,HEAD                   /                        our_routes.home
GET,HEAD,PUT               /users/<int:id>          our_routes.user
GET,HEAD                   /bottle/in/<x:int>       our_routes.inside
any                        /plain/*                 our_routes.home    application
any                        /nested/a                our_routes.user
GET,HEAD                   /nested/deep/in/<x:int>  our_routes.inside
";
    assert_eq!(
        output(site.path(), &["our_routes:app"]),
        (Some(0), table.to_owned())
    );
    let map = "\
methods   path                             endpoint
any       /                                index
GET,HEAD  /blog/<int(min=1):year>/<slug>/  entry
";
    assert_eq!(
        output(site.path(), &["our_routes:urls"]),
        (Some(0), map.to_owned())
    );
    let inner = "methods   path         endpoint\nGET,HEAD  /in/<x:int>  our_routes.inside\n";
    assert_eq!(
        output(site.path(), &["our_routes:wrapped"]),
        (Some(0), inner.to_owned())
    );
    let request = [
        "--host",
        "api.example",
        "--match",
        "/in/1",
        "our_routes:app",
    ];
    let text = "GET /in/1 is answered by api.example/in/<x:int> (our_routes.inside)\n  x = 1\n";
    assert_eq!(output(site.path(), &request), (Some(0), text.to_owned()));
    #[rustfmt::skip]
    let cases = [
        ("our_routes:app", "/users/7", 0, "GET /users/7 is answered by /users/<int:id> (our_routes.user)\n  id = \"7\"\n"),
        ("our_routes:app", "DELETE /users/7", 3,
            "DELETE /users/7 is answered 405 Method Not Allowed: its routes have other methods\n  Allow: GET, HEAD, PUT, OPTIONS\n"),
        ("our_routes:app", "/bottle/in/3", 0, "GET /bottle/in/3 is answered by /bottle/in/<x:int> (our_routes.inside)\n  x = 3\n"),
        ("our_routes:app", "/bottle/none", 3, "GET /bottle/none is answered 404 Not Found: no route has this path\n"),
        ("our_routes:app", "/plain/x", 0, "GET /plain/x is answered: an application that tells no routes answers it\n"),
        ("our_routes:app", "/nested/deep/in/4", 0,
            "GET /nested/deep/in/4 is answered by /nested/deep/in/<x:int> (our_routes.inside)\n  x = 4\n"),
        ("our_routes:app", "/else", 0, "GET /else is answered: an application that tells no routes answers it\n"),
        ("our_routes:urls", "/blog/2024/a", 0,
            "GET /blog/2024/a is sent to http://localhost/blog/2024/a/ by 308 Permanent Redirect: it is redirected\n"),
        ("our_routes:urls", "/blog/0/a/", 3, "GET /blog/0/a/ is answered 404 Not Found: no rule has this path\n"),
    ];
    for (target, request, code, text) in cases {
        let ended = output(site.path(), &["--match", request, target]);
        assert_eq!(ended, (Some(code), text.to_owned()), "{target} {request}");
    }
}

/// A thread of the application that never ends would keep `python` itself from ending.
#[test]
fn threads_of_the_application_do_not_keep_the_command() {
    let code = "\
import atexit, threading
from bottle import Bottle
app = Bottle()
threading.Thread(target=threading.Event().wait).start()
atexit.register(print, 'tidied up', flush=True)
";
    let site = folder(&[("threaded.py", code)]);
    let ended = refused(site.path(), &["threaded:app"]);
    assert_eq!(ended.code, Some(0), "{}", ended.output);
    assert!(ended.output.contains("tidied up"), "{}", ended.output);
}

#[test]
fn an_application_called_routes_can_be_served() {
    let code = "\
def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'served']
";
    let site = folder(&[("routes.py", code)]);
    for arguments in [
        &["routes:app"] as &[&str],
        &["./routes.py"],
        &["--", "routes"],
    ] {
        let server = server(site.path()).args(arguments).start();
        assert_eq!(server.get("/").text(), "served", "{arguments:?}");
    }
}

#[test]
fn help_tells_of_the_subcommand_and_how_to_serve_what_is_called_so() {
    let site = folder(&[]);
    let ended = run(site.path(), &["--help"]);
    assert!(ended.output.contains("routes"), "{}", ended.output);
    let ended = refused(site.path(), &["--help"]);
    assert_eq!(ended.code, Some(0));
    for words in [
        "--match",
        "--format",
        "--host",
        "--title",
        "--chdir",
        "routes:app",
        "exit code",
    ] {
        assert!(ended.output.contains(words), "{words}: {}", ended.output);
    }
}
