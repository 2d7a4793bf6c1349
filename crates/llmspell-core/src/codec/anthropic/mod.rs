//! Anthropic Messages, and the servers that speak it.
//!
//! Source: <https://platform.claude.com/docs/en/api/messages> and its pages on streaming, tool use, thinking, caching and
//! structured outputs. `base_url` is the address without `/v1`, as in Anthropic's own SDKs; one that ends with `/v1` is taken
//! as well.
//!
//! A turn is kept as `{role, content}` with every block as a plain answer has it, and goes back as it came: signatures,
//! redacted thinking, results of server tools and blocks of types that we do not know. A turn that the model refused
//! (`refusal`) ends with finish reason `content_filter` and the text so far; one that the server paused (`pause_turn`) goes on.

mod accumulate;
mod cache;
mod errors;
mod history;
mod models;
mod outgoing;
mod parts;
#[cfg(test)]
mod properties;
mod request;
mod response;
mod schema;
mod stream;
#[cfg(test)]
mod tests;
mod thinking;
mod wire;

use super::{Codec, Decoder, Encoded, OutputMode, TurnRequest, open_object};
use crate::error::Error;
use crate::http::Redactor;
use serde_json::Value;

/// The codec of Anthropic Messages.
#[derive(Debug)]
pub struct Anthropic;

impl Codec for Anthropic {
    fn encode(&self, turn: &TurnRequest<'_>) -> Result<Encoded, Error> {
        request::encode(turn)
    }

    fn decoder(&self, seed: u64, redactor: Redactor) -> Box<dyn Decoder> {
        Box::new(stream::MessagesDecoder::new(seed, redactor))
    }

    fn failure(&self, status: u16, headers: &[(String, String)], body: &[u8], redactor: &Redactor) -> Error {
        errors::failure(status, headers, body, redactor)
    }

    fn output_mode(&self, model: &str) -> OutputMode {
        if models::traits(model).native_output { OutputMode::Native } else { OutputMode::Tool }
    }

    /// The schema of an answer must close every object.
    fn output_mode_for(&self, model: &str, schema: &Value, _has_tools: bool) -> OutputMode {
        match self.output_mode(model) {
            _ if open_object::is_any(schema) => OutputMode::Prompt,
            OutputMode::Native if open_object::is_inside(schema) => OutputMode::Tool,
            mode => mode,
        }
    }
}
