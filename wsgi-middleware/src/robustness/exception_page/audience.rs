//! Who is to see the page.

use std::net::IpAddr;

use wsgi_core::Environ;

/// Whether the request comes from this machine, was meant for it, and came by no proxy that anybody could see.
pub(super) fn is_developer(environ: &Environ) -> bool {
    let is_here = |address: IpAddr| address.to_canonical().is_loopback();
    let peer = environ.remote_addr().ok().flatten();
    let host = environ.headers().get_str("Host");
    let by_proxy = environ.headers().names().any(tells_of_a_proxy);
    peer.is_some_and(is_here) && host.is_some_and(is_of_this_machine) && !by_proxy
}

/// Whether the name is one that no other machine can have: else a page of the web, whose own name its owner points to
/// 127.0.0.1, is of the same origin as this one (DNS rebinding).
fn is_of_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => host.split(':').next(),
    };
    let name = name.unwrap_or_default().trim_end_matches('.');
    let name = name.to_ascii_lowercase();
    // RFC 6761 §6.3 "Domain Name Reservation Considerations for 'localhost.'"
    name == "localhost"
        || name.ends_with(".localhost")
        || name
            .parse::<IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback())
}

fn tells_of_a_proxy(field: &str) -> bool {
    let is = |name: &str| field.eq_ignore_ascii_case(name);
    const PREFIX: &str = "x-forwarded-";
    is("Forwarded")
        || is("Via")
        || is("X-Real-IP")
        || field
            .get(..PREFIX.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

#[cfg(test)]
mod tests {
    use wsgi_core::testing::EnvironBuilder;

    use super::*;

    #[test]
    fn only_who_is_on_this_machine_and_means_it() {
        #[rustfmt::skip]
        let cases = [
            (Some("127.0.0.1"), "127.0.0.1:8000", None, true),
            (Some("127.8.9.1"), "localhost", None, true),
            (Some("::1"), "[::1]:8000", None, true),
            (Some("::ffff:127.0.0.1"), "LOCALHOST.:80", None, true),
            (Some("127.0.0.1"), "shop.localhost:80", None, true),
            (Some("127.0.0.1"), "example.org", None, false),
            (Some("127.0.0.1"), "127.0.0.1.example.org", None, false),
            (Some("127.0.0.1"), "notlocalhost", None, false),
            (Some("127.0.0.1"), "", None, false),
            (Some("127.0.0.1"), "[::1", None, true),
            (Some("192.0.2.1"), "localhost", None, false),
            (Some("10.0.0.1"), "localhost", None, false),
            (None, "localhost", None, false),
            (Some("127.0.0.1"), "localhost", Some("X-Forwarded-For"), false),
            (Some("127.0.0.1"), "localhost", Some("x-forwarded-host"), false),
            (Some("127.0.0.1"), "localhost", Some("Forwarded"), false),
            (Some("127.0.0.1"), "localhost", Some("X-Real-IP"), false),
            (Some("127.0.0.1"), "localhost", Some("Via"), false),
            (Some("127.0.0.1"), "localhost", Some("X-Forward"), true),
        ];
        for (peer, host, field, expected) in cases {
            let mut request = EnvironBuilder::get("/").header("Host", host).build();
            request.connection_mut().remote_addr = peer.map(|peer| peer.parse().unwrap());
            if let Some(field) = field {
                request.headers_mut().try_append(field, "1").unwrap();
            }
            let found = is_developer(&request);
            assert_eq!(found, expected, "{peer:?} {host} {field:?}");
        }
        let mut nameless = EnvironBuilder::get("/").build();
        nameless.connection_mut().remote_addr = "127.0.0.1".parse().ok();
        nameless.headers_mut().remove("Host");
        assert!(!is_developer(&nameless));
    }
}
