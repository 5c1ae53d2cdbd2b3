//! Which route has answered: what logs and metrics group requests by.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Environ, keep};

/// The pattern that matched, in pieces, so that noting it copies no text.
#[derive(Clone, Debug, Default)]
pub(super) struct MatchedRoute {
    /// Outermost first.
    mounts: Vec<Arc<str>>,
    route: Option<Arc<str>>,
}

impl MatchedRoute {
    /// Forgets the pieces, keeps the memory.
    pub(super) fn clear(&mut self) {
        self.mounts.clear();
        self.route = None;
    }
}

/// The route that matched.
impl Environ {
    /// The pattern of the route that answered, such as `/users/<int:id>`; `None` if no router has found one.
    ///
    /// Routers note it while they dispatch; the layers around them find it after the call. Unlike paths, patterns are
    /// few, as the labels of metrics and the names of spans have to be. The prefixes of mounts come first, and a mount
    /// of something other than a router ends in `/*`.
    ///
    /// # Examples
    /// ```
    /// use wsgi_core::Environ;
    ///
    /// let mut environ = Environ::new();
    /// assert_eq!(environ.route(), None);
    /// environ.enter_mount("/blog".into());
    /// assert_eq!(environ.route().as_deref(), Some("/blog/*"));
    /// environ.set_route("/<slug>".into());
    /// assert_eq!(environ.route().as_deref(), Some("/blog/<slug>"));
    /// ```
    pub fn route(&self) -> Option<Cow<'_, str>> {
        let MatchedRoute { mounts, route } = &self.route;
        match (mounts.as_slice(), route) {
            ([], None) => None,
            ([], Some(route)) => Some(Cow::Borrowed(route)),
            (mounts, route) => {
                let below = route.as_deref().unwrap_or("/*");
                Some(Cow::Owned([&*mounts.concat(), below].concat()))
            }
        }
    }

    /// Notes the pattern of the route that is about to answer; for routers. An inner router's replaces it.
    pub fn set_route(&mut self, pattern: Arc<str>) {
        keep!(self, route);
        self.route.route = Some(pattern);
    }

    /// Notes that the request goes on below a prefix, such as `/blog` or `/t/<tenant>`; for routers.
    pub fn enter_mount(&mut self, prefix: Arc<str>) {
        keep!(self, route);
        self.route.route = None;
        self.route.mounts.push(prefix);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_that_of_one_request() {
        let mut environ = Environ::new();
        environ.set_route("/<tenant>".into());
        environ.enter_mount("/a".into());
        environ.enter_mount("/<b>".into());
        assert_eq!(environ.route().as_deref(), Some("/a/<b>/*"));
        environ.set_route("/".into());
        assert_eq!(environ.route().as_deref(), Some("/a/<b>/"));
        environ.reset();
        assert_eq!(environ.route(), None);
    }
}
