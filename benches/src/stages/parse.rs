//! Bytes → environ.

use crate::{Exchange, Stage};

use super::{EIGHT_FIELDS, THREE_FIELDS};

pub(super) fn stages() -> Vec<Stage> {
    let parse = |name, request: &'static [u8]| {
        let mut exchange = Exchange::new();
        Stage::new(name, move || exchange.parse(request))
    };
    vec![
        parse("parse/3 fields", THREE_FIELDS),
        parse("parse/8 fields", EIGHT_FIELDS),
    ]
}
