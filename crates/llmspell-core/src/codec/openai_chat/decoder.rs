//! Decodes an answer: a stream of chunks, or one plain JSON object. The first byte tells which.

use super::accumulate::Accumulator;
use super::{failure, wire};
use crate::codec::{Decoder, Delta, Turn};
use crate::defaults;
use crate::error::{Error, Kind};
use crate::json;
use crate::sse::SseDecoder;
use serde_json::Value;

/// The decoder of one answer.
#[derive(Debug)]
pub(super) struct ChatDecoder {
    form: Form,
    turn: Accumulator,
    done: bool,
}

#[derive(Debug)]
enum Form {
    Unknown(Vec<u8>),
    Stream(SseDecoder),
    Plain(Vec<u8>),
}

impl ChatDecoder {
    pub(super) fn new(seed: u64) -> Self {
        Self { form: Form::Unknown(Vec::new()), turn: Accumulator::new(seed), done: false }
    }

    fn take_answer(turn: &mut Accumulator, answer: wire::Answer, deltas: &mut Vec<Delta>) {
        if turn.model.is_none() {
            turn.model =
                answer.model.as_ref().and_then(Value::as_str).filter(|name| !name.is_empty()).map(str::to_owned);
        }
        let groq = answer.x_groq.as_ref().and_then(|extra| extra.get("usage"));
        if let Some(usage) = answer.usage.as_ref().or(groq).and_then(wire::usage) {
            turn.usage = usage;
        }
        for choice in answer.choices {
            if choice.index.as_ref().and_then(Value::as_u64).unwrap_or(0) != 0 {
                continue;
            }
            if let Some(usage) = choice.usage.as_ref().and_then(wire::usage) {
                turn.usage = usage;
            }
            if let Some(piece) = choice.delta {
                turn.take(piece, deltas);
            }
            if let Some(reason) = choice.finish_reason.as_ref().and_then(Value::as_str) {
                turn.finish_reason = Some(wire::finish_reason(reason));
            }
        }
    }

    fn stream(
        decoder: &mut SseDecoder,
        turn: &mut Accumulator,
        done: &mut bool,
        bytes: Option<&[u8]>,
        deltas: &mut Vec<Delta>,
    ) -> Result<(), Error> {
        let at_end = bytes.is_none();
        let mut event = |data: &str| {
            let data = data.trim();
            if data.is_empty() || *done {
                return Ok(());
            }
            if data == "[DONE]" {
                *done = true;
                return Ok(());
            }
            let answer: wire::Answer = match json::from_wire(data) {
                Ok(answer) => answer,
                // The last event of a stream that broke off may be cut anywhere.
                Err(_) if at_end => return Ok(()),
                Err(why) => return Err(garbage("a stream event", data, &why)),
            };
            if let Some(error) = failure::inside(&answer, data) {
                return Err(error);
            }
            Self::take_answer(turn, answer, deltas);
            if turn.size() > defaults::MESSAGE_BYTES {
                return Err(too_large());
            }
            Ok(())
        };
        match bytes {
            Some(bytes) => decoder.push(bytes, &mut event),
            None => decoder.finish(&mut event),
        }
    }

    fn plain(&mut self, body: &[u8], deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let text = String::from_utf8_lossy(body);
        let value: Value = json::from_wire(&text).map_err(|why| garbage("an answer", &text, &why))?;
        let answer: wire::Answer =
            serde_json::from_value(value).map_err(|why| garbage("an answer", &text, &why.to_string()))?;
        if let Some(error) = failure::inside(&answer, &text) {
            return Err(error);
        }
        if answer.choices.is_empty() {
            return Err(garbage("an answer", &text, "it has no `choices`"));
        }
        Self::take_answer(&mut self.turn, answer, deltas);
        self.done = true;
        Ok(())
    }
}

impl Decoder for ChatDecoder {
    fn push(&mut self, bytes: &[u8], deltas: &mut Vec<Delta>) -> Result<(), Error> {
        if let Form::Unknown(seen) = &mut self.form {
            seen.extend_from_slice(bytes);
            let text = seen.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(seen);
            let first = text.iter().position(|byte| !byte.is_ascii_whitespace());
            let seen = match first {
                // Half a byte order mark decides nothing yet.
                _ if seen.len() < 3 && seen.first() == Some(&0xEF) => return Ok(()),
                // White space in front means nothing, so a server that sends it without end gets no memory for it.
                None => {
                    *seen = vec![b'\n'];
                    return Ok(());
                }
                Some(start) => text.get(start..).unwrap_or_default().to_vec(),
            };
            let plain = matches!(first_of(&seen), Some(b'{' | b'[' | b'<'));
            self.form = if plain { Form::Plain(Vec::new()) } else { Form::Stream(SseDecoder::default()) };
            return self.push(&seen, deltas);
        }
        match &mut self.form {
            Form::Stream(decoder) => Self::stream(decoder, &mut self.turn, &mut self.done, Some(bytes), deltas),
            Form::Plain(body) => {
                if body.len() + bytes.len() > defaults::MESSAGE_BYTES {
                    return Err(too_large());
                }
                body.extend_from_slice(bytes);
                Ok(())
            }
            Form::Unknown(_) => Ok(()),
        }
    }

    fn complete(&self) -> bool {
        self.done
    }

    fn finish(&mut self, deltas: &mut Vec<Delta>) -> Result<Turn, Error> {
        match std::mem::replace(&mut self.form, Form::Unknown(Vec::new())) {
            Form::Stream(mut decoder) => {
                Self::stream(&mut decoder, &mut self.turn, &mut self.done, None, deltas)?;
            }
            Form::Plain(body) => self.plain(&body, deltas)?,
            Form::Unknown(_) => {}
        }
        if !self.done && self.turn.finish_reason.is_none() {
            return Err(Error::new(
                Kind::Network,
                "The answer ended before it was complete. The server or something on the way closed the connection; \
                 the same request may succeed.",
            ));
        }
        Ok(std::mem::replace(&mut self.turn, Accumulator::new(0)).into_turn())
    }
}

fn first_of(bytes: &[u8]) -> Option<u8> {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    text.iter().copied().find(|byte| !byte.is_ascii_whitespace())
}

fn garbage(what: &str, text: &str, why: &str) -> Error {
    Error::new(
        Kind::Protocol,
        format!(
            "The server sent {what} that is not an OpenAI Chat answer ({why}). Is base_url right? It begins: {}",
            json::quote(text, defaults::QUOTED_CHARS)
        ),
    )
}

fn too_large() -> Error {
    Error::new(Kind::Protocol, format!("The server sent an answer of more than {} MiB", defaults::MESSAGE_BYTES >> 20))
}
