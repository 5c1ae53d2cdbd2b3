//! How long clients may take.

use std::time::Duration;

/// How long clients may take, and how long a graceful stop.
///
/// Bodies and responses are judged by their pace, so that neither a short pause of an honest client ends its request
/// nor a byte now and then keeps a connection for ever: time that passes while it is the client's turn uses up its
/// patience, and each byte earns some of it back, a second for [`body_rate`](Timeouts::body_rate) of them, up to the
/// whole of it and no further. Who is faster than the rate never runs out; who stops has all of it; who is slower has
/// it for longer, but not for ever.
///
/// More than a hundred years count as a hundred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Between two requests of a connection. Default 75 s: longer than the 60 s that load balancers keep theirs, so
    /// that none of them sends a request into a connection that is just being closed. Zero: no connection persists.
    pub keep_alive: Duration,
    /// From the first byte of a head to its last, however fast they come. Default 30 s: long enough for a packet to be
    /// sent again several times, and heads are short.
    pub head: Duration,
    /// The patience for a request's body. Default 30 s: a telephone changes its network in less.
    pub body: Duration,
    /// What a body has to come at in the long run, in bytes a second; zero: at any pace, as long as no pause is longer
    /// than [`body`](Timeouts::body). Default 500, a hundredth of the slowest network that people use.
    pub body_rate: u64,
    /// The patience for a client that is to take its response, as long as something of that waits to be sent.
    /// Default 60 s: the system has room for much of it, and does not tell what became of each byte there.
    pub write: Duration,
    /// What a response has to be taken at in the long run, in bytes a second; zero: at any pace, as long as no pause is
    /// longer than [`write`](Timeouts::write). Default 500.
    pub write_rate: u64,
    /// How long a client may go on sending after the connection was closed on our side. Default 2 s.
    pub linger: Duration,
    /// How long a graceful stop waits for requests in flight. Default 30 s.
    pub graceful: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            keep_alive: Duration::from_secs(75),
            head: Duration::from_secs(30),
            body: Duration::from_secs(30),
            body_rate: 500,
            write: Duration::from_secs(60),
            write_rate: 500,
            linger: Duration::from_secs(2),
            graceful: Duration::from_secs(30),
        }
    }
}

impl Timeouts {
    /// As they are, but none so long that no clock could count to its end.
    pub(crate) fn bounded(mut self) -> Self {
        const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
        let times = [
            &mut self.keep_alive,
            &mut self.head,
            &mut self.body,
            &mut self.write,
            &mut self.linger,
            &mut self.graceful,
        ];
        for time in times {
            *time = CENTURY.min(*time);
        }
        self
    }

    /// What a body is judged by.
    pub(crate) fn body_pace(&self) -> Pace {
        Pace {
            grace: self.body,
            rate: self.body_rate,
        }
    }

    /// What the taking of a response is judged by.
    pub(crate) fn write_pace(&self) -> Pace {
        Pace {
            grace: self.write,
            rate: self.write_rate,
        }
    }
}

/// How slow a client may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// How long it may do nothing, having done all that it should before.
    pub(crate) grace: Duration,
    /// How many bytes earn it another second; 0: one is enough for the whole grace.
    pub(crate) rate: u64,
}
