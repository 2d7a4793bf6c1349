//! Tells hosts that events wait: once when the I/O thread has nothing more to do, not once per event.
//!
//! A stream brings many events at a time. Waking its host for the first would cost a change of threads for each; so
//! queues that got events are noted here, and signalled when the I/O thread is about to sleep.

use std::cell::RefCell;
use std::sync::Arc;

use super::Shared;

thread_local! {
    /// Queues with news; `None` on every thread but the I/O thread.
    static NEWS: RefCell<Option<Vec<Arc<Shared>>>> = const { RefCell::new(None) };
}

/// Makes the calling thread the one that collects news.
pub(crate) fn enter_io_thread() {
    NEWS.with_borrow_mut(|news| *news = Some(Vec::new()));
}

/// Notes a queue for the next [`flush`]. `false` on any other thread than the I/O thread: the caller signals at once.
pub(super) fn note(queue: &Arc<Shared>) -> bool {
    NEWS.with_borrow_mut(|news| match news {
        Some(list) => {
            list.push(Arc::clone(queue));
            true
        }
        None => false,
    })
}

/// Signals every queue that was noted.
pub(crate) fn flush() {
    let mut list = NEWS.with_borrow_mut(|news| news.as_mut().map(std::mem::take)).unwrap_or_default();
    for queue in list.drain(..) {
        queue.signal_news();
    }
    // The room is kept for the next round.
    NEWS.with_borrow_mut(|news| {
        if let Some(slot) = news.as_mut().filter(|slot| slot.is_empty()) {
            *slot = list;
        }
    });
}
