//! Chunks that bring one piece of text and nothing else: the most of a stream.

use super::response::{Answer, Delta};
use crate::codec::lenient::Loose;
use serde_json::Value;

/// The piece of text that is all that an answer brings, if it is.
pub(super) fn only_text<'a>(answer: &'a Answer<'_>) -> Option<&'a str> {
    let delta = only_delta(answer).filter(|delta| delta.tool_calls.is_empty())?;
    delta.content.as_ref()?.as_str()
}

/// The piece of a call's arguments that is all that an answer brings, if it is, and the index of the call.
pub(super) fn only_arguments<'a>(answer: &'a Answer<'_>) -> Option<(&'a str, Option<u64>)> {
    let delta = only_delta(answer).filter(|delta| is_empty(delta.content.as_ref()))?;
    let [call] = delta.tool_calls.as_slice() else { return None };
    let function = call.function.as_ref()?;
    let alone = is_empty(call.id.as_ref()) && is_empty(function.name.as_ref()) && call.other.is_empty();
    let piece = function.arguments.as_ref().filter(|_| alone)?.as_str()?;
    Some((piece, call.index.as_ref().and_then(Value::as_u64)))
}

/// The delta with content or tool calls that is all that an answer brings.
fn only_delta<'a, 'b>(answer: &'a Answer<'b>) -> Option<&'a Delta<'b>> {
    let [choice] = answer.choices.as_slice() else { return None };
    let delta = choice.delta.as_ref()?;
    let is_first = choice.index.as_ref().and_then(Value::as_u64).unwrap_or(0) == 0;
    let alone = is_first
        && !answer.usage.given
        && !answer.x_groq.usage.given
        && !choice.usage.given
        && choice.message.is_none()
        // They are joined, so a chunk that brings some means more each time.
        && choice.logprobs.as_ref().is_none_or(Value::is_null)
        && is_empty(choice.finish_reason.as_ref())
        && is_empty(delta.refusal.as_ref())
        // Some servers say in every chunk who speaks.
        && delta.other.keys().all(|name| name == "role");
    alone.then_some(delta)
}

fn is_empty(value: Option<&Loose<'_>>) -> bool {
    value.and_then(Loose::as_str).is_none_or(str::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHUNK: &str = r#"{"model":"m","choices":[{"index":0,"delta":{"content":"one"},"finish_reason":null}]}"#;

    #[test]
    fn a_chunk_that_brings_text_alone() {
        assert_eq!(only_text(&serde_json::from_str(CHUNK).unwrap()), Some("one"));
    }

    #[test]
    fn only_chunks_that_bring_text_alone_are_kept() {
        for chunk in [
            r#"{"model":"m","choices":[{"delta":{"content":"one"}},{"delta":{"content":"two"}}]}"#.to_owned(),
            CHUNK.replace(":0", ":1"),
            CHUNK.replace(r#""content""#, r#""reasoning":"r","content""#),
            CHUNK.replace("one", ""),
            CHUNK.replace("null", r#""stop""#),
            CHUNK.replace("}]}", "}],\"usage\":{\"prompt_tokens\":1}}"),
        ] {
            let answer: Answer<'_> = serde_json::from_str(&chunk).unwrap();
            assert!(only_text(&answer).is_none_or(str::is_empty), "{chunk}");
        }
    }

    #[test]
    fn a_chunk_that_brings_arguments_alone() {
        let chunk =
            r#"{"choices":[{"delta":{"tool_calls":[{"index":1,"function":{"arguments":"{"}}]},"finish_reason":null}]}"#;
        assert_eq!(only_arguments(&serde_json::from_str(chunk).unwrap()), Some(("{", Some(1))));
        for other in [
            chunk.replace(r#""index":1"#, r#""index":1,"id":"c""#),
            chunk.replace(r#""arguments""#, r#""name":"f","arguments""#),
            chunk.replace(r#"{"tool_calls""#, r#"{"content":"x","tool_calls""#),
            chunk.replace(r#"[{"index""#, r#"[{"index":0},{"index""#),
            chunk.replace("null", r#""tool_calls""#),
            CHUNK.to_owned(),
        ] {
            assert_eq!(only_arguments(&serde_json::from_str(&other).unwrap()), None, "{other}");
        }
    }
}
