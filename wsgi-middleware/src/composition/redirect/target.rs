//! Where a rule leads.

use super::RedirectError;
use crate::common::location::Location;
use crate::common::uri_host::Host;
use crate::composition::template::{Captured, Pattern, Piece, pieces};

/// A URL with captures in its path, query and fragment.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// `https://example.org`; empty for this host.
    origin: String,
    path: Vec<Piece>,
    query: Option<Vec<Piece>>,
    fragment: Option<Vec<Piece>>,
}

impl Target {
    /// Reads a target; with `pattern`, `$` begins a capture.
    pub(super) fn parse(text: &str, pattern: Option<&Pattern>) -> Result<Self, RedirectError> {
        let (origin, rest) = split_origin(text, pattern.is_some())?;
        let (rest, fragment) = split_at(rest, '#');
        let (path, query) = split_at(rest, '?');
        let pieces = |text: &str| match pattern {
            Some(pattern) => pieces(text, pattern),
            None => Ok(vec![Piece::Literal(text.to_owned())]),
        };
        Ok(Self {
            origin: origin.to_owned(),
            path: pieces(path)?,
            query: query.map(pieces).transpose()?,
            fragment: fragment.map(pieces).transpose()?,
        })
    }

    /// As `parse`, followed by what follows a prefix, which begins with a slash.
    pub(super) fn with_rest(text: &str) -> Result<Self, RedirectError> {
        let mut target = Self::parse(text, None)?;
        if let [Piece::Literal(path)] = &mut *target.path {
            path.truncate(path.trim_end_matches('/').len());
        }
        target.path.push(Piece::Capture(0));
        Ok(target)
    }

    /// The URL; with the query of the request, if one is given.
    pub(super) fn expand(
        &self,
        script_name: &[u8],
        captured: &Captured<'_>,
        query: &[u8],
    ) -> Location {
        let mut location = Location::at(&self.origin);
        if self.origin.is_empty() {
            location.push_path(script_name);
        }
        for piece in &self.path {
            match piece {
                Piece::Literal(text) => location.push_encoded(text.as_bytes()),
                Piece::Capture(index) => location.push_path(captured.get(*index)),
            }
        }
        if self.origin.is_empty() {
            location = location.on_this_host();
        }
        if let Some(pieces) = &self.query {
            location.push_mark('?');
            push_values(&mut location, pieces, captured);
        }
        location.push_query(query);
        if let Some(pieces) = &self.fragment {
            location.push_mark('#');
            push_values(&mut location, pieces, captured);
        }
        location
    }
}

fn push_values(location: &mut Location, pieces: &[Piece], captured: &Captured<'_>) {
    for piece in pieces {
        match piece {
            Piece::Literal(text) => location.push_encoded(text.as_bytes()),
            Piece::Capture(index) => location.push_value(captured.get(*index)),
        }
    }
}

/// Scheme and host, and what follows them; for a path, which begins with one slash, they are empty.
fn split_origin(text: &str, has_captures: bool) -> Result<(&str, &str), RedirectError> {
    let target = || text.to_owned();
    let after_scheme = ["http://", "https://"].iter().find_map(|scheme| {
        let head = text.get(..scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then_some(scheme.len())
    });
    let Some(start) = after_scheme else {
        let second = text.as_bytes().get(1);
        return match text.starts_with('/') && !matches!(second, Some(b'/' | b'\\')) {
            true => Ok(("", text)),
            false => Err(RedirectError::Target { target: target() }),
        };
    };
    let length = text[start..].find(['/', '?', '#']);
    let (origin, rest) = text.split_at(length.map_or(text.len(), |length| start + length));
    let host = &origin[start..];
    if has_captures && host.contains('$') {
        return Err(RedirectError::CaptureInHost { target: target() });
    }
    match Host::parse(host.as_bytes()) {
        Some(_) => Ok((origin, rest)),
        None => Err(RedirectError::Target { target: target() }),
    }
}

/// What is before and behind the first such character.
fn split_at(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.split_once(mark) {
        Some((before, behind)) => (before, Some(behind)),
        None => (text, None),
    }
}
