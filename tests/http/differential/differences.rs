//! Where we differ from other parsers, and why.

use super::Disagreement;
use crate::streams::{End, Request};

/// A kind of difference.
#[derive(Clone, Copy)]
pub(crate) struct Difference {
    pub(crate) why: &'static str,
    sign: Sign,
}

/// How a difference is known.
#[derive(Clone, Copy)]
enum Sign {
    /// We refuse what the other one takes, or waits for the rest of. The beginning of the refusal, as `{:?}` shows it.
    WeRefuse(&'static str),
    /// We take what the other one refuses: the beginning of its reason, and what must be true besides.
    TheyRefuse(&'static str, fn(&Disagreement<'_>) -> bool),
    /// They take what follows for another protocol's, and we for what the framing says, be it right or wrong.
    TheySwitch,
    /// The connection persists for one of us alone, and this is true of the request.
    Persistence(fn(&Request) -> bool),
}

impl Difference {
    pub(crate) fn explains(&self, found: &Disagreement<'_>) -> bool {
        match (self.sign, found.ours, found.our_end) {
            (Sign::WeRefuse(start), None, End::Refused(refusal)) => {
                format!("{refusal:?}").starts_with(start)
            }
            (Sign::TheyRefuse(start, applies), Some(_), _)
            | (Sign::TheyRefuse(start, applies), None, End::InBody) => {
                found
                    .their_refusal
                    .is_some_and(|reason| reason.starts_with(start))
                    && applies(found)
            }
            (Sign::TheySwitch, _, _) => found.their_refusal == Some("upgrade"),
            (Sign::Persistence(applies), Some(ours), _) => {
                let mut other = ours.clone();
                other.persists = !ours.persists;
                found.theirs == Some(&other) && applies(ours)
            }
            _ => false,
        }
    }
}

const fn stricter(refusal: &'static str, why: &'static str) -> Difference {
    let sign = Sign::WeRefuse(refusal);
    Difference { why, sign }
}

const fn laxer(
    reason: &'static str,
    applies: fn(&Disagreement<'_>) -> bool,
    why: &'static str,
) -> Difference {
    let sign = Sign::TheyRefuse(reason, applies);
    Difference { why, sign }
}

fn has(found: &Disagreement<'_>, any: &[&str]) -> bool {
    any.iter().any(|part| {
        found
            .stream
            .windows(part.len())
            .any(|window| window == part.as_bytes())
    })
}

/// RFC 9112 §7: names of codings have no case.
pub(crate) fn without_case(mut request: Request) -> Request {
    for (name, value) in &mut request.fields {
        if name == "transfer-encoding" {
            value.make_ascii_lowercase();
        }
    }
    request
}

/// What another parser found, as it is meant to be here: it is a parser, and we fill an environ.
pub(crate) fn as_we_show_it(mut request: Request) -> Request {
    // Left out, lest they pass for others: RFC 3875 §4.1.18.
    request
        .fields
        .retain(|(name, _)| !name.contains('_') && name != "proxy");
    // RFC 9110 §2.5: a higher minor version is treated as the highest one that is spoken.
    if matches!(
        &*request.version,
        "1.2" | "1.3" | "1.4" | "1.5" | "1.6" | "1.7" | "1.8" | "1.9"
    ) {
        request.version = "1.1".to_owned();
    }
    // RFC 9112 §3.2.2: the authority of the absolute form replaces Host.
    if let Some((scheme, rest)) = request.target.split_once("://")
        && scheme.eq_ignore_ascii_case("http")
    {
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let mut fields = request.fields.iter_mut();
        match fields.find(|(name, _)| name == "host") {
            Some((_, value)) => *value = authority.to_owned(),
            None => request
                .fields
                .push(("host".to_owned(), authority.to_owned())),
        }
    }
    without_case(request)
}

/// What both others take.
pub(crate) const COMMON: &[Difference] = &[
    stricter(
        "BareLineFeed",
        "RFC 9112 §2.2: LF alone MAY end a line; two parsers who choose otherwise disagree on where",
    ),
    stricter(
        "BodyTooLarge",
        "RFC 9110 §15.5.14: 413 as soon as a body is known to be beyond the limit",
    ),
    stricter("BareCarriageReturn", "RFC 9112 §2.2: CR alone is invalid"),
    stricter(
        "ChunkExtension {",
        "RFC 9112 §7.1.1: extensions have a grammar, in which quotes and whitespace have their places",
    ),
    stricter(
        "Connect",
        "RFC 9110 §9.3.6: an origin server makes no tunnels",
    ),
    stricter(
        "Expectation",
        "RFC 9110 §10.1.1: 417 for an expectation that is not known",
    ),
    stricter("Host {", "RFC 9112 §3.2: 400 for an invalid Host"),
    stricter("HostMissing", "RFC 9112 §3.2: 400 without Host"),
    stricter(
        "Misdirected",
        "RFC 9110 §7.4: a resource of https is not served in the clear",
    ),
    stricter(
        "RequestLine {",
        "RFC 9112 §3: single spaces in the request line",
    ),
    stricter(
        "TargetByte",
        "RFC 9112 §3.2: a fragment is no part of a target, and bytes beyond ASCII are to be encoded",
    ),
    stricter(
        "TargetForm",
        "RFC 9112 §3.2: each form of target has its method, and a URI of http a host",
    ),
    stricter(
        "TransferEncodingInHttp10",
        "RFC 9112 §6.1: a coding in HTTP/1.0 is faulty framing",
    ),
    stricter(
        "VersionNotSupported",
        "RFC 9110 §2.5: another major version has another framing",
    ),
];

pub(crate) const H11: &[Difference] = &[
    Difference {
        why: "RFC 9112 §9.3: a connection of HTTP/1.0 persists where both sides say keep-alive",
        sign: Sign::Persistence(|ours| ours.persists && ours.version == "1.0"),
    },
    stricter(
        "Method {",
        "RFC 9110 §9.1: what is no token is refused before the fields have come",
    ),
    stricter(
        "Version {",
        "RFC 9112 §2.3: what is no version is refused before the fields have come",
    ),
    stricter(
        "ChunkSize {",
        "RFC 9112 §7.1: what is no size is refused before its line has ended",
    ),
    stricter(
        "NotHttp {",
        "RFC 9112 §3: what begins no method is refused before its line has ended",
    ),
    stricter(
        "ChunkSizeTooLong",
        "RFC 9112 §7.1: a size must not overflow 64 bits",
    ),
    stricter(
        "ContentLength {",
        "RFC 9110 §8.6: a list of equal lengths MAY be refused",
    ),
    stricter(
        "ContentLengthRepeated",
        "RFC 9112 §6.3: equal lengths MAY be refused",
    ),
    stricter(
        "Field { what: \"a folded line",
        "RFC 9112 §5.2: a folded line MUST be refused or mended",
    ),
    stricter(
        "Field { what: \"a control character",
        "RFC 9110 §5.5: control characters are invalid in values",
    ),
    stricter(
        "Trailer",
        "RFC 9112 §7.1.2: trailers are field lines, without folds and control characters",
    ),
    stricter(
        "TwoFramings",
        "RFC 9112 §6.1: both framings at once MAY be refused",
    ),
    laxer(
        "no request line received",
        |found| found.stream.starts_with(b"\r\n") || has(found, &["\r\n\r\n"]),
        "RFC 9112 §2.2: empty lines before a request SHOULD be ignored",
    ),
    laxer(
        "bad Content-Length",
        |found| has(found, &["00000000000000000000"]),
        "RFC 9110 §8.6: a length may have leading zeros",
    ),
    laxer(
        "illegal chunk header",
        |found| has(found, &[" ;", "\t;"]),
        "RFC 9112 §7.1.1: whitespace before a semicolon MUST be read past",
    ),
];

/// Those of its methods that are in the streams.
const LLHTTP_METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "OPTIONS", "M-SEARCH"];

pub(crate) const LLHTTP: &[Difference] = &[
    Difference {
        why: "RFC 9112 §9.3: close wins over the keep-alive of HTTP/1.0",
        sign: Sign::Persistence(|ours| !ours.persists && ours.version == "1.0"),
    },
    laxer(
        "HttpParserError: Invalid character in chunk size",
        |found| has(found, &[" ;", "\t;"]),
        "RFC 9112 §7.1.1: whitespace before a semicolon MUST be read past",
    ),
    Difference {
        why: "RFC 9110 §7.8: Upgrade may be ignored, and what follows the head is the request's body even where it is not",
        sign: Sign::TheySwitch,
    },
    laxer(
        "HttpParserError: Invalid character in chunk extensions",
        |found| has(found, &["; ", ";\t", "=\t", "\t="]),
        "RFC 9112 §7.1.1: whitespace around what stands behind a semicolon MUST be read past",
    ),
    laxer(
        "HttpParserError: Request has invalid `Transfer-Encoding`",
        |found| has(found, &["chunked\t"]),
        "RFC 9112 §5.1: a tab behind a value is no part of it",
    ),
    laxer(
        "HttpParserError: Content-Length can't be present",
        |found| has(found, &["0\r\nContent-Length"]),
        "RFC 9110 §6.5.1: a field of the trailer section that cannot be merged into the header is ignored",
    ),
    stricter("HostRepeated", "RFC 9112 §3.2: 400 for two of Host"),
    stricter(
        "TransferEncoding {",
        "RFC 9112 §11.2: an empty element before or behind chunked is what parsers disagree about",
    ),
    stricter(
        "TransferEncodingRepeated",
        "RFC 9112 §11.2: codings in several fields are what parsers disagree about",
    ),
    stricter(
        "TransferEncodingNotImplemented",
        "RFC 9112 §6.1: 501 for a coding that is not implemented",
    ),
    laxer(
        "HttpParserInvalidMethodError",
        |found| {
            found
                .ours
                .is_none_or(|ours| !LLHTTP_METHODS.contains(&&*ours.method))
        },
        "RFC 9110 §9.1: methods are an open set; the application knows its own",
    ),
    laxer(
        "HttpParserError: Invalid HTTP version",
        |found| has(found, &["HTTP/1.2"]),
        "RFC 9110 §2.5: a higher minor version is treated as HTTP/1.1",
    ),
];
