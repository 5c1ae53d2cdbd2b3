//! PEP 3333 "Buffering and Streaming": no block is delayed while the application makes the next one.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wsgi_core::{Application, ApplicationError, Blocks, Body, StatusLine, application_fn};

use super::client::{get, read_until};
use super::gates::Gates;
use super::kit::Running;

const BLOCK: usize = 16 << 10;

/// So many blocks without a pause, then a wait at the gate.
struct ThenWaits {
    left: usize,
    size: usize,
    made: Arc<AtomicUsize>,
    gates: Arc<Gates>,
}

impl Blocks for ThenWaits {
    fn next_block(&mut self) -> Result<Option<&[u8]>, ApplicationError> {
        if self.left == 0 {
            self.gates.pass("/wait");
            return Ok(None);
        }
        self.left -= 1;
        self.made.fetch_add(1, Ordering::SeqCst);
        Ok(Some(&[b'x'; BLOCK][..self.size]))
    }
}

/// `/<number>/<size>` has so many blocks of this size; `/wait…` are of [`Gates::app`].
fn app(gates: &Arc<Gates>, made: &Arc<AtomicUsize>) -> impl Application + 'static {
    let (gates, others, made) = (gates.clone(), gates.app(), made.clone());
    application_fn(move |environ, start_response| {
        let path = String::from_utf8_lossy(environ.path_info()).into_owned();
        let mut numbers = path[1..].split('/').map(str::parse::<usize>);
        let (Some(Ok(left)), Some(Ok(size))) = (numbers.next(), numbers.next()) else {
            return others.call(environ, start_response);
        };
        start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::from_blocks(ThenWaits {
            left,
            size,
            made: made.clone(),
            gates: gates.clone(),
        }))
    })
}

/// Reads until so many bytes of the body are here.
fn read_body(stream: &mut impl Read, count: usize) {
    let (mut here, mut piece) = (0, vec![0; 1 << 16]);
    while here < count {
        let received = stream.read(&mut piece).unwrap();
        assert_ne!(received, 0, "{here} of {count} bytes");
        here += piece[..received]
            .iter()
            .filter(|byte| **byte == b'x')
            .count();
    }
}

#[test]
fn blocks_that_follow_each_other_quickly_are_sent_while_the_next_one_takes_long() {
    for threads in [Some(1), None] {
        for number in [1, 2, 3, 10, 63, 64, 65, 200] {
            let gates = Gates::new();
            let set = |builder: wsgi_server::ServerBuilder| match threads {
                Some(threads) => builder.threads(threads),
                None => builder,
            };
            let server = Running::with(set, app(&gates, &Arc::default()));
            let mut stream = server.connect();
            // The second one is of a path that was slow, and so beside the event loop where there are others.
            for again in 1..3 {
                let request = get(&format!("/{number}/7")).into_bytes();
                stream.write_all(&request).unwrap();
                gates.wait_for(again);
                read_body(&mut stream, 7 * number);
                gates.open_all();
                read_until(&mut stream, "0\r\n\r\n");
                gates.close_all();
            }
        }
    }
}

fn what_a_client_left_behind_goes_on(threads: usize) {
    let (gates, made) = (Gates::new(), Arc::new(AtomicUsize::new(0)));
    let set = |builder: wsgi_server::ServerBuilder| builder.threads(threads).loops(1);
    let server = Running::with(set, app(&gates, &made));
    // How much the system takes from a client that reads nothing.
    let endless = format!("/{}/{BLOCK}", usize::MAX);
    let mut stalled = server.connect();
    stalled.write_all(get(&endless).as_bytes()).unwrap();
    read_until(&mut stalled, "\r\n\r\n");
    let (mut taken, mut unchanged) = (0, 0);
    while unchanged < 5 {
        // Each time others have their turn, so has it.
        assert_eq!(server.client().get("/").status, 200);
        let now = made.load(Ordering::SeqCst);
        unchanged = if now == taken { unchanged + 1 } else { 0 };
        taken = now;
    }
    // The last of these blocks find no room there; which of them is up to the system.
    let arrived = (0..8).map(|fewer| {
        let number = taken - fewer;
        let mut stream = server.connect();
        let request = get(&format!("/{number}/{BLOCK}"));
        stream.write_all(request.as_bytes()).unwrap();
        read_until(&mut stream, "\r\n\r\n");
        (stream, number)
    });
    for (mut stream, number) in arrived {
        read_body(&mut stream, number * BLOCK);
        if threads == 1 {
            gates.open_all(); // alone it cannot answer the next
            read_until(&mut stream, "0\r\n\r\n");
            gates.close_all();
        }
    }
    gates.open_all();
}

#[test]
fn what_a_slow_client_had_no_room_for_goes_on_while_the_next_block_takes_long() {
    what_a_client_left_behind_goes_on(16);
}

#[test]
fn with_one_thread_what_a_slow_client_had_no_room_for_does_not_wait_for_the_next_block() {
    what_a_client_left_behind_goes_on(1);
}
