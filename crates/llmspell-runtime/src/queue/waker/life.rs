//! Life lines without a connection.

use std::sync::Weak;

use super::Shared;

/// A life line that the host holds: when it is dropped, the runs of the queues that [`super::Waker::tie`] tied to its
/// number are cancelled, as at the end of a connection that said that number. In the child after a fork that does nothing.
pub struct Life {
    waker: Weak<Shared>,
    number: u64,
}

impl Life {
    pub(super) fn new(waker: Weak<Shared>, number: u64) -> Life {
        Life { waker, number }
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        if let Some(waker) = self.waker.upgrade() {
            if waker.owner.is_other() {
                // Its locks may be held for ever.
                std::mem::forget(waker);
            } else {
                waker.cut(self.number);
            }
        }
    }
}
