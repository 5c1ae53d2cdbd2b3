//! One client: a connection that is kept, those of slow readers and writers, and chance.

use wsgi_tests::{Connection, Response, Server};

use crate::pattern::{Asked, Random};

/// How many exchanges of a client are under way slowly, beside the others.
const SLOW: usize = 3;

/// A client of the server.
pub(crate) struct Client<'s> {
    pub(crate) server: &'s Server,
    pub(crate) random: Random,
    /// Open for many requests, as long as the server leaves it open.
    kept: Option<Connection>,
    slow: Vec<Slow>,
}

/// An exchange that goes on a little in each turn.
struct Slow {
    connection: Connection,
    asked: Asked,
    /// What has not been sent yet.
    body: Vec<u8>,
    /// For how many turns more the client takes its time to read.
    turns: usize,
    /// How many bytes of the answer it has.
    received: usize,
}

impl<'s> Client<'s> {
    pub(crate) fn new(server: &'s Server, seed: u64) -> Self {
        Self {
            server,
            random: Random(seed),
            kept: None,
            slow: Vec::new(),
        }
    }

    /// A request of this kind, with a size up to this one.
    pub(crate) fn ask(&mut self, kind: &'static str, most: usize) -> Asked {
        let size = self.random.size(most);
        Asked::new(kind, &mut self.random, size)
    }

    /// The connection that is kept.
    pub(crate) fn kept(&mut self) -> &mut Connection {
        self.kept.get_or_insert_with(|| self.server.connect())
    }

    /// Forgets it: it is no more, or its state is unknown.
    pub(crate) fn leave(&mut self) {
        self.kept = None;
    }

    /// Sends this on the connection that is kept, and reads the answer.
    pub(crate) fn exchange(&mut self, asked: &Asked, lines: &str, body: &[u8]) -> Response {
        let connection = self.kept();
        connection.send(asked.head(lines));
        connection.send(body);
        let response = connection.response_to(asked.method);
        if response.header("Connection") == Some("close") || !response.is_complete {
            assert!(self.kept().is_closed(), "{asked:?}");
            self.leave();
        }
        response
    }

    /// Begins a slow exchange, and ends the oldest one if there are many.
    pub(crate) fn begin_slowly(&mut self, asked: Asked, lines: &str, body: Vec<u8>) {
        let mut connection = self.server.connect();
        connection.send(asked.head(lines));
        let turns = self.random.below(100);
        self.slow.push(Slow {
            connection,
            asked,
            body,
            turns,
            received: 0,
        });
        if self.slow.len() > SLOW {
            self.slow.remove(0).end();
        }
    }

    /// Lets the slow ones go on a little.
    pub(crate) fn go_on_slowly(&mut self) {
        let mut at = 0;
        while at < self.slow.len() {
            if self.slow[at].goes_on() {
                at += 1;
            } else {
                self.slow.remove(at).end();
            }
        }
    }

    /// Ends all that is under way.
    pub(crate) fn finish(&mut self) {
        self.slow.drain(..).for_each(Slow::end);
        self.leave();
    }
}

impl Slow {
    /// One step; whether more is to be done.
    fn goes_on(&mut self) -> bool {
        if self.body.is_empty() {
            self.turns = self.turns.saturating_sub(1);
            // There is more to come for certain: a large answer is longer than its content.
            if self.turns.is_multiple_of(8) && self.received < self.answer() {
                self.received += self.connection.receive();
            }
            return self.turns > 0;
        }
        let count = self.body.len().min(20_000);
        self.connection.send(&self.body[..count]);
        self.body.drain(..count);
        true
    }

    /// How many bytes the answer has at least.
    fn answer(&self) -> usize {
        match self.asked.method {
            "POST" => 0,
            _ => self.asked.size,
        }
    }

    /// Does the rest at once.
    fn end(mut self) {
        self.connection.send(&self.body);
        let response = self.connection.response();
        match self.asked.method {
            "POST" => self.asked.is_told(&response, "whole"),
            _ => self.asked.is_answered_by(&response, 200),
        }
    }
}
