//! The pure core of llmspell.
//!
//! Nothing here does I/O, starts a thread or reads a clock. A [`run::Run`] takes inputs (an HTTP head, bytes, a reply, a
//! timer, a cancel) together with the time and fresh randomness, and yields effects (an HTTP request, an event, a request
//! to the host, a timer, the end). Whoever drives it, a runtime, a test or a browser, gets the same behaviour byte by byte.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod budget;
pub mod cassette;
pub mod codec;
pub mod conversation;
pub mod defaults;
pub mod error;
pub mod event;
mod hash;
pub mod http;
mod input;
pub mod json;
mod media;
pub mod message;
pub mod model;
pub mod ndjson;
pub mod outcome;
pub mod output;
pub mod partial;
pub mod rate;
pub mod repair;
pub mod request;
pub mod run;
pub mod schema;
#[cfg(test)]
mod split;
pub mod sse;
pub mod tool;
mod tool_result;
pub mod usage;

pub use conversation::Conversation;
pub use error::{Error, Kind};
pub use event::{Event, EventBody, EventMask, EventType};
pub use message::{Message, Part, Role, ToolCall};
pub use outcome::RunResult;
pub use usage::Usage;
