//! Real frameworks on real sockets: the same questions to the same application, written in each of them.

use std::fmt::Write;

use wsgi_tests::{Server, root};

mod flask_routing;

/// A module of tests for each framework, so that a failure names it.
macro_rules! frameworks {
    ($($name:ident)*) => {
        $(
            mod $name {
                use super::Framework;

                const FRAMEWORK: Framework = Framework(concat!(stringify!($name), "_app.py"));

                #[test]
                fn routes_parameters_and_queries() {
                    FRAMEWORK.routes_parameters_and_queries();
                }

                #[test]
                fn links_to_itself_below_a_prefix() {
                    FRAMEWORK.links_to_itself_below_a_prefix();
                }

                #[test]
                fn reads_forms() {
                    FRAMEWORK.reads_forms();
                }

                #[test]
                fn takes_uploads() {
                    FRAMEWORK.takes_uploads();
                }

                #[test]
                fn reads_large_bodies() {
                    FRAMEWORK.reads_large_bodies();
                }

                #[test]
                fn streams() {
                    FRAMEWORK.streams();
                }

                #[test]
                fn sends_files() {
                    FRAMEWORK.sends_files();
                }

                #[test]
                fn reads_and_sets_cookies() {
                    FRAMEWORK.reads_and_sets_cookies();
                }

                #[test]
                fn redirects_and_refuses() {
                    FRAMEWORK.redirects_and_refuses();
                }

                #[test]
                fn fails_without_harm() {
                    FRAMEWORK.fails_without_harm();
                }
            }
        )*
    };
}

frameworks! { bottle django falcon flask pyramid }

/// One of the applications in `tests/frameworks/apps`.
struct Framework(&'static str);

impl Framework {
    /// Served with threads, as frameworks mostly are.
    fn serve(&self, options: &[&str]) -> Server {
        let app = root()
            .join("tests/frameworks/apps")
            .join(self.0)
            .display()
            .to_string();
        let all = ["--threads", "4"]
            .into_iter()
            .chain(options.iter().copied());
        Server::start(all.chain([app.as_str()]))
    }

    fn routes_parameters_and_queries(&self) {
        let server = self.serve(&[]);
        let response = server.get("/items/7?q=caf%C3%A9+au+lait");
        assert_eq!(response.status, 200, "{}", response.text());
        let item = response.json();
        assert_eq!(
            (&item["number"], &item["query"]),
            (&7.into(), &"caf\u{e9} au lait".into())
        );
        assert_eq!(server.get("/items/none").status, 404);
    }

    fn links_to_itself_below_a_prefix(&self) {
        let server = self.serve(&["--script-name", "/shop"]);
        assert_eq!(server.get("/shop/items/7").json()["link"], "/shop/items/7");
    }

    fn reads_forms(&self) {
        let server = self.serve(&[]);
        let form = "application/x-www-form-urlencoded";
        let answer = server
            .post("/form", form, b"name=caf%C3%A9+au+lait&other=1")
            .json();
        assert_eq!(answer["name"], "caf\u{e9} au lait");
    }

    fn takes_uploads(&self) {
        let server = self.serve(&[]);
        // Every byte value, and more than any buffer on the way.
        let content: Vec<u8> = (0..=255).cycle().take(1_000_000).collect();
        let head = "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\
                    Content-Type: application/octet-stream\r\n\r\n";
        let body = [head.as_bytes(), &content, b"\r\n--cut--\r\n"].concat();
        let answer = server
            .post("/upload", "multipart/form-data; boundary=cut", &body)
            .json();
        assert_eq!(
            (&answer["name"], &answer["size"]),
            (&"a.bin".into(), &1_000_000.into())
        );
        assert_eq!(
            answer["sha256"],
            "67870dfc9c64e7aa270a3f7e8051ae65d207f93fc3df04d7572e6365af69cd0d"
        );
    }

    fn reads_large_bodies(&self) {
        let server = self.serve(&[]);
        let body = "0123456789abcdef".repeat(512 * 1024); // 8 MiB
        let whole = server.post("/body", "application/octet-stream", body.as_bytes());
        // The same in chunks, whose length nobody knows beforehand.
        let mut connection = server.connect();
        connection.send(
            "POST /body HTTP/1.1\r\nHost: test\r\nContent-Type: application/octet-stream\r\n\
             Transfer-Encoding: chunked\r\n\r\n",
        );
        for piece in body.as_bytes().chunks(100_000) {
            connection.send(format!("{:x}\r\n", piece.len()));
            connection.send([piece, b"\r\n"].concat());
        }
        connection.send("0\r\n\r\n");
        assert_eq!(whole.status, 200, "{}", whole.text());
        assert_eq!(connection.response().json(), whole.json());
    }

    fn streams(&self) {
        let server = self.serve(&[]);
        let expected = (0..1000).fold(String::new(), |mut text, number| {
            writeln!(text, "line {number}").expect("a string takes all");
            text
        });
        let response = server.get("/stream");
        assert!(response.is_complete);
        assert_eq!(response.text(), expected);
    }

    fn sends_files(&self) {
        let path = root().join("tests/frameworks/apps").join(self.0);
        let response = self.serve(&[]).get("/file");
        assert_eq!(
            response.text(),
            std::fs::read_to_string(path).expect("the application is a file")
        );
        assert!(
            response
                .header("Content-Type")
                .is_some_and(|value| value.starts_with("text/x-python"))
        );
    }

    fn reads_and_sets_cookies(&self) {
        let server = self.serve(&[]);
        let response = server.get("/cookies");
        assert_eq!(response.text(), "nothing");
        let set = response.all("Set-Cookie");
        assert_eq!(set.len(), 2, "two fields, not one joined: {set:?}");
        assert!(
            set.iter().any(|cookie| cookie.starts_with("seen=before")),
            "{set:?}"
        );
        let request =
            "GET /cookies HTTP/1.1\r\nHost: test\r\nCookie: other=too; seen=before\r\n\r\n";
        assert_eq!(server.connect().request(request).text(), "before");
    }

    fn redirects_and_refuses(&self) {
        let server = self.serve(&[]);
        let redirect = server.get("/redirect");
        assert!(matches!(redirect.status, 302 | 303), "{}", redirect.status);
        assert!(
            redirect
                .header("Location")
                .is_some_and(|to| to.ends_with("/items/1"))
        );
        assert_eq!(server.get("/forbidden").status, 403);
        assert_eq!(server.get("/nowhere").status, 404);
    }

    fn fails_without_harm(&self) {
        let mut server = self.serve(&[]);
        let mut connection = server.connect();
        let broken = connection.request("GET /broken HTTP/1.1\r\nHost: test\r\n\r\n");
        assert_eq!(broken.status, 500);
        assert!(!String::from_utf8_lossy(&broken.body).contains("secret"));
        server.wait_for_line("RuntimeError: the secret of the application");
        assert_eq!(server.get("/items/1").status, 200);
    }
}
