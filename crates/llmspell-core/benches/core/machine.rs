//! The run machine: everything between the bytes of an answer and the events.

use super::{drive, sim, wire};
use criterion::{Criterion, Throughput};
use llmspell_core::Conversation;

const DELTAS: usize = 1000;

pub fn bench(c: &mut Criterion) {
    let spec = drive::spec();
    let mut group = c.benchmark_group("machine");
    let short = wire::text_answer(8);
    group.bench_function("chat of 8 deltas", |bencher| {
        bencher.iter(|| {
            let outcome = drive::run(&spec, sim::ask("What is the answer?"), Conversation::default(), |_| &short);
            assert_eq!(outcome.deltas, 8);
        });
    });
    let plain = [wire::plain_answer(8)];
    group.bench_function("chat, plain answer", |bencher| {
        bencher.iter(|| {
            let outcome = drive::run(&spec, sim::ask("What is the answer?"), Conversation::default(), |_| &plain);
            assert_eq!(outcome.deltas, 1);
        });
    });
    let call = wire::tool_answer(1);
    group.bench_function("tool round trip", |bencher| {
        bencher.iter(|| {
            let outcome = drive::run(&spec, sim::ask("What is 2 + 40?"), Conversation::default(), |request| {
                if request == 0 { &call } else { &short }
            });
            assert_eq!(outcome.requests, 2);
        });
    });
    let long = wire::text_answer(DELTAS);
    group.throughput(Throughput::Elements(DELTAS as u64));
    group.bench_function("a delta", |bencher| {
        bencher.iter(|| {
            let outcome = drive::run(&spec, sim::ask("Tell me a story"), Conversation::default(), |_| &long);
            assert_eq!(outcome.deltas, DELTAS);
        });
    });
    group.finish();
}
