//! What a chunk brings besides its text.

use super::response::Answer;
use crate::codec::lenient::Loose;
use serde_json::Value;

/// The piece of text that is all that an answer brings, if it is.
pub(super) fn only_text<'a>(answer: &'a Answer<'_>) -> Option<&'a str> {
    let [choice] = answer.choices.as_slice() else { return None };
    let delta = choice.delta.as_ref()?;
    let nothing = |value: &Option<Loose<'_>>| value.as_ref().and_then(Loose::as_str).is_none_or(str::is_empty);
    let is_first = choice.index.as_ref().and_then(Value::as_u64).unwrap_or(0) == 0;
    let alone = is_first
        && !answer.usage.given
        && !answer.x_groq.usage.given
        && !choice.usage.given
        && choice.message.is_none()
        // They are joined, so a chunk that brings some means more each time.
        && choice.logprobs.as_ref().is_none_or(Value::is_null)
        && nothing(&choice.finish_reason)
        && nothing(&delta.refusal)
        && delta.tool_calls.is_empty()
        // Some servers say in every chunk who speaks.
        && delta.other.keys().all(|name| name == "role");
    delta.content.as_ref().filter(|_| alone)?.as_str()
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
}
