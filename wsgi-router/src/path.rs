//! Typed parameters: [`Path`], and what is checked about it when a router is built.

mod check;
mod deserializer;
mod endpoint;
mod error;
mod failure;
mod handler;
mod rejection;
mod serializer;
mod signature;
mod typed_route;
mod url;
mod url_error;
mod wanted;

use http::Extensions;
use serde::de::DeserializeOwned;
use wsgi_core::RoutingArgs;

pub(crate) use check::Expectation;
pub use endpoint::Endpoint;
pub use error::PathError;
pub use handler::{PathHandler, path_handler};
pub use rejection::PathRejection;
pub(crate) use signature::Signature;
pub use typed_route::{TypedRoute, TypedRouteError};
pub use url::{RouteUrl, UrlRoot};
pub use url_error::UrlError;

/// The parameters of the route that matched, as a type of one's own.
///
/// | `T` | is made of |
/// |---|---|
/// | `(u32, String)`, a tuple struct | all parameters, in the order of the route |
/// | a struct with named fields | the parameters of these names; an `Option` or a default where there is none |
/// | `u32`, `String`, an enum, … | the only parameter |
/// | `HashMap<String, T>`, `Vec<(String, T)>`, `Vec<T>` | all parameters, with or without their names |
/// | `()` | no parameter |
///
/// A parameter can be a whole number (from `int`), a floating-point number (from `float` or `int`), a `bool` (from
/// `any(true, false)`), a `char`, the variant of an enum (from `any(…)`), text, bytes (from whatever came, UTF-8 or not),
/// and whatever is made of text: a UUID, a date, an address, a newtype with its own validation. Where a router is mounted
/// in another, the parameters are those of the innermost route; outer ones are found in [`Params`](crate::Params). A
/// prefix that routes are [nested](crate::RouterBuilder::nest) below is part of each of them. Nothing is
/// allocated but what `T` itself owns.
///
/// As the argument of a [`path_handler`](crate::path_handler) it is checked against the route when the router is built:
///
/// ```
/// use serde::Deserialize;
/// use wsgi_router::{Path, Router, get, path_handler};
///
/// #[derive(Deserialize)]
/// struct Entry { year: u16, slug: String }
///
/// let entry = path_handler(|Path(Entry { year, slug }): Path<Entry>, _| format!("{slug} of {year}\n"));
/// let router = Router::builder().route("/<int:year>/<slug>", get(entry)).build()?;
/// assert_eq!(wsgi_core::testing::get(&router, "/2024/hello").text(), "hello of 2024\n");
///
/// let mistaken = Router::builder().route("/<year>/<slug>", get(entry)).build();
/// assert_eq!(
///     mistaken.expect_err("a year is a number").to_string(),
///     r#"route "/<year>/<slug>": <year> is text, but Entry takes a u16 there; write <int:year>, or take a String"#,
/// );
/// # Ok::<(), wsgi_router::RouterError>(())
/// ```
///
/// Numbers that the converter allows and the type does not hold (`u16` for 70000) are no error of the route, but
/// `404 Not Found`: [`PathRejection`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned> Path<T> {
    /// The parameters of this request. For applications that are no [`path_handler`](crate::path_handler);
    /// [`Endpoint::expecting`] has the type checked for these.
    ///
    /// # Errors
    /// [`PathRejection`] when a value is refused, or when type and route do not fit.
    pub fn of(extensions: &Extensions) -> Result<Self, PathRejection> {
        static NONE: RoutingArgs = RoutingArgs::new();
        let args = extensions.get().unwrap_or(&NONE);
        deserializer::read(args.own())
            .map(Self)
            .map_err(PathRejection)
    }
}
