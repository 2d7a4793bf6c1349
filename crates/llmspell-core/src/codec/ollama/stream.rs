//! Decodes an answer: lines of JSON, or one plain object, which is a stream of one line.

use super::errors;
use super::response::{self, Only};
use super::turn::Accumulator;
use crate::codec::ends::{self, Came};
use crate::codec::envelope::Envelope;
use crate::codec::failure::no_answer;
use crate::codec::lenient::Loose;
use crate::codec::limits::{cut_short, too_large};
use crate::codec::{Decoder, Delta, Progress, Turn};
use crate::defaults;
use crate::error::Error;
use crate::http::Redactor;
use crate::json;
use crate::ndjson::NdjsonDecoder;

/// The decoder of one answer.
#[derive(Debug)]
pub(super) struct OllamaDecoder {
    lines: NdjsonDecoder,
    answer: Receiver,
}

/// What has been received of the answer.
#[derive(Debug)]
struct Receiver {
    turn: Accumulator,
    done: bool,
    redactor: Redactor,
    content: Envelope,
    thinking: Envelope,
    /// A line has been read.
    began: bool,
    /// Lines of an answer that has its one object on several.
    several: String,
}

/// In a line the time, which changes, comes after this.
const TIME: Option<&str> = Some("\"created_at\"");

impl OllamaDecoder {
    pub(super) fn new(seed: u64, redactor: Redactor) -> Self {
        Self {
            lines: NdjsonDecoder::default(),
            answer: Receiver {
                turn: Accumulator::new(seed),
                done: false,
                redactor,
                content: Envelope::default(),
                thinking: Envelope::default(),
                began: false,
                several: String::new(),
            },
        }
    }
}

impl Decoder for OllamaDecoder {
    fn push(&mut self, bytes: &[u8], deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let answer = &mut self.answer;
        self.lines.push(bytes, &mut |line| answer.take_line(line, false, deltas))
    }

    fn progress(&self) -> Progress {
        if self.answer.done { Progress::Complete } else { Progress::Partial }
    }

    fn finish(&mut self, deltas: &mut Vec<Delta>) -> Result<Turn, Error> {
        let answer = &mut self.answer;
        self.lines.finish(&mut |line| answer.take_line(line, true, deltas))?;
        let several = std::mem::take(&mut answer.several);
        if !several.is_empty() {
            answer.take_object(&several, deltas).unwrap_or_else(|why| Err(answer.garbage(&several, &why)))?;
        }
        if !answer.done {
            return Err(cut_short());
        }
        Ok(std::mem::take(&mut answer.turn).into_turn())
    }
}

impl Receiver {
    /// Takes a line. `at_end`: the answer ended without the line's end.
    fn take_line(&mut self, line: &str, at_end: bool, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        if self.done {
            return Ok(());
        }
        if let Some(piece) = self.content.piece(line) {
            return self.turn.take_content(piece, deltas);
        }
        if let Some(piece) = self.thinking.piece(line) {
            return self.turn.take_thinking(piece, deltas);
        }
        if !self.several.is_empty() {
            return self.gather(line);
        }
        match self.take_object(line, deltas) {
            Ok(taken) => taken,
            // One object on several lines begins with a line that is none.
            Err(_) if !self.began && line.starts_with('{') => self.gather(line),
            // The last line of a stream that broke off may be cut anywhere.
            Err(_) if self.began && at_end => Ok(()),
            Err(why) => Err(self.garbage(line, &why)),
        }
    }

    fn gather(&mut self, line: &str) -> Result<(), Error> {
        if self.several.len() + line.len() > defaults::MESSAGE_BYTES {
            return Err(too_large());
        }
        self.several.push_str(line);
        self.several.push('\n');
        Ok(())
    }

    /// Takes an object; the outer error says why the text is none.
    fn take_object(&mut self, text: &str, deltas: &mut Vec<Delta>) -> Result<Result<(), Error>, String> {
        let mended;
        let line = match response::read(text) {
            Ok(line) => line,
            Err(why) => {
                mended = json::replace_halves(text, |_| char::REPLACEMENT_CHARACTER).ok_or(why)?;
                response::read(&mended)?
            }
        };
        let is_ollama = line.error.is_some() || line.message.is_some() || line.done || line.model.is_some();
        if !is_ollama {
            return Err("it has no `message`".to_owned());
        }
        self.began = true;
        match response::only_piece(&line) {
            Some(Only::Content(piece)) => self.content.keep_but_numbers(text, piece, TIME, None),
            Some(Only::Thinking(piece)) => self.thinking.keep_but_numbers(text, piece, TIME, None),
            None => {}
        }
        Ok(self.take(line, text, deltas))
    }

    fn take(&mut self, line: response::Line<'_>, text: &str, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        if let Some(error) = errors::inside(&line, text, &self.redactor) {
            return Err(error);
        }
        let turn = &mut self.turn;
        if let Some(usage) = line.usage() {
            turn.usage = usage;
        }
        if turn.model.is_none() {
            turn.model = line.model.as_ref().and_then(Loose::as_str).filter(|name| !name.is_empty()).map(str::to_owned);
        }
        if let Some(message) = line.message {
            turn.take(message, deltas)?;
        }
        turn.take_metadata(line.other)?;
        if line.done {
            self.done = true;
            let word = line.done_reason.as_ref().and_then(Loose::as_str);
            let reason = errors::finish(word)?;
            if reason.is_none() {
                let notice = ends::unknown("done_reason", word.unwrap_or_default(), turn.came(), &self.redactor)?;
                turn.ids.notices.push(notice);
            }
            if word.is_none() && turn.came() == Came::Nothing {
                ends::missing("done_reason", Came::Nothing)?;
            }
            turn.finish_reason = Some(reason.unwrap_or_default());
        }
        Ok(())
    }

    fn garbage(&self, text: &str, why: &str) -> Error {
        no_answer("an Ollama answer", "a line", text, why, &self.redactor)
    }
}
