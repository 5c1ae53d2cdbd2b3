//! What a request says that matters to its response.

use http::Method;
use wsgi_core::Environ;

use crate::common::coding::Accepted;

/// `Accept-Encoding` and the method, as they came: inner layers may change them, and the environ is theirs meanwhile.
#[derive(Debug)]
pub(super) struct Asked {
    accepted: Field,
    method: Kind,
}

/// The methods that make a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Get,
    Head,
    Connect,
    Other,
}

/// The field, read when somebody wants to know: most responses are too small to ask.
#[derive(Debug)]
enum Field {
    Missing,
    Short { bytes: [u8; SHORT], length: usize },
    Read(Accepted),
}

/// What browsers and clients of APIs send is shorter.
const SHORT: usize = 48;

impl Asked {
    pub(super) fn of(environ: &Environ) -> Self {
        let headers = environ.headers();
        let mut fields = headers.get_all("Accept-Encoding");
        let accepted = match (fields.next(), fields.next()) {
            (None, _) => Field::Missing,
            (Some(field), None) if field.len() <= SHORT => {
                let mut bytes = [0; SHORT];
                bytes[..field.len()].copy_from_slice(field);
                Field::Short {
                    bytes,
                    length: field.len(),
                }
            }
            _ => Field::Read(Accepted::read(headers.get_all("Accept-Encoding"))),
        };
        Self {
            accepted,
            method: match *environ.method() {
                Method::GET => Kind::Get,
                Method::HEAD => Kind::Head,
                Method::CONNECT => Kind::Connect,
                _ => Kind::Other,
            },
        }
    }

    pub(super) fn accepted(&self) -> Accepted {
        match &self.accepted {
            Field::Missing => Accepted::default(),
            Field::Short { bytes, length } => Accepted::read([&bytes[..*length]].into_iter()),
            Field::Read(accepted) => *accepted,
        }
    }

    /// Whether it may be that the client refuses identity: a look that costs less than reading.
    pub(super) fn is_identity_in_doubt(&self) -> bool {
        match &self.accepted {
            Field::Missing => false,
            // Nothing is refused without a weight. All of the array: the compiler has instructions for that, and behind
            // the field it is 0.
            Field::Short { bytes, .. } => bytes
                .iter()
                .fold(false, |is_there, &byte| is_there | (byte == b';')),
            Field::Read(accepted) => !accepted.accepts_identity(),
        }
    }

    /// Whether the request did nothing that an answer of `406` would deny.
    pub(super) fn is_retrieval(&self) -> bool {
        matches!(self.method, Kind::Get | Kind::Head)
    }

    /// The body of a `406`.
    pub(super) fn not_acceptable_text(&self) -> &'static str {
        match self.is_head() {
            // Not all servers leave out the body of an answer to HEAD.
            true => "",
            false => "Not Acceptable\n",
        }
    }

    pub(super) fn is_head(&self) -> bool {
        self.method == Kind::Head
    }

    pub(super) fn is_connect(&self) -> bool {
        self.method == Kind::Connect
    }
}
