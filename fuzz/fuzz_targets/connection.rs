//! The requests of a connection are told apart alike however their bytes arrive: none hides in another one's body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wsgi_core::Environ;
use wsgi_fuzz::{dechunk, limits, pieces};
use wsgi_server::protocol::{BodyDecoder, Framing, HeadReader, Limits, Refusal, RequestHead};

/// One request, as it was received.
#[derive(Debug, PartialEq)]
struct Request {
    head: RequestHead,
    variables: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    /// Where in the stream its head begins, and where its body ends.
    place: (usize, usize),
}

/// The server's side of a connection, as far as requests go.
struct Connection<'l> {
    limits: &'l Limits,
    reader: HeadReader,
    environ: Environ,
    /// What has come and is not yet taken.
    buffer: Vec<u8>,
    /// How much has been taken.
    taken: usize,
    current: Option<(Request, BodyDecoder)>,
    complete: Vec<Request>,
    is_over: bool,
}

impl<'l> Connection<'l> {
    fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            reader: HeadReader::new(),
            environ: Environ::new(),
            buffer: Vec::new(),
            taken: 0,
            current: None,
            complete: Vec::new(),
            is_over: false,
        }
    }

    fn receive(&mut self, piece: &[u8]) -> Result<(), Refusal> {
        self.buffer.extend_from_slice(piece);
        while !self.is_over {
            let Some((mut request, mut decoder)) = self.current.take() else {
                if !self.read_head()? {
                    break;
                }
                continue;
            };
            let taken = decoder.decode(&self.buffer, &mut request.body)?;
            self.take(taken);
            if !decoder.is_complete() {
                self.current = Some((request, decoder));
                break;
            }
            request.place.1 = self.taken;
            self.is_over = !request.head.keep_alive;
            self.complete.push(request);
        }
        Ok(())
    }

    /// Whether there was one.
    fn read_head(&mut self) -> Result<bool, Refusal> {
        self.environ.reset();
        let head = self
            .reader
            .read(&self.buffer, self.limits, &mut self.environ)?;
        let Some(head) = head else { return Ok(false) };
        let request = Request {
            variables: self.environ.vars(),
            body: Vec::new(),
            place: (self.taken, 0),
            head,
        };
        self.take(head.length);
        self.current = Some((request, BodyDecoder::new(head.framing, self.limits)));
        Ok(true)
    }

    fn take(&mut self, count: usize) {
        self.buffer.drain(..count);
        self.taken += count;
    }
}

/// The requests, and why there are no more of them.
fn requests<'b>(
    pieces: impl Iterator<Item = &'b [u8]>,
    limits: &Limits,
) -> (Vec<Request>, Result<(), Refusal>) {
    let mut connection = Connection::new(limits);
    let mut end = Ok(());
    for piece in pieces {
        end = connection.receive(piece);
        if end.is_err() || connection.is_over {
            break;
        }
    }
    (connection.complete, end)
}

fuzz_target!(|data: &[u8]| {
    let Some(([flags, sizes @ ..], bytes)) = data.split_first_chunk::<4>() else {
        return;
    };
    let limits = limits(flags & 1 != 0);
    let at_once = requests(std::iter::once(bytes), &limits);
    assert_eq!(at_once, requests(pieces(bytes, sizes), &limits));
    let mut next = 0;
    for request in at_once.0 {
        assert_eq!(request.place.0, next);
        next = request.place.1;
        check(&request, &bytes[request.place.0..]);
    }
});

/// A request's body ends where the fields say that it does, as others read them.
fn check(request: &Request, stream: &[u8]) {
    let mut room = [httparse::EMPTY_HEADER; 128];
    let mut theirs = httparse::Request::new(&mut room);
    let length = match theirs.parse(stream) {
        Ok(status) => status.unwrap(),
        // It knows no minor version above 1.
        Err(error) => return assert_eq!(error, httparse::Error::Version),
    };
    let named = |name: &'static str| {
        let fields = theirs.headers.iter();
        fields.filter(move |field| field.name.eq_ignore_ascii_case(name))
    };
    let (body, end) = match request.head.framing {
        Framing::Chunked => {
            assert_eq!(named("Content-Length").count(), 0);
            let (body, end) = dechunk(&stream[length..]).expect("well-formed");
            (body, length + end)
        }
        framing => {
            assert_eq!(named("Transfer-Encoding").count(), 0);
            let told = named("Content-Length").next().map_or(0, |field| {
                let text = std::str::from_utf8(field.value).expect("digits");
                text.split(',')
                    .next()
                    .expect("one at least")
                    .trim()
                    .parse()
                    .expect("a number")
            });
            assert!(framing == Framing::Length(told as u64) || told == 0);
            (stream[length..][..told].to_vec(), length + told)
        }
    };
    assert_eq!((request.head.length, &request.body), (length, &body));
    assert_eq!(request.place.1 - request.place.0, end);
}
