//! A run under way.

use crate::options::read_reply;
use llmspell_core::request::Reply;
use llmspell_core::run::Status;
use llmspell_core::{Error, Kind};
use llmspell_runtime::{RunHandle, process_id};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// A run under way. Dropping it cancels the run; its last event still comes.
#[must_use = "dropping a run cancels it"]
pub struct Run {
    handle: RunHandle,
    session: Option<String>,
    process: u32,
}

/// The head of an answer that the host carries.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    status: u16,
    #[serde(default)]
    headers: Map<String, Value>,
}

impl Run {
    pub(crate) fn new(handle: RunHandle, session: Option<String>) -> Self {
        Self { handle, session, process: process_id() }
    }

    /// Answers a request: JSON `{id, ok}` or `{id, error: {message, kind?}}`. An answer that comes too late is dropped.
    ///
    /// # Errors
    /// `argument` for a reply that is neither or an id that the run never asked; `forked` after a fork.
    pub fn reply(&self, reply_json: &str) -> Result<(), Error> {
        self.answer(read_reply(reply_json)?)
    }

    /// Answers a request, like [`Run::reply`].
    ///
    /// # Errors
    /// Those of [`Run::reply`].
    pub fn answer(&self, reply: Reply) -> Result<(), Error> {
        self.handle.reply(reply)
    }

    /// Whether a request is still open: asked, and neither answered, timed out nor cancelled. An id that the run never
    /// asked counts as not open, unlike in [`Run::reply`].
    ///
    /// # Errors
    /// `forked` after a fork.
    pub fn awaits(&self, request_id: &str) -> Result<bool, Error> {
        self.handle.awaits(request_id)
    }

    /// Feeds the head of an answer that the host carries (a request of the kind `http`): JSON `{status, headers?}`. What is
    /// fed when nobody waits any more is dropped.
    ///
    /// # Errors
    /// `argument` for a head that is none, a second one, or an id that the run never asked; `forked` after a fork.
    pub fn http_head(&self, request_id: &str, head_json: &str) -> Result<(), Error> {
        let head = crate::json::parse("http head", head_json)?;
        let wrong = |why: String| Error::argument(format!("http head: {why}; expected {{status, headers?}}"));
        let Head { status, headers } = serde_json::from_value(head).map_err(|error| wrong(error.to_string()))?;
        self.handle.http_head(request_id, status, headers)
    }

    /// Feeds bytes of its body, split anywhere.
    ///
    /// # Errors
    /// `argument` before the head, or for an id that the run never asked; `busy` when 64 MiB wait to be read because nobody takes
    /// events from the queue: these were not taken; `forked` after a fork.
    pub fn http_bytes(&self, request_id: &str, bytes: &[u8]) -> Result<(), Error> {
        self.handle.http_bytes(request_id, bytes)
    }

    /// Ends its body.
    ///
    /// # Errors
    /// Those of [`Run::http_bytes`].
    pub fn http_end(&self, request_id: &str) -> Result<(), Error> {
        self.handle.http_end(request_id)
    }

    /// Ends the run now; its last event is `cancelled`. A run that has ended is left as it is.
    ///
    /// # Errors
    /// `forked` after a fork.
    pub fn cancel(&self) -> Result<(), Error> {
        self.handle.cancel()
    }

    /// The run as bytes, for [`crate::Target::restore`]. They hold no key.
    ///
    /// # Errors
    /// `closed` when the run has ended; `forked` after a fork.
    pub fn checkpoint(&self) -> Result<Vec<u8>, Error> {
        let bytes = self.handle.checkpoint()?;
        if self.handle.status() == Status::Ended {
            return Err(Error::new(
                Kind::Closed,
                "the run has ended, so there is nothing to go on with; take the checkpoint while it is under way, or keep \
                 the agent's state",
            ));
        }
        Ok(bytes)
    }

    /// The run's id, as in its events.
    #[must_use]
    pub fn id(&self) -> &str {
        self.handle.id()
    }

    /// The session whose conversation the run goes on with; none for the agent's own. A restored run tells that of its
    /// checkpoint.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    /// Where the run stands. In the child after a fork it counts as ended.
    #[must_use]
    pub fn status(&self) -> Status {
        if self.process == process_id() { self.handle.status() } else { Status::Ended }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if self.status() != Status::Ended {
            // It may end in between: then there is nothing to cancel, and nobody to tell.
            let _ = self.handle.cancel();
        }
    }
}

/// An id that no other run has, in this process or another.
pub(crate) fn new_id() -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    // The hasher's keys are random but survive a fork; process and time tell parent and child apart.
    let mut hasher = RandomState::new().build_hasher();
    process_id().hash(&mut hasher);
    SystemTime::now().hash(&mut hasher);
    COUNTER.fetch_add(1, Ordering::Relaxed).hash(&mut hasher);
    format!("run_{:016x}", hasher.finish())
}
