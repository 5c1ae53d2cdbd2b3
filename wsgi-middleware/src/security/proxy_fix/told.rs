//! What the trusted proxies told about a request.

use wsgi_core::Environ;

use super::doubt::Doubt;
use super::forwarded::{self, Element};
use super::headers::{FORWARDED, ForwardedField, ForwardedSyntax};
use super::node::{Fault, Host, Node, Sender, parse_port, parse_prefix, parse_scheme};
use super::{Hops, Settings};

/// What was told, as far as it is believed, well formed and free of contradictions.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) client: Option<Node>,
    pub(super) scheme: Option<&'static str>,
    /// Name and port.
    pub(super) host: Option<(String, Option<u16>)>,
    pub(super) port: Option<u16>,
    pub(super) prefix: Option<Vec<u8>>,
    /// Why more is not believed.
    pub(super) doubts: Vec<Doubt>,
}

impl Told {
    /// Reads the fields of a request that came from a trusted peer.
    pub(super) fn read(settings: &Settings, environ: &Environ) -> Self {
        match settings.headers.syntax {
            ForwardedSyntax::XForwarded => Self::read_x_forwarded(settings, environ),
            ForwardedSyntax::Rfc7239 => Self::read_rfc_7239(settings, environ),
        }
    }

    fn read_x_forwarded(settings: &Settings, environ: &Environ) -> Self {
        use ForwardedField::{For, Host, Port, Prefix, Proto};
        let mut told = Self::default();
        let list = |field: ForwardedField| match settings.headers.contain(field) {
            true => values(environ, field.header()),
            false => Vec::new(),
        };
        let clients = list(For);
        let place = settings.place(&clients, |text| Sender::parse(text));
        told.client = from_right(&clients, place)
            .and_then(|text| told.checked(For.header(), text, Sender::parse(text)))
            .and_then(Sender::node);
        let mut at_place = |field: ForwardedField| {
            let list = list(field);
            let place = match settings.hops {
                Hops::Count(count) => count,
                // Each proxy replaces it, the last of them too.
                Hops::ByNetwork if list.len() == 1 => 1,
                Hops::ByNetwork => place,
            };
            if let Hops::ByNetwork = settings.hops
                && (1..place).contains(&list.len())
            {
                told.doubts.push(Doubt::Uneven {
                    header: field.header(),
                    found: list.len(),
                    wanted: place,
                });
            }
            from_right(&list, place).copied()
        };
        let (proto, host) = (at_place(Proto), at_place(Host));
        let (port, prefix) = (at_place(Port), at_place(Prefix));
        told.scheme = proto.and_then(|text| told.scheme(Proto.header(), text));
        told.host = host.and_then(|text| told.host(Host.header(), text));
        told.port = port.and_then(|text| {
            let parsed = std::str::from_utf8(text).ok().and_then(parse_port);
            told.checked(Port.header(), text, parsed.ok_or(Fault::Port))
        });
        told.prefix = prefix.and_then(|text| {
            let parsed = parse_prefix(text).ok_or(Fault::Prefix);
            told.checked(Prefix.header(), text, parsed)
        });
        told.compare_ports();
        told
    }

    fn read_rfc_7239(settings: &Settings, environ: &Environ) -> Self {
        let mut told = Self::default();
        // From the right, a line at a time: what a client sent in a line of its own cannot spoil the proxies' lines.
        let lines: Vec<&[u8]> = environ.headers().get_all(FORWARDED).collect();
        let mut elements: Vec<Element<'_>> = Vec::new();
        let mut malformed = None;
        for line in lines.into_iter().rev() {
            let Some(parsed) = forwarded::parse(line) else {
                malformed = Some(line);
                break;
            };
            elements.splice(0..0, parsed);
        }
        let sender = |element: &Element<'_>| {
            let text = element.r#for.as_deref();
            text.map_or(Ok(Sender::Hidden), Sender::parse_rfc_7239)
        };
        let place = settings.place(&elements, sender);
        let may_continue = match settings.hops {
            Hops::ByNetwork => {
                from_right(&elements, place).is_none_or(|element| settings.vouches(sender(element)))
            }
            Hops::Count(count) => elements.len() < count,
        };
        if let Some(line) = malformed.filter(|_| may_continue) {
            // The chain goes on where it cannot be read; who is at its end is not known.
            let _: Option<()> = told.checked(FORWARDED, line, Err(Fault::Elements));
            return told;
        }
        let Some(element) = from_right(&elements, place) else {
            return told;
        };
        if let Some(text) = element.r#for.as_deref() {
            let client = told.checked(FORWARDED, text, sender(element));
            told.client = client.and_then(Sender::node);
        }
        if let Some(text) = element.proto.as_deref() {
            told.scheme = told.scheme(FORWARDED, text);
        }
        if let Some(text) = element.host.as_deref() {
            told.host = told.host(FORWARDED, text);
        }
        told.only(settings)
    }

    /// Forgets what is not believed of an element that told it all.
    fn only(mut self, settings: &Settings) -> Self {
        let believes = |field| settings.headers.contain(field);
        self.client = self.client.filter(|_| believes(ForwardedField::For));
        self.scheme = self.scheme.filter(|_| believes(ForwardedField::Proto));
        self.host = self.host.filter(|_| believes(ForwardedField::Host));
        self
    }

    /// Two ports for one request: neither is taken, nor the host, whose port would then be wrong or missing.
    fn compare_ports(&mut self) {
        if let (Some((_, Some(host))), Some(port)) = (&self.host, self.port)
            && *host != port
        {
            self.doubts.push(Doubt::Ports { host: *host, port });
            (self.host, self.port) = (None, None);
        }
    }

    fn scheme(&mut self, header: &'static str, text: &[u8]) -> Option<&'static str> {
        self.checked(header, text, parse_scheme(text).ok_or(Fault::Scheme))
    }

    fn host(&mut self, header: &'static str, text: &[u8]) -> Option<(String, Option<u16>)> {
        let host = Host::parse(text).map(|host| (host.name.to_owned(), host.port));
        self.checked(header, text, host.ok_or(Fault::Host))
    }

    /// What was parsed; notes it if that failed.
    fn checked<T>(
        &mut self,
        header: &'static str,
        text: &[u8],
        parsed: Result<T, Fault>,
    ) -> Option<T> {
        let doubt = |fault| Doubt::Malformed {
            header,
            value: text.to_vec(),
            fault,
        };
        parsed.map_err(|fault| self.doubts.push(doubt(fault))).ok()
    }
}

impl Settings {
    /// How far from the right the entry is that tells of the client; 1 is the last.
    fn place<T>(&self, entries: &[T], sender: impl Fn(&T) -> Result<Sender, Fault>) -> usize {
        match self.hops {
            Hops::Count(count) => count,
            // The peer, which is trusted, wrote the last entry; each entry that names a trusted proxy vouches for
            // the one before it. One that names nobody ends the chain.
            Hops::ByNetwork => {
                let vouched = entries
                    .iter()
                    .rev()
                    .take_while(|entry| self.vouches(sender(entry)))
                    .count();
                (vouched + 1).min(entries.len().max(1))
            }
        }
    }

    /// Whether this sender is a proxy, so that what it told of its own peer is true.
    fn vouches(&self, sender: Result<Sender, Fault>) -> bool {
        let node = sender.ok().and_then(Sender::node);
        node.is_some_and(|node| self.trusted.cover_proxy(node.addr))
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
