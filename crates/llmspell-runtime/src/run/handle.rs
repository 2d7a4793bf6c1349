//! What a host holds of a run.

use std::sync::Arc;

use llmspell_core::request::Reply;
use llmspell_core::run::{Awaits, Status};
use llmspell_core::{Conversation, Error};
use serde_json::{Map, Value};

use super::shared::Shared;
use super::task::Command;

const MEND: &str = "start it again in this process, or restore it from a checkpoint";

/// A handle to a run. Cloning gives another handle to the same run; every method may be called from any thread.
///
/// Dropping handles does not end the run. After a fork, the child's handles answer `forked`, and dropping them leaks
/// what they inherited.
#[derive(Clone)]
pub struct RunHandle {
    shared: Arc<Shared>,
}

impl RunHandle {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        RunHandle { shared }
    }

    /// The run waits behind others: from now on its time limit counts.
    ///
    /// # Errors
    /// `forked`.
    pub fn wait(&self) -> Result<(), Error> {
        self.check()?;
        self.shared.command(Command::Wait);
        Ok(())
    }

    /// It is the run's turn: it goes on from `conversation`.
    ///
    /// # Errors
    /// `forked`.
    pub fn begin(&self, conversation: Conversation) -> Result<(), Error> {
        self.check()?;
        self.shared.begin(conversation);
        Ok(())
    }

    /// Answers a request of the run. An answer to a request that has been answered already, or has timed out, is
    /// dropped without an error.
    ///
    /// # Errors
    /// `forked`; `argument` when the run never made such a request; `internal` when a defect broke the run.
    pub fn reply(&self, reply: Reply) -> Result<(), Error> {
        self.check()?;
        if let Some(done) = self.shared.carried().reply(&reply.id, &reply.outcome) {
            return done;
        }
        let awaits = self.shared.machine()?.awaits(&reply.id);
        match awaits {
            Awaits::Open => {
                self.shared.command(Command::Reply(reply));
                Ok(())
            }
            Awaits::Closed => Ok(()),
            Awaits::Unknown => Err(Error::argument(format!(
                "reply: this run has no request {:?}; give the id of a `request` event of the same run",
                reply.id
            ))),
        }
    }

    /// Whether a request of the run still waits for its reply.
    ///
    /// # Errors
    /// `forked`; `internal` when a defect broke the run.
    pub fn awaits(&self, request: &str) -> Result<bool, Error> {
        self.check()?;
        if self.shared.is_cancelled() {
            return Ok(false);
        }
        Ok(self.shared.carried().awaits(request) || self.shared.machine()?.awaits(request) == Awaits::Open)
    }

    /// Feeds the head of an answer that the host carries: JSON `{status, headers}`. Like a late reply, what is fed to an
    /// exchange that nobody waits for any more is dropped; so is it in [`RunHandle::http_bytes`] and [`RunHandle::http_end`].
    ///
    /// # Errors
    /// `forked`; `argument` for a head that is none, a second one, or a request that the run never made.
    pub fn http_head(&self, request: &str, status: u16, headers: Map<String, Value>) -> Result<(), Error> {
        self.check_known(request)?;
        self.shared.carried().head(request, status, super::carried::headers(headers)?)
    }

    /// Feeds bytes of the body, split anywhere.
    ///
    /// # Errors
    /// `forked`; `argument` before the head, or for a request that the run never made; `busy` when so many wait to be read that
    /// these were not taken.
    pub fn http_bytes(&self, request: &str, bytes: &[u8]) -> Result<(), Error> {
        self.check_known(request)?;
        self.shared.carried().bytes(request, bytes)
    }

    /// Ends the body.
    ///
    /// # Errors
    /// `forked`; `argument` before the head, or for a request that the run never made.
    pub fn http_end(&self, request: &str) -> Result<(), Error> {
        self.check_known(request)?;
        self.shared.carried().end(request)
    }

    fn check_known(&self, request: &str) -> Result<(), Error> {
        self.check()?;
        if self.shared.carried().awaits(request) || self.shared.machine()?.awaits(request) != Awaits::Unknown {
            return Ok(());
        }
        Err(Error::argument(format!(
            "http: this run has no request {request:?}; give the id of a `request` event of the kind http of the same run"
        )))
    }

    /// Ends the run now: its connection is closed and its last event is `cancelled`. Without effect on a run that has
    /// ended.
    ///
    /// # Errors
    /// `forked`.
    pub fn cancel(&self) -> Result<(), Error> {
        self.check()?;
        self.shared.cancel();
        Ok(())
    }

    /// The run as bytes, as it stands between two inputs. Replies given a moment ago may not be in it yet.
    ///
    /// # Errors
    /// `forked`; `internal` when a defect broke the run.
    pub fn checkpoint(&self) -> Result<Vec<u8>, Error> {
        self.check()?;
        self.shared.machine()?.checkpoint()
    }

    /// Where the run stands: queued until [`RunHandle::begin`], ended from just before its last event is in the queue.
    #[must_use]
    pub fn status(&self) -> Status {
        self.shared.status()
    }

    /// The run's id, as in its events.
    #[must_use]
    pub fn id(&self) -> &str {
        self.shared.id()
    }

    fn check(&self) -> Result<(), Error> {
        self.shared.owner().check("run", MEND)
    }
}

impl Drop for RunHandle {
    fn drop(&mut self) {
        self.shared.owner().keep_inherited(&self.shared);
    }
}
