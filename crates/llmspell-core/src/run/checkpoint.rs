//! A run as bytes.
//!
//! Layout: the magic `LLMSPELL`, the format version (u16, little endian), 32 bytes of hash over the tools' names and
//! schemas, the length of a signature (u16, little endian) and the signature (reserved, empty), then the state as JSON. No key and
//! no header is among it: whoever restores supplies them.

use super::RunSpec;
use super::child::children_fit;
use super::machine::{Call, Phase, Run, State};
use crate::conversation;
use crate::error::{Error, Kind};
use crate::json;
use crate::message::{Role, ToolCall};
use std::sync::Arc;

const MAGIC: &[u8; 8] = b"LLMSPELL";
/// Version of the format.
const VERSION: u16 = 3;

impl Run {
    /// The run as bytes, to go on from where it stands now.
    ///
    /// In mid-stream that is the begin of the step.
    ///
    /// # Errors
    /// `closed` when the run has ended.
    pub fn checkpoint(&self) -> Result<Vec<u8>, Error> {
        if matches!(self.state.phase, Phase::Ended) {
            return Err(Error::new(Kind::Closed, "checkpoint: the run has ended; take its result instead"));
        }
        let body = serde_json::to_vec(&self.saved())
            .map_err(|error| Error::new(Kind::Internal, format!("checkpoint: {error}")))?;
        let mut bytes = Vec::with_capacity(MAGIC.len() + 36 + body.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&self.tree.root.fingerprint());
        bytes.extend_from_slice(&0_u16.to_le_bytes());
        bytes.extend_from_slice(&body);
        Ok(bytes)
    }

    /// The run that a checkpoint holds. It waits for [`super::Input::Begin`], and then goes on.
    ///
    /// # Errors
    /// `argument` when the bytes are not a checkpoint, are damaged, or have another version; `config` when the agent's tools
    /// are not those of the checkpoint.
    pub fn restore(bytes: &[u8], spec: Arc<RunSpec>) -> Result<Self, Error> {
        let wrong =
            |why: &str| Error::argument(format!("checkpoint: {why}; expected the bytes that a run's checkpoint gave"));
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| wrong("these bytes are none"))?;
        let cut = || wrong("the bytes are cut short");
        let (version, rest) = rest.split_first_chunk::<2>().ok_or_else(cut)?;
        let version = u16::from_le_bytes(*version);
        if version != VERSION {
            return Err(wrong(&format!(
                "format version {version} is not known, this llmspell reads version {VERSION}"
            )));
        }
        let (tools, rest) = rest.split_first_chunk::<32>().ok_or_else(cut)?;
        let (length, rest) = rest.split_first_chunk::<2>().ok_or_else(cut)?;
        let body = rest.get(usize::from(u16::from_le_bytes(*length))..).ok_or_else(cut)?;
        if *tools != spec.fingerprint() {
            return Err(Error::new(
                Kind::Config,
                "checkpoint: it was made with other tools; give the agent the tools (names and schemas) that it had then",
            ));
        }
        let text = std::str::from_utf8(body).map_err(|_| wrong("the bytes are damaged"))?;
        let state: State = json::from_own(text).map_err(|why| wrong(&format!("the bytes are damaged ({why})")))?;
        if !is_whole(&state) {
            return Err(wrong("the bytes are damaged (the run's parts contradict each other)"));
        }
        let mut run = Self::from_state(spec, state);
        run.settle_in()?;
        run.is_bound().map(|()| run).map_err(|who| {
            Error::new(
                Kind::Config,
                format!(
                    "checkpoint: it waits for the {who}, which the agent does not have; give the agent the hooks and guardrails that it had then"
                ),
            )
        })
    }
}

impl Run {
    /// Whether this agent, and those at work for it, have the hooks and guardrails that are waited for.
    ///
    /// # Errors
    /// The name of one that is not there.
    fn is_bound(&self) -> Result<(), String> {
        self.still_checks()?;
        if let Phase::Tools(calls) = &self.state.phase {
            self.still_hooks(calls)?;
        }
        self.tree.children.iter().try_for_each(|child| child.run.is_bound())
    }
}

/// Whether the parts of a run agree: its history is one that a provider takes, and what it waits for is at its end.
fn is_whole(state: &State) -> bool {
    let settled = match &state.phase {
        Phase::Ended => return false,
        // Its input meets the conversation when it begins.
        Phase::Queued => match state.added.split_first() {
            Some((results, rest)) if results.role == Role::Tool => rest,
            _ => state.added.as_slice(),
        },
        Phase::Model | Phase::Summary | Phase::Asking(_) => state.added.as_slice(),
        Phase::Tools(calls) => {
            let Some((turn, before)) = state.added.split_last() else { return false };
            if calls.is_empty() || turn.role != Role::Assistant || !are_of(calls, &turn.tool_calls) {
                return false;
            }
            before
        }
    };
    children_fit(state)
        && state.kin.children.iter().all(|child| is_whole(&child.state))
        && !state.added.is_empty()
        && conversation::check(&[&state.base.messages, settled].concat()).is_ok()
}

/// Whether these are the calls that a turn asks for, in order, or those inside of them.
fn are_of(calls: &[Call], asked: &[ToolCall]) -> bool {
    let mut next = 0;
    for (of, asked) in asked.iter().enumerate() {
        let group = calls.iter().skip(next).take_while(|call| call.of == of);
        let is_own = |call: &Call| if call.inner { call.id.starts_with(&asked.id) } else { call.id == asked.id };
        let (count, alone) = (group.clone().count(), group.clone().any(|call| !call.inner));
        if count == 0 || (alone && count > 1) || !group.clone().all(is_own) {
            return false;
        }
        next += count;
    }
    next == calls.len()
}
