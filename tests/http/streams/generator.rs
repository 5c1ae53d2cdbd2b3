//! Requests by their grammar, with faults strewn in: where parsers disagree.

/// Numbers that are the same in every run, and choices by them.
#[derive(Debug)]
pub(crate) struct Random {
    state: u64,
    /// One choice in so many is a fault.
    rarity: usize,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            state: seed,
            rarity: 8,
        }
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    fn of<'c>(&mut self, choices: &[&'c [u8]]) -> &'c [u8] {
        choices[self.below(choices.len())]
    }

    fn is_faulty(&mut self) -> bool {
        self.one_in(self.rarity)
    }

    /// The usual one mostly, else one of the others.
    fn mostly<'c>(&mut self, usual: &'c [u8], others: &[&'c [u8]]) -> &'c [u8] {
        self.among(&[usual], others)
    }

    /// One of the good ones mostly, else one of the bad ones.
    fn among<'c>(&mut self, good: &[&'c [u8]], bad: &[&'c [u8]]) -> &'c [u8] {
        match self.is_faulty() {
            true => self.of(bad),
            false => self.of(good),
        }
    }
}

/// One to three requests, and perhaps a fault anywhere.
pub(crate) fn stream(random: &mut Random) -> Vec<u8> {
    let mut bytes = Vec::new();
    random.rarity = [8, 40, 200][random.below(3)];
    for _ in 0..=random.below(3) {
        request(random, &mut bytes);
    }
    if random.is_faulty() {
        spoil(random, &mut bytes);
    }
    bytes
}

fn request(random: &mut Random, out: &mut Vec<u8>) {
    if random.one_in(12) {
        out.extend(random.among(&[b"\r\n", b"\r\n\r\n"], &[b"\n", b"\r", b" "]));
    }
    let version = random.among(GOOD_VERSIONS, BAD_VERSIONS);
    for part in [
        random.among(GOOD_METHODS, BAD_METHODS),
        random.mostly(b" ", SPACES),
        random.among(GOOD_TARGETS, BAD_TARGETS),
        random.mostly(b" ", SPACES),
        version,
        line_end(random),
    ] {
        out.extend_from_slice(part);
    }
    let mut lines: Vec<Vec<u8>> = Vec::new();
    if !random.is_faulty() {
        lines.push([b"Host: ", random.among(GOOD_HOSTS, BAD_HOSTS)].concat());
    }
    let body = body(random, &mut lines);
    for _ in 0..random.below(4) {
        let line = match random.one_in(2) {
            true => random.among(GOOD_FIELDS, BAD_FIELDS),
            false => random.among(GOOD_CONTROLS, BAD_CONTROLS),
        };
        lines.insert(random.below(lines.len() + 1), line.to_vec());
    }
    for line in lines {
        out.extend(line);
        out.extend_from_slice(line_end(random));
    }
    out.extend_from_slice(line_end(random));
    out.extend(body);
}

/// A body, and the field lines that frame it, or nearly so.
fn body(random: &mut Random, lines: &mut Vec<Vec<u8>>) -> Vec<u8> {
    match random.below(5) {
        0 => {
            let data = &b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"[..random.below(34)];
            let length = data.len();
            let text = match random.below(random.rarity.max(9)) {
                0 => format!("+{length}"),
                1 => format!("{length}, {length}"),
                2 => format!("0x{length:x}"),
                3 => format!("0{length}"),
                4 => format!("{length}{:030}", 0),
                5 => format!("{:030}{length}", 0),
                6 => format!("-{length}"),
                7 => format!("{length} "),
                _ => length.to_string(),
            };
            let name = random.mostly(
                b"Content-Length: ",
                &[
                    b"Content-Length:",
                    b"Content_Length: ",
                    b"content-length: \t",
                ],
            );
            let line = [name, text.as_bytes()].concat();
            if random.is_faulty() {
                lines.push(line.clone());
            }
            lines.push(line);
            data.to_vec()
        }
        1 | 2 => {
            let coding = random.mostly(b"chunked", CODINGS);
            let name = random.mostly(
                b"Transfer-Encoding: ",
                &[
                    b"Transfer-Encoding:",
                    b"Transfer_Encoding: ",
                    b"tRANSFER-eNCODING:\t",
                ],
            );
            lines.push([name, coding].concat());
            chunks(random)
        }
        _ => Vec::new(),
    }
}

fn chunks(random: &mut Random) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..random.below(4) {
        let data = &b"hello, world\r\n0\r\n\r\n"[..1 + random.below(19)];
        let size = data.len();
        let size = match random.below(3 * random.rarity) {
            0 => format!("0x{size:x}"),
            1 => format!("{size:X}"),
            2 => format!("{size:016x}"),
            3 => format!("1{size:016x}"),
            4 => format!("{:x}", size + 1),
            5 => format!(" {size:x}"),
            6 => format!("{size:x} "),
            7 => format!("+{size:x}"),
            8 => format!("{size:x}_"),
            _ => format!("{size:x}"),
        };
        out.extend(size.bytes());
        out.extend(random.among(GOOD_EXTENSIONS, BAD_EXTENSIONS));
        out.extend(line_end(random));
        out.extend(data);
        out.extend(line_end(random));
    }
    out.extend(random.mostly(b"0", &[b"00", b"0;a", b"", b"0 "]));
    out.extend(line_end(random));
    if random.one_in(4) {
        out.extend(random.among(GOOD_FIELDS, BAD_FIELDS));
        out.extend(line_end(random));
    }
    out.extend(line_end(random));
    out
}

fn line_end(random: &mut Random) -> &'static [u8] {
    match random.one_in(8 * random.rarity) {
        true => random.of(&[b"\n", b"\r", b"\r\r\n", b"\n\r\n", b"\r\n "]),
        false => b"\r\n",
    }
}

/// Changes, adds or removes a byte anywhere.
fn spoil(random: &mut Random, bytes: &mut Vec<u8>) {
    let at = random.below(bytes.len());
    let byte = random.of(&[
        b"\0", b"\t", b"\n", b"\x0b", b"\r", b" ", b"\"", b"#", b",", b":", b";", b"\x7f", b"\x85",
        b"\xff",
    ])[0];
    match random.below(3) {
        0 => bytes[at] = byte,
        1 => bytes.insert(at, byte),
        _ => drop(bytes.remove(at)),
    }
}

const GOOD_METHODS: &[&[u8]] = &[b"GET", b"GET", b"POST", b"HEAD", b"PUT", b"M-SEARCH"];
const BAD_METHODS: &[&[u8]] = &[
    b"OPTIONS",
    b"get",
    b"BREW",
    b"!#$%&'*+-.^_`|~",
    b"G(T",
    b"G\xc9T",
    b"CONNECT",
    b"",
];
const SPACES: &[&[u8]] = &[b"  ", b"\t", b" \t", b"\x0b", b""];
const GOOD_TARGETS: &[&[u8]] = &[
    b"/",
    b"/a",
    b"/a",
    b"//a//b",
    b"/a?b=c&d",
    b"/%41%2f%zz%",
    b"/a;b,c",
    b"/\\",
    b"/<>\"{}|^`",
    b"http://h",
    b"http://h:81/x?y",
    b"HTTP://[::1]/",
];
const BAD_TARGETS: &[&[u8]] = &[
    b"/a#b",
    b"/\xc3\xa9",
    b"/a b",
    b"*",
    b"a",
    b"a:80",
    b"?",
    b"http://u@h/",
    b"http://:80/",
    b"http:///x",
    b"https://h/",
    b"http://h:99999/",
    b"http://h\\x/",
    b"http://a b/",
    b"ftp://h/",
];
const GOOD_VERSIONS: &[&[u8]] = &[
    b"HTTP/1.1",
    b"HTTP/1.1",
    b"HTTP/1.1",
    b"HTTP/1.1",
    b"HTTP/1.1",
    b"HTTP/1.1",
    b"HTTP/1.1",
    b"HTTP/1.0",
];
const BAD_VERSIONS: &[&[u8]] = &[
    b"HTTP/1.2",
    b"HTTP/2.0",
    b"HTTP/0.9",
    b"HTTP/1.01",
    b"HTTP/1",
    b"http/1.1",
    b"HTTP/1.1 ",
    b"",
];
const GOOD_HOSTS: &[&[u8]] = &[
    b"a",
    b"",
    b"a:80",
    b"[::1]:80",
    b"a_b.example",
    b"a,b",
    b"a%20b",
];
const BAD_HOSTS: &[&[u8]] = &[
    b"a b",
    b"a/b",
    b"u@a",
    b"a:b",
    b":80",
    b"a:65536",
    b"[::1",
    b"a\\b",
    b"\xe9",
    b"a\r\nHost: b",
];
const GOOD_FIELDS: &[&[u8]] = &[
    b"X-A: 1",
    b"X-A:2",
    b"X-B: \t x  y \t",
    b"X-C:",
    b"X-D: \xe9\xff",
    b"X_A: 3",
    b"Proxy: x",
    b"x-MiXeD: v",
    b"Content-Type: a/b",
];
const BAD_FIELDS: &[&[u8]] = &[
    b"X-A : 1",
    b" X-A: 1",
    b"X-A: 1\r\n folded",
    b"no colon",
    b": v",
    b"X(A): 1",
    b"X-\xe9: 1",
    b"X-A: \0",
    b"X-A: \x01",
    b"X-A: a\x7fb",
    b"X-A: a\rb",
    b"X-A: a\nb",
    b"X\0A: 1",
    b"X-A\t: 1",
];
const GOOD_CONTROLS: &[&[u8]] = &[
    b"Connection: keep-alive",
    b"Connection: x,,keep-alive",
    b"Connection: not-close",
    b"Connection: content-length",
    b"Connection: upgrade",
    b"Expect: 100-continue",
    b"Upgrade: h2c",
    b"TE: trailers",
    b"Trailer: X-A",
];
const BAD_CONTROLS: &[&[u8]] = &[
    b"Connection: close",
    b"Connection: Close, x",
    b"Expect: x",
    b"Content-Length: 0",
    b"Content-Length: 5",
    b"Content-Length:",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding : chunked",
    b"Transfer-Encoding: \x0bchunked",
    b"Host: c",
    b"Host : d",
];
const CODINGS: &[&[u8]] = &[
    b"CHUNKED",
    b"gzip, chunked",
    b"chunked, chunked",
    b"chunked, identity",
    b"identity",
    b"xchunked",
    b"chunked;a",
    b"\"chunked\"",
    b"chunked,",
    b",chunked",
    b"",
    b"chunked\x0b",
    b"gzip",
    b"chunked\r\nTransfer-Encoding: chunked",
    b"chunked ",
];
const GOOD_EXTENSIONS: &[&[u8]] = &[
    b"",
    b"",
    b"",
    b"",
    b";a",
    b";a=b;c=\"d\"",
    b" ; a = \"b;c\\\"\"",
];
const BAD_EXTENSIONS: &[&[u8]] = &[
    b";",
    b";a=\"",
    b";a b",
    b";a\x01",
    b";\xe9",
    b"\t",
    b";a\nb",
    b";a\rb",
    b";a=\"b\r\nc\"",
];
