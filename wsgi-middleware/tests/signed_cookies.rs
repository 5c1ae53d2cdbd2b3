use std::time::{Duration, SystemTime};

use wsgi_core::testing::{EnvironBuilder, get, run};
use wsgi_core::{Application, Body, ExcInfo, Headers, Layer, StatusLine, application_fn, environ};
use wsgi_middleware::{SignedCookies, SignedCookiesError, SignedCookiesLayer};

const KEY: [u8; 32] = [1; 32];
const NOW: u64 = 0x6740_0000;

/// Sets these cookies, and answers those that it gets.
fn setting(cookies: &'static [&'static str]) -> impl Application {
    application_fn(move |environ, start_response| {
        let headers = cookies.iter().map(|cookie| ("set-COOKIE", *cookie));
        start_response.start(StatusLine::OK, headers)?;
        let field = environ
            .var("HTTP_COOKIE")
            .unwrap_or_else(|| b"(none)"[..].into());
        Ok(Body::from(field.into_owned()))
    })
}

fn at(seconds: u64) -> SignedCookiesLayer {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    SignedCookiesLayer::default().clock(move || time)
}

fn signing() -> SignedCookiesLayer {
    at(NOW).key(KEY).unwrap()
}

/// The `Set-Cookie` fields as they go out.
fn set(layer: &SignedCookiesLayer, cookies: &'static [&'static str]) -> Vec<String> {
    let answer = get(&layer.layer(setting(cookies)), "/");
    let fields = answer.headers.iter();
    fields
        .map(|(name, value)| {
            assert_eq!(name, "set-COOKIE");
            String::from_utf8(value.to_vec()).unwrap()
        })
        .collect()
}

/// The cookie as a client sends it back.
fn signed(layer: &SignedCookiesLayer, cookie: &'static [&'static str; 1]) -> String {
    let field = set(layer, cookie).remove(0);
    field.split(';').next().unwrap().trim().to_owned()
}

/// What the application sees of these fields.
fn seen(layer: &SignedCookiesLayer, fields: &[&str]) -> String {
    let mut request = EnvironBuilder::get("/");
    for field in fields {
        request = request.append_header("Cookie", field);
    }
    run(&layer.layer(setting(&[])), request.build())
        .unwrap()
        .text()
}

#[test]
fn what_was_set_comes_back_byte_for_byte() {
    for cookie in [
        &["theme=dark"],
        &["a="],
        &["a=b=c=="],
        &["a=\"quoted, b c\\054\""],
        &["a=x.y.z"],
        &["a=\""],
        &["a=\"\""],
        &["__Host-id=1"],
    ] {
        let text = signed(&signing(), cookie);
        assert_ne!(text, cookie[0]);
        assert_eq!(seen(&signing(), &[&text]), cookie[0]);
        // In the same quotes, if there are any.
        assert_eq!(
            text.ends_with('"'),
            cookie[0].len() > 3 && cookie[0].ends_with('"')
        );
    }
}

#[test]
fn the_attributes_stay_as_they_are() {
    let cookies = &[
        "a=1; Path=/; HttpOnly ;SameSite=Lax;Max-Age=60",
        " b = 2 ; expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "c=;Path=/a=b",
    ];
    let fields = set(&signing(), cookies);
    let tails = [
        "; Path=/; HttpOnly ;SameSite=Lax;Max-Age=60",
        " ; expires=Thu, 01 Jan 1970 00:00:00 GMT",
        ";Path=/a=b",
    ];
    for ((field, tail), head) in fields.iter().zip(tails).zip(["a=1.", " b = 2.", "c=."]) {
        let signature = field
            .strip_prefix(head)
            .unwrap()
            .strip_suffix(tail)
            .unwrap();
        assert_eq!(signature.len(), "67400000.".len() + 43, "{field}");
    }
}

#[test]
fn a_field_that_sets_nothing_is_left_alone() {
    let cookies = &["alone", "", "; Path=/"];
    assert_eq!(set(&signing(), cookies), *cookies);
}

#[test]
fn what_is_not_signed_is_as_if_it_had_not_been_sent() {
    let good = signed(&signing(), &["a=1"]);
    let renamed = good.replacen('a', "b", 1);
    let changed = good.replacen('1', "2", 1);
    let later = good.replacen("67400000", "67400001", 1);
    let (unsigned, _) = good.rsplit_once('.').unwrap();
    let upper = good.to_ascii_uppercase().replacen('A', "a", 1);
    for bad in [
        "a=1", "a=", "a", "=1", "a=..", &renamed, &changed, &later, unsigned, &upper,
    ] {
        assert_eq!(seen(&signing(), &[bad]), "(none)", "{bad}");
        let beside = format!("{bad}; {good};{bad}");
        assert_eq!(seen(&signing(), &[&beside]), "a=1", "{bad}");
    }
    assert_eq!(seen(&signing(), &[]), "(none)");
}

#[test]
fn all_fields_and_all_cookies_count() {
    let (a, b) = (signed(&signing(), &["a=1"]), signed(&signing(), &["b=2"]));
    assert_eq!(seen(&signing(), &[&a, &b]), "a=1; b=2");
    let both = format!("{b} ;; {a}; ");
    assert_eq!(seen(&signing(), &[&both]), "b=2; a=1");
}

#[test]
fn the_first_key_signs_and_all_verify() {
    let old = at(NOW).key([2; 32]).unwrap();
    let both = at(NOW).key(KEY).unwrap().key([2; 32]).unwrap();
    assert_eq!(seen(&both, &[&signed(&old, &["a=1"])]), "a=1");
    assert_eq!(seen(&signing(), &[&signed(&both, &["a=1"])]), "a=1");
    assert_eq!(seen(&old, &[&signed(&both, &["a=1"])]), "(none)");
}

#[test]
fn age_is_limited_when_asked_and_clocks_may_differ_a_little() {
    let cookie = signed(&signing(), &["a=1"]);
    for (time, wanted) in [
        (NOW, "a=1"),
        (NOW + 100, "a=1"),
        (NOW + 101, "(none)"),
        (NOW - 60, "a=1"),
        (NOW - 61, "(none)"),
        (0, "(none)"),
    ] {
        let layer = at(time).key(KEY).unwrap();
        assert_eq!(seen(&layer, &[&cookie]), "a=1", "{time}");
        let layer = layer.max_age(Duration::from_secs(100));
        assert_eq!(seen(&layer, &[&cookie]), wanted, "{time}");
    }
}

#[test]
fn those_that_are_not_chosen_pass_in_both_directions() {
    let chosen = signing().name("session").prefix("s-");
    let fields = set(
        &chosen,
        &["session=1", "s-a=2", "theme=dark; Path=/", "S-a=3"],
    );
    assert!(fields[0].starts_with("session=1.") && fields[1].starts_with("s-a=2."));
    assert_eq!(fields[2..], ["theme=dark; Path=/", "S-a=3"]);
    let sent = format!("theme=dark;session=forged; {}; other = 1 ;alone", fields[0]);
    assert_eq!(
        seen(&chosen, &[&sent]),
        "theme=dark; session=1; other = 1; alone"
    );
    assert_eq!(seen(&chosen, &["theme=dark;  x=1"]), "theme=dark;  x=1");
}

/// Rack decoded names (CVE-2020-8184); `http.cookies` ends a value at white space: a cookie of that name would have been
/// seen which nobody signed.
#[test]
fn a_chosen_name_cannot_be_hidden_from_the_layer() {
    let chosen = signing().name("session");
    for hiding in [
        "%73ession=forged",
        "a=b session=forged",
        "a=b\tsession=forged",
        "a=\"b; session=forged; c\"",
        "a=b,session=forged",
        "a=\"b\"session=forged",
        "session",
        "session =forged",
        "\u{a0}session=forged",
        "\u{2003}session=forged",
    ] {
        let shown = seen(&chosen, &[hiding, "theme=dark"]);
        assert!(
            !shown.contains("forged") && shown.contains("theme=dark"),
            "{shown}"
        );
    }
}

#[test]
fn without_a_key_nothing_comes_in_or_goes_out() {
    let layer = at(NOW);
    assert_eq!(seen(&layer, &[&signed(&signing(), &["a=1"])]), "(none)");
    let app = layer.layer(setting(&["a=1"]));
    let error = run(&app, EnvironBuilder::get("/").build()).unwrap_err();
    assert_eq!(error.to_string(), SignedCookiesError::NoKey.to_string());
    // Where no cookie is set, none has to be signed.
    assert_eq!(get(&at(NOW).layer(setting(&[])), "/").status.code(), 200);
}

#[test]
fn a_key_that_can_be_guessed_is_refused() {
    let short = SignedCookies::new(setting(&[]))
        .key("secret")
        .err()
        .unwrap();
    assert_eq!(short, SignedCookiesError::ShortKey { length: 6 });
    let shown = format!(
        "{:?}",
        signing()
            .key("a secret of more than 32 characters")
            .unwrap()
    );
    assert!(!shown.contains("secret of"), "{shown}");
}

#[test]
fn other_fields_keep_name_order_and_value() {
    let app = signing().layer(application_fn(|_, start_response| {
        let headers = [
            ("X-A", "1"),
            ("Set-Cookie", "a=1"),
            ("x-a", "Set-Cookie: b=2"),
        ];
        start_response.start(StatusLine::OK, headers)?;
        Ok(Body::empty())
    }));
    let answer = get(&app, "/");
    let fields: Vec<_> = answer.headers.iter().collect();
    assert_eq!(fields[0], ("X-A", &b"1"[..]));
    assert_eq!(fields[2], ("x-a", &b"Set-Cookie: b=2"[..]));
    assert!(fields[1].1.starts_with(b"a=1."));
}

#[test]
fn a_response_that_replaces_another_is_signed_too() {
    let app = signing().layer(application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("Set-Cookie", "a=1")])?;
        let headers = Headers::try_from_pairs([("Set-Cookie", "a=2")])?;
        let exc_info = Some(ExcInfo::new("trapped"));
        start_response.start_response(StatusLine::BAD_REQUEST, headers, exc_info)?;
        Ok(Body::empty())
    }));
    let cookie = get(&app, "/").header("Set-Cookie").unwrap().to_owned();
    assert!(cookie.starts_with("a=2."));
    assert_eq!(seen(&signing(), &[&cookie]), "a=2");
}

#[test]
fn the_environ_agrees_with_the_headers() {
    let app = signing().layer(application_fn(|environ, start_response| {
        assert_eq!(environ.headers().get("Cookie"), None);
        assert_eq!(environ.var("HTTP_COOKIE"), None);
        assert!(environ.var(environ::HTTP_HOST).is_some());
        start_response.start(StatusLine::OK, [("X-A", "1")])?;
        Ok(Body::empty())
    }));
    let request = EnvironBuilder::get("/").header("Cookie", "a=1").build();
    run(&app, request).unwrap();
}
