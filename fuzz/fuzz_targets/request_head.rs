//! A head is read alike however it arrives, and what we accept `httparse` accepts too.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wsgi_core::Environ;
use wsgi_server::protocol::{HeadReader, Limits, Refusal, RequestHead, parse_head};

/// The first byte says where to cut the rest.
fn read_in_pieces(bytes: &[u8], step: usize) -> Result<Option<(RequestHead, Environ)>, Refusal> {
    let (mut reader, mut environ) = (HeadReader::new(), Environ::new());
    let ends = (0..bytes.len()).step_by(step).chain([bytes.len()]);
    for end in ends {
        if let Some(head) = reader.read(&bytes[..end], &Limits::default(), &mut environ)? {
            return Ok(Some((head, environ)));
        }
    }
    Ok(None)
}

fuzz_target!(|data: &[u8]| {
    let Some((&step, bytes)) = data.split_first() else {
        return;
    };
    let mut environ = Environ::new();
    let whole = parse_head(bytes, &Limits::default(), &mut environ);
    let pieces = read_in_pieces(bytes, usize::from(step).max(1));
    match (whole, pieces) {
        (Err(refusal), Err(_)) => assert!(!refusal.to_string().contains(char::is_control)),
        (Ok(None), Ok(None)) => {}
        (Ok(Some(head)), Ok(Some((again, other)))) => {
            assert_eq!(head, again);
            assert_eq!(environ.vars(), other.vars());
            let text = &bytes[..head.length];
            assert!(text.ends_with(b"\r\n\r\n"));
            assert_eq!(
                text.iter().filter(|&&byte| byte == b'\n').count(),
                text.windows(2).filter(|end| end == b"\r\n").count(),
            );
            let mut room = [httparse::EMPTY_HEADER; 128];
            let mut request = httparse::Request::new(&mut room);
            match request.parse(bytes) {
                Ok(status) => {
                    assert_eq!(status, httparse::Status::Complete(head.length));
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
        (whole, pieces) => panic!("{whole:?} at once, {pieces:?} in pieces"),
    }
});
