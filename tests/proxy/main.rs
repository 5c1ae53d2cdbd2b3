//! Behind nginx, as most servers run: connections to us are kept alive, over TCP and over a unix socket.
//!
//! Runs where `nginx` is on the path; elsewhere it says that it was skipped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wsgi_tests::{Connection, Server, ServerCommand, root, target_folder};

/// nginx and what it keeps in files, in a folder of its own.
struct Proxy {
    nginx: Server,
    folder: PathBuf,
}

impl Proxy {
    /// Passes all requests on to our server at this address. `None` when there is no nginx.
    fn start(name: &str, upstream: &str) -> Option<Self> {
        if Command::new("nginx").arg("-v").output().is_err() {
            eprintln!("skipped: there is no nginx on the path");
            return None;
        }
        let folder = target_folder().join(format!("test-nginx-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("the target folder can be written");
        let upstream = upstream.trim_start_matches("http://");
        let socket = socket_path(&folder);
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
                   proxy_set_header Host $host; proxy_set_header X-Forwarded-For 192.0.2.7;\n\
                   proxy_request_buffering off;\n\
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
    let Some(proxy) = Proxy::start(name, upstream) else {
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
