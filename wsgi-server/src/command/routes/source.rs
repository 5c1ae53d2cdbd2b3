//! Where routes come from: an application of Python, or the demonstration.

use wsgi_router::{Report, Router};

use super::answer::Answer;
#[cfg(feature = "python")]
use super::told;
use crate::command::demo;
use crate::command::error::CommandError;
use crate::command::options::{Options, RequestLine};
#[cfg(feature = "python")]
use crate::extension::{Embedded, routes::Loaded};

/// What is asked for its routes.
pub(super) enum Source {
    /// The application of Python that APP names.
    #[cfg(feature = "python")]
    Python(Embedded, Loaded),
    /// What is served without APP.
    Demonstration(Router),
}

impl Source {
    /// Starts Python and loads the application.
    pub(super) fn load(options: &Options, app: Option<&str>) -> Result<Self, CommandError> {
        match app {
            None => Ok(Self::Demonstration(demo::router())),
            Some(app) => load_python(options, app),
        }
    }

    /// All routes.
    pub(super) fn report(&self) -> Result<Report, CommandError> {
        match self {
            #[cfg(feature = "python")]
            Self::Python(_, loaded) => {
                let told = serde_json::from_str(&loaded.routes()?);
                told.and_then(told::report).map_err(CommandError::Told)
            }
            Self::Demonstration(router) => {
                let mut report = router.report();
                for line in &mut report.lines {
                    line.hit = None; // it is not served
                }
                Ok(report)
            }
        }
    }

    /// What becomes of a request, where the application lies below `script_name`.
    pub(super) fn answer(
        &self,
        request: &RequestLine,
        host: &str,
        script_name: &str,
    ) -> Result<Answer, CommandError> {
        match self {
            #[cfg(feature = "python")]
            Self::Python(_, loaded) => {
                let told = loaded.matching(&request.method, host, &request.target, script_name)?;
                Answer::read(request, host, &told).map_err(CommandError::Told)
            }
            Self::Demonstration(router) => Ok(Answer::of(router, request, host, script_name)),
        }
    }

    /// Ends what was started.
    pub(super) fn finish(self) {
        match self {
            #[cfg(feature = "python")]
            Self::Python(embedded, loaded) => {
                drop(loaded);
                embedded.leave();
            }
            Self::Demonstration(_) => {}
        }
    }
}

#[cfg(feature = "python")]
fn load_python(options: &Options, app: &str) -> Result<Source, CommandError> {
    let embedded = Embedded::start(&options.pythonpath).map_err(CommandError::Python)?;
    Ok(Source::Python(embedded, Loaded::load(app)?))
}

#[cfg(not(feature = "python"))]
fn load_python(_: &Options, app: &str) -> Result<Source, CommandError> {
    Err(CommandError::NoPython {
        app: app.to_owned(),
    })
}
