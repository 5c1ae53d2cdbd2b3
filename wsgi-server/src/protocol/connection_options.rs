//! What the `Connection` field says about persistence.

use http::Version;

/// The options that matter here, gathered from all `Connection` fields of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ConnectionOptions {
    close: bool,
    keep_alive: bool,
}

impl ConnectionOptions {
    /// Reads one field: a list of case-insensitive tokens, of which unknown ones mean nothing.
    pub(super) fn add(&mut self, value: &[u8]) {
        if value == b"keep-alive" {
            self.keep_alive = true; // as most clients have it
            return;
        }
        for option in value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii) {
            self.close |= option.eq_ignore_ascii_case(b"close");
            self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
        }
    }

    /// Whether the client wants to go on.
    ///
    /// # Specification
    /// RFC 9112 §9.3 "Persistence": `close` wins, HTTP/1.1 persists, HTTP/1.0 persists if it asks to.
    pub(super) fn keep_alive(self, version: Version) -> bool {
        !self.close && (version >= Version::HTTP_11 || self.keep_alive)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The `Connection` fields of a request; whether it persists by HTTP/1.1, and by HTTP/1.0.
    const CASES: &[(&[&str], bool, bool)] = &[
        (&[], true, false),
        (&["close"], false, false),
        (&["CLOSE"], false, false),
        (&["x-foo , close"], false, false),
        (&["x-foo", "close"], false, false),
        (&["keep-alive"], true, true),
        (&["Keep-Alive, x-foo"], true, true),
        (&["keep-alive, close"], false, false),
        (&["not-close, closed"], true, false),
        (&["\"close\""], true, false),
        (&["Upgrade, HTTP2-Settings"], true, false),
        (&[", ,"], true, false),
        (&[""], true, false),
    ];

    #[test]
    fn persistence_is_decided_by_version_and_options() {
        for &(fields, by_1_1, by_1_0) in CASES {
            let mut options = ConnectionOptions::default();
            fields
                .iter()
                .for_each(|field| options.add(field.as_bytes()));
            assert_eq!(options.keep_alive(Version::HTTP_11), by_1_1, "{fields:?}");
            assert_eq!(options.keep_alive(Version::HTTP_10), by_1_0, "{fields:?}");
        }
    }
}
