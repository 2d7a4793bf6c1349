//! The JSON of answers, read leniently: a field of an unexpected type counts as absent.

use crate::outcome::FinishReason;
use crate::usage::Usage;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A chunk of a stream, or a whole plain answer.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    #[serde(default, deserialize_with = "nullable")]
    pub choices: Vec<Choice>,
    pub model: Option<Value>,
    pub usage: Option<Value>,
    pub error: Option<Value>,
    pub object: Option<Value>,
    pub x_groq: Option<Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Choice {
    pub index: Option<Value>,
    pub delta: Option<Delta>,
    /// The whole message: in a plain answer, and at the end of some servers' streams.
    pub message: Option<Delta>,
    pub finish_reason: Option<Value>,
    pub usage: Option<Value>,
    pub error: Option<Value>,
}

/// A piece of a message, or a whole one.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Delta {
    pub content: Option<Value>,
    pub refusal: Option<Value>,
    pub tool_calls: Option<Vec<ToolCall>>,
    /// Everything else: role, reasoning in its several spellings, and what we do not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ToolCall {
    pub index: Option<Value>,
    pub id: Option<Value>,
    pub function: Option<Function>,
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Function {
    pub name: Option<Value>,
    pub arguments: Option<Value>,
}

fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads a usage object.
pub(super) fn usage(value: &Value) -> Option<Usage> {
    let count = |value: Option<&Value>| value.and_then(whole);
    let object = value.as_object().filter(|object| !object.is_empty())?;
    let detail = |group: &str, name: &str| count(object.get(group).and_then(|group| group.get(name)));
    let input_tokens = count(object.get("prompt_tokens")).unwrap_or(0);
    let output_tokens = count(object.get("completion_tokens")).unwrap_or(0);
    Some(Usage {
        input_tokens,
        output_tokens,
        total_tokens: count(object.get("total_tokens")).unwrap_or_else(|| input_tokens.saturating_add(output_tokens)),
        cached_tokens: detail("prompt_tokens_details", "cached_tokens")
            .or_else(|| count(object.get("prompt_cache_hit_tokens")))
            .or_else(|| count(object.get("cached_tokens")))
            .unwrap_or(0),
        reasoning_tokens: detail("completion_tokens_details", "reasoning_tokens")
            .or_else(|| count(object.get("reasoning_tokens")))
            .unwrap_or(0),
        cost: object.get("cost").and_then(Value::as_f64),
    })
}

/// A count, which some servers write as 12.0.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded just before")]
fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_f64().filter(|count| (0.0..1e15).contains(count)).map(|count| count as u64))
}

/// Reads a finish reason.
pub(super) fn finish_reason(name: &str) -> FinishReason {
    match name {
        "stop" | "eos" | "eos_token" | "end_turn" | "stop_sequence" => FinishReason::Stop,
        "length" | "max_tokens" | "model_length" => FinishReason::Length,
        "tool_calls" | "function_call" | "tool_use" => FinishReason::ToolCalls,
        "content_filter" => FinishReason::ContentFilter,
        _ => FinishReason::Other,
    }
}
