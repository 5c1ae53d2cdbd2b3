//! The application to serve, with the layers that the options ask for.

use std::sync::Arc;

use wsgi_core::validate::Validator;
use wsgi_core::{Application, Layer};
use wsgi_middleware::{Prefix, ServerTiming};

use super::access_log::CommandLog;
use super::demo;
use super::error::CommandError;
use super::options::{Options, TimingFor};

/// What is served, between the server and the layers around it.
pub(crate) type Shared = Arc<dyn Application>;

/// The application that APP names, or the demonstration.
pub(crate) fn load(options: &Options) -> Result<Shared, CommandError> {
    match options.app.as_deref() {
        None => Ok(Arc::new(demo::app())),
        Some(app) => load_python(app),
    }
}

#[cfg(feature = "python")]
fn load_python(app: &str) -> Result<Shared, CommandError> {
    Ok(Arc::new(wsgi_core::python::Target::parse(app)?.load()?))
}

#[cfg(not(feature = "python"))]
fn load_python(app: &str) -> Result<Shared, CommandError> {
    Err(CommandError::NoPython {
        app: app.to_owned(),
    })
}

/// From the inside out: the validator next to the application, whose environ and response it checks as they
/// are; the mount; what proxies tell; the times for the client; the access log, which sees the path as the client wrote
/// it, the client that the proxies told, and the response as it ends.
pub(crate) fn with_layers(
    app: Shared,
    options: &Options,
    log: Option<&CommandLog>,
) -> Result<Shared, CommandError> {
    let app = if options.check {
        Arc::new(Validator::new(app)) as Shared
    } else {
        app
    };
    let app = Arc::new(Prefix::new(app).at(&options.script_name)?) as Shared;
    let app = Arc::new(options.forwarded.layer().layer(app)) as Shared;
    let app = match options.log.server_timing {
        None => app,
        Some(whom) => {
            let timed = ServerTiming::new(app).only_when_asked(whom == TimingFor::Asked);
            Arc::new(timed) as Shared
        }
    };
    Ok(match log {
        None => app,
        Some(log) => Arc::new(log.layer.layer(app)),
    })
}
