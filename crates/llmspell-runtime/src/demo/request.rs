//! Reads the parts of a Chat Completions request that the demo model looks at.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

/// A tool that the request declares.
pub(crate) struct Tool<'a> {
    pub name: &'a str,
    pub description: &'a str,
    pub schema: &'a Value,
}

/// Which tools the request lets the model call.
#[derive(Debug, PartialEq)]
pub(crate) enum Choice<'a> {
    Auto,
    None,
    Required,
    Named(&'a str),
}

/// A result that came back for a tool call of the last turn.
#[derive(Debug, PartialEq)]
pub(crate) struct ToolResult<'a> {
    pub name: &'a str,
    pub content: Cow<'a, str>,
}

/// A request body, parsed.
pub(crate) struct Request {
    body: Value,
}

impl Request {
    /// Parses the body; `Err` says what is wrong with it, as the provider's 400 would.
    pub fn parse(body: &[u8]) -> Result<Request, String> {
        // The core has bounded how deep a request nests, and its bound is beyond serde_json's own.
        let mut reader = serde_json::Deserializer::from_slice(body);
        reader.disable_recursion_limit();
        let body = Value::deserialize(&mut reader).map_err(|error| format!("The request body is not JSON: {error}"))?;
        if !body.get("model").is_some_and(Value::is_string) {
            return Err("The request names no model: `model` must be a string.".to_owned());
        }
        if body.get("messages").and_then(Value::as_array).is_none_or(Vec::is_empty) {
            return Err("The request has no messages: `messages` must be a list with at least one.".to_owned());
        }
        Ok(Request { body })
    }

    /// The whole request.
    pub fn body(&self) -> &Value {
        &self.body
    }

    pub fn model(&self) -> &str {
        text_field(&self.body, "model")
    }

    pub fn streams(&self) -> bool {
        self.body.get("stream").and_then(Value::as_bool).unwrap_or(false)
    }

    /// Whether a stream ends with a usage chunk: yes, unless `stream_options.include_usage` says no.
    pub fn wants_usage(&self) -> bool {
        self.body.pointer("/stream_options/include_usage").and_then(Value::as_bool).unwrap_or(true)
    }

    /// The most words an answer may have.
    pub fn max_tokens(&self) -> Option<usize> {
        let limit = self.body.get("max_completion_tokens").or_else(|| self.body.get("max_tokens"))?.as_u64()?;
        usize::try_from(limit).ok()
    }

    pub fn messages(&self) -> &[Value] {
        self.body.get("messages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// What the user said, oldest first.
    pub fn user_texts(&self) -> Vec<Cow<'_, str>> {
        self.messages().iter().filter(|message| text_field(message, "role") == "user").map(content_text).collect()
    }

    /// The results at the end of the conversation; empty when a user's message is the last.
    pub fn tool_results(&self) -> Vec<ToolResult<'_>> {
        let messages = self.messages();
        let tail = messages.iter().rev().take_while(|message| text_field(message, "role") == "tool").count();
        let (before, results) = messages.split_at(messages.len() - tail);
        let calls = before
            .last()
            .and_then(|turn| turn.get("tool_calls"))
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        results
            .iter()
            .map(|message| {
                let id = text_field(message, "tool_call_id");
                let name = calls
                    .iter()
                    .find(|call| text_field(call, "id") == id)
                    .and_then(|call| call.pointer("/function/name"))
                    .and_then(Value::as_str);
                ToolResult { name: name.unwrap_or("tool"), content: content_text(message) }
            })
            .collect()
    }

    pub fn tools(&self) -> Vec<Tool<'_>> {
        let declared = self.body.get("tools").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        declared
            .iter()
            .filter_map(|tool| tool.get("function"))
            .map(|function| Tool {
                name: text_field(function, "name"),
                description: text_field(function, "description"),
                schema: function.get("parameters").unwrap_or(&Value::Null),
            })
            .collect()
    }

    /// The form that the answer must have; an empty schema for JSON of any form.
    pub fn output_schema(&self) -> Option<&Value> {
        let format = self.body.get("response_format")?;
        match text_field(format, "type") {
            "json_schema" => format.pointer("/json_schema/schema"),
            "json_object" => {
                static ANY: Value = Value::Bool(true);
                Some(&ANY)
            }
            _ => None,
        }
    }

    pub fn choice(&self) -> Choice<'_> {
        match self.body.get("tool_choice") {
            Some(Value::String(text)) if text == "none" => Choice::None,
            Some(Value::String(text)) if text == "required" => Choice::Required,
            Some(choice) => {
                choice.pointer("/function/name").and_then(Value::as_str).map_or(Choice::Auto, Choice::Named)
            }
            None => Choice::Auto,
        }
    }
}

/// The text of a message: its string content, or its text parts one after another.
pub(super) fn content_text(message: &Value) -> Cow<'_, str> {
    match message.get("content") {
        Some(Value::String(text)) => text.into(),
        Some(Value::Array(parts)) => {
            parts.iter().map(|part| text_field(part, "text")).collect::<Vec<_>>().join(" ").into()
        }
        _ => "".into(),
    }
}

fn text_field<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_bad_body_says_what_is_wrong() {
        for (body, word) in [("{", "JSON"), ("{}", "model"), (r#"{"model":"m","messages":[]}"#, "messages")] {
            let error = Request::parse(body.as_bytes()).err().unwrap_or_default();
            assert!(error.contains(word), "{body}: {error}");
        }
    }

    #[test]
    fn results_carry_the_name_of_their_call() {
        let body = json!({"model": "demo", "messages": [
            {"role": "user", "content": "sum"},
            {"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "add"}}, {"id": "b", "function": {"name": "mul"}}]},
            {"role": "tool", "tool_call_id": "b", "content": "6"},
            {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "5"}]},
        ]});
        let request = Request::parse(body.to_string().as_bytes()).unwrap();
        let results = request.tool_results();
        assert_eq!(results[0], ToolResult { name: "mul", content: "6".into() });
        assert_eq!(results[1], ToolResult { name: "add", content: "5".into() });
    }
}
