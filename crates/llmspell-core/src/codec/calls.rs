//! Tool calls and their results, where several formats have the same way with them.

use crate::json;
use crate::message::ToolCall;
use serde_json::{Value, json};
use std::borrow::Cow;

/// The arguments of a call as an object, for formats that have them so.
pub(crate) fn arguments(call: &ToolCall) -> Value {
    if call.arguments.trim().is_empty() {
        return json!({});
    }
    match json::from_wire(&call.arguments) {
        Ok(Value::Object(fields)) => Value::Object(fields),
        Ok(Value::Null) => json!({}),
        // What the model wrote was no object.
        _ => json!({"arguments": call.arguments}),
    }
}

/// The text of a result for a format that has no field for a failure: there the words must say it.
pub(crate) fn result_text(content: &str, is_error: bool) -> Cow<'_, str> {
    if is_error && !content.to_lowercase().contains("error") {
        Cow::Owned(format!("Error: {content}"))
    } else {
        Cow::Borrowed(content)
    }
}

/// An id for a call that came without one, or with one that was there before.
pub(crate) fn fresh_id(seed: u64, place: usize) -> String {
    format!("call_{seed:016x}_{place}")
}
