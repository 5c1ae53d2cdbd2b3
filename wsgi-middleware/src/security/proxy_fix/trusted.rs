//! Whose word is taken.

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net};
use thiserror::Error;
use wsgi_core::Environ;

/// The peers whose forwarded fields are taken for true: networks, addresses and unix sockets.
///
/// Read from a list that is separated by commas: addresses (`192.0.2.1`, `::1`), networks (`10.0.0.0/8`, `fd00::/8`),
/// `unix` for peers on a unix socket, `*` for all of them. An empty list is nobody. Default: `127.0.0.0/8,::1`. A
/// unix socket is not part of it, for to an application a peer on one is a peer without an address, and what that
/// means only its server knows.
///
/// A network that covers every address (`*`, `0.0.0.0/0`, `::/0`) speaks of peers alone. That an entry of
/// `X-Forwarded-For` is a proxy it does not tell, for a client would be one as well, and its own word true.
///
/// # Examples
/// ```
/// use wsgi_middleware::TrustedPeers;
///
/// let trusted: TrustedPeers = "10.0.0.0/8, unix".parse()?;
/// assert_ne!(trusted, TrustedPeers::default());
/// "10.0.0.0/33".parse::<TrustedPeers>().unwrap_err();
/// # Ok::<(), wsgi_middleware::NetworkError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedPeers {
    v4: Arc<[Network<u32>]>,
    v6: Arc<[Network<u128>]>,
    unix_sockets: UnixSockets,
}

/// All addresses that are `base` where `mask` has ones. A server may ask for it with every request, which is why it is not
/// reckoned anew from the length of the prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network<Bits> {
    base: Bits,
    mask: Bits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum UnixSockets {
    Strange,
    Trusted,
}

impl TrustedPeers {
    /// Reads entries one by one, as they stand in the list.
    ///
    /// # Errors
    /// [`NetworkError`] for what is none of them.
    pub(super) fn from_entries(
        entries: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, NetworkError> {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        let mut unix_sockets = UnixSockets::Strange;
        for entry in entries {
            match entry.as_ref().trim() {
                "" => {}
                "unix" => unix_sockets = UnixSockets::Trusted,
                "*" => {
                    unix_sockets = UnixSockets::Trusted;
                    v4.push(Network { base: 0, mask: 0 });
                    v6.push(Network { base: 0, mask: 0 });
                }
                network => match parse_network(network)? {
                    IpNet::V4(network) => v4.push(Network {
                        base: network.network().to_bits(),
                        mask: network.netmask().to_bits(),
                    }),
                    IpNet::V6(network) => v6.push(Network {
                        base: network.network().to_bits(),
                        mask: network.netmask().to_bits(),
                    }),
                },
            }
        }
        Ok(Self {
            v4: v4.into(),
            v6: v6.into(),
            unix_sockets,
        })
    }

    /// And peers on unix sockets.
    #[must_use]
    pub fn with_unix_sockets(self) -> Self {
        Self {
            unix_sockets: UnixSockets::Trusted,
            ..self
        }
    }

    /// Whether the other end of the request's connection is one of them.
    #[inline]
    pub(super) fn cover_peer(&self, environ: &Environ) -> bool {
        match environ.remote_addr() {
            Ok(Some(addr)) => match addr.to_canonical() {
                IpAddr::V4(addr) => self.v4.iter().any(|it| addr.to_bits() & it.mask == it.base),
                IpAddr::V6(addr) => self.v6.iter().any(|it| addr.to_bits() & it.mask == it.base),
            },
            Ok(None) => self.unix_sockets == UnixSockets::Trusted,
            // What is there and is no address is nobody that could be trusted.
            Err(_) => false,
        }
    }

    /// Whether an address in a list is a proxy's, so that it vouches for the entry before it.
    pub(super) fn cover_proxy(&self, addr: IpAddr) -> bool {
        match addr.to_canonical() {
            IpAddr::V4(addr) => {
                let mut some = self.v4.iter().filter(|it| it.mask != 0);
                some.any(|it| addr.to_bits() & it.mask == it.base)
            }
            IpAddr::V6(addr) => {
                let mut some = self.v6.iter().filter(|it| it.mask != 0);
                some.any(|it| addr.to_bits() & it.mask == it.base)
            }
        }
    }
}

/// This machine.
impl Default for TrustedPeers {
    fn default() -> Self {
        Self::from_entries(["127.0.0.0/8", "::1"]).expect("both are networks")
    }
}

impl FromStr for TrustedPeers {
    type Err = NetworkError;

    fn from_str(list: &str) -> Result<Self, NetworkError> {
        Self::from_entries(list.split(','))
    }
}

fn parse_network(text: &str) -> Result<IpNet, NetworkError> {
    let address = |_| text.parse::<IpAddr>().map(IpNet::from);
    let network = text.parse().or_else(address);
    network
        .map(canonical)
        .map_err(|_| NetworkError(text.to_owned()))
}

/// `::ffff:10.0.0.0/104` is `10.0.0.0/8`, as addresses are looked up.
fn canonical(network: IpNet) -> IpNet {
    let as_v4 = |addr, prefix: u8| match addr {
        IpAddr::V4(addr) => Ipv4Net::new(addr, prefix.checked_sub(96)?).ok(),
        IpAddr::V6(_) => None,
    };
    match network {
        IpNet::V4(_) => network,
        IpNet::V6(v6) => {
            as_v4(IpAddr::V6(v6.addr()).to_canonical(), v6.prefix_len()).map_or(network, IpNet::V4)
        }
    }
}

/// Why a text is no network.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "{0:?} is no network; write an address (192.0.2.1), a network (10.0.0.0/8, fd00::/8), unix for unix sockets or * \
     for all"
)]
pub struct NetworkError(String);

#[cfg(test)]
mod tests {
    use wsgi_core::environ;

    use super::*;

    /// A list, an address, whether that is trusted as a peer, and as a proxy in a list.
    const CASES: &[(&str, &str, bool, bool)] = &[
        ("127.0.0.0/8,::1", "127.8.8.8", true, true),
        ("127.0.0.0/8,::1", "::1", true, true),
        ("127.0.0.0/8,::1", "::ffff:127.0.0.1", true, true),
        ("127.0.0.0/8,::1", "128.0.0.1", false, false),
        ("127.0.0.0/8,::1", "::2", false, false),
        (" 10.0.0.0/8 , 192.0.2.1 ", "10.255.0.1", true, true),
        ("10.0.0.0/8,192.0.2.1", "192.0.2.1", true, true),
        ("10.0.0.0/8,192.0.2.1", "192.0.2.2", false, false),
        ("10.0.0.7/8", "10.1.2.3", true, true),
        ("fd00::/8", "fd12::1", true, true),
        ("fd00::/8", "fe80::1", false, false),
        ("::ffff:10.0.0.0/104", "10.9.9.9", true, true),
        ("::ffff:10.0.0.1", "10.0.0.1", true, true),
        ("*", "203.0.113.9", true, false),
        ("*", "2001:db8::1", true, false),
        ("0.0.0.0/0", "203.0.113.9", true, false),
        ("*,10.0.0.0/8", "10.0.0.1", true, true),
        ("", "127.0.0.1", false, false),
        ("unix", "127.0.0.1", false, false),
    ];

    #[test]
    fn networks_cover_their_addresses() {
        for (list, addr, peer, proxy) in CASES {
            let trusted: TrustedPeers = list.parse().unwrap();
            let mut environ = Environ::new();
            environ.connection_mut().remote_addr = addr.parse().ok();
            let found = (
                trusted.cover_peer(&environ),
                trusted.cover_proxy(addr.parse().unwrap()),
            );
            assert_eq!(found, (*peer, *proxy), "{list} {addr}");
        }
    }

    #[test]
    fn peers_without_an_address_are_those_on_unix_sockets() {
        for (list, wanted) in [
            ("unix", true),
            ("*", true),
            ("127.0.0.1, unix", true),
            ("127.0.0.1", false),
            ("0.0.0.0/0,::/0", false),
            ("", false),
        ] {
            let trusted: TrustedPeers = list.parse().unwrap();
            let mut environ = Environ::new();
            assert_eq!(trusted.cover_peer(&environ), wanted, "{list}");
            environ.set_var(environ::REMOTE_ADDR, "").unwrap(); // as Gunicorn has it
            assert_eq!(trusted.cover_peer(&environ), wanted, "{list}");
            environ.set_var(environ::REMOTE_ADDR, "unix:").unwrap();
            assert!(!trusted.cover_peer(&environ), "{list}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "10.0.0.0/33",
            "localhost",
            "10.0.0",
            "::1/129",
            "fe80::1%1",
            "10.0.0.0/8 ::1",
        ] {
            let error = text.parse::<TrustedPeers>().unwrap_err();
            assert_eq!(error, NetworkError(text.to_owned()));
        }
    }
}
