//! Tells hosts that events wait: once for all that came together, not once per event.
//!
//! A stream brings many events at a time. Waking its host for the first would cost a change of threads for each; so
//! queues that got events are noted here, and signalled when the I/O thread is about to sleep. A thread that never
//! sleeps, because some run always has bytes, signals them after [`OLDEST`].

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Shared;

/// Time after which a busy I/O thread signals what it has noted.
const OLDEST: Duration = Duration::from_millis(1);

thread_local! {
    /// `None` on every thread but the I/O thread.
    static NEWS: RefCell<Option<News>> = const { RefCell::new(None) };
}

#[derive(Default)]
struct News {
    queues: Vec<Arc<Shared>>,
    /// When the first of them was noted.
    since: Option<Instant>,
}

/// Makes the calling thread the one that collects news.
pub(crate) fn enter_io_thread() {
    NEWS.with_borrow_mut(|news| *news = Some(News::default()));
}

/// Notes a queue for the next [`flush`]. `false` on any other thread than the I/O thread: the caller signals at once.
pub(super) fn note(queue: &Arc<Shared>) -> bool {
    NEWS.with_borrow_mut(|news| match news {
        Some(news) => {
            news.since.get_or_insert_with(Instant::now);
            news.queues.push(Arc::clone(queue));
            true
        }
        None => false,
    })
}

/// Signals every queue that was noted.
pub(crate) fn flush() {
    let mut queues = NEWS.with_borrow_mut(|news| news.as_mut().map(take)).unwrap_or_default();
    for queue in queues.drain(..) {
        queue.signal_news();
    }
    // The room is kept for the next round.
    NEWS.with_borrow_mut(|news| {
        if let Some(news) = news.as_mut().filter(|news| news.queues.is_empty()) {
            news.queues = queues;
        }
    });
}

fn take(news: &mut News) -> Vec<Arc<Shared>> {
    news.since = None;
    std::mem::take(&mut news.queues)
}

/// Signals what waits for longer than it should; for tasks to call as they go on.
pub(crate) fn flush_overdue() {
    let since = NEWS.with_borrow(|news| news.as_ref().and_then(|news| news.since));
    if since.is_some_and(|since| since.elapsed() >= OLDEST) {
        flush();
    }
}
