//! Counts the memory in use, so that an input that takes too much, or a target that keeps what it took, shows.

use super::counting;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// What was in use when a target had warmed up.
static SETTLED: AtomicUsize = AtomicUsize::new(0);
static RUNS: AtomicUsize = AtomicUsize::new(0);
static ONE: Mutex<()> = Mutex::new(());

/// Most that one input may take, besides a multiple of its own size.
const ONE_INPUT: usize = 64 << 20;
/// Most memory per byte of an input: a JSON value of one byte is a value of 32 and a place in a list or a table.
const PER_BYTE: usize = 2048;
/// Runs until lazily made things are made, and most that may be kept afterwards.
const WARM_UP: usize = 200;
const KEPT: usize = 64 << 20;

/// Does the work for an input of `size` bytes; panics when it takes more memory than it should, or when the target keeps
/// what earlier inputs took. Without [`counting::Counting`] as the allocator nothing is counted.
pub fn bounded(target: &str, size: usize, work: impl FnOnce()) {
    // The counts are those of the process.
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let before = counting::begin();
    work();
    let taken = counting::peak().saturating_sub(before);
    let most = ONE_INPUT + PER_BYTE * size;
    assert!(taken <= most, "{target}: an input of {size} bytes took {taken} bytes of memory, more than {most}");
    let live = counting::live();
    if RUNS.fetch_add(1, Relaxed) == WARM_UP {
        SETTLED.store(live, Relaxed);
    }
    let settled = SETTLED.load(Relaxed);
    assert!(
        settled == 0 || live <= settled + KEPT,
        "{target}: {live} bytes are in use, {settled} were when it had warmed up"
    );
}
