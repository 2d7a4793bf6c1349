//! A conversation from the option `state`, with errors that name the place.

use super::shape::STATE;
use super::words::given;
use llmspell_core::conversation::STATE_VERSION;
use llmspell_core::{Conversation, Error, Message};
use serde_json::Value;

/// Reads JSON as in `spec/schema/state.schema.json`; messages and usage may be absent.
///
/// # Errors
/// `argument`, naming the place.
pub(super) fn read_state(mut state: Value) -> Result<Conversation, Error> {
    STATE.settle(&mut state, "state")?;
    Conversation::from_json(&state.to_string()).map_err(|error| fault(&state).map_or(error, Error::argument))
}

/// What is wrong, where more can be said than the reader of the whole does.
fn fault(state: &Value) -> Option<String> {
    let expected = |place: &str, what: &str, value: &Value| {
        Some(format!("state.{place}: expected {what}, got {}", given(value, false)))
    };
    match state.get("version") {
        None => return Some(format!("state.version: missing; expected {STATE_VERSION}, as in what get_state gave")),
        Some(version) if !version.is_u64() => return expected("version", &STATE_VERSION.to_string(), version),
        Some(version) if version != STATE_VERSION => return None,
        Some(_) => {}
    }
    if let Some(usage) = state.get("usage").filter(|usage| !usage.is_object()) {
        return expected("usage", "an object", usage);
    }
    let messages = state.get("messages")?;
    let Some(messages) = messages.as_array() else { return expected("messages", "an array of messages", messages) };
    messages.iter().enumerate().find_map(|(at, message)| {
        let place = format!("messages[{at}]");
        if !message.is_object() {
            return expected(&place, "a message {role, content}", message);
        }
        let wrong = serde_json::from_value::<Message>(message.clone()).err()?;
        Some(format!("state.{place}: {wrong}; expected a message {{role, content}}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_name_their_place_and_no_type_of_ours() {
        for (text, words) in [
            ("{}", "state.version: missing; expected 1"),
            (r#"{"version":"1"}"#, "state.version: expected 1, got \"1\""),
            (r#"{"version":-1}"#, "state.version: expected 1, got -1"),
            (r#"{"version":9}"#, "state: version 9 is not known"),
            (r#"{"version":1,"usage":5}"#, "state.usage: expected an object, got 5"),
            (r#"{"version":1,"messages":5}"#, "state.messages: expected an array of messages, got 5"),
            (r#"{"version":1,"messages":[5]}"#, "state.messages[0]: expected a message {role, content}, got 5"),
            (
                r#"{"version":1,"messages":[{"role":"user","content":"x"},{"role":"robot","content":"x"}]}"#,
                "state.messages[1]: unknown variant `robot`",
            ),
            (
                r#"{"version":1,"messages":[{"role":"user","content":[{"type":"text"}]}]}"#,
                "state.messages[0]: missing field `text`",
            ),
            (
                r#"{"version":1,"messages":[{"role":"user","content":"","tool_calls":[{"id":"c1","name":"t","arguments":""}]}]}"#,
                "state: only a message of role assistant can have tool calls",
            ),
        ] {
            let message = read_state(serde_json::from_str(text).unwrap()).unwrap_err().message;
            assert!(message.starts_with(words), "{text}: {message}");
            assert!(!message.contains("struct") && !message.contains("u32"), "{message}");
        }
    }
}
