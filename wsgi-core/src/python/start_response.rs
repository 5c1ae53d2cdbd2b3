//! The `start_response` that a Python application is given, its `write`, and the callables of its environ.

use pyo3::exceptions::{PyAssertionError, PyRuntimeError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTraceback, PyTuple};

use super::attached::Attached;
use super::exception::to_py_err;
use super::header_list;
use super::lent::{Lent, Unreachable};
use super::text::type_name;
use crate::{ApplicationError, Client, Headers, StartResponse, StatusLine};

/// What the callables of one request share, and have as methods: `start_response` and `write`, and of the environ
/// `wsgi.early_hints` and `wsgi_rs.client_disconnected`.
///
/// The application gets them as bound methods, which CPython calls without packing the arguments into a tuple.
#[pyclass(frozen, module = "wsgi_rs", name = "Response")]
pub(super) struct PyResponse {
    lent: Lent,
    request: Attached<Request>,
}

/// What there is of a request.
struct Request {
    state: State,
    /// The bound method, where it was made beforehand.
    write: Option<Py<PyAny>>,
    /// While the application's iterable is open: whoever has that may ask for the client.
    client: Option<Client>,
}

#[derive(Default)]
enum State {
    /// Not called yet.
    #[default]
    Waiting,
    /// Called, and refused: PEP 3333 lets only an error handler, with `exc_info`, call it again.
    Refused,
    /// Called; nothing has gone out, so that `exc_info` may still replace it.
    Stored(StatusLine, Headers),
    /// The server has it, and the first block.
    Sent,
}

impl PyResponse {
    pub(super) const fn new() -> Self {
        Self {
            lent: Lent::new(),
            request: Attached::new(Request {
                state: State::Waiting,
                write: None,
                client: None,
            }),
        }
    }

    /// Makes it ready for a request, with the `write` that it has to give.
    pub(super) fn begin(&self, py: Python<'_>, write: Option<Py<PyAny>>) {
        self.request.with(py, |request| {
            request.state = State::Waiting;
            request.write = write; // there was none
        });
    }

    /// The `write` that it was given; without it nothing of this holds itself alive.
    pub(super) fn end(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.request.with(py, |request| request.write.take())
    }

    /// Runs the application's part of the request; `write` and `early_hints` reach the server meanwhile, and
    /// `client_disconnected` the client.
    pub(super) fn lend<R>(
        &self,
        py: Python<'_>,
        server: &mut dyn StartResponse,
        client: Option<&Client>,
        work: impl FnOnce() -> R,
    ) -> R {
        self.lent.lend(py, server, client, work)
    }

    /// The application gives an iterable: `client_disconnected` works until that is closed.
    pub(super) fn begin_body(&self, py: Python<'_>) {
        let client = self.lent.client(py);
        self.request.with(py, |request| request.client = client); // there was none
    }

    /// The iterable is closed, which ends the request.
    pub(super) fn end_body(&self, py: Python<'_>) {
        // Dropped outside of the lock: a client may be anything.
        drop(self.request.with(py, |request| request.client.take()));
    }

    /// Tells the server what was stored: the first block is at hand, or the end.
    ///
    /// # Errors
    /// [`ApplicationError::NotStarted`], and what the server refuses.
    pub(super) fn send(
        &self,
        py: Python<'_>,
        server: &mut dyn StartResponse,
    ) -> Result<(), ApplicationError> {
        let sent = match self.set(py, State::Sent) {
            State::Sent => return Ok(()),
            State::Stored(status, headers) => server
                .start_response(status, headers, None)
                .map_err(ApplicationError::from),
            State::Waiting => {
                self.set(py, State::Waiting);
                return Err(ApplicationError::NotStarted);
            }
            State::Refused => Err(ApplicationError::NotStarted),
        };
        if sent.is_err() {
            // Nothing has gone out, so an error handler may still answer.
            self.set(py, State::Refused);
        }
        sent
    }

    fn set(&self, py: Python<'_>, state: State) -> State {
        self.request
            .with(py, |request| std::mem::replace(&mut request.state, state))
    }

    /// Whether the application has called `start_response`.
    pub(super) fn is_called(&self, py: Python<'_>) -> bool {
        self.request.with(py, |Request { state, .. }| {
            !matches!(state, State::Waiting | State::Refused)
        })
    }
}

#[pymethods]
impl PyResponse {
    /// Stores status and headers until the first non-empty block, and returns `write`.
    ///
    /// # Specification
    /// PEP 3333, "The `start_response()` Callable"
    #[pyo3(signature = (status, response_headers, exc_info = None))]
    fn start_response<'py>(
        slf: &Bound<'py, Self>,
        status: &Bound<'py, PyAny>,
        response_headers: &Bound<'py, PyAny>,
        exc_info: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (py, this) = (slf.py(), slf.get());
        let exc_info = exc_info.map(check_exc_info).transpose()?;
        let refusal = this
            .request
            .with(py, |request| match (&request.state, exc_info) {
                (State::Waiting, _) | (State::Refused | State::Stored(..), Some(_)) => None,
                (State::Sent, Some(exc_info)) => Some(Refusal::Sent(exc_info)),
                (State::Refused | State::Stored(..) | State::Sent, None) => Some(Refusal::Twice),
            });
        if let Some(refusal) = refusal {
            return Err(refusal.into_py_err(py));
        }
        let checked = header_list::status_line(status)
            .and_then(|status| Ok((status, header_list::headers(response_headers)?)));
        match checked {
            Ok((status, headers)) => this.set(py, State::Stored(status, headers)),
            Err(error) => {
                this.set(py, State::Refused);
                return Err(error);
            }
        };
        let write = this.request.with(py, |request| {
            let write = request.write.as_ref();
            write.map(|write| write.clone_ref(py))
        });
        match write {
            Some(write) => Ok(write.into_bound(py)),
            None => slf.getattr(intern!(py, "write")),
        }
    }

    /// Hands a block to the server before it returns.
    ///
    /// # Specification
    /// PEP 3333, "The `write()` Callable"
    #[pyo3(signature = (data, /))]
    fn write(&self, py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<()> {
        let Ok(block) = data.cast::<PyBytes>() else {
            return Err(PyTypeError::new_err(format!(
                "write: a block must be bytes, not {}{}",
                type_name(data),
                mend(data)
            )));
        };
        let sent = self.lent.with(py, |server| {
            // Headers go out with the first non-empty block, so an empty one leaves them replaceable.
            if block.as_bytes().is_empty() {
                return Ok(());
            }
            self.send(py, server)?;
            Ok::<(), ApplicationError>(server.write(block.as_bytes())?)
        });
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(to_py_err(error)),
            Err(why) => Err(unreachable(why)),
        }
    }

    /// Sends a `103 Early Hints` response with these header fields, a list of tuples `(name, value)`.
    ///
    /// When it is too late for that, nothing happens: who hints need not know who has begun to answer.
    #[pyo3(signature = (headers, /))]
    fn early_hints(&self, py: Python<'_>, headers: &Bound<'_, PyAny>) -> PyResult<()> {
        let hints = header_list::early_hints(headers)?;
        match self.lent.with(py, |server| server.early_hints(&hints)) {
            Ok(Ok(())) | Err(Unreachable::Over) => Ok(()),
            Ok(Err(error)) => Err(to_py_err(error.into())),
            Err(why @ (Unreachable::OtherThread | Unreachable::Busy)) => {
                Err(PyRuntimeError::new_err(match why {
                    Unreachable::Busy => {
                        "wsgi.early_hints: the server is in the middle of writing and called back"
                    }
                    _ => {
                        "wsgi.early_hints: called on another thread than the application was called on; \
                         call it there"
                    }
                }))
            }
        }
    }

    /// Whether the client has closed the connection or its own side of it; true when the request is over.
    #[pyo3(signature = ())]
    fn client_disconnected(&self, py: Python<'_>) -> bool {
        let client = self.lent.client(py);
        client
            .or_else(|| self.request.with(py, |request| request.client.clone()))
            .is_none_or(|client| client.is_disconnected())
    }
}

fn unreachable(why: Unreachable) -> PyErr {
    PyRuntimeError::new_err(match why {
        Unreachable::Over => {
            "write: the application has returned already; write() is for the time of its call, \
             return or yield what comes later"
        }
        Unreachable::OtherThread => {
            "write: this is not the thread that the application was called on; write there"
        }
        Unreachable::Busy => "write: called from inside another write() of the same response",
    })
}

/// Why a further call is refused.
enum Refusal<'a, 'py> {
    Twice,
    Sent(&'a Bound<'py, PyTuple>),
}

impl Refusal<'_, '_> {
    fn into_py_err(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Twice => PyAssertionError::new_err(
                "start_response was called a second time without exc_info; \
                 an error handler that replaces a response passes sys.exc_info() as third argument",
            ),
            Self::Sent(exc_info) => trapped(exc_info).unwrap_or_else(|error| {
                error.set_cause(py, None);
                error
            }),
        }
    }
}

/// `exc_info` is a `sys.exc_info()` tuple; checked before anything depends on it.
fn check_exc_info<'a, 'py>(exc_info: &'a Bound<'py, PyAny>) -> PyResult<&'a Bound<'py, PyTuple>> {
    match exc_info.cast::<PyTuple>() {
        Ok(tuple) if tuple.len() == 3 => Ok(tuple),
        _ => Err(PyTypeError::new_err(format!(
            "start_response: exc_info must be the tuple that sys.exc_info() returns, or None, not {}",
            type_name(exc_info)
        ))),
    }
}

/// The exception of an `exc_info` that came too late, to be raised again with its traceback.
fn trapped(exc_info: &Bound<'_, PyTuple>) -> PyResult<PyErr> {
    let (kind, value, traceback) = (
        exc_info.get_item(0)?,
        exc_info.get_item(1)?,
        exc_info.get_item(2)?,
    );
    let error = if !value.is_none() {
        PyErr::from_value(value)
    } else if !kind.is_none() {
        PyErr::from_value(kind)
    } else {
        PyRuntimeError::new_err(
            "the headers have been sent already; the response cannot be replaced",
        )
    };
    if let Ok(traceback) = traceback.cast_into::<PyTraceback>() {
        error.set_traceback(exc_info.py(), Some(traceback));
    }
    Ok(error)
}

/// How to make bytes of what is none.
pub(super) fn mend(block: &Bound<'_, PyAny>) -> &'static str {
    if block.is_instance_of::<PyString>() {
        "; encode it, e.g. .encode(\"utf-8\")"
    } else {
        "; convert it, e.g. by bytes(…)"
    }
}
