//! The bridge: environ → dict → Python application → response.
//!
//! No public function makes the dict alone. The stages named `dict` call an application that looks at nothing, after
//! requests of no field, three and eight: their differences are what fields cost in the dict.

use wsgi_core::testing::Recorder;
use wsgi_core::{Application, Environ};

use crate::{Exchange, Stage, python};

use super::{EIGHT_FIELDS, THREE_FIELDS};

/// HTTP/1.0, which alone may do without `Host`.
const NO_FIELD: &[u8] = b"GET / HTTP/1.0\r\n\r\n";

pub(super) fn stages() -> Vec<Stage> {
    let dict = |name, request: &'static [u8]| {
        let (mut exchange, app) = (Exchange::new(), python::application("hello"));
        exchange.parse(request);
        Stage::new(name, move || call(&app, exchange.environ())).in_python()
    };
    let whole = |name, app: &str, request: &'static [u8]| {
        let (mut exchange, app) = (Exchange::new(), python::application(app));
        Stage::new(name, move || exchange.serve(&app, request).len()).in_python()
    };
    vec![
        dict("dict/no field", NO_FIELD),
        dict("dict/3 fields", THREE_FIELDS),
        dict("dict/8 fields", EIGHT_FIELDS),
        whole("call/Python hello, 3 fields", "hello", THREE_FIELDS),
        whole("call/Python hello, 8 fields", "hello", EIGHT_FIELDS),
        whole("call/Python with 10 headers", "fields", EIGHT_FIELDS),
        whole("call/Python generator", "blocks", THREE_FIELDS),
    ]
}

/// Calls the application and takes its one block.
fn call(app: &dyn Application, environ: &mut Environ) -> usize {
    let mut recorder = Recorder::default();
    let mut body = app.call(environ, &mut recorder).expect("it succeeds");
    let block = body.next_block().expect("it succeeds");
    block.map_or(0, <[u8]>::len)
}
