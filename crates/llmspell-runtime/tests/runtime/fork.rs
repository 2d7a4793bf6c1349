//! After a fork the child starts anew, and what it inherited answers `forked`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use llmspell_core::{Conversation, EventBody, Kind};
use llmspell_runtime::Queue;

use super::support::{Chat, LONG, Server, answer, direct, spec, start, start_in, submitted};

/// Runs `child` in a fork; it must give true within the liveness bound.
fn in_child(child: impl FnOnce() -> bool) {
    // SAFETY: what the child does until `_exit` is what is being tested here: our own code, which must work after a
    // fork of a process with threads, and the allocator, which glibc keeps usable. It prints nothing.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0, "fork failed");
    if pid == 0 {
        // A child that hangs is ended by the kernel.
        // SAFETY: alarm has no preconditions.
        unsafe { libc::alarm(u32::try_from(LONG.as_secs()).unwrap()) };
        let good = std::panic::catch_unwind(std::panic::AssertUnwindSafe(child)).unwrap_or(false);
        // SAFETY: ends the process at once, without running what belongs to the parent.
        unsafe { libc::_exit(if good { 0 } else { 1 }) };
    }
    let mut status = 0;
    // SAFETY: our own child, and a valid place for its status.
    assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
    assert_eq!(status, 0, "the child ended with status {status:#x}");
}

/// A chat in a fresh queue, without a panic on failure: a child must not print.
fn chats(url: &str, text: &str) -> bool {
    let chat = start(spec(url), "hi");
    loop {
        match chat.queue.next(Some(LONG)) {
            Ok(Some(event)) => match event.body {
                EventBody::Done { result } => return result.text == text,
                EventBody::Error { .. } | EventBody::Cancelled { .. } => return false,
                _ => {}
            },
            _ => return false,
        }
    }
}

#[test]
fn a_child_chats_and_inherited_handles_say_forked() {
    let server = Server::answering(answer::streamed(&["a", "b"]));
    let hanging = Server::new(|mut peer| {
        peer.request().unwrap();
        peer.send(&answer::stream_head());
        peer.wait_closed();
    });
    let url = server.url();
    assert!(chats(&url, "ab"), "the parent's runtime runs before the fork");
    let running = start(spec(&hanging.url()), "hi");
    let waiting = submitted(&Queue::new(), spec(&url), direct(), "hi");
    in_child(move || {
        let forked = |error: llmspell_core::Error| error.kind == Kind::Forked;
        let said = [&running, &waiting].iter().all(|chat| {
            chat.queue.next(None).is_err_and(forked)
                && chat.queue.fd().is_err_and(forked)
                && chat.run.begin(Conversation::default()).is_err_and(forked)
                && chat.run.cancel().is_err_and(forked)
                && chat.run.checkpoint().is_err_and(forked)
                && chat.run.awaits("req_1").is_err_and(forked)
        });
        let inherited = llmspell_runtime::submit(&running.queue, super::support::job(spec(&url), "hi").0);
        let refused = inherited.is_err_and(forked);
        // Dropping them must neither hang nor reach the parent.
        drop((running, waiting));
        said && refused && (0..3).all(|_| chats(&url, "ab"))
    });
    assert!(chats(&server.url(), "ab"), "the parent goes on");
}

#[test]
fn the_parents_runs_live_on_beside_a_child() {
    let server = Server::answering(answer::streamed(&["a", "b"]));
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let held = Server::new(move |mut peer| {
        peer.request().unwrap();
        peer.send(&answer::stream_head());
        peer.send(&answer::chunk(answer::text("before").as_bytes()));
        wait.lock().unwrap().recv().unwrap();
        peer.send(&answer::chunk((answer::text(" after") + &answer::end()).as_bytes()));
        peer.send(&answer::last_chunk());
    });
    let chat = start(spec(&held.url()), "hi");
    chat.until(|body| matches!(body, EventBody::TextDelta { .. }).then_some(()));
    let Chat { run, queue, .. } = &chat;
    let url = server.url();
    in_child(move || {
        drop((run.clone(), queue.clone()));
        chats(&url, "ab")
    });
    go.send(()).unwrap();
    assert_eq!(chat.done().text, "before after");
}

#[test]
fn forks_while_other_threads_chat() {
    let server = Server::answering(answer::streamed(&["a", "b"]));
    let (url, stop) = (server.url(), Arc::new(AtomicBool::new(false)));
    let busy: Vec<_> = (0..2)
        .map(|_| {
            let (url, stop) = (url.clone(), Arc::clone(&stop));
            std::thread::spawn(move || {
                let queue = Queue::new();
                while !stop.load(Ordering::Relaxed) {
                    assert_eq!(start_in(&queue, spec(&url), direct(), "hi").done().text, "ab");
                }
            })
        })
        .collect();
    for _ in 0..15 {
        in_child(|| chats(&url, "ab"));
    }
    stop.store(true, Ordering::Relaxed);
    for thread in busy {
        thread.join().unwrap();
    }
}

#[test]
fn a_grandchild_starts_anew_again() {
    let server = Server::answering(answer::plain("deep"));
    let url = server.url();
    in_child(|| {
        if !chats(&url, "deep") {
            return false;
        }
        // SAFETY: as above; the grandchild only chats and exits.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            let good = chats(&url, "deep");
            // SAFETY: ends the process at once.
            unsafe { libc::_exit(if good { 0 } else { 1 }) };
        }
        let mut status = 1;
        // SAFETY: our own child, and a valid place for its status.
        unsafe { libc::waitpid(pid, &raw mut status, 0) };
        status == 0 && chats(&url, "deep")
    });
    assert_eq!(start(spec(&url), "hi").done().text, "deep");
    assert!(Queue::new().next(Some(Duration::ZERO)).unwrap().is_none());
}
