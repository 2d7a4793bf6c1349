//! Why an answer ended.

use crate::codec::limits::cut_short;
use crate::error::{Error, Kind};
use crate::outcome::FinishReason;

/// Reads a finish reason. An answer that ended for a failure is an error; one that ended for a reason that is not known is
/// `other`, because small servers make their own words for a good end.
///
/// Sources: <https://platform.openai.com/docs/api-reference/chat/object>, <https://api-docs.deepseek.com/api/create-chat-completion>,
/// <https://docs.mistral.ai/api/>, <https://docs.vllm.ai> (`abort`), <https://docs.z.ai> (`sensitive`, `network_error`).
pub(super) fn read(name: &str) -> Result<FinishReason, Error> {
    Ok(match name {
        "stop" | "eos" | "eos_token" | "end_turn" | "stop_sequence" => FinishReason::Stop,
        "length" | "max_tokens" | "model_length" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_calls" | "function_call" | "tool_use" => FinishReason::ToolCalls,
        "content_filter" | "sensitive" | "safety" | "recitation" => FinishReason::ContentFilter,
        "error" | "abort" | "aborted" | "cancelled" | "network_error" | "malformed_function_call" => {
            return Err(failed(Kind::Provider, name));
        }
        "insufficient_system_resource" => return Err(failed(Kind::Overloaded, name)),
        "timeout" => return Err(failed(Kind::Timeout, name)),
        _ => FinishReason::Other,
    })
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
        Some(FinishReason::Other) => {
            let mut error = Error::new(
                Kind::Provider,
                "The provider ended an empty answer for a reason that llmspell does not know. The same request may succeed.",
            );
            error.retryable = true;
            Some(error)
        }
        Some(_) => None,
    }
}
