//! The connections over which hosts hear of news.

use std::net::Shutdown;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

/// Connections that get one byte when there is news.
#[derive(Default)]
pub(super) struct Peers {
    last: u64,
    all: Vec<(u64, UnixStream)>,
}

impl Peers {
    /// Adds a connection; the number takes it out again.
    pub fn add(&mut self, writing: UnixStream) -> u64 {
        self.last += 1;
        self.all.push((self.last, writing));
        self.last
    }

    pub fn remove(&mut self, number: u64) {
        self.all.retain(|(other, _)| *other != number);
    }

    /// Sends everyone a byte. Whether anybody got one.
    pub fn tell(&self) -> bool {
        self.all.iter().fold(false, |told, (_, peer)| send(peer) || told)
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        for (_, peer) in &self.all {
            // Ends the task that reads from it, and tells the host.
            let _ = peer.shutdown(Shutdown::Both);
        }
    }
}

/// Sends one byte without waiting, and without the signal that a write to a closed connection raises.
fn send(peer: &UnixStream) -> bool {
    let byte = [1u8];
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    // SAFETY: the descriptor is open, and the buffer holds the one byte.
    let sent = unsafe { libc::send(peer.as_raw_fd(), byte.as_ptr().cast(), byte.len(), flags) };
    // A full buffer holds bytes that the peer has not read: it will wake anyway.
    sent == 1 || (sent < 0 && std::io::Error::last_os_error().kind() == std::io::ErrorKind::WouldBlock)
}
