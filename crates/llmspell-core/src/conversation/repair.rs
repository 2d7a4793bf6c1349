//! Mends histories that no provider would take: tool calls without results, results without calls or in the wrong place.

use crate::message::{Message, Part, Role, ToolCall};
use std::sync::Arc;

/// What a call gets whose result was lost.
const LOST: &str = "No result was recorded for this tool call.";

/// A result and where it stood.
struct Found {
    at: usize,
    part: Part,
    used: bool,
}

/// Puts every result behind its call, gives a result to calls that have none, and leaves out results without a call.
/// Gives what was done, a sentence each; a history that is whole stays as it is.
pub(crate) fn repair(messages: &mut Vec<Arc<Message>>) -> Vec<String> {
    if super::check(messages).is_ok() {
        return Vec::new();
    }
    let mut results = results_of(messages);
    let (mut invented, mut moved) = (Vec::new(), Vec::new());
    let mut mended: Vec<Arc<Message>> = Vec::with_capacity(messages.len());
    for (at, message) in messages.iter().enumerate() {
        if message.role == Role::Tool {
            continue;
        }
        mended.push(Arc::clone(message));
        if message.tool_calls.is_empty() {
            continue;
        }
        let mut content = Vec::with_capacity(message.tool_calls.len());
        for call in &message.tool_calls {
            let found = place_of(&results, messages, at, &call.id).and_then(|found| results.get_mut(found));
            content.push(match found {
                Some(result) => {
                    result.used = true;
                    let mut between = messages.iter().take(result.at).skip(at + 1);
                    if result.at < at || between.any(|message| message.role != Role::Tool) {
                        moved.push(call.id.clone());
                    }
                    result.part.clone()
                }
                None => {
                    invented.push(call.id.clone());
                    lost(call)
                }
            });
        }
        mended.push(Message::new(Role::Tool, content).into());
    }
    let dropped: Vec<String> = results.iter().filter(|result| !result.used).map(|result| id_of(&result.part)).collect();
    *messages = mended;
    let note = |ids: Vec<String>, what: &str| {
        (!ids.is_empty()).then(|| format!("The conversation was mended: {what} ({}).", ids.join(", ")))
    };
    [
        note(invented, "tool calls without a result got one that says so"),
        note(moved, "results of tool calls were put behind their calls"),
        note(dropped, "results that answer no tool call were left out"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn results_of(messages: &[Arc<Message>]) -> Vec<Found> {
    let tools = messages.iter().enumerate().filter(|(_, message)| message.role == Role::Tool);
    tools
        .flat_map(|(at, message)| message.content.iter().map(move |part| (at, part)))
        .filter(|(_, part)| matches!(part, Part::ToolResult { .. }))
        .map(|(at, part)| Found { at, part: part.clone(), used: false })
        .collect()
}

/// The result for a call of the turn at `at`: the first one behind it, before a later call with the same id; else one before
/// it that no earlier call can own.
fn place_of(results: &[Found], messages: &[Arc<Message>], at: usize, id: &str) -> Option<usize> {
    let asks = |message: &Arc<Message>| message.tool_calls.iter().any(|call| call.id == id);
    let next = messages.iter().skip(at + 1).position(asks).map_or(messages.len(), |next| at + 1 + next);
    let fits = |found: &Found| !found.used && id_of(&found.part) == id;
    results.iter().position(|found| fits(found) && found.at > at && found.at < next).or_else(|| {
        let first = !messages.iter().take(at).any(asks);
        results.iter().position(|found| first && fits(found) && found.at < at)
    })
}

fn id_of(part: &Part) -> String {
    if let Part::ToolResult { tool_call_id, .. } = part { tool_call_id.clone() } else { String::new() }
}

fn lost(call: &ToolCall) -> Part {
    Part::ToolResult {
        tool_call_id: call.id.clone(),
        name: call.name.clone(),
        content: LOST.to_owned(),
        parts: Vec::new(),
        is_error: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn messages(value: Value) -> Vec<Arc<Message>> {
        serde_json::from_value::<Vec<Message>>(value).unwrap().into_iter().map(Arc::new).collect()
    }

    fn calls(ids: &[&str]) -> Value {
        let calls: Vec<Value> = ids.iter().map(|id| json!({"id": id, "name": "t", "arguments": "{}"})).collect();
        json!({"role": "assistant", "content": "", "tool_calls": calls})
    }

    fn results(ids: &[&str]) -> Value {
        let parts: Vec<Value> = ids
            .iter()
            .map(|id| json!({"type": "tool_result", "tool_call_id": id, "name": "t", "content": format!("of {id}")}))
            .collect();
        json!({"role": "tool", "content": parts})
    }

    /// The history as letters: `u`, `a`, and for each result its text.
    fn shown(messages: &[Arc<Message>]) -> Vec<String> {
        let result = |part: &Part| match part {
            Part::ToolResult { content, .. } => content.clone(),
            other => panic!("{other:?}"),
        };
        messages
            .iter()
            .map(|message| match message.role {
                Role::Tool => message.content.iter().map(result).collect::<Vec<_>>().join("+"),
                role => format!("{role:?}"),
            })
            .collect()
    }

    #[test]
    fn what_is_whole_stays() {
        let user = json!({"role": "user", "content": "x"});
        let mut whole = messages(json!([user, calls(&["a", "b"]), results(&["a"]), results(&["b"])]));
        let before = whole.clone();
        assert!(repair(&mut whole).is_empty());
        assert_eq!(whole, before);
    }

    #[test]
    fn calls_and_results_find_each_other() {
        let user = json!({"role": "user", "content": "x"});
        for (given, expected, notes) in [
            (json!([user, calls(&["a"])]), vec!["User", "Assistant", LOST], 1),
            (json!([user, calls(&["a"]), user]), vec!["User", "Assistant", LOST, "User"], 1),
            (json!([user, results(&["x"]), user]), vec!["User", "User"], 1),
            (json!([calls(&["a"]), user, results(&["a"])]), vec!["Assistant", "of a", "User"], 1),
            (json!([results(&["a"]), calls(&["a"])]), vec!["Assistant", "of a"], 1),
            (
                json!([calls(&["a", "b"]), results(&["b", "b"]), user]),
                vec!["Assistant", "No result was recorded for this tool call.+of b", "User"],
                2,
            ),
            // The same id in two turns: the first has lost its result, the second keeps its own.
            (
                json!([calls(&["a"]), user, calls(&["a"]), results(&["a"])]),
                vec!["Assistant", LOST, "User", "Assistant", "of a"],
                1,
            ),
        ] {
            let mut history = messages(given.clone());
            assert_eq!(repair(&mut history).len(), notes, "{given}");
            assert_eq!(shown(&history), expected, "{given}");
            assert!(super::super::check(&history).is_ok(), "{given}");
        }
    }
}
