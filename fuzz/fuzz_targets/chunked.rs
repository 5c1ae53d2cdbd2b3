//! A chunked body decodes alike however it arrives, to what the grammar says, and never beyond its end.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wsgi_fuzz::{dechunk, limits, pieces};
use wsgi_server::protocol::{BodyDecoder, Framing, Limits, Refusal};

#[derive(Debug, PartialEq)]
struct Decoded {
    body: Vec<u8>,
    taken: usize,
    is_complete: bool,
}

fn decode(bytes: &[u8], sizes: &[u8], limits: &Limits) -> Result<Decoded, Refusal> {
    let mut decoder = BodyDecoder::new(Framing::Chunked, limits);
    let (mut body, mut taken) = (Vec::new(), 0);
    for piece in pieces(bytes, sizes) {
        taken += decoder.decode(piece, &mut body)?;
    }
    let is_complete = decoder.is_complete();
    Ok(Decoded {
        body,
        taken,
        is_complete,
    })
}

fuzz_target!(|data: &[u8]| {
    let Some(([flags, sizes @ ..], bytes)) = data.split_first_chunk::<4>() else {
        return;
    };
    let limits = limits(flags & 1 != 0);
    let in_pieces = decode(bytes, sizes, &limits);
    let mut decoder = BodyDecoder::new(Framing::Chunked, &limits);
    let mut body = Vec::new();
    let at_once = decoder.decode(bytes, &mut body).map(|taken| Decoded {
        body,
        taken,
        is_complete: decoder.is_complete(),
    });
    assert_eq!(at_once, in_pieces);
    let Ok(decoded) = at_once else { return };
    assert!(decoded.body.len() as u64 <= limits.body);
    match decoded.is_complete {
        true => assert_eq!(dechunk(bytes), Some((decoded.body, decoded.taken))),
        false => assert_eq!((decoded.taken, dechunk(bytes)), (bytes.len(), None)),
    }
});
