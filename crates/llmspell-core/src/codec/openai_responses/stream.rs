//! Decodes an answer: a stream of events, or one plain response. The first byte tells which.

use super::item::{Bounds, Field, OutputItem, kind, list, str_of};
use super::wire::{self, Event};
use super::{errors, response};
use crate::codec::calls::Ids;
use crate::codec::ends;
use crate::codec::failure::{is_blank, reported};
use crate::codec::intake::{Ended, Intake, Piece};
use crate::codec::limits::{Size, cut_short};
use crate::codec::{Decoder, Delta, Progress, Turn};
use crate::defaults;
use crate::error::Error;
use crate::http::Redactor;
use crate::{json, sse};
use serde_json::{Map, Value, json};

/// The decoder of one answer.
#[derive(Debug)]
pub(super) struct ResponsesDecoder {
    intake: Intake,
    answer: Receiver,
}

/// What has been received of the answer.
#[derive(Debug)]
struct Receiver {
    items: Vec<OutputItem>,
    bounds: Bounds,
    /// The whole response, once it is complete.
    response: Option<Map<String, Value>>,
    /// An event of this format has come.
    is_known: bool,
    /// The begin of the first event of another format.
    stray: Option<String>,
    /// Number of the event before, and whether numbers have grown so far.
    sequence: Option<(u64, bool)>,
    redactor: Redactor,
}

impl ResponsesDecoder {
    pub(super) fn new(seed: u64, redactor: Redactor) -> Self {
        Self {
            intake: Intake::default(),
            answer: Receiver {
                items: Vec::new(),
                bounds: Bounds { seed, size: Size::default(), ids: Ids::default(), parts: 0 },
                response: None,
                is_known: false,
                stray: None,
                sequence: None,
                redactor,
            },
        }
    }
}

impl Decoder for ResponsesDecoder {
    fn push(&mut self, bytes: &[u8], deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let answer = &mut self.answer;
        self.intake.push(bytes, &mut |piece| answer.take_piece(piece, deltas))
    }

    fn progress(&self) -> Progress {
        if self.answer.response.is_some() { Progress::Complete } else { Progress::Partial }
    }

    fn finish(&mut self, deltas: &mut Vec<Delta>) -> Result<Turn, Error> {
        let answer = &mut self.answer;
        let ended = self.intake.finish(&mut |piece| answer.take_piece(piece, deltas))?;
        if let Ended::Neither(text) = &ended {
            return Err(answer.garbage("an answer", text, "neither JSON nor a stream of events"));
        }
        let Some(response) = answer.response.take() else {
            let stray = answer.stray.take().filter(|_| !answer.is_known);
            return Err(stray.map_or_else(cut_short, |text| answer.garbage("events", &text, "none is of its types")));
        };
        for item in &mut answer.items {
            item.announce(true, &mut answer.bounds, deltas)?;
        }
        let output = std::mem::take(&mut answer.items).into_iter().map(OutputItem::into_value).collect();
        let mut turn = response::turn(output, &response, &answer.redactor)?;
        turn.notices.append(&mut answer.bounds.ids.notices);
        Ok(turn)
    }
}

impl Receiver {
    fn take_piece(&mut self, piece: Piece<'_>, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        match piece {
            Piece::Event { event, at_end } => self.take_event(&event, at_end, deltas),
            Piece::Body(body) => self.take_body(body, deltas),
        }
    }

    /// Takes the data of one event. `at_end`: the stream ended without the event's blank line.
    fn take_event(&mut self, event: &sse::Event<'_>, at_end: bool, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let data = event.data.trim();
        if data.is_empty() || data == "[DONE]" || self.response.is_some() {
            return Ok(());
        }
        let mut mended = None;
        let read = match wire::read(data, &mut mended) {
            Ok(read) => read,
            // The last event of a stream that broke off may be cut anywhere.
            Err(_) if at_end => return Ok(()),
            Err(_) if event.name == "error" => return Err(reported(data, &self.redactor)),
            Err(why) => return Err(self.garbage("a stream event", data, &why)),
        };
        let said = wire::text(read.kind.as_ref());
        let kind = if said.is_empty() { event.name } else { said }.to_owned();
        if kind == "error" || (!kind.starts_with("response.") && read.error.as_ref().is_some_and(|it| !is_blank(it))) {
            return Err(reported(data, &self.redactor));
        }
        if self.is_repeated(read.sequence_number.0) {
            return Ok(());
        }
        match kind.strip_prefix("response.") {
            Some(kind) => {
                self.is_known = true;
                self.take(kind, read, data, deltas)
            }
            None => {
                self.stray.get_or_insert_with(|| data.chars().take(defaults::QUOTED_CHARS * 2).collect());
                Ok(())
            }
        }
    }

    /// Whether an event has the number of the one before, where numbers have grown: it was sent twice.
    fn is_repeated(&mut self, number: Option<u64>) -> bool {
        let Some(number) = number else { return false };
        let (last, grows) = self.sequence.unwrap_or((number, false));
        let is_first = self.sequence.is_none();
        self.sequence = Some((number, grows || number > last));
        !is_first && grows && number == last
    }

    fn take(&mut self, kind: &str, event: Event<'_>, data: &str, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let content = event.content_index.0.unwrap_or(0);
        let summary = event.summary_index.0.unwrap_or(0);
        match kind {
            "output_item.added" => self.begin(event, deltas),
            "output_item.done" => self.end(event, deltas),
            "output_text.delta" => self.push(Field::Text, content, &event, deltas),
            "output_text.done" => self.complete(Field::Text, content, &event, deltas),
            "refusal.delta" => self.push(Field::Refusal, content, &event, deltas),
            "refusal.done" => self.complete(Field::Refusal, content, &event, deltas),
            "function_call_arguments.delta" => self.push(Field::Arguments, 0, &event, deltas),
            "function_call_arguments.done" => self.complete(Field::Arguments, 0, &event, deltas),
            "reasoning_summary_text.delta" => self.push(Field::Summary, summary, &event, deltas),
            "reasoning_summary_text.done" => self.complete(Field::Summary, summary, &event, deltas),
            "reasoning_text.delta" => self.push(Field::Reasoning, content, &event, deltas),
            "reasoning_text.done" => self.complete(Field::Reasoning, content, &event, deltas),
            "output_text.annotation.added" => {
                let Some(annotation) = event.annotation.clone().filter(Value::is_object) else { return Ok(()) };
                let at = self.place(&event, "message")?;
                let bounds = &mut self.bounds;
                self.items.get_mut(at).map_or(Ok(()), |item| item.annotate(content, annotation, bounds))
            }
            "completed" | "incomplete" | "failed" | "cancelled" => match event.response {
                Some(Value::Object(mut response)) => {
                    response.entry("status").or_insert_with(|| json!(kind));
                    self.take_response(response, deltas)
                }
                _ => Err(self.garbage("a stream event", data, "it has no `response`")),
            },
            _ => Ok(()),
        }
    }

    fn begin(&mut self, event: Event<'_>, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let Some(value) = event.item.filter(Value::is_object) else { return Ok(()) };
        let index = event.output_index.0;
        if self.find(index, str_of(&value, "id")).is_some_and(|at| self.is_same(at, &value)) {
            return Ok(());
        }
        self.bounds.size.grow(json::weight(&value))?;
        let at = self.insert(OutputItem::new(index, value))?;
        let bounds = &mut self.bounds;
        self.items.get_mut(at).map_or(Ok(()), |item| item.announce(false, bounds, deltas))
    }

    fn end(&mut self, event: Event<'_>, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let Some(value) = event.item.filter(Value::is_object) else { return Ok(()) };
        self.bounds.size.grow(json::weight(&value))?;
        let index = event.output_index.0;
        let found = self.find(index, str_of(&value, "id")).filter(|at| self.is_same(*at, &value));
        let at = match found {
            Some(at) => at,
            None => self.insert(OutputItem::new(index, Value::Null))?,
        };
        let bounds = &mut self.bounds;
        self.items.get_mut(at).map_or(Ok(()), |item| item.end(value, bounds, deltas))
    }

    /// Whether an item that is there is the one that is sent: still open, or sent again. Some servers give every item the same
    /// place.
    fn is_same(&self, at: usize, value: &Value) -> bool {
        let is_it = |item: &OutputItem| !item.has_ended() || item.id() == str_of(value, "id");
        self.items.get(at).is_some_and(|item| item.kind() == kind(value) && is_it(item))
    }

    fn push(&mut self, field: Field, index: u64, event: &Event<'_>, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let at = self.place(event, kind_of(field))?;
        let bounds = &mut self.bounds;
        ends::check_loose("delta", event.delta.as_ref())?;
        let piece = wire::text(event.delta.as_ref());
        self.items.get_mut(at).map_or(Ok(()), |item| item.push(field, index, piece, bounds, deltas))
    }

    fn complete(&mut self, field: Field, index: u64, event: &Event<'_>, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let at = self.place(event, kind_of(field))?;
        let bounds = &mut self.bounds;
        ends::check_loose("text", event.text.as_ref())?;
        let whole = wire::text(event.text.as_ref());
        self.items.get_mut(at).map_or(Ok(()), |item| item.complete(field, index, whole, bounds, deltas))
    }

    /// The item that an event belongs to; one that was not announced is made.
    fn place(&mut self, event: &Event<'_>, kind: &str) -> Result<usize, Error> {
        let id = wire::text(event.item_id.as_ref());
        let index = event.output_index.0;
        let last_of_kind = |items: &[OutputItem]| items.iter().rposition(|item| item.kind() == kind);
        let found = self
            .find(index, id)
            .or_else(|| if index.is_none() && id.is_empty() { last_of_kind(&self.items) } else { None });
        if let Some(at) = found {
            return Ok(at);
        }
        let mut value = Map::new();
        value.insert("type".to_owned(), json!(kind));
        if !id.is_empty() {
            value.insert("id".to_owned(), json!(id));
        }
        if kind == "message" {
            value.insert("role".to_owned(), json!("assistant"));
        }
        self.insert(OutputItem::new(index, Value::Object(value)))
    }

    /// The item at this place of the output, or else with this id. Ids change on the way at some servers; places do not.
    fn find(&self, index: Option<u64>, id: &str) -> Option<usize> {
        let last = self.items.len().checked_sub(1)?;
        // Nearly every event is about the latest item.
        if index.is_some() && self.items.get(last)?.index == index {
            return Some(last);
        }
        match index {
            Some(_) => self.items.iter().rposition(|item| item.index == index),
            None => self.items.iter().rposition(|item| !id.is_empty() && item.id() == id),
        }
    }

    fn insert(&mut self, item: OutputItem) -> Result<usize, Error> {
        self.bounds.add_part()?;
        let before = |other: &OutputItem| match (other.index, item.index) {
            (Some(there), Some(here)) => there <= here,
            _ => true,
        };
        let at = self.items.iter().rposition(before).map_or(0, |at| at + 1);
        self.items.insert(at, item);
        Ok(at)
    }

    fn take_body(&mut self, body: &[u8], deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let text = wire::utf8(body);
        let answer: Value = json::from_wire(&text).map_err(|why| self.garbage("an answer", &text, &why))?;
        let is_error = answer.get("error").is_some_and(|error| !is_blank(error)) || kind(&answer) == "error";
        let Value::Object(response) = answer else {
            return Err(self.garbage("an answer", &text, "it is no object"));
        };
        if !response.get("output").is_some_and(Value::is_array) {
            // Errors have many shapes; an answer has one.
            return Err(if is_error || response.get("message").is_some() || response.get("detail").is_some() {
                reported(&text, &self.redactor)
            } else {
                self.garbage("an answer", &text, "it has no `output`")
            });
        }
        self.take_response(response, deltas)
    }

    /// Takes the whole response: its output, where it has one, is what counts; what of it has not come comes now.
    fn take_response(&mut self, response: Map<String, Value>, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let response = Value::Object(response);
        if let Some(error) = errors::of_response(&response, &self.redactor) {
            return Err(error);
        }
        let output = list(&response, "output");
        // Some servers end with an empty output, or with a part of it.
        if output.len() >= self.items.len() {
            Size::default().grow(output.iter().map(json::weight).sum())?;
            let mut known: Vec<Option<OutputItem>> = std::mem::take(&mut self.items).into_iter().map(Some).collect();
            // What was counted in pieces comes again as a whole.
            self.bounds.size = Size::default();
            for (at, value) in output.iter().enumerate() {
                let mut item = known_as(&mut known, at, value).unwrap_or_else(|| OutputItem::new(None, Value::Null));
                item.end(value.clone(), &mut self.bounds, deltas)?;
                self.items.push(item);
            }
        }
        let Value::Object(response) = response else { return Ok(()) };
        self.response = Some(response);
        Ok(())
    }

    fn garbage(&self, what: &str, text: &str, why: &str) -> Error {
        errors::garbage(what, text, why, &self.redactor)
    }
}

/// Takes the item that came in pieces of what stands at this place of the whole output: the one with its id, or else, as ids
/// may change on the way, at its place, or else the first of its type.
fn known_as(known: &mut [Option<OutputItem>], at: usize, value: &Value) -> Option<OutputItem> {
    let id = str_of(value, "id");
    let is_alike = |slot: &Option<OutputItem>| slot.as_ref().is_some_and(|item| item.kind() == kind(value));
    let is_it = |slot: &Option<OutputItem>| {
        is_alike(slot) && !id.is_empty() && slot.as_ref().is_some_and(|item| item.id() == id)
    };
    let place = known
        .iter()
        .position(is_it)
        .or_else(|| known.get(at).is_some_and(is_alike).then_some(at))
        .or_else(|| known.iter().position(is_alike))?;
    known.get_mut(place)?.take()
}

/// The type of item that has such a text.
const fn kind_of(field: Field) -> &'static str {
    match field {
        Field::Text | Field::Refusal => "message",
        Field::Summary | Field::Reasoning => "reasoning",
        Field::Arguments => "function_call",
    }
}
