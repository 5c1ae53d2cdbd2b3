//! The soak: a great many requests of all kinds at the built command, a real application of Python behind middleware of
//! Rust. Each answer is verified byte for byte, and the server's process is looked at from outside all the while.
//!
//! ```text
//! cargo run --release -p wsgi-tests --bin soak -- --requests 1000000
//! ```
//!
//! It fails when an answer is wrong, when an iterable was not closed exactly once, when descriptors or threads are left
//! over, or when resident memory goes on growing after the warm-up: `docs/reliability.md` has its figures. Chance is
//! told by `--seed`, but for the order in which the system lets things happen.
#![cfg_attr(
    not(target_os = "linux"),
    allow(unused, reason = "what a process has in hand is told by /proc")
)]

mod client;
mod pattern;
mod scenes;
mod watch;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use wsgi_tests::{Server, ServerCommand, root, settles};

use client::Client;
use scenes::SCENES;
use watch::{Look, Watch, memory};

/// From so many requests on, memory must be flat; before, the heap may not have seen the worst moment yet.
const MANY: usize = 500_000;

/// What memory may grow by between the warm-up and the end, in bytes.
fn allowed(requests: usize, warm: u64) -> u64 {
    if requests < MANY { 16 << 20 } else { warm / 10 }
}

/// So many wrong answers are enough.
const ENOUGH: usize = 20;

struct Options {
    requests: usize,
    clients: usize,
    /// Of the server.
    threads: usize,
    seed: u64,
}

impl Options {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            requests: 20_000,
            clients: 8,
            threads: 16,
            seed: 1,
        };
        while let Some(word) = words.next() {
            let value = words.next().unwrap_or_default();
            let number: usize = value
                .parse()
                .map_err(|_| format!("{word} {value:?}: a number is wanted"))?;
            match word.as_str() {
                "--requests" => options.requests = number.max(1),
                "--clients" => options.clients = number.max(1),
                "--threads" => options.threads = number.max(1),
                "--seed" => options.seed = number as u64,
                _ => {
                    return Err(format!(
                        "{word}: --requests, --clients, --threads or --seed"
                    ));
                }
            }
        }
        Ok(options)
    }
}

fn main() -> ExitCode {
    match Options::parse(std::env::args().skip(1)).and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    let server = start(options);
    let base = base(&server);
    let (watch, began) = (Watch::new(options.requests), Instant::now());
    std::thread::scope(|scope| {
        for number in 0..options.clients {
            let (server, watch) = (&server, &watch);
            let seed = options.seed << 32 | number as u64;
            scope.spawn(move || play(Client::new(server, seed), watch));
        }
    });
    let passed = began.elapsed();
    println!(
        "{} requests of {} clients in {} s, {} wrong\n",
        watch.done(),
        options.clients,
        passed.as_secs(),
        watch.wrong()
    );
    for (name, requests) in watch.by_scene() {
        println!("| {name} | {requests} |");
    }
    judge(&server, &watch, &base, options)
}

/// Middleware of Rust around the application: the mount, the times of each request for its client, the access log.
fn start(options: &Options) -> Server {
    let apps = root().join("tests/faults/apps");
    ServerCommand::wsgi_server()
        .args(["--script-name", "/soak", "--server-timing"])
        .args(["--access-log", "/dev/null", "--access-log-timing"])
        .args(["--threads", &options.threads.to_string()])
        // Its messages of refused requests and exceptions would fill the memory of this program.
        .args(["--log-level", "error", "--pythonpath"])
        .args([apps, root().join("tests/soak/app.py")])
        .start()
}

fn base(server: &Server) -> Look {
    for _ in 0..2 {
        assert_eq!(server.get("/soak/account").status, 200);
    }
    Look::at(server, 0)
}

/// The life of a client.
fn play(mut client: Client<'_>, watch: &Watch) {
    while !watch.is_over() && watch.wrong() < ENOUGH {
        let scene = scenes::choose(&mut client);
        let played = catch_unwind(AssertUnwindSafe(|| {
            let requests = (SCENES[scene].play)(&mut client);
            client.go_on_slowly();
            requests
        }));
        match played {
            Ok(requests) => watch.count(scene, requests, client.server),
            Err(_) => {
                watch.count_wrong(); // the panic's message has been printed
                client.leave();
            }
        }
    }
    if catch_unwind(AssertUnwindSafe(|| client.finish())).is_err() {
        watch.count_wrong();
    }
}

/// Tells what the server had in hand, and whether all is as it should be.
fn judge(server: &Server, watch: &Watch, base: &Look, options: &Options) -> Result<(), String> {
    let looks = watch.looks();
    let shown = looks.len().div_ceil(10).max(1);
    println!("\n| requests | resident | threads | descriptors |");
    for look in looks.iter().skip(shown - 1).step_by(shown) {
        tell(&look.done.to_string(), look);
    }
    if watch.wrong() > 0 || looks.is_empty() {
        return Err("wrong answers: see above".to_owned());
    }
    let sums = settles(
        "iterables",
        || server.get("/soak/account").json(),
        |sums| sums["made"] == sums["closed"] && sums["made"] == sums["gone"],
    );
    if sums["closed_again"] != 0 {
        return Err(format!("iterables were closed twice: {sums}"));
    }
    let most = base.threads + options.threads;
    let end = settles(
        "descriptors and threads",
        || Look::at(server, watch.done()),
        |end| end.descriptors <= base.descriptors && end.threads <= most,
    );
    tell("at the end", &end);
    let (warm, last) = memory(&looks);
    println!(
        "\n{} iterables, each closed once; resident {} after the warm-up, {} at the end",
        sums["made"],
        mebibytes(warm),
        mebibytes(last)
    );
    if last > warm + allowed(options.requests, warm) {
        return Err("resident memory goes on growing".to_owned());
    }
    Ok(())
}

fn tell(when: &str, look: &Look) {
    let resident = mebibytes(look.resident);
    println!(
        "| {when} | {resident} | {} | {} |",
        look.threads, look.descriptors
    );
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}
