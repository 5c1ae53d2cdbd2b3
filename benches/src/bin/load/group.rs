//! Connections that ask for the same.

use std::str::FromStr;

/// So many connections, and the paths that they ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) connections: usize,
    pub(crate) path: String,
    /// Every so many requests of the group this path instead.
    pub(crate) other: Option<(u64, String)>,
    /// Requests that were sent.
    sent: u64,
}

impl Group {
    /// The path of the group's next request: 0 is the usual one, 1 the other.
    pub(crate) fn next_path(&mut self) -> (usize, &str) {
        self.sent += 1;
        match &self.other {
            Some((every, path)) if self.sent.is_multiple_of(*every) => (1, path),
            _ => (0, &self.path),
        }
    }

    /// All of its paths.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        let other = self.other.as_ref().map(|(_, path)| path.as_str());
        [Some(self.path.as_str()), other].into_iter().flatten()
    }
}

impl FromStr for Group {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (first, second) = match text.split_once(',') {
            Some((first, second)) => (first, Some(second)),
            None => (text, None),
        };
        let (connections, path) = counted(first)?;
        Ok(Self {
            connections: connections as usize,
            path,
            other: second.map(counted).transpose()?,
            sent: 0,
        })
    }
}

/// `12:/path`
fn counted(text: &str) -> Result<(u64, String), String> {
    let parts = text.split_once(':').and_then(|(count, path)| {
        let count = count.parse().ok().filter(|&count| count > 0)?;
        path.starts_with('/').then(|| (count, path.to_owned()))
    });
    parts.ok_or_else(|| format!("{text:?} is no COUNT:PATH, such as 64:/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_nth_request_is_for_the_other_path() {
        let mut group: Group = "2:/,3:/slow".parse().unwrap();
        let paths: Vec<usize> = (0..6).map(|_| group.next_path().0).collect();
        assert_eq!((group.connections, paths), (2, vec![0, 0, 1, 0, 0, 1]));
    }

    #[test]
    fn what_is_no_count_and_path_is_refused() {
        for text in ["", "/", "x:/", "0:/", "1:path", "1:/,2", "1:/,0:/b"] {
            assert!(text.parse::<Group>().is_err(), "{text}");
        }
    }
}
