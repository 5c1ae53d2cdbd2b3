//! The command `wsgi-server`; see [`wsgi_server::command`].

use std::process::ExitCode;

fn main() -> ExitCode {
    wsgi_server::command::main(std::env::args_os())
}
