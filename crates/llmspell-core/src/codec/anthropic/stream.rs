//! Decodes an answer: a stream of events, or one plain message.

use super::accumulate::Blocks;
use super::response::Told;
use super::{errors, wire};
use crate::codec::envelope::Envelope;
use crate::codec::failure::{is_blank, no_answer};
use crate::codec::intake::{Ended, Intake, Piece};
use crate::codec::limits::cut_short;
use crate::codec::{Decoder, Delta, Progress, Turn};
use crate::error::Error;
use crate::http::Redactor;
use crate::json;
use crate::sse;
use serde_json::{Map, Value};
use std::cell::OnceCell;

/// The decoder of one answer.
#[derive(Debug)]
pub(super) struct MessagesDecoder {
    intake: Intake,
    answer: Receiver,
}

/// What has been received of the answer.
#[derive(Debug)]
struct Receiver {
    blocks: Blocks,
    told: Told,
    /// The answer says that it is complete.
    done: bool,
    /// The block whose pieces of text come in `envelope`.
    known: Option<usize>,
    envelope: Envelope,
    redactor: Redactor,
}

impl MessagesDecoder {
    pub(super) fn new(seed: u64, redactor: Redactor) -> Self {
        let answer = Receiver {
            blocks: Blocks::new(seed),
            told: Told::default(),
            done: false,
            known: None,
            envelope: Envelope::default(),
            redactor,
        };
        Self { intake: Intake::default(), answer }
    }
}

impl Decoder for MessagesDecoder {
    fn push(&mut self, bytes: &[u8], deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let answer = &mut self.answer;
        self.intake.push(bytes, &mut |piece| answer.take_piece(piece, deltas))
    }

    fn progress(&self) -> Progress {
        if self.answer.done {
            Progress::Complete
        } else if self.answer.told.stop_reason.is_some() {
            Progress::Finished
        } else {
            Progress::Partial
        }
    }

    fn finish(&mut self, deltas: &mut Vec<Delta>) -> Result<Turn, Error> {
        let answer = &mut self.answer;
        let ended = self.intake.finish(&mut |piece| answer.take_piece(piece, deltas))?;
        if let Ended::Neither(text) = &ended {
            return Err(answer.garbage("an answer", text, "neither JSON nor a stream of events"));
        }
        answer.blocks.close(deltas);
        let whole = answer.done && (ended == Ended::Plain || !answer.blocks.is_empty());
        if answer.told.stop_reason.is_none() && !whole {
            return Err(cut_short());
        }
        let blocks = std::mem::replace(&mut answer.blocks, Blocks::new(0));
        std::mem::take(&mut answer.told).into_turn(blocks, &answer.redactor, deltas)
    }
}

impl Receiver {
    fn take_piece(&mut self, piece: Piece<'_>, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        match piece {
            Piece::Event { event, at_end } => self.take_event(event, at_end, deltas),
            Piece::Body(body) => self.take_body(body, deltas),
        }
    }

    /// `at_end`: the stream ended without the event's blank line.
    fn take_event(&mut self, event: sse::Event<'_>, at_end: bool, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let data = event.data.trim();
        // Gateways end the stream in OpenAI's way, too.
        if data.is_empty() || self.done || data == "[DONE]" {
            return Ok(());
        }
        if let Some(at) = self.known
            && event.name != "error"
            && let Some(piece) = self.envelope.piece(data)
        {
            return self.blocks.more(at, piece.to_owned(), deltas);
        }
        if event.name == "error" {
            return Err(errors::reported(data, &self.redactor));
        }
        let mended = OnceCell::new();
        let read = match wire::read(data, &mended) {
            Ok(read) => read,
            // The last event of a stream that broke off may be cut anywhere.
            Err(_) if at_end => return Ok(()),
            Err(why) => return Err(self.garbage("a stream event", data, &why)),
        };
        let own = wire::text(&read.kind);
        let kind = if own.is_empty() { event.name } else { own };
        let index = read.index.0;
        match kind {
            "content_block_delta" => {
                let Some(delta) = read.delta else { return Ok(()) };
                if let Some(piece) = wire::only_text(&delta).filter(|_| read.other.is_empty()) {
                    self.envelope.keep(data, piece);
                }
                let at = self.blocks.piece(index, delta, deltas)?;
                if self.known.is_some() && self.known != at {
                    self.forget();
                } else {
                    self.known = at;
                }
            }
            "content_block_start" => {
                self.forget();
                match read.content_block {
                    Some(Value::Object(fields)) => self.blocks.start(index, fields, deltas)?,
                    _ => return Err(self.garbage("a stream event", data, "its block is no object")),
                }
            }
            "content_block_stop" => {
                self.forget();
                self.blocks.stop(index, deltas);
            }
            "message_start" => {
                self.forget();
                if let Some(Value::Object(message)) = read.message {
                    self.take_message(message, deltas)?;
                }
            }
            "message_delta" => {
                self.told.take(read.delta.map(|delta| delta.other).unwrap_or_default());
                self.told.take(read.other);
            }
            "message_stop" => self.done = true,
            "error" => return Err(errors::reported(data, &self.redactor)),
            // Types that come later must not break us; what has none at all is no event of this format.
            "" if read.error.as_ref().is_some_and(|error| !is_blank(error)) => {
                return Err(errors::reported(data, &self.redactor));
            }
            "" => return Err(self.garbage("a stream event", data, "it has no `type`")),
            _ => {}
        }
        Ok(())
    }

    fn forget(&mut self) {
        self.known = None;
        self.envelope = Envelope::default();
    }

    fn take_body(&mut self, body: &[u8], deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let text = String::from_utf8_lossy(body);
        let answer: Value = json::from_wire(&text).map_err(|why| self.garbage("an answer", &text, &why))?;
        let has_error = answer.get("error").is_some_and(|error| !is_blank(error));
        match answer {
            Value::Object(message) if message.get("content").is_some_and(|it| it.is_array() || it.is_string()) => {
                self.done = true;
                self.take_message(message, deltas)
            }
            Value::Object(fields) if has_error || fields.get("type").and_then(Value::as_str) == Some("error") => {
                Err(errors::reported(&text, &self.redactor))
            }
            _ => Err(self.garbage("an answer", &text, "it has no `content`")),
        }
    }

    fn take_message(&mut self, mut message: Map<String, Value>, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        match message.shift_remove("content") {
            Some(Value::Array(blocks)) => {
                blocks.into_iter().try_for_each(|block| self.blocks.whole(block, deltas))?;
            }
            Some(text @ Value::String(_)) => self.blocks.whole(text, deltas)?,
            _ => {}
        }
        self.told.take(message);
        Ok(())
    }

    fn garbage(&self, what: &str, text: &str, why: &str) -> Error {
        no_answer("an Anthropic Messages answer", what, text, why, &self.redactor)
    }
}
