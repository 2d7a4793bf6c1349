//! Writes answers as the Chat Completions wire format has them: a stream of SSE events, or one JSON object.

use std::borrow::Cow;
use std::collections::VecDeque;

use bytes::Bytes;
use serde_json::{Value, json};

use super::pieces::{Pieces, end_of_words};
use super::request::Request;
use super::rules::Call;
use super::words;

/// An answer before it is written.
pub(crate) struct Answer<'a> {
    pub request: &'a Request,
    pub reasoning: String,
    pub text: String,
    pub calls: Vec<Call>,
    /// As the wire format has it; `None`: words are counted.
    pub usage: Option<Value>,
    /// `None`: what follows from the answer.
    pub finish_reason: Option<String>,
    /// How a stream goes wrong.
    pub fault: Option<Fault>,
}

/// How a stream goes wrong once the text was sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fault {
    /// An error event, in the body that an HTTP error of this status would have.
    Event(u16, String),
    /// The connection breaks.
    Break,
}

impl Answer<'_> {
    /// The answer as one JSON object.
    pub fn plain(mut self) -> Bytes {
        if let Some(Fault::Event(status, message)) = &self.fault {
            return error(*status, message);
        }
        let finish_reason = self.limit();
        let usage = self.usage();
        let mut message = json!({"role": "assistant", "content": std::mem::take(&mut self.text)});
        if let Value::Object(fields) = &mut message {
            if !self.reasoning.is_empty() {
                fields.insert("reasoning_content".to_owned(), self.reasoning.clone().into());
            }
            if !self.calls.is_empty() {
                fields.insert("content".to_owned(), Value::Null);
                let calls = self.calls.iter().enumerate().map(|(index, call)| {
                    json!({"id": self.call_id(index), "type": "function", "function": {"name": call.name, "arguments": call.text()}})
                });
                fields.insert("tool_calls".to_owned(), calls.collect());
            }
        }
        let choice = json!([{"index": 0, "message": message, "finish_reason": finish_reason}]);
        let mut body = self.envelope("chat.completion");
        body.push_str(&format!("{choice},\"usage\":{usage}}}"));
        body.into()
    }

    /// The answer as SSE events, one for each word, each written when it is asked for.
    pub fn stream(mut self) -> Stream {
        let finish_reason = self.limit();
        let usage = self.request.wants_usage().then(|| self.usage());
        let start = format!("data: {}", self.envelope("chat.completion.chunk"));
        let mut parts = VecDeque::from([Part::Delta(json!({"role": "assistant", "content": ""}))]);
        parts.push_back(Part::Reasoning(Pieces::new(std::mem::take(&mut self.reasoning))));
        parts.push_back(Part::Text(Pieces::new(std::mem::take(&mut self.text))));
        for (index, call) in self.calls.iter().enumerate() {
            let head = json!({"index": index, "id": self.call_id(index), "type": "function", "function": {"name": call.name, "arguments": ""}});
            parts.push_back(Part::Delta(json!({"tool_calls": [head]})));
            parts.push_back(Part::Arguments(index, Pieces::new(call.text())));
        }
        match self.fault.take() {
            Some(Fault::Event(status, message)) => parts.push_back(Part::Event(error(status, &message))),
            Some(Fault::Break) => {}
            None => {
                parts.push_back(Part::Finish(finish_reason));
                parts.extend(usage.map(Part::Usage));
                parts.push_back(Part::Done);
            }
        }
        Stream { start, parts }
    }

    /// Cuts the text where `max_tokens` ends it and says why the answer ends.
    fn limit(&mut self) -> Cow<'static, str> {
        if let Some(reason) = self.finish_reason.take() {
            return reason.into();
        }
        if !self.calls.is_empty() {
            return "tool_calls".into();
        }
        match self.request.max_tokens().and_then(|most| end_of_words(&self.text, most)) {
            Some(end) => {
                self.text.truncate(end);
                "length".into()
            }
            None => "stop".into(),
        }
    }

    /// The beginning of a body, up to the list of choices.
    fn envelope(&self, object: &str) -> String {
        let model = Value::from(self.request.model());
        format!("{{\"id\":\"{}\",\"object\":\"{object}\",\"created\":0,\"model\":{model},\"choices\":", self.id())
    }

    /// The same for the same place in the same conversation.
    fn id(&self) -> String {
        format!("chatcmpl-demo-{}", self.request.messages().len())
    }

    fn call_id(&self, index: usize) -> String {
        if let Some(id) = self.calls.get(index).and_then(|call| call.id.clone()) {
            return id;
        }
        format!("call_demo_{}_{}", self.request.messages().len(), index + 1)
    }

    /// A token is a word: of all messages on the way in, of everything said on the way out.
    fn usage(&self) -> Value {
        if let Some(usage) = &self.usage {
            return usage.clone();
        }
        let input: u64 =
            self.request.messages().iter().map(|message| words::count(&super::request::content_text(message))).sum();
        let reasoning = words::count(&self.reasoning);
        let calls: u64 = self.calls.iter().map(|call| words::count(&call.text()) + 1).sum();
        let output = reasoning + words::count(&self.text) + calls;
        json!({
            "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output,
            "completion_tokens_details": {"reasoning_tokens": reasoning},
        })
    }
}

/// An error as the provider would word it.
pub(crate) fn error(status: u16, message: &str) -> Bytes {
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

/// What is left of a stream.
pub(crate) struct Stream {
    /// How each event begins.
    start: String,
    parts: VecDeque<Part>,
}

enum Part {
    Delta(Value),
    Reasoning(Pieces),
    Text(Pieces),
    /// Of the call at this place.
    Arguments(usize, Pieces),
    Finish(Cow<'static, str>),
    Usage(Value),
    /// The data of an event that is no chunk.
    Event(Bytes),
    Done,
}

impl Iterator for Stream {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        loop {
            let delta = match self.parts.front_mut()? {
                Part::Delta(delta) => Some(delta.take()),
                Part::Reasoning(pieces) => pieces.next().map(|piece| json!({"reasoning_content": piece})),
                Part::Text(pieces) => pieces.next().map(|piece| json!({"content": piece})),
                Part::Arguments(index, pieces) => pieces
                    .next()
                    .map(|piece| json!({"tool_calls": [{"index": *index, "function": {"arguments": piece}}]})),
                Part::Finish(reason) => {
                    let reason = std::mem::take(reason);
                    self.parts.pop_front();
                    return Some(self.choice(&json!({}), &reason.into_owned().into()));
                }
                Part::Usage(usage) => {
                    let event = format!("{}[],\"usage\":{usage}}}\n\n", self.start);
                    self.parts.pop_front();
                    return Some(event.into());
                }
                Part::Event(data) => {
                    let event = [b"data: ".as_slice(), data, b"\n\n"].concat();
                    self.parts.pop_front();
                    return Some(event.into());
                }
                Part::Done => {
                    self.parts.pop_front();
                    return Some(Bytes::from_static(b"data: [DONE]\n\n"));
                }
            };
            match delta {
                Some(Value::Null) | None => self.parts.pop_front(),
                Some(delta) => return Some(self.choice(&delta, &Value::Null)),
            };
        }
    }
}

impl Stream {
    fn choice(&self, delta: &Value, finish_reason: &Value) -> Bytes {
        let start = &self.start;
        format!("{start}[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{finish_reason}}}]}}\n\n").into()
    }
}
