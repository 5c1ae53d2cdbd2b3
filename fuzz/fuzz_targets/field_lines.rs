//! Field lines are those that `httparse` reads, but for lines that end in LF alone.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wsgi_core::Headers;

const MOST: usize = 64;

fuzz_target!(|section: &[u8]| {
    let mut headers = Headers::new();
    let ours = headers.append_lines(section, MOST);
    let mut room = [httparse::EMPTY_HEADER; MOST];
    match (ours, httparse::parse_headers(section, &mut room)) {
        (Ok(Some(length)), theirs) => {
            let fields: Vec<_> = headers
                .iter()
                .map(|(name, value)| httparse::Header { name, value })
                .collect();
            let complete = httparse::Status::Complete((length, &fields[..]));
            assert_eq!(theirs, Ok(complete));
            let mut out = Vec::new();
            headers.write_lines(&mut out);
            out.extend_from_slice(b"\r\n");
            let mut again = Headers::new();
            assert_eq!(again.append_lines(&out, MOST), Ok(Some(out.len())));
            assert_eq!(again, headers);
        }
        (ours, Ok(httparse::Status::Complete((length, _)))) => {
            let mut lines = section[..length].split_inclusive(|&byte| byte == b'\n');
            assert!(lines.any(|line| !line.ends_with(b"\r\n")), "{ours:?}");
        }
        (Ok(None), theirs) => assert_eq!(theirs, Ok(httparse::Status::Partial)),
        (Err(_), _) => assert!(headers.is_empty()),
    }
});
