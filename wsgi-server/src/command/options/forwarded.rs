//! What is believed of proxies.

use clap::Args;
use wsgi_middleware::{ForwardedHeaders, ProxyFixLayer, TrustedPeers};

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ForwardedOptions {
    /// The proxies: addresses and networks (`10.0.0.0/8`, `fd00::/8`), `unix` for peers on unix sockets, `*` for all,
    /// separated by commas. `Forwarded`, `X-Forwarded-…` and `X-Real-IP` are removed from requests of others. Default:
    /// `127.0.0.0/8,::1,unix`.
    #[arg(long, value_name = "NETWORKS", env = "WSGI_SERVER_FORWARDED_ALLOW")]
    pub(crate) forwarded_allow: Option<TrustedPeers>,

    /// What they are believed: `x-forwarded-for`, `x-forwarded-proto`, `x-forwarded-host`, `x-forwarded-port`,
    /// `x-forwarded-prefix`, separated by commas, or `forwarded` (RFC 7239). Name those alone that your proxy sets on
    /// every request. Default: `x-forwarded-for,x-forwarded-proto` where one of the other two options is given, else
    /// none.
    #[arg(long, value_name = "HEADERS", env = "WSGI_SERVER_FORWARDED_HEADERS")]
    pub(crate) forwarded_headers: Option<ForwardedHeaders>,

    /// How many proxies each request passes, where their addresses are not known: the client is the entry at this
    /// place from the right of the list. Default: the first from the right that is none of the proxies named.
    #[arg(
        long,
        value_name = "COUNT",
        env = "WSGI_SERVER_FORWARDED_HOPS",
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    pub(crate) forwarded_hops: Option<u16>,
}

impl ForwardedOptions {
    /// The layer that does so.
    pub(crate) fn layer(&self) -> ProxyFixLayer {
        let is_behind_proxy = self.forwarded_allow.is_some() || self.forwarded_hops.is_some();
        let headers = self.forwarded_headers.unwrap_or(match is_behind_proxy {
            true => ForwardedHeaders::default(),
            // RFC 7239 §8.1: to be believed a field must be known to come from a proxy, and even a proxy on this machine
            // passes those on that it does not know from any client.
            false => ForwardedHeaders::NONE,
        });
        let peers = self.forwarded_allow.clone();
        let layer = ProxyFixLayer::default()
            .headers(headers)
            // The server knows that a peer without an address is on a unix socket, to which the system lets only those
            // who have the right to its file: fewer than may connect to a port of this machine.
            .trust_peers(peers.unwrap_or_else(|| TrustedPeers::default().with_unix_sockets()));
        match self.forwarded_hops {
            None => layer,
            Some(count) => layer.hops(count.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use wsgi_core::testing::{EnvironBuilder, run};
    use wsgi_core::{Layer, environ, handler};

    use super::super::tests::parse;

    /// Who is told to be the client, and whether the application finds the field, when `peer` sends it.
    fn seen(arguments: &[&str], peer: &str, field: &str) -> (String, bool) {
        let layer = parse(arguments).unwrap().forwarded.layer();
        let app = layer.layer(handler(|_| "\n"));
        let request = EnvironBuilder::get("/")
            .with(|environ| environ.connection_mut().remote_addr = peer.parse().ok())
            .header(field, "for=203.0.113.9, 203.0.113.9");
        let environ = run(&app, request.build()).unwrap().environ;
        let client = environ.var(environ::REMOTE_ADDR).unwrap_or_default();
        (
            String::from_utf8_lossy(&client).into_owned(),
            environ.headers().contains(field),
        )
    }

    #[test]
    fn without_an_option_nobody_is_believed_and_strangers_are_not_heard() {
        for peer in ["127.0.0.1", "::1", ""] {
            let wanted = (peer.to_owned(), true);
            assert_eq!(seen(&[], peer, "X-Forwarded-For"), wanted, "{peer}");
        }
        let wanted = ("192.0.2.1".to_owned(), false);
        assert_eq!(seen(&[], "192.0.2.1", "X-Forwarded-For"), wanted);
    }

    #[test]
    fn one_option_is_enough_to_be_behind_a_proxy() {
        #[rustfmt::skip]
        let cases: [(&[&str], &str, bool); 9] = [
            (&["--forwarded-headers", "x-forwarded-for"], "127.0.0.1", true),
            (&["--forwarded-headers", "x-forwarded-for"], "", true),
            (&["--forwarded-headers", "x-forwarded-proto"], "127.0.0.1", false),
            (&["--forwarded-headers", ""], "127.0.0.1", false),
            (&["--forwarded-hops", "1"], "127.0.0.1", true),
            (&["--forwarded-allow", "192.0.2.0/24"], "192.0.2.1", true),
            (&["--forwarded-allow", "192.0.2.0/24"], "127.0.0.1", false),
            (&["--forwarded-allow", "*"], "2001:db8::1", true),
            (&["--forwarded-allow", "127.0.0.1", "--forwarded-headers", ""], "127.0.0.1", false),
        ];
        for (arguments, peer, is_believed) in cases {
            let (client, _) = seen(arguments, peer, "X-Forwarded-For");
            assert_eq!(client == "203.0.113.9", is_believed, "{arguments:?} {peer}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (arguments, message) in [
            (["--forwarded-allow", "ten"], "\"ten\" is no network"),
            (
                ["--forwarded-headers", "x-real-ip"],
                "\"x-real-ip\" is no header field",
            ),
            (
                ["--forwarded-headers", "forwarded,x-forwarded-for"],
                "cannot both be believed",
            ),
            (["--forwarded-hops", "0"], "0 is not in 1.."),
        ] {
            let error = parse(&arguments).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
