//! Whether the client is still there: asked by Python, and asked of an outer Python server.

use pyo3::prelude::*;

use super::attached::Attached;
use super::held::Held;
use crate::{Client, ClientStatus};

/// Whom a request's `client_disconnected` asks, for as long as there is a request.
pub(super) struct Watched(Attached<State>);

enum State {
    /// Nobody: the request is over, or has not begun.
    Over,
    /// While the application is being called.
    Call(Client),
    /// Until the application's iterable is closed.
    Body(Client),
}

impl Watched {
    pub(super) const fn new() -> Self {
        Self(Attached::new(State::Over))
    }

    pub(super) fn begin_call(&self, py: Python<'_>, client: Option<&Client>) {
        if let Some(client) = client {
            self.0.replace(py, State::Call(client.clone()));
        }
    }

    /// The call has returned; only an iterable may still ask.
    pub(super) fn end_call(&self, py: Python<'_>) {
        self.0.with(py, |state| {
            if let State::Call(_) = state {
                *state = State::Over;
            }
        });
    }

    /// The call returns an iterable.
    pub(super) fn begin_body(&self, py: Python<'_>) {
        self.0
            .with(py, |state| match std::mem::replace(state, State::Over) {
                State::Call(client) => *state = State::Body(client),
                other => *state = other,
            });
    }

    pub(super) fn end_body(&self, py: Python<'_>) {
        self.0.replace(py, State::Over);
    }

    /// Whether the client has left; true when the request is over.
    pub(super) fn is_disconnected(&self, py: Python<'_>) -> bool {
        // Taken out of the cell, for a client may be anything, Python included.
        let client = self.0.with(py, |state| match state {
            State::Over => None,
            State::Call(client) | State::Body(client) => Some(client.clone()),
        });
        client.is_none_or(|client| client.is_disconnected())
    }
}

/// The `client_disconnected` of an outer Python server.
struct OuterClient(Held<PyAny>);

/// The client as an outer Python server knows it.
pub(super) fn from_python(client_disconnected: Bound<'_, PyAny>) -> Client {
    Client::new(std::sync::Arc::new(OuterClient(Held::new(
        client_disconnected,
    ))))
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
