//! The Chat codec: answers to deltas, conversations to requests.

use super::{sim, wire};
use criterion::{BatchSize, Criterion, Throughput};
use llmspell_core::Message;
use llmspell_core::codec::Codec;
use llmspell_core::codec::openai_chat::OpenAiChat;
use llmspell_core::http::Redactor;
use llmspell_core::run::RunSpec;

const EVENTS: usize = 4096;

/// Decodes an answer that comes in these pieces; returns how many deltas it had.
fn decode<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> usize {
    let mut decoder = OpenAiChat.decoder(1, Redactor::default());
    let mut deltas = Vec::new();
    let mut count = 0;
    for piece in pieces {
        decoder.push(piece, &mut deltas).unwrap();
        count += deltas.len();
        deltas.clear();
    }
    decoder.finish(&mut deltas).unwrap();
    count + deltas.len()
}

pub fn encode(spec: &RunSpec, messages: &[&Message]) -> usize {
    OpenAiChat.encode(&spec.turn_request_at(spec.route(0), &spec.settings, messages)).unwrap().body.len()
}

pub fn bench(c: &mut Criterion) {
    let events = wire::text_answer(EVENTS);
    let bytes = events.concat();
    let mut group = c.benchmark_group("decode");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("stream, an event a piece", |bencher| {
        bencher.iter(|| assert_eq!(decode(events.iter().map(Vec::as_slice)), EVENTS));
    });
    group.bench_function("stream, pieces of 16 KiB", |bencher| {
        bencher.iter(|| assert_eq!(decode(bytes.chunks(16 << 10)), EVENTS));
    });
    let plain = wire::plain_answer(8);
    group.throughput(Throughput::Bytes(plain.len() as u64));
    group.bench_function("plain answer", |bencher| {
        bencher.iter(|| assert_eq!(decode(std::iter::once(plain.as_slice())), 1));
    });
    group.finish();

    let spec = sim::spec();
    let message = Message::user("What is the answer?");
    let mut group = c.benchmark_group("encode");
    group.bench_function("request with two tools", |bencher| {
        bencher.iter_batched(|| [&message], |messages| encode(&spec, &messages), BatchSize::SmallInput);
    });
    group.finish();
}
