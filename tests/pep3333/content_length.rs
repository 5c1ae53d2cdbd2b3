//! PEP 3333 "Handling the `Content-Length` Header".

use http::Version;
use wsgi_core::{Headers, StatusLine, WriteError};
use wsgi_server::protocol::{BodyDecoder, CloseReason, Ending, Framing, Limits, ResponseWriter};

use crate::kit::{TEXT, answering, assert_reports, blocks, get};

/// A response to `GET`, begun with this `Content-Length`.
fn started(version: Version, length: Option<&str>) -> ResponseWriter {
    let mut response = ResponseWriter::new(false, version, true);
    let headers = length.map(|length| ("Content-Length", length));
    response
        .start(
            StatusLine::OK,
            Headers::try_from_pairs(headers).unwrap(),
            None,
        )
        .unwrap();
    response
}

/// Head in lower case, and body.
fn split(out: &[u8]) -> (String, Vec<u8>) {
    let end = out
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap()
        + 4;
    (
        String::from_utf8_lossy(&out[..end]).to_ascii_lowercase(),
        out[end..].to_vec(),
    )
}

/// "should not transmit more bytes to the client than the header allows"
#[test]
fn no_more_than_content_length_is_sent() {
    let mut out = Vec::new();
    let mut response = started(Version::HTTP_11, Some("4"));
    response.write(b"abc", None, &mut out).unwrap();
    let _ = response.write(b"def", None, &mut out);
    response.finish(None, &mut out);
    assert_eq!(split(&out).1, b"abcd");
}

/// "should stop iterating over the response when enough data has been sent"
#[test]
fn iteration_stops_when_enough_was_sent() {
    let mut response = started(Version::HTTP_11, Some("4"));
    response.write(b"abc", None, &mut Vec::new()).unwrap();
    assert!(response.wants_more());
    response.write(b"d", None, &mut Vec::new()).unwrap();
    assert!(!response.wants_more());
}

/// "or raise an error if the application tries to write() past that point"
#[test]
fn write_beyond_content_length_raises() {
    let mut response = started(Version::HTTP_11, Some("4"));
    let beyond = response.write(b"abcdef", None, &mut Vec::new());
    assert!(
        matches!(
            beyond,
            Err(WriteError::BeyondContentLength {
                length: 4,
                surplus: 2
            })
        ),
        "{beyond:?}"
    );
}

/// "the server should close the connection and log or otherwise report the error"
#[test]
fn too_short_a_body_closes_the_connection_with_its_reason() {
    let mut out = Vec::new();
    let mut response = started(Version::HTTP_11, Some("4"));
    response.write(b"abc", None, &mut out).unwrap();
    let short = CloseReason::TooShort { length: 4, sent: 3 };
    assert_eq!(response.finish(None, &mut out), Ending::Close(Some(short)));
}

/// "The simplest of these is to close the client connection when the response is completed."
#[test]
fn without_a_length_http_1_0_ends_with_the_connection() {
    let mut out = Vec::new();
    let mut response = started(Version::HTTP_10, None);
    response.write(b"abc", None, &mut out).unwrap();
    response.write(b"def", None, &mut out).unwrap();
    assert_eq!(response.finish(None, &mut out), Ending::Close(None));
    let (head, body) = split(&out);
    assert!(
        !head.contains("content-length") && !head.contains("transfer-encoding"),
        "{head}"
    );
    assert_eq!(body, b"abcdef");
}

/// "the server can automatically determine Content-Length by taking the length of the first bytestring"
#[test]
fn a_known_length_becomes_content_length() {
    let mut out = Vec::new();
    let mut response = started(Version::HTTP_11, None);
    response.write(b"abc", Some(3), &mut out).unwrap();
    assert_eq!(response.finish(Some(3), &mut out), Ending::KeepAlive);
    let (head, body) = split(&out);
    assert!(head.contains("\r\ncontent-length: 3\r\n"), "{head}");
    assert_eq!(body, b"abc");
}

/// "the server may use chunked encoding to send a chunk for each write() call or bytestring yielded"
#[test]
fn without_a_length_http_1_1_is_chunked() {
    let mut out = Vec::new();
    let mut response = started(Version::HTTP_11, None);
    response.write(b"abc", None, &mut out).unwrap();
    response.write(b"defg", None, &mut out).unwrap();
    assert_eq!(response.finish(None, &mut out), Ending::KeepAlive);
    let (head, body) = split(&out);
    assert!(
        head.contains("\r\ntransfer-encoding: chunked\r\n"),
        "{head}"
    );
    assert!(!head.contains("content-length"), "{head}");
    assert_eq!(body, b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
}

/// "the server must comply fully with RFC 2616 when doing this": what it sends decodes to what was given, an
/// empty block is not taken for the last chunk, and a failure leaves the last chunk out.
#[test]
fn chunks_comply_with_http() {
    let mut out = Vec::new();
    let mut response = started(Version::HTTP_11, None);
    let block = vec![b'x'; 70_000];
    for block in [&b"a"[..], b"", &block, b"\r\n0\r\n\r\n"] {
        response.write(block, None, &mut out).unwrap();
    }
    response.finish(None, &mut out);
    let (_, body) = split(&out);
    let mut decoder = BodyDecoder::new(Framing::Chunked, &Limits::default());
    let mut decoded = Vec::new();
    assert_eq!(decoder.decode(&body, &mut decoded).unwrap(), body.len());
    assert!(decoder.is_complete());
    assert_eq!(decoded, [b"a", &block[..], b"\r\n0\r\n\r\n"].concat());

    let mut out = Vec::new();
    let mut response = started(Version::HTTP_11, None);
    response.write(b"a", None, &mut out).unwrap();
    assert!(matches!(response.fail(&mut out), Ending::Close(_)));
    assert_eq!(split(&out).1, b"1\r\na\r\n");
}

/// "applications and middleware must not apply any kind of Transfer-Encoding to their output"
#[test]
fn a_transfer_encoding_of_the_application_is_reported() {
    let chunking = answering(&[TEXT, ("Transfer-Encoding", "chunked")], || {
        blocks(&["1\r\na\r\n", "0\r\n\r\n"])
    });
    assert_reports("transfer-encoding.application", chunking, get);
}
