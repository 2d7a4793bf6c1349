//! Work during which the process is not forked.
//!
//! A library may set something up once and let every other thread wait for it. A child that is forked in the middle has
//! no thread that could finish it and would wait for ever. So such work is done in [`unforked`], and a fork by another
//! thread waits for its end.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::time::Duration;

/// Whether the handlers below are known to the C library.
static REGISTERED: AtomicBool = AtomicBool::new(false);
/// Threads that are inside such work, or about to look whether they may begin.
static INSIDE: AtomicU32 = AtomicU32::new(0);
/// Forks that wait or are under way.
static FORKING: AtomicU32 = AtomicU32::new(0);

const PAUSE: Duration = Duration::from_micros(50);

thread_local! {
    /// Whether this thread is inside such work.
    static HERE: Cell<bool> = const { Cell::new(false) };
}

/// Does some work; a fork by another thread waits until it is done. The work must be short, must run no code of the
/// host's and must not wait for another thread.
pub fn unforked<T>(work: impl FnOnce() -> T) -> T {
    if HERE.get() {
        return work();
    }
    register();
    let inside = Inside::new();
    let done = work();
    drop(inside);
    done
}

struct Inside;

impl Inside {
    fn new() -> Inside {
        loop {
            INSIDE.fetch_add(1, SeqCst);
            if FORKING.load(SeqCst) == 0 {
                HERE.set(true);
                return Inside;
            }
            INSIDE.fetch_sub(1, SeqCst);
            std::thread::sleep(PAUSE);
        }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        HERE.set(false);
        INSIDE.fetch_sub(1, SeqCst);
    }
}

/// Two threads may both register the handlers: their counts stay even.
fn register() {
    if REGISTERED.load(SeqCst) {
        return;
    }
    // SAFETY: the handlers are functions of this library, which is never unloaded, and touch only what is above.
    if unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) } == 0 {
        REGISTERED.store(true, SeqCst);
    }
}

extern "C" fn before() {
    FORKING.fetch_add(1, SeqCst);
    // A fork from inside, that is from a signal handler, would wait for itself; its child goes on with the work.
    while !HERE.get() && INSIDE.load(SeqCst) != 0 {
        std::thread::sleep(PAUSE);
    }
}

extern "C" fn in_parent() {
    FORKING.fetch_sub(1, SeqCst);
}

/// The child has this one thread: what others were about to do does not count here.
extern "C" fn in_child() {
    FORKING.store(0, SeqCst);
    INSIDE.store(u32::from(HERE.get()), SeqCst);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn a_fork_waits_for_the_end_of_such_work() {
        static WORKING: AtomicBool = AtomicBool::new(false);
        let (tell, begun) = channel();
        let worker = std::thread::spawn(move || {
            unforked(|| {
                WORKING.store(true, SeqCst);
                tell.send(()).unwrap();
                std::thread::sleep(Duration::from_millis(300));
                unforked(|| WORKING.store(false, SeqCst));
            });
        });
        begun.recv().unwrap();
        // SAFETY: the child only reads an atomic, does such work itself, and exits.
        let pid = unsafe { libc::fork() };
        assert!(pid >= 0);
        if pid == 0 {
            let good = !WORKING.load(SeqCst) && unforked(|| true) && INSIDE.load(SeqCst) == 0;
            // SAFETY: ends the child at once.
            unsafe { libc::_exit(if good { 0 } else { 1 }) };
        }
        worker.join().unwrap();
        let mut status = 1;
        // SAFETY: our own child, and a valid place for its status.
        assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
        assert_eq!(status, 0, "the child saw work that was under way");
        assert!(unforked(|| true), "the parent goes on");
    }
}
