//! Ollama's own API: `/api/chat`, with answers as lines of JSON.
//!
//! Source: <https://github.com/ollama/ollama/blob/main/docs/api.md>. Accepted besides: a plain answer, also over several
//! lines; several calls of one index or none; arguments as text; an error line after status 200.

mod errors;
mod messages;
mod request;
mod response;
mod stream;
#[cfg(test)]
mod tests;
mod turn;

use super::{Codec, Decoder, Encoded, OutputMode, TurnRequest};
use crate::error::Error;
use crate::http::Redactor;

/// The codec of Ollama's own API.
#[derive(Debug)]
pub struct Ollama;

impl Codec for Ollama {
    fn encode(&self, turn: &TurnRequest<'_>) -> Result<Encoded, Error> {
        request::encode(turn)
    }

    fn decoder(&self, seed: u64, redactor: Redactor) -> Box<dyn Decoder> {
        Box::new(stream::OllamaDecoder::new(seed, redactor))
    }

    fn failure(&self, status: u16, headers: &[(String, String)], body: &[u8], redactor: &Redactor) -> Error {
        errors::from_answer(status, headers, body, redactor)
    }

    /// A form for the answer holds for all that the model writes, so it could not call a tool.
    fn output_mode_with_tools(&self, _model: &str) -> OutputMode {
        OutputMode::Tool
    }
}
