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
    fn headers_are_a_list_that_forgets_nothing(
        fields in prop::collection::vec(("[A-Za-z-]{1,12}", "[ -~\u{a1}-\u{ff}]{0,20}"), 0..20),
        removed in 0usize..20,
    ) {
        let mut headers = Headers::try_from_pairs(fields.iter().map(|(n, v)| (n, v))).unwrap();
        let mut model = fields.clone();
        if let Some((name, _)) = fields.get(removed) {
            headers.remove(name);
            model.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        }
        let left: Vec<_> = headers.iter().map(|(n, v)| (n.to_owned(), v.to_vec())).collect();
        let expected: Vec<_> = model.into_iter().map(|(n, v)| (n, v.into_bytes())).collect();
        prop_assert_eq!(left, expected);
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
