//! Servers that speak OpenAI's Chat format, each in its own dialect.
//!
//! The codec is that of [`super::openai_chat`]; what differs is data ([`Dialect`]), one entry for each server.

mod dialect;
pub mod table;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use dialect::{Auth, CallIds, Dialect, Files, Output};

use super::openai_chat::{self, OpenAiChat};
use super::{Codec, Decoder, Encoded, OutputMode, TurnRequest, open_object};
use crate::error::Error;
use crate::http::Redactor;
use serde_json::Value;

/// The codec of a server that speaks this dialect.
#[derive(Debug)]
pub struct OpenAiCompatible(pub &'static Dialect);

impl Codec for OpenAiCompatible {
    fn encode(&self, turn: &TurnRequest<'_>) -> Result<Encoded, Error> {
        openai_chat::encode(turn, self.0)
    }

    fn decoder(&self, seed: u64, redactor: Redactor) -> Box<dyn Decoder> {
        OpenAiChat.decoder(seed, redactor)
    }

    fn failure(&self, status: u16, headers: &[(String, String)], body: &[u8], redactor: &Redactor) -> Error {
        OpenAiChat.failure(status, headers, body, redactor)
    }

    fn output_mode(&self, model: &str) -> OutputMode {
        if self.0.takes_schema(model) { OutputMode::Native } else { OutputMode::Tool }
    }

    fn output_mode_for(&self, model: &str, schema: &Value, has_tools: bool) -> OutputMode {
        match self.0.output {
            Output::ToolOrObject if !has_tools && open_object::is_any(schema) => OutputMode::Native,
            _ => self.output_mode(model),
        }
    }
}

/// The dialect that the server at this address speaks; the generic one for an address that is not known.
#[must_use]
pub fn dialect_at(base_url: &str) -> &'static Dialect {
    let rest = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
    let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
    let is_at = |name: &&str| {
        let before = host.len().checked_sub(name.len());
        before.and_then(|at| host.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(name))
            && before.is_some_and(|at| at == 0 || host.as_bytes().get(at - 1) == Some(&b'.'))
    };
    table::DIALECTS.iter().find(|dialect| dialect.hosts.iter().any(is_at)).copied().unwrap_or(&table::GENERIC)
}
