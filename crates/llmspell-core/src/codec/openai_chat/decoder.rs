//! Decodes an answer: a stream of chunks, or one plain JSON object. The first byte tells which.

use super::accumulate::Accumulator;
use super::envelope::Envelope;
use super::failure;
use super::wire::{self, Loose};
use crate::codec::limits::{cut_short, too_large};
use crate::codec::{Decoder, Delta, Progress, Turn};
use crate::defaults;
use crate::error::{Error, Kind};
use crate::http::Redactor;
use crate::sse::{Event, SseDecoder};
use serde_json::Value;
use std::borrow::Cow;
use std::cell::OnceCell;

/// The decoder of one answer.
#[derive(Debug)]
pub(super) struct ChatDecoder {
    form: Form,
    answer: Receiver,
}

#[derive(Debug)]
enum Form {
    Unknown,
    Stream(SseDecoder),
    Plain(Vec<u8>),
}

/// What has been received of the answer.
#[derive(Debug)]
struct Receiver {
    turn: Accumulator,
    /// The answer says that it is complete.
    done: bool,
    /// The begin of a stream that had no event yet; it may be none.
    opening: Option<Vec<u8>>,
    redactor: Redactor,
    envelope: Envelope,
}

/// Names of the fields of an event stream; a comment has none.
const STREAM_FIELDS: [&str; 5] = ["data", "event", "id", "retry", ""];

impl ChatDecoder {
    pub(super) fn new(seed: u64, redactor: Redactor) -> Self {
        Self {
            form: Form::Unknown,
            answer: Receiver {
                turn: Accumulator::new(seed),
                done: false,
                opening: Some(Vec::new()),
                redactor,
                envelope: Envelope::default(),
            },
        }
    }
}

impl Decoder for ChatDecoder {
    fn push(&mut self, bytes: &[u8], deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let mut bytes = bytes;
        if matches!(self.form, Form::Unknown) {
            // White space and a byte order mark in front mean nothing, however they are split.
            let skipped = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, 0xEF | 0xBB | 0xBF);
            let Some(start) = bytes.iter().position(|byte| !skipped(byte)) else { return Ok(()) };
            bytes = bytes.get(start..).unwrap_or_default();
            let plain = matches!(bytes.first(), Some(b'{' | b'[' | b'<'));
            self.form = if plain { Form::Plain(Vec::new()) } else { Form::Stream(SseDecoder::default()) };
        }
        match &mut self.form {
            Form::Stream(decoder) => {
                decoder.push(bytes, &mut |event| self.answer.take_event(event, false, deltas))?;
                self.answer.keep_opening(bytes);
                Ok(())
            }
            Form::Plain(body) => {
                if body.len() + bytes.len() > defaults::MESSAGE_BYTES {
                    return Err(too_large());
                }
                body.extend_from_slice(bytes);
                Ok(())
            }
            Form::Unknown => Ok(()),
        }
    }

    fn progress(&self) -> Progress {
        match &self.answer {
            Receiver { done: true, .. } => Progress::Complete,
            Receiver { turn, .. } if turn.finish_reason.is_some() => Progress::Finished,
            _ => Progress::Partial,
        }
    }

    fn finish(&mut self, deltas: &mut Vec<Delta>) -> Result<Turn, Error> {
        let answer = &mut self.answer;
        let is_plain = matches!(self.form, Form::Plain(_));
        match std::mem::replace(&mut self.form, Form::Unknown) {
            Form::Stream(mut decoder) => {
                decoder.finish(&mut |event| answer.take_event(event, true, deltas))?;
                answer.check_opening()?;
            }
            Form::Plain(body) => answer.take_body(&body, deltas)?,
            Form::Unknown => {}
        }
        answer.turn.close(deltas)?;
        if answer.turn.finish_reason.is_none() && (!answer.done || (answer.turn.is_empty() && !is_plain)) {
            return Err(cut_short());
        }
        Ok(std::mem::replace(&mut answer.turn, Accumulator::new(0)).into_turn())
    }
}

impl Receiver {
    /// Takes the data of one event. `at_end`: the stream ended without the event's blank line.
    fn take_event(&mut self, event: Event<'_>, at_end: bool, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        self.opening = None;
        let data = event.data.trim();
        if data.is_empty() || self.done {
            return Ok(());
        }
        if data == "[DONE]" {
            self.done = true;
            return Ok(());
        }
        if event.name == "error" {
            return Err(crate::codec::failure::reported(data, &self.redactor));
        }
        if self.turn.halves.is_empty()
            && let Some(piece) = self.envelope.piece(data)
        {
            return self.turn.take_text(piece.to_owned(), deltas);
        }
        let marked = OnceCell::new();
        let chunk = match wire::read(data, &marked) {
            Ok(chunk) => chunk,
            // The last event of a stream that broke off may be cut anywhere.
            Err(_) if at_end => return Ok(()),
            Err(why) => return Err(self.garbage("a stream event", data, &why)),
        };
        match failure::inside(&chunk, data, &self.redactor) {
            Some(error) => Err(error),
            None => {
                self.envelope.keep(data, &chunk);
                self.turn.halves.begin(marked.get());
                self.take_answer(chunk, deltas)
            }
        }
    }

    fn take_body(&mut self, body: &[u8], deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let text = std::str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed);
        let marked = OnceCell::new();
        let answer = wire::read(&text, &marked).map_err(|why| self.garbage("an answer", &text, &why))?;
        if let Some(error) = failure::inside(&answer, &text, &self.redactor) {
            return Err(error);
        }
        if !answer.choices.iter().any(is_first) {
            return Err(self.garbage("an answer", &text, "it has no `choices`, or none of index 0"));
        }
        self.done = true;
        self.turn.halves.begin(marked.get());
        self.take_answer(answer, deltas)
    }

    fn keep_opening(&mut self, bytes: &[u8]) {
        if let Some(opening) = &mut self.opening {
            let room = defaults::FAILURE_BYTES.saturating_sub(opening.len());
            opening.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        }
    }

    /// Whether what ended without an event was a stream at all: it begins with a field of one, or breaks off in its name.
    fn check_opening(&self) -> Result<(), Error> {
        let Some(opening) = &self.opening else { return Ok(()) };
        let text = String::from_utf8_lossy(opening);
        let line = text.split(['\n', '\r']).next().unwrap_or_default();
        let is_stream = match line.split_once(':') {
            Some((name, _)) => STREAM_FIELDS.contains(&name),
            None => STREAM_FIELDS.iter().any(|name| name.starts_with(line)),
        };
        if is_stream { Ok(()) } else { Err(self.garbage("an answer", &text, "neither JSON nor a stream of events")) }
    }

    fn take_answer(&mut self, answer: wire::Answer<'_>, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let turn = &mut self.turn;
        if turn.model.is_none() {
            turn.model =
                answer.model.as_ref().and_then(Loose::as_str).filter(|name| !name.is_empty()).map(str::to_owned);
            if let Some(model) = &mut turn.model {
                turn.halves.settle(model);
            }
        }
        // A usage that says nothing still stands before the other place.
        let used = if answer.usage.given { answer.usage } else { answer.x_groq.usage };
        if let Some(usage) = used.usage {
            turn.usage = usage;
        }
        for choice in answer.choices.into_iter().filter(is_first).take(1) {
            if let Some(usage) = choice.usage.usage {
                turn.usage = usage;
            }
            if let Some(piece) = choice.delta {
                turn.take(piece, false, deltas)?;
            }
            // Some servers end a stream with the whole message, or repeat it in each chunk: it counts where its pieces
            // did not come.
            if let Some(message) = choice.message.filter(|_| turn.is_empty()) {
                turn.take(*message, true, deltas)?;
            }
            // An empty one, in every chunk of some servers, means that there is more to come.
            if let Some(reason) = choice.finish_reason.as_ref().and_then(Loose::as_str).filter(|it| !it.is_empty()) {
                if reason == "error" {
                    return Err(failure::unexplained());
                }
                turn.finish_reason = Some(wire::finish_reason(reason));
            }
        }
        Ok(())
    }

    fn garbage(&self, what: &str, text: &str, why: &str) -> Error {
        Error::new(
            Kind::Protocol,
            format!(
                "The server sent {what} that is not an OpenAI Chat answer ({}). Is base_url right? It begins: {}",
                // The reader's complaint may quote the answer.
                self.redactor.clean(why),
                self.redactor.quote(text, defaults::QUOTED_CHARS)
            ),
        )
    }
}

/// Whether a choice is the one that is given: that of index 0, which some servers do not write.
fn is_first(choice: &wire::Choice<'_>) -> bool {
    choice.index.as_ref().and_then(Value::as_u64).unwrap_or(0) == 0
}
