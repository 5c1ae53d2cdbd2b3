//! `SignedCookies` around an application of Python, and exported.

use wsgi_middleware::SignedCookies;

use crate::seeing::{app, both};

#[test]
fn the_application_sees_what_it_has_set_and_nothing_else() {
    let signed = || SignedCookies::new(app()).key([7; 32]).unwrap();
    both(signed, &[("Cookie", "seen=2")], |got| {
        assert_eq!(got.text, "- | - | - | - | - | - | -");
        let cookie = got.header("Set-Cookie").unwrap();
        assert!(cookie.starts_with("seen=1.") && cookie.ends_with("; Path=/"));
        let pair = cookie.strip_suffix("; Path=/").unwrap();
        let sent = format!("seen=2; {pair}; other=3");
        both(signed, &[("Cookie", &sent)], |got| {
            assert_eq!(got.text, "- | - | - | seen=1 | - | - | -");
        });
    });
}
