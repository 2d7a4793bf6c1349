//! Waiting for news up to a point in time.

use std::sync::{Condvar, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// When a wait is over.
pub(super) struct Deadline(Option<Instant>);

impl Deadline {
    /// A time from now; `None` is without end, and so is what the clock cannot express.
    pub fn after(timeout: Option<Duration>) -> Self {
        Deadline(timeout.and_then(|timeout| Instant::now().checked_add(timeout)))
    }

    pub fn is_over(&self) -> bool {
        self.0.is_some_and(|end| end <= Instant::now())
    }

    /// Waits for `news` until the time is over, at most. It may end without either, as every wait of a [`Condvar`].
    pub fn wait<'a, T>(&self, news: &Condvar, state: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        match self.0 {
            Some(end) => {
                let waited = news.wait_timeout(state, end.saturating_duration_since(Instant::now()));
                waited.map_or_else(|error| error.into_inner().0, |(state, _)| state)
            }
            None => news.wait(state).unwrap_or_else(PoisonError::into_inner),
        }
    }
}
