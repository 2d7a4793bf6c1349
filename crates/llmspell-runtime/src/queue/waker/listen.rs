//! The unix socket of a waker, and what is said over it.
//!
//! Only the process itself may connect (the kernel tells who does). A connection begins with one line:
//! - `news`: it gets a byte whenever there is news, once until [`super::Waker::next`] found nothing.
//! - `life NUMBER`: a life line. When the connection ends, the runs of the queues that [`super::Waker::tie`] tied to it
//!   are cancelled. So a host whose tasks can be killed without a word (an nginx worker's, when the client leaves) ties
//!   its runs to a socket that is closed with the task.

use std::fs::{DirBuilder, read_dir, remove_dir, remove_file, rename};
use std::io::ErrorKind;
use std::os::fd::AsFd;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt};
use std::os::unix::net::UnixListener as StdListener;
use std::path::{Path, PathBuf};
use std::sync::Weak;
use std::time::Duration;

use llmspell_core::{Error, Kind};
use tokio::net::{UnixListener, UnixStream};
use tokio::runtime::Handle;
use tokio::task::{AbortHandle, spawn_blocking};

use super::Shared;
use crate::pid::process_id;
use crate::process::Process;

/// Longest line of a connection.
const LINE: usize = 64;
/// Pause after the process could not take a connection, for want of descriptors.
const PAUSE: Duration = Duration::from_millis(100);
const NAME: &str = "wake";
/// The name until it takes connections; not shorter, because the system limits the length of the path.
const FIRST_NAME: &str = "open";
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
        // From the I/O thread, so that the helper, too, has the host's signals blocked.
        let helped = io.clone();
        io.spawn(async move { drop(spawn_blocking(move || sweep(&base, &helped))) });
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
    let first = path.with_file_name(FIRST_NAME);
    let listener = StdListener::bind(&first).and_then(|listener| {
        listener.set_nonblocking(true)?;
        // Whoever sweeps takes a socket of the other name that refuses for one that was left behind.
        rename(&first, path)?;
        Ok(listener)
    });
    listener.inspect_err(|_| {
        let _ = remove_file(&first);
        remove(path);
    })
}

fn remove(path: &Path) {
    // Somebody else may have done it already.
    let _ = remove_file(path);
    let _ = path.parent().map(remove_dir);
}

/// Removes what processes that were killed left behind: sockets that nobody listens on. The number in the name tells
/// nothing, as containers that share the folder count their processes separately.
pub(super) fn sweep(base: &Path, io: &Handle) {
    let Ok(entries) = read_dir(base) else { return };
    for entry in entries.flatten() {
        let path = entry.path().join(NAME);
        let is_named = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if is_named && is_private(&entry.path()) && is_socket(&path) && io.block_on(is_refused(&path)) {
            remove(&path);
        }
    }
}

/// Whether it is a folder, not a link to one, of this user's alone: others may write to the folder around it.
fn is_private(folder: &Path) -> bool {
    folder.symlink_metadata().is_ok_and(|found| {
        // SAFETY: has no conditions.
        found.is_dir() && found.mode() & 0o777 == 0o700 && found.uid() == unsafe { libc::geteuid() }
    })
}

/// A file that is none refuses connections, too.
fn is_socket(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|found| found.file_type().is_socket())
}

/// Never waits for the process that listens.
async fn is_refused(path: &Path) -> bool {
    UnixStream::connect(path).await.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
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
    let Some(number) = waker.upgrade().and_then(|waker| {
        let mut state = waker.lock();
        let number = (!state.closed).then(|| state.peers.add(writing.into()));
        let told = state.retell();
        drop(state);
        told.call();
        number
    }) else {
        return;
    };
    while lines.next().await.is_some() {}
    if let Some(waker) = waker.upgrade() {
        let mut state = waker.lock();
        state.peers.remove(number);
        let told = state.retell();
        drop(state);
        told.call();
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
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => return None,
            }
        }
    }
}
