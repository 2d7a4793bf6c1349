//! What a run can be started on.

use crate::agent::Agent;
use crate::options::{RunOptions, check_choice};
use crate::run::Run;
use llmspell_core::{Error, EventMask};
use llmspell_runtime::Queue;

/// What a run can be started on.
#[derive(Clone, Debug)]
pub enum Target {
    /// An agent.
    Agent(Agent),
}

impl Target {
    /// Starts a run whose events go to `queue`. The input is JSON as in `spec/schema/run_input.schema.json`.
    ///
    /// # Errors
    /// `argument` for an input that does not fit or a `tool_choice` that is no tool of the agent, `busy` where the agent does not want to wait, `auth` when the
    /// provider's key is missing, `config` for settings that cannot be used, `forked` for a queue from before a fork.
    pub fn start(&self, queue: &Queue, input_json: &str) -> Result<Run, Error> {
        self.start_with(queue, RunOptions::from_json(input_json)?)
    }

    /// Like [`Target::start`], with no events but requests and the last one, whatever the input wants.
    pub(crate) fn start_quiet(&self, queue: &Queue, options: RunOptions) -> Result<Run, Error> {
        self.start_with(queue, RunOptions { wanted: EventMask::NONE, ..options })
    }

    fn start_with(&self, queue: &Queue, options: RunOptions) -> Result<Run, Error> {
        let RunOptions { input, session, wanted } = options;
        match self {
            Self::Agent(agent) => agent.launch(queue, wanted, |spec| {
                check_choice(&input.settings, &spec)?;
                Ok(llmspell_core::run::Run::new(spec, input, crate::run::new_id()).in_session(session))
            }),
        }
    }

    /// Starts a run again from the bytes of [`Run::checkpoint`]. All its events come.
    ///
    /// # Errors
    /// `argument` for bytes that are no checkpoint, `config` when the target's tools are not the checkpoint's, and those
    /// of [`Target::start`].
    pub fn restore(&self, queue: &Queue, checkpoint: &[u8]) -> Result<Run, Error> {
        match self {
            Self::Agent(agent) => {
                agent.launch(queue, EventMask::ALL, |spec| llmspell_core::run::Run::restore(checkpoint, spec))
            }
        }
    }
}
