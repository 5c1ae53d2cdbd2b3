//! The module itself: what the package `wsgi_rs` takes its names from.

use std::ffi::OsString;

use pyo3::prelude::*;

/// The native part of the package `wsgi_rs`.
#[pymodule(name = "_native", gil_used = false)]
mod native {
    #[pymodule_export]
    use super::main;
    #[pymodule_export]
    use crate::extension::middleware::{
        AccessLog, BasicAuth, BearerAuth, BodyLimit, Buffer, Cascade, Compress, ConcurrencyLimit,
        ConditionalGet, ContentLength, ContentType, Cors, Csrf, Deadline, Decompress, Dispatcher,
        ETag, ErrorPages, ExceptionPage, Head, HttpsRedirect, LoadShed, MapResponse,
        MethodOverride, Metrics, NormalizePath, Prefix, ProxyFix, RangeSlice, Recover, Redirect,
        RequestId, ResponseHeader, Rewrite, SecurityHeaders, SensitiveHeaders, ServerTiming,
        SignedCookies, SlowLog, StaticFiles, Trace, TrustedHosts, When,
    };
    #[pymodule_export]
    use crate::extension::router::Router;
    #[pymodule_export]
    use crate::extension::routing::{MapAdapter, MapBase, Table, check_expression};
    #[pymodule_export]
    use crate::extension::server::{Server, serve};
    #[pymodule_export]
    use crate::extension::validate::Validator;

    #[pymodule_export]
    #[expect(
        non_upper_case_globals,
        reason = "the name that Python packages give their version"
    )]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}

/// Run the command `wsgi-server` with these arguments, the program's name first, and return its exit code.
///
/// Python's own handler of SIGINT would raise `KeyboardInterrupt` in the middle of a request; it rests meanwhile.
#[pyfunction]
fn main(py: Python<'_>, arguments: Vec<OsString>) -> PyResult<u8> {
    let interrupt = Interrupt::take(py)?;
    let code = py.detach(|| crate::command::exit_code(arguments));
    interrupt.give_back(py)?;
    Ok(code)
}

/// SIGINT, if it raised `KeyboardInterrupt`.
struct Interrupt<'py>(Option<Bound<'py, PyModule>>);

impl<'py> Interrupt<'py> {
    fn take(py: Python<'py>) -> PyResult<Self> {
        let signal = py.import("signal")?;
        let sigint = signal.getattr("SIGINT")?;
        let handler = signal.call_method1("getsignal", (&sigint,))?;
        if !handler.is(signal.getattr("default_int_handler")?) {
            return Ok(Self(None));
        }
        signal.call_method1("signal", (sigint, signal.getattr("SIG_DFL")?))?;
        Ok(Self(Some(signal)))
    }

    fn give_back(self, py: Python<'py>) -> PyResult<()> {
        let Some(signal) = self.0 else { return Ok(()) };
        let sigint = signal.getattr("SIGINT")?;
        // The application may have installed a handler of its own.
        if signal
            .call_method1("getsignal", (&sigint,))?
            .eq(signal.getattr("SIG_DFL")?)?
        {
            signal.call_method1("signal", (sigint, signal.getattr("default_int_handler")?))?;
        }
        py.check_signals()
    }
}
