//! What can be shown without a run.

use std::fs::{DirBuilder, Permissions};
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use llmspell_core::{Event, EventBody, Kind};

use super::super::{Account, Writer};
use super::*;
use crate::process::Process;

fn event() -> Event {
    Event {
        run_id: "run".into(),
        seq: 1,
        step: 1,
        agent: None,
        nested: false,
        body: EventBody::TextDelta { text: "x".into() },
    }
}

fn push(queue: &Queue) {
    queue.shared().push(&Arc::new(Account::default()), event());
}

fn take(queue: &Queue) -> bool {
    queue.next(Some(Duration::ZERO)).unwrap().is_some()
}

fn told(waker: &Waker) -> Vec<u64> {
    std::iter::from_fn(|| waker.next(Some(Duration::ZERO)).unwrap()).collect()
}

fn readable(fd: RawFd) -> bool {
    let mut asked = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    // SAFETY: one valid entry.
    unsafe { libc::poll(&raw mut asked, 1, 0) == 1 }
}

#[test]
fn each_queue_is_told_once_until_it_was_found_empty() {
    let waker = Waker::new();
    let (one, two) = (Queue::new(), Queue::new());
    one.wake_by(Some((&waker, 1))).unwrap();
    push(&two);
    two.wake_by(Some((&waker, 2))).unwrap();
    push(&one);
    push(&one);
    push(&two);
    assert_eq!(told(&waker), [2, 1], "what waited before counts as news");
    push(&one);
    assert!(told(&waker).is_empty(), "the host has not looked yet");
    while take(&one) {}
    push(&one);
    assert_eq!(told(&waker), [1]);
    one.wake_by(None).unwrap();
    while take(&one) {}
    push(&one);
    assert!(told(&waker).is_empty());
}

#[test]
fn the_descriptor_is_readable_while_there_is_news() {
    let waker = Waker::new();
    let queue = Queue::new();
    queue.wake_by(Some((&waker, 7))).unwrap();
    push(&queue);
    let fd = waker.fd().unwrap();
    assert!(readable(fd));
    assert_eq!(told(&waker), [7]);
    assert!(!readable(fd));
    while take(&queue) {}
    push(&queue);
    assert!(readable(fd));
    assert_eq!(fd, waker.fd().unwrap());
}

#[test]
fn tokens_belong_to_one_queue() {
    let waker = Waker::new();
    let (one, two) = (Queue::new(), Queue::new());
    one.wake_by(Some((&waker, 1))).unwrap();
    one.wake_by(Some((&waker, 1))).unwrap();
    let error = two.wake_by(Some((&waker, 1))).unwrap_err();
    assert_eq!(error.kind, Kind::Argument);
    one.wake_by(Some((&waker, 3))).unwrap();
    two.wake_by(Some((&waker, 1))).unwrap();
    drop(one);
    assert_eq!(waker.shared.lock().queues.len(), 1, "a queue that is gone is forgotten");
}

/// A run, as far as its queue knows.
struct Told(Sender<()>);

impl Writer for Told {
    fn give_up(self: Arc<Self>) {
        // The test may have ended.
        let _ = self.0.send(());
    }
}

fn run_of(queue: &Queue) -> (Arc<dyn Writer>, Receiver<()>) {
    let (tell, told) = channel();
    let writer: Arc<dyn Writer> = Arc::new(Told(tell));
    queue.shared().attach(Arc::downgrade(&writer)).unwrap();
    (writer, told)
}

const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(200);

fn connect(path: &Path, first: &str) -> UnixStream {
    let mut stream = UnixStream::connect(path).unwrap();
    stream.write_all(first.as_bytes()).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream
}

#[test]
fn a_connection_hears_of_news_and_another_takes_over() {
    let waker = Waker::new();
    let queue = Queue::new();
    queue.wake_by(Some((&waker, 1))).unwrap();
    let path = waker.listen(None).unwrap();
    assert_eq!(path, waker.listen(None).unwrap());
    let mut first = connect(&path, "news\n");
    push(&queue);
    let mut byte = [0u8; 1];
    first.read_exact(&mut byte).unwrap();
    drop(first);
    // The first one did not heed what it heard.
    let mut second = connect(&path, "news\n");
    second.read_exact(&mut byte).unwrap();
    assert_eq!(told(&waker), [1]);
    while take(&queue) {}
    push(&queue);
    second.read_exact(&mut byte).unwrap();
    drop(waker);
    assert_eq!(second.read(&mut byte).unwrap_or(0), 0, "the waker's end ends its connections");
    assert!(!path.exists() && !path.parent().unwrap().exists());
}

#[test]
fn a_life_line_that_ends_cancels_what_is_tied_to_it() {
    let waker = Waker::new();
    let (tied, moved, over) = (Queue::new(), Queue::new(), Queue::new());
    let runs = [(&tied, 1), (&moved, 2), (&over, 3)].map(|(queue, token)| {
        queue.wake_by(Some((&waker, token))).unwrap();
        run_of(queue)
    });
    let path = waker.listen(None).unwrap();
    let line = connect(&path, "life 5\n");
    for token in [1, 2, 3] {
        waker.tie(token, 5).unwrap();
    }
    waker.tie(2, 6).unwrap();
    // The queue serves another run now.
    over.wake_by(Some((&waker, 4))).unwrap();
    assert!(runs[0].1.recv_timeout(SHORT).is_err());
    drop(line);
    runs[0].1.recv_timeout(LONG).unwrap();
    assert!(runs[1].1.try_recv().is_err() && runs[2].1.try_recv().is_err());
    assert_eq!(waker.tie(99, 5).unwrap_err().kind, Kind::Argument);
    drop((tied, moved, over));
    let state = waker.shared.lock();
    assert!(state.lives.is_empty() && state.queues.is_empty(), "nothing is kept of what is over");
}

#[test]
fn a_life_line_ends_when_it_is_dropped() {
    let waker = Waker::new();
    let (tied, untied) = (Queue::new(), Queue::new());
    let runs = [(&tied, 1), (&untied, 2)].map(|(queue, token)| {
        queue.wake_by(Some((&waker, token))).unwrap();
        run_of(queue)
    });
    let line = waker.life(5).unwrap();
    let later = waker.life(6).unwrap();
    for token in [1, 2] {
        waker.tie(token, 5).unwrap();
    }
    waker.tie(2, 0).unwrap();
    assert!(runs[0].1.try_recv().is_err());
    drop(line);
    runs[0].1.try_recv().unwrap();
    assert!(runs[1].1.try_recv().is_err(), "it was taken off the line");
    assert!(waker.shared.lock().lives.is_empty());
    drop(waker);
    drop(later);
}

#[test]
fn a_ring_is_heard_without_news() {
    let waker = Waker::new();
    let fd = waker.fd().unwrap();
    waker.ring().unwrap();
    assert!(readable(fd));
    assert!(told(&waker).is_empty());
    assert!(!readable(fd));
    waker.ring().unwrap();
    let mut late = connect(&waker.listen(None).unwrap(), "news\n");
    late.read_exact(&mut [0u8; 1]).unwrap();
}

#[test]
fn nonsense_ends_a_connection_and_harms_nobody() {
    let waker = Waker::new();
    let queue = Queue::new();
    queue.wake_by(Some((&waker, 1))).unwrap();
    let path = waker.listen(None).unwrap();
    let long = "x".repeat(10_000);
    for line in ["", "\n", "what\n", "\u{0}\n", long.as_str()] {
        let mut stream = connect(&path, line);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        assert_eq!(stream.read(&mut [0u8; 8]).unwrap_or(0), 0, "{line:?}");
    }
    let mut good = connect(&path, "news\n");
    push(&queue);
    good.read_exact(&mut [0u8; 1]).unwrap();
}

#[test]
fn a_socket_that_was_deleted_is_made_anew() {
    let waker = Waker::new();
    let path = waker.listen(None).unwrap();
    std::fs::remove_file(&path).unwrap();
    let again = waker.listen(None).unwrap();
    assert_ne!(path, again);
    connect(&again, "news\n");
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let error = Waker::new().listen(Some(Path::new("/proc/llmspell"))).unwrap_err();
    assert_eq!(error.kind, Kind::Config);
    assert!(
        error.to_string().contains("/proc/llmspell") && error.to_string().contains("LLMSPELL_SOCKET_DIR"),
        "{error}"
    );
}

/// A folder that goes with the test.
struct Base(PathBuf);

impl Base {
    fn new(name: &str) -> Base {
        let base = std::env::temp_dir().join(format!("waker-{name}-{}", std::process::id()));
        std::fs::create_dir(&base).unwrap();
        Base(base)
    }

    /// A folder as wakers make them, with a socket in it.
    fn folder(&self, name: &str, mode: u32) -> (PathBuf, UnixListener) {
        let folder = self.0.join(name);
        DirBuilder::new().mode(mode).create(&folder).unwrap();
        std::fs::set_permissions(&folder, Permissions::from_mode(mode)).unwrap();
        let listener = UnixListener::bind(folder.join("wake")).unwrap();
        (folder.join("wake"), listener)
    }

    fn left(&self, name: &str, mode: u32) -> PathBuf {
        self.folder(name, mode).0
    }
}

impl Drop for Base {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

#[test]
fn what_killed_processes_left_is_swept_and_nothing_else() {
    let base = Base::new("sweep");
    let here = std::process::id();
    // In a container that was started again the number is that of a process that lives.
    let left = [base.left("llmspell-999999999-1", 0o700), base.left(&format!("llmspell-{here}-2"), 0o700)];
    // In another container the number is that of none.
    let (live, _listener) = base.folder("llmspell-999999999-3", 0o700);
    let linked = base.left("mine", 0o700);
    std::os::unix::fs::symlink(base.0.join("mine"), base.0.join("llmspell-999999999-4")).unwrap();
    let open = base.left("llmspell-999999999-5", 0o755);
    let file = base.left("llmspell-999999999-6", 0o700);
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, "mine").unwrap();
    let strange = base.left("llmspell-999999999-7", 0o700);
    // Only root can make a stranger's folder.
    let is_strange = std::os::unix::fs::chown(strange.parent().unwrap(), Some(1), None).is_ok();
    let full = base.folder("llmspell-999999999-8", 0o700);
    full.1.set_nonblocking(true).unwrap();
    // SAFETY: the descriptor is open; no connection fits beside the first.
    assert_eq!(unsafe { libc::listen(full.1.as_raw_fd(), 0) }, 0);
    let _first = UnixStream::connect(&full.0).unwrap();

    listen::sweep(&base.0, &Process::current().io.handle().unwrap());
    for path in left {
        assert!(!path.parent().unwrap().exists(), "{} was left behind", path.display());
    }
    for path in [&live, &linked, &open, &file, &full.0] {
        assert!(path.exists(), "{} is in use or not ours", path.display());
    }
    assert!(!is_strange || strange.exists());
}

#[test]
fn it_sweeps_after_the_socket_is_there_and_not_on_the_hosts_thread() {
    let base = Base::new("later");
    let left = base.left("llmspell-999999999-1", 0o700);
    let (go, wait) = channel::<()>();
    let io = Process::current().io.handle().unwrap();
    io.spawn(async move { wait.recv() });
    let waker = Waker::new();
    let path = waker.listen(Some(&base.0)).unwrap();
    assert!(path.exists() && left.exists(), "the I/O thread has other work");
    go.send(()).unwrap();
    let until = Instant::now() + LONG;
    while left.parent().unwrap().exists() {
        assert!(Instant::now() < until, "it was swept");
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(path.exists());
    drop(waker);
}

#[test]
fn nobody_who_has_news_waits_while_a_socket_is_opened() {
    let waker = Waker::new();
    let state = waker.shared.lock();
    let (tell, told) = channel();
    std::thread::scope(|scope| {
        scope.spawn(|| tell.send(waker.listen(None).is_ok()).unwrap());
        let opened = told.recv_timeout(LONG);
        drop(state);
        assert!(opened.unwrap());
    });
}

#[test]
fn no_token_lies_ready_twice_or_without_its_queue() {
    let waker = Waker::new();
    let queue = Queue::new();
    for token in 1..=3 {
        queue.wake_by(Some((&waker, token))).unwrap();
        for _ in 0..3 {
            push(&queue);
            queue.wake_by(Some((&waker, token))).unwrap();
            while take(&queue) {}
        }
        assert_eq!(waker.shared.lock().ready, [token]);
    }
    assert_eq!(told(&waker), [3]);
    push(&queue);
    assert_eq!(told(&waker), [3]);
    while take(&queue) {}
    push(&queue);
    drop(queue);
    assert!(told(&waker).is_empty());
}

#[test]
fn a_freed_waker_collects_nothing() {
    let waker = Waker::new();
    let queue = Queue::new();
    queue.wake_by(Some((&waker, 1))).unwrap();
    let path = waker.listen(None).unwrap();
    let mut late = connect(&path, "ne");
    // Connections are taken in their order, so the late one is served when this one is.
    waker.ring().unwrap();
    connect(&path, "news\n").read_exact(&mut [0u8; 1]).unwrap();
    let shared = Arc::clone(&waker.shared);
    drop(waker);
    push(&queue);
    assert!(shared.lock().ready.is_empty());
    late.write_all(b"ws\n").unwrap();
    assert_eq!(late.read(&mut [0u8; 1]).unwrap(), 0, "nobody is left who could have news");
    queue.wake_by(None).unwrap();
}

#[test]
fn a_wait_ends_with_news_a_ring_or_its_time() {
    let waker = Waker::new();
    let queue = Queue::new();
    queue.wake_by(Some((&waker, 3))).unwrap();
    assert_eq!(waker.next(Some(Duration::from_millis(1))).unwrap(), None);
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| waker.next(None).unwrap());
        while waker.shared.lock().waiters == 0 {
            std::thread::yield_now();
        }
        push(&queue);
        assert_eq!(waits.join().unwrap(), Some(3));
        let waits = scope.spawn(|| waker.next(None).unwrap());
        while waker.shared.lock().waiters == 0 {
            std::thread::yield_now();
        }
        waker.ring().unwrap();
        assert_eq!(waits.join().unwrap(), None);
    });
}

#[test]
fn a_caller_is_called_once_until_nothing_was_found() {
    use std::sync::atomic::{AtomicUsize, Ordering};

    let waker = Waker::new();
    let queue = Queue::new();
    queue.wake_by(Some((&waker, 1))).unwrap();
    push(&queue);
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let count = move || {
        counted.fetch_add(1, Ordering::Relaxed);
    };
    waker.call(Some(Arc::new(count))).unwrap();
    assert_eq!(calls.load(Ordering::Relaxed), 1, "news that waited counts");
    waker.ring().unwrap();
    assert_eq!(told(&waker), [1]);
    while take(&queue) {}
    push(&queue);
    push(&queue);
    assert_eq!(calls.load(Ordering::Relaxed), 3);
    waker.call(None).unwrap();
    assert_eq!(Arc::strong_count(&calls), 1, "nobody calls it any more");
}
