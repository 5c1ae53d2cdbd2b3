//! Whatever an application does, its client sees one response whose end it knows, or a closed connection; and nothing
//! in its head but what the application gave and what the server adds.
#![no_main]

use http::Version;
use libfuzzer_sys::fuzz_target;
use wsgi_core::{EarlyHints, ExcInfo, Headers, StatusLine, WriteError};
use wsgi_server::protocol::{BodyDecoder, Ending, Framing, Limits, ResponseWriter};

/// Takes bytes off the front, as lengths, choices and texts.
struct Script<'d>(&'d [u8]);

impl<'d> Script<'d> {
    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    fn text(&mut self) -> Option<&'d [u8]> {
        let length = usize::from(self.byte()? & 31).min(self.0.len());
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        Some(text)
    }

    fn length(&mut self) -> Option<u64> {
        self.byte().filter(|byte| byte & 1 == 1).map(u64::from)
    }

    fn status(&mut self) -> Option<&'d [u8]> {
        Some(match self.byte()? & 7 {
            0 => &b"204 No Content"[..],
            1 => b"304 Not Modified",
            2 => b"205 Reset Content",
            3 => self.text()?,
            _ => b"200 OK",
        })
    }

    fn headers(&mut self) -> Option<Headers> {
        let mut headers = Headers::new();
        for _ in 0..self.byte()? & 3 {
            let name = match self.byte()? & 7 {
                0 => &b"Content-Length"[..],
                1 => b"Date",
                2 => b"Transfer-Encoding",
                3 => b"sErVeR",
                _ => self.text()?,
            };
            // What is no header cannot come so far.
            let _ = headers.try_append(name, self.text()?);
        }
        Some(headers)
    }
}

/// One exchange: the server's side, and what was asked of it.
struct Exchange {
    version: Version,
    is_head: bool,
    writer: ResponseWriter,
    out: Vec<u8>,
    /// What the application has given for the head, as far as it was taken.
    given: Option<(StatusLine, Headers)>,
    /// All that it gave for the body.
    offered: Vec<u8>,
    hints: Vec<Headers>,
}

impl Exchange {
    fn new(flags: u8) -> Self {
        let version = match flags & 1 {
            0 => Version::HTTP_11,
            _ => Version::HTTP_10,
        };
        let is_head = flags & 2 != 0;
        Self {
            version,
            is_head,
            writer: ResponseWriter::new(is_head, version, flags & 4 == 0),
            out: Vec::new(),
            given: None,
            offered: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// One call; `None` at the end of the script.
    fn step(&mut self, script: &mut Script<'_>) -> Option<()> {
        match script.byte()? & 7 {
            0 => self.start(script)?,
            1 => self.hint(script.headers()?),
            2 => drop(self.finish(script.length())),
            3 => self.fail(),
            4 => self.writer.close_after(),
            5 => self.write_raw(u64::from(script.byte()?), script.length()),
            _ => self.write(script.text()?, script.length()),
        }
        Some(())
    }

    fn start(&mut self, script: &mut Script<'_>) -> Option<()> {
        let status = script.status()?;
        let exc_info = script.byte()? & 1 == 1;
        let headers = script.headers()?;
        if let Ok(status) = StatusLine::parse_bytes(status) {
            let exc_info = exc_info.then(|| ExcInfo::new("trapped"));
            let started = self.writer.start(status.clone(), headers.clone(), exc_info);
            if started.is_ok() {
                self.given = Some((status, headers));
            }
        }
        Some(())
    }

    fn hint(&mut self, headers: Headers) {
        if let Ok(hints) = EarlyHints::new(headers) {
            let before = self.out.len();
            self.writer.early_hints(&hints, &mut self.out);
            if self.out.len() > before {
                self.hints.push(hints.headers().clone());
            }
        }
    }

    fn finish(&mut self, length: Option<u64>) -> Ending {
        if !self.writer.is_started() {
            self.fail();
        }
        self.writer.finish(length, &mut self.out)
    }

    /// What the server says where nothing of the application's has gone out.
    fn fail(&mut self) {
        if !self.writer.head_sent() {
            self.given = None;
            self.offered = b"Internal Server Error\n".to_vec();
        }
        self.writer.fail(&mut self.out);
    }

    fn write(&mut self, block: &[u8], total: Option<u64>) {
        match self.writer.write(block, total, &mut self.out) {
            Ok(()) | Err(WriteError::BeyondContentLength { .. }) => {
                self.offered.extend_from_slice(block);
            }
            Err(_) => {}
        }
    }

    fn write_raw(&mut self, length: u64, total: Option<u64>) {
        if let Ok(count) = self.writer.write_raw(length, total, &mut self.out) {
            assert!(count <= length);
            self.offered
                .resize(self.offered.len() + length as usize, b'r');
            self.out.resize(self.out.len() + count as usize, b'r');
        }
    }
}

/// A head as a client reads it.
struct Received<'w> {
    status: &'w [u8],
    fields: Vec<(&'w str, &'w [u8])>,
    length: usize,
}

impl<'w> Received<'w> {
    fn parse(wire: &'w [u8]) -> Self {
        let mut room = [httparse::EMPTY_HEADER; 32];
        let mut response = httparse::Response::new(&mut room);
        let length = response.parse(wire).expect("well-formed").unwrap();
        let text = &wire[..length];
        let lines = text.split(|&byte| byte == b'\n').count() - 1;
        assert_eq!(lines, text.iter().filter(|&&byte| byte == b'\r').count());
        assert_eq!(lines, response.headers.len() + 2, "a line for each field");
        assert!(!text.contains(&0));
        let line = text.split(|&byte| byte == b'\r').next();
        let status = line.and_then(|line| line.strip_prefix(b"HTTP/1.1 "));
        Self {
            status: status.expect("our version"),
            fields: response
                .headers
                .iter()
                .map(|field| (field.name, field.value))
                .collect(),
            length,
        }
    }

    fn value(&self, name: &str) -> Option<&'w str> {
        let mut values = self
            .fields
            .iter()
            .filter(|field| field.0.eq_ignore_ascii_case(name));
        let value = values
            .next()
            .map(|field| std::str::from_utf8(field.1).expect("ASCII"));
        assert!(values.next().is_none(), "{name} twice");
        value
    }

    /// Where the body ends; `None` for the end of the connection.
    fn framing(&self, is_head: bool) -> Option<Framing> {
        let (coding, length) = (
            self.value("Transfer-Encoding"),
            self.value("Content-Length"),
        );
        assert!(coding.is_none_or(|coding| coding == "chunked" && length.is_none()));
        if is_head || matches!(&self.status[..3], b"204" | b"304") {
            return Some(Framing::Empty);
        }
        match (coding, length) {
            (Some(_), _) => Some(Framing::Chunked),
            (None, Some(length)) => Some(Framing::Length(length.parse().expect("a number"))),
            (None, None) => None,
        }
    }

    /// The fields are the application's, in its order, and those of the server.
    fn check_fields(&self, given: Option<&(StatusLine, Headers)>) {
        let own = |name: &str| {
            let names = ["Content-Length", "Transfer-Encoding", "Connection"];
            names.iter().any(|own| own.eq_ignore_ascii_case(name))
        };
        let fields = self.fields.iter().filter(|(name, _)| !own(name));
        let Some((status, headers)) = given else {
            let names = fields.map(|field| field.0);
            return assert!(names.eq(["Date", "Server", "Content-Type"]));
        };
        assert_eq!(self.status, status.as_bytes());
        let added = ["Date", "Server"]
            .iter()
            .filter(|name| !headers.contains(name));
        let fields = fields.skip(added.count());
        assert!(
            fields
                .copied()
                .eq(trimmed(headers).filter(|(name, _)| !own(name)))
        );
    }
}

/// Fields as they are read: whitespace around values is no part of them.
fn trimmed(headers: &Headers) -> impl Iterator<Item = (&str, &[u8])> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    headers.iter().map(move |(name, value)| {
        let start = value
            .iter()
            .position(|byte| !is_blank(byte))
            .unwrap_or(value.len());
        let end = value
            .iter()
            .rposition(|byte| !is_blank(byte))
            .map_or(start, |last| last + 1);
        (name, &value[start..end])
    })
}

fuzz_target!(|data: &[u8]| {
    let mut script = Script(data);
    let mut exchange = Exchange::new(script.byte().unwrap_or(0));
    while exchange.step(&mut script).is_some() {}
    let ending = exchange.finish(None);
    let mut wire = &exchange.out[..];
    for hints in &exchange.hints {
        let interim = Received::parse(wire);
        assert!(interim.status == b"103 Early Hints" && exchange.version == Version::HTTP_11);
        assert!(interim.fields.iter().copied().eq(trimmed(hints)));
        wire = &wire[interim.length..];
    }
    let head = Received::parse(wire);
    head.check_fields(exchange.given.as_ref());
    let rest = &wire[head.length..];
    let (body, is_complete) = match head.framing(exchange.is_head) {
        Some(framing) => {
            let mut decoder = BodyDecoder::new(framing, &Limits::default());
            let mut body = Vec::new();
            let taken = decoder.decode(rest, &mut body).expect("well-formed");
            assert_eq!(taken, rest.len(), "bytes behind the response");
            (body, decoder.is_complete())
        }
        None => (rest.to_vec(), ending != Ending::KeepAlive),
    };
    assert_eq!(exchange.writer.body_bytes(), body.len() as u64);
    assert!(exchange.offered.starts_with(&body));
    let connection = head.value("Connection");
    match ending {
        Ending::KeepAlive if exchange.version == Version::HTTP_10 => {
            assert!(is_complete && connection == Some("keep-alive"));
        }
        Ending::KeepAlive => assert!(is_complete && connection.is_none()),
        Ending::Close(reason) => assert!(is_complete || reason.is_some()),
    }
});
