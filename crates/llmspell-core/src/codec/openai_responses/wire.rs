//! The JSON of a stream's events, read leniently.

use crate::codec::lenient::{Count, Lenient, Loose, Object, ignore};
use crate::json;
use serde::de::MapAccess;
use serde_json::Value;
use std::borrow::Cow;

/// One event, with the fields of all types of events.
#[derive(Debug, Default)]
pub(super) struct Event<'a> {
    pub kind: Option<Loose<'a>>,
    pub sequence_number: Count,
    pub output_index: Count,
    pub content_index: Count,
    pub summary_index: Count,
    pub item_id: Option<Loose<'a>>,
    /// A piece of a text.
    pub delta: Option<Loose<'a>>,
    /// The whole of a text, in an event that ends it.
    pub text: Option<Loose<'a>>,
    pub item: Option<Value>,
    pub part: Option<Value>,
    pub annotation: Option<Value>,
    pub response: Option<Value>,
    pub error: Option<Value>,
}

/// Reads an event. Where a text of it has a half of a character, `mended` holds the text with U+FFFD in its place.
pub(super) fn read<'a>(data: &'a str, mended: &'a mut Option<String>) -> Result<Event<'a>, String> {
    let given = json::from_wire_borrowed::<Object<Event<'a>>>(data);
    let event = match given {
        Ok(event) => event,
        Err(why) => {
            let text = json::replace_halves(data, |_| char::REPLACEMENT_CHARACTER).ok_or(why)?;
            json::from_wire_borrowed(mended.insert(text))?
        }
    };
    event.0.ok_or_else(|| "it is no object".to_owned())
}

impl<'de> Lenient<'de> for Event<'de> {
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            match name.as_str() {
                Some("type") => self.kind = fields.next_value()?,
                Some("sequence_number") => self.sequence_number = fields.next_value()?,
                Some("output_index") => self.output_index = fields.next_value()?,
                Some("content_index") => self.content_index = fields.next_value()?,
                Some("summary_index") => self.summary_index = fields.next_value()?,
                Some("item_id") => self.item_id = fields.next_value()?,
                Some("delta") => self.delta = fields.next_value()?,
                Some("text" | "refusal" | "arguments") => self.text = fields.next_value()?,
                Some("item") => self.item = fields.next_value()?,
                Some("part") => self.part = fields.next_value()?,
                Some("annotation") => self.annotation = fields.next_value()?,
                Some("response") => self.response = fields.next_value()?,
                Some("error") => self.error = fields.next_value()?,
                _ => ignore(&mut fields)?,
            }
        }
        Ok(())
    }
}

/// The text in a field, or an empty one.
pub(super) fn text<'a>(field: Option<&'a Loose<'_>>) -> &'a str {
    field.and_then(Loose::as_str).unwrap_or_default()
}

/// The body of an answer as text.
pub(super) fn utf8(body: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed)
}
