//! Interim responses ahead of the one that the application makes.

use http::Version;
use wsgi_core::EarlyHints;

use super::ResponseWriter;

impl ResponseWriter {
    /// Appends a `103 Early Hints` response. Nothing is appended once the head of the response has gone out, for
    /// clients of HTTP/1.0, who know no interim responses, and where there is nothing to hint at.
    ///
    /// # Specification
    /// RFC 8297 §2 "HTTP Status Code 103: Early Hints"; RFC 9110 §15.2 "Informational 1xx": "a server MUST NOT send a 1xx
    /// response to an HTTP/1.0 client"
    pub fn early_hints(&self, hints: &EarlyHints, out: &mut Vec<u8>) {
        if self.head_sent() || self.version < Version::HTTP_11 || hints.headers().is_empty() {
            return;
        }
        out.extend_from_slice(b"HTTP/1.1 103 Early Hints\r\n");
        hints.headers().write_lines(out);
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use wsgi_core::{Headers, StatusLine};

    use super::*;

    fn hinted(writer: &ResponseWriter) -> String {
        let fields = [("Link", "</a.css>; rel=preload"), ("Link", "</b.js>")];
        let mut out = Vec::new();
        writer.early_hints(&EarlyHints::try_from_pairs(fields).unwrap(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn hints_are_a_head_of_their_own_until_the_responses_head_has_gone_out() {
        let mut writer = ResponseWriter::new(true, Version::HTTP_11, true);
        let hints =
            "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nLink: </b.js>\r\n\r\n";
        assert_eq!(hinted(&writer), hints);
        writer.start(StatusLine::OK, Headers::new(), None).unwrap();
        assert_eq!(hinted(&writer), hints);
        writer.write(b"x", None, &mut Vec::new()).unwrap();
        assert_eq!(hinted(&writer), "");
        writer.finish(None, &mut Vec::new());
        assert_eq!(hinted(&writer), "");
    }

    #[test]
    fn clients_of_http_1_0_get_none() {
        for version in [Version::HTTP_09, Version::HTTP_10] {
            assert_eq!(hinted(&ResponseWriter::new(false, version, true)), "");
        }
    }

    #[test]
    fn no_fields_are_no_hints() {
        let (writer, mut out) = (ResponseWriter::new(false, Version::HTTP_11, true), vec![]);
        let none = EarlyHints::new(Headers::new()).unwrap();
        writer.early_hints(&none, &mut out);
        assert!(out.is_empty());
    }
}
