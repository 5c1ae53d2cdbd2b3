//! What holds for any input, not only for the examples that one thinks of.

use proptest::prelude::*;
use wsgi_core::environ::{header_name, variable_name};
use wsgi_core::url::shift_path_info;
use wsgi_core::{Environ, Headers, Input, StatusLine};

/// What would end a line, or a string, on its way to the client.
fn could_split(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0))
}

/// A reader that gives what it has in pieces of these lengths.
struct Pieces(Vec<u8>, Vec<usize>);

impl std::io::Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let wanted = self.1.pop().unwrap_or(usize::MAX).max(1);
        let count = wanted.min(buffer.len()).min(self.0.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0.drain(..count);
        Ok(count)
    }
}

fn text(value: &[u8]) -> String {
    String::from_utf8(value.to_vec()).expect("strategies give good fields")
}

/// Few and short, so that many are the same but for their case.
fn name() -> impl Strategy<Value = String> {
    "[abAB]{1,2}|[A-Za-z-]{1,12}"
}

fn field() -> impl Strategy<Value = (String, String)> {
    (name(), "[ -~\u{a1}-\u{ff}]{0,20}")
}

fn fields() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec(field(), 0..12)
}

/// What may be done with a list of header fields.
#[derive(Clone, Debug)]
enum Change {
    Append,
    Insert,
    Remove,
    Clear,
    Clone,
    Read,
    AppendMissing(Vec<(String, String)>),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => Just(Change::Append),
        4 => Just(Change::Insert),
        4 => Just(Change::Remove),
        1 => Just(Change::Clear),
        2 => Just(Change::Clone),
        2 => Just(Change::Read),
        4 => fields().prop_map(Change::AppendMissing),
    ]
}

fn apply(mut headers: Headers, change: &Change, name: &str, value: &str) -> Headers {
    match change {
        Change::Append => headers
            .try_append(name, value)
            .expect("strategies give good fields"),
        Change::Insert => headers
            .try_insert(name, value)
            .expect("strategies give good fields"),
        Change::Remove => drop(headers.remove(name)),
        Change::Clear => headers.clear(),
        Change::Clone => headers = headers.clone(),
        Change::Read => {
            let line = format!("{name}: {}\r\n\r\n", value.trim());
            headers
                .append_lines(line.as_bytes(), 1)
                .expect("strategies give good fields");
        }
        Change::AppendMissing(others) => {
            headers.append_missing(
                &Headers::try_from_pairs(others.iter().cloned())
                    .expect("strategies give good fields"),
            );
        }
    }
    headers
}

/// The same, in the plainest way.
#[derive(Debug)]
struct Model(Vec<(String, String)>);

impl Model {
    fn apply(&mut self, change: &Change, name: &str, value: &str) {
        let field = (name.to_owned(), value.to_owned());
        match change {
            Change::Append => self.0.push(field),
            Change::Insert => match self
                .0
                .iter()
                .position(|(n, _)| n.eq_ignore_ascii_case(name))
            {
                Some(place) => {
                    self.remove(name);
                    self.0.insert(place, field);
                }
                None => self.0.push(field),
            },
            Change::Remove => self.remove(name),
            Change::Clear => self.0.clear(),
            Change::Clone => {}
            Change::Read => self.0.push((field.0, value.trim().to_owned())),
            Change::AppendMissing(others) => {
                let missing = others.iter().filter(|(n, _)| self.values(n).is_empty());
                let missing: Vec<_> = missing.cloned().collect();
                self.0.extend(missing);
            }
        }
    }

    fn remove(&mut self, name: &str) {
        self.0.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
    }

    fn values(&self, name: &str) -> Vec<String> {
        let same = self.0.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        same.map(|(_, value)| value.clone()).collect()
    }
}

proptest! {
    #[test]
    fn no_status_line_can_split_a_response(line: Vec<u8>) {
        if let Ok(status) = StatusLine::parse_bytes(&line) {
            prop_assert!(!could_split(status.as_bytes()));
            prop_assert!((100..=999).contains(&status.code()));
            prop_assert_eq!(status.as_bytes(), &line[..]);
        }
    }

    #[test]
    fn a_status_line_is_its_code_and_its_reason(code in 100u16..1000, reason in "[!-~]([ -~]*[!-~])?") {
        let status = StatusLine::parse(&format!("{code} {reason}")).unwrap();
        prop_assert_eq!((status.code(), status.reason()), (code, reason.as_bytes()));
    }

    #[test]
    fn no_header_can_split_a_response(name: Vec<u8>, value: Vec<u8>) {
        let mut headers = Headers::new();
        let accepted = headers.try_append(&name, &value).is_ok();
        prop_assert_eq!(headers.len(), usize::from(accepted));
        for (name, value) in headers.iter() {
            prop_assert!(!could_split(name.as_bytes()) && !could_split(value) && !name.contains(':'));
        }
    }

    #[test]
    fn headers_are_a_list_whatever_is_done_with_them(
        fields in fields(),
        changes in prop::collection::vec((change(), field()), 0..12),
        looked_up in name(),
    ) {
        let mut headers = Headers::try_from_pairs(fields.clone()).unwrap();
        let mut model = Model(fields);
        for (change, (name, value)) in changes {
            model.apply(&change, &name, &value);
            headers = apply(headers, &change, &name, &value);
        }
        let found: Vec<_> = headers.iter().map(|(n, v)| (n.to_owned(), text(v))).collect();
        prop_assert_eq!(&found, &model.0);
        for name in model.0.iter().map(|(name, _)| name).chain([&looked_up]) {
            let upper = name.to_ascii_uppercase();
            let values: Vec<_> = headers.get_all(&upper).map(text).collect();
            prop_assert_eq!(headers.get(&upper).map(text), values.first().cloned());
            prop_assert_eq!(headers.contains(&upper), !values.is_empty());
            prop_assert_eq!(values, model.values(name));
        }
    }

    #[test]
    fn a_header_finds_its_variable_and_the_way_back(name in "[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8}){0,3}") {
        let back = header_name(&variable_name(&name)).unwrap();
        prop_assert!(back.eq_ignore_ascii_case(&name), "{name} became {back}");
    }

    #[test]
    fn any_path_shifts_to_its_end_and_loses_no_segment(path in "(/[a-z.\u{e9}]{0,4}){0,8}") {
        let mut environ = Environ::new();
        environ.set_path_info(&path);
        let mut moved = Vec::new();
        while let Some(name) = shift_path_info(&mut environ).unwrap() {
            moved.push(name);
        }
        // A last segment `.` ends the path without a name; `wsgiref` has it so, too.
        prop_assert!(environ.path_info().is_empty());
        let wanted = path.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::as_bytes);
        prop_assert!(wanted.eq(moved.iter().filter(|part| !part.is_empty()).map(Vec::as_slice)));
    }

    #[test]
    fn lines_and_reads_put_together_are_the_body(body: Vec<u8>, cuts: Vec<usize>, limits: Vec<u16>) {
        for mut input in [Input::from(body.clone()), Input::from_reader(Pieces(body.clone(), cuts), None)] {
            let mut all = Vec::new();
            for &limit in &limits {
                let line = input.read_line(Some(limit.into())).unwrap();
                prop_assert!(line.len() <= limit.into());
                prop_assert!(!line[..line.len().saturating_sub(1)].contains(&b'\n'));
                all.extend(line);
            }
            all.extend(input.read_all().unwrap());
            prop_assert_eq!(&all, &body);
        }
    }
}
