//! Answers as OpenAI sends them: events of about 270 bytes, each in a piece of its own.

use serde_json::{Value, json};

fn event(payload: &str) -> Vec<u8> {
    format!("data: {payload}\n\n").into_bytes()
}

fn chunk(delta: &Value, finish_reason: &Value) -> Vec<u8> {
    let payload = json!({
        "id": "chatcmpl-bench0123456789abcdefghij", "object": "chat.completion.chunk", "created": 1_760_000_000,
        "model": "gpt-4o-2024-08-06", "service_tier": "default", "system_fingerprint": "fp_0123456789",
        "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason}], "usage": null,
    });
    event(&payload.to_string())
}

/// One event of a text in the middle of an answer.
pub fn text_event(index: usize) -> Vec<u8> {
    chunk(&json!({"content": format!(" w{index:04}")}), &Value::Null)
}

/// One event of a call.
pub fn call_event(call: Value) -> Vec<u8> {
    chunk(&json!({"tool_calls": [call]}), &Value::Null)
}

/// The events that end an answer.
pub fn ending(finish_reason: &str) -> [Vec<u8>; 3] {
    let usage = json!({"choices": [], "usage": {"prompt_tokens": 19, "completion_tokens": 8, "total_tokens": 27}});
    [chunk(&json!({}), &json!(finish_reason)), event(&usage.to_string()), event("[DONE]")]
}

/// A streamed text of so many deltas, event by event.
pub fn text_answer(deltas: usize) -> Vec<Vec<u8>> {
    let mut events = vec![chunk(&json!({"role": "assistant", "content": "", "refusal": null}), &Value::Null)];
    events.extend((0..deltas).map(text_event));
    events.extend(ending("stop"));
    events
}

/// A streamed call of the tool `add`.
pub fn tool_answer(id: usize) -> Vec<Vec<u8>> {
    let function = json!({"name": "add", "arguments": ""});
    let more = |text: &str| call_event(json!({"index": 0, "function": {"arguments": text}}));
    let mut events = vec![
        chunk(&json!({"role": "assistant", "content": null}), &Value::Null),
        call_event(json!({"index": 0, "id": format!("call_{id}"), "type": "function", "function": function})),
        more("{\"a\": 2, "),
        more("\"b\": 40}"),
    ];
    events.extend(ending("tool_calls"));
    events
}

/// The same text as one JSON document.
pub fn plain_answer(deltas: usize) -> Vec<u8> {
    let text: String = (0..deltas).map(|index| format!(" w{index:04}")).collect();
    json!({
        "id": "chatcmpl-bench0123456789abcdefghij", "object": "chat.completion", "created": 1_760_000_000,
        "model": "gpt-4o-2024-08-06", "choices": [{"index": 0, "message": {"role": "assistant", "content": text,
            "refusal": null}, "logprobs": null, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 19, "completion_tokens": 8, "total_tokens": 27}, "service_tier": "default",
    })
    .to_string()
    .into_bytes()
}
