//! Builds a turn from the parts of its content.

use super::response::Part as Piece;
use crate::codec::calls::{Ids, fresh_id};
use crate::codec::ends::{self, Came};
use crate::codec::lenient::Loose;
use crate::codec::limits::{Size, too_many_calls};
use crate::codec::{Delta, Turn};
use crate::defaults;
use crate::error::Error;
use crate::message::{Citation, Part, ToolCall};
use crate::outcome::FinishReason;
use crate::usage::Usage;
use serde_json::{Map, Value, json};

/// A turn that is being received.
#[derive(Debug, Default)]
pub(super) struct Accumulator {
    seed: u64,
    parts: Vec<Received>,
    calls: Vec<ToolCall>,
    metadata: Map<String, Value>,
    ids: Ids,
    size: Size,
    pub usage: Usage,
    pub finish_reason: Option<FinishReason>,
    pub model: Option<String>,
}

/// A part as it is sent back.
#[derive(Debug)]
enum Received {
    /// Text without anything beside it: pieces of a stream are joined.
    Text { text: String, is_thought: bool },
    /// Everything else, a signed text too, stays as it came: a signature belongs to the very part that brought it.
    Whole(Map<String, Value>),
}

/// Lists in metadata that come in pieces.
const LISTS: [(&str, &str); 4] = [
    ("logprobsResult", "topCandidates"),
    ("logprobsResult", "chosenCandidates"),
    ("citationMetadata", "citations"),
    ("citationMetadata", "citationSources"),
];

impl Accumulator {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Whether no part has come.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The answer is complete and names no reason for its end.
    ///
    /// # Errors
    /// `provider` when it holds nothing.
    pub(super) fn end_without_reason(&mut self) -> Result<(), Error> {
        let came = match (self.parts.is_empty(), self.calls.is_empty()) {
            (true, _) => Came::Nothing,
            (false, true) => Came::Content,
            (false, false) => Came::Calls,
        };
        self.ids.notices.push(ends::missing("finishReason", came)?);
        self.finish_reason = Some(FinishReason::Other);
        Ok(())
    }

    /// Whether the provider is running code of the model, whose result must follow.
    pub(super) fn runs_code(&self) -> bool {
        matches!(self.parts.last(), Some(Received::Whole(part)) if part.contains_key("executableCode"))
    }

    /// Takes a part of the content.
    ///
    /// # Errors
    /// `protocol` when the turn passes a limit, or its text is none.
    pub(super) fn take(&mut self, mut piece: Piece<'_>, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        ends::check_loose("text", piece.text.as_ref())?;
        let text = match piece.text {
            Some(Loose::Text(text)) => Some(text),
            _ => None,
        };
        let is_thought = piece.other.get("thought") == Some(&Value::Bool(true));
        if piece.other.keys().all(|name| name == "thought") {
            return text.map_or(Ok(()), |text| self.take_text(&text, is_thought, deltas));
        }
        self.size.grow_by(&piece.other)?;
        let mut whole = Map::new();
        if let Some(text) = text {
            self.size.grow(text.len())?;
            if !text.is_empty() {
                deltas.push(delta(&text, is_thought));
            }
            whole.insert("text".to_owned(), Value::String(text.into_owned()));
        }
        if let Some(call) = piece.other.get_mut("functionCall") {
            self.take_call(call, deltas)?;
        }
        whole.extend(piece.other);
        self.parts.push(Received::Whole(whole));
        Ok(())
    }

    /// Takes a piece of text that has nothing beside it.
    ///
    /// # Errors
    /// `protocol` when the turn passes a limit.
    pub(super) fn take_text(&mut self, piece: &str, is_thought: bool, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        if piece.is_empty() {
            return Ok(());
        }
        self.size.grow(piece.len())?;
        match self.parts.last_mut() {
            Some(Received::Text { text, is_thought: same }) if *same == is_thought => text.push_str(piece),
            _ => self.parts.push(Received::Text { text: piece.to_owned(), is_thought }),
        }
        deltas.push(delta(piece, is_thought));
        Ok(())
    }

    fn take_call(&mut self, call: &mut Value, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let text = |name: &str| call.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (id, name) = (text("id"), text("name").unwrap_or_default());
        let longest = id.map_or(0, str::len).max(name.len());
        if longest > defaults::CALL_NAME_BYTES || self.calls.len() >= defaults::CALLS_PER_TURN {
            return Err(too_many_calls());
        }
        let name = name.to_owned();
        // Older models give no ids.
        let id = self.ids.give(id, || fresh_id(self.seed, self.calls.len()));
        let arguments =
            call.get("args").filter(|args| !args.is_null()).map_or_else(|| "{}".to_owned(), Value::to_string);
        if let Some(own) = call.get_mut("id").filter(|own| **own != *id) {
            // The turn goes back with the id that the result has.
            *own = json!(id);
        }
        deltas.push(Delta::ToolCall { id: id.clone(), name: name.clone(), arguments: arguments.clone() });
        self.calls.push(ToolCall { id, name, arguments });
        Ok(())
    }

    /// Takes what an event says about the turn besides its content.
    ///
    /// # Errors
    /// `protocol` when the turn passes a limit.
    pub(super) fn take_metadata(&mut self, fields: Map<String, Value>) -> Result<(), Error> {
        self.size.grow_by(&fields)?;
        for (name, value) in fields {
            let Some(Value::Object(have)) = self.metadata.get_mut(&name) else {
                self.metadata.insert(name, value);
                continue;
            };
            let Value::Object(more) = value else { continue };
            for (field, value) in more {
                match (have.get_mut(&field), value) {
                    (Some(Value::Array(list)), Value::Array(more)) if LISTS.contains(&(&name, &field)) => {
                        list.extend(more)
                    }
                    (_, value) => drop(have.insert(field, value)),
                }
            }
        }
        Ok(())
    }

    /// The complete turn.
    pub(super) fn into_turn(self) -> Turn {
        let mut content = Vec::new();
        for part in &self.parts {
            match part {
                Received::Text { text, is_thought } => add_text(text, *is_thought, &mut content),
                Received::Whole(part) => add_part(part, &mut content),
            }
        }
        content.extend(citations(&self.metadata).into_iter().map(Part::Citation));
        let parts: Vec<Value> = self.parts.into_iter().map(Received::into_value).collect();
        Turn {
            content,
            tool_calls: self.calls,
            raw: Some(json!({"role": "model", "parts": parts})),
            usage: self.usage,
            finish_reason: self.finish_reason.unwrap_or_default(),
            model: self.model,
            metadata: self.metadata,
            goes_on: false,
            notices: self.ids.notices,
        }
    }
}

impl Received {
    fn into_value(self) -> Value {
        match self {
            Self::Text { text, is_thought: false } => json!({"text": text}),
            Self::Text { text, is_thought: true } => json!({"text": text, "thought": true}),
            Self::Whole(part) => Value::Object(part),
        }
    }
}

fn delta(text: &str, is_thought: bool) -> Delta {
    if is_thought { Delta::Reasoning(text.to_owned()) } else { Delta::Text(text.to_owned()) }
}

/// Adds text to content: where it goes on with the part before it, they are one.
fn add_text(piece: &str, is_thought: bool, content: &mut Vec<Part>) {
    match content.last_mut() {
        _ if piece.is_empty() => {}
        Some(Part::Text { text }) if !is_thought => text.push_str(piece),
        Some(Part::Reasoning { text }) if is_thought => text.push_str(piece),
        _ if is_thought => content.push(Part::Reasoning { text: piece.to_owned() }),
        _ => content.push(Part::Text { text: piece.to_owned() }),
    }
}

fn add_part(part: &Map<String, Value>, content: &mut Vec<Part>) {
    let is_thought = part.get("thought") == Some(&Value::Bool(true));
    if let Some(text) = part.get("text").and_then(Value::as_str) {
        return add_text(text, is_thought, content);
    }
    let field = |name: &str, inner: &str| part.get(name)?.get(inner)?.as_str().map(str::to_owned);
    if let Some(data) = field("inlineData", "data") {
        return content.push(media(field("inlineData", "mimeType"), Some(data), None));
    }
    if let Some(url) = field("fileData", "fileUri") {
        return content.push(media(field("fileData", "mimeType"), None, Some(url)));
    }
    // What only carries something else says nothing by itself.
    let kind = part.keys().find(|name| !matches!(name.as_str(), "thought" | "thoughtSignature"));
    if let Some(kind) = kind.filter(|kind| *kind != "functionCall") {
        let mut kept = part.clone();
        kept.shift_remove("thoughtSignature");
        kept.insert("type".to_owned(), json!(kind));
        content.push(Part::Other(Value::Object(kept)));
    }
}

fn media(media_type: Option<String>, data: Option<String>, url: Option<String>) -> Part {
    if media_type.as_deref().is_some_and(|kind| kind.starts_with("image/")) {
        Part::Image { file_id: None, url, data, media_type, detail: None }
    } else {
        Part::File { url, file_id: None, data, media_type, filename: None }
    }
}

/// Where the answer comes from: the sources that grounded it, and those it quotes at length.
fn citations(metadata: &Map<String, Value>) -> Vec<Citation> {
    let list = |field: &str, inner: &str| {
        metadata.get(field).and_then(|value| value.get(inner)).and_then(Value::as_array).into_iter().flatten()
    };
    let text = |value: Option<&Value>, names: &[&str]| {
        names.iter().find_map(|name| value?.get(*name)?.as_str()).map(str::to_owned)
    };
    let grounds = list("groundingMetadata", "groundingChunks").map(|chunk| {
        let source = ["web", "retrievedContext", "maps", "image"].iter().find_map(|kind| chunk.get(*kind));
        Citation {
            url: text(source, &["uri", "sourceUri"]),
            title: text(source, &["title"]),
            quote: text(source, &["text"]),
            raw: chunk.clone(),
        }
    });
    let quotes =
        ["citations", "citationSources"].into_iter().flat_map(|name| list("citationMetadata", name)).map(|it| {
            Citation { url: text(Some(it), &["uri"]), title: text(Some(it), &["title"]), quote: None, raw: it.clone() }
        });
    grounds.chain(quotes).collect()
}
