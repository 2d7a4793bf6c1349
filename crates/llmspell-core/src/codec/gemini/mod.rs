//! Gemini's `generateContent` and `streamGenerateContent`.
//!
//! Sources: <https://ai.google.dev/api/generate-content>, <https://ai.google.dev/gemini-api/docs/function-calling>,
//! <https://ai.google.dev/gemini-api/docs/thought-signatures>. What is accepted besides: a stream as a JSON array (without
//! `alt=sse`), errors between the events of a stream, a STOP in the middle of a stream (code execution), function calls
//! without ids, `[DONE]`.

mod contents;
mod elements;
mod errors;
mod model;
mod options;
mod request;
mod response;
mod schema;
mod stream;
#[cfg(test)]
mod tests;
mod turn;

use super::{Codec, Decoder, Encoded, OutputMode, TurnRequest};
use crate::error::Error;
use crate::http::Redactor;

/// The codec of Gemini's own API.
#[derive(Debug)]
pub struct Gemini;

impl Codec for Gemini {
    fn encode(&self, turn: &TurnRequest<'_>) -> Result<Encoded, Error> {
        request::encode(turn)
    }

    fn decoder(&self, seed: u64, redactor: Redactor) -> Box<dyn Decoder> {
        Box::new(stream::GeminiDecoder::new(seed, redactor))
    }

    fn failure(&self, status: u16, headers: &[(String, String)], body: &[u8], redactor: &Redactor) -> Error {
        super::failure::from_answer(status, headers, body, redactor)
    }

    fn output_mode(&self, model: &str) -> OutputMode {
        model::output_mode(model)
    }

    fn output_mode_with_tools(&self, model: &str) -> OutputMode {
        match self.output_mode(model) {
            OutputMode::Native if !model::is_third_generation(model) => OutputMode::Tool,
            mode => mode,
        }
    }
}
