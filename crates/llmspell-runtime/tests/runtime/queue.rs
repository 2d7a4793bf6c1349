//! Queues: the socket, several queues, several threads.

use std::collections::BTreeMap;
use std::os::fd::RawFd;
use std::sync::Mutex;
use std::time::Duration;

use llmspell_runtime::Queue;

use super::support::{LONG, Server, answer, direct, spec, start_in, submitted};
use llmspell_core::{Conversation, EventType};

fn readable(fd: RawFd, wait: Duration) -> bool {
    let mut poll = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    // SAFETY: one valid pollfd.
    let ready = unsafe { libc::poll(&raw mut poll, 1, i32::try_from(wait.as_millis()).unwrap()) };
    ready == 1
}

#[test]
fn the_socket_is_readable_while_events_wait() {
    let server = Server::answering(answer::streamed(&["a", "b"]));
    let queue = Queue::new();
    let fd = queue.fd().unwrap();
    assert_eq!(queue.fd().unwrap(), fd, "one socket for a queue");
    assert!(!readable(fd, Duration::ZERO));
    for _ in 0..3 {
        let chat = start_in(&queue, spec(&server.url()), direct(), "hi");
        let mut last = false;
        while !last {
            assert!(readable(fd, LONG));
            while let Some(event) = queue.next(Some(Duration::ZERO)).unwrap() {
                last |= event.body.event_type().is_final();
            }
            assert!(!readable(fd, Duration::ZERO), "an empty queue is not readable");
        }
        drop(chat);
    }
    // SAFETY: both calls only read flags of an open descriptor.
    let (status, flags) = unsafe { (libc::fcntl(fd, libc::F_GETFL), libc::fcntl(fd, libc::F_GETFD)) };
    assert!(status & libc::O_NONBLOCK != 0 && flags & libc::FD_CLOEXEC != 0);
}

#[test]
fn a_socket_asked_for_late_knows_what_waits_already() {
    let server = Server::answering(answer::plain("x"));
    let queue = Queue::new();
    let chat = start_in(&queue, spec(&server.url()), direct(), "hi");
    chat.finished.recv_timeout(LONG).unwrap();
    let fd = queue.fd().unwrap();
    assert!(readable(fd, Duration::ZERO));
    chat.rest();
    assert!(!readable(fd, Duration::ZERO));
}

#[test]
fn a_host_that_reads_the_socket_itself_does_no_harm() {
    let server = Server::answering(answer::plain("x"));
    let queue = Queue::new();
    let fd = queue.fd().unwrap();
    for _ in 0..2 {
        let chat = start_in(&queue, spec(&server.url()), direct(), "hi");
        assert!(readable(fd, LONG));
        let mut bytes = [0u8; 16];
        // SAFETY: the buffer is writable and as long as said.
        assert!(unsafe { libc::read(fd, bytes.as_mut_ptr().cast(), bytes.len()) } > 0);
        chat.rest();
    }
}

#[test]
fn many_queues_and_threads_get_their_own_events() {
    let server = Server::answering(answer::streamed(&["a", "b", "c"]));
    let url = server.url();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..25 {
                    let queue = Queue::new();
                    assert_eq!(start_in(&queue, spec(&url), direct(), "hi").done().text, "abc");
                }
            });
        }
    });
}

#[test]
fn runs_that_share_a_queue_and_takers_that_share_it_lose_nothing() {
    let texts: Vec<String> = (0..300).map(|number| format!("{number} ")).collect();
    let refs: Vec<&str> = texts.iter().map(String::as_str).collect();
    let server = Server::answering(answer::streamed(&refs));
    let queue = Queue::new();
    let chats: Vec<_> = (0..10).map(|_| submitted(&queue, spec(&server.url()), direct(), "hi")).collect();
    for chat in &chats {
        chat.run.begin(Conversation::default()).unwrap();
    }
    let counts = Mutex::new(BTreeMap::<Name, usize>::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                // Short waits, so that every taker sees the end.
                while counts.lock().unwrap().get(&"done").copied().unwrap_or(0) < 10 {
                    if let Some(event) = queue.next(Some(Duration::from_millis(20))).unwrap() {
                        *counts.lock().unwrap().entry(event.body.event_type().as_str()).or_default() += 1;
                    }
                }
            });
        }
    });
    let counts = counts.into_inner().unwrap();
    assert_eq!((counts["text_delta"], counts["done"], counts["run_start"]), (3000, 10, 10));
}

type Name = &'static str;

#[test]
fn a_wait_in_one_thread_ends_when_an_event_comes_from_another() {
    // Many rounds of one event each: a lost wake-up would hang here.
    let server = Server::answering(answer::plain("x"));
    let queue = Queue::new();
    for _ in 0..200 {
        let chat = start_in(&queue, spec(&server.url()), direct(), "hi");
        let types: Vec<EventType> = chat.rest().iter().map(|event| event.body.event_type()).collect();
        assert_eq!(types.last(), Some(&EventType::Done));
    }
}
