//! Which names a list may have.

/// A bit for each name, of 64: where it is not set, no field has the name, and none need be looked at. Most of what is
/// looked up is not there, and most of what is there is there once.
///
/// A name that was removed may stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NameSet {
    /// What was added.
    once: u64,
    /// What was added when it was there already.
    again: u64,
}

impl NameSet {
    pub(super) const EMPTY: Self = Self { once: 0, again: 0 };

    /// The set of one name. The compiler makes it where the name is known.
    #[inline]
    pub(super) const fn of(name: &[u8]) -> Self {
        let (Some(first), Some(last)) = (name.first(), name.last()) else {
            return Self { once: 1, again: 0 };
        };
        // Without case. The factors keep apart what browsers and frameworks send and what layers ask for.
        let (first, last) = ((*first | 0x20) as usize, (*last | 0x20) as usize);
        let once = 1 << ((name.len() * 3 + first * 19 + last * 35) % 64);
        Self { once, again: 0 }
    }

    #[inline]
    pub(super) const fn add(&mut self, names: Self) {
        self.again |= (self.once & names.once) | names.again;
        self.once |= names.once;
    }

    /// Whether a name of the one set may be in the other.
    #[inline]
    pub(super) const fn may_share(self, other: Self) -> bool {
        self.once & other.once != 0
    }

    /// Whether a name of the other set may be here more than once.
    #[inline]
    pub(super) const fn may_repeat(self, other: Self) -> bool {
        self.again & other.once != 0
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
        assert!(!both.may_repeat(cookie));
        both.add(NameSet::of(b"cookie"));
        assert!(both.may_repeat(cookie) && !both.may_repeat(NameSet::of(b"Host")));
        let mut all = NameSet::EMPTY;
        all.add(both);
        assert!(all.may_repeat(cookie));
    }
}
