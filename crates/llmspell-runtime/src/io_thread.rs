//! The one thread of ours in which a process's I/O happens.

use std::mem::MaybeUninit;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use llmspell_core::{Error, Kind};
use tokio::runtime::{Builder, Handle};

use crate::queue::wake;
use crate::run::{Clock, Starts};

/// Threads for what would hold up the I/O thread, name look-ups above all; they end when idle.
const HELPER_THREADS: usize = 16;
const HELPER_IDLE: Duration = Duration::from_secs(10);

/// Starts the thread on first use.
#[derive(Default)]
pub(crate) struct IoThread {
    runtime: Mutex<Option<Handle>>,
    starts: Starts,
    clock: Clock,
}

impl IoThread {
    /// What gives work to the thread, which is started unless it runs. A panic inside a task ends that task alone:
    /// tokio catches it at each poll and drops the task's state, whose `Drop` reports the failure.
    ///
    /// # Errors
    /// `internal` when the thread cannot be started.
    pub fn handle(&'static self) -> Result<Handle, Error> {
        // What is inside is a handle or nothing, in order even if a thread panicked beside it.
        let mut runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = &*runtime {
            return Ok(handle.clone());
        }
        let handle = start(self).map_err(|error| {
            let message = "llmspell could not start its I/O thread; check the limits on threads and open files (ulimit -u, ulimit -n)";
            Error::new(Kind::Internal, message).with_cause(error.to_string())
        })?;
        Ok(runtime.insert(handle).clone())
    }

    /// What takes runs that begin to the thread, which is started unless it runs.
    ///
    /// # Errors
    /// Those of [`IoThread::handle`].
    pub fn starts(&'static self) -> Result<&'static Starts, Error> {
        self.handle()?;
        Ok(&self.starts)
    }

    /// What wakes tasks of the thread at their times.
    pub fn clock(&'static self) -> &'static Clock {
        &self.clock
    }
}

fn start(io: &'static IoThread) -> std::io::Result<Handle> {
    let runtime = Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .max_blocking_threads(HELPER_THREADS)
        .thread_keep_alive(HELPER_IDLE)
        .thread_name("llmspell-helper")
        .on_thread_park(wake::flush)
        .build()?;
    let handle = runtime.handle().clone();
    let without_signals = BlockedSignals::new();
    let spawned = std::thread::Builder::new().name("llmspell-io".to_owned()).spawn(move || {
        wake::enter_io_thread();
        runtime.block_on(async {
            tokio::spawn(io.clock.serve());
            io.starts.serve().await;
        });
    });
    drop(without_signals);
    spawned.map(|_| handle)
}

/// Blocks signals in the calling thread until dropped. A thread started meanwhile keeps them blocked, so the host's
/// handlers never run in it; nor does SIGPIPE reach it.
struct BlockedSignals {
    before: Option<libc::sigset_t>,
}

impl BlockedSignals {
    fn new() -> Self {
        let mut all = MaybeUninit::<libc::sigset_t>::uninit();
        let mut before = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: sigfillset initialises the set, sigdelset changes it, pthread_sigmask reads it and initialises the
        // old set when it succeeds.
        let before = unsafe {
            libc::sigfillset(all.as_mut_ptr());
            // A fault of the thread itself still reaches the host's crash handler.
            for fault in [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGTRAP] {
                libc::sigdelset(all.as_mut_ptr(), fault);
            }
            match libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()) {
                0 => Some(before.assume_init()),
                _ => None,
            }
        };
        BlockedSignals { before }
    }
}

impl Drop for BlockedSignals {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            // SAFETY: `before` is the mask that pthread_sigmask gave; the old set is not asked for.
            unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before, std::ptr::null_mut()) };
        }
    }
}
