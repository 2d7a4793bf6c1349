//! OpenAI Chat Completions, and the many servers that speak it.
//!
//! Source: <https://platform.openai.com/docs/api-reference/chat>. What other servers do differently and is accepted here:
//! tool calls whose index is missing, repeated or wrong; errors inside an answer of status 200; plain JSON where a stream was
//! asked for; content as a list of parts; arguments as an object; no `[DONE]`.

mod accumulate;
mod decoder;
mod failure;
mod request;
mod wire;

use super::{Codec, Decoder, Encoded, TurnRequest};
use crate::error::Error;

/// The codec of OpenAI Chat Completions.
#[derive(Debug)]
pub struct OpenAiChat;

impl Codec for OpenAiChat {
    fn encode(&self, turn: &TurnRequest<'_>) -> Result<Encoded, Error> {
        request::encode(turn)
    }

    fn decoder(&self, seed: u64) -> Box<dyn Decoder> {
        Box::new(decoder::ChatDecoder::new(seed))
    }

    fn failure(&self, status: u16, headers: &[(String, String)], body: &[u8]) -> Error {
        failure::from_answer(status, headers, body)
    }
}
