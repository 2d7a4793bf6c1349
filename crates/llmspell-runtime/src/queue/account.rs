//! How much of one run waits in its queue, and whether the run is held back for it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use llmspell_core::defaults::{QUEUE_BYTES, QUEUE_EVENTS};
use tokio::sync::Notify;

/// Counts the waiting events of one run. It is changed under the queue's lock only, so relaxed order is enough.
#[derive(Default)]
pub(crate) struct Account {
    events: AtomicUsize,
    bytes: AtomicUsize,
    held: AtomicBool,
    resumed: Notify,
}

impl Account {
    /// An event has come. Whether it is more than may wait: then the run is held back. An event that is larger than
    /// the limit passes when it is alone.
    pub(super) fn added(&self, cost: usize) -> bool {
        let events = self.events.fetch_add(1, Ordering::Relaxed) + 1;
        let bytes = self.bytes.fetch_add(cost, Ordering::Relaxed) + cost;
        let over = events >= QUEUE_EVENTS || (bytes > QUEUE_BYTES && events > 1);
        if over {
            self.held.store(true, Ordering::Relaxed);
        }
        over
    }

    /// An event was taken. Whether a run that was held back may go on: when less than half of the limit waits, so that
    /// host and I/O thread don't take turns for each event.
    pub(super) fn taken(&self, cost: usize) -> bool {
        let events = self.events.fetch_sub(1, Ordering::Relaxed) - 1;
        let bytes = self.bytes.fetch_sub(cost, Ordering::Relaxed) - cost;
        events <= QUEUE_EVENTS / 2
            && (bytes <= QUEUE_BYTES / 2 || events == 0)
            && self.held.swap(false, Ordering::Relaxed)
    }

    /// Nobody will take events any more. Whether the run was held back.
    pub(super) fn released(&self) -> bool {
        self.held.swap(false, Ordering::Relaxed)
    }

    /// Lets the run go on.
    pub(super) fn resume(&self) {
        self.resumed.notify_one();
    }

    /// Waits until the run may go on after it was held back.
    pub async fn resumed(&self) {
        self.resumed.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_held_at_its_limit_and_resumes_at_half() {
        let account = Account::default();
        assert!(!(1..QUEUE_EVENTS).any(|_| account.added(1)));
        assert!(account.added(1));
        let taken = (1..=QUEUE_EVENTS).find(|_| account.taken(1));
        assert_eq!(taken, Some(QUEUE_EVENTS / 2));
        assert!(!account.taken(1), "it resumes once");
    }

    #[test]
    fn bytes_count_too_and_a_large_event_passes_alone() {
        let account = Account::default();
        assert!(!account.added(QUEUE_BYTES * 3));
        assert!(account.added(1));
        assert!(account.taken(QUEUE_BYTES * 3));
    }
}
