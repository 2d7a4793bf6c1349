//! An item of the output while it comes in: as it was announced, its texts in pieces, and as it ended.

use crate::codec::Delta;
use crate::codec::calls::{Ids, fresh_id};
use crate::codec::limits::{Size, too_large, too_many_calls, too_many_parts};
use crate::defaults;
use crate::error::Error;
use serde_json::{Map, Value, json};

/// A text of an item that comes in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// `content[n].text`
    Text,
    /// `content[n].refusal`
    Refusal,
    /// `summary[n].text`
    Summary,
    /// `content[n].text` of reasoning
    Reasoning,
    /// `arguments`
    Arguments,
}

#[derive(Debug)]
struct Text {
    field: Field,
    index: u64,
    so_far: String,
    annotations: Vec<Value>,
}

/// An item of the output.
#[derive(Debug)]
pub(super) struct OutputItem {
    pub index: Option<u64>,
    /// As it was announced, or as it ended.
    value: Value,
    has_ended: bool,
    texts: Vec<Text>,
    /// Id and name under which the call was announced to the host.
    pub call: Option<(String, String)>,
}

/// The type of an item.
pub(super) fn kind(item: &Value) -> &str {
    str_of(item, "type")
}

/// The text in a field, or an empty one.
pub(super) fn str_of<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The list in a field, or an empty one.
pub(super) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// What lies between two parts of reasoning.
pub(super) const BETWEEN: &str = "\n\n";

/// What limits and names the texts of an answer.
#[derive(Debug)]
pub(super) struct Bounds {
    /// Makes the ids of calls that come without one.
    pub seed: u64,
    pub size: Size,
    /// Ids of the calls announced.
    pub ids: Ids,
    /// Items, and texts in them.
    pub parts: usize,
}

impl Bounds {
    pub(super) fn add_part(&mut self) -> Result<(), Error> {
        self.parts += 1;
        if self.parts > defaults::PARTS_PER_TURN { Err(too_many_parts()) } else { Ok(()) }
    }
}

impl OutputItem {
    pub(super) const fn new(index: Option<u64>, value: Value) -> Self {
        Self { index, value, has_ended: false, texts: Vec::new(), call: None }
    }

    pub(super) fn id(&self) -> &str {
        str_of(&self.value, "id")
    }

    pub(super) fn kind(&self) -> &str {
        kind(&self.value)
    }

    pub(super) const fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Announces a call as soon as its name is known, or when it `ends` without one.
    pub(super) fn announce(&mut self, ends: bool, bounds: &mut Bounds, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let name = str_of(&self.value, "name");
        if self.call.is_some() || self.kind() != "function_call" || (name.is_empty() && !ends) {
            return Ok(());
        }
        let own = [str_of(&self.value, "call_id"), self.id()].into_iter().find(|id| !id.is_empty());
        let is_long = name.len().max(own.map_or(0, str::len)) > defaults::CALL_NAME_BYTES;
        if is_long || bounds.ids.len() >= defaults::CALLS_PER_TURN {
            return Err(too_many_calls());
        }
        let (seed, place) = (bounds.seed, bounds.ids.len());
        let id = bounds.ids.give(own, || fresh_id(seed, place));
        let name = name.to_owned();
        let begun = self.texts.first().map(|text| text.so_far.clone()).unwrap_or_default();
        deltas.push(Delta::ToolCall { id: id.clone(), name: name.clone(), arguments: begun });
        self.call = Some((id, name));
        Ok(())
    }

    /// Takes a piece of a text.
    pub(super) fn push(
        &mut self,
        field: Field,
        index: u64,
        piece: &str,
        bounds: &mut Bounds,
        deltas: &mut Vec<Delta>,
    ) -> Result<(), Error> {
        if piece.is_empty() || self.has_ended {
            return Ok(());
        }
        self.extend(field, index, piece, bounds, deltas)
    }

    fn extend(
        &mut self,
        field: Field,
        index: u64,
        piece: &str,
        bounds: &mut Bounds,
        deltas: &mut Vec<Delta>,
    ) -> Result<(), Error> {
        bounds.size.grow(piece.len())?;
        let is_next =
            self.texts.iter().any(|text| text.field == field && text.index < index && !text.so_far.is_empty());
        let text = self.text(field, index, bounds)?;
        let opens = text.so_far.is_empty();
        text.so_far.push_str(piece);
        match field {
            Field::Text | Field::Refusal => deltas.push(Delta::Text(piece.to_owned())),
            Field::Summary | Field::Reasoning if !self.shows(field) => {}
            Field::Summary | Field::Reasoning => {
                let between = if is_next && opens { BETWEEN } else { "" };
                deltas.push(Delta::Reasoning(format!("{between}{piece}")));
            }
            Field::Arguments => {
                if let Some((id, name)) = &self.call {
                    deltas.push(Delta::ToolCall { id: id.clone(), name: name.clone(), arguments: piece.to_owned() });
                }
            }
        }
        Ok(())
    }

    /// Reasoning may come twice, in full and as a summary: the one that came first is shown.
    fn shows(&self, field: Field) -> bool {
        self.texts
            .iter()
            .find(|text| matches!(text.field, Field::Summary | Field::Reasoning))
            .is_none_or(|it| it.field == field)
    }

    fn text(&mut self, field: Field, index: u64, bounds: &mut Bounds) -> Result<&mut Text, Error> {
        // Nearly every piece goes on with the latest text.
        let at = self.texts.iter().rposition(|text| text.field == field && text.index == index);
        let at = match at {
            Some(at) => at,
            None => {
                bounds.add_part()?;
                self.texts.push(Text { field, index, so_far: String::new(), annotations: Vec::new() });
                self.texts.len() - 1
            }
        };
        self.texts.get_mut(at).ok_or_else(too_large)
    }

    /// Takes a whole text: what of it did not come in pieces comes now.
    pub(super) fn complete(
        &mut self,
        field: Field,
        index: u64,
        whole: &str,
        bounds: &mut Bounds,
        deltas: &mut Vec<Delta>,
    ) -> Result<(), Error> {
        if whole.is_empty() {
            return Ok(());
        }
        let rest = whole.strip_prefix(&*self.text(field, index, bounds)?.so_far).unwrap_or_default().to_owned();
        if rest.is_empty() { Ok(()) } else { self.extend(field, index, &rest, bounds, deltas) }
    }

    /// Takes a source of what was said.
    pub(super) fn annotate(&mut self, index: u64, annotation: Value, bounds: &mut Bounds) -> Result<(), Error> {
        bounds.size.grow(crate::json::weight(&annotation))?;
        self.text(Field::Text, index, bounds)?.annotations.push(annotation);
        Ok(())
    }

    /// Takes the item as it ended.
    pub(super) fn end(&mut self, value: Value, bounds: &mut Bounds, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        if !value.is_object() {
            return Ok(());
        }
        self.value = value;
        self.announce(true, bounds, deltas)?;
        for (field, index, whole) in texts_of(&self.value) {
            self.complete(field, index, &whole, bounds, deltas)?;
        }
        self.has_ended = true;
        Ok(())
    }

    /// The item as the provider would have it: what came in pieces stands in it, if it was not sent whole.
    pub(super) fn into_value(self) -> Value {
        let Self { mut value, has_ended, texts, call, .. } = self;
        let Some(fields) = value.as_object_mut() else { return value };
        if !has_ended {
            for text in texts {
                put(fields, text);
            }
        }
        // The host knows the call under the id that came first.
        if let Some((id, _)) = call {
            fields.insert("call_id".to_owned(), json!(id));
            fields.entry("arguments").or_insert_with(|| json!(""));
        }
        value
    }
}

/// The texts of a whole item.
fn texts_of(item: &Value) -> Vec<(Field, u64, String)> {
    let numbered = |field: Field, parts: &[Value], name: &'static str| -> Vec<(Field, u64, String)> {
        let text = |(index, part)| (field, index, str_of(part, name).to_owned());
        (0_u64..).zip(parts).map(text).filter(|(_, _, text)| !text.is_empty()).collect()
    };
    match kind(item) {
        "message" => (0_u64..)
            .zip(list(item, "content"))
            .map(|(index, part)| match kind(part) {
                "refusal" => (Field::Refusal, index, str_of(part, "refusal").to_owned()),
                _ => (Field::Text, index, str_of(part, "text").to_owned()),
            })
            .filter(|(_, _, text)| !text.is_empty())
            .collect(),
        "reasoning" => {
            let full = numbered(Field::Reasoning, list(item, "content"), "text");
            if full.is_empty() { numbered(Field::Summary, list(item, "summary"), "text") } else { full }
        }
        "function_call" => vec![(Field::Arguments, 0, arguments(item))],
        _ => Vec::new(),
    }
}

/// The arguments of a call as text; some servers send a value.
pub(super) fn arguments(item: &Value) -> String {
    match item.get("arguments") {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => String::new(),
        Some(value) => value.to_string(),
    }
}

/// Puts a text that came in pieces into its item.
fn put(item: &mut Map<String, Value>, text: Text) {
    let Text { field, index, so_far, annotations } = text;
    let (list, part) = match field {
        Field::Arguments => {
            item.insert("arguments".to_owned(), json!(so_far));
            return;
        }
        Field::Text => ("content", json!({"type": "output_text", "text": so_far, "annotations": annotations})),
        Field::Refusal => ("content", json!({"type": "refusal", "refusal": so_far})),
        Field::Summary => ("summary", json!({"type": "summary_text", "text": so_far})),
        Field::Reasoning => ("content", json!({"type": "reasoning_text", "text": so_far})),
    };
    let parts = item.entry(list).or_insert_with(|| json!([]));
    if !parts.is_array() {
        *parts = json!([]);
    }
    let Some(parts) = parts.as_array_mut() else { return };
    match usize::try_from(index).ok().and_then(|at| parts.get_mut(at)) {
        Some(there) => *there = part,
        None => parts.push(part),
    }
}
