//! Encoders that wait for the next body: to make one costs as much as to encode some hundreds of bytes.

use std::num::NonZero;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::{io, mem, thread};

use super::encoder::Encoder;
use super::settings::Settings;
use crate::common::coding::Coding;

/// So many encode at once at most while none waits for something else.
static KEPT: LazyLock<usize> =
    LazyLock::new(|| thread::available_parallelism().map_or(1, NonZero::get));

/// The encoders of one coding at one level that nobody uses.
#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<Vec<Encoder>>);

impl Pool {
    fn take(&self) -> Option<Encoder> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn put(&self, encoder: Encoder) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < *KEPT {
            idle.push(encoder);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Other settings, other encoders.
impl Clone for Pool {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// An encoder, which goes back to its pool, however its body ends.
#[derive(Debug)]
pub(super) struct Pooled {
    encoder: Encoder,
    coding: Coding,
    settings: Arc<Settings>,
}

impl Pooled {
    /// # Errors
    /// Where there is no memory for it.
    pub(super) fn take(settings: &Arc<Settings>, coding: Coding) -> io::Result<Self> {
        let waiting = settings.pool(coding).take();
        let encoder = waiting.or_else(|| Encoder::new(coding, settings.level_of(coding)));
        Ok(Self {
            encoder: encoder.ok_or(io::ErrorKind::OutOfMemory)?,
            coding,
            settings: settings.clone(),
        })
    }
}

impl Deref for Pooled {
    type Target = Encoder;

    fn deref(&self) -> &Encoder {
        &self.encoder
    }
}

impl DerefMut for Pooled {
    fn deref_mut(&mut self) -> &mut Encoder {
        &mut self.encoder
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        if self.encoder.reset() {
            let encoder = mem::replace(&mut self.encoder, Encoder::Brotli(0, None));
            self.settings.pool(self.coding).put(encoder);
        }
    }
}

#[cfg(test)]
mod tests {
    use wsgi_core::testing::{EnvironBuilder, Recorder, TrackedBody};
    use wsgi_core::{Application, Body, StatusLine, application_fn};

    use super::super::Compress;
    use super::*;

    fn waiting(body: impl Fn() -> Body + Send + Sync, coding: Coding, end: fn(Body)) -> usize {
        let app = Compress::new(application_fn(|_, start_response| {
            start_response.start(StatusLine::OK, [("Content-Type", "text/plain")])?;
            Ok(body())
        }));
        for _ in 0..3 {
            let asking = EnvironBuilder::get("/").header("Accept-Encoding", coding.token());
            let body = app.call(&mut asking.build(), &mut Recorder::default());
            end(body.unwrap());
        }
        app.settings.pool(coding).len()
    }

    /// One encoder serves one response after the other, however each ends.
    #[test]
    fn encoders_come_back_from_complete_bodies_from_streams_and_from_those_cut_short() {
        let full = || Body::from("x".repeat(2000));
        let blocks = || TrackedBody::new(["one", "two"]).body();
        let failing = || TrackedBody::new(["one", "two"]).fail_at(1).body();
        let exhaust = |mut body: Body| while let Ok(Some(_)) = body.next_block() {};
        let cut_short = |mut body: Body| {
            body.next_block().unwrap();
        };
        for (coding, kept) in [
            (Coding::Gzip, 1),
            (Coding::Deflate, 1),
            (Coding::Brotli, 0),
            #[cfg(feature = "zstd")]
            (Coding::Zstandard, 1),
        ] {
            assert_eq!(waiting(full, coding, drop), kept, "{coding:?}");
            assert_eq!(waiting(blocks, coding, exhaust), kept, "{coding:?}");
            assert_eq!(waiting(blocks, coding, cut_short), kept, "{coding:?}");
            assert_eq!(waiting(blocks, coding, drop), kept, "{coding:?}");
            assert_eq!(waiting(failing, coding, exhaust), kept, "{coding:?}");
        }
    }

    #[test]
    fn no_more_encoders_are_kept_than_could_run_at_once() {
        let pool = Pool::default();
        for _ in 0..*KEPT + 3 {
            pool.put(Encoder::Brotli(4, None));
        }
        assert_eq!(pool.len(), *KEPT);
    }
}
