//! What the fuzz targets share: second opinions to hold ours against, and ways to cut a stream.
//!
//! The second opinions are written for plainness alone, from the grammar of the specification.

use wsgi_core::Environ;
use wsgi_server::protocol::{Limits, parse_head};

/// The pieces in which bytes arrive: their sizes repeat, and none of them is empty.
pub fn pieces<'b>(mut bytes: &'b [u8], sizes: &'b [u8]) -> impl Iterator<Item = &'b [u8]> {
    let mut sizes = sizes.iter().cycle();
    std::iter::from_fn(move || {
        let size = sizes.next().map_or(1, |&size| usize::from(size)).max(1);
        let (piece, rest) = bytes.split_at(size.min(bytes.len()));
        bytes = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

/// The server's own limits, or such as short inputs reach.
pub fn limits(are_small: bool) -> Limits {
    let default = Limits::default();
    if !are_small {
        return default;
    }
    Limits {
        request_line: 32,
        fields: 4,
        field_size: 40,
        head: 128,
        body: 24,
        chunk_extensions: 12,
        trailers: 24,
        ..default
    }
}

/// The environ of a `GET` of `/a` with these field lines; `None` if it is refused.
pub fn request(lines: &[&[u8]]) -> Option<Environ> {
    let head = [
        b"GET /a HTTP/1.1\r\nHost: inner:8000\r\n",
        &lines.concat()[..],
        b"\r\n",
    ]
    .concat();
    let mut environ = Environ::new();
    let taken = parse_head(&head, &Limits::default(), &mut environ).ok()??;
    // An empty line among them ends the head.
    (taken.length == head.len()).then_some(environ)
}

/// The body of a chunked message, and how many bytes of the message it takes.
///
/// # Specification
/// RFC 9112 §7.1 "Chunked Transfer Coding"
pub fn dechunk(message: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (mut body, mut rest) = (Vec::new(), message);
    loop {
        let line = take_line(&mut rest)?;
        let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit());
        let digits = std::str::from_utf8(&line[..digits.count()]).ok()?;
        let size = usize::from_str_radix(digits, 16).ok()?;
        if size == 0 {
            while !take_line(&mut rest)?.is_empty() {}
            return Some((body, message.len() - rest.len()));
        }
        let (data, behind) = rest.split_at_checked(size)?;
        body.extend_from_slice(data);
        rest = behind.strip_prefix(b"\r\n")?;
    }
}

/// Takes a line with its CR LF off the front.
fn take_line<'b>(bytes: &mut &'b [u8]) -> Option<&'b [u8]> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    let line = &bytes[..end];
    *bytes = &bytes[end + 2..];
    Some(line)
}

/// A path without its percent-encoding, which is taken off once; where it is broken it stays.
///
/// # Specification
/// RFC 3986 §2.1 "Percent-Encoding"
pub fn percent_decode(path: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let (mut decoded, mut rest) = (Vec::new(), path);
    while let [byte, behind @ ..] = rest {
        rest = behind;
        let mut byte = *byte;
        if let (b'%', [high, low, behind @ ..]) = (byte, rest)
            && let (Some(high), Some(low)) = (digit(*high), digit(*low))
        {
            byte = high << 4 | low;
            rest = behind;
        }
        decoded.push(byte);
    }
    decoded
}
