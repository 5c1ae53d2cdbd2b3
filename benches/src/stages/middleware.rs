//! One layer around an application, known to the compiler or behind a pointer.

use wsgi_core::testing::Recorder;
use wsgi_core::{Application, Environ};
use wsgi_middleware::ContentLength;

use crate::Stage;

use super::hello;

pub(super) fn stages() -> Vec<Stage> {
    let boxed: Box<dyn Application> = Box::new(hello());
    vec![
        stage("middleware/none", hello()),
        stage("middleware/generic", ContentLength::new(hello())),
        stage("middleware/dyn", ContentLength::new(boxed)),
    ]
}

fn stage(name: &'static str, app: impl Application + 'static) -> Stage {
    let mut environ = Environ::new();
    Stage::new(name, move || {
        let mut recorder = Recorder::default();
        let body = app.call(&mut environ, &mut recorder);
        body.expect("the application succeeds").length()
    })
}
