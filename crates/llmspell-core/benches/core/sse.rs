//! Server-sent events, without what is in them.

use super::wire;
use criterion::{Criterion, Throughput};
use llmspell_core::sse::SseDecoder;
use std::hint::black_box;

const EVENTS: usize = 4096;

pub fn bench(c: &mut Criterion) {
    let bytes: Vec<u8> = (0..EVENTS).flat_map(wire::text_event).collect();
    let mut group = c.benchmark_group("sse");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    for (name, size) in [("pieces of 16 KiB", 16 << 10), ("pieces of 100 bytes", 100)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut decoder = SseDecoder::default();
                let mut seen = 0;
                for piece in bytes.chunks(size) {
                    decoder
                        .push(piece, &mut |event| {
                            seen += black_box(event).data.len();
                            Ok(())
                        })
                        .unwrap();
                }
                seen
            });
        });
    }
    group.finish();
}
