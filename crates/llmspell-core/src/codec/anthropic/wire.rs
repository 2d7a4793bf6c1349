//! The events of a stream, read leniently.

use crate::codec::lenient::{Count, Lenient, Loose, Object, keep, object};
use crate::json;
use serde::de::{Error as _, MapAccess};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::cell::OnceCell;

/// An event of any type.
#[derive(Debug, Default)]
pub(super) struct Event<'a> {
    pub kind: Option<Loose<'a>>,
    /// The block that it is about.
    pub index: Count,
    pub delta: Option<Delta<'a>>,
    pub content_block: Option<Value>,
    pub message: Option<Value>,
    pub error: Option<Value>,
    /// Everything else: usage, and what we do not know.
    pub other: Map<String, Value>,
}

/// A piece of a block, or what is new about the message.
#[derive(Debug, Default)]
pub(super) struct Delta<'a> {
    pub kind: Option<Loose<'a>>,
    pub text: Option<Loose<'a>>,
    pub thinking: Option<Loose<'a>>,
    pub partial_json: Option<Loose<'a>>,
    pub other: Map<String, Value>,
}

/// Reads an event. Where its texts have halves of characters it is read from `mended`.
pub(super) fn read<'a>(text: &'a str, mended: &'a OnceCell<String>) -> Result<Event<'a>, String> {
    json::from_wire_borrowed(text).or_else(|why| {
        let text = json::replace_halves(text, |_| char::REPLACEMENT_CHARACTER).ok_or(why)?;
        json::from_wire_borrowed(mended.get_or_init(|| text))
    })
}

/// The text of a field that has one.
pub(super) fn text<'a>(field: &'a Option<Loose<'_>>) -> &'a str {
    field.as_ref().and_then(Loose::as_str).unwrap_or_default()
}

/// The piece of text or thinking that is all that a delta brings, if it is.
pub(super) fn only_text<'a>(delta: &'a Delta<'_>) -> Option<&'a str> {
    if !delta.other.is_empty() || delta.partial_json.is_some() {
        return None;
    }
    match (text(&delta.kind), &delta.text, &delta.thinking) {
        ("text_delta", Some(piece), None) | ("thinking_delta", None, Some(piece)) => piece.as_str(),
        _ => None,
    }
}

impl<'de> Lenient<'de> for Event<'de> {
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            match name.as_str() {
                Some("type") => self.kind = fields.next_value()?,
                Some("index") => self.index = fields.next_value()?,
                Some("delta") => self.delta = object(&mut fields)?,
                Some("content_block") => self.content_block = fields.next_value()?,
                Some("message") => self.message = fields.next_value()?,
                Some("error") => self.error = fields.next_value()?,
                _ => keep(name, &mut fields, &mut self.other)?,
            }
        }
        Ok(())
    }
}

impl<'de> Lenient<'de> for Delta<'de> {
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            match name.as_str() {
                Some("type") => self.kind = fields.next_value()?,
                Some("text") => self.text = fields.next_value()?,
                Some("thinking") => self.thinking = fields.next_value()?,
                Some("partial_json") => self.partial_json = fields.next_value()?,
                _ => keep(name, &mut fields, &mut self.other)?,
            }
        }
        Ok(())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Event<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Object(event) = Object::<Event<'de>>::deserialize(deserializer)?;
        event.ok_or_else(|| D::Error::custom("not an object"))
    }
}
