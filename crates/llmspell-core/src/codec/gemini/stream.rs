//! Decodes an answer: a stream of events, the same as a JSON array, or one plain object.

use super::elements::Elements;
use super::errors;
use super::response::{self, Answer, Only};
use super::turn::Accumulator;
use crate::codec::envelope::Envelope;
use crate::codec::failure::{no_answer, reported};
use crate::codec::intake::{Ended, Intake, Piece};
use crate::codec::lenient::Loose;
use crate::codec::limits::cut_short;
use crate::codec::{Decoder, Delta, Progress, Turn};
use crate::error::{Error, Kind};
use crate::http::Redactor;
use crate::outcome::FinishReason;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The decoder of one answer.
#[derive(Debug)]
pub(super) struct GeminiDecoder {
    form: Form,
    answer: Receiver,
}

#[derive(Debug)]
enum Form {
    /// Nothing but white space has come.
    Unknown,
    Array(Elements),
    Other(Intake),
}

/// What has been received of the answer.
#[derive(Debug)]
struct Receiver {
    turn: Accumulator,
    /// The answer says that it is complete.
    done: bool,
    redactor: Redactor,
    text: Envelope,
    thought: Envelope,
    /// The last event that was known by its envelope: it has counts.
    counted: String,
}

/// In an event the counts, which grow, come after this.
const COUNTS: Option<&str> = Some("\"usageMetadata\"");

impl GeminiDecoder {
    pub(super) fn new(seed: u64, redactor: Redactor) -> Self {
        Self {
            form: Form::Unknown,
            answer: Receiver {
                turn: Accumulator::new(seed),
                done: false,
                redactor,
                text: Envelope::default(),
                thought: Envelope::default(),
                counted: String::new(),
            },
        }
    }
}

impl Decoder for GeminiDecoder {
    fn push(&mut self, bytes: &[u8], deltas: &mut Vec<Delta>) -> Result<(), Error> {
        if matches!(self.form, Form::Unknown) {
            let skipped = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, 0xEF | 0xBB | 0xBF);
            self.form = match bytes.iter().find(|byte| !skipped(byte)) {
                None => return Ok(()),
                Some(b'[') => Form::Array(Elements::default()),
                Some(_) => Form::Other(Intake::default()),
            };
        }
        let answer = &mut self.answer;
        match &mut self.form {
            Form::Array(elements) => {
                elements.push(bytes, &mut |element| answer.take_event("", element, false, deltas))?;
                answer.done |= elements.closed();
                Ok(())
            }
            Form::Other(intake) => intake.push(bytes, &mut |piece| answer.take_piece(piece, deltas)),
            Form::Unknown => Ok(()),
        }
    }

    fn progress(&self) -> Progress {
        let answer = &self.answer;
        // Gemini 2.5 says STOP when it has written code, then runs it and goes on.
        match answer.turn.finish_reason {
            None => Progress::Partial,
            Some(FinishReason::Stop) if answer.turn.runs_code() => Progress::Partial,
            Some(_) if answer.done => Progress::Complete,
            Some(_) => Progress::Finished,
        }
    }

    fn finish(&mut self, deltas: &mut Vec<Delta>) -> Result<Turn, Error> {
        let answer = &mut self.answer;
        let mut is_whole = false;
        if let Form::Other(intake) = &mut self.form {
            let ended = intake.finish(&mut |piece| answer.take_piece(piece, deltas))?;
            if let Ended::Neither(text) = &ended {
                return Err(answer.garbage("an answer", text, "neither JSON nor a stream of events"));
            }
            is_whole = ended == Ended::Plain;
            if let Some(error) = answer.failed_between_events(intake.stray()) {
                return Err(error);
            }
        }
        let is_cut = !is_whole && answer.turn.runs_code() && answer.turn.finish_reason == Some(FinishReason::Stop);
        if answer.turn.finish_reason.is_none() || is_cut {
            if !is_whole || answer.turn.is_empty() {
                return Err(if is_whole { nothing() } else { cut_short() });
            }
            answer.turn.end_without_reason()?;
        }
        Ok(std::mem::take(&mut answer.turn).into_turn())
    }
}

impl Receiver {
    fn take_piece(&mut self, piece: Piece<'_>, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        match piece {
            Piece::Event { event, at_end } => self.take_event(event.name, event.data, at_end, deltas),
            Piece::Body(body) => self.take_body(body, deltas),
        }
    }

    /// Takes the data of one event. `at_end`: the stream ended without the event's blank line.
    fn take_event(&mut self, name: &str, data: &str, at_end: bool, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let data = data.trim();
        if data.is_empty() || self.done {
            return Ok(());
        }
        // Gemini says no such thing, but gateways in front of it do.
        if data == "[DONE]" {
            self.done = true;
            return Ok(());
        }
        if name == "error" {
            return Err(reported(data, &self.redactor));
        }
        for (envelope, is_thought) in [(&self.text, false), (&self.thought, true)] {
            if let Some(piece) = envelope.piece(data) {
                // The rest of it, which is JSON as well: the piece may be large.
                let at = piece.as_ptr().addr() - data.as_ptr().addr();
                self.counted.clear();
                self.counted.push_str(data.get(..at).unwrap_or_default());
                self.counted.push_str(data.get(at + piece.len()..).unwrap_or_default());
                self.turn.finish_reason = None;
                return self.turn.take_text(piece, is_thought, deltas);
            }
        }
        let mended;
        let answer = match response::read(data) {
            Ok(answer) => answer,
            Err(why) => match response::mended(data) {
                Some(text) => {
                    mended = text;
                    response::read(&mended).map_err(|why| self.garbage("a stream event", data, &why))?
                }
                // The last event of a stream that broke off may be cut anywhere.
                None if at_end => return Ok(()),
                None => return Err(self.garbage("a stream event", data, &why)),
            },
        };
        if let Some(error) = errors::inside(&answer, data, &self.redactor) {
            return Err(error);
        }
        match response::only_piece(&answer) {
            Some(Only::Text(piece)) => self.text.keep_but_numbers(data, piece, None, COUNTS),
            Some(Only::Thought(piece)) => self.thought.keep_but_numbers(data, piece, None, COUNTS),
            None => {}
        }
        self.take_answer(answer, deltas)
    }

    fn take_body(&mut self, body: &[u8], deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let text = std::str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed);
        let mended = response::mended(&text);
        let text = mended.as_deref().unwrap_or(&text);
        let answer = response::read(text).map_err(|why| self.garbage("an answer", text, &why))?;
        if let Some(error) = errors::inside(&answer, text, &self.redactor) {
            return Err(error);
        }
        if !answer.candidates.iter().any(response::Candidate::is_first) {
            // It has counts where the model was asked and gave no answer.
            let is_gemini = answer.usage.0.is_some() || answer.response_id.is_some();
            return Err(if is_gemini { nothing() } else { self.garbage("an answer", text, "it has no `candidates`") });
        }
        self.done = true;
        self.take_answer(answer, deltas)
    }

    fn take_answer(&mut self, answer: Answer<'_>, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let turn = &mut self.turn;
        let given = |text: &Option<Loose<'_>>| {
            text.as_ref().and_then(Loose::as_str).filter(|it| !it.is_empty()).map(str::to_owned)
        };
        if turn.model.is_none() {
            turn.model = given(&answer.model_version);
        }
        if let Some(usage) = answer.usage.0 {
            turn.usage = usage;
            self.counted.clear();
        } else {
            self.count();
        }
        let turn = &mut self.turn;
        let mut about = answer.other;
        for (name, value) in
            [("responseId", given(&answer.response_id).map(Value::String)), ("promptFeedback", answer.prompt_feedback)]
        {
            about.extend(value.map(|value| (name.to_owned(), value)));
        }
        let first = answer.candidates.into_iter().find(response::Candidate::is_first);
        let Some(candidate) = first else { return turn.take_metadata(about) };
        let ratings = candidate.other.get("safetyRatings").cloned();
        about.extend(candidate.other);
        turn.take_metadata(about)?;
        for part in candidate.content.into_iter().flat_map(|content| content.parts) {
            // What comes after the end was not the end.
            turn.finish_reason = None;
            turn.take(part, deltas)?;
        }
        if let Some(reason) = given(&candidate.finish_reason) {
            let words = given(&candidate.finish_message).unwrap_or_default();
            turn.finish_reason = Some(errors::finish(&reason, &words, ratings.as_ref(), &self.redactor)?);
        }
        Ok(())
    }

    /// Reads the counts of the last event that was not read otherwise. (An event without counts may end the stream.)
    fn count(&mut self) {
        let Ok(answer) = response::read(&self.counted) else { return };
        if let Some(usage) = answer.usage.0 {
            self.turn.usage = usage;
        }
        self.counted.clear();
    }

    /// The error that stands between the events of a stream that did not end well.
    fn failed_between_events(&self, stray: &[u8]) -> Option<Error> {
        if stray.is_empty() || self.turn.finish_reason.is_some() {
            return None;
        }
        let text = String::from_utf8_lossy(stray);
        let value: Map<String, Value> = crate::json::from_wire(&text).ok()?;
        value.contains_key("error").then(|| reported(&text, &self.redactor))
    }

    fn garbage(&self, what: &str, text: &str, why: &str) -> Error {
        no_answer("a Gemini answer", what, text, why, &self.redactor)
    }
}

/// The error for an answer without a candidate.
fn nothing() -> Error {
    let mut error = Error::new(
        Kind::Provider,
        "Gemini gave no answer (no candidate) and did not say why. The same request may succeed.",
    );
    error.retryable = true;
    error
}
