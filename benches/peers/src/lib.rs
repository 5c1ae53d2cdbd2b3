//! What the servers have in common: each is given its address, answers every request by the same fields
//! (`Content-Type`, `Content-Length`, `Date`, `Server`) and thirteen bytes, or by a page of JSON, and works on one thread.

use bytes::Bytes;

/// Where to listen: the first argument, `host:port`.
pub fn address() -> String {
    let first = std::env::args().nth(1);
    first.unwrap_or_else(|| "127.0.0.1:8000".to_owned())
}

/// So many bytes of rows as an interface lists them, the same as those of `benches/compare/compressed.py`.
pub fn rows(size: usize) -> Bytes {
    const NAMES: [&str; 8] = [
        "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi",
    ];
    const TAGS: [&str; 7] = ["red", "green", "blue", "large", "small", "new", "sale"];
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut text = String::from("[");
    for id in 1.. {
        if text.len() >= size {
            break;
        }
        let (bits, token) = (random(), random());
        let (name, other) = (NAMES[(bits % 8) as usize], NAMES[(bits >> 3 & 7) as usize]);
        let (tag, next) = (
            TAGS[(bits >> 36) as usize % 7],
            TAGS[(bits >> 40) as usize % 7],
        );
        text += &format!(
            r#"{{"id":{id},"name":"{name}","email":"{other}{}@example.com","price":{}.{:02},"tags":["{tag}","{next}"],"active":{},"token":"{token:016x}"}},"#,
            bits >> 8 & 0xfff,
            bits >> 20 & 0x3ff,
            (bits >> 30) % 100,
            bits >> 44 & 1 == 1,
        );
    }
    text.truncate(size);
    Bytes::from(text)
}
