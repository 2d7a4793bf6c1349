//! The socket pair that makes a queue readable for an event loop.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;

use llmspell_core::{Error, Kind};

/// One byte lies in the pair while events wait.
pub(super) struct Pipe {
    reading: UnixStream,
    writing: UnixStream,
    full: bool,
}

impl Pipe {
    /// The pair of `what`; both ends are non-blocking and closed on exec.
    ///
    /// # Errors
    /// `internal` when the process may open no more files.
    pub fn open(what: &str) -> Result<Self, Error> {
        Self::pair().map_err(|error| {
            let message =
                format!("the {what} could not open its socket pair; check the limit on open files (ulimit -n)");
            Error::new(Kind::Internal, message).with_cause(error.to_string())
        })
    }

    fn pair() -> std::io::Result<Self> {
        let (reading, writing) = UnixStream::pair()?;
        reading.set_nonblocking(true)?;
        writing.set_nonblocking(true)?;
        Ok(Pipe { reading, writing, full: false })
    }

    pub fn fd(&self) -> RawFd {
        self.reading.as_raw_fd()
    }

    /// Makes the reading end readable.
    pub fn fill(&mut self) {
        if !self.full {
            // The buffer has room for one byte; should the host have closed the descriptor, nobody listens.
            self.full = self.writing.write(&[1]).is_ok();
        }
    }

    /// Makes the reading end unreadable.
    pub fn drain(&mut self) {
        if self.full {
            let mut bytes = [0u8; 8];
            // The host may have read the byte already: then there is nothing to read.
            while matches!(self.reading.read(&mut bytes), Err(error) if error.kind() == ErrorKind::Interrupted) {}
            self.full = false;
        }
    }
}
