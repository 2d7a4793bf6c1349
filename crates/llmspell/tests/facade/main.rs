//! The façade from outside: what programs in Rust and all bindings call.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod blocking;
mod common;
mod openai;
mod playing;
mod runs;
mod schemas;
mod secrets;
