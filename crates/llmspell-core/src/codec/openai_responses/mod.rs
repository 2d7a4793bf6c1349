//! OpenAI Responses.
//!
//! Source: <https://platform.openai.com/docs/api-reference/responses> and its page on streaming events. Conversations are
//! sent whole and nothing is kept by the server (`store: false`), so what a model reasoned goes back encrypted. What servers
//! do differently and is accepted here: no deltas, or no last output; events without a number, or twice; plain JSON where a
//! stream was asked for; ids that change on the way; errors in several shapes after status 200.

mod errors;
mod input;
mod item;
mod media;
#[cfg(test)]
mod properties;
mod request;
#[cfg(test)]
mod request_tests;
mod response;
mod stream;
#[cfg(test)]
mod tests;
mod wire;

use super::{Codec, Decoder, Encoded, TurnRequest};
use crate::error::Error;
use crate::http::Redactor;

/// The codec of OpenAI Responses.
#[derive(Debug)]
pub struct OpenAiResponses;

impl Codec for OpenAiResponses {
    fn encode(&self, turn: &TurnRequest<'_>) -> Result<Encoded, Error> {
        request::encode(turn)
    }

    fn decoder(&self, seed: u64, redactor: Redactor) -> Box<dyn Decoder> {
        Box::new(stream::ResponsesDecoder::new(seed, redactor))
    }

    fn failure(&self, status: u16, headers: &[(String, String)], body: &[u8], redactor: &Redactor) -> Error {
        super::failure::from_answer(status, headers, body, redactor)
    }
}
