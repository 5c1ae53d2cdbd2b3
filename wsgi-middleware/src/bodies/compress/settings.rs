//! What the builder collects.

use wsgi_core::{ApplicationError, Headers, StatusLine};

use super::content_types::ContentTypes;
use super::pool::Pool;
use super::{CompressError, Flush};
use crate::common::coding::Coding;
use crate::common::hook::Hook;

pub(super) type Predicate =
    dyn Fn(&StatusLine, &Headers) -> Result<bool, ApplicationError> + Send + Sync;

#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// In the server's order of preference.
    pub(super) codings: Vec<Coding>,
    levels: [u32; Coding::ALL.len()],
    /// In bytes.
    pub(super) minimum_size: u64,
    pub(super) content_types: ContentTypes,
    pub(super) predicate: Option<Hook<Predicate>>,
    pub(super) flush: Flush,
    pools: [Pool; Coding::ALL.len()],
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            codings: built_in(DEFAULT_ORDER),
            levels: Coding::ALL.map(default_level),
            minimum_size: 1024,
            content_types: ContentTypes::default(),
            predicate: None,
            flush: Flush::default(),
            pools: Default::default(),
        }
    }
}

/// Best first, by what a byte less costs at the default levels.
const DEFAULT_ORDER: [Coding; 4] = [
    Coding::Zstandard,
    Coding::Brotli,
    Coding::Gzip,
    Coding::Deflate,
];

/// Where more time buys little: the next level saves a few bytes in a hundred and takes half as long again.
const fn default_level(coding: Coding) -> u32 {
    match coding {
        Coding::Brotli | Coding::Gzip | Coding::Deflate => 4,
        Coding::Zstandard => 3,
    }
}

/// The highest level. Zstandard has three more, whose window is larger than clients need to have room for (RFC 9659).
const fn highest_level(coding: Coding) -> u32 {
    match coding {
        Coding::Brotli => 11,
        Coding::Zstandard => 19,
        Coding::Gzip | Coding::Deflate => 9,
    }
}

/// Those that can be made, each once.
pub(super) fn built_in(codings: impl IntoIterator<Item = Coding>) -> Vec<Coding> {
    let mut known = Vec::with_capacity(Coding::ALL.len());
    for coding in codings {
        let can_be_made = coding != Coding::Zstandard || cfg!(feature = "zstd");
        if can_be_made && !known.contains(&coding) {
            known.push(coding);
        }
    }
    known
}

impl Settings {
    pub(super) fn set_level(&mut self, coding: Coding, level: u32) -> Result<(), CompressError> {
        let highest = highest_level(coding);
        if !(1..=highest).contains(&level) {
            return Err(CompressError::Level {
                coding,
                level,
                highest,
            });
        }
        self.levels[coding as usize] = level;
        self.pools[coding as usize] = Pool::default();
        Ok(())
    }

    pub(super) fn level_of(&self, coding: Coding) -> u32 {
        self.levels[coding as usize]
    }

    pub(super) fn pool(&self, coding: Coding) -> &Pool {
        &self.pools[coding as usize]
    }
}
