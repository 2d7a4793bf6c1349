//! Streams of the other wire formats to deltas: words of a text, and, where they come in pieces, the arguments of a call. One
//! more is a line.

use super::wire;
use criterion::{Criterion, Throughput};
use llmspell_core::codec::Codec;
use llmspell_core::codec::anthropic::Anthropic;
use llmspell_core::codec::gemini::Gemini;
use llmspell_core::codec::ollama::Ollama;
use llmspell_core::codec::openai_chat::OpenAiChat;
use llmspell_core::codec::openai_responses::OpenAiResponses;
use llmspell_core::codec::openrouter::OpenRouter;
use llmspell_core::http::Redactor;
use serde_json::{Value, json};

const DELTAS: usize = 4096;

fn word(at: usize) -> String {
    format!(" w{at:04}")
}

/// The pieces of a list as JSON text.
fn argument(at: usize) -> String {
    if at == 0 { "{\"list\":[0".to_owned() } else { format!(", {at:04}") }
}

fn named(name: &str, fields: &Value) -> String {
    let mut all = json!({"type": name});
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    format!("event: {name}\ndata: {all}\n\n")
}

/// Anthropic: named events.
fn anthropic(block: &Value, delta: impl Fn(usize) -> Value) -> Vec<u8> {
    let usage =
        json!({"input_tokens": 19, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 1});
    let message = json!({"id": "msg_bench", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": usage});
    let mut text = named("message_start", &json!({"message": message}));
    text.push_str(&named("content_block_start", &json!({"index": 0, "content_block": block})));
    for at in 0..DELTAS {
        text.push_str(&named("content_block_delta", &json!({"index": 0, "delta": delta(at)})));
    }
    text.push_str(&named("content_block_stop", &json!({"index": 0})));
    let end = json!({"delta": {"stop_reason": "end_turn", "stop_sequence": null}, "usage": {"output_tokens": DELTAS}});
    text.push_str(&named("message_delta", &end));
    text.push_str(&named("message_stop", &json!({})));
    text.into_bytes()
}

/// OpenAI Responses: events with a number each, and padding of changing length.
fn responses(item: &Value, kind: &str, delta: impl Fn(usize) -> String) -> Vec<u8> {
    let about =
        json!({"id": "resp_bench", "object": "response", "created_at": 1_760_000_000, "model": "gpt-5", "output": []});
    let mut text = named("response.created", &json!({"sequence_number": 0, "response": about}));
    text.push_str(&named(
        "response.output_item.added",
        &json!({"sequence_number": 1, "output_index": 0, "item": item}),
    ));
    for at in 0..DELTAS {
        let mut event = json!({"sequence_number": at + 2, "item_id": "msg_bench0123456789", "output_index": 0,
            "delta": delta(at), "obfuscation": "abcdefghijklmnop".get(..at * 7 % 16)});
        if kind == "response.output_text.delta" {
            event["content_index"] = json!(0);
            event["logprobs"] = json!([]);
        }
        text.push_str(&named(kind, &event));
    }
    let usage = json!({"input_tokens": 19, "output_tokens": DELTAS, "total_tokens": DELTAS + 19});
    let mut end = about;
    end["status"] = json!("completed");
    end["usage"] = usage;
    text.push_str(&named("response.completed", &json!({"sequence_number": DELTAS + 2, "response": end})));
    text.into_bytes()
}

/// Gemini: events with counts that grow.
fn gemini() -> Vec<u8> {
    let event = |text: &str, count: usize, end: Option<&str>| {
        let mut candidate = json!({"content": {"parts": [{"text": text}], "role": "model"}, "index": 0});
        if let Some(reason) = end {
            candidate["finishReason"] = json!(reason);
        }
        let usage = json!({"promptTokenCount": 19, "candidatesTokenCount": count, "totalTokenCount": 19 + count,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 19}]});
        let all = json!({"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-3-flash-preview",
            "responseId": "bench0123456789abcdef"});
        format!("data: {all}\r\n\r\n")
    };
    let mut text: String = (0..DELTAS - 1).map(|at| event(&word(at), at, None)).collect();
    text.push_str(&event(".", DELTAS, Some("STOP")));
    text.into_bytes()
}

/// Ollama: lines with the time in each.
fn ollama() -> Vec<u8> {
    let line = |at: usize, message: &Value, end: bool| {
        let mut all = json!({"model": "qwen3:4b", "created_at": format!("2026-11-21T10:00:00.{at}Z"), "message": message,
            "done": end});
        if end {
            all["done_reason"] = json!("stop");
            all["eval_count"] = json!(DELTAS);
        }
        format!("{all}\n")
    };
    let say = |text: String| json!({"role": "assistant", "content": text});
    let mut text: String = (0..DELTAS).map(|at| line(at, &say(word(at)), false)).collect();
    text.push_str(&line(DELTAS, &say(String::new()), true));
    text.into_bytes()
}

/// OpenAI Chat: the arguments of a call.
fn chat_call() -> Vec<u8> {
    let mut events = vec![wire::call_event(
        json!({"index": 0, "id": "call_1", "type": "function", "function": {"name": "add", "arguments": ""}}),
    )];
    events.extend((0..DELTAS).map(|at| wire::call_event(json!({"index": 0, "function": {"arguments": argument(at)}}))));
    events.push(wire::call_event(json!({"index": 0, "function": {"arguments": "]}"}})));
    events.extend(wire::ending("tool_calls"));
    events.concat()
}

fn decode(codec: &dyn Codec, bytes: &[u8]) -> usize {
    let mut decoder = codec.decoder(1, Redactor::default());
    let mut deltas = Vec::new();
    let mut count = 0;
    for piece in bytes.chunks(16 << 10) {
        decoder.push(piece, &mut deltas).unwrap();
        count += deltas.len();
        deltas.clear();
    }
    decoder.finish(&mut deltas).unwrap();
    count + deltas.len()
}

pub fn bench(c: &mut Criterion) {
    let text = json!({"type": "text", "text": ""});
    let tool = json!({"type": "tool_use", "id": "toolu_1", "name": "add", "input": {}});
    let message = json!({"id": "msg_bench0123456789", "type": "message", "status": "in_progress", "content": [], "role": "assistant"});
    let call = json!({"id": "msg_bench0123456789", "type": "function_call", "status": "in_progress", "arguments": "",
        "call_id": "call_1", "name": "add"});
    let formats: [(&str, &dyn Codec, Vec<u8>); 8] = [
        ("openrouter", &OpenRouter, wire::text_answer(DELTAS).concat()),
        ("openai, arguments", &OpenAiChat, chat_call()),
        ("anthropic", &Anthropic, anthropic(&text, |at| json!({"type": "text_delta", "text": word(at)}))),
        (
            "anthropic, arguments",
            &Anthropic,
            anthropic(&tool, |at| {
                let piece = if at + 1 == DELTAS { "]}".to_owned() } else { argument(at) };
                json!({"type": "input_json_delta", "partial_json": piece})
            }),
        ),
        ("openai_responses", &OpenAiResponses, responses(&message, "response.output_text.delta", word)),
        (
            "openai_responses, arguments",
            &OpenAiResponses,
            responses(&call, "response.function_call_arguments.delta", |at| {
                if at + 1 == DELTAS { "]}".to_owned() } else { argument(at) }
            }),
        ),
        ("gemini", &Gemini, gemini()),
        ("ollama", &Ollama, ollama()),
    ];
    let mut group = c.benchmark_group("decode");
    for (name, codec, bytes) in &formats {
        let deltas = decode(*codec, bytes);
        assert!(deltas >= DELTAS, "{name} gave {deltas} deltas");
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(format!("stream of {name}, pieces of 16 KiB"), |bencher| {
            bencher.iter(|| assert_eq!(decode(*codec, bytes), deltas));
        });
    }
    group.finish();
}
