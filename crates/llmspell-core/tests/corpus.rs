//! Recorded answers, cut at every byte: however an answer is split, a run gives the same events.
//!
//! `make corpus` names a plan of recordings by `LLMSPELL_CORPUS_PLAN` and a file by `LLMSPELL_CORPUS_SEEN`, in which it
//! then reads what the core made of each; without them the answers at the end of this file are used.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod sim;

use llmspell_core::codec;
use llmspell_core::message::{Part, Role};
use llmspell_core::outcome::RunResult;
use llmspell_core::run::{Endpoint, Input, RunInput, RunSpec, Settings};
use llmspell_core::tool::ToolSet;
use llmspell_core::{Conversation, Event, EventBody};
use serde::Deserialize;
use serde_json::{Value, json};
use sim::{Sim, ask, spec};
use std::fmt::Write as _;
use std::sync::Arc;

/// Bodies up to this length (bytes) are also cut into two at every place.
const CUT_BYTES: usize = 1024;

/// One answer of the plan.
#[derive(Deserialize)]
struct Recorded {
    id: String,
    /// Name of the codec that reads it.
    codec: String,
    status: u16,
    headers: Vec<(String, String)>,
    /// In hexadecimal digits, because a recording may hold any bytes.
    body_hex: String,
}

/// The events of a run of one step that gets this answer in these pieces. It has no tools, so it needs no host.
fn events(recorded: &Recorded, pieces: &[&[u8]]) -> Vec<Event> {
    let codec = codec::by_name(&recorded.codec).unwrap_or_else(|| panic!("there is no codec {}", recorded.codec));
    let usual = spec();
    let spec = RunSpec { tools: Arc::new(ToolSet::default()), endpoint: Endpoint { codec, ..usual.endpoint }, ..usual };
    let one_step = Settings { max_steps: Some(1), ..Settings::default() };
    let mut sim = Sim::new(spec, RunInput { settings: one_step, ..ask("hello") }, Vec::new());
    sim.begin(Conversation::default());
    let exchange = sim.open_exchange.expect("a request");
    sim.feed(Input::Head { exchange, status: recorded.status, headers: recorded.headers.clone() });
    for piece in pieces {
        if sim.finished.is_none() {
            sim.feed(Input::Bytes { exchange, bytes: piece.to_vec() });
        }
    }
    if sim.finished.is_none() {
        sim.feed(Input::End { exchange });
    }
    sim.events
}

/// The events as JSON without what the clock makes, which every input moves.
fn comparable(events: &[Event]) -> Vec<Value> {
    let timeless = |event: &Event| {
        let mut json = serde_json::to_value(event).unwrap();
        for place in ["/result/metadata/execution_time_ms", "/partial/metadata/execution_time_ms"] {
            if let Some(time) = json.pointer_mut(place) {
                *time = json!(0);
            }
        }
        json
    };
    events.iter().map(timeless).collect()
}

/// What a caller of the first step sees, and where a split made a difference.
fn observe(recorded: &Recorded) -> Value {
    let body = unhex(&recorded.body_hex);
    let whole = events(recorded, &[&body]);
    let mut seen = summary(&whole);
    if let Some(object) = seen.as_object_mut() {
        object.insert("id".into(), json!(recorded.id));
        object.insert("split".into(), first_difference(recorded, &body, &comparable(&whole)));
    }
    seen
}

fn first_difference(recorded: &Recorded, body: &[u8], whole: &[Value]) -> Value {
    let bytes: Vec<&[u8]> = body.chunks(1).collect();
    if comparable(&events(recorded, &bytes)) != whole {
        return json!("byte by byte");
    }
    let cuts = if body.len() <= CUT_BYTES { 1..body.len() } else { 0..0 };
    let differs = |at: &usize| {
        let (head, tail) = body.split_at(*at);
        comparable(&events(recorded, &[head, tail])) != whole
    };
    cuts.into_iter().find(differs).map_or(Value::Null, |at| json!(format!("cut at byte {at}")))
}

fn summary(events: &[Event]) -> Value {
    let (mut text, mut reasoning) = (String::new(), String::new());
    let mut calls: Vec<(String, String, String)> = Vec::new();
    let (mut announced, mut end, mut error) = (Vec::new(), Value::Null, Value::Null);
    let mut result = &RunResult::default();
    for event in events {
        match &event.body {
            EventBody::TextDelta { text: piece } => text.push_str(piece),
            EventBody::ReasoningDelta { text: piece } => reasoning.push_str(piece),
            EventBody::ToolCallDelta { tool_call_id, name, arguments_delta } => {
                match calls.iter_mut().find(|(id, ..)| id == tool_call_id) {
                    Some(call) => {
                        call.1.clone_from(name);
                        call.2.push_str(arguments_delta);
                    }
                    None => calls.push((tool_call_id.clone(), name.clone(), arguments_delta.clone())),
                }
            }
            EventBody::ToolCall { tool_call_id, .. } => announced.push(tool_call_id.clone()),
            EventBody::StepEnd { usage, finish_reason } => {
                end = json!({"usage": usage, "finish_reason": finish_reason});
            }
            EventBody::Done { result: whole } => result = whole,
            EventBody::Error { error: why, partial } => {
                result = partial;
                error = json!({"kind": why.kind.as_str(), "http_status": why.http_status, "message": why.message});
            }
            _ => {}
        }
    }
    let calls: Vec<Value> =
        calls.iter().map(|(id, name, arguments)| json!({"id": id, "name": name, "arguments": arguments})).collect();
    json!({"text": text, "reasoning": reasoning, "calls": calls, "announced": announced, "end": end, "error": error,
        "citations": citations(result), "model": result.metadata.model})
}

/// Where the turn's words come from, each with what it has of `url`, `title` and `quote`.
fn citations(result: &RunResult) -> Vec<Value> {
    let parts = result.messages.iter().filter(|message| message.role == Role::Assistant).flat_map(|it| &it.content);
    let shown = |part: &Part| {
        let Part::Citation(citation) = part else { return None };
        let fields = [("url", &citation.url), ("title", &citation.title), ("quote", &citation.quote)];
        Some(fields.into_iter().filter_map(|(name, text)| Some((name.to_owned(), json!(text.as_ref()?)))).collect())
    };
    parts.filter_map(shown).collect()
}

fn unhex(digits: &str) -> Vec<u8> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.as_bytes().chunks(2).map(pair).collect()
}

/// Observes the whole plan, on as many threads as there are processors.
fn observe_all(plan: &[Recorded]) -> Vec<Value> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = plan.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> =
            plan.chunks(share).map(|part| scope.spawn(|| part.iter().map(observe).collect::<Vec<_>>())).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").unwrap();
        digits
    })
}

fn own_plan() -> Vec<Recorded> {
    let answer = |id: &str, status, body: &str| Recorded {
        id: id.into(),
        codec: "openai_chat".into(),
        status,
        headers: Vec::new(),
        body_hex: hex(body),
    };
    vec![
        answer(
            "plain",
            200,
            r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"Grüße 😀"},"finish_reason":"stop"}],
                "usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}"#,
        ),
        answer(
            "stream",
            200,
            concat!(
                ": waiting\r\n\r\n",
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Grü\"}}]}\r\n\r\n",
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"ße 😀\"}}]}\r\n\r\n",
                "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\r\n\r\n",
                "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"total_tokens\":7}}\r\n\r\n",
                "data: [DONE]\r\n\r\n",
            ),
        ),
        answer("refused", 429, r#"{"error":{"message":"Slow down, größer","type":"rate_limit_error"}}"#),
        answer("cut", 200, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"half\"}}]}\n\n"),
    ]
}

#[test]
fn no_recorded_answer_depends_on_how_it_is_split() {
    let plan: Vec<Recorded> = match std::env::var("LLMSPELL_CORPUS_PLAN") {
        Ok(path) => {
            let text = std::fs::read_to_string(&path).unwrap();
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        }
        Err(_) => own_plan(),
    };
    let seen = observe_all(&plan);
    assert_eq!(seen.len(), plan.len());
    if let Ok(path) = std::env::var("LLMSPELL_CORPUS_SEEN") {
        let lines: String = seen.iter().map(|seen| format!("{seen}\n")).collect();
        std::fs::write(path, lines).unwrap();
    }
    let split: Vec<String> = seen
        .iter()
        .filter(|seen| seen.get("split") != Some(&Value::Null))
        .map(|seen| format!("{}: {}", seen.get("id").unwrap(), seen.get("split").unwrap()))
        .collect();
    assert!(split.is_empty(), "the split changed the events of {split:#?}");
}

#[test]
fn the_summary_says_what_an_answer_holds() {
    let seen: Vec<Value> = own_plan().iter().map(observe).collect();
    let get = |at: usize, place: &str| seen.get(at).and_then(|seen| seen.pointer(place)).cloned().unwrap_or_default();
    for at in [0, 1] {
        assert_eq!(get(at, "/text"), "Grüße 😀");
        assert_eq!(get(at, "/end/finish_reason"), "stop");
        assert_eq!(get(at, "/end/usage/total_tokens"), 7);
        assert_eq!(get(at, "/error"), Value::Null);
    }
    assert_eq!(get(2, "/error/kind"), "rate_limit");
    assert_eq!(get(2, "/error/http_status"), 429);
    assert_eq!(get(3, "/error/kind"), "network");
    assert_eq!(get(3, "/text"), "half");
}

#[test]
fn a_split_that_matters_is_noticed() {
    let plain = own_plan().into_iter().next().unwrap();
    let body = unhex(&plain.body_hex);
    let other = comparable(&events(&plain, &[b"data: [DONE]\n\n"]));
    assert_eq!(first_difference(&plain, &body, &other), "byte by byte");
}
