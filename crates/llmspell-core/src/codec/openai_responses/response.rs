//! Makes a turn of a whole response.

use super::item::{BETWEEN, arguments, kind, list, str_of};
use crate::codec::Turn;
use crate::codec::ends::{self, Came};
use crate::codec::lenient::Count;
use crate::error::Error;
use crate::http::Redactor;
use crate::message::{Citation, Part, ToolCall};
use crate::outcome::FinishReason;
use crate::usage::Usage;
use serde_json::{Map, Value, json};

/// The turn that these items of output and the response around them are.
///
/// # Errors
/// `provider` where the response ended for a reason that is not known, and holds calls or nothing; `protocol` for a text that
/// is none.
pub(super) fn turn(output: Vec<Value>, response: &Map<String, Value>, redactor: &Redactor) -> Result<Turn, Error> {
    let mut content = Vec::new();
    let mut tool_calls = Vec::new();
    let mut logprobs = Vec::new();
    for item in &output {
        match kind(item) {
            "message" => {
                for part in list(item, "content") {
                    logprobs.extend_from_slice(list(part, "logprobs"));
                    add_said(part, &mut content)?;
                }
            }
            "reasoning" => {
                let text = reasoning(item);
                if !text.is_empty() {
                    content.push(Part::Reasoning { text });
                }
            }
            "function_call" => tool_calls.push(ToolCall {
                id: str_of(item, "call_id").to_owned(),
                name: str_of(item, "name").to_owned(),
                arguments: arguments(item),
            }),
            _ => content.push(other(item)),
        }
    }
    let came = match tool_calls.is_empty() {
        false => Came::Calls,
        true if content.is_empty() => Came::Nothing,
        true => Came::Content,
    };
    if came == Came::Nothing && output.is_empty() && response.get("status").is_none_or(Value::is_null) {
        ends::missing("status", came)?;
    }
    let (finish_reason, notice) = match finish_reason(response, came) {
        Ok(reason) => (reason, None),
        Err((field, word)) => (FinishReason::Other, Some(ends::unknown(field, &word, came, redactor)?)),
    };
    let usage = usage(response.get("usage"));
    let model = response.get("model").and_then(Value::as_str).filter(|name| !name.is_empty()).map(str::to_owned);
    let raw = (!output.is_empty()).then_some(Value::Array(output));
    Ok(Turn {
        content,
        tool_calls,
        raw,
        usage,
        finish_reason,
        model,
        metadata: metadata(response, logprobs),
        goes_on: false,
        notices: notice.into_iter().collect(),
    })
}

fn add_said(part: &Value, content: &mut Vec<Part>) -> Result<(), Error> {
    match kind(part) {
        "refusal" => content.push(Part::Refusal { text: str_of(part, "refusal").to_owned() }),
        "output_text" | "text" => {
            ends::check_text("output[].content[].text", part.get("text"))?;
            let text = str_of(part, "text");
            if !text.is_empty() {
                content.push(Part::Text { text: text.to_owned() });
            }
            content.extend(list(part, "annotations").iter().map(|it| Part::Citation(citation(it))));
        }
        _ => content.push(other(part)),
    }
    Ok(())
}

/// A part or an item that has no form of its own here.
fn other(value: &Value) -> Part {
    let picture = str_of(value, "result");
    if kind(value) == "image_generation_call" && !picture.is_empty() {
        let format = str_of(value, "output_format");
        return Part::Image {
            file_id: None,
            url: None,
            data: Some(picture.to_owned()),
            media_type: Some(format!("image/{}", if format.is_empty() { "png" } else { format })),
            detail: None,
        };
    }
    // A state is read again by the types of its parts: one that we know may have other fields.
    match serde_json::from_value(value.clone()) {
        Ok(part @ Part::Other(_)) => part,
        _ => Part::Other(json!({"type": "openai_item", "item": value})),
    }
}

/// Where a text comes from: an address, or a file of the provider's.
fn citation(annotation: &Value) -> Citation {
    let field = |name: &str| Some(str_of(annotation, name)).filter(|it| !it.is_empty()).map(str::to_owned);
    Citation {
        url: field("url"),
        title: field("title").or_else(|| field("filename")),
        quote: field("quote"),
        raw: annotation.clone(),
    }
}

fn reasoning(item: &Value) -> String {
    let texts = |name: &str| -> Vec<&str> {
        list(item, name).iter().map(|part| str_of(part, "text")).filter(|text| !text.is_empty()).collect()
    };
    let full = texts("content");
    (if full.is_empty() { texts("summary") } else { full }).join(BETWEEN)
}

/// Why the response ended; the field and the word where it is for a reason that is not known.
fn finish_reason(response: &Map<String, Value>, came: Came) -> Result<FinishReason, (&'static str, String)> {
    let reason = response.get("incomplete_details").map(|it| str_of(it, "reason")).unwrap_or_default();
    match (response.get("status").and_then(Value::as_str), reason) {
        (_, "max_output_tokens") => Ok(FinishReason::Length),
        (_, "content_filter") => Ok(FinishReason::ContentFilter),
        (None | Some("completed" | ""), _) if came == Came::Calls => Ok(FinishReason::ToolCalls),
        (None | Some("completed" | ""), _) => Ok(FinishReason::Stop),
        (Some(status), "") => Err(("status", status.to_owned())),
        (Some(_), reason) => Err(("incomplete_details.reason", reason.to_owned())),
    }
}

fn usage(usage: Option<&Value>) -> Usage {
    let Some(usage) = usage.filter(|usage| usage.is_object()) else { return Usage::default() };
    let count = |at: &str| -> Option<u64> {
        let Count(count) = serde_json::from_value(usage.pointer(at)?.clone()).unwrap_or_default();
        count
    };
    let input_tokens = count("/input_tokens").unwrap_or(0);
    let output_tokens = count("/output_tokens").unwrap_or(0);
    Usage {
        input_tokens,
        output_tokens,
        total_tokens: count("/total_tokens").unwrap_or_else(|| input_tokens.saturating_add(output_tokens)),
        cached_tokens: count("/input_tokens_details/cached_tokens").unwrap_or(0),
        cache_write_tokens: count("/input_tokens_details/cache_write_tokens").unwrap_or(0),
        reasoning_tokens: count("/output_tokens_details/reasoning_tokens").unwrap_or(0),
        input_audio_tokens: count("/input_tokens_details/audio_tokens").unwrap_or(0),
        output_audio_tokens: count("/output_tokens_details/audio_tokens").unwrap_or(0),
        cost: usage.get("cost").and_then(Value::as_f64),
    }
}

/// Fields of a response that repeat the request, or that a turn says otherwise.
const SAID: [&str; 32] = [
    "background",
    "completed_at",
    "created_at",
    "error",
    "frequency_penalty",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "model",
    "object",
    "output",
    "output_text",
    "parallel_tool_calls",
    "presence_penalty",
    "previous_response_id",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning",
    "safety_identifier",
    "status",
    "store",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "usage",
    "user",
];

/// What the response says besides: its id, the tier that served it, and what we do not know.
fn metadata(response: &Map<String, Value>, logprobs: Vec<Value>) -> Map<String, Value> {
    let says = |value: &Value| !value.is_null() && *value != json!({}) && *value != json!([]);
    let mut metadata: Map<String, Value> = response
        .iter()
        .filter(|(name, value)| !SAID.contains(&name.as_str()) && says(value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if !logprobs.is_empty() {
        metadata.insert("logprobs".to_owned(), Value::Array(logprobs));
    }
    metadata
}
