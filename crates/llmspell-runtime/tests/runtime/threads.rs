//! The one thread of ours, as the kernel sees it.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use llmspell_core::Kind;
use llmspell_runtime::{Queue, submit};

use super::support::{Server, answer, child, direct, job, spec, start, start_in, with_tools};

/// The signals that a thread blocks, as bits from SIGHUP = 1 on, of all threads with this name.
fn blocked(name: &str) -> Vec<u64> {
    let mut found = Vec::new();
    for task in fs::read_dir("/proc/self/task").unwrap() {
        // A thread may end while we look.
        let Ok(status) = fs::read_to_string(task.unwrap().path().join("status")) else { continue };
        let field = |key: &str| status.lines().find_map(|line| line.strip_prefix(key)).unwrap().trim();
        if field("Name:") == name {
            found.push(u64::from_str_radix(field("SigBlk:"), 16).unwrap());
        }
    }
    found
}

#[test]
fn all_io_happens_on_one_thread_that_takes_no_signals() {
    let own = own_mask();
    let server = Server::answering(answer::streamed(&["a"]));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| start(spec(&server.url()), "hi").done());
        }
    });
    let threads = blocked("llmspell-io");
    assert_eq!(threads.len(), 1);
    for signal in
        [libc::SIGINT, libc::SIGTERM, libc::SIGCHLD, libc::SIGALRM, libc::SIGPIPE, libc::SIGUSR1, libc::SIGPROF]
    {
        assert_ne!(threads[0] & (1 << (signal - 1)), 0, "signal {signal} is not blocked");
    }
    start(spec(&server.url()), "hi").done();
    assert_eq!(own_mask(), own, "the host's own mask is as before");
}

fn own_mask() -> String {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap();
    status.lines().find(|line| line.starts_with("SigBlk:")).unwrap().to_owned()
}

#[test]
fn without_a_thread_nothing_is_submitted() {
    // The limit holds for a whole process, so the case runs in a child.
    if child::parameter().is_none() {
        child::again("threads::without_a_thread_nothing_is_submitted", "", &[]);
        return;
    }
    let queue = Queue::new();
    let (job, finished) = job(spec("demo:"), "hi");
    let before = open_files(0);
    let error = submit(&queue, job).map(drop).unwrap_err();
    open_files(before);
    assert_eq!(error.kind, Kind::Internal);
    assert!(error.message.contains("ulimit -n"), "{error}");
    assert!(finished.recv().is_err(), "the façade hears of no run that it was not given");
    assert_eq!(queue.next(Some(Duration::ZERO)).unwrap(), None, "nor does the host");
    // The thread starts as soon as it can.
    assert_eq!(start_in(&queue, spec("demo:"), direct(), "hi").done().text, "You said: hi");
}

/// Sets how many files the process may open, and gives what it was.
fn open_files(most: libc::rlim_t) -> libc::rlim_t {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: a valid place for the limit, which is then handed back with another value.
    unsafe {
        assert_eq!(libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit), 0);
        let before = std::mem::replace(&mut limit.rlim_cur, most);
        assert_eq!(libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit), 0);
        before
    }
}

/// Memory checkers look at what a program holds when it ends, and a program may end right after the last event.
#[test]
fn nothing_of_a_run_is_left_in_the_io_thread_when_its_end_is_heard_of() {
    let server = Server::answering(answer::streamed(&["a"]));
    for round in 0..200 {
        let spec = with_tools(spec(&server.url()), &["add"]);
        let tools = Arc::downgrade(&spec.tools);
        let chat = start(spec, "hi");
        chat.done();
        drop(chat.run);
        assert!(tools.upgrade().is_none(), "round {round}");
    }
}
