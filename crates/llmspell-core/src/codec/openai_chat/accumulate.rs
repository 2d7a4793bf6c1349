//! Builds a turn from the pieces of its message.

use super::halves::{Field, Halves};
use super::wire;
use crate::codec::calls::fresh_id;
use crate::codec::lenient::{Loose, Object};
use crate::codec::limits::{too_large, too_many_calls};
use crate::codec::{Delta, Turn};
use crate::defaults;
use crate::error::Error;
use crate::json::{self, weight};
use crate::message::{Part, ToolCall};
use crate::outcome::FinishReason;
use crate::usage::Usage;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

/// A turn that is being received.
#[derive(Debug)]
pub(super) struct Accumulator {
    seed: u64,
    text: String,
    reasoning: String,
    refusal: String,
    /// Content that came as parts, for echoing; empty when it came as a text.
    parts: Vec<Value>,
    calls: Vec<Call>,
    other: Map<String, Value>,
    /// Halves of characters in the chunk at hand, and before it.
    pub halves: Halves,
    /// Bytes received, for a limit.
    size: usize,
    pub usage: Usage,
    pub finish_reason: Option<FinishReason>,
    pub model: Option<String>,
}

#[derive(Debug)]
struct Call {
    index: Option<u64>,
    has_own_id: bool,
    id: String,
    name: String,
    arguments: String,
    other: Map<String, Value>,
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
            other: Map::new(),
            halves: Halves::default(),
            size: 0,
            usage: Usage::default(),
            finish_reason: None,
            model: None,
        }
    }

    /// Whether nothing of a message has come.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
            && self.reasoning.is_empty()
            && self.refusal.is_empty()
            && self.calls.is_empty()
            && self.halves.is_empty()
    }

    /// Takes one piece of the message, or the `whole`.
    ///
    /// # Errors
    /// `protocol` when the message passes a limit.
    pub(super) fn take(
        &mut self,
        mut piece: wire::Delta<'_>,
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
            _ => {}
        }
        if let Some(Loose::Text(text)) = piece.refusal
            && !text.is_empty()
        {
            self.grow(text.len())?;
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
            if let Ok(Object(Some(call))) = Object::<wire::ToolCall<'_>>::deserialize(&call) {
                self.take_call(call, false, deltas)?;
            }
        }
        if !piece.other.is_empty() {
            self.grow(piece.other.iter().map(|(name, value)| name.len() + weight(value)).sum())?;
            merge(&mut self.other, piece.other);
        }
        Ok(())
    }

    /// Makes the characters of a piece whole; those of a tool call are when it is known which.
    fn join_halves(&mut self, piece: &mut wire::Delta<'_>) {
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
        let mut piece = wire::Delta::default();
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

    fn grow(&mut self, bytes: usize) -> Result<(), Error> {
        self.size = self.size.saturating_add(bytes);
        if self.size > defaults::MESSAGE_BYTES { Err(too_large()) } else { Ok(()) }
    }

    pub(super) fn take_text(&mut self, text: String, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        if !text.is_empty() {
            self.grow(text.len())?;
            if !self.parts.is_empty() {
                self.keep_part(json!({"type": "text", "text": text}));
            }
            self.text.push_str(&text);
            deltas.push(Delta::Text(text));
        }
        Ok(())
    }

    fn take_reasoning(&mut self, text: String, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        self.grow(text.len())?;
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
            self.grow(text.len())?;
            self.text.push_str(&text);
            deltas.push(Delta::Text(text));
        }
        self.grow(weight(&part))?;
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

    fn take_call(&mut self, piece: wire::ToolCall<'_>, whole: bool, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let mut piece = piece;
        self.halves.settle_fields(&mut piece.other);
        let (mut name, arguments) = piece.function.map_or((None, None), |function| (function.name, function.arguments));
        for text in [&mut name, &mut piece.id] {
            if let Some(Loose::Text(text)) = text.as_mut().filter(|_| !self.halves.idle()) {
                self.halves.settle(text.to_mut());
            }
        }
        let name = name.as_ref().and_then(Loose::as_str).filter(|name| !name.is_empty());
        let arguments = match arguments {
            Some(Loose::Text(text)) => text.into_owned(),
            None | Some(Loose::Other(Value::Null)) => String::new(),
            // Some servers send the arguments as a value.
            Some(Loose::Other(mut value)) => {
                self.halves.settle_value(&mut value);
                value.to_string()
            }
        };
        let id = piece.id.as_ref().and_then(Loose::as_str).filter(|id| !id.is_empty());
        let index = piece.index.as_ref().and_then(Value::as_u64);
        let names = [id, name].into_iter().flatten().map(str::len).max().unwrap_or(0);
        if names > defaults::CALL_NAME_BYTES || self.calls.len() > defaults::CALLS_PER_TURN {
            return Err(too_many_calls());
        }
        self.grow(piece.other.iter().map(|(name, value)| name.len() + weight(value)).sum::<usize>())?;
        let at = if whole { None } else { self.route(id, index, name, &arguments) };
        let fresh_id = fresh_id(self.seed, self.calls.len());
        let at = at.unwrap_or_else(|| {
            self.calls.push(Call {
                index,
                has_own_id: id.is_some(),
                id: id.map_or(fresh_id, str::to_owned),
                name: String::new(),
                arguments: String::new(),
                other: Map::new(),
            });
            self.calls.len() - 1
        });
        let Some(call) = self.calls.get_mut(at) else { return Ok(()) };
        if let Some(name) = name
            && call.name != name
            && call.arguments.is_empty()
        {
            call.name.push_str(name);
            if call.name.len() > defaults::CALL_NAME_BYTES {
                return Err(too_many_calls());
            }
        }
        merge(&mut call.other, piece.other);
        let arguments = self.halves.join(Field::Arguments(at), arguments);
        self.extend_call(at, arguments, deltas)
    }

    fn extend_call(&mut self, at: usize, arguments: String, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        self.grow(arguments.len())?;
        if let Some(call) = self.calls.get_mut(at) {
            call.arguments.push_str(&arguments);
            deltas.push(Delta::ToolCall { id: call.id.clone(), name: call.name.clone(), arguments });
        }
        Ok(())
    }

    /// The call that a piece belongs to. An id decides, and a new id with a name is a new call; then the index; then a name, which
    /// begins a new call; else it is the call being written.
    fn route(&self, id: Option<&str>, index: Option<u64>, name: Option<&str>, arguments: &str) -> Option<usize> {
        if let Some(id) = id {
            let known = self.calls.iter().position(|call| call.has_own_id && call.id == id);
            // Some servers make a new id for every piece: one without a name goes on with the call of its index.
            let goes_on = name.is_none() && index.is_some() && self.calls.iter().any(|call| call.index == index);
            if known.is_some() || !goes_on {
                return known;
            }
        }
        if let Some(index) = index
            && let Some(at) = self.calls.iter().rposition(|call| call.index == Some(index))
        {
            // Some servers give every call the same index, and send each whole.
            let whole = |call: &Call| json::from_wire::<IgnoredAny>(&call.arguments).is_ok();
            let another = name.is_some() && !arguments.is_empty() && self.calls.get(at).is_some_and(whole);
            return (!another).then_some(at);
        }
        let last = self.calls.len().checked_sub(1);
        if name.is_some() || index.is_some_and(|_| self.calls.iter().all(|call| call.index.is_some())) {
            None
        } else {
            last
        }
    }

    /// The complete turn.
    pub(super) fn into_turn(self) -> Turn {
        let tool_calls: Vec<ToolCall> = self
            .calls
            .iter()
            .map(|call| ToolCall { id: call.id.clone(), name: call.name.clone(), arguments: call.arguments.clone() })
            .collect();
        let raw = self.raw();
        let mut content = Vec::new();
        if !self.reasoning.is_empty() {
            content.push(Part::Reasoning { text: self.reasoning });
        }
        if !self.text.is_empty() {
            content.push(Part::Text { text: self.text });
        }
        if !self.refusal.is_empty() {
            content.push(Part::Refusal { text: self.refusal });
        }
        Turn {
            content,
            tool_calls,
            raw: Some(raw),
            usage: self.usage,
            finish_reason: self.finish_reason.unwrap_or_default(),
            model: self.model,
            metadata: Map::new(),
            goes_on: false,
        }
    }

    /// The message as a plain answer would have held it.
    fn raw(&self) -> Value {
        let mut raw = Map::new();
        raw.insert("role".to_owned(), json!("assistant"));
        let empty = self.text.is_empty() && !(self.calls.is_empty() && self.refusal.is_empty());
        let content = match self.parts.as_slice() {
            [] if empty => Value::Null,
            [] => json!(self.text),
            parts => json!(parts),
        };
        raw.insert("content".to_owned(), content);
        if !self.refusal.is_empty() {
            raw.insert("refusal".to_owned(), json!(self.refusal));
        }
        for (name, value) in &self.other {
            if !raw.contains_key(name) && !value.is_null() {
                raw.insert(name.clone(), value.clone());
            }
        }
        if !self.calls.is_empty() {
            let calls = self.calls.iter().map(|call| {
                let mut wire = Map::new();
                wire.insert("id".to_owned(), json!(call.id));
                wire.insert("type".to_owned(), json!("function"));
                wire.insert("function".to_owned(), json!({"name": call.name, "arguments": call.arguments}));
                for (name, value) in &call.other {
                    if !wire.contains_key(name) && !value.is_null() {
                        wire.insert(name.clone(), value.clone());
                    }
                }
                Value::Object(wire)
            });
            raw.insert("tool_calls".to_owned(), calls.collect());
        }
        Value::Object(raw)
    }
}

/// Whether a text of this name comes in pieces.
fn grows(name: &str) -> bool {
    name.starts_with("reasoning")
}

/// Adds the fields of a later piece: texts and lists grow, anything else is replaced.
fn merge(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (name, value) in from {
        match (into.get_mut(&name), value) {
            (_, Value::Null) => {}
            (Some(Value::String(have)), Value::String(more)) if grows(&name) => have.push_str(&more),
            (Some(Value::Array(have)), Value::Array(more)) => have.extend(more),
            (_, value) => {
                into.insert(name, value);
            }
        }
    }
}
