//! Builds a turn from the pieces of its message.

use super::response::{Call, Message};
use crate::codec::calls::{Ids, fresh_id};
use crate::codec::ends::{self, Came};
use crate::codec::lenient::Loose;
use crate::codec::limits::{Size, too_many_calls};
use crate::codec::{Delta, Turn};
use crate::defaults;
use crate::error::Error;
use crate::message::{Part, ToolCall};
use crate::outcome::FinishReason;
use crate::usage::Usage;
use serde_json::{Map, Value, json};

/// A turn that is being received.
#[derive(Debug, Default)]
pub(super) struct Accumulator {
    seed: u64,
    content: String,
    thinking: String,
    calls: Vec<ToolCall>,
    pub ids: Ids,
    /// The calls as they came, for echoing.
    raw_calls: Vec<Value>,
    other: Map<String, Value>,
    metadata: Map<String, Value>,
    /// Bytes received, for a limit.
    size: Size,
    pub usage: Usage,
    pub finish_reason: Option<FinishReason>,
    pub model: Option<String>,
}

impl Accumulator {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// What has come of the message.
    pub(super) fn came(&self) -> Came {
        let is_empty = self.content.is_empty() && self.thinking.is_empty() && self.other.is_empty();
        match self.calls.is_empty() {
            false => Came::Calls,
            true if is_empty => Came::Nothing,
            true => Came::Content,
        }
    }

    /// Takes a piece of the message, or all of it.
    ///
    /// # Errors
    /// `protocol` when the turn passes a limit, or a text is none.
    pub(super) fn take(&mut self, piece: Message<'_>, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        ends::check_loose("message.content", piece.content.as_ref())?;
        ends::check_loose("message.thinking", piece.thinking.as_ref())?;
        if let Some(Loose::Text(text)) = &piece.thinking {
            self.take_thinking(text, deltas)?;
        }
        if let Some(Loose::Text(text)) = &piece.content {
            self.take_content(text, deltas)?;
        }
        for call in piece.tool_calls {
            self.take_call(call, deltas)?;
        }
        self.size.grow_by(&piece.other)?;
        for (name, value) in piece.other {
            match (self.other.get_mut(&name), value) {
                (Some(Value::Array(have)), Value::Array(more)) => have.extend(more),
                (_, value) => drop(self.other.insert(name, value)),
            }
        }
        Ok(())
    }

    /// Takes a piece of the text.
    ///
    /// # Errors
    /// `protocol` when the turn passes a limit.
    pub(super) fn take_content(&mut self, piece: &str, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        if !piece.is_empty() {
            self.size.grow(piece.len())?;
            self.content.push_str(piece);
            deltas.push(Delta::Text(piece.to_owned()));
        }
        Ok(())
    }

    /// Takes a piece of the reasoning.
    ///
    /// # Errors
    /// `protocol` when the turn passes a limit.
    pub(super) fn take_thinking(&mut self, piece: &str, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        if !piece.is_empty() {
            self.size.grow(piece.len())?;
            self.thinking.push_str(piece);
            deltas.push(Delta::Reasoning(piece.to_owned()));
        }
        Ok(())
    }

    /// Takes a call. Each comes whole, so its index tells nothing; several may have the same.
    fn take_call(&mut self, call: Call<'_>, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let own_id = call.id.as_ref().and_then(Loose::as_str).filter(|id| !id.is_empty());
        let name = call.function.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let longest = own_id.map_or(0, str::len).max(name.len());
        if longest > defaults::CALL_NAME_BYTES || self.calls.len() >= defaults::CALLS_PER_TURN {
            return Err(too_many_calls());
        }
        self.size.grow_by(&call.function)?;
        self.size.grow_by(&call.other)?;
        let (seed, place) = (self.seed, self.calls.len());
        let id = self.ids.give(own_id, || fresh_id(seed, place));
        let arguments = match call.function.get("arguments") {
            None | Some(Value::Null) => "{}".to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
        };
        let mut raw = call.other;
        if own_id.is_some() {
            raw.insert("id".to_owned(), json!(id));
        }
        raw.insert("function".to_owned(), Value::Object(call.function));
        self.raw_calls.push(Value::Object(raw));
        deltas.push(Delta::ToolCall { id: id.clone(), name: name.clone(), arguments: arguments.clone() });
        self.calls.push(ToolCall { id, name, arguments });
        Ok(())
    }

    /// Takes what a line says about the turn besides its message.
    ///
    /// # Errors
    /// `protocol` when the turn passes a limit.
    pub(super) fn take_metadata(&mut self, fields: Map<String, Value>) -> Result<(), Error> {
        self.size.grow_by(&fields)?;
        for (name, value) in fields {
            match (self.metadata.get_mut(&name), value) {
                // Log probabilities come with each token.
                (Some(Value::Array(have)), Value::Array(more)) => have.extend(more),
                (_, value) => drop(self.metadata.insert(name, value)),
            }
        }
        Ok(())
    }

    /// The complete turn.
    pub(super) fn into_turn(self) -> Turn {
        let mut raw = Map::new();
        raw.insert("role".to_owned(), json!("assistant"));
        raw.insert("content".to_owned(), json!(self.content));
        if !self.thinking.is_empty() {
            raw.insert("thinking".to_owned(), json!(self.thinking));
        }
        if !self.raw_calls.is_empty() {
            raw.insert("tool_calls".to_owned(), Value::Array(self.raw_calls));
        }
        let mut content = Vec::new();
        if !self.thinking.is_empty() {
            content.push(Part::Reasoning { text: self.thinking });
        }
        if !self.content.is_empty() {
            content.push(Part::Text { text: self.content });
        }
        for picture in
            self.other.get("images").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
        {
            content.push(Part::Image {
                file_id: None,
                url: None,
                data: Some(picture.to_owned()),
                media_type: None,
                detail: None,
            });
        }
        raw.extend(self.other);
        Turn {
            content,
            tool_calls: self.calls,
            raw: Some(Value::Object(raw)),
            usage: self.usage,
            finish_reason: self.finish_reason.unwrap_or_default(),
            model: self.model,
            metadata: self.metadata,
            goes_on: false,
            notices: self.ids.notices,
        }
    }
}
