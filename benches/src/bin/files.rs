//! A folder served by `StaticFiles` and one thread: `files 127.0.0.1:8000 FOLDER`. With `--scan` behind that the folder is
//! read once, else it is looked at for each request.

use wsgi_middleware::{NotFound, StaticFiles};
use wsgi_server::Server;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("write: files ADDRESS FOLDER [--scan]".into());
    };
    let files = StaticFiles::new(NotFound).serve("/", folder)?;
    let files = match arguments.next().as_deref() {
        None => files,
        Some("--scan") => files.scan()?,
        Some(other) => return Err(format!("{other:?} is no option; there is --scan").into()),
    };
    let server = Server::builder().bind(address).threads(1);
    Ok(server.build(files)?.run()?)
}
