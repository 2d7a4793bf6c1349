//! Tests of the runtime against real servers on loopback, in one program so that it is linked once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../../../llmspell-c-api/fuzz/src/harness/counting.rs"]
mod counting;
mod support;

mod bad_input;
mod cancel;
mod cancel_events;
mod defects;
mod demo;
mod fairness;
mod fork;
mod http;
mod http2;
mod network;
mod pressure;
mod proxy;
mod queue;
mod recovery;
mod redirect;
mod threads;
mod timeouts;
mod tls;
mod tools;

#[global_allocator]
static MEMORY: counting::Counting = counting::Counting;
