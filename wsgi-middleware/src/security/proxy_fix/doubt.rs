//! Why a proxy was not believed.

use thiserror::Error;

use super::node::Fault;

/// What is wrong with what a trusted peer told; the text is for the log.
#[derive(Debug, Error)]
pub(super) enum Doubt {
    #[error("{header}: \"{}\" is {fault}", shown(.value))]
    Malformed {
        header: &'static str,
        value: Vec<u8>,
        fault: Fault,
    },
    #[error(
        "{header} has {found} values, and {wanted} proxies told of the client; each must add to it, or each replace it"
    )]
    Uneven {
        header: &'static str,
        found: usize,
        wanted: usize,
    },
    #[error("X-Forwarded-Host names port {host}, and X-Forwarded-Port is {port}")]
    Ports { host: u16, port: u16 },
}

/// Escaped, so that it cannot forge a line of the log, and not longer than a line should be.
fn shown(value: &[u8]) -> String {
    const ENOUGH: usize = 100;
    let more = if value.len() > ENOUGH { "…" } else { "" };
    let value = &value[..value.len().min(ENOUGH)];
    format!("{}{more}", value.escape_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubt_cannot_forge_a_line() {
        let doubt = Doubt::Malformed {
            header: "X-Forwarded-Proto",
            value: [b"a\"\n\xff".as_slice(), &[b'x'; 200]].concat(),
            fault: Fault::Scheme,
        };
        let wanted = format!(
            "X-Forwarded-Proto: \"a\\\"\\n\\xff{}…\" is neither http nor https",
            "x".repeat(96)
        );
        assert_eq!(doubt.to_string(), wanted);
    }
}
