//! Tool calls in formats whose arguments are objects.

use crate::json;
use crate::message::ToolCall;
use serde_json::{Value, json};

/// The arguments of a call as an object.
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

/// An id for a call that came without one, or with one that was there before.
pub(crate) fn fresh_id(seed: u64, place: usize) -> String {
    format!("call_{seed:016x}_{place}")
}
