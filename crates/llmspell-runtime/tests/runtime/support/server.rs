//! A TCP server on a free loopback port whose every connection is served by a function of the test.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use super::LONG;

/// Stops listening when dropped; connections end when their function does.
pub struct Server {
    pub address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves each connection with `serve`, on a thread of its own.
    pub fn new(serve: impl Fn(Peer) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (accepted, stopping) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, stop, serve) = (Arc::clone(&accepted), Arc::clone(&stopping), Arc::new(serve));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let stream = stream.unwrap();
                stream.set_read_timeout(Some(LONG)).unwrap();
                stream.set_nodelay(true).unwrap();
                let number = count.fetch_add(1, Ordering::SeqCst) + 1;
                let serve = Arc::clone(&serve);
                std::thread::spawn(move || serve(Peer { number, stream, buffer: Vec::new() }));
            }
        });
        Server { address, accepted, stopping, thread: Some(thread) }
    }

    /// Answers every request of every connection with the same bytes.
    pub fn answering(bytes: Vec<u8>) -> Self {
        Server::new(move |mut peer| {
            while peer.request().is_some() {
                peer.send(&bytes);
            }
        })
    }

    /// The `base_url` of an agent that uses this server.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Connections so far.
    pub fn connections(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Lets `accept` return.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// The server's end of one connection.
pub struct Peer {
    /// Its number among the server's connections, from 1.
    pub number: usize,
    pub stream: TcpStream,
    buffer: Vec<u8>,
}

/// A request as it came.
#[derive(Debug)]
pub struct Seen {
    /// First line and headers, in lower case.
    pub head: String,
    pub body: Vec<u8>,
}

impl Seen {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// The next request on a stream; `None` when the client has closed. What came too early stays in `buffer`.
pub fn read_request(stream: &mut impl Read, buffer: &mut Vec<u8>) -> Option<Seen> {
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        fill(stream, buffer)?;
    };
    let head = String::from_utf8_lossy(&buffer[..end]).to_lowercase();
    let mut seen = Seen { head, body: Vec::new() };
    let length: usize = seen.header("content-length").map_or(0, |text| text.parse().unwrap());
    while buffer.len() < end + length {
        fill(stream, buffer)?;
    }
    seen.body = buffer[end..end + length].to_vec();
    buffer.drain(..end + length);
    Some(seen)
}

fn fill(stream: &mut impl Read, buffer: &mut Vec<u8>) -> Option<()> {
    let mut bytes = [0; 4096];
    match stream.read(&mut bytes) {
        Ok(0) => None,
        Ok(read) => {
            buffer.extend(&bytes[..read]);
            Some(())
        }
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            panic!("the client neither sent nor closed: {error}")
        }
        // A reset, or a TLS failure: the client is gone.
        Err(_) => None,
    }
}

impl Peer {
    /// The next request; `None` when the client has closed.
    pub fn request(&mut self) -> Option<Seen> {
        read_request(&mut self.stream, &mut self.buffer)
    }

    /// Writes bytes; a client that has gone is not minded.
    pub fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// Waits until the client has closed the connection; panics after the liveness bound.
    pub fn wait_closed(&mut self) {
        while fill(&mut self.stream, &mut self.buffer).is_some() {}
    }

    /// Closes with a reset instead of an end.
    pub fn reset(self) {
        let linger = libc::linger { l_onoff: 1, l_linger: 0 };
        let size = u32::try_from(size_of::<libc::linger>()).unwrap();
        // SAFETY: the descriptor is open, and the option is of the type and size that SO_LINGER takes.
        let set = unsafe {
            use std::os::fd::AsRawFd;
            libc::setsockopt(
                self.stream.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_LINGER,
                (&raw const linger).cast(),
                size,
            )
        };
        assert_eq!(set, 0);
    }

    /// Ends the answer without closing for reading.
    pub fn shut(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }
}
