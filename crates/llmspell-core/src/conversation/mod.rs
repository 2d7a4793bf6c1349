//! A conversation: the messages that an agent remembers, and what they cost.

mod repair;

pub(crate) use repair::repair;

use crate::defaults;
use crate::error::Error;
use crate::json;
use crate::media;
use crate::message::{Message, Part, Role, ToolCall};
use crate::usage::Usage;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Version of the state's JSON.
pub const STATE_VERSION: u32 = 1;

/// What an agent remembers. Its JSON is the agent's state: `{version, messages, usage}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    /// Messages, oldest first, without the agent's system prompt. Shared: a run takes the conversation over and gives it back
    /// with its own messages added, and copies none.
    #[serde(default)]
    pub messages: Vec<Arc<Message>>,
    /// Sum over all runs.
    #[serde(default)]
    pub usage: Usage,
}

#[derive(Serialize)]
struct State<'a> {
    version: u32,
    #[serde(flatten)]
    conversation: &'a Conversation,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl Conversation {
    /// The conversation as versioned JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(&State { version: STATE_VERSION, conversation: self }).unwrap_or_default()
    }

    /// Reads what [`Conversation::to_json`] wrote.
    ///
    /// # Errors
    /// `argument` when the text is not a state, has another version, nests too deeply, or has tool calls or results in
    /// messages of other roles. Calls without results and results without calls are for the next run to mend.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let value = json::parse("state", text)?;
        if json::depth(&value) > defaults::JSON_DEPTH_STORED {
            return Err(json::too_deep("state", defaults::JSON_DEPTH));
        }
        let wrong = |error: serde_json::Error| {
            Error::argument(format!("state: {error}; expected what get_state gave: {{version, messages, usage}}"))
        };
        let Version { version } = serde_json::from_value(value.clone()).map_err(wrong)?;
        if version != STATE_VERSION {
            return Err(Error::argument(format!(
                "state: version {version} is not known; this llmspell reads version {STATE_VERSION}"
            )));
        }
        let mut conversation: Self = serde_json::from_value(value).map_err(wrong)?;
        if let Err(why) = check_roles(&conversation.messages) {
            return Err(Error::argument(format!("state: {why}; a provider would refuse the conversation for good")));
        }
        media::complete_messages("state", conversation.messages.iter_mut().map(Arc::make_mut))?;
        Ok(conversation)
    }
}

/// The id of a tool call that is not followed by its result, if there is one.
///
/// Results must come right after the turn that asked for them.
#[must_use]
pub fn unanswered(messages: &[Arc<Message>]) -> Option<&str> {
    let mut open: Vec<&str> = Vec::new();
    for message in messages {
        if message.role == Role::Tool {
            for part in &message.content {
                if let Part::ToolResult { tool_call_id, .. } = part
                    && let Some(at) = open.iter().position(|id| id == tool_call_id)
                {
                    open.remove(at);
                }
            }
            continue;
        }
        if let Some(id) = open.first() {
            return Some(id);
        }
        open.extend(message.tool_calls.iter().map(|call| call.id.as_str()));
    }
    open.first().copied()
}

/// Holds a history to what every provider demands: only the model calls tools, each call has its result right after the
/// turn, and each result its call.
pub(crate) fn check(messages: &[Arc<Message>]) -> Result<(), String> {
    if let Some(id) = unanswered(messages) {
        return Err(format!("the tool call {id:?} has no result"));
    }
    check_roles(messages)?;
    let mut asked: &[ToolCall] = &[];
    for message in messages {
        if message.role != Role::Tool {
            asked = &message.tool_calls;
            continue;
        }
        for part in &message.content {
            let Part::ToolResult { tool_call_id, .. } = part else { continue };
            if !asked.iter().any(|call| call.id == *tool_call_id) {
                return Err(format!("the result {tool_call_id:?} answers no tool call of the turn before it"));
            }
        }
    }
    Ok(())
}

/// Holds messages to what their roles may hold: only the model calls tools, and tools give nothing but results.
fn check_roles(messages: &[Arc<Message>]) -> Result<(), String> {
    for message in messages {
        if message.role != Role::Assistant && !message.tool_calls.is_empty() {
            return Err("only a message of role assistant can have tool calls".to_owned());
        }
        let is_result = |part: &Part| matches!(part, Part::ToolResult { .. });
        if message.role == Role::Tool && !message.content.iter().all(is_result) {
            return Err("a message of role tool holds something that is no tool result".to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_round_trips() {
        let conversation = Conversation {
            messages: vec![Message::user("hé").into()],
            usage: Usage { input_tokens: 3, ..Usage::default() },
        };
        let text = conversation.to_json();
        assert!(text.starts_with("{\"version\":1,"), "{text}");
        assert_eq!(Conversation::from_json(&text).unwrap(), conversation);
    }

    #[test]
    fn a_state_leaves_room_for_what_wraps_it() {
        let nested = |levels: usize| {
            let value = "[".repeat(levels) + &"]".repeat(levels);
            format!(r#"{{"version":1,"messages":[{{"role":"user","content":[{{"type":"x","v":{value}}}]}}]}}"#)
        };
        // Around the value: the state, its messages, the message, its content, the part.
        assert!(Conversation::from_json(&nested(defaults::JSON_DEPTH_STORED - 5)).is_ok());
        let error = Conversation::from_json(&nested(defaults::JSON_DEPTH_STORED - 4)).unwrap_err();
        assert!(error.message.starts_with("state: nested deeper than 128 levels"), "{}", error.message);
    }

    #[test]
    fn bad_states_are_refused_with_a_reason() {
        for (text, part) in [
            ("[]", "expected what get_state gave"),
            ("{\"version\":2}", "version 2 is not known"),
            ("{\"version\":1,\"messages\":5}", "expected what get_state gave"),
            (r#"{"version":1,"messages":[{"role":"tool","content":"x"}]}"#, "no tool result"),
            (
                r#"{"version":1,"messages":[{"role":"user","content":"x","tool_calls":[{"id":"c1","name":"t","arguments":""}]},{"role":"tool","content":[{"type":"tool_result","tool_call_id":"c1","name":"t","content":""}]}]}"#,
                "only a message of role assistant",
            ),
        ] {
            let message = Conversation::from_json(text).unwrap_err().message;
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}
