//! A load generator that tells the response times of one path from those of another:
//! `load 127.0.0.1:8000 --connections 64:/,250:/slow --seconds 3`.
//!
//! Every connection sends its next request when it has the response to the last one. Times are those that its requests
//! took, from the send to the last byte, without correction for coordinated omission; what was still unanswered at
//! the end is told apart. One thread, so that it needs one processor beside the server's.

mod client;
mod group;
mod tally;

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use clap::Parser;
use mio::{Events, Poll, Token};

use client::Client;
use group::Group;
use tally::Tally;

/// Measures how long a server takes to answer, path by path, and prints it as JSON.
#[derive(Debug, Parser)]
struct Options {
    /// The server's address, as `127.0.0.1:8000`.
    address: SocketAddr,

    /// How many connections ask for what: `64:/` are 64 for one path; with `64:/,250:/slow` every 250th request of
    /// theirs is for another. May be repeated.
    #[arg(long, value_name = "COUNT:PATH[,EVERY:PATH]", default_value = "64:/")]
    connections: Vec<Group>,

    /// How long, in seconds.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
}

fn main() -> io::Result<()> {
    let options = Options::parse();
    let mut groups = options.connections;
    let mut poll = Poll::new()?;
    let mut clients = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        for _ in 0..group.connections {
            let token = Token(clients.len());
            clients.push(Client::connect(
                options.address,
                index,
                poll.registry(),
                token,
            )?);
        }
    }
    let mut tally = Tally::default();
    let begun = Instant::now();
    let end = begun + Duration::from_secs_f64(options.seconds);
    for client in &mut clients {
        client.ask(groups[client.group].next_path(), options.address);
    }
    let mut events = Events::with_capacity(1024);
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        match poll.poll(&mut events, Some(left)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            outcome => outcome?,
        }
        for event in &events {
            let client = &mut clients[event.token().0];
            client.send();
            let closed = match client.receive() {
                Ok(None) => continue,
                Ok(Some(response)) => {
                    tally.answered(client, response.status);
                    client.answered += 1;
                    response.closes
                }
                Err(_) => {
                    tally.failed(client);
                    true
                }
            };
            if closed {
                client.reconnect(options.address, poll.registry(), event.token())?;
            }
            client.ask(groups[client.group].next_path(), options.address);
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!("{:#}", tally.report(&groups, &clients, seconds));
    Ok(())
}
