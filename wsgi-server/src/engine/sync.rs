//! What threads share, from the standard library, or from loom when the hand-overs are model-checked.

#[cfg(not(loom))]
pub(super) use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering},
};

#[cfg(loom)]
pub(super) use loom::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering},
};
#[cfg(loom)]
pub(super) use std::sync::PoisonError;
