//! Why a URL of a typed route could not be built.

use thiserror::Error;

use super::typed_route::TypedRouteError;

/// Why a URL of a [`TypedRoute`](crate::TypedRoute) could not be built.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum UrlError {
    /// The route itself is mistaken: one [`from_static`](crate::TypedRoute::from_static).
    #[error(transparent)]
    Route(#[from] TypedRouteError),
    /// The route does not take a value.
    #[error("route {route:?} cannot have this value for {parameter}: {reason}")]
    Value {
        /// The route.
        route: String,
        /// The parameter.
        parameter: String,
        /// Why not.
        reason: String,
    },
    /// The type gives a value that is no parameter of the route, and would be lost.
    #[error("route {route:?} has no parameter {name:?}, so the value would be lost")]
    Surplus {
        /// The route.
        route: String,
        /// The name of the value.
        name: String,
    },
    /// The values next to one another are read in another way, or not at all.
    #[error(
        "route {route:?} would not be found again at {path:?}; set its parameters apart by more than these values have"
    )]
    NotBack {
        /// The route.
        route: String,
        /// The path that it would have.
        path: String,
    },
    /// Clients take `.` and `..` away before they ask.
    ///
    /// RFC 3986 §5.2.4 "Remove Dot Segments"
    #[error(
        "route {route:?} would be at {path:?}, from which clients take the segments \".\" and \"..\" away"
    )]
    DotSegment {
        /// The route.
        route: String,
        /// The path that it would have.
        path: String,
    },
    /// The route names a subdomain, and the host that it is in front of is not known.
    #[error("route {route:?} is on a subdomain; say of which host by an adapter, `bound`")]
    Subdomain {
        /// The route.
        route: String,
    },
    /// The type's own `Serialize` gives what no parameter can be.
    #[error("{ty} cannot be written into a URL: {reason}")]
    Type {
        /// The type.
        ty: String,
        /// Why not.
        reason: String,
    },
}
