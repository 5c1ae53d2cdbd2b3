//! Counts the instructions of each stage and compares them with a baseline:
//!
//! ```console
//! $ cargo run --release -p wsgi-benches --bin instructions            # compare
//! $ cargo run --release -p wsgi-benches --bin instructions -- --save  # make this the baseline
//! ```
//!
//! Instructions are the same from run to run, on a busy machine, too, where times are not. valgrind's callgrind counts
//! all those of `Stage::repeat`, libc's and CPython's included. They depend on the compiler,
//! libc and the build of CPython, so the baseline names these, and nothing is compared where they differ.
//!
//! A rise of more than 3 % is told. It is an error only where `WSGI_BENCHES_STRICT` is set: what it buys is for
//! people to judge.

mod baseline;
mod callgrind;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;

use baseline::{Baseline, Conditions};

/// Counts the instructions of each stage of a request, by valgrind, and compares them with the baseline.
#[derive(Debug, Parser)]
struct Options {
    /// Makes what is counted the baseline.
    #[arg(long)]
    save: bool,

    /// Does the work that is counted: how the program calls itself under valgrind.
    #[arg(long, hide = true, conflicts_with = "save")]
    work: bool,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = Options::parse();
    if options.work {
        callgrind::work()?;
        return Ok(ExitCode::SUCCESS);
    }
    if cfg!(debug_assertions) {
        return Err(
            "this counts nothing of use in a debug build; add --release to cargo run".into(),
        );
    }
    let Some(counts) = callgrind::count()? else {
        println!("skipped: there is no valgrind on the path (Debian: apt install valgrind)");
        return Ok(ExitCode::SUCCESS);
    };
    let conditions = Conditions::of(&counts);
    if options.save {
        Baseline::new(conditions.clone(), &counts).save()?;
    }
    let risen = Baseline::load()?.compare(&conditions, &counts);
    let strict = std::env::var_os("WSGI_BENCHES_STRICT").is_some_and(|value| !value.is_empty());
    Ok(ExitCode::from(u8::from(strict && risen)))
}
