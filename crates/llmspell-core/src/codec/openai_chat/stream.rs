//! Decodes an answer: a stream of chunks, or one plain JSON object. The first byte tells which.

use super::accumulate::Accumulator;
use super::only_piece::{only_arguments, only_text};
use super::{errors, finish, response};
use crate::codec::ends;
use crate::codec::envelope::Envelope;
use crate::codec::failure::no_answer;
use crate::codec::intake::{Ended, Intake, Piece};
use crate::codec::lenient::Loose;
use crate::codec::limits::cut_short;
use crate::codec::{Decoder, Delta, Progress, Turn};
use crate::error::Error;
use crate::http::Redactor;
use crate::outcome::FinishReason;
use crate::sse::Event;
use serde_json::Value;
use std::borrow::Cow;
use std::cell::OnceCell;

/// The decoder of one answer.
#[derive(Debug)]
pub(super) struct ChatDecoder {
    intake: Intake,
    answer: Receiver,
}

/// What has been received of the answer.
#[derive(Debug)]
struct Receiver {
    turn: Accumulator,
    /// The answer says that it is complete.
    done: bool,
    redactor: Redactor,
    envelope: Envelope,
    /// That of the pieces of one call's arguments, and the place of that call.
    arguments: Envelope,
    call: usize,
}

impl ChatDecoder {
    pub(super) fn new(seed: u64, redactor: Redactor) -> Self {
        Self {
            intake: Intake::default(),
            answer: Receiver {
                turn: Accumulator::new(seed),
                done: false,
                redactor,
                envelope: Envelope::default(),
                arguments: Envelope::default(),
                call: 0,
            },
        }
    }
}

impl Decoder for ChatDecoder {
    fn push(&mut self, bytes: &[u8], deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let answer = &mut self.answer;
        self.intake.push(bytes, &mut |piece| answer.take_piece(piece, deltas))
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
        let ended = self.intake.finish(&mut |piece| answer.take_piece(piece, deltas))?;
        if let Ended::Neither(text) = &ended {
            return Err(answer.garbage("an answer", text, "neither JSON nor a stream of events"));
        }
        answer.turn.close(deltas)?;
        let reason = answer.turn.finish_reason;
        if reason.is_none() && !answer.done {
            return Err(cut_short());
        }
        if answer.turn.is_empty()
            && (reason.is_some() || ended != Ended::Plain)
            && let Some(error) = finish::empty(reason)
        {
            return Err(error);
        }
        if let Some(reason) = answer.turn.unknown_end.take() {
            let notice = ends::unknown("finish_reason", &reason, answer.turn.came(), &answer.redactor)?;
            answer.turn.ids.notices.push(notice);
        }
        if reason.is_none() {
            let notice = ends::missing("finish_reason", answer.turn.came())?;
            answer.turn.ids.notices.push(notice);
        }
        Ok(std::mem::replace(&mut answer.turn, Accumulator::new(0)).into_turn())
    }
}

impl Receiver {
    fn take_piece(&mut self, piece: Piece<'_>, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        match piece {
            Piece::Event { event, at_end } => self.take_event(event, at_end, deltas),
            Piece::Body(body) => self.take_body(body, deltas),
        }
    }

    /// Takes the data of one event. `at_end`: the stream ended without the event's blank line.
    fn take_event(&mut self, event: Event<'_>, at_end: bool, deltas: &mut Vec<Delta>) -> Result<(), Error> {
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
        if self.turn.halves.is_empty() {
            if let Some(piece) = self.envelope.piece(data) {
                return self.turn.take_text(piece.to_owned(), deltas);
            }
            if let Some(piece) = self.arguments.piece(data) {
                return self.turn.extend_call(self.call, piece.to_owned(), deltas);
            }
        }
        let marked = OnceCell::new();
        let chunk = match response::read(data, &marked) {
            Ok(chunk) => chunk,
            // The last event of a stream that broke off may be cut anywhere.
            Err(_) if at_end => return Ok(()),
            Err(why) => return Err(self.garbage("a stream event", data, &why)),
        };
        match errors::inside(&chunk, data, &self.redactor) {
            Some(error) => Err(error),
            None => {
                if let Some(piece) = only_text(&chunk) {
                    self.envelope.keep(data, piece);
                }
                let arguments = only_arguments(&chunk);
                let kept = arguments.filter(|(piece, _)| self.arguments.keep(data, piece));
                let index = kept.map(|(_, index)| index);
                let calls = self.turn.calls.len();
                self.turn.halves.begin(marked.get());
                self.take_answer(chunk, deltas)?;
                if self.turn.calls.len() != calls {
                    self.arguments = Envelope::default();
                } else if let Some(index) = index {
                    self.call = self.turn.place_of(index);
                }
                Ok(())
            }
        }
    }

    fn take_body(&mut self, body: &[u8], deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let text = std::str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed);
        let marked = OnceCell::new();
        let answer = response::read(&text, &marked).map_err(|why| self.garbage("an answer", &text, &why))?;
        if let Some(error) = errors::inside(&answer, &text, &self.redactor) {
            return Err(error);
        }
        let Some(choice) = answer.choices.iter().find(|choice| is_first(choice)) else {
            return Err(self.garbage("an answer", &text, "it has no `choices`, or none of index 0"));
        };
        if choice.message.is_none() && choice.delta.is_none() {
            // A filter leaves the message out.
            let reason = choice.finish_reason.as_ref().and_then(Loose::as_str).map(finish::read).transpose()?.flatten();
            if reason != Some(FinishReason::ContentFilter) {
                return Err(self.garbage("an answer", &text, "its `message` is missing, or no object"));
            }
        }
        self.done = true;
        self.turn.halves.begin(marked.get());
        self.take_answer(answer, deltas)
    }

    fn take_answer(&mut self, answer: response::Answer<'_>, deltas: &mut Vec<Delta>) -> Result<(), Error> {
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
        turn.keep(answer.other)?;
        for choice in answer.choices.into_iter().filter(is_first).take(1) {
            turn.keep(choice.other)?;
            if let Some(logprobs) = choice.logprobs {
                turn.take_logprobs(logprobs)?;
            }
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
                let known = finish::read(reason)?;
                turn.unknown_end = known.is_none().then(|| reason.to_owned());
                turn.finish_reason = Some(known.unwrap_or_default());
            }
        }
        Ok(())
    }

    fn garbage(&self, what: &str, text: &str, why: &str) -> Error {
        no_answer("an OpenAI Chat answer", what, text, why, &self.redactor)
    }
}

/// Whether a choice is the one that is given: that of index 0, which some servers do not write.
fn is_first(choice: &response::Choice<'_>) -> bool {
    choice.index.as_ref().and_then(Value::as_u64).unwrap_or(0) == 0
}
