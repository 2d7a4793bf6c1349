//! Growth: the time for one of many must stay the same when there are more of them.

use super::{codec, drive, sim, wire};
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use llmspell_core::message::Role;
use llmspell_core::{Conversation, Message};
use std::sync::Arc;
use std::time::Duration;

fn conversation(messages: usize) -> Conversation {
    let messages = (0..messages)
        .map(|index| {
            let role = if index % 2 == 0 { Role::User } else { Role::Assistant };
            let text = format!("This is message number {index} of a long conversation.");
            Arc::new(Message { role, ..Message::user(text) })
        })
        .collect();
    Conversation { messages, ..Conversation::default() }
}

pub fn bench(c: &mut Criterion) {
    let mut group = c.benchmark_group("growth");
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    group.sampling_mode(SamplingMode::Flat);
    let spec = drive::spec();

    for count in [100, 1_000, 10_000, 100_000] {
        group.throughput(Throughput::Elements(count as u64));
        let history = conversation(count);
        let messages: Vec<&Message> = history.messages.iter().map(AsRef::as_ref).collect();
        group.bench_function(BenchmarkId::new("messages in a request", count), |bencher| {
            bencher.iter(|| codec::encode(&spec, &messages));
        });
        let short = wire::text_answer(8);
        group.bench_function(BenchmarkId::new("messages before a run", count), |bencher| {
            bencher.iter_batched(
                || history.clone(),
                |history| drive::run(&spec, sim::ask("And now?"), history, |_| &short).requests,
                criterion::BatchSize::PerIteration,
            );
        });
        let answer = wire::text_answer(count);
        group.bench_function(BenchmarkId::new("deltas in an answer", count), |bencher| {
            bencher.iter(|| {
                let outcome = drive::run(&spec, sim::ask("Go on"), Conversation::default(), |_| &answer);
                assert_eq!(outcome.deltas, count);
            });
        });
    }

    // A step sends everything before it again, so the messages sent are counted: 1 + 3 + 5 + … = steps².
    let last = wire::text_answer(8);
    for steps in [10, 100, 1_000] {
        let calls: Vec<Vec<Vec<u8>>> = (1..steps).map(wire::tool_answer).collect();
        group.throughput(Throughput::Elements((steps * steps) as u64));
        group.bench_function(BenchmarkId::new("messages sent over all steps", steps), |bencher| {
            bencher.iter(|| {
                let outcome = drive::run(&spec, sim::ask("Add"), Conversation::default(), |request| {
                    calls.get(request).unwrap_or(&last)
                });
                assert_eq!(outcome.requests, steps);
            });
        });
    }
    group.finish();
}
