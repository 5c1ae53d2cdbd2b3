use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wsgi_core::testing::{EnvironBuilder, get, run};
use wsgi_core::{Application, ApplicationError, Body, Environ, Layer, StartResponse};
use wsgi_middleware::{When, WhenLayer};

use crate::answering;

/// Adds a variable, on which a condition could depend.
struct Marking<A>(A);

impl<A: Application> Application for Marking<A> {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        environ.set_var("marked", "1")?;
        self.0.call(environ, start_response)
    }
}

fn marking() -> impl Layer<Arc<Counting>, Service = Marking<Arc<Counting>>> + Clone {
    tower::layer::layer_fn(Marking)
}

/// Counts its calls in itself.
#[derive(Default)]
struct Counting(AtomicUsize);

impl Application for Counting {
    fn call(
        &self,
        environ: &mut Environ,
        start_response: &mut dyn StartResponse,
    ) -> Result<Body, ApplicationError> {
        let count = self.0.fetch_add(1, Ordering::SeqCst);
        let marked = environ.var("marked").is_some();
        answering(|| Body::from(format!("{count} {marked}"))).call(environ, start_response)
    }
}

fn is_post(environ: &Environ) -> bool {
    *environ.method() == "POST"
}

#[test]
fn the_layer_is_there_for_some_and_the_application_once() {
    let app = When::new(Counting::default(), is_post, marking());
    let layered = WhenLayer::new(is_post, marking()).layer(Counting::default());
    for app in [&app as &dyn Application, &layered] {
        let answers = ["GET", "POST", "GET", "POST"].map(|method| {
            let environ = EnvironBuilder::new(method, "/").build();
            run(app, environ).unwrap().text()
        });
        assert_eq!(answers, ["0 false", "1 true", "2 false", "3 true"]);
    }
}

#[test]
fn the_condition_is_asked_once_and_first() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let condition = move |environ: &Environ| {
        counter.fetch_add(1, Ordering::SeqCst);
        environ.var("marked").is_none()
    };
    let app = When::new(Counting::default(), condition, marking());
    assert_eq!(get(&app, "/").text(), "0 true");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}
