//! The environ as the variables of CGI and WSGI.

use wsgi_core::environ::{HTTP_HOST, PATH_INFO, REQUEST_METHOD};

use crate::{Exchange, Stage};

use super::EIGHT_FIELDS;

pub(super) fn stages() -> Vec<Stage> {
    let parsed = || {
        let mut exchange = Exchange::new();
        exchange.parse(EIGHT_FIELDS);
        exchange
    };
    let (mut typed, mut field, mut every) = (parsed(), parsed(), parsed());
    vec![
        Stage::new("environ/two variables with typed fields", move || {
            let environ = typed.environ();
            [REQUEST_METHOD, PATH_INFO].map(|key| environ.var(key).map(|v| v.len()))
        }),
        Stage::new("environ/a header's variable", move || {
            field.environ().var(HTTP_HOST).map(|value| value.len())
        }),
        Stage::new("environ/every variable", move || {
            let variables = every.environ().vars();
            variables
                .into_iter()
                .map(|(_, value)| value.len())
                .sum::<usize>()
        }),
    ]
}
