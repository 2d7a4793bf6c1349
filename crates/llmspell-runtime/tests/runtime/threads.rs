//! The one thread of ours, as the kernel sees it.

use std::fs;

use super::support::{Server, answer, spec, start};

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
