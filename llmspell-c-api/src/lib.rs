//! The C API of llmspell: one file per object, each a thin shell over the façade crate `llmspell`.
//!
//! `include/llmspell.h` is made from these sources by the crate in `header-gen`; the comments on
//! the items here are the documentation of the header, tags included.
#![allow(non_camel_case_types)]

mod version;
#[path = "codes.gen.rs"]
mod codes;
mod error;
mod str;
mod buf;
mod agent;
mod queue;
mod run;
mod event;
mod json;
mod plain;

mod ffi;
mod target;
