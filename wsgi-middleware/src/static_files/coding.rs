//! `Accept-Encoding`: which of the variants of a file the client gets.

/// A content coding in which a file may lie beside itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Brotli,
    Zstandard,
    Gzip,
}

impl Coding {
    /// All, the one that usually makes the smallest files first.
    pub(super) const ALL: [Self; 3] = [Self::Brotli, Self::Zstandard, Self::Gzip];

    /// What is added to a file's name.
    pub(super) const fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Zstandard => ".zst",
            Self::Gzip => ".gz",
        }
    }

    /// The name in `Content-Encoding`.
    pub(super) const fn token(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Zstandard => "zstd",
            Self::Gzip => "gzip",
        }
    }
}

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Coded(Coding),
    Identity,
    /// The client refuses all that there is.
    Nothing,
}

/// The coding that the client likes best among those that `is_there` knows; of equals the first of [`Coding::ALL`].
///
/// # Specification
/// RFC 9110 §12.5.3 "Accept-Encoding" and §12.4.2 "Quality Values"
pub(super) fn choose<'f>(
    fields: impl Iterator<Item = &'f [u8]>,
    is_there: impl Fn(Coding) -> bool,
) -> Choice {
    let accepted = Accepted::read(fields);
    let mut best = (Choice::Identity, accepted.identity());
    for coding in Coding::ALL {
        let weight = accepted.weight(coding);
        // Identity that is not named is good enough for whoever names nothing that there is; of equals it comes last.
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

/// Weights in thousandths; `None` where the field does not name the coding.
#[derive(Default)]
struct Accepted {
    codings: [Option<u16>; 3],
    identity: Option<u16>,
    others: Option<u16>,
}

impl Accepted {
    fn read<'f>(fields: impl Iterator<Item = &'f [u8]>) -> Self {
        let mut accepted = Self::default();
        for element in fields.flat_map(|field| field.split(|&byte| byte == b',')) {
            let mut parts = element.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
            let name = parts.next().unwrap_or_default();
            let Some(weight) = parts.next().map_or(Some(1000), weight) else {
                continue;
            };
            let is = |token: &str| name.eq_ignore_ascii_case(token.as_bytes());
            if is("identity") {
                accepted.identity = Some(weight);
            } else if is("*") {
                accepted.others = Some(weight);
            } else if is("x-gzip") {
                accepted.codings[Coding::Gzip as usize] = Some(weight);
            } else if let Some(coding) = Coding::ALL.into_iter().find(|coding| is(coding.token())) {
                accepted.codings[coding as usize] = Some(weight);
            }
        }
        accepted
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

/// `q=0.5`, in thousandths; `None` when it is malformed.
fn weight(parameter: &[u8]) -> Option<u16> {
    let [b'q' | b'Q', b'=', value @ ..] = parameter else {
        return None;
    };
    let (whole, decimals) = match value {
        [whole] | [whole, b'.'] => (whole, &[][..]),
        [whole, b'.', decimals @ ..] => (whole, decimals),
        _ => return None,
    };
    if decimals.len() > 3 || !decimals.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digit = |at: usize| u16::from(decimals.get(at).map_or(0, |digit| digit - b'0'));
    let thousandths = digit(0) * 100 + digit(1) * 10 + digit(2);
    match whole {
        b'0' => Some(thousandths),
        b'1' if thousandths == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BR: Choice = Choice::Coded(Coding::Brotli);
    const GZIP: Choice = Choice::Coded(Coding::Gzip);
    const ZSTD: Choice = Choice::Coded(Coding::Zstandard);

    #[test]
    fn the_heaviest_coding_that_is_there() {
        #[rustfmt::skip]
        let cases: [(&[&str], &[Coding], Choice); 24] = [
            (&[], &Coding::ALL, Choice::Identity),
            (&[""], &Coding::ALL, Choice::Identity),
            (&["gzip"], &Coding::ALL, GZIP),
            (&["x-gzip"], &Coding::ALL, GZIP),
            (&["GZIP, deflate"], &Coding::ALL, GZIP),
            (&["gzip, deflate, br, zstd"], &Coding::ALL, BR),
            (&["gzip", "zstd"], &Coding::ALL, ZSTD),
            (&["gzip, br"], &[Coding::Gzip], GZIP),
            (&["br"], &[Coding::Gzip], Choice::Identity),
            (&["br;q=0.5, gzip;q=0.8"], &Coding::ALL, GZIP),
            (&["br ; q=0.5 , gzip;Q=0.501"], &Coding::ALL, GZIP),
            (&["gzip;q=0.001"], &Coding::ALL, GZIP),
            (&["gzip;q=0"], &Coding::ALL, Choice::Identity),
            (&["gzip;q=0.000, *"], &Coding::ALL, BR),
            (&["*;q=0.5, gzip"], &Coding::ALL, GZIP),
            (&["identity, gzip;q=0.5"], &Coding::ALL, Choice::Identity),
            (&["identity;q=0.5, gzip;q=0.5"], &Coding::ALL, GZIP),
            (&["identity;q=0"], &Coding::ALL, Choice::Nothing),
            (&["identity;q=0, gzip"], &Coding::ALL, GZIP),
            (&["identity;q=0, gzip"], &[], Choice::Nothing),
            (&["*;q=0"], &Coding::ALL, Choice::Nothing),
            (&["*;q=0, identity;q=0.1"], &Coding::ALL, Choice::Identity),
            (&["gzip;q=2, br;q=0.1234, zstd;x=1"], &Coding::ALL, Choice::Identity),
            (&["deflate, *;q=0, br"], &[Coding::Gzip], Choice::Nothing),
        ];
        for (fields, there, wanted) in cases {
            let fields_read = fields.iter().map(|field| field.as_bytes());
            let choice = choose(fields_read, |coding| there.contains(&coding));
            assert_eq!(choice, wanted, "{fields:?} of {there:?}");
        }
    }
}
