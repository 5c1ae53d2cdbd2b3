//! What is asked for at random, and the bytes that must come: the same pattern as in `app.py`.

use std::sync::LazyLock;

use wsgi_tests::Response;

/// A prime number of bytes.
const PERIOD: usize = 65521;

static TABLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut x: u64 = 1;
    let next = |_| {
        x = (x * 1_103_515_245 + 12345) & 0x7fff_ffff;
        (x >> 16) as u8
    };
    (0..PERIOD).map(next).collect()
});

/// SplitMix64: the same numbers for the same seed.
#[derive(Clone, Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// One of these.
    pub(crate) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// A size up to this one; small ones are as likely as large ones.
    pub(crate) fn size(&mut self, most: usize) -> usize {
        let bits = self.below(most.ilog2() as usize + 1);
        (1 << bits) + self.below(1 << bits)
    }
}

/// One request, and what must answer it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: &'static str,
    kind: &'static str,
    seed: usize,
    pub(crate) size: usize,
}

impl Asked {
    pub(crate) fn new(kind: &'static str, random: &mut Random, size: usize) -> Self {
        let method = "GET";
        let seed = random.below(1 << 30);
        Self {
            method,
            kind,
            seed,
            size,
        }
    }

    pub(crate) fn with_method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    /// Whether its content is its body too.
    pub(crate) fn is_echo(&self) -> bool {
        self.kind == "echo"
    }

    /// Its head, with these lines besides: each ends in CR LF.
    pub(crate) fn head(&self, lines: &str) -> String {
        let Self {
            method,
            kind,
            seed,
            size,
        } = self;
        format!(
            "{method} /soak/{kind}/{seed}/{size}?seed={seed} HTTP/1.1\r\nHost: soak\r\nX-Seed: {seed}\r\n{lines}\r\n"
        )
    }

    /// The bytes that belong to it: those of its answer, or of its body.
    pub(crate) fn content(&self) -> Vec<u8> {
        let begin = self.seed % PERIOD;
        let endless = TABLE.iter().cycle().skip(begin);
        endless.take(self.size).copied().collect()
    }

    /// Whether these bytes are the first of [`content`](Self::content).
    fn begins_with(&self, bytes: &[u8]) -> bool {
        let mut at = self.seed % PERIOD;
        let mut rest = bytes;
        while !rest.is_empty() {
            let length = rest.len().min(PERIOD - at);
            if rest[..length] != TABLE[at..at + length] {
                return false;
            }
            (at, rest) = (0, &rest[length..]);
        }
        bytes.len() <= self.size
    }

    /// The answer has this status, is whole, and is the one to this request.
    pub(crate) fn is_answered_by(&self, response: &Response, status: u16) {
        self.is_of_this(response, status);
        let size = if self.method == "HEAD" { 0 } else { self.size };
        assert!(
            response.is_complete,
            "{self:?}: {} bytes",
            response.body.len()
        );
        assert_eq!(response.body.len(), size, "{self:?}");
        assert!(self.begins_with(&response.body), "{self:?}: other bytes");
    }

    /// The answer says this text instead.
    pub(crate) fn is_told(&self, response: &Response, text: &str) {
        self.is_of_this(response, 200);
        assert_eq!(response.text(), text, "{self:?}");
        assert!(response.is_complete, "{self:?}");
    }

    /// The answer breaks off, and does not look whole.
    pub(crate) fn is_cut(&self, response: &Response) {
        self.is_of_this(response, 200);
        assert!(!response.is_complete, "{self:?}");
        assert!(self.begins_with(&response.body), "{self:?}: other bytes");
    }

    fn is_of_this(&self, response: &Response, status: u16) {
        assert_eq!(response.status, status, "{self:?}: {:?}", response.headers);
        let seed = self.seed.to_string();
        assert_eq!(response.header("X-Seed"), Some(seed.as_str()), "{self:?}");
    }
}
