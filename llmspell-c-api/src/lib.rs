//! The C API of llmspell: one file per object, each a thin shell over the façade crate `llmspell`.
//!
//! `include/llmspell.h` is made from these sources by the crate in `header-gen`; the comments on
//! the items here are the documentation of the header, tags included.
#![allow(non_camel_case_types)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod agent;
mod buf;
#[allow(dead_code, reason = "constants of the header")]
#[path = "codes.gen.rs"]
mod codes;
mod error;
#[allow(dead_code, reason = "constants of the header")]
mod event;
mod ffi;
mod json;
mod openai;
mod plain;
mod queue;
mod run;
mod str;
mod target;
mod testing;
#[allow(dead_code, reason = "constants of the header")]
mod version;
mod waker;
