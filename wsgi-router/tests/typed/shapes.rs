//! What parameters can be made of.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::net::IpAddr;
use std::num::NonZeroU8;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use wsgi_router::Rule;

use crate::{Entry, Language, Order, ask, showing};

/// The value that the path gives, by its debug text.
fn made<T: DeserializeOwned + Debug + 'static>(route: impl Into<Rule>, path: &str) -> String {
    let router = showing::<T>(route).expect(path);
    let (status, text) = ask(&router, path);
    assert_eq!(status, 200, "{path}: {text}");
    text
}

#[test]
fn tuples_take_the_parameters_in_order() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "it is shown")]
    struct Two(u16, String);
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "it is shown")]
    struct Wrapped(Two);
    assert_eq!(
        made::<(u16, String)>("/<int:year>/<slug>", "/2024/a%2Fb"),
        r#"(2024, "a/b")"#
    );
    assert_eq!(made::<(String,)>("/{a}", "/x"), r#"("x",)"#);
    assert_eq!(
        made::<Two>("/<int:year>/<slug>", "/2024/x"),
        r#"Two(2024, "x")"#
    );
    assert_eq!(
        made::<Wrapped>("/<int:year>/<slug>", "/2024/x"),
        r#"Wrapped(Two(2024, "x"))"#
    );
    assert_eq!(
        made::<[u8; 3]>("/<int:a>/<int:b>.<int:c>", "/1/2.3"),
        "[1, 2, 3]"
    );
    assert_eq!(made::<()>("/", "/"), "()");
}

#[test]
fn structs_take_the_parameters_by_name() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "it is shown")]
    struct Page {
        #[serde(rename = "type")]
        kind: String,
        page: Option<u32>,
        #[serde(default)]
        size: u8,
    }
    assert_eq!(
        made::<Entry>("/<slug>/<int:year>", "/x/2024"),
        r#"Entry { year: 2024, slug: "x" }"#
    );
    let shown = |page: &str, size| format!(r#"Page {{ kind: "a", page: {page}, size: {size} }}"#);
    assert_eq!(made::<Page>("/<type>", "/a"), shown("None", 0));
    assert_eq!(
        made::<Page>("/<type>/<int:page>/<int:size>", "/a/2/9"),
        shown("Some(2)", 9)
    );
    assert_eq!(
        made::<Page>(Rule::new("/<type>").default("page", 1), "/a"),
        shown("Some(1)", 0)
    );
    // A struct need not have them all.
    assert_eq!(
        made::<Entry>("/<slug>/<int:year>/<more>", "/x/1/2"),
        r#"Entry { year: 1, slug: "x" }"#
    );
}

#[test]
fn one_parameter_can_be_a_value_by_itself() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "it is shown")]
    struct UserId(u32);
    assert_eq!(made::<u32>("/<int:a>", "/7"), "7");
    assert_eq!(made::<UserId>("/<int:a>", "/7"), "UserId(7)");
    assert_eq!(
        made::<(UserId, UserId)>("/<int:a>/<int:b>", "/7/8"),
        "(UserId(7), UserId(8))"
    );
    assert_eq!(made::<String>("/<path:a>", "/x/y%2Fz"), r#""x/y/z""#);
    assert_eq!(made::<Order>("/<any(asc, desc):a>", "/desc"), "Desc");
    assert_eq!(made::<Language>("/<a>", "/fr"), r#"Language("fr")"#);
    assert_eq!(made::<Option<u8>>("/<int:a>", "/7"), "Some(7)");
    assert_eq!(made::<Option<u8>>("/", "/"), "None");
}

#[test]
fn scalars_of_all_types_are_read() {
    assert_eq!(
        made::<(i8, i64)>("/<int(signed=True):a>/<int:b>", "/-128/9223372036854775807"),
        "(-128, 9223372036854775807)"
    );
    assert_eq!(
        made::<u128>("/<int:a>", &format!("/{}", u128::MAX)),
        u128::MAX.to_string()
    );
    assert_eq!(
        made::<i128>("/<int(signed=True):a>", &format!("/{}", i128::MIN)),
        i128::MIN.to_string()
    );
    assert_eq!(
        made::<u8>(
            "/<int:a>",
            "/0000000000000000000000000000000000000000000000007"
        ),
        "7"
    );
    assert_eq!(made::<u8>("/<int(signed=True):a>", "/-0"), "0");
    // Digits of any script, as `int` matches them.
    assert_eq!(made::<u8>("/<int:a>", "/%D9%A3%D9%A1"), "31");
    assert_eq!(made::<f64>("/<float:a>", "/1.50"), "1.5");
    assert_eq!(made::<f64>("/<int:a>", "/7"), "7.0");
    assert_eq!(made::<f32>("/<float(signed=True):a>", "/-0.1"), "-0.1");
    assert_eq!(made::<bool>("/<any(true, false):a>", "/true"), "true");
    assert_eq!(
        made::<bool>(Rule::new("/").default("a", false), "/"),
        "false"
    );
    assert_eq!(made::<char>("/<a>", "/%C3%A9"), "'\u{e9}'");
    assert_eq!(made::<NonZeroU8>("/<int:a>", "/7"), "7");
    assert_eq!(made::<IpAddr>("/<a>", "/127.0.0.1"), "127.0.0.1");
    assert_eq!(made::<PathBuf>("/<path:a>", "/a/b"), r#""a/b""#);
    assert_eq!(made::<Cow<'static, str>>("/<a>", "/x"), r#""x""#);
    assert_eq!(
        made::<String>("/<uuid:a>", "/6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
        r#""6ba7b810-9dad-11d1-80b4-00c04fd430c8""#
    );
    assert_eq!(made::<String>("/<int:a>", "/007"), r#""007""#);
}

#[test]
fn maps_and_lists_take_whatever_there_is() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "it is shown")]
    struct Flat {
        a: u8,
        #[serde(flatten)]
        rest: BTreeMap<String, String>,
    }
    assert_eq!(
        made::<BTreeMap<String, String>>("/<int:a>/<b>", "/1/x"),
        r#"{"a": "1", "b": "x"}"#
    );
    assert_eq!(made::<HashMap<String, u8>>("/<int:a>", "/1"), r#"{"a": 1}"#);
    assert_eq!(
        made::<Vec<(String, String)>>("/<int:b>/<a>", "/1/x"),
        r#"[("b", "1"), ("a", "x")]"#
    );
    assert_eq!(made::<Vec<String>>("/<int:b>/<a>", "/1/x"), r#"["1", "x"]"#);
    assert_eq!(made::<Vec<u8>>("/<int:b>/<int:a>", "/1/2"), "[1, 2]");
    assert_eq!(made::<BTreeMap<String, String>>("/", "/"), "{}");
    assert_eq!(
        made::<Flat>("/<int:a>/<b>", "/1/x"),
        r#"Flat { a: 1, rest: {"b": "x"} }"#
    );
}
