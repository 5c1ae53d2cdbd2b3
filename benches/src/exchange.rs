//! A connection without a socket: request bytes in, response bytes out.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wsgi_core::{
    Application, ApplicationError, Environ, ExcInfo, Headers, StartResponse, StartResponseError,
    StatusLine, WriteError,
};
use wsgi_server::protocol::{Ending, HeadReader, Limits, RequestHead, ResponseWriter};

/// A connection without a socket, which keeps from request to request what a server's connection keeps.
#[derive(Debug)]
pub struct Exchange {
    reader: HeadReader,
    limits: Limits,
    environ: Environ,
    out: Vec<u8>,
    now: SystemTime,
}

impl Default for Exchange {
    fn default() -> Self {
        Self::new()
    }
}

impl Exchange {
    /// A connection on which nothing has come yet; its responses bear a date of long ago.
    pub fn new() -> Self {
        Self {
            reader: HeadReader::new(),
            limits: Limits::default(),
            environ: Environ::new(),
            out: Vec::new(),
            now: UNIX_EPOCH + Duration::from_secs(784_111_777),
        }
    }

    /// Reads a request head into the environ.
    ///
    /// # Panics
    /// When it is no complete and valid one.
    pub fn parse(&mut self, request: &[u8]) -> RequestHead {
        self.environ.reset();
        let head = self
            .reader
            .read(request, &self.limits, &mut self.environ)
            .expect("the requests of the benchmarks are valid");
        head.expect("the requests of the benchmarks are complete")
    }

    /// The environ of the last request.
    pub fn environ(&mut self) -> &mut Environ {
        &mut self.environ
    }

    /// Answers the request that was parsed last, as its server would; returns the bytes of the response.
    ///
    /// # Panics
    /// When the application fails or the connection would have to be closed.
    pub fn respond(&mut self, app: &dyn Application, head: RequestHead) -> &[u8] {
        self.out.clear();
        let ending = self.answer(app, head).expect("the applications succeed");
        assert_eq!(ending, Ending::KeepAlive);
        &self.out
    }

    /// From the bytes of a request to those of its response.
    ///
    /// # Panics
    /// As [`parse`](Exchange::parse) and [`respond`](Exchange::respond).
    pub fn serve(&mut self, app: &dyn Application, request: &[u8]) -> &[u8] {
        let head = self.parse(request);
        self.respond(app, head)
    }

    fn answer(
        &mut self,
        app: &dyn Application,
        head: RequestHead,
    ) -> Result<Ending, ApplicationError> {
        let is_head = self.environ.method() == http::Method::HEAD;
        let writer = ResponseWriter::new(is_head, self.environ.version(), head.keep_alive);
        let mut responder = Responder {
            writer: writer.at(self.now),
            out: &mut self.out,
        };
        let mut body = app.call(&mut self.environ, &mut responder)?;
        let length = body.length();
        if let Some(block) = body.as_full() {
            responder.writer.write(block, length, responder.out)?;
        } else {
            while let Some(block) = body.next_block()? {
                responder.writer.write(block, length, responder.out)?;
            }
        }
        let ending = responder.writer.finish(length, responder.out);
        body.close()?;
        Ok(ending)
    }
}

/// `start_response` and `write` of one request.
struct Responder<'e> {
    writer: ResponseWriter,
    out: &'e mut Vec<u8>,
}

impl StartResponse for Responder<'_> {
    fn start_response(
        &mut self,
        status: StatusLine,
        headers: Headers,
        exc_info: Option<ExcInfo>,
    ) -> Result<(), StartResponseError> {
        self.writer.start(status, headers, exc_info)
    }

    fn write(&mut self, block: &[u8]) -> Result<(), WriteError> {
        self.writer.write(block, None, self.out)
    }
}
