//! The Python examples of the pages in `docs`, as a reader would run them. Those of Rust are documentation tests of the
//! crates.

use std::fs;

use wsgi_tests::{ServerCommand, python, root, wheel};

/// The blocks of Python of a page, which make one module.
fn python_of(page: &str) -> String {
    let path = root().join("docs").join(page);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let blocks = text.split("```python\n").skip(1);
    let blocks = blocks.map(|block| block.split_once("```").expect("the example ends").0);
    let module = blocks.collect::<Vec<_>>().join("\n");
    assert!(!module.is_empty(), "{path:?} has no example");
    module
}

/// Serves the module `example` that a page has, by our command and by Gunicorn, each in a new folder.
fn servers_of(page: &str) -> [(tempfile::TempDir, wsgi_tests::Server); 2] {
    wheel::install();
    let example = python_of(page);
    let folder = || {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        fs::write(folder.path().join("example.py"), &example).expect("it can be written");
        folder
    };
    let (ours, theirs) = (folder(), folder());
    let gunicorn = ServerCommand::new(python::environment().command("gunicorn"), "Listening at: ");
    let server = ServerCommand::new(python::environment().command("wsgi-server"), " ready at ");
    let arguments = ["--bind=127.0.0.1:0", "example:app"];
    let server = server.args(arguments).current_dir(&ours).start();
    let gunicorn = gunicorn.args(arguments).current_dir(&theirs).start();
    [(ours, server), (theirs, gunicorn)]
}

#[test]
fn compress() {
    for (_folder, server) in servers_of("middleware/compress.md") {
        let request = "GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n";
        let answer = server.connect().request(request);
        assert_eq!(answer.header("Content-Encoding"), Some("gzip"));
        assert!(answer.body.len() < 6000, "{} bytes", answer.body.len());
        assert!(server.get("/").text().ends_with("\"item 999\"}]"));
    }
}

#[test]
fn decompress() {
    // "hello", as `gzip` makes it.
    let hello = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xcbH\xcd\xc9\xc9\x07\0\x86\xa6\x106\x05\0\0\0";
    for (_folder, server) in servers_of("middleware/decompress.md") {
        let mut connection = server.connect();
        let head =
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 25\r\n\r\n";
        connection.send([head.as_bytes(), hello].concat());
        assert_eq!(connection.response().text(), "5 bytes: hello");
    }
}

#[test]
fn static_files() {
    for (folder, server) in servers_of("middleware/static-files.md") {
        assert_eq!(server.get("/static/hello.txt").text(), "Hello!\n");
        assert_eq!(server.get("/").text(), "The application\n");
        drop(server);
        folder.close().expect("nobody uses it any more");
    }
}

#[test]
fn dispatcher() {
    for (_folder, server) in servers_of("middleware/dispatcher.md") {
        assert_eq!(server.get("/shop/cart").text(), "shop /shop|/cart\n");
        assert_eq!(server.get("/shop/admin").text(), "admin /shop/admin|\n");
        assert_eq!(server.get("/shopping").text(), "site |/shopping\n");
        let at = |host: &str, path: &str| {
            let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            server.connect().request(&head).text().to_owned()
        };
        assert_eq!(at("api.example.org", "/x"), "api |/x\n");
        assert_eq!(at("a.example.org", "/help/x"), "help /help|/x\n");
    }
}

/// The response to a request with these lines in its head.
fn exchange(server: &wsgi_tests::Server, method: &str, lines: &str) -> wsgi_tests::Response {
    let head =
        format!("{method} / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n{lines}\r\n");
    let mut connection = server.connect();
    connection.send(head);
    connection.response_to(method)
}

#[test]
fn body_limit() {
    for (_folder, server) in servers_of("middleware/body-limit.md") {
        let post = |size| server.post("/", "application/octet-stream", &vec![b'x'; size]);
        assert_eq!(post(1024).text(), "1024 bytes\n");
        assert_eq!(post(1025).status, 413);
        let chunked = |size: usize| {
            let body = "x".repeat(size);
            let lines = format!("Transfer-Encoding: chunked\r\n\r\n{size:x}\r\n{body}\r\n0\r\n");
            exchange(&server, "POST", &lines)
        };
        assert_eq!(chunked(1024).text(), "1024 bytes\n");
        assert_eq!(chunked(1025).status, 413);
    }
}

#[test]
fn buffer() {
    for (_folder, server) in servers_of("middleware/buffer.md") {
        let post = server.post("/", "text/plain", b"hello");
        assert_eq!(post.text(), "2cf24dba: hello\n");
        let lines = "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n";
        assert_eq!(exchange(&server, "POST", lines).text(), "2cf24dba: hello\n");
    }
}

#[test]
fn conditional_get() {
    for (_folder, server) in servers_of("middleware/conditional-get.md") {
        let first = server.get("/");
        assert_eq!(first.text(), "Hello!\n");
        let tag = first.header("ETag").expect("it has a tag");
        let again = exchange(&server, "GET", &format!("If-None-Match: {tag}\r\n"));
        assert_eq!((again.status, again.header("ETag")), (304, Some(tag)));
    }
}

#[test]
fn content_type() {
    for (_folder, server) in servers_of("middleware/content-type.md") {
        let answer = server.get("/");
        assert_eq!(
            answer.header("Content-Type"),
            Some("text/html; charset=utf-8")
        );
    }
}

#[test]
fn head() {
    for (_folder, server) in servers_of("middleware/head.md") {
        let answer = exchange(&server, "HEAD", "");
        assert_eq!(
            (answer.status, answer.header("Content-Length")),
            (200, Some("7"))
        );
    }
}

#[test]
fn range_slice() {
    for (_folder, server) in servers_of("middleware/range-slice.md") {
        assert_eq!(server.get("/").text(), "0123456789");
        let part = exchange(&server, "GET", "Range: bytes=2-4\r\n");
        assert_eq!((part.status, part.text()), (206, "234"));
    }
}

#[test]
fn cascade() {
    for (_folder, server) in servers_of("middleware/cascade.md") {
        assert_eq!(server.get("/new").text(), "new\n");
        let old = server.post("/old", "text/plain", b"body");
        assert_eq!((old.status, old.text()), (200, "legacy body\n"));
    }
}

#[test]
fn when() {
    for (_folder, server) in servers_of("middleware/when.md") {
        let private = server.get("/account/7");
        assert_eq!(private.header("Cache-Control"), Some("no-store"));
        assert_eq!(server.get("/").header("Cache-Control"), None);
    }
}

#[test]
fn normalize_path() {
    for (_folder, server) in servers_of("middleware/normalize-path.md") {
        let moved = server.get("//blog/./2024/?page=2");
        let location = moved.header("Location");
        assert_eq!((moved.status, location), (308, Some("/blog/2024?page=2")));
        assert_eq!(server.get("/blog/2024").text(), "/blog/2024\n");
        let evil = server.get("//evil.example/");
        assert_eq!(evil.header("Location"), Some("/evil.example"));
    }
}

#[test]
fn method_override() {
    for (_folder, server) in servers_of("middleware/method-override.md") {
        let form = "application/x-www-form-urlencoded";
        let deleted = server.post("/posts/7", form, b"_method=DELETE&a=1");
        assert_eq!(deleted.text(), "DELETE _method=DELETE&a=1\n");
        assert_eq!(server.post("/posts", form, b"a=1").text(), "POST a=1\n");
    }
}

#[test]
fn redirect() {
    for (_folder, server) in servers_of("middleware/redirect.md") {
        for (target, status, location) in [
            ("/about-us", 308, "/about"),
            (
                "/blog/2024?page=2",
                307,
                "https://blog.example.org/2024?page=2",
            ),
            ("/p/7?a=b", 307, "/posts/7"),
        ] {
            let moved = server.get(target);
            assert_eq!(
                (moved.status, moved.header("Location")),
                (status, Some(location))
            );
        }
        assert_eq!(server.get("/about").text(), "here\n");
        let head = "GET /a HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n";
        let moved = server.connect().request(head);
        assert_eq!(moved.header("Location"), Some("https://www.example.org/a"));
    }
}

#[test]
fn rewrite() {
    for (_folder, server) in servers_of("middleware/rewrite.md") {
        let user = server.get("/u/ada?page=2");
        assert_eq!(user.text(), "/index.php?user=ada&page=2\n");
        assert_eq!(server.get("/about?a").text(), "/about?a\n");
    }
}

#[test]
fn routing() {
    for (_folder, server) in servers_of("routing.md") {
        let post = server.get("/blog/2024/spring");
        assert_eq!(post.text(), "post {'year': 2024, 'slug': 'spring'}\n");
        assert_eq!(server.get("/shop/items/3").text(), "item 3\n");
        assert_eq!(server.get("/users/7").text(), "user 7, then /users/8\n");
        assert_eq!(server.get("/nowhere").status, 404);
    }
}

#[test]
fn access_log() {
    for (folder, server) in servers_of("middleware/access-log.md") {
        assert_eq!(server.get("/you").text(), "Hello!\n");
        let log = fs::read_to_string(folder.path().join("access.log")).expect("there is one");
        assert_eq!(log, "127.0.0.1 GET /<name> 200 7\n");
    }
}

#[test]
fn server_timing() {
    for (_folder, server) in servers_of("middleware/server-timing.md") {
        let answer = server.get("/");
        let told = answer.all("Server-Timing");
        assert_eq!((told.len(), told[0]), (2, "db;dur=53"));
        assert!(told[1].starts_with("app;dur="), "{told:?}");
    }
}

#[test]
fn metrics() {
    for (_folder, server) in servers_of("middleware/metrics.md") {
        assert_eq!(server.get("/users/7").text(), "Hello!\n");
        let page =
            fs::read_to_string(root().join("docs/middleware/metrics.md")).expect("it is there");
        let line = page
            .lines()
            .find(|line| line.starts_with("http_server_request_duration_seconds_count{"));
        let line = format!("\n{}\n", line.expect("the page shows one"));
        let answer = server.get("/metrics");
        assert!(answer.text().contains(&line), "{}", answer.text());
    }
}

#[test]
fn trace() {
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    for (folder, server) in servers_of("middleware/trace.md") {
        let request = format!(
            "GET / HTTP/1.1\r\nHost: x\r\ntraceparent: 00-{TRACE}-00f067aa0ba902b7-01\r\nConnection: close\r\n\r\n"
        );
        let answer = server.connect().request(&request);
        let told: Vec<&str> = answer.text().split('-').collect();
        assert_eq!((told[0], told[1], told[3]), ("00", TRACE, "01"));
        assert_ne!(told[2], "00f067aa0ba902b7");
        let log = fs::read_to_string(folder.path().join("access.log")).expect("there is one");
        assert_eq!(log, format!("GET / HTTP/1.1 200 {TRACE} {}\n", told[2]));
    }
}

#[test]
fn slow_log() {
    for (folder, server) in servers_of("middleware/slow-log.md") {
        for path in ["/", "/slow"] {
            assert_eq!(server.get(path).text(), "Hello!\n");
        }
        let log = fs::read_to_string(folder.path().join("slow.log")).expect("there is one");
        let words = " s \"GET /slow HTTP/1.1\" 200 route=- request_id=- trace_id=- parse=";
        assert!(log.contains(words) && log.lines().count() == 1, "{log}");
    }
}

/// A request with these fields, to a host of this machine.
fn ask(server: &wsgi_tests::Server, target: &str, fields: &str) -> wsgi_tests::Response {
    let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    server.connect().request(&format!("{request}{fields}\r\n"))
}

#[test]
fn concurrency_limit() {
    for (_folder, server) in servers_of("middleware/concurrency-limit.md") {
        assert_eq!(server.get("/").text(), "1 of 2\n");
    }
}

#[test]
fn content_length() {
    for (_folder, server) in servers_of("middleware/content-length.md") {
        let answer = server.get("/");
        assert_eq!(answer.header("Content-Length"), Some("7"));
        assert_eq!(answer.text(), "Hello!\n");
    }
}

#[test]
fn deadline() {
    for (_folder, server) in servers_of("middleware/deadline.md") {
        assert_eq!(server.get("/").text(), "in time\n");
        let hurried = ask(&server, "/", "X-Request-Timeout: 0.5\r\n");
        assert_eq!(hurried.text(), "in a hurry\n");
        let late = ask(&server, "/", "X-Request-Timeout: 0\r\n");
        assert_eq!(late.status, 504);
    }
}

#[test]
fn error_pages() {
    for (_folder, server) in servers_of("middleware/error-pages.md") {
        let page = ask(&server, "/missing", "Accept: text/html,*/*;q=0.8\r\n");
        assert_eq!((page.status, page.text()), (404, "<h1>Nothing here</h1>\n"));
        let json = ask(&server, "/missing", "Accept: application/json\r\n");
        assert_eq!(json.text(), "{\"status\":404,\"error\":\"Not Found\"}\n");
        let sorry = server.get("/");
        assert_eq!(
            (sorry.status, sorry.text()),
            (503, "Sorry: 503 Service Unavailable\n")
        );
    }
}

#[test]
fn exception_page() {
    for (_folder, server) in servers_of("middleware/exception-page.md") {
        let page = ask(&server, "/", "");
        assert_eq!(page.status, 500);
        let text = page.text();
        assert!(
            text.starts_with("ValueError: on purpose\nGET /\n"),
            "{text}"
        );
        assert!(
            text.contains("Traceback (most recent call last):"),
            "{text}"
        );
        let elsewhere = server.get("/"); // by another name than that of this machine
        assert_eq!(elsewhere.status, 500);
        assert!(!elsewhere.text().contains("on purpose"));
    }
}

#[test]
fn load_shed() {
    for (_folder, server) in servers_of("middleware/load-shed.md") {
        let first = ask(&server, "/", "X-Request-Start: t=1700000000.0\r\n");
        assert_eq!(first.text(), "Hello!\n");
    }
}

#[test]
fn map_response() {
    for (_folder, server) in servers_of("middleware/map-response.md") {
        let loud = server.get("/loud");
        assert_eq!((loud.status, loud.text()), (200, "HELLO!\n"));
        assert_eq!(loud.header("X-Method"), Some("GET"));
        let coffee = server.get("/coffee");
        assert_eq!((coffee.status, coffee.text()), (418, "Hello!\n"));
        assert_eq!(coffee.header("Content-Length"), Some("7"));
    }
}

#[test]
fn prefix() {
    for (_folder, server) in servers_of("middleware/prefix.md") {
        assert_eq!(server.get("/shop/cart").text(), "/shop|/cart\n");
        assert_eq!(server.get("/shop").text(), "/shop|\n");
        assert_eq!(server.get("/shopping").status, 404);
    }
}

#[test]
fn recover() {
    for (_folder, server) in servers_of("middleware/recover.md") {
        let answer = server.get("/");
        assert_eq!(
            (answer.status, answer.text()),
            (500, "Internal Server Error\n")
        );
        assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"));
    }
}

#[test]
fn response_header() {
    for (_folder, server) in servers_of("middleware/response-header.md") {
        let answer = server.get("/");
        assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"));
        assert_eq!(answer.header("Cache-Control"), Some("no-cache"));
        assert_eq!(answer.header("X-Powered-By"), None);
        assert_eq!(answer.all("Vary"), ["Cookie", "Accept-Language"]);
    }
}

/// The answer to a request with these lines behind its first.
fn answer_to(server: &wsgi_tests::Server, request: &str, fields: &[&str]) -> wsgi_tests::Response {
    let fields = fields.join("\r\n");
    let head = format!("{request} HTTP/1.1\r\n{fields}\r\nConnection: close\r\n\r\n");
    server.connect().request(&head)
}

#[test]
fn cors() {
    for (_folder, server) in servers_of("middleware/cors.md") {
        let (host, origin) = ("Host: a", "Origin: https://shop.example");
        let method = "Access-Control-Request-Method: PUT";
        let preflight = answer_to(&server, "OPTIONS /", &[host, origin, method]);
        assert_eq!(preflight.status, 204);
        let methods = preflight.header("Access-Control-Allow-Methods");
        assert_eq!(methods, Some("PUT, DELETE"));
        let answer = answer_to(&server, "GET /", &[host, origin]);
        assert_eq!(answer.text(), "[]\n");
        let exposed = answer.header("Access-Control-Expose-Headers");
        assert_eq!(exposed, Some("X-Total"));
        let stranger = answer_to(&server, "GET /", &[host, "Origin: https://evil.example"]);
        assert_eq!(stranger.header("Access-Control-Allow-Origin"), None);
        assert_eq!(stranger.header("Vary"), Some("Origin"));
    }
}

#[test]
fn csrf() {
    for (_folder, server) in servers_of("middleware/csrf.md") {
        let post = |path: &str, site: &str, origin: &str| {
            let fields = ["Host: a", "Content-Length: 0", site, origin];
            answer_to(&server, &format!("POST {path}"), &fields).status
        };
        let (cross, own) = ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-origin");
        assert_eq!(post("/", own, "Origin: http://a"), 200);
        assert_eq!(post("/", cross, "Origin: https://evil.example"), 403);
        assert_eq!(post("/", cross, "Origin: https://pay.example"), 200);
        assert_eq!(post("/hooks/a", cross, "Origin: https://evil.example"), 200);
    }
}

#[test]
fn https_redirect() {
    for (_folder, server) in servers_of("middleware/https-redirect.md") {
        let redirected = answer_to(&server, "GET /a%2Fb?c=%20", &["Host: shop.example:8000"]);
        assert_eq!(redirected.status, 301);
        let location = redirected.header("Location");
        assert_eq!(location, Some("https://shop.example/a%2Fb?c=%20"));
        let probed = answer_to(&server, "GET /healthz", &["Host: shop.example"]);
        assert_eq!(probed.text(), "By http.\n");
        assert_eq!(probed.header("Strict-Transport-Security"), None);
    }
}

#[test]
fn security_headers() {
    for (_folder, server) in servers_of("middleware/security-headers.md") {
        let answer = server.get("/");
        let nonce = answer.text().split('"').nth(1).unwrap_or_default();
        let policy = format!(
            "default-src 'self'; img-src 'self' data: https://images.example; script-src 'nonce-{nonce}'"
        );
        assert_eq!(answer.header("Content-Security-Policy"), Some(&*policy));
        assert_eq!(answer.header("X-Frame-Options"), Some("SAMEORIGIN"));
        assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"));
        assert_eq!(answer.header("Permissions-Policy"), None);
    }
}

#[test]
fn trusted_hosts() {
    for (_folder, server) in servers_of("middleware/trusted-hosts.md") {
        let answer = answer_to(&server, "GET /", &["Host: www.shop.example:8000"]);
        let text = "Reset your password at https://www.shop.example:8000/reset\n";
        assert_eq!(answer.text(), text);
        let refused = answer_to(&server, "GET /", &["Host: evil.example"]);
        assert_eq!(refused.status, 421);
        assert_eq!(
            answer_to(&server, "GET /healthz", &["Host: 10.0.0.1"]).status,
            200
        );
    }
}

#[test]
fn basic_auth() {
    for (_folder, server) in servers_of("middleware/basic-auth.md") {
        let text = |credentials: &str| {
            let field = format!("Authorization: Basic {credentials}\r\n");
            ask(&server, "/", &field).text().to_owned()
        };
        assert_eq!(text("YWxpY2U6d29uZGVybGFuZA=="), "Hello alice!\n");
        assert_eq!(text("Ym9iOmJ1aWxkZXI="), "Hello bob!\n");
        assert_eq!(text("Ym9iOmJ1aWxkZXJz"), "Unauthorized\n");
        assert_eq!(text("Y2Fyb2w6"), "Unauthorized\n");
        let answer = server.get("/");
        assert_eq!(answer.status, 401);
        let challenge = "Basic realm=\"Shop\", charset=\"UTF-8\"";
        assert_eq!(answer.header("WWW-Authenticate"), Some(challenge));
        assert_eq!(server.get("/health").text(), "Hello stranger!\n");
    }
}

#[test]
fn bearer_auth() {
    for (_folder, server) in servers_of("middleware/bearer-auth.md") {
        let bring = |token: &str| ask(&server, "/", &format!("Authorization: Bearer {token}\r\n"));
        assert_eq!(bring("alices-token").text(), "alice may read\n");
        assert_eq!(bring("bobs-token").text(), "bob may read write\n");
        assert_eq!(bring("another").status, 401);
        assert_eq!(server.get("/").status, 401);
    }
}

#[test]
fn request_id() {
    for (_folder, server) in servers_of("middleware/request-id.md") {
        let answer = ask(&server, "/", "X-Request-Id: forged\r\n");
        let id = answer.header("X-Request-Id").expect("the layer sets it");
        assert_eq!((id.len(), answer.text()), (36, id));
    }
}

#[test]
fn sensitive_headers() {
    for (folder, server) in servers_of("middleware/sensitive-headers.md") {
        let answer = ask(&server, "/", "X-Session: secret\r\n");
        assert_eq!(answer.text(), "secret");
        let log = fs::read_to_string(folder.path().join("access.log")).expect("there is one");
        assert_eq!(log, "*** - 200\n");
    }
}

#[test]
fn signed_cookies() {
    for (_folder, server) in servers_of("middleware/signed-cookies.md") {
        let answer = ask(&server, "/", "Cookie: count=1000\r\n");
        assert_eq!(answer.text(), "visit 1\n");
        let cookie = answer
            .header("Set-Cookie")
            .expect("the application sets it");
        let (cookie, attributes) = cookie.split_once(';').expect("it has attributes");
        assert_eq!(attributes, " Path=/; HttpOnly");
        let answer = ask(&server, "/", &format!("Cookie: {cookie}\r\n"));
        assert_eq!(answer.text(), "visit 2\n");
    }
}

#[test]
fn proxy_fix() {
    for (_folder, server) in servers_of("middleware/proxy-fix.md") {
        let fields = "X-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.0.0.4\r\nX-Forwarded-Proto: https\r\n\
                      X-Forwarded-Host: shop.example\r\n";
        let answer = ask(&server, "/", fields);
        assert_eq!(answer.text(), "203.0.113.9 https shop.example");
    }
}
