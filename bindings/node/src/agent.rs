//! Agents.

use crate::failure::OrThrow;
use napi_derive::napi;

/// An agent.
#[napi]
pub struct Agent {
    pub(crate) inner: llmspell::Agent,
}

#[napi]
impl Agent {
    /// Makes an agent from JSON options.
    #[napi(constructor, catch_unwind)]
    pub fn new(options_json: String) -> napi::Result<Self> {
        Ok(Self { inner: llmspell::Agent::new(&options_json).or_throw()? })
    }

    /// Adds a tool from its JSON declaration.
    #[napi(catch_unwind)]
    pub fn add_tool(&self, tool_json: String) -> napi::Result<()> {
        self.inner.add_tool(&tool_json).or_throw()
    }

    /// Puts another agent behind a tool of this one.
    #[napi(catch_unwind)]
    pub fn add_agent(&self, other: &Agent, tool_json: String) -> napi::Result<()> {
        self.inner.add_agent(&other.inner, &tool_json).or_throw()
    }

    /// Holds options of runs to what they must be.
    #[napi(catch_unwind)]
    pub fn check_run(&self, options_json: String) -> napi::Result<()> {
        self.inner.check_run(&options_json).or_throw()
    }

    /// The conversation, or that of a session, as JSON.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn state(&self, session: Option<String>) -> String {
        match session {
            Some(session) => self.inner.session_state(&session),
            None => self.inner.state(),
        }
    }

    /// Forgets the conversation, or that of a session.
    #[napi(catch_unwind)]
    pub fn reset(&self, session: Option<String>) -> napi::Result<()> {
        match session {
            Some(session) => self.inner.reset_session(&session),
            None => self.inner.reset(),
        }
        .or_throw()
    }

    /// A new agent with the same configuration and a copy of the conversation.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn fork(&self) -> Self {
        Self { inner: self.inner.fork() }
    }

    /// Name, provider, model and names of the tools as JSON.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn info(&self) -> String {
        self.inner.info()
    }

    /// What was played of the script or cassette, as JSON.
    #[napi(catch_unwind)]
    pub fn played(&self) -> napi::Result<String> {
        self.inner.played().or_throw()
    }

    /// Has this agent go on with the script or cassette of another.
    #[napi(catch_unwind)]
    pub fn play_with(&self, other: &Agent) -> napi::Result<()> {
        self.inner.play_with(&other.inner).or_throw()
    }
}
