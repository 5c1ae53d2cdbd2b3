//! The choice of the application, and the call of one that answers at once.

use wsgi_core::testing::Recorder;
use wsgi_core::{Application, Environ};
use wsgi_router::{Router, get};

use crate::Stage;

use super::hello;

const WORDS: [&str; 12] = [
    "users", "groups", "posts", "comments", "tags", "files", "orders", "items", "teams", "events",
    "reports", "jobs",
];

pub(super) fn stages() -> Vec<Stage> {
    let routed = |name, router: &Router, path: &str| {
        let (router, mut environ) = (router.clone(), Environ::new());
        environ.set_path_info(path);
        Stage::new(name, move || call(&router, &mut environ))
    };
    let (app, mut environ) = (hello(), Environ::new());
    let (few, many) = (router(&WORDS[..1]), router(&WORDS));
    vec![
        Stage::new("router/none", move || call(&app, &mut environ)),
        routed("router/static", &few, "/users"),
        routed("router/one parameter", &few, "/users/42"),
        routed("router/static among 120", &many, "/jobs/archive"),
        routed("router/one parameter among 120", &many, "/jobs/42"),
    ]
}

/// Ten routes for each word.
fn router(words: &[&str]) -> Router {
    let mut builder = Router::builder();
    for word in words {
        for rest in ["", "/new", "/search", "/archive", "/recent"] {
            builder = builder.route(format!("/{word}{rest}"), get(hello()));
        }
        for rest in ["", "/edit", "/history", "/owner", "/parts/{part}"] {
            builder = builder.route(format!("/{word}/{{id}}{rest}"), get(hello()));
        }
    }
    builder
        .build()
        .expect("the routes do not contradict each other")
}

fn call(app: &dyn Application, environ: &mut Environ) -> u16 {
    let mut recorder = Recorder::default();
    let answered = app.call(environ, &mut recorder);
    answered.expect("the application succeeds");
    let (status, _) = recorder.started.expect("and has started");
    assert_eq!(status.code(), 200);
    status.code()
}
