//! Where in a path the texts of a rule's parameters are.

use super::part::{Matcher, Part};
use super::segment::Rest;

/// Where the text of a parameter is: behind that many slashes, up to the next one or to the end, but for the literal
/// text on both sides of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    slashes: u16,
    to_the_end: bool,
    before: u32,
    behind: u32,
}

impl Place {
    /// Those of a rule of these parts; none where they depend on the path, or are not in the path alone.
    pub(crate) fn of(parts: &[Part]) -> Box<[Self]> {
        let mut places = Vec::new();
        for (part, index) in parts.iter().zip(0..) {
            let Part::Dynamic(dynamic) = part else {
                continue;
            };
            // The first part is the host's, the second what is in front of the first slash.
            let (1.., Matcher::One { before, behind, .. }) = (index, &dynamic.matcher) else {
                return Box::default();
            };
            places.push(Self {
                slashes: index - 1,
                to_the_end: dynamic.key.takes_rest,
                before: before.len() as u32,
                behind: behind.len() as u32,
            });
        }
        places.into()
    }

    /// As [`text`](Place::text), where `left` of the path has `slashes` in front; it is moved on.
    #[inline]
    pub(crate) fn text_behind<'p>(
        self,
        path: &'p str,
        left: &mut Rest<'p>,
        slashes: &mut u16,
    ) -> Option<&'p str> {
        while *slashes < self.slashes {
            *left = left.split().1?;
            *slashes += 1;
        }
        let at = path.len() - left.bytes().len();
        let length = match self.to_the_end {
            true => left.bytes().len(),
            false => left.split().0.bytes.len(),
        };
        let end = (at + length).checked_sub(self.behind as usize)?;
        path.get(at + self.before as usize..end)
    }

    /// The text, in a path that the rule matches.
    pub(crate) fn text(self, path: &str) -> Option<&str> {
        let mut slashes = memchr::memchr_iter(b'/', path.as_bytes());
        let start = slashes.nth(usize::from(self.slashes).checked_sub(1)?)? + 1;
        let end = if self.to_the_end {
            None
        } else {
            slashes.next()
        };
        let start = start + self.before as usize;
        let end = end
            .unwrap_or(path.len())
            .checked_sub(self.behind as usize)?;
        path.get(start..end)
    }
}
