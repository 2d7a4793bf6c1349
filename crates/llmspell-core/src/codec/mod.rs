//! Codecs: a provider's wire format as pure functions.

pub mod anthropic;
pub(crate) mod body;
pub(crate) mod calls;
pub(crate) mod encoded;
pub(crate) mod ends;
pub(crate) mod envelope;
pub(crate) mod failure;
pub mod gemini;
pub(crate) mod intake;
pub(crate) mod lenient;
pub(crate) mod limits;
pub mod ollama;
pub(crate) mod open_object;
pub mod openai_chat;
pub mod openai_compatible;
pub mod openai_responses;
pub(crate) mod openai_schema;
pub mod openrouter;
pub(crate) mod own_words;
#[cfg(test)]
pub(crate) mod testing;
pub mod tool_schema;
mod window;

use crate::error::Error;
use crate::event::WarningCode;
use crate::http::{Redactor, Secret};
use crate::message::{Message, Part, ToolCall};
use crate::outcome::FinishReason;
use crate::run::{Endpoint, Settings};
use crate::tool::ToolSet;
use crate::usage::Usage;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// A provider's wire format. To add one, write an implementation and name it where providers are resolved.
pub trait Codec: fmt::Debug + Send + Sync {
    /// The request for the next turn.
    ///
    /// # Errors
    /// `argument` when the conversation holds something that this wire format cannot say.
    fn encode(&self, turn: &TurnRequest<'_>) -> Result<Encoded, Error>;

    /// A decoder for the answer. `seed` makes the ids of tool calls that come without one; `redactor` cleans what errors
    /// quote.
    fn decoder(&self, seed: u64, redactor: Redactor) -> Box<dyn Decoder>;

    /// The error that an answer with a failure status stands for, cleaned by `redactor`.
    fn failure(&self, status: u16, headers: &[(String, String)], body: &[u8], redactor: &Redactor) -> Error;

    /// How this model is best held to a schema for its answer.
    fn output_mode(&self, _model: &str) -> OutputMode {
        OutputMode::Native
    }

    /// The same when the model also has tools to call, which some formats do not combine with a form for the answer.
    fn output_mode_with_tools(&self, model: &str) -> OutputMode {
        self.output_mode(model)
    }

    /// The same for one schema, which a format may not be able to say as it means.
    fn output_mode_for(&self, model: &str, _schema: &Value, has_tools: bool) -> OutputMode {
        if has_tools { self.output_mode_with_tools(model) } else { self.output_mode(model) }
    }
}

/// Every codec, by the name of its folder.
static CODECS: &[(&str, &dyn Codec)] = &[
    ("anthropic", &anthropic::Anthropic),
    ("gemini", &gemini::Gemini),
    ("ollama", &ollama::Ollama),
    ("openai_chat", &openai_chat::OpenAiChat),
    ("openai_responses", &openai_responses::OpenAiResponses),
    ("openrouter", &openrouter::OpenRouter),
];

/// The codec with this name, such as `openai_chat`.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static dyn Codec> {
    CODECS.iter().find(|(known, _)| *known == name).map(|(_, codec)| *codec)
}

/// How a model is held to a schema for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputMode {
    /// The wire format has a field for it: [`TurnRequest::output`].
    Native,
    /// The model must call a tool whose arguments are the answer.
    Tool,
    /// The instructions say it.
    Prompt,
}

/// The form that an answer must have.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputFormat {
    /// Name, fit for every wire format.
    pub name: String,
    /// JSON Schema, as the user gave it; a codec narrows it to what its provider takes.
    pub schema: Value,
}

impl OutputFormat {
    /// Whether any object will do, which several formats have a mode of their own for.
    #[must_use]
    pub fn is_any_object(&self) -> bool {
        open_object::is_any(&self.schema)
    }
}

/// Decodes one answer, streamed or plain, from bytes that may be split anywhere.
pub trait Decoder: fmt::Debug + Send {
    /// Takes the next bytes; adds one delta per piece that the provider sent.
    ///
    /// # Errors
    /// The provider's own error inside the answer, or `protocol` when the answer is not this wire format.
    fn push(&mut self, bytes: &[u8], deltas: &mut Vec<Delta>) -> Result<(), Error>;

    /// How far the answer has come.
    fn progress(&self) -> Progress;

    /// Takes the end of the body and gives the turn.
    ///
    /// # Errors
    /// Like [`Decoder::push`]; `network` when the answer ended before it was complete.
    fn finish(&mut self, deltas: &mut Vec<Delta>) -> Result<Turn, Error>;
}

/// How far an answer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// More must come.
    Partial,
    /// The model is done; figures or the end may follow. [`Decoder::finish`] gives the turn.
    Finished,
    /// The answer says that it is complete; bytes that still come do not matter.
    Complete,
}

/// What a codec needs for a request.
#[derive(Debug)]
pub struct TurnRequest<'a> {
    /// Where the model is.
    pub endpoint: &'a Endpoint,
    /// Model, as the provider names it.
    pub model: &'a str,
    /// Instructions that come before the conversation.
    pub system_prompt: Option<&'a str>,
    /// Tools that the model may call.
    pub tools: &'a ToolSet,
    /// The run's settings over the agent's, as they hold for this step.
    pub settings: &'a Settings,
    /// Fields that are added to the provider's request as they are.
    pub provider_options: &'a Map<String, Value>,
    /// The conversation, oldest first, without the system prompt.
    pub messages: &'a [&'a Message],
    /// The form that the answer must have, where the codec says that its format is [`OutputMode::Native`] for the model.
    pub output: Option<&'a OutputFormat>,
}

/// A request on the wire.
#[derive(Debug)]
pub struct Encoded {
    /// Address.
    pub url: String,
    /// Headers that the wire format needs.
    pub headers: Vec<(String, Secret)>,
    /// Body.
    pub body: Vec<u8>,
    /// What of the conversation or the settings this wire format cannot say, and what was sent instead; for `warning` events.
    pub warnings: Vec<String>,
}

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delta {
    /// Of its text.
    Text(String),
    /// Of its reasoning.
    Reasoning(String),
    /// Of a tool call.
    ToolCall {
        /// Id of the call.
        id: String,
        /// Name on the wire.
        name: String,
        /// Piece of the arguments.
        arguments: String,
    },
}

impl Delta {
    /// Bytes that the model wrote.
    pub(crate) const fn weight(&self) -> u64 {
        let text = match self {
            Self::Text(text) | Self::Reasoning(text) | Self::ToolCall { arguments: text, .. } => text,
        };
        text.len() as u64
    }
}

/// A complete answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// Content, in order.
    pub content: Vec<Part>,
    /// Tool calls, with names as on the wire.
    pub tool_calls: Vec<ToolCall>,
    /// The turn as the provider sent it, for echoing.
    pub raw: Option<Value>,
    /// What it used.
    pub usage: Usage,
    /// Why the model stopped.
    pub finish_reason: FinishReason,
    /// Model that answered.
    pub model: Option<String>,
    /// What the provider said about the turn besides its content (log probabilities, grounding, what we do not know), by the
    /// provider's own names.
    pub metadata: Map<String, Value>,
    /// The provider paused the turn: it goes on when the turn is sent back.
    pub goes_on: bool,
    /// What the host should know of the turn.
    pub notices: Vec<Notice>,
}

/// Something about a turn that becomes a `warning` event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is about; none where it is about nothing in particular.
    pub code: Option<WarningCode>,
    /// What it says.
    pub message: String,
    /// The call that it is about.
    pub tool_call_id: Option<String>,
}
