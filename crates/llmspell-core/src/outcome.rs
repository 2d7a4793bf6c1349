//! The result of a run.

use crate::message::Message;
use crate::usage::Usage;
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use std::sync::Arc;

/// Why the model stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// It was done, or met a stop sequence.
    Stop,
    /// It reached the limit of output tokens.
    Length,
    /// It asks for tools.
    ToolCalls,
    /// The provider's filter stopped it.
    ContentFilter,
    /// Anything else, or not said.
    #[default]
    Other,
}

/// What a run came to, or, inside an error, how far it got. As JSON it has the text twice, as `text` and as `content`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct RunResult {
    /// The answer's text.
    pub text: String,
    /// The answer as a value, where an output schema was given.
    pub object: Option<Value>,
    /// Messages that this run added to the conversation.
    pub messages: Vec<Arc<Message>>,
    /// Every tool call of the run with its result.
    pub tool_calls: Vec<ToolCallRecord>,
    /// Sum over all steps.
    pub usage: Usage,
    /// Why the last turn stopped.
    pub finish_reason: FinishReason,
    /// Model turns that were finished.
    pub steps: u32,
    /// Figures about the run.
    pub metadata: Metadata,
}

impl Serialize for RunResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { text, object, messages, tool_calls, usage, finish_reason, steps, metadata } = self;
        let mut fields = serializer.serialize_struct("RunResult", 9)?;
        fields.serialize_field("content", text)?;
        fields.serialize_field("text", text)?;
        fields.serialize_field("object", object)?;
        fields.serialize_field("messages", messages)?;
        fields.serialize_field("tool_calls", tool_calls)?;
        fields.serialize_field("usage", usage)?;
        fields.serialize_field("finish_reason", finish_reason)?;
        fields.serialize_field("steps", steps)?;
        fields.serialize_field("metadata", metadata)?;
        fields.end()
    }
}

/// A tool call and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolCallRecord {
    /// Id of the call.
    pub id: String,
    /// Name of the tool.
    pub name: String,
    /// Arguments; the model's text where it is not JSON.
    pub arguments: Value,
    /// What the model read; nothing for a call that is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// Whether its result is the caller's to give: the tool is external, and the run has ended with its call.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
    /// Whether the call failed.
    pub is_error: bool,
    /// Kind of the failure, as errors name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_kind: Option<String>,
    /// Whether the model's name or arguments were nearly right and were repaired.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repaired: bool,
    /// What the agent used that the tool is, where it is one; the run's usage holds it, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

/// Figures about a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// All tokens, in and out.
    pub tokens_used: u64,
    /// Time from the run's begin to its end, in milliseconds.
    pub execution_time_ms: u64,
    /// Names of the tools that were called, each once, in the order of their first call.
    pub tools_used: Vec<String>,
    /// Model that answered, as the provider names it.
    pub model: String,
    /// Provider that answered.
    pub provider: String,
    /// Requests that were made again after a failure, those to fallbacks included.
    #[serde(default)]
    pub retries: u32,
    /// Cost in US dollars, where the provider reports it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// Name of the agent that answered, where it has one: after a hand-off, another than the one that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}
