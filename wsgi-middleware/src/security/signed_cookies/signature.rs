//! Signatures: HMAC-SHA-256 over name, time and value.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How long a secret has to be, in bytes; as long as SHA-256's output.
pub(super) const KEY_LENGTH: usize = 32;

/// So that a signature which the same secret makes elsewhere, for another purpose, is none here.
const PURPOSE: &[u8] = b"wsgi-rs signed cookie 1\0";

/// The first signs, all verify.
#[derive(Clone, Default)]
pub(super) struct Keys(Vec<Hmac<Sha256>>);

/// A value, and when it was signed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Signed<'v> {
    pub(super) value: Cow<'v, [u8]>,
    /// Seconds since 1970.
    pub(super) time: u64,
}

impl<'v> Signed<'v> {
    pub(super) fn new(value: &'v [u8], time: u64) -> Self {
        let value = Cow::Borrowed(value);
        Self { value, time }
    }
}

impl Keys {
    /// A secret of any length.
    pub(super) fn add(&mut self, secret: &[u8]) {
        if let Ok(key) = Hmac::new_from_slice(secret) {
            self.0.push(key);
        }
    }

    /// `value.time.signature`, the time in hexadecimal digits; `None` if there is no key. Quotes around the value stay
    /// around the whole, so that it is one quoted string still.
    pub(super) fn sign(&self, name: &[u8], signed: &Signed<'_>) -> Option<Vec<u8>> {
        let mac = mac(self.0.first()?, name, signed);
        let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        let (inner, quote) = unquoted(&signed.value);
        let tail = format!(".{:x}.{signature}", signed.time);
        Some([quote, inner, tail.as_bytes(), quote].concat())
    }

    pub(super) fn verify<'v>(&self, name: &[u8], text: &'v [u8]) -> Option<Signed<'v>> {
        let (inner, quote) = unquoted(text);
        let (rest, signature) = split_last(inner)?;
        let (value, time) = split_last(rest)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let time = parse_time(time)?;
        let value = match quote {
            b"" => Cow::Borrowed(value),
            quote => [quote, value, quote].concat().into(),
        };
        let signed = Signed { value, time };
        // `verify_slice` takes the same time wherever the difference is.
        let mut keys = self.0.iter();
        let is_right = keys.any(|key| mac(key, name, &signed).verify_slice(&signature).is_ok());
        is_right.then_some(signed)
    }
}

/// Not two of the three can be told apart in another way: the name has its length before it, the time is of fixed size.
fn mac(key: &Hmac<Sha256>, name: &[u8], signed: &Signed<'_>) -> Hmac<Sha256> {
    let mut mac = key.clone();
    mac.update(PURPOSE);
    mac.update(&(name.len() as u64).to_be_bytes());
    mac.update(name);
    mac.update(&signed.time.to_be_bytes());
    mac.update(&signed.value);
    mac
}

/// What is within the quotes, and a quote; or all, and none.
fn unquoted(value: &[u8]) -> (&[u8], &[u8]) {
    match value {
        [b'"', inner @ .., b'"'] => (inner, b"\""),
        _ => (value, b""),
    }
}

fn split_last(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = text.iter().rposition(|&byte| byte == b'.')?;
    Some((&text[..at], &text[at + 1..]))
}

/// As it was written and in no other way, so that a cookie has one text.
fn parse_time(digits: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(digits).ok()?;
    let time = u64::from_str_radix(text, 16).ok()?;
    (format!("{time:x}") == text).then_some(time)
}

/// Without the keys.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys(secrets: &[u8]) -> Keys {
        let mut keys = Keys::default();
        secrets
            .iter()
            .for_each(|&byte| keys.add(&[byte; KEY_LENGTH]));
        keys
    }

    /// By `hmac.digest(b"k" * 32, b"wsgi-rs signed cookie 1\0" + bytes(7) + b"\x05" + b"theme" + (0x6740_0000)
    /// .to_bytes(8, "big") + b"dark", "sha256")` of Python: who has cookies of one version can read them by the next.
    #[test]
    fn the_format_stays() {
        let text = keys(b"k").sign(b"theme", &Signed::new(b"dark", 0x6740_0000));
        let wanted = "dark.67400000.zRHOXTyl_1fhhCogp-lt0wEcmKA4J_1BLMaHjHJzqsI";
        assert_eq!(String::from_utf8(text.unwrap()).unwrap(), wanted);
    }

    #[test]
    fn no_byte_can_be_changed() {
        let text = keys(b"k")
            .sign(b"name", &Signed::new(b"va.lue", 7))
            .unwrap();
        assert!(keys(b"k").verify(b"name", &text).is_some());
        for at in 0..text.len() {
            for byte in [b'A', b'B', b'.', b'"', b'0', b'-'] {
                let mut changed = text.clone();
                changed[at] = byte;
                let found = keys(b"k").verify(b"name", &changed);
                assert_eq!(found.is_some(), changed == text, "{changed:?}");
            }
            assert_eq!(keys(b"k").verify(b"name", &text[..at]), None);
            assert_eq!(keys(b"k").verify(b"name", &text[at + 1..]), None);
        }
        assert_eq!(keys(b"k").verify(b"other", &text), None);
        assert_eq!(keys(b"x").verify(b"name", &text), None);
        assert_eq!(Keys::default().verify(b"name", &text), None);
    }

    proptest! {
        #[test]
        fn what_was_signed_comes_back(name: Vec<u8>, value: Vec<u8>, time: u64) {
            let text = keys(b"k").sign(&name, &Signed::new(&value, time)).unwrap();
            let found = keys(b"xk").verify(&name, &text).unwrap();
            prop_assert_eq!(found, Signed::new(&value, time));
        }

        #[test]
        fn nothing_else_does(name: Vec<u8>, text: Vec<u8>) {
            prop_assert_eq!(keys(b"k").verify(&name, &text), None);
        }
    }
}
