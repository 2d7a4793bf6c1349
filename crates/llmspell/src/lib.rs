//! The façade of llmspell: what every binding wraps, so that the shells above it hold no logic of their own.
//!
//! - [`Agent`]: a configuration with its tools and one conversation, made from JSON options.
//! - [`Target`]: what a run can be started on; [`Run`]: a run under way, whose events come in a [`Queue`].
//! - [`blocking`]: one call that waits for the answer and asks a closure to do the tools' work.
//!
//! Options are held to `spec/schema`; an error names the option, what was expected, what was given and, for an unknown
//! name, the nearest known one.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod address;
mod agent;
pub mod blocking;
mod json;
pub mod openai;
mod options;
mod provider;
mod run;
mod target;

pub use agent::Agent;
pub use json::{mend as mend_json_complaint, parse as parse_json};
pub use llmspell_core::run::Status;
pub use llmspell_core::{Error, Event, EventBody, EventType, Kind, RunResult, defaults, request};
pub use llmspell_runtime::{Caller, Life, Queue, Waker, forbid_requests};
pub use run::Run;
pub use target::Target;

/// Version of llmspell.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
