//! Several calls in one: a tool that OpenAI's models believe to have.

use super::arguments::lenient_json;
use crate::defaults;
use crate::message::ToolCall;
use serde_json::Value;

/// The names that it goes by, in lower case without separators.
const NAMES: [&str; 4] = ["multitooluseparallel", "multitooluse", "parallel", "paralleltooluse"];

/// The calls inside a call: `{tool_uses: [{recipient_name, parameters}]}`, with ids made from the call's own. `None` when it
/// is not such a call. The caller has made sure that the agent has no tool of this name.
pub(crate) fn unpack(call: &ToolCall) -> Option<Vec<ToolCall>> {
    let name: String = call.name.chars().filter(char::is_ascii_alphanumeric).flat_map(char::to_lowercase).collect();
    if !NAMES.contains(&name.as_str()) {
        return None;
    }
    let value = lenient_json(&call.arguments)?;
    let uses = value.get("tool_uses")?.as_array()?;
    if uses.is_empty() || uses.len() > defaults::CALLS_PER_TURN {
        return None;
    }
    let inner = |(at, one): (usize, &Value)| {
        let arguments = match one.get("parameters") {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
        };
        let name = one.get("recipient_name")?.as_str()?.to_owned();
        (name.len() <= defaults::CALL_NAME_BYTES).then(|| ToolCall {
            id: format!("{}.{}", call.id, at + 1),
            name,
            arguments,
        })
    };
    uses.iter().enumerate().map(inner).collect()
}
