//! OpenRouter: OpenAI's Chat format with comments while it waits, errors in the middle of a stream whose `code` is a number,
//! reasoning as blocks that must come back as they were, its own cost, and pictures in the answer.
//!
//! Source: <https://openrouter.ai/docs/api-reference/overview>. What it takes besides (`provider` for routing, `models`,
//! `transforms`, `plugins`, `reasoning`) are provider options, which go into the body as they are.

#[cfg(test)]
mod tests;

use super::openai_chat;
use super::openai_compatible::OpenAiCompatible;
use super::openai_compatible::table::OPENROUTER;
use super::{Codec, Decoder, Encoded, OutputMode, TurnRequest};
use crate::error::Error;
use crate::http::Redactor;

/// The codec of OpenRouter.
#[derive(Debug)]
pub struct OpenRouter;

/// What it has in common with the others.
const COMMON: OpenAiCompatible = OpenAiCompatible(&OPENROUTER);

impl Codec for OpenRouter {
    fn encode(&self, turn: &TurnRequest<'_>) -> Result<Encoded, Error> {
        openai_chat::encode(turn, &OPENROUTER)
    }

    fn decoder(&self, seed: u64, redactor: Redactor) -> Box<dyn Decoder> {
        COMMON.decoder(seed, redactor)
    }

    fn failure(&self, status: u16, headers: &[(String, String)], body: &[u8], redactor: &Redactor) -> Error {
        COMMON.failure(status, headers, body, redactor)
    }

    fn output_mode(&self, model: &str) -> OutputMode {
        COMMON.output_mode(model)
    }
}
