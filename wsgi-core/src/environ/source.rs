//! Where an environ reads from when it did not come from a server of ours: a Python dict.

use crate::{Client, ErrorStream, Headers, Input};

/// The dict behind an environ. Reads and writes go through to it, so that outer and inner Python layers
/// see one and the same object.
#[cfg_attr(
    not(feature = "python"),
    allow(dead_code, reason = "only the bridge has sources")
)]
pub(crate) trait Source: Send + std::fmt::Debug {
    /// A variable whose value is a string.
    fn var(&self, key: &str) -> Option<Vec<u8>>;
    /// Sets a variable to a string.
    fn set_var(&mut self, key: &str, value: &[u8]);
    /// Removes a variable.
    fn remove_var(&mut self, key: &str);
    /// All variables whose values are strings.
    fn vars(&self) -> Vec<(String, Vec<u8>)>;
    /// The `HTTP_` variables, `CONTENT_TYPE` and `CONTENT_LENGTH` as header fields.
    fn headers(&self) -> Headers;
    /// `wsgi.input`.
    fn input(&mut self) -> Input;
    /// `wsgi.errors`.
    fn errors(&mut self) -> ErrorStream;
    /// `wsgi_rs.client_disconnected`, or what another server has for it.
    fn client(&self) -> Option<Client>;
    /// All that is in it, for `restore`.
    fn snapshot(&self) -> Box<dyn std::any::Any + Send>;
    /// Makes it what it was then.
    fn restore(&mut self, saved: &dyn std::any::Any);
    /// For the bridge, to find its dict again.
    fn as_any(&self) -> &dyn std::any::Any;
}
