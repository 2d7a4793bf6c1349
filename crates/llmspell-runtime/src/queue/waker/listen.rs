//! The unix socket of a waker, and what is said over it.
//!
//! Only the process itself may connect (the kernel tells who does). A connection begins with one line:
//! - `news`: it gets a byte whenever there is news, once until [`super::Waker::next`] found nothing.
//! - `life NUMBER`: a life line. When the connection ends, the runs of the queues that [`super::Waker::tie`] tied to it
//!   are cancelled. So a host whose tasks can be killed without a word (an nginx worker's, when the client leaves) ties
//!   its runs to a socket that is closed with the task.

use std::fs::{DirBuilder, read_dir, remove_dir, remove_file};
use std::os::fd::AsFd;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixListener as StdListener;
use std::path::{Path, PathBuf};
use std::sync::Weak;
use std::time::Duration;

use llmspell_core::{Error, Kind};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::AbortHandle;

use super::Shared;
use crate::pid::process_id;
use crate::process::Process;

/// Longest line of a connection.
const LINE: usize = 64;
/// Pause after the process could not take a connection, for want of descriptors.
const PAUSE: Duration = Duration::from_millis(100);
const NAME: &str = "wake";
const PREFIX: &str = "llmspell-";
const VARIABLE: &str = "LLMSPELL_SOCKET_DIR";

/// A socket that takes connections until it is dropped.
pub(super) struct Door {
    path: PathBuf,
    accepting: AbortHandle,
}

impl Door {
    pub fn open(directory: Option<&Path>, waker: Weak<Shared>) -> Result<Door, Error> {
        let io = Process::current().io.handle()?;
        let base = base(directory);
        sweep(&base);
        let path = folder(&base).join(NAME);
        let listener = bind(&path).map_err(|error| {
            Error::new(
                Kind::Config,
                format!(
                    "llmspell could not make a socket in {}; name a folder in which this process may write, and whose path is \
                     short, with the variable {VARIABLE} (in nginx.conf also: env {VARIABLE};)",
                    base.display()
                ),
            )
            .with_cause(error.to_string())
        })?;
        let guard = io.enter();
        let listener = UnixListener::from_std(listener).map_err(|error| {
            Error::new(Kind::Internal, "llmspell could not watch its socket").with_cause(error.to_string())
        })?;
        drop(guard);
        let accepting = io.spawn(accept(listener, waker)).abort_handle();
        Ok(Door { path, accepting })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the socket can still be reached.
    pub fn is_there(&self) -> bool {
        !self.accepting.is_finished() && self.path.exists()
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.accepting.abort();
        remove(&self.path);
    }
}

fn base(directory: Option<&Path>) -> PathBuf {
    let named = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    directory
        .map(Path::to_owned)
        .or_else(|| named(VARIABLE))
        .or_else(|| named("TMPDIR"))
        .unwrap_or_else(|| PathBuf::from("/tmp"))
}

fn folder(base: &Path) -> PathBuf {
    let chance = Process::current().seeds.next().next();
    base.join(format!("{PREFIX}{}-{chance:016x}", process_id()))
}

fn bind(path: &Path) -> std::io::Result<StdListener> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().mode(0o700).create(folder)?;
    }
    let listener = StdListener::bind(path).and_then(|listener| listener.set_nonblocking(true).map(|()| listener));
    listener.inspect_err(|_| remove(path))
}

fn remove(path: &Path) {
    // Somebody else may have done it already.
    let _ = remove_file(path);
    let _ = path.parent().map(remove_dir);
}

/// Removes what processes that were killed left behind.
fn sweep(base: &Path) {
    let Ok(entries) = read_dir(base) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let pid = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split_once('-')?.0.parse().ok());
        if pid.is_some_and(is_gone) {
            remove(&entry.path().join(NAME));
        }
    }
}

fn is_gone(pid: i32) -> bool {
    // SAFETY: signal 0 is not sent; the call only looks whether the process exists.
    pid > 0 && unsafe { libc::kill(pid, 0) } != 0 && std::io::Error::last_os_error().raw_os_error() == Some(libc::ESRCH)
}

async fn accept(listener: UnixListener, waker: Weak<Shared>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) if is_own(&stream) => {
                let waker = Weak::clone(&waker);
                tokio::spawn(async move { serve(stream, waker).await });
            }
            // A stranger's connection is closed by being dropped.
            Ok(_) => {}
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Whether this process made the connection. Where the kernel does not tell the process, the user must do: the folder
/// lets nobody else in.
fn is_own(stream: &UnixStream) -> bool {
    stream.peer_cred().is_ok_and(|peer| match peer.pid() {
        Some(pid) => u32::try_from(pid).is_ok_and(|pid| pid == process_id()),
        // SAFETY: has no conditions.
        None => peer.uid() == unsafe { libc::geteuid() },
    })
}

async fn serve(stream: UnixStream, waker: Weak<Shared>) {
    let mut lines = Lines { stream, read: Vec::new() };
    let Some(line) = lines.next().await else { return };
    if line == "news" {
        news(lines, waker).await;
    } else if let Some(number) = line.strip_prefix("life ").and_then(|number| number.parse().ok()) {
        life(lines, waker, number).await;
    }
}

async fn news(mut lines: Lines, waker: Weak<Shared>) {
    let Ok(writing) = lines.stream.as_fd().try_clone_to_owned() else { return };
    let Some(number) = waker.upgrade().map(|waker| {
        let mut state = waker.lock();
        let number = state.peers.add(writing.into());
        state.retell();
        number
    }) else {
        return;
    };
    while lines.next().await.is_some() {}
    if let Some(waker) = waker.upgrade() {
        let mut state = waker.lock();
        state.peers.remove(number);
        state.retell();
    }
}

async fn life(mut lines: Lines, waker: Weak<Shared>, number: u64) {
    while lines.next().await.is_some() {}
    if let Some(waker) = waker.upgrade() {
        waker.cut(number);
    }
}

/// A connection, read by lines.
struct Lines {
    stream: UnixStream,
    read: Vec<u8>,
}

impl Lines {
    /// The next line; `None` when the connection has ended or says what is no short line of text.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                return Some(String::from_utf8(line).ok()?.trim_end_matches('\n').to_owned());
            }
            if self.read.len() > LINE {
                return None;
            }
            self.stream.readable().await.ok()?;
            let mut bytes = [0u8; 512];
            match self.stream.try_read(&mut bytes) {
                Ok(0) => return None,
                Ok(count) => self.read.extend_from_slice(bytes.get(..count)?),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => return None,
            }
        }
    }
}
