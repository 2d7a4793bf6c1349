//! What a caller gives as input: texts, messages, and results of tool calls that a run has left to the caller.

use crate::defaults;
use crate::error::Error;
use crate::json;
use crate::media;
use crate::message::{Message, Part, Role};
use crate::tool_result::ToolResult;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A result as a caller gives it. Its tool's name is that of the call.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenResult {
    #[serde(rename = "type")]
    _type: String,
    tool_call_id: String,
    content: Value,
    #[serde(rename = "name")]
    _name: Option<String>,
    #[serde(default)]
    parts: Vec<Part>,
    #[serde(default)]
    is_error: bool,
}

impl Message {
    /// Reads what a caller gives as input: a string, a part, a list of parts, a message, or a list of messages.
    ///
    /// # Errors
    /// `argument`, naming what was expected, when the value is none of these, is empty, or holds a message that a caller
    /// cannot give (one of role `tool`, or with tool calls), or a picture or file that cannot be sent.
    pub fn read_input(value: Value) -> Result<Vec<Self>, Error> {
        check_depth(&value)?;
        read_messages(value)
    }

    /// Reads the input of a run, like [`Message::read_input`]. It may begin with results of tool calls that an earlier run
    /// has left open: parts `{type: "tool_result", tool_call_id, content, is_error?}`, by themselves or in messages of role
    /// `tool`. `content` is read as what a tool's handler returns, or a list of parts. They come back as one message of role
    /// `tool`, with empty names.
    ///
    /// # Errors
    /// Those of [`Message::read_input`], and `argument` for results that are none, come after something else, or answer the
    /// same call twice.
    pub fn read_run_input(value: Value) -> Result<Vec<Self>, Error> {
        check_depth(&value)?;
        let (results, rest) = take_results(value).map_err(|why| wrong(&why))?;
        let mut messages = Vec::new();
        if !results.is_empty() {
            messages.push(Self::new(Role::Tool, results));
        }
        if let Some(rest) = rest {
            messages.extend(read_messages(rest)?);
        }
        media::complete_messages("input", messages.iter_mut())?;
        Ok(messages)
    }

    fn is_empty(&self) -> bool {
        self.content.iter().all(|part| matches!(part, Part::Text { text } if text.is_empty()))
    }
}

fn wrong(why: &str) -> Error {
    Error::argument(format!(
        "input: {why}; expected a string, a message {{role, content}}, or a list of content parts or messages"
    ))
}

fn check_depth(value: &Value) -> Result<(), Error> {
    if json::depth(value) > defaults::JSON_DEPTH_MESSAGE {
        return Err(json::too_deep("input", defaults::JSON_DEPTH_MESSAGE));
    }
    Ok(())
}

fn read_messages(value: Value) -> Result<Vec<Message>, Error> {
    let is_message = |value: &Value| value.get("role").is_some();
    let wrong = |why: String| wrong(&why);
    // Those of a caller have no name, so reading them would say that one is missing.
    if holds_result(&value) {
        return Err(wrong(MADE_BY_RUNS.to_owned()));
    }
    let mut messages = match value {
        Value::String(text) => vec![Message::user(text)],
        Value::Array(items) if items.iter().any(is_message) => {
            numbered(items, "a message {role, content}").map_err(wrong)?
        }
        Value::Array(items) => vec![Message::new(Role::User, numbered(items, "a content part").map_err(wrong)?)],
        Value::Object(_) if is_message(&value) => vec![read(value, "a message {role, content}").map_err(wrong)?],
        Value::Object(_) => vec![Message::new(Role::User, vec![read(value, "a content part").map_err(wrong)?])],
        other => return Err(wrong(format!("got {}", json::type_name(&other)))),
    };
    if messages.is_empty() || messages.iter().any(Message::is_empty) {
        return Err(wrong("got an empty message".to_owned()));
    }
    let made_by_runs = |message: &Message| {
        message.role == Role::Tool
            || !message.tool_calls.is_empty()
            || message.raw.is_some()
            || message.content.iter().any(|part| matches!(part, Part::ToolResult { .. }))
    };
    if messages.iter().any(made_by_runs) {
        return Err(wrong(MADE_BY_RUNS.to_owned()));
    }
    media::complete_messages("input", messages.iter_mut())?;
    Ok(messages)
}

const MADE_BY_RUNS: &str =
    "got tool calls, tool results or `raw`, which only a run can add here; earlier turns belong in the option state";

/// Whether a tool's result is among a value's parts, or those of its messages.
fn holds_result(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(holds_result),
        Value::Object(fields) => {
            fields.get("type").is_some_and(|kind| kind == "tool_result")
                || fields.get("content").is_some_and(|content| content.is_array() && holds_result(content))
        }
        _ => false,
    }
}

/// Takes the results off the begin of an input, and gives what is left, if anything is.
fn take_results(value: Value) -> Result<(Vec<Part>, Option<Value>), String> {
    let items = match value {
        Value::Array(items) => items,
        value if results_in(&value)?.is_some() => vec![value],
        value => return Ok((Vec::new(), Some(value))),
    };
    let (mut results, mut rest): (Vec<Part>, Vec<Value>) = (Vec::new(), Vec::new());
    for (at, item) in items.into_iter().enumerate() {
        let place = |why: String| format!("item {}: {why}", at + 1);
        match results_in(&item).map_err(place)? {
            None => rest.push(item),
            Some(_) if !rest.is_empty() => {
                return Err(place(
                    "tool results come before everything else, right behind the turn that asked for them".to_owned(),
                ));
            }
            Some(given) => {
                for one in given {
                    let result = read_result(one).map_err(place)?;
                    if results.iter().any(|other| id_of(other) == id_of(&result)) {
                        return Err(place(format!(
                            "the tool call {:?} has two results",
                            id_of(&result).unwrap_or_default()
                        )));
                    }
                    results.push(result);
                }
            }
        }
    }
    let left = (!rest.is_empty() || results.is_empty()).then_some(Value::Array(rest));
    Ok((results, left))
}

/// The results that an item of an input is or holds; none for anything else.
fn results_in(item: &Value) -> Result<Option<Vec<Value>>, String> {
    let is_result = |part: &Value| part.get("type").is_some_and(|kind| kind == "tool_result");
    if item.get("role").is_none() {
        return Ok(is_result(item).then(|| vec![item.clone()]));
    }
    if item.get("role").is_some_and(|role| role != "tool") {
        return Ok(None);
    }
    let parts = match item.get("content") {
        Some(Value::Array(parts)) => parts.clone(),
        Some(part @ Value::Object(_)) => vec![part.clone()],
        _ => Vec::new(),
    };
    if parts.is_empty() || !parts.iter().all(is_result) {
        return Err(
            "a message of role tool holds parts {type: \"tool_result\", tool_call_id, content} and nothing else"
                .to_owned(),
        );
    }
    Ok(Some(parts))
}

fn read_result(value: Value) -> Result<Part, String> {
    let given: GivenResult = read(value, "a tool result")
        .map_err(|why| format!("{why} in a tool result; expected {{type, tool_call_id, content, is_error?}}"))?;
    let result = ToolResult::from_content(given.content);
    Ok(Part::ToolResult {
        tool_call_id: given.tool_call_id,
        name: String::new(),
        content: result.content,
        parts: given.parts.into_iter().chain(result.parts).collect(),
        is_error: given.is_error || result.is_error,
    })
}

fn id_of(part: &Part) -> Option<&str> {
    if let Part::ToolResult { tool_call_id, .. } = part { Some(tool_call_id) } else { None }
}

/// Reads each item of a list; what is wrong names the item by its number, from 1.
fn numbered<T: DeserializeOwned>(items: Vec<Value>, what: &str) -> Result<Vec<T>, String> {
    let item = |(at, value)| read(value, what).map_err(|why| format!("item {}: {why}", at + 1));
    items.into_iter().enumerate().map(item).collect()
}

fn read<T: DeserializeOwned>(value: Value, what: &str) -> Result<T, String> {
    if !value.is_object() && !value.is_string() {
        return Err(format!("got {} where {what} is expected", json::type_name(&value)));
    }
    let kind = json::type_name(&value);
    serde_json::from_value(value).map_err(|error| match error.to_string() {
        // In these words serde names a type of ours.
        words if words.contains("expected struct") => format!("got {kind} where {what} is expected"),
        words => words,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn results_are_read_in_all_their_forms() {
        let one = |content: Value| json!({"type": "tool_result", "tool_call_id": "a", "content": content});
        let read = |value: Value| serde_json::to_value(Message::read_run_input(value).unwrap()).unwrap();
        let expected = json!([{"role": "tool", "content": [
            {"type": "tool_result", "tool_call_id": "a", "name": "", "content": "x", "is_error": false}]}]);
        assert_eq!(read(one(json!("x"))), expected);
        assert_eq!(read(json!([one(json!("x"))])), expected);
        assert_eq!(read(json!({"role": "tool", "content": [one(json!("x"))]})), expected);
        assert_eq!(read(json!([{"role": "tool", "content": one(json!("x"))}])), expected);
        assert_eq!(read(one(json!([{"type": "text", "text": "x"}]))), expected);
        for (content, text) in
            [(json!({"n": 1}), r#"{"n":1}"#), (json!([1, 2]), "[1,2]"), (json!(null), "null"), (json!([]), "[]")]
        {
            assert_eq!(read(one(content))[0]["content"][0]["content"], text);
        }
        let two = read(json!([
            {"type": "tool_result", "tool_call_id": "a", "content": "x", "name": "t", "is_error": true},
            {"role": "tool", "content": [{"type": "tool_result", "tool_call_id": "b", "content": [{"type": "image", "data": "iVBORw0KGgo="}]}]},
            {"role": "user", "content": "and"},
        ]));
        assert_eq!(two[0]["content"][0]["is_error"], true);
        assert_eq!(two[0]["content"][1]["parts"][0]["media_type"], "image/png");
        assert_eq!(two[1]["role"], "user");
        assert_eq!(read(json!([one(json!("x")), "and"]))[1]["content"][0]["text"], "and");
    }

    #[test]
    fn what_is_no_result_is_refused_with_words() {
        let one = json!({"type": "tool_result", "tool_call_id": "a", "content": "x"});
        for (value, words) in [
            (json!([]), "got an empty message"),
            (json!([one, one]), "item 2: the tool call \"a\" has two results"),
            (json!(["first", one]), "item 2: tool results come before everything else"),
            (
                json!([{"role": "user", "content": "x"}, {"role": "tool", "content": [one]}]),
                "item 2: tool results come before",
            ),
            (json!({"role": "tool", "content": "x"}), "a message of role tool holds parts"),
            (json!({"role": "tool", "content": []}), "a message of role tool holds parts"),
            (json!({"role": "user", "content": [one]}), "which only a run can add here"),
            (
                json!([one, {"role": "assistant", "content": "", "tool_calls": [{"id": "b", "name": "t", "arguments": ""}]}]),
                "empty message",
            ),
            (json!({"type": "tool_result", "content": "x"}), "missing field `tool_call_id` in a tool result"),
            (json!({"type": "tool_result", "tool_call_id": "a"}), "missing field `content` in a tool result"),
            (json!({"type": "tool_result", "tool_call_id": "a", "output": "x"}), "unknown field `output`"),
            (json!({"type": "tool_result", "tool_call_id": 5, "content": "x"}), "invalid type: integer `5`"),
            (
                json!({"type": "tool_result", "tool_call_id": "a", "content": "", "parts": [{"type": "image", "data": "?"}]}),
                "`data`",
            ),
        ] {
            let error = Message::read_run_input(value.clone()).unwrap_err();
            assert!(
                error.message.starts_with("input: ") && error.message.contains(words),
                "{value}: {}",
                error.message
            );
        }
    }
}
