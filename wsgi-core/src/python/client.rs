//! The client as an outer Python server knows it.

use std::sync::Arc;

use pyo3::prelude::*;

use super::held::Held;
use crate::{Client, ClientStatus};

/// The `client_disconnected` of an outer Python server.
struct OuterClient(Held<PyAny>);

/// The client, by an outer server's check.
pub(super) fn from_python(client_disconnected: Bound<'_, PyAny>) -> Client {
    Client::new(Arc::new(OuterClient(Held::new(client_disconnected))))
}

impl ClientStatus for OuterClient {
    /// A check that fails tells nothing, so the client counts as being there. The end of the interpreter is the end of
    /// all its requests.
    fn is_disconnected(&self) -> bool {
        Python::try_attach(|py| {
            let answer = self.0.bind(py).call0();
            answer
                .and_then(|answer| answer.is_truthy())
                .unwrap_or(false)
        })
        .unwrap_or(true)
    }
}
