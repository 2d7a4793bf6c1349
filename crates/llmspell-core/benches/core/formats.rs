//! Streams of the other wire formats to deltas. One more is a line.

use criterion::{Criterion, Throughput};
use llmspell_core::codec::Codec;
use llmspell_core::codec::gemini::Gemini;
use llmspell_core::codec::ollama::Ollama;
use llmspell_core::http::Redactor;
use serde_json::{Value, json};

const DELTAS: usize = 4096;

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
    let mut text: String = (0..DELTAS - 1).map(|at| event(&format!(" w{at:04}"), at, None)).collect();
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
    let mut text: String = (0..DELTAS).map(|at| line(at, &say(format!(" w{at:04}")), false)).collect();
    text.push_str(&line(DELTAS, &say(String::new()), true));
    text.into_bytes()
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
    let formats: [(&str, &dyn Codec, Vec<u8>); 2] = [("gemini", &Gemini, gemini()), ("ollama", &Ollama, ollama())];
    let mut group = c.benchmark_group("decode");
    for (name, codec, bytes) in &formats {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(format!("stream of {name}, pieces of 16 KiB"), |bencher| {
            bencher.iter(|| assert_eq!(decode(*codec, bytes), DELTAS));
        });
    }
    group.finish();
}
