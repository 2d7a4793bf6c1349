//! Writes answers as the Chat Completions wire format has them: a stream of SSE events, or one JSON object.

use bytes::Bytes;
use serde_json::{Value, json};

use super::request::Request;
use super::rules::Call;
use super::words;

/// An answer before it is written.
pub(super) struct Answer<'a> {
    pub request: &'a Request,
    pub reasoning: String,
    pub text: String,
    pub calls: Vec<Call>,
}

impl Answer<'_> {
    /// The answer as one JSON object.
    pub fn plain(mut self) -> Bytes {
        let finish_reason = self.limit();
        let mut message = json!({"role": "assistant", "content": self.text});
        if let Value::Object(fields) = &mut message {
            if !self.reasoning.is_empty() {
                fields.insert("reasoning_content".to_owned(), self.reasoning.clone().into());
            }
            if !self.calls.is_empty() {
                fields.insert("content".to_owned(), Value::Null);
                let calls = self.calls.iter().enumerate().map(|(index, call)| {
                    json!({"id": self.call_id(index), "type": "function", "function": {"name": call.name, "arguments": call.arguments.to_string()}})
                });
                fields.insert("tool_calls".to_owned(), calls.collect());
            }
        }
        let choice = json!({"index": 0, "message": message, "finish_reason": finish_reason});
        self.envelope("chat.completion", vec![choice], self.usage()).to_string().into()
    }

    /// The answer as SSE events, one for each word.
    pub fn stream(mut self) -> Vec<Bytes> {
        let finish_reason = self.limit();
        let mut events = Vec::new();
        let mut delta = |delta: Value, finish: Value| {
            let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
            events.push(event(&self.envelope("chat.completion.chunk", vec![choice], Value::Null)));
        };
        delta(json!({"role": "assistant", "content": ""}), Value::Null);
        for piece in pieces(&self.reasoning) {
            delta(json!({"reasoning_content": piece}), Value::Null);
        }
        for piece in pieces(&self.text) {
            delta(json!({"content": piece}), Value::Null);
        }
        for (index, call) in self.calls.iter().enumerate() {
            let head = json!({"index": index, "id": self.call_id(index), "type": "function", "function": {"name": call.name, "arguments": ""}});
            delta(json!({"tool_calls": [head]}), Value::Null);
            for piece in pieces(&call.arguments.to_string()) {
                delta(json!({"tool_calls": [{"index": index, "function": {"arguments": piece}}]}), Value::Null);
            }
        }
        delta(json!({}), finish_reason.into());
        if self.request.wants_usage() {
            events.push(event(&self.envelope("chat.completion.chunk", Vec::new(), self.usage())));
        }
        events.push(Bytes::from_static(b"data: [DONE]\n\n"));
        events
    }

    /// Cuts the text where `max_tokens` ends it and says why the answer ends.
    fn limit(&mut self) -> &'static str {
        if !self.calls.is_empty() {
            return "tool_calls";
        }
        match self.request.max_tokens().and_then(|most| {
            pieces(&self.text).nth(most).map(|piece| piece.as_ptr().addr() - self.text.as_ptr().addr())
        }) {
            Some(end) => {
                self.text.truncate(end);
                "length"
            }
            None => "stop",
        }
    }

    fn envelope(&self, object: &str, choices: Vec<Value>, usage: Value) -> Value {
        let mut body =
            json!({"id": self.id(), "object": object, "created": 0, "model": self.request.model(), "choices": choices});
        if let Value::Object(fields) = &mut body
            && !usage.is_null()
        {
            fields.insert("usage".to_owned(), usage);
        }
        body
    }

    /// The same for the same place in the same conversation.
    fn id(&self) -> String {
        format!("chatcmpl-demo-{}", self.request.messages().len())
    }

    fn call_id(&self, index: usize) -> String {
        format!("call_demo_{}_{}", self.request.messages().len(), index + 1)
    }

    /// A token is a word: of all messages on the way in, of everything said on the way out.
    fn usage(&self) -> Value {
        let input: u64 =
            self.request.messages().iter().map(|message| words::count(&super::request::content_text(message))).sum();
        let reasoning = words::count(&self.reasoning);
        let calls: u64 = self.calls.iter().map(|call| words::count(&call.arguments.to_string()) + 1).sum();
        let output = reasoning + words::count(&self.text) + calls;
        json!({
            "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output,
            "completion_tokens_details": {"reasoning_tokens": reasoning},
        })
    }
}

/// An error as the provider would word it.
pub(super) fn error(status: u16, message: &str) -> Bytes {
    let kind = match status {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        500.. => "server_error",
        _ => "invalid_request_error",
    };
    json!({"error": {"message": message, "type": kind, "param": null, "code": null}}).to_string().into()
}

fn event(data: &Value) -> Bytes {
    format!("data: {data}\n\n").into()
}

/// A text word by word; each piece but the first begins with the space before its word.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let word = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
        let end =
            rest.get(word..).and_then(|tail| tail.find(char::is_whitespace)).map_or(rest.len(), |length| word + length);
        let (piece, behind) = rest.split_at(end);
        rest = behind;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_words_and_lose_nothing() {
        for text in ["", "one", "one two  three\n", "  lead", "日本 語", "\u{2003}wide"] {
            assert_eq!(pieces(text).collect::<String>(), text);
        }
        assert_eq!(pieces("a bc  d").collect::<Vec<_>>(), ["a", " bc", "  d"]);
    }
}
