//! actix-web with one worker.

use actix_web::http::header::SERVER;
use actix_web::{App, HttpResponse, HttpServer, web};

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let hello = || async {
        HttpResponse::Ok()
            .content_type("text/plain")
            .insert_header((SERVER, "actix"))
            .body("Hello, World!")
    };
    HttpServer::new(move || App::new().route("/", web::get().to(hello)))
        .workers(1)
        .bind(wsgi_peers::address())?
        .run()
        .await
}
