//! Applications that return nonsense: a 500 where nothing sensible can be made of it, and never harm.

use super::{Base, MODES, get_request, others_are_answered, serve};

#[test]
fn nonsense_is_a_500_and_the_connection_goes_on() {
    for options in MODES {
        let mut server = serve("nonsense.py", options);
        let (base, mut known) = (Base::of(&server), server.connect());
        let cases = server.get("/cases").json();
        let kinds = cases["refused"].as_object().expect("an object");
        for (kind, count) in kinds {
            for number in 0..count.as_u64().expect("a number") {
                let target = format!("/{kind}/{number}");
                let response = known.request(&get_request(&target));
                assert!(response.is_complete, "{target}");
                assert_eq!(response.status, 500, "{target}: {response:?}");
                server.wait_for_line(&format!("error in GET {target:?}"));
            }
            others_are_answered(&server, &mut known, "/others");
        }
        drop(known);
        base.is_back(&server, 16);
    }
}

#[test]
fn what_is_only_odd_is_answered_whole() {
    for options in MODES {
        let server = serve("nonsense.py", options);
        let (base, mut known) = (Base::of(&server), server.connect());
        let cases = server.get("/cases").json();
        for name in cases["borne"].as_array().expect("an array") {
            let name = name.as_str().expect("text").replace(' ', "%20");
            let expected = server.get(&format!("/expected/{name}")).body;
            let response = known.request(&get_request(&format!("/borne/{name}")));
            assert!(response.status == 200 || response.status == 799, "{name}");
            assert!(response.is_complete && response.body == expected, "{name}");
        }
        others_are_answered(&server, &mut known, "/others");
        drop(known);
        base.is_back(&server, 16);
    }
}
