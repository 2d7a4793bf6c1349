//! Builds a turn from the pieces of its message.

use super::calls::Call;
use super::halves::{Field, Halves};
use super::merge::{grows, merge, text_of_blocks};
use super::response;
use crate::codec::Delta;
use crate::codec::calls::Ids;
use crate::codec::ends::{self, Came};
use crate::codec::lenient::{Loose, Object};
use crate::codec::limits::Size;
use crate::error::Error;
use crate::json::weight;
use crate::outcome::FinishReason;
use crate::usage::Usage;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A turn that is being received.
#[derive(Debug)]
pub(super) struct Accumulator {
    pub seed: u64,
    pub text: String,
    pub reasoning: String,
    pub refusal: String,
    /// Content that came as parts, for echoing; empty when it came as a text.
    pub parts: Vec<Value>,
    pub calls: Vec<Call>,
    pub ids: Ids,
    pub other: Map<String, Value>,
    /// What stands beside the message.
    pub metadata: Map<String, Value>,
    /// Halves of characters in the chunk at hand, and before it.
    pub halves: Halves,
    /// Bytes received, for a limit.
    pub size: Size,
    pub usage: Usage,
    pub finish_reason: Option<FinishReason>,
    /// The provider's word for its end, where it is not known.
    pub unknown_end: Option<String>,
    pub model: Option<String>,
}

impl Accumulator {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            text: String::new(),
            reasoning: String::new(),
            refusal: String::new(),
            parts: Vec::new(),
            calls: Vec::new(),
            ids: Ids::default(),
            other: Map::new(),
            metadata: Map::new(),
            halves: Halves::default(),
            size: Size::default(),
            usage: Usage::default(),
            finish_reason: None,
            unknown_end: None,
            model: None,
        }
    }

    /// Whether nothing of a message has come.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
            && self.reasoning.is_empty()
            && self.refusal.is_empty()
            && self.calls.is_empty()
            && self.parts.is_empty()
            && self.halves.is_empty()
            && !["audio", "images"].iter().any(|name| self.other.contains_key(*name))
    }

    /// What has come of a message.
    pub(super) fn came(&self) -> Came {
        match self.calls.is_empty() {
            false => Came::Calls,
            true if self.is_empty() => Came::Nothing,
            true => Came::Content,
        }
    }

    /// Takes one piece of the message, or the `whole`.
    ///
    /// # Errors
    /// `protocol` when the message passes a limit, or its content is no text.
    pub(super) fn take(
        &mut self,
        mut piece: response::Delta<'_>,
        whole: bool,
        deltas: &mut Vec<Delta>,
    ) -> Result<(), Error> {
        if !self.halves.idle() {
            self.join_halves(&mut piece);
        }
        let named: &[&str] = if piece.other.is_empty() { &[] } else { &["reasoning_content", "reasoning"] };
        let reasoning = named
            .iter()
            .find_map(|name| piece.other.get(*name).and_then(Value::as_str).filter(|text| !text.is_empty()))
            .map(str::to_owned);
        // OpenRouter sends it in both ways, or in blocks alone.
        let reasoning = reasoning.or_else(|| piece.other.get("reasoning_details").and_then(text_of_blocks));
        if let Some(text) = reasoning {
            self.take_reasoning(text, deltas)?;
        }
        match piece.content {
            Some(Loose::Text(text)) => self.take_text(text.into_owned(), deltas)?,
            Some(Loose::Other(Value::Array(parts))) => {
                for part in parts {
                    self.take_part(part, deltas)?;
                }
            }
            Some(Loose::Other(Value::Null)) | None => {}
            Some(Loose::Other(other)) => return Err(ends::no_text("content", &other)),
        }
        if let Some(Loose::Text(text)) = piece.refusal
            && !text.is_empty()
        {
            self.size.grow(text.len())?;
            self.refusal.push_str(&text);
            deltas.push(Delta::Text(text.into_owned()));
        }
        let is_repeated = !piece.tool_calls.is_empty();
        for call in piece.tool_calls {
            self.take_call(call, whole, deltas)?;
        }
        // What tool calls were called before there could be several; some servers send a call in both ways.
        let function = if piece.other.is_empty() { None } else { piece.other.shift_remove("function_call") };
        if let Some(function) = function.filter(|it| it.is_object() && !is_repeated) {
            let call = json!({"index": 0, "function": function});
            if let Ok(Object(Some(call))) = Object::<response::ToolCall<'_>>::deserialize(&call) {
                self.take_call(call, false, deltas)?;
            }
        }
        if !piece.other.is_empty() {
            self.size.grow_by(&piece.other)?;
            merge(&mut self.other, piece.other, whole);
        }
        Ok(())
    }

    /// Makes the characters of a piece whole; those of a tool call are when it is known which.
    fn join_halves(&mut self, piece: &mut response::Delta<'_>) {
        let halves = &mut self.halves;
        for (field, value) in [(Field::Content, &mut piece.content), (Field::Refusal, &mut piece.refusal)] {
            match value {
                Some(Loose::Text(text)) => *text = halves.join(field, std::mem::take(text).into_owned()).into(),
                Some(Loose::Other(value)) => halves.settle_value(value),
                None => {}
            }
        }
        let call = piece.other.shift_remove_entry("function_call");
        halves.settle_fields_but(&mut piece.other, grows);
        for (name, value) in piece.other.iter_mut().filter(|(name, _)| grows(name)) {
            if let Value::String(text) = value {
                *text = halves.join(Field::Other(name.clone()), std::mem::take(text));
            }
        }
        piece.other.extend(call);
    }

    /// Takes the end of the message: a half of a character is lost if the other one has not come.
    ///
    /// # Errors
    /// `protocol` when the message passes a limit.
    pub(super) fn close(&mut self, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let lost = char::REPLACEMENT_CHARACTER.to_string();
        let mut piece = response::Delta::default();
        for field in self.halves.close() {
            match field {
                Field::Content => piece.content = Some(Loose::Text(lost.clone().into())),
                Field::Refusal => piece.refusal = Some(Loose::Text(lost.clone().into())),
                Field::Other(name) => {
                    piece.other.insert(name, json!(lost));
                }
                Field::Arguments(at) => self.extend_call(at, lost.clone(), deltas)?,
            }
        }
        self.take(piece, false, deltas)
    }

    /// Keeps what stands beside the message. What comes again stands in the place of what was.
    ///
    /// # Errors
    /// `protocol` when there is too much of it.
    pub(super) fn keep(&mut self, mut beside: Map<String, Value>) -> Result<(), Error> {
        if beside.is_empty() {
            return Ok(());
        }
        self.halves.settle_fields(&mut beside);
        for (name, value) in beside {
            // Some servers leave a field empty until they know better.
            if !value.is_null() && value != "" {
                let before = self.metadata.get(&name).map_or(0, |value| name.len() + weight(value));
                self.size.grow((name.len() + weight(&value)).saturating_sub(before))?;
                self.metadata.insert(name, value);
            }
        }
        Ok(())
    }

    /// Joins the log probabilities of a piece: `{content: […], refusal: […]}`.
    ///
    /// # Errors
    /// `protocol` when there is too much of it.
    pub(super) fn take_logprobs(&mut self, logprobs: Value) -> Result<(), Error> {
        let Value::Object(mut fields) = logprobs else { return Ok(()) };
        self.halves.settle_fields(&mut fields);
        self.size.grow_by(&fields)?;
        match self.metadata.get_mut("logprobs") {
            Some(Value::Object(have)) => merge(have, fields, false),
            _ => {
                self.metadata.insert("logprobs".to_owned(), Value::Object(fields));
            }
        }
        Ok(())
    }

    pub(super) fn take_text(&mut self, text: String, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        if !text.is_empty() {
            self.size.grow(text.len())?;
            if !self.parts.is_empty() {
                self.keep_part(json!({"type": "text", "text": text}));
            }
            self.text.push_str(&text);
            deltas.push(Delta::Text(text));
        }
        Ok(())
    }

    fn take_reasoning(&mut self, text: String, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        self.size.grow(text.len())?;
        self.reasoning.push_str(&text);
        deltas.push(Delta::Reasoning(text));
        Ok(())
    }

    /// Content as a list of parts (Mistral): texts, and thinking whose own content is a text or a list of texts.
    fn take_part(&mut self, part: Value, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let text = |value: &Value| {
            value
                .as_str()
                .or_else(|| value.get("text").and_then(Value::as_str))
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        if self.parts.is_empty() && !self.text.is_empty() {
            self.parts.push(json!({"type": "text", "text": self.text}));
        }
        if part.get("type").and_then(Value::as_str) == Some("thinking") {
            match part.get("thinking") {
                Some(Value::Array(inner)) => {
                    for text in inner.iter().filter_map(text) {
                        self.take_reasoning(text, deltas)?;
                    }
                }
                thinking => {
                    if let Some(text) = thinking.and_then(text) {
                        self.take_reasoning(text, deltas)?;
                    }
                }
            }
        } else if let Some(text) = text(&part) {
            self.size.grow(text.len())?;
            self.text.push_str(&text);
            deltas.push(Delta::Text(text));
        } else if part.get("type").is_some_and(|kind| kind == "text") {
            ends::check_text("content[].text", part.get("text"))?;
        }
        self.size.grow(weight(&part))?;
        self.keep_part(part);
        Ok(())
    }

    /// Keeps a part of the content for echoing; pieces of one part become one.
    fn keep_part(&mut self, mut part: Value) {
        let same = self.parts.last().is_some_and(|last| last.get("type") == part.get("type"));
        let Some(last) = self.parts.last_mut().filter(|_| same) else { return self.parts.push(part) };
        for name in ["text", "thinking"] {
            match (last.get_mut(name), part.get_mut(name)) {
                (Some(Value::String(have)), Some(Value::String(more))) => return have.push_str(more),
                (Some(Value::Array(have)), Some(Value::Array(more))) => return have.append(more),
                _ => {}
            }
        }
        self.parts.push(part);
    }
}
