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
mod media;
mod merge;
mod messages;
mod only_piece;
mod request;
mod response;
mod stream;
#[cfg(test)]
mod tests;
mod tools;
mod turn;
mod usage;

pub(crate) use request::encode;

use super::openai_compatible::{OpenAiCompatible, dialect_at, table};
use super::{Codec, Decoder, Encoded, OutputMode, TurnRequest};
use crate::error::Error;
use crate::http::Redactor;

/// The codec of OpenAI Chat Completions. At the address of another server that is known it speaks that server's dialect, at an
/// unknown one what most servers take.
#[derive(Debug)]
pub struct OpenAiChat;

impl Codec for OpenAiChat {
    fn encode(&self, turn: &TurnRequest<'_>) -> Result<Encoded, Error> {
        encode(turn, dialect_at(&turn.endpoint.base_url))
    }

    fn decoder(&self, seed: u64, redactor: Redactor) -> Box<dyn Decoder> {
        Box::new(stream::ChatDecoder::new(seed, redactor))
    }

    fn failure(&self, status: u16, headers: &[(String, String)], body: &[u8], redactor: &Redactor) -> Error {
        super::failure::from_answer(status, headers, body, redactor)
    }
    fn output_mode(&self, model: &str) -> OutputMode {
        OpenAiCompatible(&table::OPENAI).output_mode(model)
    }
}
