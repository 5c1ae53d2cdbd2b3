//! Reports: tables of routes, in JSON and as OpenAPI.
#![cfg(feature = "json")]

use std::sync::Arc;

use serde_json::{Value as Json, json};
use wsgi_router::{
    Converter, Map, Report, ReportLine, ReportParameter, Rule, Schema, Subdomain, Value,
};

#[derive(Debug)]
struct Language;

impl Converter for Language {
    fn regex(&self) -> String {
        "[a-z]{2}".to_owned()
    }
}

fn map() -> Map {
    Map::builder()
        .converter("lang", |_| Ok(Arc::new(Language)))
        .add(Rule::new("/").endpoint("index").methods(["GET"]))
        .add(
            Rule::new("/users/<int(min=1, max=99):id>")
                .endpoint("user.show")
                .methods(["GET", "PUT"]),
        )
        .add(
            Rule::new("/users/<name>")
                .endpoint("user.by_name")
                .methods(["GET", "PURGE"]),
        )
        .add(Rule::braced("/files/{*path}").endpoint("file"))
        .add(
            Rule::new("/pages/")
                .endpoint("pages")
                .default("page", 1)
                .default("sort", "by name"),
        )
        .add(Rule::new("/old").endpoint("old").redirect_to("pages/"))
        .add(Rule::new("/ws").endpoint("socket").websocket(true))
        .add(Rule::new("/cdn").endpoint("cdn").build_only(true))
        .add(
            Subdomain::new("<any(en, fr):code>")
                .add(Rule::new("/café/<lang:to>.<float:x>").methods(["POST"])),
        )
        .build()
        .expect("the rules are sound")
}

fn parsed(text: &str) -> Json {
    serde_json::from_str(text).expect("it is JSON")
}

#[test]
fn a_table_has_a_line_for_each_route_and_columns_only_for_what_is_said() {
    let table = "\
methods         host                path                            endpoint
GET,HEAD                            /                               index
GET,HEAD,PUT                        /users/<int(min=1, max=99):id>  user.show
GET,HEAD,PURGE                      /users/<name>                   user.by_name
any                                 /files/{*path}                  file
any                                 /pages/                         pages         page=1, sort=by name
any                                 /old                            old           redirect
any                                 /ws                             socket        websocket
any                                 /cdn                            cdn           build only
POST            <any(en, fr):code>  /café/<lang:to>.<float:x>
";
    assert_eq!(map().report().to_string(), table);
    assert_eq!(Report::default().to_string(), "methods  path  endpoint\n");
}

#[test]
fn one_long_path_does_not_move_the_others_apart() {
    let mut report = Report::default();
    let long = format!("/{}", "x".repeat(60));
    report.lines.push(ReportLine::new("/a").endpoint("a"));
    report.lines.push(ReportLine::new(&long).endpoint("b"));
    let table = format!("methods  path  endpoint\nany      /a    a\nany      {long}  b\n");
    assert_eq!(report.to_string(), table);
}

#[test]
fn what_nobody_asks_for_is_said_once_somebody_asks_for_anything() {
    let mut report = Report::default();
    report.lines.push(ReportLine::new("/a").endpoint("a"));
    report.lines[0].hit = Some(false);
    assert!(!report.to_string().contains("never hit"));
    report.lines.push(ReportLine::new("/b").endpoint("b"));
    report.lines[1].hit = Some(true);
    let table = "\
methods  path  endpoint
any      /a    a         never hit
any      /b    b
";
    assert_eq!(report.to_string(), table);
}

#[test]
fn each_converter_has_its_schema() {
    #[rustfmt::skip]
    let cases = [
        ("<a>",                                   json!({"type": "string", "minLength": 1})),
        ("<string(minlength=0, maxlength=9):a>",  json!({"type": "string", "maxLength": 9})),
        ("<string(length=2):a>",                  json!({"type": "string", "minLength": 2, "maxLength": 2})),
        ("<any(b, \"c d\"):a>",                   json!({"type": "string", "enum": ["b", "c d"]})),
        ("<path:a>",                              json!({"type": "string", "minLength": 1})),
        ("<uuid:a>",                              json!({"type": "string", "format": "uuid"})),
        ("<int:a>",                               json!({"type": "integer", "minimum": 0})),
        ("<int(signed=True):a>",                  json!({"type": "integer"})),
        ("<int(min=2, max=9):a>",                 json!({"type": "integer", "minimum": 2, "maximum": 9})),
        ("<int(min=-2):a>",                       json!({"type": "integer", "minimum": 0})),
        ("<int(min=-2, signed=True):a>",          json!({"type": "integer", "minimum": -2})),
        ("<int(fixed_digits=4):a>",               json!({"type": "integer", "minimum": 0, "maximum": 9999})),
        ("<int(fixed_digits=4, max=12):a>",       json!({"type": "integer", "minimum": 0, "maximum": 12})),
        ("<int(fixed_digits=3, signed=True):a>",  json!({"type": "integer", "minimum": -99, "maximum": 999})),
        ("<int(max=99999999999999999999):a>",     json!({"type": "integer", "minimum": 0})),
        ("<float:a>",                             json!({"type": "number", "minimum": 0.0})),
        ("<float(min=-1, max=1.5, signed=True):a>", json!({"type": "number", "minimum": -1.0, "maximum": 1.5})),
        ("<lang:a>",                              json!({"type": "string", "pattern": "^(?:[a-z]{2})$"})),
    ];
    for (parameter, schema) in cases {
        let map = Map::builder().converter("lang", |_| Ok(Arc::new(Language)));
        let map = map.add(Rule::new(format!("/{parameter}")));
        let report = map.build().expect("the rule is sound").report();
        let json = parsed(&report.to_json());
        assert_eq!(
            json["routes"][0]["parameters"][0]["schema"], schema,
            "{parameter}"
        );
    }
}

#[test]
fn json_tells_all_of_a_route_and_is_read_back() {
    let report = map().report();
    let json = parsed(&report.to_json());
    let last = json!({
        "methods": ["POST"],
        "subdomain": "<any(en, fr):code>",
        "path": "/café/<lang:to>.<float:x>",
        "template": "/caf%C3%A9/{to}.{x}",
        "endpoint": "",
        "parameters": [
            {
                "name": "code", "in": "host", "converter": "any", "slashes": false,
                "arguments": [{"value": "en"}, {"value": "fr"}],
                "schema": {"type": "string", "enum": ["en", "fr"]},
            },
            {
                "name": "to", "in": "path", "converter": "lang", "slashes": false, "arguments": [],
                "schema": {"type": "string", "pattern": "^(?:[a-z]{2})$"},
            },
            {
                "name": "x", "in": "path", "converter": "float", "slashes": false, "arguments": [],
                "schema": {"type": "number", "minimum": 0.0},
            },
        ],
        "defaults": {},
        "notes": [],
        "hit": null,
    });
    let mut told = json["routes"][8].clone();
    told["hit"] = Json::Null;
    assert_eq!(told, last);
    assert_eq!(
        json["routes"][4]["defaults"],
        json!({"page": 1, "sort": "by name"})
    );
    assert_eq!(json["routes"][3]["parameters"][0]["slashes"], json!(true));

    let mut read = Report::from_json(&report.to_json()).expect("it is what was written");
    for (line, known) in read.lines.iter_mut().zip(&report.lines) {
        line.id = known.id; // which means nothing outside of its map
    }
    assert_eq!(read, report);
}

#[test]
fn a_route_in_json_needs_its_path_only() {
    let report = Report::from_json(r#"{"routes": [{"path": "/a", "host": "b", "new": 1}]}"#);
    let line = &report.expect("nothing else is needed").lines[0];
    assert_eq!((&*line.path, &line.template, line.hit), ("/a", &None, None));
    let mut expected = ReportLine::new("/a").host("b");
    expected.template = None;
    assert_eq!(line, &expected);
    let error = Report::from_json(r#"{"routes": [{"path": 1}]}"#).expect_err("a path is text");
    assert!(error.to_string().contains("line 1 column"), "{error}");
    let error = Report::from_json(r#"{"routes": [{"path": "", "defaults": {"a": {}}}]}"#);
    assert!(
        error
            .expect_err("no value of a route")
            .to_string()
            .contains("an object")
    );
}

#[test]
fn values_that_json_has_not_are_text() {
    let mut line = ReportLine::new("/");
    line.defaults.insert(
        "big",
        Value::Int(wsgi_router::Integer::parse("99999999999999999999").expect("digits")),
    );
    line.defaults.insert("inf", f64::INFINITY);
    line.defaults.insert("id", wsgi_router::Uuid::from_u128(7));
    line.defaults.insert(
        "list",
        vec![Value::None, Value::from(true), Value::from(1.5)],
    );
    let json = parsed(&Report { lines: vec![line] }.to_json());
    let expected = json!({
        "big": "99999999999999999999",
        "inf": "inf",
        "id": "00000000-0000-0000-0000-000000000007",
        "list": [null, true, 1.5],
    });
    assert_eq!(json["routes"][0]["defaults"], expected);
}

#[test]
fn openapi_has_an_operation_for_each_path_and_method() {
    let text = map().report().to_openapi("Shop", "1.0");
    let document = parsed(&text);
    assert!(text.starts_with("{\n  \"openapi\": \"3.1.1\",\n"), "{text}");
    assert_eq!(document["info"], json!({"title": "Shop", "version": "1.0"}));
    let paths = document["paths"].as_object().expect("an object");
    let mut templates: Vec<&str> = paths.keys().map(String::as_str).collect();
    templates.sort_unstable();
    let expected = [
        "/",
        "/caf%C3%A9/{to}.{x}",
        "/files/{path}",
        "/old",
        "/pages/",
        "/users/{id}",
    ];
    assert_eq!(templates, expected);
    let methods = |path: &str| -> Vec<String> {
        paths[path]
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect()
    };
    assert_eq!(methods("/"), ["get"]); // HEAD comes with it
    assert_eq!(
        methods("/users/{id}"),
        ["get", "put", "x-additionalOperations"]
    );
    assert_eq!(paths["/"]["get"]["operationId"], "index_get");
    assert!(
        paths["/files/{path}"]["get"]["description"]
            .to_string()
            .contains("all methods")
    );
    assert!(
        paths["/files/{path}"]["get"]["parameters"][0]["description"]
            .to_string()
            .contains("slashes")
    );
    assert_eq!(
        paths["/old"]["get"]["responses"],
        json!({"308": {"description": "A redirect."}})
    );
    let undescribed = &document["x-undescribed"];
    assert_eq!(
        [&undescribed[0]["path"], &undescribed[1]["path"]],
        ["/ws", "/cdn"]
    );
}

#[test]
fn routes_that_openapi_cannot_tell_apart_are_one_operation() {
    let document = parsed(&map().report().to_openapi("Shop", "1.0"));
    let item = &document["paths"]["/users/{id}"];
    let parameter = json!([{
        "name": "id",
        "in": "path",
        "required": true,
        "description": "Named \"name\" by \"/users/<name>\".",
        "schema": {"anyOf": [
            {"type": "integer", "minimum": 1, "maximum": 99},
            {"type": "string", "minLength": 1},
        ]},
    }]);
    assert_eq!(item["get"]["parameters"], parameter);
    let routes = json!([
        {"path": "/users/<int(min=1, max=99):id>", "endpoint": "user.show"},
        {"path": "/users/<name>", "endpoint": "user.by_name"},
    ]);
    assert_eq!(item["get"]["x-routes"], routes);
    let purge = &item["x-additionalOperations"]["PURGE"];
    assert_eq!(purge["operationId"], "user_by_name_purge");
    assert_eq!(purge["parameters"][0]["name"], "id");
}

#[test]
fn hosts_are_servers() {
    let document = parsed(&map().report().to_openapi("Shop", "1.0"));
    let servers = json!([{
        "url": "//{code}.{server_name}",
        "variables": {
            "code": {"enum": ["en", "fr"], "default": "en"},
            "server_name": {"default": "localhost"},
        },
    }]);
    assert_eq!(
        document["paths"]["/caf%C3%A9/{to}.{x}"]["post"]["servers"],
        servers
    );

    let line = |host| {
        ReportLine::new("/")
            .endpoint("a")
            .methods(["GET"])
            .host(host)
    };
    let mut report = Report {
        lines: vec![line("a.org"), line("*.b.org"), line("a.org")],
    };
    let servers = |report: &Report| {
        parsed(&report.to_openapi("", ""))["paths"]["/"]["get"]["servers"].clone()
    };
    let expected = json!([
        {"url": "//a.org"},
        {"url": "//{label}.b.org", "variables": {"label": {"default": "www"}}},
    ]);
    assert_eq!(servers(&report), expected);
    report.lines.push(ReportLine::new("/").methods(["GET"])); // for all hosts
    assert_eq!(servers(&report), Json::Null);
}

#[test]
fn operations_have_names_of_their_own() {
    let line = |path, endpoint| ReportLine::new(path).endpoint(endpoint).methods(["GET"]);
    let lines = vec![
        line("/", ""),
        line("/a", "b.c"),
        line("/b", "b-c"),
        line("/c/d", ""),
        line("/e", "é:1"),
    ];
    let document = parsed(&Report { lines }.to_openapi("", ""));
    let ids = ["/", "/a", "/b", "/c/d", "/e"]
        .map(|path| document["paths"][path]["get"]["operationId"].clone());
    assert_eq!(
        ids,
        ["root_get", "b_c_get", "b_c_get_2", "c_d_get", "é_1_get"]
    );
}

#[test]
fn nested_routes_are_below_their_mount() {
    let id = ReportParameter::new("id", Schema::text(1, None));
    let mount = ReportLine::new("/shop/<shop>/*")
        .template("/shop/{shop}")
        .parameter(ReportParameter::new("shop", Schema::text(1, None)))
        .host("example.org");
    let mut inner = Report::default();
    inner
        .lines
        .push(ReportLine::new("/<id>").template("/{id}").parameter(id));
    inner.lines.push(ReportLine::application("/blog"));
    let mut report = Report::default();
    report.nest(&mount, inner.clone());
    report.nest(&ReportLine::application("/"), Report::default());
    report.nest(&ReportLine::application("/plain"), inner);
    let json = parsed(&report.to_json());
    let told: Vec<[&Json; 3]> = (0..5)
        .map(|index| &json["routes"][index])
        .map(|route| [&route["path"], &route["template"], &route["host"]])
        .collect();
    let expected = [
        [
            &json!("/shop/<shop>/<id>"),
            &json!("/shop/{shop}/{id}"),
            &json!("example.org"),
        ],
        [
            &json!("/shop/<shop>/blog/*"),
            &Json::Null,
            &json!("example.org"),
        ],
        [&json!("/*"), &Json::Null, &Json::Null],
        [&json!("/plain/<id>"), &json!("/plain/{id}"), &Json::Null],
        [&json!("/plain/blog/*"), &Json::Null, &Json::Null],
    ];
    assert_eq!(told, expected);
    assert_eq!(json["routes"][0]["parameters"][0]["name"], "shop");
}
