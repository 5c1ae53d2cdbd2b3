//! Routes as few as labels have to be.

use std::borrow::Cow;

use wsgi_core::{Environ, environ};

/// How long a route may be that a framework tells, in bytes.
const LONGEST: usize = 256;

/// The route that answered, if it is known: that of our routers, else what a framework has put into
/// [`ROUTE`](environ::ROUTE). The path never stands in for it, as clients choose that.
pub(crate) fn route_of(environ: &Environ) -> Option<Cow<'_, str>> {
    if let Some(route) = environ.route() {
        return Some(route);
    }
    let told = environ.var(environ::ROUTE)?;
    if told.is_empty() || told.len() > LONGEST {
        return None;
    }
    Some(match told {
        Cow::Borrowed(told) => String::from_utf8_lossy(told),
        Cow::Owned(told) => String::from_utf8_lossy(&told).into_owned().into(),
    })
}
