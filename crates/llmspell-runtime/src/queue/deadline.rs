//! Waiting for news up to a point in time.

use std::sync::{Condvar, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// When a wait is over.
pub(super) enum Deadline {
    /// There is no wait: the clock need not be asked.
    Now,
    At(Instant),
    Never,
}

impl Deadline {
    /// A time from now; `None` is without end, and so is what the clock cannot express.
    pub fn after(timeout: Option<Duration>) -> Self {
        match timeout {
            Some(Duration::ZERO) => Deadline::Now,
            Some(timeout) => Instant::now().checked_add(timeout).map_or(Deadline::Never, Deadline::At),
            None => Deadline::Never,
        }
    }

    pub fn is_over(&self) -> bool {
        match self {
            Deadline::Now => true,
            Deadline::At(end) => *end <= Instant::now(),
            Deadline::Never => false,
        }
    }

    /// Waits for `news` until the time is over, at most. It may end without either, as every wait of a [`Condvar`].
    pub fn wait<'a, T>(&self, news: &Condvar, state: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        match self {
            Deadline::Now => state,
            Deadline::At(end) => {
                let waited = news.wait_timeout(state, end.saturating_duration_since(Instant::now()));
                waited.map_or_else(|error| error.into_inner().0, |(state, _)| state)
            }
            Deadline::Never => news.wait(state).unwrap_or_else(PoisonError::into_inner),
        }
    }
}
