//! What the trusted proxies told about a request.

use wsgi_core::Environ;

use super::forwarded::{self, Element};
use super::node::{Host, Node, parse_port, parse_prefix, parse_scheme};
use super::{ForwardedField, ForwardedSyntax, Hops, Settings};

/// A header field that proxies tell by.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) variable: &'static str,
}

/// All of them; the first five in the order of [`ForwardedField`].
pub(super) const FIELDS: [Field; 6] = [
    field("X-Forwarded-For", "HTTP_X_FORWARDED_FOR"),
    field("X-Forwarded-Proto", "HTTP_X_FORWARDED_PROTO"),
    field("X-Forwarded-Host", "HTTP_X_FORWARDED_HOST"),
    field("X-Forwarded-Port", "HTTP_X_FORWARDED_PORT"),
    field("X-Forwarded-Prefix", "HTTP_X_FORWARDED_PREFIX"),
    field("Forwarded", "HTTP_FORWARDED"),
];

const fn field(name: &'static str, variable: &'static str) -> Field {
    Field { name, variable }
}

/// What was told, as far as it is believed and well formed.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) client: Option<Node>,
    pub(super) scheme: Option<&'static str>,
    /// Name and port.
    pub(super) host: Option<(String, Option<u16>)>,
    pub(super) port: Option<u16>,
    pub(super) prefix: Option<Vec<u8>>,
}

impl Told {
    /// Reads the fields of a request that came from a trusted peer.
    pub(super) fn read(settings: &Settings, environ: &Environ) -> Self {
        match settings.syntax {
            ForwardedSyntax::XForwarded => Self::read_x_forwarded(settings, environ),
            ForwardedSyntax::Rfc7239 => Self::read_rfc_7239(settings, environ),
        }
    }

    fn read_x_forwarded(settings: &Settings, environ: &Environ) -> Self {
        let list = |field: ForwardedField| match settings.believes(field) {
            true => values(environ, FIELDS[field as usize].name),
            false => Vec::new(),
        };
        let clients: Vec<_> = list(ForwardedField::For)
            .into_iter()
            .map(Node::parse)
            .collect();
        let place = settings.place(&clients);
        // A list that each proxy replaces is shorter than that of the addresses; all of it is theirs.
        let at_place = |field: ForwardedField| {
            let list = list(field);
            let place = match settings.hops {
                Hops::ByNetwork => place.min(list.len()),
                Hops::Count(count) => count,
            };
            from_right(&list, place).copied()
        };
        let text = |value: &[u8]| std::str::from_utf8(value).ok().and_then(parse_port);
        Self {
            client: from_right(&clients, place).copied().flatten(),
            scheme: at_place(ForwardedField::Proto).and_then(parse_scheme),
            host: at_place(ForwardedField::Host).and_then(host),
            port: at_place(ForwardedField::Port).and_then(text),
            prefix: at_place(ForwardedField::Prefix).and_then(parse_prefix),
        }
    }

    fn read_rfc_7239(settings: &Settings, environ: &Environ) -> Self {
        // From the right, a line at a time: what a client sent in a line of its own cannot spoil the proxies' lines.
        let lines: Vec<&[u8]> = environ.headers().get_all("Forwarded").collect();
        let mut elements: Vec<Element<'_>> = Vec::new();
        for line in lines.into_iter().rev() {
            let Some(parsed) = forwarded::parse(line) else {
                break;
            };
            elements.splice(0..0, parsed);
        }
        let clients: Vec<_> = elements
            .iter()
            .map(|element| element.r#for.as_deref().and_then(parse_forwarded_node))
            .collect();
        let place = settings.place(&clients);
        let Some(element) = from_right(&elements, place) else {
            return Self::default();
        };
        let believed = |field| settings.believes(field).then_some(());
        Self {
            client: believed(ForwardedField::For)
                .and_then(|()| from_right(&clients, place).copied().flatten()),
            scheme: believed(ForwardedField::Proto)
                .and_then(|()| parse_scheme(element.proto.as_deref()?)),
            host: believed(ForwardedField::Host).and_then(|()| host(element.host.as_deref()?)),
            port: None,
            prefix: None,
        }
    }
}

impl Settings {
    /// How far from the right the entry of the outermost trusted proxy is; 1 is the last.
    fn place(&self, clients: &[Option<Node>]) -> usize {
        match self.hops {
            Hops::Count(count) => count,
            // The peer, which is trusted, wrote the last entry; each entry that names a trusted proxy vouches for
            // the one before it. One that names nobody ends the chain.
            Hops::ByNetwork => {
                let vouched = clients
                    .iter()
                    .rev()
                    .take_while(|node| node.is_some_and(|node| self.trusts(node.addr)))
                    .count();
                (vouched + 1).min(clients.len().max(1))
            }
        }
    }
}

/// The entries of a comma-separated list, over all fields of the name, empty ones left out.
fn values<'e>(environ: &'e Environ, name: &'static str) -> Vec<&'e [u8]> {
    environ
        .headers()
        .get_all(name)
        .flat_map(|value| value.split(|&byte| byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|entry| !entry.is_empty())
        .collect()
}

/// The entry at this place from the right, 1 being the last.
fn from_right<T>(list: &[T], place: usize) -> Option<&T> {
    list.get(list.len().checked_sub(place)?)
}

/// RFC 7239 §6: an IPv6 address stands in brackets.
fn parse_forwarded_node(text: &[u8]) -> Option<Node> {
    let is_bare_v6 =
        !text.starts_with(b"[") && text.iter().filter(|&&byte| byte == b':').count() > 1;
    if is_bare_v6 { None } else { Node::parse(text) }
}

fn host(text: &[u8]) -> Option<(String, Option<u16>)> {
    Host::parse(text).map(|host| (host.name.to_owned(), host.port))
}
