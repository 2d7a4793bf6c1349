//! Runs the conformance cases of `spec/cases` on the façade (spec/README.md). `make conformance` starts it with a mock server;
//! `cargo test` alone leaves it out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod case;
#[path = "cases.gen.rs"]
mod cases;
mod matching;
mod mock;
mod ops;
mod stream;
mod tool;
mod world;
