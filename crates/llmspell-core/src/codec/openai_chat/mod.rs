//! OpenAI Chat Completions, and the many servers that speak it.
//!
//! Source: <https://platform.openai.com/docs/api-reference/chat>. What other servers do differently and is accepted here:
//! tool calls whose index is missing, repeated or wrong; errors inside an answer of status 200; plain JSON where a stream was
//! asked for; content as a list of parts; arguments as an object; `function_call`; the whole message beside its deltas; a
//! character cut in two by its escapes; fields of other types; no `[DONE]`.

mod accumulate;
mod calls;
mod errors;
mod finish;
mod halves;
mod merge;
mod only_text;
mod request;
mod response;
mod stream;
#[cfg(test)]
mod tests;
mod turn;
mod usage;

use super::{Codec, Decoder, Encoded, TurnRequest};
use crate::error::Error;
use crate::http::Redactor;

/// The codec of OpenAI Chat Completions.
#[derive(Debug)]
pub struct OpenAiChat;

impl Codec for OpenAiChat {
    fn encode(&self, turn: &TurnRequest<'_>) -> Result<Encoded, Error> {
        request::encode(turn)
    }

    fn decoder(&self, seed: u64, redactor: Redactor) -> Box<dyn Decoder> {
        Box::new(stream::ChatDecoder::new(seed, redactor))
    }

    fn failure(&self, status: u16, headers: &[(String, String)], body: &[u8], redactor: &Redactor) -> Error {
        super::failure::from_answer(status, headers, body, redactor)
    }
}
