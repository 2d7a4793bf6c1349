//! Why an answer ended.

use crate::codec::limits::cut_short;
use crate::error::{Error, Kind};
use crate::outcome::FinishReason;

/// Reads a finish reason, in any case of its letters; `None` for one that is not known. An answer that ended for a failure is
/// an error.
///
/// Sources: <https://platform.openai.com/docs/api-reference/chat/object>, <https://api-docs.deepseek.com/api/create-chat-completion>,
/// <https://docs.mistral.ai/api/>, <https://docs.vllm.ai> (`abort`), <https://docs.z.ai> (`sensitive`, `network_error`); and the words
/// of providers behind gateways, which pass them on.
pub(super) fn read(name: &str) -> Result<Option<FinishReason>, Error> {
    let word = name.to_lowercase().replace('-', "_");
    Ok(Some(match word.as_str() {
        "stop" | "stopped" | "eos" | "eos_token" | "end_turn" | "stop_sequence" | "completed" => FinishReason::Stop,
        "length"
        | "max_tokens"
        | "max_output_tokens"
        | "max_completion_tokens"
        | "max_length"
        | "model_length"
        | "context_length"
        | "context_length_exceeded"
        | "model_context_window_exceeded" => FinishReason::Length,
        "tool_calls" | "tool_call" | "tool_use" | "function_call" | "function_calls" => FinishReason::ToolCalls,
        "content_filter" | "sensitive" | "safety" | "recitation" | "refusal" => FinishReason::ContentFilter,
        "error" | "abort" | "aborted" | "cancelled" | "network_error" | "malformed_function_call" => {
            return Err(failed(Kind::Provider, name));
        }
        "insufficient_system_resource" => return Err(failed(Kind::Overloaded, name)),
        "timeout" => return Err(failed(Kind::Timeout, name)),
        _ => return Ok(None),
    }))
}

fn failed(kind: Kind, name: &str) -> Error {
    let mut error = Error::new(
        kind,
        format!(
            "The provider ended its answer with finish_reason \"{name}\" and did not say why. The same request may succeed."
        ),
    );
    error.retryable = true;
    error
}

/// The error for an answer that holds nothing, where its finish reason says that this is no good end.
pub(super) fn empty(reason: Option<FinishReason>) -> Option<Error> {
    match reason {
        None => Some(cut_short()),
        Some(FinishReason::ContentFilter) => {
            Some(Error::new(Kind::ContentFilter, "The provider's content filter stopped the whole answer."))
        }
        Some(_) => None,
    }
}
