//! What a run tells its host.

use crate::error::Error;
use crate::json;
use crate::message::Part;
use crate::outcome::{FinishReason, RunResult};
use crate::request::{Request, What};
use crate::usage::Usage;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

/// One event of a run. Its JSON is `{type, run_id, seq, step, …}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// Run that it belongs to.
    pub run_id: Arc<str>,
    /// Position in the run, from 1, without gaps before the host's mask is applied.
    pub seq: u64,
    /// Step of the run, from 1; 0 before the first.
    pub step: u32,
    /// Names of the tools that lead from the agent whose run it is to the agent that speaks; none where that is the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<Arc<[String]>>,
    /// Whether it is of an agent that answers a call of a tool, in a run inside the run: its words are no part of the run's answer,
    /// unlike those of an agent that the conversation was handed to.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub nested: bool,
    /// What happened.
    #[serde(flatten)]
    pub body: EventBody,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventBody {
    /// The run began.
    RunStart {
        /// Name of the agent, where it has one.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Provider.
        provider: String,
        /// Model, as the agent names it.
        model: String,
    },
    /// A model turn began.
    StepStart,
    /// A piece of the answer.
    TextDelta {
        /// The piece.
        text: String,
    },
    /// A piece of the model's reasoning.
    ReasoningDelta {
        /// The piece.
        text: String,
    },
    /// The structured answer has grown. Such events are numbered only where the host wants them.
    ObjectDelta {
        /// All of it that is there.
        object: Value,
    },
    /// A piece of a tool call that the model is writing.
    ToolCallDelta {
        /// Id of the call.
        tool_call_id: String,
        /// Name of the tool.
        name: String,
        /// Piece of the arguments' JSON text.
        arguments_delta: String,
    },
    /// The model calls a tool.
    ToolCall {
        /// Id of the call.
        tool_call_id: String,
        /// Name of the tool.
        name: String,
        /// Arguments; the model's text where it is not JSON.
        arguments: Value,
    },
    /// A tool call has its result.
    ToolResult {
        /// Id of the call.
        tool_call_id: String,
        /// Name of the tool.
        name: String,
        /// What the model reads.
        content: String,
        /// What it sees besides: pictures and files.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        parts: Vec<Part>,
        /// Whether the call failed.
        is_error: bool,
    },
    /// The host must act and reply.
    Request(Request),
    /// The step begins again: after a failure, on another provider, or in another process.
    Retry {
        /// Whether the deltas since the step began are void.
        discard: bool,
        /// Number of the try that follows, from 2. Absent, like all below, where a checkpoint was restored.
        #[serde(skip_serializing_if = "Option::is_none")]
        attempt: Option<u32>,
        /// Time until then, in milliseconds.
        #[serde(skip_serializing_if = "Option::is_none")]
        after_ms: Option<u64>,
        /// Provider that is used from now on, where it is another.
        #[serde(skip_serializing_if = "Option::is_none")]
        provider: Option<String>,
        /// Its model.
        #[serde(skip_serializing_if = "Option::is_none")]
        model: Option<String>,
        /// What went wrong.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<Box<Error>>,
    },
    /// Something to know that does not end the run.
    Warning {
        /// What it is, as one stable word, where programs may want to tell it apart.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<WarningCode>,
        /// What it is, for people.
        message: String,
        /// Id of the tool call that it is about.
        #[serde(skip_serializing_if = "Option::is_none")]
        tool_call_id: Option<String>,
    },
    /// A model turn ended.
    StepEnd {
        /// What the turn used.
        usage: Usage,
        /// Why the model stopped.
        finish_reason: FinishReason,
    },
    /// The run ended well.
    Done {
        /// What it came to.
        result: Box<RunResult>,
    },
    /// The run failed.
    Error {
        /// Why.
        error: Box<Error>,
        /// How far it got.
        partial: Box<RunResult>,
    },
    /// The run was cancelled.
    Cancelled {
        /// How far it got.
        partial: Box<RunResult>,
    },
}

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningCode {
    /// The model called a tool by a name that is nearly one: the tool that it means was called.
    RepairedName,
    /// The model's arguments were nearly JSON, or nearly fit the schema: what they mean was used.
    RepairedArguments,
    /// The model's answer in an output schema was nearly JSON: what it means was used.
    RepairedAnswer,
    /// Several calls in one were taken apart.
    UnpackedCalls,
    /// Two calls of one turn had the same id: the later one got another.
    RenamedCall,
    /// A reply of the host could not be understood; what was done instead is in the message.
    BadReply,
}

impl EventBody {
    /// A warning that is about nothing in particular.
    pub fn warning(message: impl Into<String>) -> Self {
        Self::Warning { code: None, message: message.into(), tool_call_id: None }
    }
}

macro_rules! event_types {
    ($($name:ident = $number:literal, $text:literal;)*) => {
        /// The type of an event, with its stable number.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum EventType {
            $(
                #[doc = concat!("`", $text, "`")]
                $name = $number,
            )*
        }

        impl EventType {
            /// Every type, by number.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The type's name in every language.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }

        impl EventBody {
            /// The type of this event.
            #[must_use]
            pub const fn event_type(&self) -> EventType {
                match self { $(Self::$name { .. } => EventType::$name),* }
            }
        }
    };
}

event_types! {
    RunStart = 1, "run_start";
    StepStart = 2, "step_start";
    TextDelta = 3, "text_delta";
    ReasoningDelta = 4, "reasoning_delta";
    ObjectDelta = 5, "object_delta";
    ToolCallDelta = 6, "tool_call_delta";
    ToolCall = 7, "tool_call";
    ToolResult = 8, "tool_result";
    Request = 9, "request";
    Retry = 10, "retry";
    Warning = 11, "warning";
    StepEnd = 12, "step_end";
    Done = 16, "done";
    Error = 17, "error";
    Cancelled = 18, "cancelled";
}

impl EventBody {
    /// A step that was restored from a checkpoint begins again.
    #[must_use]
    pub const fn begin_again() -> Self {
        Self::Retry { discard: true, attempt: None, after_ms: None, provider: None, model: None, error: None }
    }
}

impl EventType {
    /// The type with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|event| event.as_str() == name)
    }

    /// Whether a run ends with an event of this type.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Error | Self::Cancelled)
    }
}

impl Event {
    /// The whole event as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The event's own text: a delta's piece, a result's content, the answer of `done`; else empty.
    #[must_use]
    pub fn text(&self) -> &str {
        match &self.body {
            EventBody::TextDelta { text } | EventBody::ReasoningDelta { text } => text,
            EventBody::ToolCallDelta { arguments_delta, .. } => arguments_delta,
            EventBody::ToolResult { content, .. } => content,
            EventBody::Done { result } => &result.text,
            EventBody::Warning { message, .. } => message,
            _ => "",
        }
    }

    /// Rough size in bytes, for limits on what may wait in a queue.
    #[must_use]
    pub fn cost(&self) -> usize {
        const BASE: usize = 128;
        BASE + match &self.body {
            EventBody::ObjectDelta { object } => json::weight(object),
            EventBody::ToolCall { arguments, .. }
            | EventBody::Request(Request {
                what: What::Tool { arguments, .. } | What::Approval { arguments, .. },
                ..
            }) => json::weight(arguments),
            EventBody::Request(Request { what: What::Http { body, .. }, .. }) => body.len(),
            EventBody::Request(Request { what: What::Hook(hook), .. }) => hook.weight(),
            EventBody::Request(Request { what: What::Guardrail(guardrail), .. }) => guardrail.weight(),
            EventBody::ToolResult { content, parts, .. } => {
                content.len() + parts.iter().map(Part::weight).sum::<usize>()
            }
            EventBody::ToolCallDelta { tool_call_id, name, arguments_delta } => {
                tool_call_id.len() + name.len() + arguments_delta.len()
            }
            EventBody::Retry { error: Some(error), .. } => error.message.len(),
            _ => self.text().len(),
        }
    }
}

/// Which types of events a host wants. Requests and the last event of a run always come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventMask(u32);

impl EventMask {
    /// All types.
    pub const ALL: Self = Self(u32::MAX);
    /// Only what always comes.
    pub const NONE: Self = Self(0);

    /// This mask and one type more.
    #[must_use]
    pub const fn with(self, event: EventType) -> Self {
        Self(self.0 | 1 << event as u8)
    }

    /// Whether an event of this type reaches the host.
    #[must_use]
    pub const fn wants(self, event: EventType) -> bool {
        event.is_final() || matches!(event, EventType::Request) || self.0 & (1 << event as u8) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_the_common_fields_and_its_own() {
        let event = Event {
            run_id: "run_1".into(),
            seq: 3,
            step: 1,
            agent: None,
            nested: false,
            body: EventBody::Request(Request {
                id: "req_1".into(),
                what: What::Tool {
                    tool_call_id: "c".into(),
                    name: "add".into(),
                    arguments: serde_json::json!({"a": 1}),
                    step: 1,
                },
            }),
        };
        let json: Value = serde_json::from_str(&event.to_json()).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "type": "request", "run_id": "run_1", "seq": 3, "step": 1, "id": "req_1", "kind": "tool",
                "payload": {"tool_call_id": "c", "name": "add", "arguments": {"a": 1}, "step": 1}
            })
        );
    }

    #[test]
    fn the_cost_counts_all_that_is_large() {
        let event = |body| Event { run_id: "r".into(), seq: 1, step: 1, agent: None, nested: false, body }.cost();
        let text = || "x".repeat(1000);
        for body in [
            EventBody::TextDelta { text: text() },
            EventBody::ToolCallDelta { tool_call_id: text(), name: String::new(), arguments_delta: String::new() },
            EventBody::ToolCallDelta { tool_call_id: String::new(), name: text(), arguments_delta: String::new() },
            EventBody::ToolCallDelta { tool_call_id: String::new(), name: String::new(), arguments_delta: text() },
            EventBody::ToolCall {
                tool_call_id: String::new(),
                name: String::new(),
                arguments: serde_json::json!({"a": [text()]}),
            },
            EventBody::ToolResult {
                tool_call_id: String::new(),
                name: String::new(),
                content: text(),
                parts: Vec::new(),
                is_error: false,
            },
        ] {
            assert!(event(body.clone()) >= 1000, "{:?}", body.event_type());
        }
    }

    #[test]
    fn requests_and_the_end_pass_every_mask() {
        assert!(EventMask::NONE.wants(EventType::Request));
        assert!(EventMask::NONE.wants(EventType::Cancelled));
        assert!(!EventMask::NONE.wants(EventType::TextDelta));
        assert!(EventMask::NONE.with(EventType::TextDelta).wants(EventType::TextDelta));
    }
}
