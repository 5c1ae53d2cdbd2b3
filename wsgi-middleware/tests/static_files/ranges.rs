use super::{Files, MODIFIED_TEXT, ask, both, get};

const DIGITS: &str = "0123456789";

#[test]
fn one_part() {
    let files = Files::new(&[("d.txt", DIGITS)]);
    for (mode, app) in both(&files, Ok) {
        #[rustfmt::skip]
        let cases = [
            ("bytes=2-4", "234", "bytes 2-4/10"),
            ("bytes=7-", "789", "bytes 7-9/10"),
            ("bytes=-2", "89", "bytes 8-9/10"),
            ("bytes=0-", DIGITS, "bytes 0-9/10"),
            ("bytes=9-9,20-30", "9", "bytes 9-9/10"),
        ];
        for (range, body, content_range) in cases {
            let answer = get(&app, "/static/d.txt", &[("Range", range)]);
            let case = format!("{mode}: {range}");
            assert_eq!(
                (answer.status.code(), answer.text().as_str()),
                (206, body),
                "{case}"
            );
            assert_eq!(
                answer.header("Content-Range"),
                Some(content_range),
                "{case}"
            );
            assert_eq!(
                answer.header("Content-Length"),
                Some(&*body.len().to_string()),
                "{case}"
            );
            assert_eq!(
                answer.header("Content-Type"),
                Some("text/plain; charset=utf-8"),
                "{case}"
            );
            assert!(answer.header("ETag").is_some(), "{case}");
            let head = ask(&app, "HEAD", "/static/d.txt", &[("Range", range)]);
            assert_eq!(
                (head.status.code(), head.header("Content-Length")),
                (200, Some("10")),
                "{case}"
            );
        }
    }
}

#[test]
fn a_part_beyond_the_end() {
    let files = Files::new(&[("d.txt", DIGITS)]);
    for (mode, app) in both(&files, Ok) {
        let answer = get(&app, "/static/d.txt", &[("Range", "bytes=10-")]);
        assert_eq!(answer.status.code(), 416, "{mode}");
        assert_eq!(answer.header("Content-Range"), Some("bytes */10"), "{mode}");
        assert_eq!(answer.header("ETag"), None, "{mode}");
    }
}

#[test]
fn several_parts() {
    let files = Files::new(&[("d.txt", DIGITS)]);
    let long = "0123456789".repeat(20_000);
    files.write("long.txt", &long);
    for (mode, app) in both(&files, Ok) {
        for (path, content, parts) in [
            ("/static/d.txt", DIGITS, &[(8, 9), (0, 0), (2, 4)][..]),
            (
                "/static/long.txt",
                &long,
                &[(0, 149_999), (150_001, 150_001)],
            ),
        ] {
            let specs: Vec<String> = parts.iter().map(|(a, b)| format!("{a}-{b}")).collect();
            let range = format!("bytes={}", specs.join(", "));
            let answer = get(&app, path, &[("Range", &range)]);
            assert_eq!(answer.status.code(), 206, "{mode}");
            assert_eq!(answer.header("Content-Range"), None, "{mode}");
            let content_type = answer.header("Content-Type").unwrap();
            let boundary = content_type
                .strip_prefix("multipart/byteranges; boundary=")
                .unwrap();
            let mut wanted = String::new();
            for &(first, last) in parts {
                wanted += &format!(
                    "\r\n--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n\
                     Content-Range: bytes {first}-{last}/{}\r\n\r\n{}",
                    content.len(),
                    &content[first..=last]
                );
            }
            wanted += &format!("\r\n--{boundary}--\r\n");
            assert!(answer.text() == wanted[2..], "{mode}: {path}");
            let length = wanted.len() - 2;
            assert_eq!(
                answer.header("Content-Length"),
                Some(&*length.to_string()),
                "{mode}"
            );
            assert_eq!(answer.length, Some(length as u64), "{mode}");
        }
    }
}

/// What Rack had to mend: a small request for many times the file.
#[test]
fn many_or_overlapping_parts_are_the_whole_file() {
    let files = Files::new(&[("d.txt", DIGITS)]);
    let many = (0..10).map(|at| format!("{at}-{at}")).collect::<Vec<_>>();
    let overlapping = vec!["0-"; 1000].join(",");
    for (_, app) in both(&files, |app| Ok(app.range_limit(9))) {
        for range in [many.join(","), overlapping.clone(), "0-5,5-9".to_owned()] {
            let answer = get(
                &app,
                "/static/d.txt",
                &[("Range", &format!("bytes={range}"))],
            );
            assert_eq!(
                (answer.status.code(), answer.text().as_str()),
                (200, DIGITS),
                "{range}"
            );
        }
        let answer = get(
            &app,
            "/static/d.txt",
            &[("Range", &format!("bytes={}", many[..9].join(",")))],
        );
        assert_eq!(answer.status.code(), 206);
    }
}

#[test]
fn two_fields_or_another_unit_are_the_whole_file() {
    let files = Files::new(&[("d.txt", DIGITS), ("empty", "")]);
    for (mode, app) in both(&files, Ok) {
        let twice = [("Range", "bytes=0-0"), ("Range", "bytes=1-1")];
        assert_eq!(
            get(&app, "/static/d.txt", &twice).status.code(),
            200,
            "{mode}"
        );
        assert_eq!(
            get(&app, "/static/d.txt", &[("Range", "lines=0-0")])
                .status
                .code(),
            200,
            "{mode}"
        );
        assert_eq!(
            get(&app, "/static/empty", &[("Range", "bytes=-1")])
                .status
                .code(),
            200,
            "{mode}"
        );
        assert_eq!(
            get(&app, "/static/empty", &[("Range", "bytes=0-")])
                .status
                .code(),
            416,
            "{mode}"
        );
    }
}

#[test]
fn parts_of_another_state_are_the_whole_file() {
    let files = Files::new(&[("d.txt", DIGITS)]);
    for (mode, app) in both(&files, Ok) {
        let etag = get(&app, "/static/d.txt", &[])
            .header("ETag")
            .unwrap()
            .to_owned();
        let weak = format!("W/{etag}");
        let cases = [
            (etag.as_str(), 206),
            (&weak, 200),
            ("\"x\"", 200),
            (MODIFIED_TEXT, 206),
            ("Sun, 06 Nov 1994 08:49:38 GMT", 200),
        ];
        for (if_range, status) in cases {
            let fields = [("Range", "bytes=0-0"), ("If-Range", if_range)];
            let answer = get(&app, "/static/d.txt", &fields);
            assert_eq!(answer.status.code(), status, "{mode}: {if_range}");
        }
    }
}
