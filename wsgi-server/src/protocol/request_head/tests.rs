use super::*;
use httparse::{EMPTY_HEADER, Status};
use proptest::prelude::*;
use proptest::sample::Index;

/// What is kept of a head: target, fields as `name=value;`, what [`RequestHead`] says.
type Seen = Result<Option<(String, String, RequestHead)>, Refusal>;

/// Reads `bytes` as they arrive in pieces that end at the `ends`.
fn read_in_pieces(bytes: &[u8], ends: &[usize], limits: &Limits) -> Seen {
    let (mut reader, mut environ) = (HeadReader::new(), Environ::new());
    for &end in ends {
        if let Some(head) = reader.read(&bytes[..end], limits, &mut environ)? {
            let fields = environ
                .headers()
                .iter()
                .map(|(name, value)| format!("{name}={};", value.escape_ascii()));
            let target = String::from_utf8_lossy(environ.target()).into_owned();
            return Ok(Some((target, fields.collect(), head)));
        }
    }
    Ok(None)
}

fn read(bytes: &[u8]) -> Seen {
    read_in_pieces(bytes, &[bytes.len()], &Limits::default())
}

fn status(seen: Seen) -> Result<Option<(String, String, RequestHead)>, u16> {
    seen.map_err(|refusal| refusal.status().as_u16())
}

/// Field lines behind `Host: a`, and how they are seen, or the refusal's status.
const FIELDS: &[(&str, Result<&str, u16>)] = &[
    ("", Ok("")),
    ("X-A: 1\r\n", Ok("X-A=1;")),
    ("X-A:1\r\nX-B: \t two \t \r\n", Ok("X-A=1;X-B=two;")),
    ("X-A:\r\nX-B: \r\n", Ok("X-A=;X-B=;")),
    ("x-MIXED: v\r\n", Ok("x-MIXED=v;")),
    ("X-A: caf\u{e9}\r\n", Ok("X-A=caf\\xc3\\xa9;")),
    ("X-A: 1\r\nx-a: 2\r\n", Ok("X-A=1;x-a=2;")),
    // What could pass for another field is left out.
    ("X_A: 1\r\nX-A: 2\r\n", Ok("X-A=2;")),
    ("X-User: good\r\nX_User: evil\r\n", Ok("X-User=good;")),
    ("Content_Length: 1000\r\n", Ok("")),
    ("Transfer_Encoding: chunked\r\n", Ok("")),
    ("Script_Name: /evil\r\nPath_Info: /evil\r\n", Ok("")),
    ("Proxy: http://evil.example/\r\nproxy: x\r\n", Ok("")),
    // Malformed lines.
    ("X-A : 1\r\n", Err(400)),
    ("X-A\t: 1\r\n", Err(400)),
    ("X-A: one\r\n two\r\n", Err(400)),
    ("X-A: one\r\n\t \ttwo\r\n", Err(400)),
    (" X-A: 1\r\n", Err(400)),
    ("no colon here\r\n", Err(400)),
    (": value\r\n", Err(400)),
    ("X A: 1\r\n", Err(400)),
    ("X-\u{e9}: 1\r\n", Err(400)),
    ("X\0A: 1\r\n", Err(400)),
    ("X(A): 1\r\n", Err(400)),
    ("X-A: one\rtwo\r\n", Err(400)),
    ("X-A: one\0two\r\n", Err(400)),
    ("X-A: one\u{1}two\r\n", Err(400)),
    ("X-A: one\u{b}two\r\n", Err(400)),
    ("X-A: one\u{1b}two\r\n", Err(400)),
    ("X-A: one\u{7f}two\r\n", Err(400)),
    ("X-A: 1\nX-B: 2\r\n", Err(400)),
    ("Transfer-Encoding : chunked\r\n", Err(400)),
    // One valid Host.
    ("Host: a\r\n", Err(400)),
    ("hOST: b\r\n", Err(400)),
    // Expectations.
    ("Expect: 100-Continue\r\n", Ok("Expect=100-Continue;")),
    ("Expect: the-unexpected\r\n", Err(417)),
    ("Expect: 100-continue\r\nExpect: x\r\n", Err(417)),
    ("Expect: x\r\nExpect: 100-continue\r\n", Err(417)),
    ("Expect: 100-continue, x\r\n", Err(417)),
    ("Expect: 100-continue;q=1\r\n", Err(417)),
    ("Expect: \"100-continue\"\r\n", Err(417)),
    ("Expect:\r\n", Ok("Expect=;")),
    ("Expect: , 100-continue,\r\n", Ok("Expect=, 100-continue,;")),
    // Framing; the table in `framing` has the rest.
    ("Content-Length: \t 5 \t\r\n", Ok("Content-Length=5;")),
    ("Content-Length: 5\r\nContent-Length: 5\r\n", Err(400)),
    (
        "Content-Length: 1073741824\r\n",
        Ok("Content-Length=1073741824;"),
    ),
    ("Content-Length: 1073741825\r\n", Err(413)),
    (
        "Content-Length: 5\r\ntRANSFER-eNCODING: chunked\r\n",
        Err(400),
    ),
    ("Transfer-Encoding: gzip, chunked\r\n", Err(501)),
];

#[test]
fn fields_are_read_left_out_or_refused() {
    for &(lines, expected) in FIELDS {
        let request = format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
        let seen = status(read(request.as_bytes())).map(|seen| seen.map(|seen| seen.1));
        let expected = expected.map(|fields| Some(format!("Host=a;{fields}")));
        assert_eq!(seen, expected, "{lines:?}");
    }
}

/// Whole heads, and the status of their refusal, if they are refused.
const HEADS: &[(&str, Result<(), u16>)] = &[
    ("GET / HTTP/1.1\r\nHost: a_b.example:80\r\n\r\n", Ok(())),
    ("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", Ok(())),
    ("GET / HTTP/1.1\r\nHost:\r\n\r\n", Ok(())),
    ("GET / HTTP/1.1\r\n\r\n", Err(400)),
    ("GET http://a/ HTTP/1.1\r\n\r\n", Err(400)),
    ("GET / HTTP/1.0\r\n\r\n", Ok(())),
    ("GET / HTTP/1.0\r\nHost: a b\r\n\r\n", Err(400)),
    ("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", Err(400)),
    ("GET / HTTP/1.1\r\nHost: a/path\r\n\r\n", Err(400)),
    ("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", Err(400)),
    ("GET / HTTP/1.1\r\nHost: a:http\r\n\r\n", Err(400)),
    ("GET / HTTP/1.1\r\nHost: :80\r\n\r\n", Err(400)),
    ("GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", Err(400)),
    ("GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n", Err(400)),
    ("GET http://a/ HTTP/1.1\r\nHost: b c\r\n\r\n", Err(400)),
    ("GET http://a/ HTTP/1.1\r\nHost:\r\n\r\n", Ok(())),
    ("GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n", Err(421)),
    ("GET /#f HTTP/1.1\r\nHost: a\r\n\r\n", Err(400)),
    ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", Err(400)),
    ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", Ok(())),
    ("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", Err(501)),
    ("GET / HTTP/1.2\r\nHost: a\r\n\r\n", Ok(())),
    ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", Err(505)),
    (
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        Err(400),
    ),
    (
        "POST / HTTP/1.0\r\nExpect: x\r\nContent-Length: 1\r\n\r\n",
        Ok(()),
    ),
    ("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Ok(())),
];

#[test]
fn heads_are_accepted_or_refused() {
    for &(head, expected) in HEADS {
        let seen = status(read(head.as_bytes()));
        let expected = expected.map(|()| Some(head.len()));
        assert_eq!(
            seen.map(|seen| seen.map(|seen| seen.2.length)),
            expected,
            "{head:?}"
        );
    }
}

/// Version and field lines; framing, persistence, expectation.
const CONTROLS: &[(&str, Framing, bool, bool)] = &[
    ("1.1\r\n", Framing::Empty, true, false),
    ("1.0\r\n", Framing::Empty, false, false),
    (
        "1.0\r\nConnection: Keep-Alive\r\n",
        Framing::Empty,
        true,
        false,
    ),
    (
        "1.1\r\nConnection: x\r\nConnection: Close\r\n",
        Framing::Empty,
        false,
        false,
    ),
    (
        "1.1\r\nExpect: 100-continue\r\n",
        Framing::Empty,
        true,
        false,
    ),
    (
        "1.1\r\nExpect: 100-continue\r\nContent-Length: 0\r\n",
        Framing::Length(0),
        true,
        false,
    ),
    (
        "1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n",
        Framing::Length(5),
        true,
        true,
    ),
    (
        "1.1\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n",
        Framing::Chunked,
        true,
        true,
    ),
    (
        "1.1\r\nExpect: 100-continue,\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n",
        Framing::Length(5),
        true,
        true,
    ),
    (
        "1.1\r\nExpect: ,\r\nContent-Length: 5\r\n",
        Framing::Length(5),
        true,
        false,
    ),
    (
        "1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n",
        Framing::Length(5),
        false,
        false,
    ),
];

#[test]
fn framing_persistence_and_expectation_are_told() {
    for &(lines, framing, keep_alive, expects_continue) in CONTROLS {
        let request = format!("POST / HTTP/{lines}Host: a\r\n\r\nbody");
        let head = read(request.as_bytes()).unwrap().unwrap().2;
        let length = request.len() - "body".len();
        let expected = RequestHead {
            length,
            framing,
            keep_alive,
            expects_continue,
        };
        assert_eq!(head, expected, "{lines:?}");
    }
}

#[test]
fn the_authority_of_an_absolute_target_replaces_host_where_it_stands() {
    let request = b"GET http://right:81/p HTTP/1.1\r\nA: 1\r\nHost: wrong\r\nB: 2\r\n\r\n";
    let (target, fields, _) = read(request).unwrap().unwrap();
    assert_eq!(
        (&*target, &*fields),
        ("http://right:81/p", "A=1;Host=right:81;B=2;")
    );
}

#[test]
fn limits_are_inclusive() {
    let limits = Limits {
        fields: 70,
        field_size: 10,
        ..Limits::default()
    };
    let request = |count, value: &str| {
        let fields = format!("X: {value}\r\n").repeat(count);
        let request = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        status(read_in_pieces(
            request.as_bytes(),
            &[request.len()],
            &limits,
        ))
    };
    request(69, "1").unwrap().unwrap();
    assert_eq!(request(70, "1"), Err(431));
    request(1, "123456789").unwrap().unwrap();
    assert_eq!(request(1, "1234567890"), Err(431));
    let huge = Limits {
        fields: usize::MAX,
        ..Limits::default()
    };
    let request = format!("GET / HTTP/1.0\r\n{}\r\n", "a:\r\n".repeat(1000));
    read_in_pieces(request.as_bytes(), &[request.len()], &huge)
        .unwrap()
        .unwrap();
    let few = Limits {
        fields: 0,
        ..Limits::default()
    };
    let request = b"GET / HTTP/1.0\r\nA: 1\r\n\r\n";
    assert_eq!(
        status(read_in_pieces(request, &[request.len()], &few)),
        Err(431)
    );
}

#[test]
fn limits_on_bytes_hold_for_a_head_that_comes_whole() {
    let request = b"GET /45678 HTTP/1.1\r\nHost: a\r\n\r\nbody";
    let (line, head) = (19, 32);
    for (request_line, head, expected) in [
        (line, head, Ok(32)),
        (line - 1, head, Err(414)),
        (line, head - 1, Err(431)),
    ] {
        let limits = Limits {
            request_line,
            head,
            ..Limits::default()
        };
        let seen = status(read_in_pieces(request, &[request.len()], &limits));
        let length = seen.map(|seen| seen.unwrap().2.length);
        assert_eq!(length, expected, "{request_line}, {head}");
    }
}

#[test]
fn an_environ_is_not_touched_before_the_head_is_complete() {
    let request = b"POST /a?b HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
    for end in 0..request.len() {
        let (mut reader, mut environ) = (HeadReader::new(), Environ::new());
        let read = reader.read(&request[..end], &Limits::default(), &mut environ);
        assert_eq!(read, Ok(None));
        assert_eq!(environ.vars(), Environ::new().vars(), "{end}");
    }
}

/// RFC 9110 §9.3.2 "HEAD": a refusal of it has no body, so the method is to be known.
#[test]
fn a_refused_head_is_known_for_one() {
    for fault in [
        "HEAD / HTTP/2.0\r\n",
        "HEAD /\r\n",
        "HEAD relative HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\nHEAD / HTTP/1.1\r\nHost: a\n",
        "HEAD / HTTP/1.1\r\nHost : a\r\n\r\n",
        "HEAD / HTTP/1.1\r\n\r\n",
        "HEAD / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n",
    ] {
        for request in [fault.to_owned(), fault.replace("HEAD", "HEADS")] {
            let mut environ = Environ::new();
            let read = HeadReader::new().read(request.as_bytes(), &Limits::default(), &mut environ);
            read.unwrap_err();
            let is_head = environ.method() == Method::HEAD;
            assert_eq!(is_head, request == fault, "{request:?}");
        }
    }
}

#[test]
fn a_reader_begins_anew_after_each_head() {
    let (mut reader, mut environ) = (HeadReader::new(), Environ::new());
    let long = b"GET /a HTTP/1.1\r\nHost: a\r\nX-A: 1\r\n\r\n";
    let short = b"GET /b HTTP/1.0\r\n\r\n";
    for request in [&long[..], short, long] {
        environ.reset();
        let read = reader.read(request, &Limits::default(), &mut environ);
        assert_eq!(read.unwrap().unwrap().length, request.len());
    }
}

/// Requests that are nearly right: where parsers disagree.
fn nearly_request() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "GET",
        "OPTIONS",
        " ",
        "/",
        "*",
        "http://h:1",
        "?q",
        "HTTP/1.1",
        "HTTP/1.0",
        "HTTP/1.3",
        "\r\n",
        "\r\n",
        "\r",
        "\n",
        "Host: a\r\n",
        "Host:",
        "Content-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n",
        "X-A",
        ":",
        "\t",
        "\0",
        "_",
        "é",
        "GET / HTTP/1.1\r\nHost: a\r\n",
        "\r\n\r\n",
    ]);
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat().into_bytes())
}

fn ends(bytes: &[u8], cuts: &[Index]) -> Vec<usize> {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    ends.push(bytes.len());
    ends.sort_unstable();
    ends
}

proptest! {
    // Requests that are nearly right in a way that matters are rare among those that are made here.
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_head_is_read_alike_however_it_is_cut(bytes in nearly_request(), cuts: Vec<Index>) {
        let pieces = read_in_pieces(&bytes, &ends(&bytes, &cuts), &Limits::default());
        prop_assert_eq!(pieces, read(&bytes));
    }

    #[test]
    fn a_row_is_read_alike_byte_by_byte(row in 0..FIELDS.len()) {
        let request = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", FIELDS[row].0).into_bytes();
        let every: Vec<usize> = (0..=request.len()).collect();
        let pieces = status(read_in_pieces(&request, &every, &Limits::default()));
        prop_assert_eq!(pieces, status(read(&request)));
    }

    /// Differential: what we accept, `httparse` accepts and reads alike, but for what we leave out. (It knows no
    /// minor version above 1, so there is none here.)
    #[test]
    fn what_is_accepted_httparse_accepts_too(bytes in nearly_request()) {
        let bytes = String::from_utf8_lossy(&bytes).replace("HTTP/1.3", "HTTP/1.1").into_bytes();
        if let Ok(Some((target, fields, head))) = read(&bytes) {
            let mut room = [EMPTY_HEADER; 64];
            let mut request = httparse::Request::new(&mut room);
            prop_assert_eq!(request.parse(&bytes), Ok(Status::Complete(head.length)));
            prop_assert_eq!(request.path, Some(&*target));
            let theirs: String = request.headers.iter()
                .filter(|field| !field.name.contains('_') && !target.starts_with("http:"))
                .map(|field| format!("{}={};", field.name, field.value.escape_ascii())).collect();
            prop_assert!(target.starts_with("http:") || theirs == fields, "{} {}", theirs, fields);
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes: Vec<u8>, cuts: Vec<Index>) {
        let _ = read_in_pieces(&bytes, &ends(&bytes, &cuts), &Limits::default());
    }
}
