use wsgi_core::testing::get;
use wsgi_core::{Application, Body, ExcInfo, HeaderError, Headers, StatusLine, application_fn};
use wsgi_middleware::ResponseHeader;

fn app() -> impl Application {
    application_fn(|_, start_response| {
        let headers = [("X-A", "1"), ("X-B", "2"), ("x-a", "3")];
        start_response.start(StatusLine::OK, headers)?;
        Ok(Body::empty())
    })
}

fn fields(app: &impl Application) -> Vec<String> {
    let headers = get(app, "/").headers;
    let text = |(name, value): (&str, &[u8])| format!("{name}: {}", String::from_utf8_lossy(value));
    headers.iter().map(text).collect()
}

#[test]
fn each_change_does_what_its_name_says() {
    let changed = || ResponseHeader::new(app());
    assert_eq!(
        fields(&changed().set("X-A", "9").unwrap()),
        ["X-A: 9", "X-B: 2"]
    );
    assert_eq!(
        fields(&changed().set("X-C", "9").unwrap()),
        ["X-A: 1", "X-B: 2", "x-a: 3", "X-C: 9"]
    );
    assert_eq!(
        fields(&changed().append("X-A", "9").unwrap()),
        ["X-A: 1", "X-B: 2", "x-a: 3", "X-A: 9"]
    );
    assert_eq!(
        fields(&changed().set_if_missing("X-A", "9").unwrap()),
        ["X-A: 1", "X-B: 2", "x-a: 3"]
    );
    assert_eq!(
        fields(&changed().set_if_missing("X-C", "9").unwrap()),
        ["X-A: 1", "X-B: 2", "x-a: 3", "X-C: 9"]
    );
    assert_eq!(fields(&changed().remove("X-A").unwrap()), ["X-B: 2"]);
    assert_eq!(fields(&changed()).len(), 3);
}

#[test]
fn changes_are_made_in_their_order() {
    let app = ResponseHeader::new(app())
        .remove("X-A")
        .unwrap()
        .append("X-A", "4")
        .unwrap()
        .append("X-A", "5")
        .unwrap();
    assert_eq!(fields(&app), ["X-B: 2", "X-A: 4", "X-A: 5"]);
}

#[test]
fn a_response_that_replaces_another_is_changed_too() {
    let app = ResponseHeader::new(application_fn(|_, start_response| {
        start_response.start(StatusLine::OK, [("X-A", "1")])?;
        let exc_info = Some(ExcInfo::new("trapped"));
        start_response.start_response(StatusLine::BAD_REQUEST, Headers::new(), exc_info)?;
        Ok(Body::empty())
    }));
    assert_eq!(fields(&app.append("X-L", "1").unwrap()), ["X-L: 1"]);
}

#[test]
fn what_no_response_can_bear_is_refused_at_once() {
    let refused =
        |name: &str, value: &str| ResponseHeader::new(app()).set(name, value).err().unwrap();
    assert!(matches!(refused("X A", "1"), HeaderError::Name { .. }));
    assert!(matches!(refused("", "1"), HeaderError::EmptyName { .. }));
    assert!(matches!(
        refused("X-A", "1\r\nX-B: 2"),
        HeaderError::Value { .. }
    ));
    assert!(matches!(
        refused("Connection", "close"),
        HeaderError::HopByHop { .. }
    ));
    ResponseHeader::new(app()).remove("Connection").unwrap();
}
