//! Whole maps by chance, with every option, and questions that are nearly answered: the same ones for the same seed.

use serde_json::{Value as Json, json};

use crate::oracle::Case;
use crate::random::Chance;

/// Literal text, some of which a parameter matches as well.
const LITERALS: [&str; 16] = [
    "a",
    "b",
    "ab",
    "a-b",
    "x.y",
    "5",
    "05",
    "-",
    ".",
    "1.5",
    "{a}",
    "caf\u{e9}",
    "a b",
    "%2f",
    "a+b",
    "~$&",
];

/// Converters, and texts that they match, or nearly.
const CONVERTERS: [(&str, &[&str]); 27] = [
    ("", &["a", "ab", "x.y", "caf\u{e9}", "a b", "5"]),
    ("", &["a", "b", "a-b", "-1", "a\nb", "%2f", "a%b"]),
    ("default:", &["a", "b"]),
    ("string:", &["a", "\u{1f600}"]),
    (
        "string(length=2):",
        &["ab", "05", "\u{e9}\u{e9}", "e\u{301}", "a"],
    ),
    ("string(minlength=2):", &["ab", "abc", "a"]),
    ("string(maxlength=1):", &["a", "ab", ""]),
    ("string(minlength=0):", &["", "a"]),
    ("string(1, 2):", &["a", "ab", "abc"]),
    ("any(a, b):", &["a", "b", "c"]),
    ("any(ab, a, x):", &["ab", "a", "abb"]),
    ("any('x.y', \"a-b\", b):", &["x.y", "xzy", "a-b", "b"]),
    ("path:", &["a", "a/b", "a//b", "5", "a/", "/a", "a/b/c"]),
    ("path:", &["b", "x/5", "a\nb", "a/edit"]),
    (
        "int:",
        &["5", "05", "-5", "0", "99999999999999999999", "\u{663}"],
    ),
    ("int(fixed_digits=2):", &["05", "12", "5", "-5", "123"]),
    ("int(min=3, max=12):", &["3", "2", "12", "13", "007"]),
    ("int(signed=True):", &["-5", "5", "--5", "-0"]),
    ("int(fixed_digits=3, signed=True):", &["-05", "123", "-123"]),
    ("float:", &["1.5", "1.", ".5", "01.50", "-1.5", "1e5"]),
    (
        "float(min=1, max=2.5, signed=True):",
        &["1.5", "-1.5", "2.6"],
    ),
    (
        "uuid:",
        &[
            "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
            "6BA7B810-9DAD-11D1-80B4-00C04FD430C8",
        ],
    ),
    ("lower:", &["ab", "b", "Ab"]),
    ("two:", &["a/b", "a", "a/b/c"]),
    ("optional:", &["", "a", "5"]),
    ("either:", &["a", "bbc", "d", "dc"]),
    ("even:", &["4", "5", "12"]),
];

/// Converters that are rarely asked for.
const RARE: [(&str, &[&str]); 4] = [
    ("first:", &["a", "b", "5"]),
    ("last:", &["a", "b", "5"]),
    ("tail:", &["a", "a/b", "/", "a//"]),
    ("plus:", &["a+b", "a", "+"]),
];

const METHODS: [&str; 6] = ["GET", "POST", "PUT", "HEAD", "OPTIONS", "PURGE"];
const NAMES: [&str; 6] = ["p", "q", "r", "s", "t", "u"];
const ENDPOINTS: [&str; 4] = ["e", "f", "e.g", "e/h"];

/// A rule in the making: its text, and texts for its parameters.
#[derive(Default)]
struct Draft {
    text: String,
    /// A path that it matches, or nearly.
    near: String,
    names: Vec<&'static str>,
}

/// A map with its questions.
struct Wild {
    chance: Chance,
    hosts: bool,
    /// Paths near the rules.
    near: Vec<String>,
}

impl Wild {
    /// A parameter, of a name that the rule does not have yet.
    fn parameter(&mut self, draft: &mut Draft) {
        let Some(&name) = NAMES.get(draft.names.len()) else {
            return;
        };
        let (converter, texts) = match self.chance.once_in(12) {
            true => self.chance.pick(&RARE),
            false => self.chance.pick(&CONVERTERS),
        };
        draft.names.push(name);
        draft.text.push_str(&format!("<{converter}{name}>"));
        draft.near.push_str(self.chance.pick(texts));
    }

    fn literal(&mut self, draft: &mut Draft) {
        let literal = self.chance.pick(&LITERALS);
        draft.text.push_str(literal);
        draft.near.push_str(literal);
    }

    fn path_draft(&mut self) -> Draft {
        let mut draft = Draft::default();
        for _ in 0..self.chance.pick(&[0, 1, 1, 2, 2, 3, 4]) {
            let slashes = if self.chance.once_in(25) { "//" } else { "/" };
            draft.text.push_str(slashes);
            draft.near.push_str(slashes);
            match self.chance.below(10) {
                0..4 => self.literal(&mut draft),
                4..8 => self.parameter(&mut draft),
                _ => {
                    for _ in 0..self.chance.below(4) {
                        self.literal(&mut draft);
                        self.parameter(&mut draft);
                    }
                }
            }
        }
        if draft.text.is_empty() || self.chance.once_in(2) {
            draft.text.push('/');
            draft.near.push('/');
        }
        draft
    }

    fn domain(&mut self, names: &[&str]) -> &'static str {
        let free = ["w", "v"].iter().all(|name| !names.contains(name));
        let plain = ["", "www", "api.eu", "a-b"];
        let any = [
            "www",
            "<w>",
            "<int:w>",
            "a<int:w>",
            "<w>.<v>",
            "<any(www, a):w>",
            "<string(length=2):w>",
            "<w>.eu",
        ];
        match free && self.chance.once_in(2) {
            true => self.chance.pick(&any),
            false => self.chance.pick(&plain),
        }
    }

    fn rule(&mut self) -> Json {
        let draft = self.path_draft();
        self.near.push(draft.near);
        let mut rule = json!({"rule": draft.text, "endpoint": self.chance.pick(&ENDPOINTS)});
        for setting in ["strict_slashes", "merge_slashes"] {
            if self.chance.once_in(5) {
                rule[setting] = json!(self.chance.once_in(2));
            }
        }
        if self.chance.once_in(8) {
            rule["websocket"] = json!(true);
            if self.chance.once_in(3) {
                rule["methods"] = json!(["GET"]);
            }
        } else if self.chance.once_in(3) {
            let count = self.chance.below(3);
            rule["methods"] = (0..count)
                .map(|_| json!(self.chance.pick(&METHODS)))
                .collect();
        }
        if self.chance.once_in(4) {
            let name = match draft.names.is_empty() || self.chance.once_in(4) {
                true => self.chance.pick(&["p", "q", "z"]),
                false => self.chance.pick(&draft.names),
            };
            let value = self.chance.pick(&["a", "ab", "5"]);
            rule["defaults"] = match self.chance.below(4) {
                0 => json!({name: 5}),
                1 => json!({name: 12, "y": "a"}),
                2 => json!({name: 1.5}),
                _ => json!({name: value}),
            };
        }
        if self.hosts {
            if !self.chance.once_in(6) {
                rule["host"] = json!(self.domain(&draft.names));
            }
        } else if self.chance.once_in(5) {
            rule["subdomain"] = json!(self.domain(&draft.names));
        }
        if self.chance.once_in(12) {
            rule["alias"] = json!(true);
        }
        if self.chance.once_in(12) {
            rule["build_only"] = json!(true);
        }
        if self.chance.once_in(15) {
            let mut target = self
                .chance
                .pick(&["", "/", "new/", "../", "/x/", "?q=", "x#"])
                .to_owned();
            for name in &draft.names {
                target.push_str(&format!("{name}<{name}>"));
            }
            rule["redirect_to"] = match self.chance.once_in(4) {
                true => json!({"function": "reverse"}),
                false => json!(target),
            };
        }
        rule
    }

    /// A rule, or a factory of some.
    fn factory(&mut self, depth: usize) -> Json {
        if depth == 0 || !self.chance.once_in(6) {
            return self.rule();
        }
        let before = self.near.len();
        let count = 1 + self.chance.below(3);
        let mut rules: Vec<Json> = (0..count).map(|_| self.factory(depth - 1)).collect();
        // Werkzeug's factories forget these two.
        for rule in &mut rules {
            if let Some(rule) = rule.as_object_mut() {
                rule.remove("websocket");
                rule.remove("merge_slashes");
            }
        }
        match self.chance.below(3) {
            0 => {
                let path = self
                    .chance
                    .pick(&["/sub", "/sub/", "/a/b", "", "/<m>", "/<int:m>//"]);
                let texts = path.replace("<m>", "a").replace("<int:m>", "5");
                for near in &mut self.near[before..] {
                    near.insert_str(0, texts.trim_end_matches('/'));
                }
                json!({"submount": path, "rules": rules})
            }
            1 => json!({"subdomain_of": self.chance.pick(&["www", "<l>", ""]), "rules": rules}),
            _ => json!({"prefix": self.chance.pick(&["e.", "e/", ""]), "rules": rules}),
        }
    }

    /// A path near one of the rules.
    fn path(&mut self) -> String {
        let mut path = match self.near.is_empty() {
            true => "/".to_owned(),
            false => {
                let at = self.chance.below(self.near.len());
                self.near[at].clone()
            }
        };
        for _ in 0..self.chance.pick(&[0, 0, 0, 1, 1, 2]) {
            let places: Vec<usize> = path
                .char_indices()
                .map(|(at, _)| at)
                .chain([path.len()])
                .collect();
            let at = self.chance.pick(&places);
            match self.chance.below(8) {
                0 | 1 => path.push('/'),
                2 => path.insert(at, '/'),
                3 => path.insert_str(
                    at,
                    self.chance
                        .pick(&["a", "5", "-", ".", "\n", "\u{e9}", "%", "b", " "]),
                ),
                4 => {
                    path.truncate(at);
                }
                5 => {
                    path = path.trim_end_matches('/').to_owned();
                }
                6 => path.push_str(self.chance.pick(&["/a", "/5", "//b", "/edit", "/ab/"])),
                _ if at < path.len() => {
                    path.remove(at);
                }
                _ => {}
            }
        }
        path
    }

    fn values(&mut self) -> Json {
        let mut values = json!({});
        for name in ["p", "q", "r", "s", "t", "u", "w", "v", "l", "m", "y", "z"] {
            if self.chance.once_in(4) {
                continue;
            }
            values[name] = match self.chance.below(16) {
                0 => json!(5),
                1 => json!(12),
                2 => json!(4),
                3 => json!(1.5),
                4 => json!("a"),
                5 => json!("ab"),
                6 => json!("b"),
                7 => json!("5"),
                8 => json!("1.5"),
                9 => Json::Null,
                10 => json!("a b&c=\u{e9}?"),
                11 => json!({"uuid": super::cases::UUID}),
                12 => json!(true),
                13 => json!(["a", "5", "c'd"]),
                14 => json!(""),
                _ => json!(-7),
            };
        }
        values
    }

    fn bind(&mut self) -> Json {
        let host = match self.hosts {
            true => self
                .chance
                .pick(&["www", "api.eu", "5", "a5", "de", "a-b", "", "A-B"]),
            false => self
                .chance
                .pick(&["example.org", "Example.org:8080", "localhost"]),
        };
        let mut bind = json!({"server_name": host});
        if !self.hosts && self.chance.once_in(2) {
            bind["subdomain"] = json!(
                self.chance
                    .pick(&["", "www", "5", "a5", "de", "x.eu", "api.eu", "WWW"])
            );
        }
        if self.chance.once_in(2) {
            bind["script_name"] = json!(self.chance.pick(&["/", "/app", "/app/", "/a/b", ""]));
        }
        if self.chance.once_in(2) {
            bind["url_scheme"] = json!(self.chance.pick(&["http", "https", "ws", "wss", ""]));
        }
        if self.chance.once_in(2) {
            bind["query_args"] = json!(self.chance.pick(&["", "q=1", "a=%20&b", "\u{e9}"]));
        }
        if self.chance.once_in(4) {
            bind["default_method"] = json!(self.chance.pick(&METHODS));
        }
        bind
    }

    fn case(&mut self) -> Case {
        self.near.clear();
        self.hosts = self.chance.once_in(5);
        let count = self.chance.pick(&[1, 2, 3, 5, 8, 12]);
        let rules: Vec<Json> = (0..count).map(|_| self.factory(2)).collect();
        let mut map = json!({"converters": {}});
        let custom = [
            "lower", "first", "last", "two", "tail", "optional", "either", "plus", "even",
        ];
        for name in custom {
            map["converters"][name] = json!(name);
        }
        if self.chance.once_in(20) {
            // Those that hold no slashes, for the sake of hosts.
            map["converters"]["default"] = json!(
                self.chance
                    .pick(&["lower", "first", "last", "optional", "plus"])
            );
        }
        for setting in ["strict_slashes", "merge_slashes", "redirect_defaults"] {
            if self.chance.once_in(3) {
                map[setting] = json!(self.chance.once_in(2));
            }
        }
        if self.hosts {
            map["host_matching"] = json!(true);
        } else if self.chance.once_in(5) {
            map["default_subdomain"] = json!(self.chance.pick(&["www", "", "api.eu"]));
        }
        if self.chance.once_in(3) {
            map["sort_parameters"] = json!(true);
        }
        let mut case = Case::new("wild", rules).map(map).bind(self.bind());
        case.by_chance = true;
        for _ in 0..30 {
            let method = self.chance.pick(&[
                "", "", "", "POST ", "PUT ", "HEAD ", "OPTIONS ", "ws ", "ws POST ", "put ",
            ]);
            case = case.ask(format!("{method}{}", self.path()));
        }
        for _ in 0..3 {
            case = case.allowed(&self.path());
        }
        for _ in 0..12 {
            let endpoint = self.chance.pick(&["e", "f", "e.g", "e/h", "e.e", "e/f"]);
            let mut options = json!({});
            if self.chance.once_in(3) {
                options["method"] = json!(self.chance.pick(&METHODS));
            }
            if self.chance.once_in(4) {
                options["force_external"] = json!(true);
            }
            if self.chance.once_in(4) {
                options["append_unknown"] = json!(false);
            }
            if self.chance.once_in(6) {
                options["url_scheme"] =
                    json!(self.chance.pick(&["http", "https", "ws", "wss", "", "ftp"]));
            }
            case = case.build_with(endpoint, self.values(), options);
        }
        case
    }
}

/// That many cases.
pub(crate) fn cases(count: usize, seed: u64) -> Vec<Case> {
    let mut wild = Wild {
        chance: Chance(seed),
        hosts: false,
        near: Vec::new(),
    };
    (0..count).map(|_| wild.case()).collect()
}
