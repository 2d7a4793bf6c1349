//! The Node.js addon: the façade for JavaScript, and nothing that decides. What users see is TypeScript on top of it
//! (`bindings/node/ts`), which alone calls these functions.
//!
//! A failure is thrown as an error whose message is the JSON of `spec/schema/error.schema.json`.

mod agent;
mod bell;
mod failure;
mod hub;
pub mod openai;
mod rows;

use napi_derive::napi;

/// Version of llmspell.
#[napi(catch_unwind)]
#[must_use]
pub fn version() -> &'static str {
    llmspell::VERSION
}

/// Lets no request leave the process, or lets them leave again.
#[napi(catch_unwind)]
pub fn forbid_requests(forbid: bool) {
    llmspell::forbid_requests(forbid);
}
