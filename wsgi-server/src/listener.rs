//! Where the server listens.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use mio::event::Source;
use mio::net::{TcpListener, UnixListener};
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use wsgi_core::environ::Connection;

use crate::error::ServerError;
use crate::stream::Stream;

/// Small responses must not wait for the client's delayed acknowledgement (`TCP_NODELAY`). Linux hands the option of a
/// listener on to its connections, which spares a system call for each.
const LISTENER_HANDS_ON: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// A bound, listening socket.
#[derive(Debug)]
pub(crate) enum Listener {
    Tcp {
        socket: TcpListener,
        local: SocketAddr,
        /// What the environ of each client says of this end; cloned, not made anew.
        connection: Connection,
    },
    Unix {
        socket: UnixListener,
        path: PathBuf,
    },
}

impl Listener {
    /// Binds `host:port`, `:port`, `[::1]:port` or `unix:path`; a name may stand for several addresses.
    ///
    /// `backlog`: how many connections may wait to be accepted.
    pub(crate) fn bind(address: &str, backlog: u32) -> Result<Vec<Self>, ServerError> {
        let failed = |source| ServerError::Bind {
            address: address.to_owned(),
            source,
        };
        if let Some(path) = address.strip_prefix("unix:") {
            let bound = Self::bind_unix(Path::new(path), backlog);
            return Ok(vec![bound.map_err(failed)?]);
        }
        let text = if address.starts_with(':') {
            format!("0.0.0.0{address}")
        } else {
            address.to_owned()
        };
        let found = text
            .to_socket_addrs()
            .map_err(|source| ServerError::Address {
                address: address.to_owned(),
                source,
            })?;
        // `localhost` is two addresses on most machines; an unusable one among them is no reason to stop.
        let (bound, errors): (Vec<_>, Vec<_>) = found
            .map(|address| Self::bind_tcp(address, backlog))
            .partition(Result::is_ok);
        if bound.is_empty() {
            let error = errors.into_iter().find_map(Result::err);
            return Err(failed(
                error.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into()),
            ));
        }
        Ok(bound.into_iter().filter_map(Result::ok).collect())
    }

    fn bind_tcp(address: SocketAddr, backlog: u32) -> io::Result<Self> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::STREAM,
            Some(Protocol::TCP),
        )?;
        socket.set_nonblocking(true)?;
        socket.set_reuse_address(true)?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        if LISTENER_HANDS_ON {
            socket.set_tcp_nodelay(true)?;
        }
        socket.bind(&address.into())?;
        socket.listen(backlog.try_into().unwrap_or(i32::MAX))?;
        let socket = TcpListener::from_std(socket.into());
        let local = socket.local_addr()?;
        let mut connection = Connection::default();
        connection.server_name = host(local.ip()).into();
        connection.server_port = local.port().to_string().into();
        Ok(Self::Tcp {
            socket,
            local,
            connection,
        })
    }

    fn bind_unix(path: &Path, backlog: u32) -> io::Result<Self> {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        let address = SockAddr::unix(path)?;
        match socket.bind(&address) {
            // A socket that nobody answers at is what a killed server left behind.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_abandoned(path) => {
                std::fs::remove_file(path)?;
                socket.bind(&address)?;
            }
            bound => bound?,
        }
        socket.listen(backlog.try_into().unwrap_or(i32::MAX))?;
        Ok(Self::Unix {
            socket: UnixListener::from_std(OwnedFd::from(socket).into()),
            path: path.to_owned(),
        })
    }

    /// `http://127.0.0.1:8000` or `unix:/run/app.sock`.
    pub(crate) fn address(&self) -> String {
        match self {
            Self::Tcp { local, .. } => format!("http://{local}"),
            Self::Unix { path, .. } => format!("unix:{}", path.display()),
        }
    }

    /// The next waiting client, with what its environ says of the connection.
    pub(crate) fn accept(&self, multithread: bool) -> io::Result<(Stream, Connection)> {
        match self {
            Self::Tcp {
                socket,
                local,
                connection,
            } => {
                let (stream, peer) = socket.accept()?;
                if !LISTENER_HANDS_ON {
                    stream.set_nodelay(true)?;
                }
                let mut connection = connection.clone();
                // At a wildcard address only the connection knows which address was meant.
                if local.ip().is_unspecified() {
                    connection.server_name = host(stream.local_addr()?.ip()).into();
                }
                connection.multithread = multithread;
                connection.remote_addr = Some(peer.ip().to_canonical());
                connection.remote_port = Some(peer.port());
                Ok((Stream::from(stream), connection))
            }
            Self::Unix { socket, .. } => {
                let (stream, _) = socket.accept()?;
                // PEP 3333: name and port may not be empty; a unix socket has no better answer than the default.
                let mut connection = Connection::default();
                connection.multithread = multithread;
                Ok((Stream::from(stream), connection))
            }
        }
    }

    pub(crate) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        match self {
            Self::Tcp { socket, .. } => socket.register(registry, token, Interest::READABLE),
            Self::Unix { socket, .. } => socket.register(registry, token, Interest::READABLE),
        }
    }
}

/// A unix socket's file goes with the server.
impl Drop for Listener {
    fn drop(&mut self) {
        if let Self::Unix { path, .. } = self {
            let _ = std::fs::remove_file(path);
        }
    }
}

fn host(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

fn is_abandoned(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    let is_socket =
        std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
    is_socket
        && std::os::unix::net::UnixStream::connect(path)
            .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_means_every_ipv4_address() {
        let listeners = Listener::bind(":0", 8).unwrap();
        let Listener::Tcp { local, .. } = &listeners[0] else {
            panic!("a TCP listener")
        };
        assert!(local.ip().is_unspecified() && local.port() != 0);
    }

    #[test]
    fn small_responses_do_not_wait_for_acknowledgements() {
        let listener = Listener::bind("127.0.0.1:0", 8).unwrap().remove(0);
        let address = listener.address();
        let _client =
            std::net::TcpStream::connect(address.strip_prefix("http://").unwrap()).unwrap();
        let (stream, _) = listener.accept(false).unwrap();
        assert!(rustix::net::sockopt::tcp_nodelay(&stream).unwrap());
    }

    #[test]
    fn what_is_no_address_is_told_with_the_forms_that_are() {
        let error = Listener::bind("nonsense", 8).unwrap_err().to_string();
        assert!(
            error.contains("\"nonsense\"") && error.contains("host:port"),
            "{error}"
        );
    }

    #[test]
    #[cfg(target_os = "linux")] // where a full backlog is told at once
    fn so_many_wait_to_be_accepted_as_the_backlog_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.sock");
        let _listener = Listener::bind(&format!("unix:{}", path.display()), 3).unwrap();
        let address = SockAddr::unix(&path).unwrap();
        let connect = || {
            let client = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
            client.set_nonblocking(true).unwrap();
            client.connect(&address).map(|()| client)
        };
        // Linux lets one more wait than it is told.
        let waiting: Vec<_> = (0..4).map(|_| connect().unwrap()).collect();
        let error = connect().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        drop(waiting);
    }

    #[test]
    fn a_socket_left_behind_is_replaced_and_one_in_use_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap()); // leaves its file
        let address = format!("unix:{}", path.display());
        let listener = Listener::bind(&address, 8).unwrap();
        assert!(matches!(
            Listener::bind(&address, 8),
            Err(ServerError::Bind { .. })
        ));
        drop(listener);
        assert!(!path.exists());
    }
}
