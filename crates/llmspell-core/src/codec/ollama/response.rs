//! The JSON of answers, read leniently and, where it is text, without a tree.

use crate::codec::lenient::{Count, Lenient, Loose, Object, ignore, keep, object, objects};
use crate::json;
use crate::usage::Usage;
use serde::de::{Error as _, MapAccess};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A line of a stream, or a whole plain answer.
#[derive(Debug, Default)]
pub(super) struct Line<'a> {
    pub model: Option<Loose<'a>>,
    pub message: Option<Message<'a>>,
    pub done: bool,
    pub done_reason: Option<Loose<'a>>,
    pub error: Option<Value>,
    pub input: Count,
    pub output: Count,
    /// Durations, log probabilities, and what we do not know.
    pub other: Map<String, Value>,
}

#[derive(Debug, Default)]
pub(super) struct Message<'a> {
    pub content: Option<Loose<'a>>,
    pub thinking: Option<Loose<'a>>,
    pub tool_calls: Vec<Call<'a>>,
    /// Pictures, and what we do not know.
    pub other: Map<String, Value>,
}

#[derive(Debug, Default)]
pub(super) struct Call<'a> {
    pub id: Option<Loose<'a>>,
    pub function: Map<String, Value>,
    pub other: Map<String, Value>,
}

/// Reads a line or a plain answer.
pub(super) fn read(text: &str) -> Result<Line<'_>, String> {
    json::from_wire_borrowed(text)
}

impl Line<'_> {
    /// What was used, where the line says it.
    pub(super) fn usage(&self) -> Option<Usage> {
        if self.input.0.is_none() && self.output.0.is_none() {
            return None;
        }
        let (input_tokens, output_tokens) = (self.input.0.unwrap_or(0), self.output.0.unwrap_or(0));
        let total_tokens = input_tokens.saturating_add(output_tokens);
        Some(Usage { input_tokens, output_tokens, total_tokens, ..Usage::default() })
    }
}

impl<'de> Lenient<'de> for Line<'de> {
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            match name.as_str() {
                Some("model") => self.model = fields.next_value()?,
                Some("message") => self.message = object(&mut fields)?,
                Some("done") => self.done = fields.next_value::<Value>()? == Value::Bool(true),
                Some("done_reason") => self.done_reason = fields.next_value()?,
                Some("error") => self.error = fields.next_value()?,
                Some("prompt_eval_count") => self.input = fields.next_value()?,
                Some("eval_count") => self.output = fields.next_value()?,
                Some("created_at") => ignore(&mut fields)?,
                _ => keep(name, &mut fields, &mut self.other)?,
            }
        }
        Ok(())
    }
}

impl<'de> Lenient<'de> for Message<'de> {
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            match name.as_str() {
                Some("content") => self.content = fields.next_value()?,
                Some("thinking") => self.thinking = fields.next_value()?,
                Some("tool_calls") => self.tool_calls = objects(&mut fields)?,
                Some("role") => ignore(&mut fields)?,
                _ => keep(name, &mut fields, &mut self.other)?,
            }
        }
        Ok(())
    }
}

impl<'de> Lenient<'de> for Call<'de> {
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            match name.as_str() {
                Some("id") => self.id = fields.next_value()?,
                Some("function") => {
                    if let Value::Object(function) = fields.next_value()? {
                        self.function = function;
                    }
                }
                _ => keep(name, &mut fields, &mut self.other)?,
            }
        }
        Ok(())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Line<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Object(line) = Object::<Line<'de>>::deserialize(deserializer)?;
        line.ok_or_else(|| D::Error::custom("not an object"))
    }
}

/// What a line that brings one piece of text brings, and nothing else.
pub(super) enum Only<'a> {
    Content(&'a str),
    Thinking(&'a str),
}

/// The piece that is all that a line brings, if it is.
pub(super) fn only_piece<'a>(line: &'a Line<'_>) -> Option<Only<'a>> {
    let message = line.message.as_ref()?;
    let alone = !line.done
        && line.done_reason.is_none()
        && line.error.is_none()
        && line.other.is_empty()
        && message.tool_calls.is_empty()
        && message.other.is_empty();
    let text = |text: &'a Option<Loose<'_>>| text.as_ref().and_then(Loose::as_str).unwrap_or_default();
    match (text(&message.content), text(&message.thinking)) {
        (content, "") if alone && !content.is_empty() => Some(Only::Content(content)),
        ("", thinking) if alone && !thinking.is_empty() => Some(Only::Thinking(thinking)),
        _ => None,
    }
}
