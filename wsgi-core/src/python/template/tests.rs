use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::{Client, ClientStatus};

/// A client that stays.
struct There;

impl ClientStatus for There {
    fn is_disconnected(&self) -> bool {
        false
    }
}

/// Few values of each, so that consecutive requests have much in common.
fn request() -> impl Strategy<Value = Environ> {
    let fields = [
        ("Host", "a"),
        ("host", "b"),
        ("Accept", "*/*"),
        ("Cookie", "a=1"),
        ("Cookie", "b=caf\u{e9}"),
        ("X-Own", "1"),
        ("X-Own", "2"),
        ("X_Own", "3"),
        ("Content-Type", "text/plain"),
    ];
    let paths = [
        String::from("/"),
        "/b".into(),
        "/caf\u{e9}".into(),
        "/".repeat(9_000),
    ];
    let texts = (
        prop::sample::select(vec!["GET", "POST", "BREW"]),
        prop::sample::select(vec!["", "/app"]),
        prop::sample::select(paths.to_vec()),
        prop::sample::select(vec!["", "q=1"]),
        prop::sample::select(vec!["", "/", "/b?q=1"]),
    );
    let connection = (
        prop::option::of(prop::sample::select(vec![[10, 0, 0, 1], [10, 0, 0, 2]])),
        prop::option::of(40_000..40_002u16),
        prop::sample::select(vec!["http", "http", "http", "https"]),
        any::<bool>(),
    );
    let fields = prop::sample::subsequence(fields.to_vec(), 0..4);
    (texts, connection, fields, any::<bool>()).prop_map(|(texts, connection, fields, old)| {
        let mut environ = Environ::new();
        environ.set_method(http::Method::from_bytes(texts.0.as_bytes()).unwrap());
        environ.set_script_name(texts.1);
        environ.set_path_info(texts.2);
        environ.set_query_string(texts.3);
        environ.set_target(texts.4);
        if old {
            environ.set_version(http::Version::HTTP_10);
        }
        environ.connection_mut().remote_addr = connection.0.map(IpAddr::from);
        environ.connection_mut().remote_port = connection.1;
        environ.connection_mut().url_scheme = connection.2.into();
        environ.connection_mut().client = connection.3.then(|| Client::new(Arc::new(There)));
        for (name, value) in fields {
            environ.headers_mut().try_append(name, value).unwrap();
        }
        environ
    })
}

/// All but the input and the error stream, and of callables where they lie: those differ by template.
fn shown(dict: &Bound<'_, PyDict>) -> Vec<(String, String)> {
    let items = dict
        .iter()
        .map(|(key, value)| (key.to_string(), value.repr().unwrap().to_string()))
        .map(|(key, value)| match value.split_once(" object at ") {
            Some((method, _)) if method.starts_with("<built-in method") => (key, method.into()),
            _ => (key, value),
        });
    items
        .filter(|(key, _)| !matches!(key.as_str(), "wsgi.input" | "wsgi.errors"))
        .collect()
}

proptest! {
    #[test]
    fn a_dict_is_the_same_whatever_requests_came_before(requests in prop::collection::vec((request(), 1..4), 1..8)) {
        crate::python::interpreter::initialize().unwrap();
        Python::attach(|py| {
            let mut template = Template::new(py, &Connection::default()).unwrap();
            for (environ, times) in &requests {
                let mut plain = Template::new(py, environ.connection()).unwrap();
                let plain = plain.fill_next(py, environ).unwrap();
                for _ in 0..*times {
                    let filled = template.fill_next(py, environ).unwrap();
                    assert_eq!(shown(&filled.dict), shown(&plain.dict));
                    let item = |key| filled.dict.get_item(key).unwrap().unwrap();
                    assert!(item("PATH_INFO").is(&filled.path_info));
                    assert!(item("SCRIPT_NAME").is(&filled.script_name));
                    let callables = filled.callables;
                    assert!(item("wsgi.early_hints").is(&callables.early_hints));
                    if environ.connection().client.is_some() {
                        let check = &callables.client_disconnected;
                        assert!(item("wsgi_rs.client_disconnected").is(check));
                        assert!(item("waitress.client_disconnected").is(check));
                    }
                    if *times == 3 {
                        drop((filled.script_name, filled.path_info));
                        TEMPLATE.set(Some(Box::new(template)));
                        Template::give_back(callables.end(), Some(filled.dict));
                        template = *TEMPLATE.take().unwrap();
                        continue;
                    }
                    if *times == 2 {
                        template.callables = callables.end();
                    }
                    // What an application does to its dict, no other sees.
                    filled.dict.clear();
                    filled.dict.set_item("of the application", 1).unwrap();
                }
            }
        });
    }
}

/// Whether the next request gets the dict of one whose application did `work`, seen between the requests by `look`.
fn is_reused<K>(
    work: impl FnOnce(&Bound<'_, PyDict>) -> K,
    look: impl FnOnce(&Bound<'_, PyDict>),
) -> bool {
    crate::python::interpreter::initialize().unwrap();
    let mut environ = Environ::new();
    Python::attach(|py| {
        TEMPLATE.take();
        environ.connection_mut().remote_port = Some(40_000);
        for _ in 0..3 {
            Template::fill(py, &environ).unwrap();
        }
        let filled = Template::fill(py, &environ).unwrap();
        let (dict, callables) = (filled.dict, filled.callables);
        let (address, kept) = (dict.as_ptr(), work(&dict));
        Template::give_back(callables.end(), Some(dict));
        let back = TEMPLATE.take().unwrap();
        if let Some(back) = &back.back {
            look(back.bind(py));
        }
        TEMPLATE.set(Some(back));
        // Lest another dict come to lie where the first one was.
        let _others = [(); 64].map(|()| PyDict::new(py));
        environ.connection_mut().remote_port = Some(40_001);
        let next = Template::fill(py, &environ).unwrap().dict;
        let mut plain = Template::new(py, environ.connection()).unwrap();
        let plain = plain.fill_next(py, &environ).unwrap().dict;
        assert_eq!(shown(&next), shown(&plain));
        drop(kept);
        next.as_ptr() == address
    })
}

#[test]
fn a_dict_that_nobody_kept_or_changed_serves_the_next_request() {
    let versions = cfg!(not(any(Py_3_12, Py_GIL_DISABLED)));
    assert_eq!(is_reused(|_| (), |_| ()), versions);
}

#[test]
fn one_that_was_kept_or_changed_does_not() {
    assert!(!is_reused(|dict| dict.clone().unbind(), |_| ()));
    let changes: [&std::ffi::CStr; 8] = [
        c"environ['own'] = 1",
        c"environ['PATH_INFO'] = '/other'",
        c"environ['PATH_INFO'] = environ.pop('PATH_INFO')",
        c"environ.setdefault('own', 1)",
        c"environ.update(own=1)",
        c"environ.popitem()",
        c"del environ['SERVER_NAME']",
        c"environ.clear()",
    ];
    for change in changes {
        let run = |dict: &Bound<'_, PyDict>| {
            let locals = PyDict::new(dict.py());
            locals.set_item("environ", dict).unwrap();
            dict.py().run(change, None, Some(&locals)).unwrap();
        };
        assert!(!is_reused(run, |_| ()), "{change:?}");
        // By chance a new dict may lie where this one was; what stands in it is compared.
        is_reused(|_| (), run);
    }
    let mut kept = None;
    assert!(!is_reused(
        |_| (),
        |dict| kept = Some(dict.clone().unbind())
    ));
}

#[test]
fn a_request_that_comes_again_shares_its_strings_and_a_huge_one_is_not_kept() {
    crate::python::interpreter::initialize().unwrap();
    let mut environ = Environ::new();
    environ.set_path_info("/path");
    environ.headers_mut().try_append("X-Own", "value").unwrap();
    Python::attach(|py| {
        let mut template = Template::new(py, environ.connection()).unwrap();
        let mut get = |environ: &Environ, key| {
            let dict = template.fill_next(py, environ).unwrap().dict;
            dict.get_item(key).unwrap().unwrap()
        };
        get(&environ, "HTTP_X_OWN");
        let (value, path) = (get(&environ, "HTTP_X_OWN"), get(&environ, "PATH_INFO"));
        assert!(value.is(get(&environ, "HTTP_X_OWN")));
        environ.set_query_string("other");
        assert!(value.is(get(&environ, "HTTP_X_OWN")) && path.is(get(&environ, "PATH_INFO")));
        environ.set_query_string("q".repeat(LARGEST_REMEMBERED));
        let huge = get(&environ, "QUERY_STRING");
        assert_eq!(huge.len().unwrap(), LARGEST_REMEMBERED);
        assert!(!huge.is(get(&environ, "QUERY_STRING")));
        assert_eq!(template.last.query_string.bytes, b"other");
    });
}

/// Whether the next request gets the callables of one whose application kept what `keep` picks of its dict.
fn callables_are_reused<K>(keep: impl FnOnce(&Bound<'_, PyDict>) -> K) -> bool {
    crate::python::interpreter::initialize().unwrap();
    let mut environ = Environ::new();
    environ.connection_mut().client = Some(Client::new(Arc::new(There)));
    Python::attach(|py| {
        TEMPLATE.take();
        let request = |keep: &mut dyn FnMut(&Bound<'_, PyDict>)| {
            let filled = Template::fill(py, &environ).unwrap();
            keep(&filled.dict);
            let response = filled.callables.response.clone_ref(py).into_any();
            Template::give_back(filled.callables.end(), Some(filled.dict));
            response.as_ptr()
        };
        for _ in 0..3 {
            request(&mut |_| ());
        }
        let (mut keep, mut kept) = (Some(keep), None);
        let used = request(&mut |dict| kept = keep.take().map(|keep| keep(dict)));
        // Lest another object come to lie where this one was.
        let _others = [(); 64].map(|()| Callables::new(py).unwrap());
        request(&mut |_| ()) == used
    })
}

#[test]
fn callables_that_nobody_has_kept_serve_the_next_request_and_others_do_not() {
    assert_eq!(callables_are_reused(|_| ()), cfg!(not(Py_GIL_DISABLED)));
    assert!(!callables_are_reused(|dict| dict.clone().unbind()));
    assert!(!callables_are_reused(|dict| dict.copy().unwrap().unbind()));
    for key in ["wsgi.early_hints", "wsgi_rs.client_disconnected"] {
        let object = |dict: &Bound<'_, PyDict>| dict.get_item(key).unwrap().unwrap().unbind();
        assert!(!callables_are_reused(object), "{key}");
        let of_object = |dict: &Bound<'_, PyDict>| {
            let method = dict.get_item(key).unwrap().unwrap();
            method.getattr("__self__").unwrap().unbind()
        };
        assert!(!callables_are_reused(of_object), "{key}");
    }
}
