//! The fields that are the server's own.

/// Whether the field belongs to one connection rather than to the message, so that applications must not use it.
///
/// The eight names of `wsgiref.util.is_hop_by_hop`, `Trailer` as RFC 9110 spells one of them, and
/// `Proxy-Connection`, which some clients send in place of `Connection`; compared without case.
///
/// # Specification
/// [PEP 3333, Other HTTP Features](https://peps.python.org/pep-3333/#other-http-features); RFC 9110 §7.6.1
/// "Connection".
pub fn is_hop_by_hop(name: impl AsRef<[u8]>) -> bool {
    let name = name.as_ref();
    // By length first: most names differ there from all of these.
    let known: &[&str] = match name.len() {
        2 => &["te"],
        7 => &["trailer", "upgrade"],
        8 => &["trailers"],
        10 => &["connection", "keep-alive"],
        16 => &["proxy-connection"],
        17 => &["transfer-encoding"],
        18 => &["proxy-authenticate"],
        19 => &["proxy-authorization"],
        _ => return false,
    };
    known
        .iter()
        .any(|known| known.as_bytes().eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hop_by_hop_names_are_known_in_any_case() {
        for name in [
            "connection",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "trailers",
            "transfer-encoding",
            "upgrade",
        ] {
            assert!(is_hop_by_hop(name) && is_hop_by_hop(name.to_ascii_uppercase()));
        }
        for name in ["Content-Length", "Set-Cookie", "X", "Via", "Upgrades", ""] {
            assert!(!is_hop_by_hop(name), "{name}");
        }
    }
}
