//! A host and a provider in memory: answers requests from a script, and drives a run with them.

#![allow(dead_code, reason = "each test file uses its part")]

use llmspell_core::codec::openai_chat::OpenAiChat;
use llmspell_core::http::Secret;
use llmspell_core::request::{Failure, Reply, What};
use llmspell_core::run::{
    Checks, Effect, Endpoint, HookPoints, Input, Run, RunInput, RunSpec, Settings, Stamp, TimerId,
};
use llmspell_core::tool::{Tool, ToolSet};
use llmspell_core::{Conversation, Event, EventBody, Kind, Message};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::Arc;

pub const KEY: &str = "sk-very-secret-key";

pub fn tools() -> ToolSet {
    let add = json!({"name": "add", "description": "Adds", "schema": {"type": "object",
        "properties": {"a": {"type": "number"}, "b": {"type": "number"}}, "required": ["a", "b"]}});
    let shout = json!({"name": "text.shout", "description": "Shouts", "timeout_ms": 500, "schema": {"type": "object",
        "properties": {"text": {"type": "string"}}}});
    [add, shout]
        .into_iter()
        .fold(ToolSet::default(), |set, tool| set.with(Tool::from_json("tool", tool).unwrap()).unwrap())
}

/// A spec whose failures end the run at once: a script has no more answers than its test names.
pub fn spec() -> RunSpec {
    let endpoint = Endpoint {
        provider: "openai".into(),
        codec: &OpenAiChat,
        base_url: "http://127.0.0.1:1/v1".into(),
        api_key: Some(Secret::new(KEY)),
        key_place: None,
        model_place: None,
        headers: vec![("X-Extra".into(), Secret::new("header-value-1"))],
        way: 0,
    };
    RunSpec {
        name: Some("test".into()),
        system_prompt: Some("Be brief.".into()),
        tools: Arc::new(tools()),
        settings: Settings { max_retries: Some(0), ..Settings::default() },
        ..RunSpec::new(endpoint, "gpt-test")
    }
}

/// The same, with everything that a host can be asked; one tool runs alone, may be called twice and needs approval.
pub fn checked_spec() -> RunSpec {
    let add = json!({"name": "add", "description": "Adds", "parallel": false, "max_calls": 2, "needs_approval": true,
        "max_result_bytes": 20, "schema": {"type": "object",
        "properties": {"a": {"type": "number"}, "b": {"type": "number"}}, "required": ["a", "b"]}});
    let shout = json!({"name": "text.shout", "description": "Shouts", "schema": {"type": "object",
        "properties": {"text": {"type": "string"}}}});
    let set = [add, shout]
        .into_iter()
        .fold(ToolSet::default(), |set, tool| set.with(Tool::from_json("tool", tool).unwrap()).unwrap());
    let points = ["before_model", "after_model", "before_tool", "after_tool"];
    let hooks =
        points.iter().filter_map(|name| HookPoints::from_name(name)).fold(HookPoints::default(), HookPoints::with);
    let checks =
        Checks { hooks, input_guardrails: vec!["in".into()], output_guardrails: vec!["out".into(), "last".into()] };
    RunSpec { tools: Arc::new(set), checks, ..spec() }
}

pub fn ask(text: &str) -> RunInput {
    RunInput { messages: vec![Message::user(text)], settings: Settings::default() }
}

/// An answer of the provider.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

pub fn sse(payloads: &[Value]) -> Answer {
    let mut body: String = payloads.iter().map(|payload| format!("data: {payload}\n\n")).collect();
    body.push_str("data: [DONE]\n\n");
    Answer { status: 200, body: body.into_bytes() }
}

pub fn chunk(delta: Value) -> Value {
    json!({"id": "c", "object": "chat.completion.chunk", "model": "gpt-test-1", "choices": [{"index": 0, "delta": delta}]})
}

pub fn finish(reason: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

pub fn usage(input: u64, output: u64) -> Value {
    json!({"choices": [], "usage": {"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output}})
}

pub fn text_answer(words: &[&str]) -> Answer {
    let mut payloads = vec![chunk(json!({"role": "assistant", "content": ""}))];
    payloads.extend(words.iter().map(|word| chunk(json!({"content": word}))));
    payloads.push(finish("stop"));
    payloads.push(usage(5, words.len() as u64));
    sse(&payloads)
}

/// A streamed turn that calls tools: (id, name, arguments).
pub fn tool_answer(calls: &[(&str, &str, &str)]) -> Answer {
    let mut payloads = Vec::new();
    for (index, (id, name, arguments)) in calls.iter().enumerate() {
        let half = arguments.len() / 2;
        let half = (0..=half).rev().find(|at| arguments.is_char_boundary(*at)).unwrap();
        let (first, second) = arguments.split_at(half);
        payloads.push(chunk(json!({"tool_calls": [{"index": index, "id": id, "type": "function",
            "function": {"name": name, "arguments": first}}]})));
        payloads.push(chunk(json!({"tool_calls": [{"index": index, "function": {"arguments": second}}]})));
    }
    payloads.push(finish("tool_calls"));
    payloads.push(usage(7, 3));
    sse(&payloads)
}

pub fn plain_answer(message: Value, finish_reason: &str) -> Answer {
    let body = json!({"id": "c", "object": "chat.completion", "model": "gpt-test-1",
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}});
    Answer { status: 200, body: body.to_string().into_bytes() }
}

/// Drives one run and keeps what it did.
pub struct Sim {
    pub run: Run,
    pub spec: Arc<RunSpec>,
    pub answers: VecDeque<Answer>,
    pub events: Vec<Event>,
    pub sent: Vec<llmspell_core::http::HttpRequest>,
    pub open_exchange: Option<u64>,
    pub open_requests: Vec<llmspell_core::request::Request>,
    pub aborted: Vec<u64>,
    pub timers: Vec<(llmspell_core::run::Timer, u64)>,
    pub finished: Option<Conversation>,
    pub now_ms: u64,
    pub random: u64,
}

impl Sim {
    pub fn new(spec: RunSpec, input: RunInput, answers: Vec<Answer>) -> Self {
        let spec = Arc::new(spec);
        Self {
            run: Run::new(Arc::clone(&spec), input, "run_1".into()),
            spec,
            answers: answers.into(),
            events: Vec::new(),
            sent: Vec::new(),
            open_exchange: None,
            open_requests: Vec::new(),
            aborted: Vec::new(),
            timers: Vec::new(),
            finished: None,
            now_ms: 1_000,
            random: 7,
        }
    }

    pub fn feed(&mut self, input: Input) {
        let stamp = self.stamp();
        for effect in self.run.step(input, stamp) {
            assert!(self.finished.is_none(), "an effect after Finish");
            match effect {
                Effect::Send(request) => {
                    self.open_exchange = Some(request.exchange);
                    self.sent.push(request);
                }
                Effect::Abort { exchange } => {
                    self.aborted.push(exchange);
                    self.open_exchange = None;
                }
                Effect::Emit(event) => self.take_event(event),
                Effect::Arm { timer, after_ms } => {
                    self.timers.retain(|(armed, _)| *armed != timer);
                    self.timers.push((timer, after_ms));
                }
                Effect::Used { .. } | Effect::Close { .. } => {}
                Effect::Disarm(timer) => self.timers.retain(|(armed, _)| *armed != timer),
                Effect::DisarmAll { run } => self.timers.retain(|(armed, _)| armed.run != run),
                Effect::Finish { conversation, event } => {
                    assert!(event.body.event_type().is_final());
                    self.take_event(event);
                    self.finished = Some(conversation);
                }
            }
        }
    }

    fn take_event(&mut self, event: Event) {
        assert_eq!(event.seq, self.events.last().map_or(event.seq, |last| last.seq + 1), "no gaps in seq");
        if let EventBody::Request(request) = &event.body {
            self.open_requests.push(request.clone());
        }
        self.events.push(event);
    }

    fn stamp(&mut self) -> Stamp {
        self.now_ms += 1;
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        Stamp { now_ms: self.now_ms, random: self.random }
    }

    pub fn begin(&mut self, conversation: Conversation) {
        self.feed(Input::Begin { conversation });
    }

    /// Answers the open exchange, its body in pieces of the given sizes (the last size repeats).
    pub fn answer(&mut self, sizes: &[usize]) {
        let exchange = self.open_exchange.take().expect("an open exchange");
        let answer = self.answers.pop_front().expect("an answer is left");
        self.feed(Input::Head {
            exchange,
            status: answer.status,
            headers: vec![("x-request-id".into(), "rid".into())],
        });
        let mut rest = answer.body.as_slice();
        let mut sizes = sizes.iter().copied().chain(std::iter::repeat(sizes.last().copied().unwrap_or(usize::MAX)));
        while !rest.is_empty() && self.finished.is_none() {
            let size = sizes.next().unwrap().clamp(1, rest.len());
            let (head, tail) = rest.split_at(size);
            rest = tail;
            self.feed(Input::Bytes { exchange, bytes: head.to_vec() });
        }
        self.feed(Input::End { exchange });
    }

    /// Replies to the oldest open request as a well-behaved host.
    pub fn reply(&mut self) {
        let request = self.open_requests.remove(0);
        let What::Tool { name, arguments, .. } = &request.what else {
            let pass = matches!(request.what, What::Approval { .. }).then_some(true);
            return self.feed(Input::Reply(Reply { id: request.id, outcome: Ok(json!(pass)) }));
        };
        let outcome = match name.as_str() {
            "add" => Ok(json!(arguments["a"].as_f64().unwrap() + arguments["b"].as_f64().unwrap())),
            _ => match arguments.get("text").and_then(Value::as_str) {
                Some(text) => Ok(json!(text.to_uppercase())),
                None => Err(Failure { message: "no text".into(), kind: Kind::Tool }),
            },
        };
        self.feed(Input::Reply(Reply { id: request.id, outcome }));
    }

    /// Goes on until the run ends.
    pub fn finish(&mut self) {
        while self.finished.is_none() {
            if self.open_exchange.is_some() {
                self.answer(&[usize::MAX]);
            } else if self.timers.iter().any(|(timer, _)| timer.id == TimerId::Retry) {
                self.timers.retain(|(timer, _)| timer.id != TimerId::Retry);
                self.feed(Input::Timer(TimerId::Retry.into()));
            } else {
                self.reply();
            }
        }
    }

    /// Replaces the run by one restored from its checkpoint.
    pub fn restore(&mut self) {
        let bytes = self.run.checkpoint().unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains(KEY), "a checkpoint holds no key");
        self.run = Run::restore(&bytes, Arc::clone(&self.spec)).unwrap();
        self.open_exchange = None;
        self.open_requests.clear();
        self.timers.clear();
    }

    pub fn types(&self) -> Vec<&'static str> {
        self.events.iter().map(|event| event.body.event_type().as_str()).collect()
    }

    pub fn last(&self) -> &EventBody {
        &self.events.last().expect("an event").body
    }

    pub fn body(&self, at: usize) -> Value {
        serde_json::from_slice(&self.sent[at].body).unwrap()
    }
}
