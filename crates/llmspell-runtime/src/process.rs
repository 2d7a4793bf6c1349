//! What belongs to one process: its I/O thread and its HTTP clients. After a fork the child gets its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::time::Instant;

use llmspell_core::{Error, Kind};

use crate::io_thread::IoThread;
use crate::limiter::Limiters;
use crate::pid::process_id;
use crate::random::Seeds;
use crate::transport::{Clients, Tapes};

static CURRENT: AtomicPtr<Process> = AtomicPtr::new(std::ptr::null_mut());

/// The state of one process. It is never freed: a child of a fork must not touch what its parent's threads may hold.
pub(crate) struct Process {
    pid: u32,
    /// Origin of the clock that runs see.
    pub started: Instant,
    pub io: IoThread,
    pub clients: Clients,
    pub tapes: Tapes,
    pub limiters: Limiters,
    pub seeds: Seeds,
}

impl Process {
    /// The state of the calling process, made when it has none yet. No lock is taken, so this works in the child of a
    /// fork whatever the parent's threads were doing.
    pub fn current() -> &'static Process {
        let pid = process_id();
        let mut seen = CURRENT.load(Ordering::Acquire);
        loop {
            // SAFETY: the pointer is null or came from `Box::into_raw` below, and what it points to is never freed.
            if let Some(process) = unsafe { seen.as_ref() }
                && process.pid == pid
            {
                return process;
            }
            let fresh = Box::into_raw(Box::new(Process {
                pid,
                started: Instant::now(),
                io: IoThread::default(),
                clients: Clients::default(),
                tapes: Tapes::default(),
                limiters: Limiters::default(),
                seeds: Seeds::new(),
            }));
            match CURRENT.compare_exchange(seen, fresh, Ordering::AcqRel, Ordering::Acquire) {
                // SAFETY: just made from a box, and never freed from now on.
                Ok(_) => return unsafe { &*fresh },
                Err(other) => {
                    // Another thread of this process was faster: ours was never seen by anyone.
                    // SAFETY: made from a box above, and not published.
                    drop(unsafe { Box::from_raw(fresh) });
                    seen = other;
                }
            }
        }
    }
}

/// Which process an object belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner(u32);

impl Owner {
    /// The calling process.
    pub fn here() -> Self {
        Owner(process_id())
    }

    /// Whether the caller is another process, that is, a child after a fork.
    pub fn is_other(self) -> bool {
        self.0 != process_id()
    }

    /// For the `Drop` of a handle: in another process, one count too many keeps what the handle holds from being dropped,
    /// and its locks from being touched.
    pub fn keep_inherited<T>(self, held: &Arc<T>) {
        if self.is_other() {
            std::mem::forget(Arc::clone(held));
        }
    }

    /// Kind `forked` when the caller is another process. `what` names the object, `mend` says what to do instead.
    pub fn check(self, what: &str, mend: &str) -> Result<(), Error> {
        if self.is_other() {
            return Err(Error::new(Kind::Forked, format!("this {what} belongs to the process before a fork; {mend}")));
        }
        Ok(())
    }
}
