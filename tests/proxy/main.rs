//! Behind nginx, as most servers run: connections to us are kept alive, over TCP and over a unix socket, and what it
//! tells of its client is believed where we are told to.
//!
//! Runs where `nginx` is on the path; elsewhere it says that it was skipped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use wsgi_tests::{Connection, Server, ServerCommand, root, target_folder};

/// nginx and what it keeps in files, in a folder of its own.
struct Proxy {
    nginx: Server,
    folder: PathBuf,
}

impl Proxy {
    /// Passes all requests on to our server at this address, with these header fields. `None` when there is no nginx.
    fn start(name: &str, upstream: &str, fields: &[(&str, &str)]) -> Option<Self> {
        if Command::new("nginx").arg("-v").output().is_err() {
            eprintln!("skipped: there is no nginx on the path");
            return None;
        }
        let folder = target_folder().join(format!("test-nginx-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("the target folder can be written");
        let upstream = upstream.trim_start_matches("http://");
        let socket = socket_path(&folder);
        let fields: String = fields
            .iter()
            .map(|(name, value)| format!("proxy_set_header {name} \"{value}\"; "))
            .collect();
        let configuration = format!(
            "daemon off; master_process off; error_log stderr notice; pid {folder}/pid;\n\
             events {{}}\n\
             http {{\n\
               access_log off; client_max_body_size 0;\n\
               client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n\
               fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;\n\
               upstream app {{ server {upstream}; keepalive 2; }}\n\
               server {{\n\
                 listen unix:{socket};\n\
                 location / {{\n\
                   proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection \"\";\n\
                   proxy_set_header Host $host; proxy_request_buffering off;\n\
                   {fields}\n\
                 }}\n\
               }}\n\
             }}\n",
            folder = folder.display(),
            socket = socket.display(),
        );
        let path = folder.join("nginx.conf");
        fs::write(&path, configuration).expect("the target folder can be written");
        let mut command = Command::new("nginx");
        command
            .arg("-p")
            .arg(&folder)
            .arg("-c")
            .arg(&path)
            .args(["-e", "stderr"]);
        // Printed when it listens; there is no line that says so itself.
        let nginx = ServerCommand::new(command, "getrlimit").start();
        Some(Self { nginx, folder })
    }

    fn connect(&self) -> Connection {
        Connection::open(&format!("unix:{}", socket_path(&self.folder).display()))
    }
}

/// Short enough for a socket's address wherever the target folder is.
fn socket_path(folder: &Path) -> PathBuf {
    let name = folder
        .file_name()
        .expect("a folder in the target folder")
        .to_string_lossy()
        .into_owned();
    std::env::temp_dir().join(format!("{name}-{}.sock", std::process::id()))
}

fn passes_requests(name: &str, server: &Server, upstream: &str) {
    let fields = [("X-Forwarded-For", "192.0.2.7")];
    let Some(proxy) = Proxy::start(name, upstream, &fields) else {
        return;
    };
    let mut connection = proxy.connect();
    let mut ports = Vec::new();
    for number in 0..20 {
        let body = format!("body {number}");
        let length = body.len();
        let seen = connection.request(&format!(
            "POST /a%20b?{number} HTTP/1.1\r\nHost: shop.example\r\nContent-Length: {length}\r\n\r\n{body}"
        ));
        assert_eq!(
            seen.status,
            200,
            "{}\n{}\n{}",
            seen.text(),
            server.output(),
            proxy.nginx.output()
        );
        let seen = seen.json();
        assert_eq!(
            (&seen["body"], &seen["PATH_INFO"]),
            (&body.into(), &"/a b".into())
        );
        assert_eq!(
            (&seen["HTTP_HOST"], &seen["HTTP_X_FORWARDED_FOR"]),
            (&"shop.example".into(), &"192.0.2.7".into())
        );
        // Nobody has said that nginx is to be believed.
        assert_ne!(seen["REMOTE_ADDR"], "192.0.2.7");
        ports.push(seen.get("REMOTE_PORT").cloned());
    }
    ports.dedup();
    assert_eq!(
        ports.len(),
        1,
        "nginx had to open new connections: {ports:?}"
    );

    // A chunked request body is passed on as it comes, since nginx does not buffer it.
    connection.send("POST / HTTP/1.1\r\nHost: shop.example\r\nTransfer-Encoding: chunked\r\n\r\n");
    connection.send("3\r\nabc\r\n0\r\n\r\n");
    assert_eq!(connection.response().json()["body"], "abc");
}

fn serve(options: &[&str]) -> Server {
    let app = root().join("tests/apps/echo.py").display().to_string();
    Server::start(options.iter().copied().chain([app.as_str()]))
}

#[test]
fn nginx_passes_requests_on_over_tcp() {
    let server = serve(&[]);
    passes_requests("tcp", &server, &server.addresses()[0]);
}

#[test]
fn nginx_passes_requests_on_over_a_unix_socket() {
    let path = std::env::temp_dir().join(format!("test-upstream-{}.sock", std::process::id()));
    let address = format!("unix:{}", path.display());
    let server = serve(&["--bind", &address]);
    passes_requests("unix", &server, &address);
}

/// What the client claims to be; nginx adds to the lists and replaces the rest, or passes on what it does not know.
const CLAIMS: &str = "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: evil.example\r\n\
    Forwarded: for=6.6.6.6;host=evil.example\r\n";

/// Asks twice on one connection: with the claims, and without.
fn asked(proxy: &Proxy) -> [Value; 2] {
    let mut connection = proxy.connect();
    [CLAIMS, ""].map(|claims| {
        let request = format!("GET / HTTP/1.1\r\nHost: shop.example\r\n{claims}\r\n");
        connection.request(&request).json()
    })
}

fn believes_x_forwarded(name: &str, server: &Server, upstream: &str) {
    let fields = [
        ("X-Forwarded-For", "$http_x_forwarded_for, 192.0.2.7"), // as $proxy_add_x_forwarded_for does
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "$host"),
        ("X-Forwarded-Port", "8443"),
        ("X-Forwarded-Prefix", "/shop"),
    ];
    let Some(proxy) = Proxy::start(name, upstream, &fields) else {
        return;
    };
    for seen in asked(&proxy) {
        assert_eq!(seen["REMOTE_ADDR"], "192.0.2.7", "{}", server.output());
        assert_eq!(seen["wsgi.url_scheme"], "https");
        assert_eq!(seen["HTTP_HOST"], "shop.example:8443");
        assert_eq!(seen["SERVER_NAME"], "shop.example");
        assert_eq!(seen["SERVER_PORT"], "8443");
        assert_eq!(seen["SCRIPT_NAME"], "/shop");
    }
}

const X_FORWARDED: [&str; 2] = [
    "--forwarded-headers",
    "x-forwarded-for,x-forwarded-proto,x-forwarded-host,x-forwarded-port,x-forwarded-prefix",
];

#[test]
fn nginx_is_believed_over_tcp() {
    let server = serve(&X_FORWARDED);
    believes_x_forwarded("believed-tcp", &server, &server.addresses()[0]);
}

#[test]
fn nginx_is_believed_over_a_unix_socket() {
    let path = std::env::temp_dir().join(format!("test-believed-{}.sock", std::process::id()));
    let address = format!("unix:{}", path.display());
    let server = serve(&[&X_FORWARDED[..], &["--bind", &address]].concat());
    believes_x_forwarded("believed-unix", &server, &address);
}

/// With the client's own word in front, as nginx writes it that keeps what came.
#[test]
fn nginx_is_believed_in_the_syntax_of_rfc_7239() {
    let server = serve(&["--forwarded-headers", "forwarded"]);
    let forwarded = r#"$http_forwarded, for=\"[2001:db8::7]:4711\";proto=https;host=$host"#;
    let fields = [("Forwarded", forwarded)];
    let Some(proxy) = Proxy::start("rfc-7239", &server.addresses()[0], &fields) else {
        return;
    };
    for seen in asked(&proxy) {
        assert_eq!(seen["REMOTE_ADDR"], "2001:db8::7", "{}", server.output());
        assert_eq!(seen["REMOTE_PORT"], "4711");
        assert_eq!(seen["wsgi.url_scheme"], "https");
        assert_eq!(seen["HTTP_HOST"], "shop.example");
    }
}

/// nginx sends on what it was not told to set, which is why only what it sets is to be named.
#[test]
fn what_nginx_merely_passes_on_is_not_believed() {
    let server = serve(&["--forwarded-allow", "127.0.0.0/8"]);
    let fields = [
        ("X-Forwarded-For", "$http_x_forwarded_for, 192.0.2.7"),
        ("X-Forwarded-Proto", "https"),
    ];
    let Some(proxy) = Proxy::start("passed-on", &server.addresses()[0], &fields) else {
        return;
    };
    let [seen, _] = asked(&proxy);
    assert_eq!(seen["REMOTE_ADDR"], "192.0.2.7", "{}", server.output());
    assert_eq!(seen["wsgi.url_scheme"], "https");
    assert_eq!(seen["HTTP_HOST"], "shop.example");
    assert_eq!(seen["HTTP_X_FORWARDED_HOST"], "evil.example");
}
