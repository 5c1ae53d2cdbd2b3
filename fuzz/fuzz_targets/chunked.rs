//! A chunked body decodes alike however it arrives, and never to more bytes than came.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wsgi_server::protocol::{BodyDecoder, Framing, Limits, Refusal};

fn decode(bytes: &[u8], step: usize) -> Result<(usize, Vec<u8>, bool), Refusal> {
    let mut decoder = BodyDecoder::new(Framing::Chunked, &Limits::default());
    let (mut taken, mut body) = (0, Vec::new());
    for piece in bytes.chunks(step) {
        taken += decoder.decode(piece, &mut body)?;
    }
    Ok((taken, body, decoder.is_complete()))
}

fuzz_target!(|data: &[u8]| {
    let Some((&step, bytes)) = data.split_first() else {
        return;
    };
    let whole = decode(bytes, bytes.len().max(1));
    assert_eq!(whole, decode(bytes, usize::from(step).max(1)));
    if let Ok((taken, body, is_complete)) = whole {
        assert!(body.len() <= taken && (is_complete || taken == bytes.len()));
        assert!(!is_complete || bytes[..taken].ends_with(b"\r\n"));
    }
});
