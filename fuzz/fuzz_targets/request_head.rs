//! A head is read alike however it arrives, and what we accept `httparse` accepts too.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wsgi_core::Environ;
use wsgi_fuzz::{limits, pieces};
use wsgi_server::protocol::{HeadReader, Limits, Refusal, RequestHead, parse_head};

type Outcome = Result<Option<RequestHead>, Refusal>;

fn read_in_pieces(bytes: &[u8], sizes: &[u8], limits: &Limits, environ: &mut Environ) -> Outcome {
    let (mut reader, mut end) = (HeadReader::new(), 0);
    for piece in pieces(bytes, sizes) {
        end += piece.len();
        let head = reader.read(&bytes[..end], limits, environ)?;
        if head.is_some() {
            return Ok(head);
        }
    }
    Ok(None)
}

fuzz_target!(|data: &[u8]| {
    let Some(([flags, sizes @ ..], bytes)) = data.split_first_chunk::<4>() else {
        return;
    };
    let limits = limits(flags & 1 != 0);
    let (mut environ, mut other) = (Environ::new(), Environ::new());
    let outcome = parse_head(bytes, &limits, &mut environ);
    assert_eq!(outcome, read_in_pieces(bytes, sizes, &limits, &mut other));
    match outcome {
        Err(refusal) => assert!(!refusal.to_string().contains(char::is_control)),
        Ok(None) => assert!(bytes.len() < limits.head),
        Ok(Some(head)) => {
            assert_eq!(environ.vars(), other.vars());
            check(&head, &environ, bytes, &limits);
        }
    }
});

/// A head that we accept.
fn check(head: &RequestHead, environ: &Environ, bytes: &[u8], limits: &Limits) {
    let text = &bytes[..head.length];
    assert!(text.len() <= limits.head && text.ends_with(b"\r\n\r\n"));
    assert_eq!(
        text.iter().filter(|&&byte| byte == b'\n').count(),
        text.windows(2).filter(|end| end == b"\r\n").count(),
    );
    let mut room = [httparse::EMPTY_HEADER; 128];
    let mut request = httparse::Request::new(&mut room);
    match request.parse(bytes) {
        Ok(status) => {
            assert_eq!(status, httparse::Status::Complete(head.length));
            assert!(request.headers.len() <= limits.fields);
            assert_eq!(Some(environ.method().as_str()), request.method);
            assert_eq!(Some(environ.target()), request.path.map(str::as_bytes));
            if environ.target().starts_with(b"/") {
                // Those with an underscore, and `Proxy`, are left out.
                let theirs = request.headers.iter().filter(|field| {
                    !field.name.contains('_') && !field.name.eq_ignore_ascii_case("proxy")
                });
                let theirs = theirs.map(|field| (field.name, field.value));
                assert!(environ.headers().iter().eq(theirs));
            }
        }
        // It knows no minor version above 1.
        Err(error) => assert_eq!(error, httparse::Error::Version),
    }
}
