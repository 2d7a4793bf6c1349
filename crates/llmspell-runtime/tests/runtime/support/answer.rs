//! Answers of a Chat Completions server, as bytes.

use serde_json::{Value, json};

/// A head with these lines, which end it.
pub fn head(status: &str, lines: &[&str]) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status}\r\n");
    for line in lines {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// A whole answer with a body of known length.
pub fn whole(status: &str, lines: &[&str], body: &[u8]) -> Vec<u8> {
    let length = format!("content-length: {}", body.len());
    let mut lines = lines.to_vec();
    lines.push(&length);
    [head(status, &lines), body.to_vec()].concat()
}

/// A plain JSON answer.
pub fn plain(text: &str) -> Vec<u8> {
    let choice = json!({"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"});
    let body = json!({"id": "c1", "object": "chat.completion", "model": "gpt-test", "choices": [choice], "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}});
    whole("200 OK", &["content-type: application/json"], body.to_string().as_bytes())
}

/// The head of a stream in chunks.
pub fn stream_head() -> Vec<u8> {
    head("200 OK", &["content-type: text/event-stream", "transfer-encoding: chunked"])
}

/// One chunk.
pub fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

/// The chunk that ends a body.
pub fn last_chunk() -> Vec<u8> {
    b"0\r\n\r\n".to_vec()
}

/// An SSE event with a delta.
pub fn event(delta: Value, finish: Value) -> String {
    let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
    format!(
        "data: {}\n\n",
        json!({"id": "c1", "object": "chat.completion.chunk", "model": "gpt-test", "choices": [choice]})
    )
}

/// An SSE event with text.
pub fn text(text: &str) -> String {
    event(json!({"content": text}), Value::Null)
}

/// The SSE events that end an answer.
pub fn end() -> String {
    event(json!({}), "stop".into()) + "data: [DONE]\n\n"
}

/// The SSE events of a turn that calls a tool.
pub fn tool_call(name: &str) -> String {
    let call = json!({"index": 0, "id": "call_1", "type": "function", "function": {"name": name, "arguments": "{\"expression\":\"1\"}"}});
    event(json!({"tool_calls": [call]}), Value::Null) + &event(json!({}), "tool_calls".into()) + "data: [DONE]\n\n"
}

/// A whole stream of these texts, each in a chunk.
pub fn streamed(texts: &[&str]) -> Vec<u8> {
    let mut bytes = stream_head();
    for piece in texts {
        bytes.extend(chunk(text(piece).as_bytes()));
    }
    bytes.extend(chunk(end().as_bytes()));
    bytes.extend(last_chunk());
    bytes
}

/// A whole stream of SSE events in one chunk.
pub fn stream_of(events: &str) -> Vec<u8> {
    [stream_head(), chunk(events.as_bytes()), last_chunk()].concat()
}
