//! `wsgi_core::url` beside the real `wsgiref.util`, on the same inputs.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use wsgi_core::{Environ, url};

/// Reads a list of environs, answers with what `wsgiref.util` makes of each.
const WSGIREF: &str = "
import json, sys
from wsgiref import util
answers = []
for environ in json.load(sys.stdin):
    answer = {
        'application_uri': util.application_uri(environ),
        'request_uri': util.request_uri(environ),
        'without_query': util.request_uri(environ, include_query=False),
        'scheme': util.guess_scheme(environ),
    }
    answer['name'] = util.shift_path_info(environ)
    answer['script'] = environ['SCRIPT_NAME']
    answer['path'] = environ['PATH_INFO']
    answers.append(answer)
json.dump(answers, sys.stdout)
";

fn wsgiref(environs: &[Value]) -> Vec<Value> {
    let mut python = Command::new("python3")
        .args(["-c", WSGIREF])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is on the PATH");
    let input = serde_json::to_vec(environs).unwrap();
    python.stdin.take().unwrap().write_all(&input).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Text of code points up to U+00FF as its bytes: a native string.
fn latin_1(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(c).unwrap()).collect()
}

fn text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn ours(environ: &Value) -> Value {
    let var = |key: &str| environ[key].as_str().map(latin_1);
    let mut ours = Environ::new();
    ours.set_script_name(var("SCRIPT_NAME").unwrap());
    ours.set_path_info(var("PATH_INFO").unwrap());
    ours.set_query_string(var("QUERY_STRING").unwrap());
    let connection = ours.connection_mut();
    connection.url_scheme = environ["wsgi.url_scheme"].as_str().unwrap().into();
    connection.server_name = environ["SERVER_NAME"].as_str().unwrap().into();
    connection.server_port = environ["SERVER_PORT"].as_str().unwrap().into();
    for key in ["HTTP_HOST", "HTTPS"] {
        if let Some(value) = var(key) {
            ours.set_var(key, value).unwrap();
        }
    }
    let mut answer = json!({
        "application_uri": url::application_uri(&ours),
        "request_uri": url::request_uri(&ours, true),
        "without_query": url::request_uri(&ours, false),
        "scheme": url::guess_scheme(&ours),
    });
    answer["name"] = url::shift_path_info(&mut ours)
        .unwrap()
        .map(|name| text(&name))
        .into();
    answer["script"] = text(ours.script_name()).into();
    answer["path"] = text(ours.path_info()).into();
    answer
}

fn environ(script: &str, path: &str) -> Value {
    json!({
        "SCRIPT_NAME": script, "PATH_INFO": path, "QUERY_STRING": "", "wsgi.url_scheme": "http",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80",
    })
}

fn compare(environs: &[Value]) {
    let expected = wsgiref(environs);
    assert_eq!(expected.len(), environs.len());
    for (environ, expected) in environs.iter().zip(expected) {
        assert_eq!(ours(environ), expected, "{environ}");
    }
}

/// Every path of up to five characters out of `/`, `.` and a letter, below each of these applications.
#[test]
fn segments_move_as_wsgiref_moves_them() {
    let mut paths = vec![String::new(), "/".to_owned()];
    let mut longest = vec!["/".to_owned()];
    for _ in 0..5 {
        longest = longest
            .iter()
            .flat_map(|path| ['/', '.', 'a'].map(|c| format!("{path}{c}")))
            .collect();
        paths.extend(longest.iter().cloned());
    }
    let environs: Vec<_> = ["", "/app", "/app/", "/a//b", "/a/../b"]
        .iter()
        .flat_map(|script| paths.iter().map(|path| environ(script, path)))
        .collect();
    assert!(environs.len() > 1000);
    compare(&environs);
}

/// PEP 3333 "URL Reconstruction": hosts, ports, schemes, and all that has to be quoted.
#[test]
fn urls_are_those_of_wsgiref() {
    let every_byte: String = (1..=255).map(char::from).collect();
    let mut environs = Vec::new();
    for script in ["", "/spam", "/sp\u{e4}m and;eggs=1,2"] {
        for path in [
            "",
            "/",
            "/caf\u{e9}/a b;c=d,e",
            "/%2F+?#",
            &format!("/{every_byte}"),
        ] {
            for query in ["", "say=Ni&x=%20"] {
                for (scheme, port) in [
                    ("http", "80"),
                    ("http", "8080"),
                    ("https", "443"),
                    ("https", "80"),
                ] {
                    let mut environ = environ(script, path);
                    environ["QUERY_STRING"] = query.into();
                    environ["wsgi.url_scheme"] = scheme.into();
                    environ["SERVER_PORT"] = port.into();
                    if scheme == "https" {
                        environ["HTTPS"] = "on".into();
                    }
                    environs.push(environ.clone());
                    environ["HTTP_HOST"] = "example.com:8000".into();
                    environs.push(environ.clone());
                    environ["HTTP_HOST"] = "".into();
                    environs.push(environ);
                }
            }
        }
    }
    assert!(environs.len() > 300);
    compare(&environs);
}
