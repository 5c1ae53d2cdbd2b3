//! Werkzeug as the oracle: what it answers to each question, the map of `wsgi-router` answers, too.
//!
//! A *case* is a map with questions, as JSON, which `oracle.py` puts to Werkzeug and this file to ours. Where the two
//! differ on purpose, the case says so with the reason, and the test holds that they do.

use std::borrow::Cow;
use std::io::Write;
use std::process::Stdio;

use http::Method;
use serde_json::{Map as Object, Value as Json, json};
use wsgi_router::{
    Adapter, BadHost, BuildError, EndpointPrefix, Integer, Map, Outcome, RequestParts, Rule,
    RuleTemplate, Subdomain, Submount, Uuid, Value, Values,
};
use wsgi_tests::{python, root};

use crate::custom;

/// What is answered where there is no map to ask.
pub(crate) const REFUSED: &str = "map refused";

/// A map and what is asked of it.
pub(crate) struct Case {
    pub(crate) name: String,
    /// The arguments of Werkzeug's `Map`, the rules aside.
    pub(crate) map: Json,
    pub(crate) rules: Vec<Json>,
    /// The arguments of `Map.bind`.
    pub(crate) bind: Json,
    pub(crate) questions: Vec<Json>,
    /// Questions that are answered differently, and why.
    pub(crate) differences: Vec<(usize, &'static str)>,
    /// Nobody has looked at it: what fails in Werkzeug by a mistake of its own counts for nothing.
    pub(crate) by_chance: bool,
}

impl Case {
    pub(crate) fn new(name: impl Into<String>, rules: impl Into<Vec<Json>>) -> Self {
        Self {
            name: name.into(),
            map: json!({}),
            rules: rules.into(),
            bind: json!({"server_name": "example.org"}),
            questions: Vec::new(),
            differences: Vec::new(),
            by_chance: false,
        }
    }

    pub(crate) fn map(mut self, map: Json) -> Self {
        self.map = map;
        self
    }

    pub(crate) fn bind(mut self, bind: Json) -> Self {
        self.bind = bind;
        self
    }

    /// Asks for a match: `"/path"`, `"POST /path"`, `"ws GET /path"`.
    pub(crate) fn ask(mut self, question: impl AsRef<str>) -> Self {
        let question = question.as_ref();
        let (websocket, rest) = match question.strip_prefix("ws ") {
            Some(rest) => (json!(true), rest),
            None => (Json::Null, question),
        };
        let (method, path) = match rest.split_once(' ') {
            Some((method, path))
                if method.chars().all(|c| c.is_ascii_alphabetic()) && !method.is_empty() =>
            {
                (method, path)
            }
            _ => ("GET", rest),
        };
        self.questions
            .push(json!({"path": path, "method": method, "websocket": websocket}));
        self
    }

    pub(crate) fn ask_all<Q: AsRef<str>>(self, questions: impl IntoIterator<Item = Q>) -> Self {
        questions
            .into_iter()
            .fold(self, |case, question| case.ask(question))
    }

    /// Asks for a URL.
    pub(crate) fn build(self, endpoint: &str, values: Json) -> Self {
        self.build_with(endpoint, values, json!({}))
    }

    /// Asks for a URL, with arguments of `MapAdapter.build`.
    pub(crate) fn build_with(mut self, endpoint: &str, values: Json, options: Json) -> Self {
        self.questions
            .push(json!({"build": endpoint, "values": values, "options": options}));
        self
    }

    /// The last question is answered differently, for this reason.
    pub(crate) fn differs(mut self, reason: &'static str) -> Self {
        self.differences.push((self.questions.len() - 1, reason));
        self
    }

    /// Asks for what was bound.
    pub(crate) fn request(mut self) -> Self {
        self.questions
            .push(json!({"path": null, "method": null, "websocket": null}));
        self
    }

    /// Asks for a match of a request with this query: a text, or fields.
    pub(crate) fn ask_with(mut self, path: &str, query: Json) -> Self {
        let (method, websocket) = ("GET", Json::Null);
        self.questions
            .push(json!({"path": path, "method": method, "websocket": websocket, "query": query}));
        self
    }

    /// Asks which methods a path has.
    pub(crate) fn allowed(mut self, path: &str) -> Self {
        self.questions.push(json!({"allowed": path}));
        self
    }

    /// Asks whether an endpoint has these parameters.
    pub(crate) fn expecting(mut self, endpoint: &str, arguments: &[&str]) -> Self {
        self.questions
            .push(json!({"expecting": endpoint, "arguments": arguments}));
        self
    }

    fn to_json(&self) -> Json {
        json!({"map": self.map, "rules": self.rules, "bind": self.bind, "questions": self.questions})
    }

    /// A question, and how the two answer it.
    pub(crate) fn told(&self, question: &Json, theirs: &Json, ours: &Json) -> String {
        let rules: Vec<String> = self.rules.iter().map(Json::to_string).collect();
        let (name, map, bind) = (&self.name, &self.map, &self.bind);
        format!(
            "{name}: {map} {bind} {question}\n    {}\n  theirs {theirs}\n  ours   {ours}",
            rules.join("\n    ")
        )
    }
}

/// Puts all cases to both; how many questions were asked.
///
/// # Panics
/// When the two differ, unless on purpose, with all differences.
pub(crate) fn compare(cases: &[Case]) -> usize {
    let (rows, wrong) = differences(cases);
    let shown = wrong.iter().take(40).map(String::as_str);
    assert!(
        wrong.is_empty(),
        "{} of {rows} differ (or do not, though they should):\n{}",
        wrong.len(),
        shown.collect::<Vec<_>>().join("\n")
    );
    rows
}

/// How many questions were asked, and those that are answered otherwise than they should be.
pub(crate) fn differences(cases: &[Case]) -> (usize, Vec<String>) {
    let theirs = ask_python("werkzeug.routing", cases);
    let mut rows = 0;
    let mut wrong = Vec::new();
    for (case, theirs) in cases.iter().zip(&theirs) {
        let ours = our_answers(case);
        let refused = |answers: &[Json]| answers.first().is_some_and(|answer| answer[0] == REFUSED);
        if refused(&ours) || refused(theirs) {
            rows += 1;
            if (refused(&ours) == refused(theirs)) != case.differences.is_empty() {
                wrong.push(case.told(&Json::Null, &theirs[0], &ours[0]));
            }
            continue;
        }
        for (at, question) in case.questions.iter().enumerate() {
            rows += 1;
            let on_purpose = case.differences.iter().any(|(question, _)| *question == at);
            let (ours, theirs) = (&ours[at], &theirs[at]);
            // Where Python fails by an exception that is none of routing, there is nothing to be equal to.
            let equal = ours == theirs || case.by_chance && theirs[0] == "failed";
            let fine = match on_purpose {
                true => !equal,
                false => equal || decoded(ours) == *theirs,
            };
            if !fine {
                wrong.push(case.told(question, theirs, ours));
            }
        }
    }
    (rows, wrong)
}

/// A URL of ours with slashes in it as Werkzeug writes them, which encodes none: a slash in a value that fills one
/// segment is `%2F`, so that the URL leads back to its rule.
pub(crate) fn decoded(answer: &Json) -> Json {
    match answer[0].as_str() {
        Some(kind @ ("url" | "redirect")) => json!([kind, text(&answer[1]).replace("%2F", "/")]),
        _ => Json::Null,
    }
}

/// What a module of Python's answers.
pub(crate) fn ask_python(module: &str, cases: &[Case]) -> Vec<Vec<Json>> {
    let mut command = python::environment().command("python");
    command
        .arg(root().join("tests/router/oracle.py"))
        .arg(module)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command.spawn().expect("Python starts");
    let questions = Json::from(cases.iter().map(Case::to_json).collect::<Vec<_>>()).to_string();
    let mut stdin = child.stdin.take().expect("it is piped");
    let writer = std::thread::spawn(move || stdin.write_all(questions.as_bytes()));
    let output = child.wait_with_output().expect("Python ends");
    writer
        .join()
        .expect("the writer does not panic")
        .expect("Python reads all");
    assert!(output.status.success(), "oracle.py failed");
    serde_json::from_slice(&output.stdout).expect("oracle.py answers in JSON")
}

/// What ours answers: as `oracle.py` does.
pub(crate) fn our_answers(case: &Case) -> Vec<Json> {
    let map = match our_map(case) {
        Ok(map) => map,
        Err(error) => return vec![json!([REFUSED, error])],
    };
    let Ok(adapter) = our_adapter(&map, &case.bind) else {
        return vec![json!(["bad host"]); case.questions.len()];
    };
    case.questions
        .iter()
        .map(|question| answer(&map, &adapter, question))
        .collect()
}

fn answer(map: &Map, adapter: &Adapter<'_, '_>, question: &Json) -> Json {
    if let Some(endpoint) = question.get("build") {
        return build(adapter, text(endpoint), question);
    }
    if let Some(path) = question.get("allowed") {
        let mut allowed = adapter.allowed_methods(text(path));
        allowed.sort_unstable();
        return json!(allowed);
    }
    if let Some(endpoint) = question.get("expecting") {
        let arguments = question["arguments"].as_array().expect("a list");
        let arguments: Vec<&str> = arguments.iter().map(text).collect();
        return json!(map.is_endpoint_expecting(text(endpoint), &arguments));
    }
    ask(adapter, question)
}

pub(crate) fn our_map(case: &Case) -> Result<Map, String> {
    let mut builder = Map::builder().allow_conflicts(true);
    for (name, value) in object(&case.map) {
        let flag = value.as_bool().unwrap_or_default();
        builder = match name.as_str() {
            "strict_slashes" => builder.strict_slashes(flag),
            "merge_slashes" => builder.merge_slashes(flag),
            "redirect_defaults" => builder.redirect_defaults(flag),
            "host_matching" => builder.host_matching(flag),
            "sort_parameters" => builder.sort_parameters(flag),
            "default_subdomain" => builder.default_subdomain(text(value)),
            "converters" => object(value)
                .iter()
                .fold(builder, |builder, (name, converter)| {
                    custom::add(builder, name, text(converter))
                }),
            other => panic!("the map has no setting {other}"),
        };
    }
    for rule in &case.rules {
        builder = builder.add(rules_of(rule)?);
    }
    builder.build().map_err(|error| error.to_string())
}

fn rules_of(spec: &Json) -> Result<Vec<Rule>, String> {
    let inner = || -> Result<Vec<Rule>, String> {
        let rules = spec["rules"].as_array().expect("a factory has rules");
        Ok(rules
            .iter()
            .map(rules_of)
            .collect::<Result<Vec<_>, _>>()?
            .concat())
    };
    let field = |name: &str| spec.get(name).and_then(Json::as_str);
    Ok(if let Some(path) = field("submount") {
        wsgi_router::RuleFactory::into_rules(Submount::new(path).add(inner()?))
    } else if let Some(subdomain) = field("subdomain_of") {
        wsgi_router::RuleFactory::into_rules(Subdomain::new(subdomain).add(inner()?))
    } else if let Some(prefix) = field("prefix") {
        wsgi_router::RuleFactory::into_rules(EndpointPrefix::new(prefix).add(inner()?))
    } else if let Some(names) = spec.get("template") {
        let names: Vec<(&str, &str)> = object(names)
            .iter()
            .map(|(name, value)| (name.as_str(), text(value)))
            .collect();
        RuleTemplate::new()
            .add(inner()?)
            .fill(&names)
            .map_err(|error| error.to_string())?
    } else {
        vec![rule_of(spec)]
    })
}

fn rule_of(spec: &Json) -> Rule {
    let mut rule = Rule::new(text(&spec["rule"]));
    for (name, value) in object(spec) {
        let flag = value.as_bool().unwrap_or_default();
        rule = match name.as_str() {
            "rule" => rule,
            "endpoint" => rule.endpoint(text(value)),
            "methods" => rule.methods(value.as_array().expect("a list").iter().map(text)),
            "defaults" => object(value)
                .iter()
                .fold(rule, |rule, (name, value)| rule.default(name, given(value))),
            "subdomain" => rule.subdomain(text(value)),
            "host" => rule.host(text(value)),
            "strict_slashes" => rule.strict_slashes(flag),
            "merge_slashes" => rule.merge_slashes(flag),
            "build_only" => rule.build_only(flag),
            "alias" => rule.alias(flag),
            "websocket" => rule.websocket(flag),
            "redirect_to" => match value.get("function") {
                Some(name) => rule.redirect_with(custom::function(text(name))),
                None => rule.redirect_to(text(value)),
            },
            other => panic!("a rule has no option {other}"),
        };
    }
    rule
}

fn our_adapter<'m>(map: &'m Map, bind: &Json) -> Result<Adapter<'m, 'm>, BadHost> {
    let mut adapter = match bind.get("environ") {
        Some(environ) => map.bind_parts(parts(environ))?,
        None => map.bind_host(text(&bind["server_name"]).to_owned())?,
    };
    for (name, value) in object(bind) {
        adapter = match name.as_str() {
            "server_name" if bind.get("environ").is_some() => {
                adapter.server_name(text(value).to_owned())
            }
            "server_name" | "environ" => adapter,
            "script_name" => adapter.script_name(text(value).to_owned()),
            "subdomain" => adapter.subdomain(text(value).to_owned()),
            "url_scheme" => adapter.url_scheme(text(value).to_owned()),
            "path_info" => adapter.path_info(text(value).to_owned()),
            "query_args" => match value.as_object() {
                Some(fields) => adapter.query_values(&values_of(fields)),
                None => adapter.query(text(value).to_owned()),
            },
            "default_method" => adapter.default_method(method(value)),
            other => panic!("bind has no argument {other}"),
        };
    }
    Ok(adapter)
}

/// What of a request decides, of an `environ` whose texts are Latin-1.
fn parts(environ: &Json) -> RequestParts<'static> {
    let bytes = |key: &str| -> Option<Cow<'static, [u8]>> {
        let text = environ.get(key)?.as_str()?;
        let latin_1 = |c| u8::try_from(u32::from(c)).expect("Latin-1");
        Some(text.chars().map(latin_1).collect::<Vec<u8>>().into())
    };
    let always = |key: &str| bytes(key).unwrap_or_default();
    RequestParts {
        method: method(&environ["REQUEST_METHOD"]),
        url_scheme: text(&environ["wsgi.url_scheme"]).to_owned().into(),
        host: bytes("HTTP_HOST"),
        server_name: always("SERVER_NAME"),
        server_port: always("SERVER_PORT"),
        script_name: always("SCRIPT_NAME"),
        path_info: bytes("PATH_INFO").unwrap_or(b"/".into()),
        query_string: always("QUERY_STRING"),
        connection: bytes("HTTP_CONNECTION"),
        upgrade: bytes("HTTP_UPGRADE"),
        ..RequestParts::default()
    }
}

fn values_of(fields: &Object<String, Json>) -> Values {
    fields
        .iter()
        .map(|(name, value)| (name.as_str(), given(value)))
        .collect()
}

fn ask(adapter: &Adapter<'_, '_>, question: &Json) -> Json {
    if question["path"].is_null() {
        return outcome(adapter.match_request());
    }
    if let Some(query) = question.get("query") {
        let adapter = match query.as_object() {
            Some(fields) => adapter.clone().query_values(&values_of(fields)),
            None => adapter.clone().query(text(query).to_owned()),
        };
        let method = method(&question["method"]);
        return outcome(adapter.match_path(text(&question["path"]), &method));
    }
    let (path, method) = (text(&question["path"]), method(&question["method"]));
    let Some(websocket) = question["websocket"].as_bool() else {
        let answer = outcome(adapter.match_path(path, &method));
        let raw: String = path
            .bytes()
            .map(|byte| match byte {
                b'/' | b'-' | b'.' | b'0'..=b'9' | b'a'..=b'z' => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            })
            .collect();
        assert_eq!(
            outcome(adapter.match_target(&raw, &method)),
            answer,
            "{raw} is the same path"
        );
        return answer;
    };
    outcome(adapter.match_websocket(path, &method, websocket))
}

pub(crate) fn outcome(outcome: Outcome<'_, '_>) -> Json {
    match outcome {
        Outcome::Found(found) => {
            let values = found.values();
            let values: Object<String, Json> = values
                .iter()
                .map(|(name, v)| (name.to_owned(), shown(v)))
                .collect();
            json!(["found", found.rule().text(), found.endpoint(), values])
        }
        Outcome::Redirect { url } => json!(["redirect", url]),
        Outcome::NotFound => json!(["404"]),
        Outcome::MethodNotAllowed { mut allow } => {
            allow.sort_unstable();
            json!(["405", allow])
        }
        Outcome::WebsocketMismatch => json!(["websocket mismatch"]),
        other => panic!("unknown outcome {other:?}"),
    }
}

fn build(adapter: &Adapter<'_, '_>, endpoint: &str, question: &Json) -> Json {
    let multi = question["options"].get("multi").is_some();
    let values: Values = object(&question["values"])
        .iter()
        .map(|(name, value)| match value.as_array().filter(|_| multi) {
            Some(values) if values.is_empty() => (name.as_str(), Value::None),
            Some(values) if values.len() == 1 => (name.as_str(), given(&values[0])),
            _ => (name.as_str(), given(value)),
        })
        .collect();
    let mut build = adapter.build(endpoint, &values);
    for (name, value) in object(&question["options"]) {
        build = match name.as_str() {
            "multi" => build, // a list of one value is that value, an empty one none; see `values`
            "method" => build.method(text(value)),
            "force_external" => build.force_external(value.as_bool().expect("a truth value")),
            "append_unknown" => build.append_unknown(value.as_bool().expect("a truth value")),
            "url_scheme" => build.url_scheme(text(value)),
            other => panic!("build has no option {other}"),
        };
    }
    match build.url() {
        Ok(url) => json!(["url", url]),
        Err(BuildError::Value { .. }) => json!(["value refused"]),
        Err(_) => json!(["no rule"]),
    }
}

/// A value with its type, as `oracle.py` shows it.
pub(crate) fn shown(value: &Value) -> Json {
    let kind = match value {
        Value::Int(_) => "int",
        Value::Float(_) => "float",
        Value::Str(_) => "str",
        Value::Uuid(_) => "UUID",
        Value::List(values) => return values.iter().map(shown).collect(),
        other => return other.to_string().into(),
    };
    format!("{kind} {value}").into()
}

fn given(value: &Json) -> Value {
    match value {
        Json::Null => Value::None,
        Json::Bool(truth) => Value::from(*truth),
        Json::String(text) => Value::from(text.as_str()),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => Value::from(integer),
            None => Value::from(number.as_f64().expect("a number")),
        },
        Json::Array(values) => Value::from(values.iter().map(given).collect::<Vec<_>>()),
        Json::Object(object) => match object.get("uuid") {
            Some(uuid) => Value::from(Uuid::parse(text(uuid)).expect("a UUID")),
            None => match object.get("int") {
                Some(digits) => Value::from(Integer::parse(text(digits)).expect("digits")),
                None => Value::from(text(&object["float"]).parse::<f64>().expect("a number")),
            },
        },
    }
}

fn object(json: &Json) -> &Object<String, Json> {
    json.as_object()
        .unwrap_or_else(|| panic!("{json} is no object"))
}

fn text(json: &Json) -> &str {
    json.as_str().unwrap_or_else(|| panic!("{json} is no text"))
}

fn method(json: &Json) -> Method {
    Method::from_bytes(text(json).as_bytes()).expect("a method")
}
