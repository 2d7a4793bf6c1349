//! A turn as its provider sent it ([`super::Turn::raw`]) with other words.

use serde_json::{Value, json};

/// The turn with this text in place of its own, and everything else as it came: a provider that signs its thinking takes
/// a tool call back only with the thinking before it. `None` where the words cannot be told from the rest.
///
/// It knows the forms of turns by their shape: a list of items (Responses), `parts` (Gemini), `content` as a list of
/// blocks (Anthropic) or as a text (Chat, Ollama).
pub(crate) fn with_text(raw: &Value, text: &str) -> Option<Value> {
    if let Some(items) = raw.as_array() {
        let said = json!({"type": "message", "role": "assistant", "content": text});
        return Some(Value::Array(replaced(
            items,
            |item| is(item, "message"),
            |item| is(item, "function_call"),
            said,
            text,
        )));
    }
    let mut raw = raw.clone();
    let fields = raw.as_object_mut()?;
    if let Some(parts) = fields.get("parts").and_then(Value::as_array) {
        let is_said = |part: &Value| {
            // An empty text may be there for its signature alone.
            part.get("text").and_then(Value::as_str).is_some_and(|text| !text.is_empty())
                && part.get("thought") != Some(&json!(true))
        };
        let is_call = |part: &Value| part.get("functionCall").is_some();
        let parts = replaced(parts, is_said, is_call, json!({"text": text}), text);
        fields.insert("parts".to_owned(), Value::Array(parts));
        return Some(raw);
    }
    // What was spoken says the words once more.
    if fields.get("audio").is_some_and(|audio| !audio.is_null()) {
        return None;
    }
    let content = match fields.get("content") {
        Some(Value::Array(blocks)) => {
            let is_said = |block: &Value| is(block, "text") || is(block, "refusal");
            let said = json!({"type": "text", "text": text});
            Value::Array(replaced(blocks, is_said, |block| is(block, "tool_use"), said, text))
        }
        Some(Value::String(_) | Value::Null) | None => json!(text),
        Some(_) => return None,
    };
    fields.insert("content".to_owned(), content);
    fields.remove("refusal");
    Some(raw)
}

fn is(block: &Value, kind: &str) -> bool {
    block.get("type").and_then(Value::as_str) == Some(kind)
}

/// The list with `said` where its first words were, or before its first call; without it where the text is empty.
fn replaced(
    list: &[Value],
    is_said: impl Fn(&Value) -> bool,
    is_call: impl Fn(&Value) -> bool,
    said: Value,
    text: &str,
) -> Vec<Value> {
    let at = list.iter().position(&is_said).or_else(|| list.iter().position(is_call)).unwrap_or(list.len());
    let (before, after) = list.split_at(at);
    let said = (!text.is_empty()).then_some(said);
    before.iter().cloned().chain(said).chain(after.iter().filter(|block| !is_said(block)).cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_stays_around_other_words() {
        let think = json!({"type": "thinking", "thinking": "hm", "signature": "sig"});
        let call = json!({"type": "tool_use", "id": "t1", "name": "add", "input": {}});
        let turn = |blocks: Vec<Value>| json!({"role": "assistant", "content": blocks});
        let words = |text: &str| json!({"type": "text", "text": text});
        let raw = turn(vec![think.clone(), words("old"), call.clone(), words("older")]);
        assert_eq!(with_text(&raw, "new"), Some(turn(vec![think.clone(), words("new"), call.clone()])));
        assert_eq!(with_text(&raw, ""), Some(turn(vec![think.clone(), call.clone()])));
        let silent = turn(vec![think.clone(), call.clone()]);
        assert_eq!(with_text(&silent, "new"), Some(turn(vec![think, words("new"), call])));

        let thought = json!({"text": "hm", "thought": true});
        let made = json!({"functionCall": {"name": "add"}, "thoughtSignature": "s"});
        let turn = |parts: Vec<Value>| json!({"role": "model", "parts": parts});
        assert_eq!(
            with_text(&turn(vec![thought.clone(), json!({"text": "old"}), made.clone()]), "new"),
            Some(turn(vec![thought, json!({"text": "new"}), made]))
        );

        let reasoning = json!({"type": "reasoning", "id": "rs_1", "encrypted_content": "x"});
        let call = json!({"type": "function_call", "call_id": "c1", "name": "add", "arguments": "{}"});
        let old = json!({"type": "message", "id": "msg_1", "role": "assistant", "content": [{"type": "output_text", "text": "old"}]});
        let new = json!({"type": "message", "role": "assistant", "content": "new"});
        assert_eq!(with_text(&json!([reasoning, old, call]), "new"), Some(json!([reasoning, new, call])));

        let chat =
            json!({"role": "assistant", "content": null, "refusal": "no", "reasoning_details": [1], "tool_calls": []});
        assert_eq!(
            with_text(&chat, "new"),
            Some(json!({"role": "assistant", "content": "new", "reasoning_details": [1], "tool_calls": []}))
        );
        assert_eq!(with_text(&json!({"role": "assistant", "audio": {"id": "a"}, "content": null}), "new"), None);
        assert_eq!(with_text(&json!("text"), "new"), None);
    }
}
