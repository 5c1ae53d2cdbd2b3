//! What becomes of a response.

use wsgi_core::{ApplicationError, Headers, StatusLine};

use super::Flush;
use super::request::Asked;
use super::settings::Settings;
use crate::common::coding::{Choice, Coding};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Not this layer's business.
    Untouched,
    /// As it is, for this client; another one may get something else.
    Plain,
    Coded(Coding),
    /// The client accepts nothing that there is.
    NotAcceptable,
}

/// Looks at a response whose head has not gone out. `length` is that of its body, where it is known.
pub(super) fn judge(
    settings: &Settings,
    asked: &Asked,
    status: &StatusLine,
    headers: &Headers,
    length: Option<u64>,
) -> Result<Verdict, ApplicationError> {
    // RFC 9110 §9.3.6: what follows the head of a tunnel is no content.
    let is_tunnel = asked.is_connect() && (200..300).contains(&status.code());
    if status.forbids_body() || is_tunnel {
        return Ok(Verdict::Untouched);
    }
    // The application leaves out the body of a HEAD; that says nothing of its length.
    let length = length.filter(|&length| length > 0 || !asked.is_head());
    let is_part = status.code() == 206;
    let is_large = |length: u64| length >= settings.minimum_size;
    // Most responses end here.
    if !is_part && !length.is_none_or(is_large) && !asked.is_identity_in_doubt() {
        return Ok(Verdict::Untouched);
    }
    let seen = Seen::of(headers);
    let length = match is_part {
        // RFC 9110 §15.3.7: a part has the `Vary` of the whole, whose size decides.
        true => seen.complete_length,
        false => length.or(seen.content_length),
    };
    if seen.is_fixed || length == Some(0) {
        return Ok(Verdict::Untouched);
    }
    let accepted = asked.is_identity_in_doubt().then(|| asked.accepted());
    let refuses_identity = accepted.is_some_and(|accepted| !accepted.accepts_identity());
    let pays = length.is_none_or(is_large)
        && seen.content_type.is_some_and(|content_type| {
            (settings.content_types.contain(content_type)
                && !(settings.flush == Flush::AtEnd && is_event_stream(content_type)))
                // That of the whole is told in the body.
                || (is_part && starts_with(content_type, b"multipart/byteranges"))
        });
    if !pays && !refuses_identity {
        return Ok(Verdict::Untouched);
    }
    if let Some(predicate) = &settings.predicate
        && !predicate.0(status, headers)?
    {
        return Ok(Verdict::Untouched);
    }
    if is_part || seen.is_part {
        return Ok(Verdict::Plain);
    }
    let accepted = accepted.unwrap_or_else(|| asked.accepted());
    Ok(match accepted.choose(&settings.codings, |_| true) {
        Choice::Coded(coding) => Verdict::Coded(coding),
        Choice::Nothing if asked.is_retrieval() && (200..300).contains(&status.code()) => {
            Verdict::NotAcceptable
        }
        // RFC 9110 §15.5.7 lets a server send what is not acceptable rather than hide what a request has done.
        Choice::Nothing | Choice::Identity => Verdict::Plain,
    })
}

/// Whether a `304` stands for a response that could have been compressed, unless its fields say that it does not: most have
/// neither type nor length.
pub(super) fn may_stand_for_coded(settings: &Settings, headers: &Headers) -> bool {
    let seen = Seen::of(headers);
    let pays = |length| length >= settings.minimum_size;
    let is_compressible = |content_type: &[u8]| settings.content_types.contain(content_type);
    !seen.is_fixed
        && seen.content_length.is_none_or(pays)
        && seen.content_type.is_none_or(is_compressible)
}

/// What counts of the header fields, from one look at each.
#[derive(Default)]
struct Seen<'h> {
    content_type: Option<&'h [u8]>,
    content_length: Option<u64>,
    /// Of what this is a part of.
    complete_length: Option<u64>,
    /// It is coded already, or must not be.
    is_fixed: bool,
    /// RFC 9110 §14.4: a part of a representation, whose bytes were counted before any coding.
    is_part: bool,
}

impl<'h> Seen<'h> {
    fn of(headers: &'h Headers) -> Self {
        let mut seen = Self::default();
        for (name, value) in headers.iter() {
            // Most write it so.
            let is = |other: &str| name == other || name.eq_ignore_ascii_case(other);
            match name.len() {
                12 if is("Content-Type") => seen.content_type = Some(value),
                13 if is("Cache-Control") => seen.is_fixed |= has_token(value, "no-transform"),
                13 if is("Content-Range") => {
                    seen.is_part = true;
                    seen.complete_length =
                        value.rsplit(|&byte| byte == b'/').next().and_then(number);
                }
                14 if is("Content-Length") => seen.content_length = number(value),
                16 if is("Content-Encoding") => seen.is_fixed = true,
                17 if is("Transfer-Encoding") => seen.is_fixed = true,
                _ => {}
            }
        }
        seen
    }
}

fn number(value: &[u8]) -> Option<u64> {
    std::str::from_utf8(value).ok()?.parse().ok()
}

/// Whether a list has this element, compared without case.
fn has_token(list: &[u8], token: &str) -> bool {
    list.split(|&byte| byte == b',')
        .any(|element| element.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
}

fn is_event_stream(content_type: &[u8]) -> bool {
    starts_with(content_type, b"text/event-stream")
}

/// Compared without case.
fn starts_with(value: &[u8], start: &[u8]) -> bool {
    let found = value.get(..start.len());
    found.is_some_and(|found| found.eq_ignore_ascii_case(start))
}
