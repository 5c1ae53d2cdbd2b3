//! Maps and paths by chance, always the same ones: what nobody thought of.

use serde_json::{Value as Json, json};

use crate::oracle::Case;

const SEGMENTS: [&str; 28] = [
    "a",
    "b",
    "ab",
    "",
    "<V>",
    "<V>",
    "<int:V>",
    "<int(min=5):V>",
    "<float:V>",
    "<any(a, b):V>",
    "<string(length=1):V>",
    "<string(minlength=0):V>",
    "<path:V>",
    "a<V>",
    "<V>b",
    "<V>-<V>",
    "<int:V>-<V>",
    "a<int:V>b",
    "<path:V>b",
    "x<path:V>",
    "{a}",
    "<int(signed=True):V>",
    "<any(5, a):V>",
    "c",
    "<string(maxlength=1):V>",
    "5",
    "<int(fixed_digits=2):V>",
    "1.5",
];

const PIECES: [&str; 20] = [
    "a", "b", "ab", "", "", "5", "3", "12", "-3", "1.5", "abb", "a-b", "5-b", "a5b", "xa", "{a}",
    "c", "a\nb", "\u{e9}", "bb",
];

/// A generator of Lehmer's kind: the cases are the same in each run.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0 * 48_271 % 0x7fff_ffff;
        (self.0 >> 8) as usize % limit
    }

    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn rule(&mut self) -> Json {
        let mut text = String::new();
        for _ in 0..self.below(4) {
            text.push('/');
            text.push_str(self.pick(&SEGMENTS));
        }
        if text.is_empty() || self.once_in(2) {
            text.push('/');
        }
        let mut names = ["p", "q", "r", "s", "t", "u"].into_iter();
        while let Some(at) = text.find("V>") {
            text.replace_range(
                at..at + 1,
                names
                    .next()
                    .expect("three segments have no more parameters"),
            );
        }
        let mut rule = json!({"rule": text, "endpoint": self.pick(&["e", "f", "g"])});
        if self.once_in(4) {
            rule["strict_slashes"] = json!(self.once_in(2));
        }
        if self.once_in(4) {
            rule["merge_slashes"] = json!(self.once_in(2));
        }
        if self.once_in(3) {
            rule["methods"] = json!([self.pick(&["GET", "POST", "PUT"])]);
        } else if self.once_in(6) {
            rule["websocket"] = json!(true);
        }
        if self.once_in(5) {
            rule["defaults"] = match self.below(3) {
                0 => json!({"p": "a"}),
                1 => json!({"p": 5}),
                _ => json!({"z": 1}),
            };
        }
        if self.once_in(6) {
            rule["subdomain"] = json!(self.pick(&["s", "<w>", "a<int:w>"]));
        }
        rule
    }

    fn path(&mut self) -> String {
        let mut path = String::new();
        for _ in 0..self.below(6) {
            path.push('/');
            path.push_str(self.pick(&PIECES));
        }
        path
    }

    fn case(&mut self) -> Case {
        let rules: Vec<Json> = (0..1 + self.below(9)).map(|_| self.rule()).collect();
        let settings =
            json!({"strict_slashes": !self.once_in(3), "merge_slashes": !self.once_in(3)});
        let bind = json!({"server_name": "example.org", "subdomain": self.pick(&["", "", "s", "x", "a5"]), "query_args": "q=1"});
        let mut case = Case::new("by chance", rules).map(settings).bind(bind);
        for _ in 0..25 {
            let method = self.pick(&["", "", "POST ", "ws "]);
            case = case.ask(format!("{method}{}", self.path()));
        }
        for endpoint in ["e", "f", "g"] {
            case = case
                .build(endpoint, json!({"p": "a"}))
                .build(endpoint, json!({"p": 5, "q": 7, "w": "x"}));
            case = case.build(endpoint, json!({"p": "5", "q": "12", "r": "b", "w": 5}));
        }
        case
    }
}

/// That many cases.
pub(crate) fn cases(count: usize) -> Vec<Case> {
    let mut chance = Chance(20_261_121);
    (0..count).map(|_| chance.case()).collect()
}
