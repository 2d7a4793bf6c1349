//! What a run asks of its host, and the host's answer.

use crate::error::{Error, Kind};
use crate::http::Secret;
use crate::json;
use crate::message::{Message, Part};
use crate::outcome::FinishReason;
use crate::usage::Usage;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// A question to the host. Exactly one [`Reply`] answers it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Id within the run; the reply carries the same.
    pub id: String,
    /// What is asked, with what the host needs for it.
    #[serde(flatten)]
    pub what: What,
}

/// The kinds of requests with their payloads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "payload", rename_all = "snake_case")]
pub enum What {
    /// Call a tool whose handler lives in the host.
    Tool {
        /// Id of the model's tool call.
        tool_call_id: String,
        /// Name of the tool.
        name: String,
        /// Arguments; they fit the tool's schema.
        arguments: Value,
        /// Step of the run, from 1.
        step: u32,
    },
    /// Decide whether a tool may be called. The answer is [`crate::run::Decision`] as JSON, or true or false.
    Approval {
        /// Id of the model's tool call.
        tool_call_id: String,
        /// Name of the tool.
        name: String,
        /// Arguments; they fit the tool's schema.
        arguments: Value,
        /// Step of the run, from 1.
        step: u32,
    },
    /// Look at a point of the run, and perhaps change how it goes on.
    Hook(Hook),
    /// Judge the input or the answer.
    Guardrail(Guardrail),
    /// Make an HTTP request and answer with what came back. The headers hold the provider's key: they are for the wire
    /// alone, never for a log.
    Http {
        /// Method.
        method: String,
        /// Address.
        url: String,
        /// Headers by name.
        #[serde(with = "revealed")]
        headers: Vec<(String, Secret)>,
        /// Body.
        body: String,
    },
}

/// A point of a run that a host looks at. It answers null to let the run go on, or an object with what shall be otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "point", rename_all = "snake_case")]
pub enum Hook {
    /// Before older messages become a summary, which a model writes unless the host gives it. Answer: `{summary?, messages?,
    /// stop?}`.
    Compact {
        /// Step of the run, from 1.
        step: u32,
        /// The messages that go.
        messages: Vec<Arc<Message>>,
    },
    /// Before each turn of the model. Answer: `{system_prompt?, settings?, messages?, answer?, stop?}`.
    BeforeModel {
        /// Step of the run, from 1.
        step: u32,
        /// The agent's instructions, where it has some.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        system_prompt: Option<String>,
        /// The conversation as the model will see it, without what the agent's limits leave out.
        messages: Vec<Arc<Message>>,
    },
    /// After each turn of the model. Answer: `{text?, answer?, stop?}`.
    AfterModel {
        /// Step of the run, from 1.
        step: u32,
        /// Text of the turn.
        text: String,
        /// The turn, without the provider's own form.
        message: Box<Message>,
        /// What it used.
        usage: Usage,
        /// Why the model stopped.
        finish_reason: FinishReason,
    },
    /// Before a tool is called. Answer: `{arguments?, result?, deny?, stop?}`.
    BeforeTool {
        /// Step of the run, from 1.
        step: u32,
        /// Id of the model's tool call.
        tool_call_id: String,
        /// Name of the tool.
        name: String,
        /// Arguments; they fit the tool's schema.
        arguments: Value,
    },
    /// After a tool was called, before its result is cut to size. Answer: `{result?, is_error?, stop?}`.
    AfterTool {
        /// Step of the run, from 1.
        step: u32,
        /// Id of the model's tool call.
        tool_call_id: String,
        /// Name of the tool.
        name: String,
        /// Arguments that it was called with.
        arguments: Value,
        /// The result's text.
        content: String,
        /// Pictures and files of the result.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        parts: Vec<Part>,
        /// Whether the call failed.
        is_error: bool,
    },
}

/// A judgement that is asked for. The answer is null or true to pass, false to stop, or an object:
/// `{input?, answer?, stop?}` for the input, `{text?, retry?, stop?}` for an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guardrail {
    /// Name of the guardrail.
    pub name: String,
    /// What it judges.
    pub on: GuardrailOn,
    /// Step of the run: 0 for the input.
    pub step: u32,
    /// Text of the input, or of the answer.
    pub text: String,
    /// The run's input, for one that judges it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Arc<Message>>,
}

/// What a guardrail judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuardrailOn {
    /// The run's input, before the model sees it.
    Input,
    /// The final answer, before the run is done.
    Output,
}

fn weight_of(messages: &[Arc<Message>]) -> usize {
    messages.iter().map(|message| message.weight()).sum()
}

impl Hook {
    /// Rough size in bytes.
    #[must_use]
    pub fn weight(&self) -> usize {
        match self {
            Self::BeforeModel { messages, .. } | Self::Compact { messages, .. } => weight_of(messages),
            Self::AfterModel { message, text, .. } => message.weight() + text.len(),
            Self::BeforeTool { arguments, .. } => json::weight(arguments),
            Self::AfterTool { arguments, content, parts, .. } => {
                json::weight(arguments) + content.len() + parts.iter().map(Part::weight).sum::<usize>()
            }
        }
    }
}

impl Guardrail {
    /// Rough size in bytes.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.text.len() + weight_of(&self.messages)
    }
}

impl What {
    /// The kind's name in every language.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Tool { .. } => "tool",
            Self::Approval { .. } => "approval",
            Self::Hook(_) => "hook",
            Self::Guardrail(_) => "guardrail",
            Self::Http { .. } => "http",
        }
    }
}

/// Headers as an object of texts, for the one reader that has to send them.
mod revealed {
    use crate::http::Secret;
    use serde::de::Deserialize;
    use serde::{Deserializer, Serializer};
    use serde_json::{Map, Value};

    pub(super) fn serialize<S: Serializer>(headers: &[(String, Secret)], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(headers.iter().map(|(name, value)| (name, value.reveal())))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, Secret)>, D::Error> {
        let headers = Map::<String, Value>::deserialize(deserializer)?;
        Ok(headers.into_iter().map(|(name, value)| (name, Secret::new(value.as_str().unwrap_or_default()))).collect())
    }
}

/// The host's answer to a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// Id of the request.
    pub id: String,
    /// The value, or why there is none.
    pub outcome: Result<Value, Failure>,
}

/// Why a host could not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// For the model, and for people.
    pub message: String,
    /// Kind of the failure, `tool` unless the host says otherwise.
    pub kind: Kind,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireReply {
    id: String,
    // Present but null is a value: a handler may answer null.
    #[serde(default, deserialize_with = "present")]
    ok: Option<Value>,
    error: Option<WireFailure>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireFailure {
    message: String,
    kind: Option<String>,
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Reply {
    /// Reads `{id, ok}` or `{id, error: {message, kind?}}`.
    ///
    /// # Errors
    /// `argument` when the text is neither, or names an error kind that does not exist.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let value = json::parse("reply", text)?;
        let wrong = |why: String| {
            Error::argument(format!("reply: {why}; expected {{id, ok}} or {{id, error: {{message, kind?}}}}"))
        };
        if let Some(error) = value.get("error").filter(|error| !error.is_object()) {
            return Err(wrong(format!("`error` is {} instead of {{message, kind?}}", json::type_name(error))));
        }
        let wire: WireReply = serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
        let outcome = match (wire.ok, wire.error) {
            (Some(value), None) => Ok(value),
            (None, Some(failure)) => {
                let kind = match failure.kind {
                    None => Kind::Tool,
                    Some(name) => {
                        Kind::from_name(&name).ok_or_else(|| wrong(format!("{name:?} is not a kind of error")))?
                    }
                };
                Err(Failure { message: failure.message, kind })
            }
            (Some(_), Some(_)) => return Err(wrong("got both `ok` and `error`".to_owned())),
            (None, None) => return Err(wrong("got neither `ok` nor `error`".to_owned())),
        };
        Ok(Self { id: wire.id, outcome })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_a_value() {
        let reply = Reply::from_json(r#"{"id":"req_1","ok":null}"#).unwrap();
        assert_eq!(reply.outcome, Ok(Value::Null));
    }

    #[test]
    fn failures_have_a_kind() {
        let reply = Reply::from_json(r#"{"id":"req_1","error":{"message":"no","kind":"busy"}}"#).unwrap();
        assert_eq!(reply.outcome, Err(Failure { message: "no".into(), kind: Kind::Busy }));
        for text in [
            "{}",
            r#"{"id":"r"}"#,
            r#"{"id":"r","ok":1,"error":{"message":""}}"#,
            r#"{"id":"r","error":{"message":"","kind":"nonsense"}}"#,
            r#"{"id":"r","ok":1,"more":1}"#,
            r#"{"id":"r","error":"x"}"#,
        ] {
            let error = Reply::from_json(text).unwrap_err();
            assert_eq!(error.kind, Kind::Argument, "{text}");
            assert!(!error.message.contains("struct WireFailure"), "{text}: {}", error.message);
        }
    }
}
