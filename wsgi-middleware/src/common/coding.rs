//! Content codings, and `Accept-Encoding`: which of them the client gets.

use crate::common::weight::weight;

/// A content coding: how the bytes of a body were made smaller.
///
/// # Specification
/// RFC 9110 §8.4.1 "Content Codings"; RFC 7932 "Brotli Compressed Data Format"; RFC 8878 "Zstandard Compression and the
/// 'application/zstd' Media Type"; RFC 1952 "GZIP file format"; RFC 1950 "ZLIB Compressed Data Format"
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Coding {
    /// `br`.
    Brotli,
    /// `zstd`.
    Zstandard,
    /// `gzip`, and its old name `x-gzip`.
    Gzip,
    /// `deflate`: that of RFC 1951, in the format of zlib.
    Deflate,
}

impl Coding {
    /// All, in the order of their declaration.
    pub const ALL: [Self; 4] = [Self::Brotli, Self::Zstandard, Self::Gzip, Self::Deflate];

    /// The name in `Content-Encoding`.
    pub const fn token(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Zstandard => "zstd",
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
        }
    }

    /// The coding of this name, compared without case.
    pub fn from_token(token: impl AsRef<[u8]>) -> Option<Self> {
        let is = |name: &str| token.as_ref().eq_ignore_ascii_case(name.as_bytes());
        if is("x-gzip") {
            return Some(Self::Gzip);
        }
        Self::ALL.into_iter().find(|coding| is(coding.token()))
    }
}

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Coded(Coding),
    Identity,
    /// The client refuses all that there is.
    Nothing,
}

/// What a client accepts: weights in thousandths, `None` where it does not name the coding.
///
/// # Specification
/// RFC 9110 §12.5.3 "Accept-Encoding" and §12.4.2 "Quality Values"
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Accepted {
    codings: [Option<u16>; Coding::ALL.len()],
    identity: Option<u16>,
    others: Option<u16>,
}

impl Accepted {
    /// Of the values of `Accept-Encoding`. Elements that are malformed do not count.
    pub(crate) fn read<'f>(fields: impl Iterator<Item = &'f [u8]>) -> Self {
        let mut accepted = Self::default();
        for element in fields.flat_map(|field| field.split(|&byte| byte == b',')) {
            let mut parts = element.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
            let name = parts.next().unwrap_or_default();
            let Some(weight) = parts.next().map_or(Some(1000), weight) else {
                continue;
            };
            if let Some(coding) = Coding::from_token(name) {
                accepted.codings[coding as usize] = Some(weight);
            } else if name.eq_ignore_ascii_case(b"identity") {
                accepted.identity = Some(weight);
            } else if name == b"*" {
                accepted.others = Some(weight);
            }
        }
        accepted
    }

    /// The coding that the client likes best among those `offered` that `is_there` knows; of equals the first.
    pub(crate) fn choose(&self, offered: &[Coding], is_there: impl Fn(Coding) -> bool) -> Choice {
        let mut best = (Choice::Identity, self.identity());
        for &coding in offered {
            let weight = self.weight(coding);
            // Identity that is not named is good enough for whoever names nothing that there is; of equals it comes
            // last.
            let floor = best.1.unwrap_or(0);
            let is_better =
                weight > floor || (weight == floor && weight > 0 && best.0 == Choice::Identity);
            if is_better && is_there(coding) {
                best = (Choice::Coded(coding), Some(weight));
            }
        }
        match best {
            (Choice::Identity, Some(0)) => Choice::Nothing,
            (choice, _) => choice,
        }
    }

    /// Whether the body may be sent as it is.
    pub(crate) fn accepts_identity(&self) -> bool {
        self.identity() != Some(0)
    }

    fn weight(&self, coding: Coding) -> u16 {
        self.codings[coding as usize].or(self.others).unwrap_or(0)
    }

    /// `None`: acceptable, and not named. `*` excludes identity only by a weight of 0.
    fn identity(&self) -> Option<u16> {
        self.identity
            .or_else(|| self.others.filter(|&weight| weight == 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE: [Coding; 3] = [Coding::Brotli, Coding::Zstandard, Coding::Gzip];
    const BR: Choice = Choice::Coded(Coding::Brotli);
    const GZIP: Choice = Choice::Coded(Coding::Gzip);
    const ZSTD: Choice = Choice::Coded(Coding::Zstandard);

    #[test]
    fn the_heaviest_coding_that_is_there() {
        #[rustfmt::skip]
        let cases: [(&[&str], &[Coding], Choice); 24] = [
            (&[], &THREE, Choice::Identity),
            (&[""], &THREE, Choice::Identity),
            (&["gzip"], &THREE, GZIP),
            (&["x-gzip"], &THREE, GZIP),
            (&["GZIP, deflate"], &THREE, GZIP),
            (&["gzip, deflate, br, zstd"], &THREE, BR),
            (&["gzip", "zstd"], &THREE, ZSTD),
            (&["gzip, br"], &[Coding::Gzip], GZIP),
            (&["br"], &[Coding::Gzip], Choice::Identity),
            (&["br;q=0.5, gzip;q=0.8"], &THREE, GZIP),
            (&["br ; q=0.5 , gzip;Q=0.501"], &THREE, GZIP),
            (&["gzip;q=0.001"], &THREE, GZIP),
            (&["gzip;q=0"], &THREE, Choice::Identity),
            (&["gzip;q=0.000, *"], &THREE, BR),
            (&["*;q=0.5, gzip"], &THREE, GZIP),
            (&["identity, gzip;q=0.5"], &THREE, Choice::Identity),
            (&["identity;q=0.5, gzip;q=0.5"], &THREE, GZIP),
            (&["identity;q=0"], &THREE, Choice::Nothing),
            (&["identity;q=0, gzip"], &THREE, GZIP),
            (&["identity;q=0, gzip"], &[], Choice::Nothing),
            (&["*;q=0"], &THREE, Choice::Nothing),
            (&["*;q=0, identity;q=0.1"], &THREE, Choice::Identity),
            (&["gzip;q=2, br;q=0.1234, zstd;x=1"], &THREE, Choice::Identity),
            (&["deflate, *;q=0, br"], &[Coding::Gzip], Choice::Nothing),
        ];
        for (fields, there, wanted) in cases {
            let accepted = Accepted::read(fields.iter().map(|field| field.as_bytes()));
            let choice = accepted.choose(&THREE, |coding| there.contains(&coding));
            assert_eq!(choice, wanted, "{fields:?} of {there:?}");
        }
    }
}
