//! One stage of a request, ready to be repeated.

use std::hint::black_box;

/// One stage of a request, ready to be repeated.
pub struct Stage {
    name: &'static str,
    uses_python: bool,
    work: Box<dyn FnMut(u64)>,
}

impl Stage {
    /// A stage of Rust alone; `name` is `group/case`, and `work` does it once.
    pub fn new<T>(name: &'static str, mut work: impl FnMut() -> T + 'static) -> Self {
        // The loop is within the closure, so that a repetition costs no call through a pointer.
        let work = move |times| {
            for _ in 0..times {
                black_box(work());
            }
        };
        Self {
            name,
            uses_python: false,
            work: Box::new(work),
        }
    }

    /// The same stage, whose cost depends on the build of CPython, too.
    #[must_use]
    pub fn in_python(self) -> Self {
        Self {
            uses_python: true,
            ..self
        }
    }

    /// `group/case`
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether CPython does a part of it.
    pub fn uses_python(&self) -> bool {
        self.uses_python
    }

    /// Does it so many times. callgrind counts from one leaving of this function to the next, hence it is never
    /// inlined, and does not jump into the work as its last act.
    #[inline(never)]
    pub fn repeat(&mut self, times: u64) {
        (self.work)(times);
        black_box(times);
    }
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage")
            .field("name", &self.name)
            .field("uses_python", &self.uses_python)
            .finish_non_exhaustive()
    }
}
