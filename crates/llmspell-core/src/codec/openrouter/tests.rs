//! Answers of OpenRouter, and its turns sent back.

use super::OpenRouter;
use crate::codec::openai_compatible::testing::{Asked, decode};
use crate::error::Kind;
use crate::message::{Message, Part, Raw, Role, ToolCall};
use serde_json::{Value, json};

fn chunk(delta: Value) -> String {
    format!("data: {}\n\n", json!({"choices": [{"index": 0, "delta": delta, "finish_reason": null}]}))
}

const STOP: &str =
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n";

/// Reasoning in pieces, with an encrypted block and a call.
fn thinking() -> String {
    [
        ": OPENROUTER PROCESSING\n\n".to_owned(),
        chunk(json!({"content": "", "reasoning": "Let ", "reasoning_details": [{"type": "reasoning.text", "text": "Let ", "index": 0, "format": "anthropic-claude-v1"}]})),
        chunk(json!({"reasoning": "me", "reasoning_details": [{"type": "reasoning.text", "text": "me", "index": 0}]})),
        chunk(json!({"reasoning_details": [{"type": "reasoning.text", "signature": "s+/=", "index": 0}]})),
        chunk(json!({"reasoning_details": [{"type": "reasoning.encrypted", "data": "e1", "id": "r1", "index": 1}]})),
        chunk(json!({"reasoning_details": [{"type": "reasoning.encrypted", "data": "e2", "id": "r2", "index": 1}]})),
        chunk(json!({"tool_calls": [{"index": 0, "id": "c1", "type": "function", "function": {"name": "add", "arguments": "{}"}}]})),
        STOP.to_owned(),
    ]
    .concat()
}

fn blocks() -> Value {
    json!([
        {"type": "reasoning.text", "text": "Let me", "index": 0, "format": "anthropic-claude-v1", "signature": "s+/="},
        {"type": "reasoning.encrypted", "data": "e1", "id": "r1", "index": 1},
        {"type": "reasoning.encrypted", "data": "e2", "id": "r2", "index": 1}
    ])
}

#[test]
fn pieces_of_reasoning_become_blocks() {
    let turn = decode(&OpenRouter, &thinking()).unwrap();
    assert_eq!(turn.content, [Part::Reasoning { text: "Let me".into() }]);
    assert_eq!(turn.raw.unwrap()["reasoning_details"], blocks());
    let alone = chunk(json!({"reasoning_details": [{"type": "reasoning.summary", "summary": "Short"}]})) + STOP;
    let turn = decode(&OpenRouter, &alone).unwrap();
    assert_eq!(turn.content, [Part::Reasoning { text: "Short".into() }]);
    let blocks = json!([{"type": "reasoning.text", "text": "a"}, {"type": "reasoning.text", "text": "b"}]);
    let whole =
        json!({"choices": [{"message": {"content": "x", "reasoning_details": blocks}, "finish_reason": "stop"}]});
    let turn = decode(&OpenRouter, &whole.to_string()).unwrap();
    assert_eq!(turn.raw.unwrap()["reasoning_details"], blocks, "blocks of a plain answer are not pieces");
}

#[test]
fn blocks_go_back_as_they_were() {
    let turn = decode(&OpenRouter, &thinking()).unwrap();
    let message = Message {
        tool_calls: vec![ToolCall { id: "c1".into(), name: "add".into(), arguments: "{}".into() }],
        raw: Some(Raw { provider: "openrouter".into(), value: turn.raw.unwrap() }),
        ..Message::new(Role::Assistant, turn.content)
    };
    let (body, warnings) = Asked::new("openrouter").messages(vec![message.clone()]).encode(&OpenRouter);
    assert_eq!(body["messages"][0]["reasoning_details"], blocks());
    assert_eq!(body["messages"][0]["reasoning"], "Let me");
    assert!(warnings.is_empty(), "{warnings:?}");
    let mut foreign = message;
    foreign.raw.as_mut().unwrap().provider = "anthropic".into();
    let (body, warnings) = Asked::new("openrouter").messages(vec![foreign]).encode(&OpenRouter);
    assert_eq!(body["messages"][0].get("reasoning_details"), None);
    assert!(warnings[0].contains("reasoning"), "{warnings:?}");
}

#[test]
fn an_error_in_the_stream_has_a_number_for_a_code() {
    let body = chunk(json!({"content": "half"}))
        + "data: {\"id\":\"g\",\"error\":{\"code\":502,\"message\":\"Provider disconnected\"},\"choices\":[{\"index\":0,\
           \"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}\n\n";
    let error = decode(&OpenRouter, &body).unwrap_err();
    assert_eq!((error.kind, error.http_status, error.retryable), (Kind::Provider, Some(502), true));
    assert!(error.message.contains("Provider disconnected"), "{}", error.message);
    let late = decode(&OpenRouter, "data: {\"error\":{\"code\":429,\"message\":\"Slow\"}}\n\n").unwrap_err();
    assert_eq!(late.kind, Kind::RateLimit);
}

#[test]
fn its_cost_is_the_usage_s() {
    let body = json!({"provider": "P", "choices": [{"message": {"content": "x"}, "finish_reason": "stop", "native_finish_reason": "STOP"}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7, "cost": 0.002, "cost_details": {}}});
    let turn = decode(&OpenRouter, &body.to_string()).unwrap();
    assert_eq!((turn.usage.cost, &turn.metadata["provider"]), (Some(0.002), &json!("P")));
}
