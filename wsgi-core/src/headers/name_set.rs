//! Which names a list may have.

/// A bit for each name, of 64: where it is not set, no field has the name, and none need be looked at. Most of what is
/// looked up is not there.
///
/// A name that was removed may stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NameSet(u64);

impl NameSet {
    pub(super) const EMPTY: Self = Self(0);

    /// The set of one name. The compiler makes it where the name is known.
    #[inline]
    pub(super) const fn of(name: &[u8]) -> Self {
        let (Some(first), Some(last)) = (name.first(), name.last()) else {
            return Self(1);
        };
        // Without case. The factors keep apart what browsers and frameworks send and what layers ask for.
        let (first, last) = ((*first | 0x20) as usize, (*last | 0x20) as usize);
        Self(1 << ((name.len() * 3 + first * 19 + last * 35) % 64))
    }

    #[inline]
    pub(super) const fn add(&mut self, names: Self) {
        self.0 |= names.0;
    }

    /// Whether a name of the one set may be in the other.
    #[inline]
    pub(super) const fn may_share(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_by_length_and_ends_and_not_by_case() {
        let cookie = NameSet::of(b"Cookie");
        assert_eq!(cookie, NameSet::of(b"COOKIE"));
        assert!(!cookie.may_share(NameSet::of(b"Cooki")));
        assert!(!cookie.may_share(NameSet::of(b"Host")));
        let mut both = NameSet::EMPTY;
        assert!(!both.may_share(cookie));
        both.add(cookie);
        both.add(NameSet::of(b"Host"));
        assert!(both.may_share(cookie) && both.may_share(NameSet::of(b"host")));
    }
}
