//! Percent-encoding: every byte, there and back.

use http::Method;
use proptest::prelude::*;
use wsgi_core::Environ;

use crate::{Map, Rule, Value, Values};

fn map() -> Map {
    let rules = [
        Rule::new("/<v>").endpoint("one"),
        Rule::new("/p/<path:v>").endpoint("rest"),
    ];
    Map::builder().add(rules).build().unwrap()
}

/// The value of the parameter in this target.
fn value(map: &Map, target: &str) -> Option<String> {
    let adapter = map.bind("example.org");
    let found = adapter.match_target(target, &Method::GET).found()?;
    found.text("v").map(|text| text.into_owned())
}

fn url(map: &Map, endpoint: &str, value: &str) -> String {
    let values = Values::from([("v", value)]);
    let adapter = map.bind("example.org");
    adapter.build(endpoint, &values).url().unwrap()
}

/// RFC 3986 §2.1: each byte may be encoded, in digits of either case. What is not UTF-8 reads as U+FFFD, as in Werkzeug.
#[test]
fn every_byte_is_decoded_and_comes_back() {
    let map = map();
    for byte in 0..=u8::MAX {
        let expected = match byte.is_ascii() {
            true => char::from(byte),
            false => char::REPLACEMENT_CHARACTER,
        };
        let expected = expected.to_string();
        for target in [format!("/%{byte:02x}"), format!("/%{byte:02X}")] {
            assert_eq!(value(&map, &target).as_ref(), Some(&expected), "{target}");
        }
        let built = url(&map, "one", &expected);
        assert_eq!(value(&map, &built).as_ref(), Some(&expected), "{built}");
        assert!(built.is_ascii() && !built.contains(char::is_whitespace));
    }
}

#[test]
fn what_means_something_elsewhere_means_itself_in_a_path() {
    let map = map();
    #[rustfmt::skip]
    let cases = [
        // In the target, its value, and as it is built again.
        ("/a+b", "a+b", "/a+b"), ("/a%2Bb", "a+b", "/a+b"), ("/a;b=c", "a;b=c", "/a;b=c"), ("/a%3Bb", "a;b", "/a;b"),
        ("/a%25b", "a%b", "/a%25b"), ("/a%252Fb", "a%2Fb", "/a%252Fb"), ("/a%0ab", "a\nb", "/a%0Ab"),
        ("/a%00b", "a\0b", "/a%00b"), ("/a%3Fb%23c", "a?b#c", "/a%3Fb%23c"), ("/a%2Fb", "a/b", "/a%2Fb"),
        ("/a%20b", "a b", "/a%20b"), ("/a:b@c", "a:b@c", "/a:b@c"), ("/%2e%2e", "..", "/.."),
        // What is no encoding stands for itself.
        ("/%zz", "%zz", "/%25zz"), ("/%2", "%2", "/%252"), ("/%", "%", "/%25"), ("/%%20", "% ", "/%25%20"),
    ];
    for (target, text, built) in cases {
        assert_eq!(value(&map, target).as_deref(), Some(text), "{target}");
        assert_eq!(url(&map, "one", text), built);
        assert_eq!(value(&map, built).as_deref(), Some(text), "{built}");
    }
    assert_eq!(value(&map, "/p/a%2Fb/c").as_deref(), Some("a/b/c"));
    assert_eq!(url(&map, "rest", "a/b/c d"), "/p/a/b/c%20d");
}

/// UAX #15: composed and decomposed characters look alike, and are two texts nevertheless.
#[test]
fn normalization_forms_are_left_as_they_are() {
    let rule = Rule::new("/caf\u{e9}/<v>").endpoint("e");
    let map = Map::builder().add(rule).build().unwrap();
    for (sent, text) in [("%C3%A9", "\u{e9}"), ("e%CC%81", "e\u{301}")] {
        let target = format!("/caf%C3%A9/{sent}");
        assert_eq!(value(&map, &target).as_deref(), Some(text));
        assert_eq!(url(&map, "e", text), target);
        assert_eq!(value(&map, &format!("/cafe%CC%81/{sent}")), None);
    }
}

#[test]
fn a_path_that_is_no_utf_8_is_matched_with_replacements() {
    let map = map();
    let mut environ = Environ::new();
    environ.set_path_info(b"/a\xff\xc3");
    let adapter = map.bind_environ(&environ).unwrap();
    let found = adapter.match_request().found().unwrap();
    let text = Value::from("a\u{fffd}\u{fffd}");
    assert_eq!(found.values().get("v"), Some(&text));
    assert_eq!(
        value(&map, "/%ed%a0%80").as_deref(),
        Some("\u{fffd}\u{fffd}\u{fffd}"),
        "a surrogate"
    );
}

proptest! {
    #[test]
    fn every_text_comes_back(text in any::<String>().prop_filter("no text", |text| !text.is_empty())) {
        let map = map();
        let built = url(&map, "one", &text);
        // What stands for an encoded slash is a noncharacter, which is none in a text with slashes.
        let expected = match text.contains('/') {
            true => text.replace('\u{fdd0}', "\u{fffd}"),
            false => text,
        };
        prop_assert_eq!(value(&map, &built), Some(expected), "{}", built);
    }
}
