//! Whatever an application does, its client sees one response whose end it knows, or a closed connection.
#![no_main]

use http::Version;
use libfuzzer_sys::fuzz_target;
use wsgi_core::{ExcInfo, Headers, StatusLine};
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

    fn headers(&mut self) -> Option<Headers> {
        let mut headers = Headers::new();
        for _ in 0..self.byte()? & 3 {
            let name = match self.byte()? & 7 {
                0 => &b"Content-Length"[..],
                1 => b"Date",
                2 => b"Transfer-Encoding",
                _ => self.text()?,
            };
            // What is no header cannot come so far.
            let _ = headers.try_append(name, self.text()?);
        }
        Some(headers)
    }
}

/// One call; `None` at the end of the script.
fn step(script: &mut Script<'_>, writer: &mut ResponseWriter, out: &mut Vec<u8>) -> Option<()> {
    match script.byte()? & 7 {
        0 | 1 => {
            let line = match script.byte()? & 7 {
                0 => &b"204 No Content"[..],
                1 => b"304 Not Modified",
                2 => b"205 Reset Content",
                3 => script.text()?,
                _ => b"200 OK",
            };
            let exc_info = script.byte().filter(|byte| byte & 1 == 1);
            let headers = script.headers()?;
            if let Ok(status) = StatusLine::parse_bytes(line) {
                let _ = writer.start(status, headers, exc_info.map(|_| ExcInfo::new("trapped")));
            }
        }
        2 => drop(writer.finish(script.length(), out)),
        3 => drop(writer.fail(out)),
        4 => writer.close_after(),
        5 => {
            let length = u64::from(script.byte()?);
            if let Ok(count) = writer.write_raw(length, script.length(), out) {
                assert!(count <= length);
                out.resize(out.len() + count as usize, b'r');
            }
        }
        _ => drop(writer.write(script.text()?, script.length(), out)),
    }
    Some(())
}

/// The length of the body, and whether it is complete, as a client sees it.
fn receive(is_head: bool, wire: &[u8]) -> (u64, bool) {
    let mut room = [httparse::EMPTY_HEADER; 32];
    let mut response = httparse::Response::new(&mut room);
    let head = response.parse(wire).expect("well-formed").unwrap();
    let value = |name: &str| {
        let mut values = response
            .headers
            .iter()
            .filter(|field| field.name.eq_ignore_ascii_case(name));
        let value = values
            .next()
            .map(|field| std::str::from_utf8(field.value).expect("ASCII"));
        assert!(values.next().is_none(), "{name} twice");
        value
    };
    let (coding, length) = (value("Transfer-Encoding"), value("Content-Length"));
    assert!(coding.is_none_or(|coding| coding == "chunked" && length.is_none()));
    let framing = match response.code.expect("parsed") {
        _ if is_head => Framing::Empty,
        204 | 304 => Framing::Empty,
        _ if coding.is_some() => Framing::Chunked,
        _ => match length {
            Some(length) => Framing::Length(length.parse().expect("a number")),
            None => {
                return (
                    (wire.len() - head) as u64,
                    value("Connection") == Some("close"),
                );
            }
        },
    };
    let (mut decoder, mut body) = (BodyDecoder::new(framing, &Limits::default()), Vec::new());
    let taken = decoder
        .decode(&wire[head..], &mut body)
        .expect("well-formed");
    assert_eq!(head + taken, wire.len(), "bytes behind the response");
    (body.len() as u64, decoder.is_complete())
}

fuzz_target!(|data: &[u8]| {
    let mut script = Script(data);
    let flags = script.byte().unwrap_or(0);
    let version = if flags & 1 == 0 {
        Version::HTTP_11
    } else {
        Version::HTTP_10
    };
    let is_head = flags & 2 != 0;
    let mut writer = ResponseWriter::new(is_head, version, flags & 4 == 0);
    let mut out = Vec::new();
    while step(&mut script, &mut writer, &mut out).is_some() {}
    let ending = writer.finish(None, &mut out);
    let (length, is_complete) = receive(is_head, &out);
    assert_eq!(writer.body_bytes(), length);
    assert!(is_complete || matches!(ending, Ending::Close(Some(_))));
});
