//! Speed of the core alone: no I/O, no host. `make bench BENCH=core` runs it and compares with the targets.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod codec;
mod drive;
mod formats;
mod growth;
mod machine;
#[path = "../../tests/sim/mod.rs"]
mod sim;
mod sse;
mod wire;

use criterion::{criterion_group, criterion_main};

criterion_group!(benches, sse::bench, codec::bench, formats::bench, machine::bench, growth::bench);
criterion_main!(benches);
