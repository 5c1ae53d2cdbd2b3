//! What a running process has in hand, as the system tells it.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, getrlimit, prlimit};

use crate::DEADLINE;

/// A process of this machine, looked at from outside. Linux alone tells all of this.
#[derive(Clone, Copy, Debug)]
pub struct Process(Pid);

impl Process {
    /// A process that runs.
    pub(crate) fn new(pid: Pid) -> Self {
        Self(pid)
    }

    /// Its number.
    pub fn id(self) -> Pid {
        self.0
    }

    /// How many threads it has.
    ///
    /// # Panics
    /// When it has ended.
    pub fn threads(self) -> usize {
        self.entries("task").len()
    }

    /// What its open descriptors are, such as `socket:[4711]`, each with its number.
    ///
    /// # Panics
    /// When it has ended.
    pub fn descriptors(self) -> Vec<String> {
        let folder = self.folder("fd");
        let target = |number: &String| fs::read_link(format!("{folder}/{number}"));
        let numbers = self.entries("fd").into_iter();
        // One that is closed meanwhile has no target any more.
        let open = numbers.filter_map(|n| Some(format!("{n} {}", target(&n).ok()?.display())));
        open.collect()
    }

    /// Bytes of its memory that are in RAM.
    ///
    /// # Panics
    /// When it has ended.
    pub fn resident(self) -> u64 {
        self.status("VmRSS:") * 1024
    }

    /// Bytes of its address space.
    ///
    /// # Panics
    /// When it has ended.
    pub fn address_space(self) -> u64 {
        self.status("VmSize:") * 1024
    }

    /// How long its threads have computed so far.
    ///
    /// # Panics
    /// When it has ended.
    pub fn computed(self) -> Duration {
        let spent = |thread: String| {
            let path = self.folder(&format!("task/{thread}/schedstat"));
            let stat = fs::read_to_string(path).unwrap_or_default(); // one may just have ended
            let nanoseconds = stat.split(' ').next()?.parse().ok()?;
            Some(Duration::from_nanos(nanoseconds))
        };
        self.entries("task").into_iter().filter_map(spent).sum()
    }

    /// Sets what it may have of something from now on; `None`: as much as it may ask for.
    ///
    /// # Panics
    /// When it has ended, or is not ours.
    pub fn limit(self, resource: Resource, most: Option<u64>) {
        let mut limit = getrlimit(resource);
        limit.current = most.or(limit.maximum);
        prlimit(Some(self.0), resource, limit)
            .unwrap_or_else(|error| panic!("cannot limit {resource:?} of {:?}: {error}", self.0));
    }

    fn status(self, field: &str) -> u64 {
        let path = self.folder("status");
        let status =
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {path}: {error}"));
        let value = status.lines().find_map(|line| line.strip_prefix(field));
        let value = value.and_then(|value| value.split_whitespace().next()?.parse().ok());
        value.unwrap_or_else(|| panic!("no {field} in {path}"))
    }

    fn entries(self, folder: &str) -> Vec<String> {
        let path = self.folder(folder);
        let entries = fs::read_dir(&path);
        let entries = entries.unwrap_or_else(|error| panic!("cannot read {path}: {error}"));
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names.collect()
    }

    fn folder(self, name: &str) -> String {
        format!("/proc/{}/{name}", self.0.as_raw_nonzero())
    }
}

/// Looks at something again and again until it is as it should be: what ends asynchronously is told by nothing else.
///
/// # Panics
/// When it is not within the deadline, with what it was last.
pub fn settles<T: std::fmt::Debug>(
    what: &str,
    mut look: impl FnMut() -> T,
    is_right: impl Fn(&T) -> bool,
) -> T {
    let began = Instant::now();
    loop {
        let seen = look();
        if is_right(&seen) {
            return seen;
        }
        assert!(began.elapsed() < DEADLINE, "{what}: {seen:?}");
        std::thread::sleep(Duration::from_millis(2)); // leaves the processor to what is waited for
    }
}
