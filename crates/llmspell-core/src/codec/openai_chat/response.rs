//! The JSON of answers, read leniently.

use super::halves::{self, Marked};
use super::usage::Counted;
use crate::codec::lenient::{Lenient, Loose, Object, deserialize_leniently, ignore, keep, object, objects};
use crate::json;
use serde::de::{Error as _, MapAccess};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::cell::OnceCell;

/// A chunk of a stream, or a whole plain answer. Texts are borrowed from it where they have no escapes.
#[derive(Debug, Default)]
pub(super) struct Answer<'a> {
    pub choices: Vec<Choice<'a>>,
    pub model: Option<Loose<'a>>,
    pub usage: Counted,
    pub error: Option<Value>,
    pub object: Option<Loose<'a>>,
    pub x_groq: Groq,
    /// What is worth keeping besides.
    pub other: Map<String, Value>,
}

#[derive(Debug, Default)]
pub(super) struct Choice<'a> {
    pub index: Option<Value>,
    pub delta: Option<Delta<'a>>,
    /// The whole message: in a plain answer, and at the end of some servers' streams.
    pub message: Option<Box<Delta<'a>>>,
    pub finish_reason: Option<Loose<'a>>,
    pub usage: Counted,
    pub error: Option<Value>,
    pub logprobs: Option<Value>,
    /// What is worth keeping besides.
    pub other: Map<String, Value>,
}

/// A server's own place for what was used.
#[derive(Debug, Default)]
pub(super) struct Groq {
    pub usage: Counted,
}

/// A piece of a message, or a whole one.
#[derive(Debug, Default)]
pub(super) struct Delta<'a> {
    pub content: Option<Loose<'a>>,
    pub refusal: Option<Loose<'a>>,
    pub tool_calls: Vec<ToolCall<'a>>,
    /// Everything else: role, reasoning in its several spellings, and what we do not know.
    pub other: Map<String, Value>,
}

#[derive(Debug, Default)]
pub(super) struct ToolCall<'a> {
    pub index: Option<Value>,
    pub id: Option<Loose<'a>>,
    pub function: Option<Function<'a>>,
    pub other: Map<String, Value>,
}

#[derive(Debug, Default)]
pub(super) struct Function<'a> {
    pub name: Option<Loose<'a>>,
    pub arguments: Option<Loose<'a>>,
}

/// Reads a chunk or a plain answer. Where its texts have halves of characters, it is read from `marked`, which then holds
/// it with [`halves`] marked.
pub(super) fn read<'a>(text: &'a str, marked: &'a OnceCell<Marked>) -> Result<Answer<'a>, String> {
    json::from_wire_borrowed(text).or_else(|why| {
        let text = halves::mark(text).ok_or(why)?;
        json::from_wire_borrowed(&marked.get_or_init(|| text).text)
    })
}

impl<'de> Lenient<'de> for Answer<'de> {
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            match name.as_str() {
                Some("choices") => self.choices = objects(&mut fields)?,
                Some("model") => self.model = fields.next_value()?,
                Some("usage") => self.usage = fields.next_value()?,
                Some("error") => self.error = fields.next_value()?,
                Some("object") => self.object = fields.next_value()?,
                Some("x_groq") => self.x_groq = fields.next_value()?,
                // Each answer has its own, or padding against eavesdroppers.
                Some("id" | "created" | "obfuscation") => ignore(&mut fields)?,
                _ => keep(name, &mut fields, &mut self.other)?,
            }
        }
        Ok(())
    }
}

impl<'de> Lenient<'de> for Choice<'de> {
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            match name.as_str() {
                Some("index") => self.index = fields.next_value()?,
                Some("delta") => self.delta = object(&mut fields)?,
                Some("message") => self.message = object(&mut fields)?.map(Box::new),
                Some("finish_reason") => self.finish_reason = fields.next_value()?,
                Some("usage") => self.usage = fields.next_value()?,
                Some("error") => self.error = fields.next_value()?,
                Some("logprobs") => self.logprobs = fields.next_value()?,
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
                Some("content") => self.content = fields.next_value()?,
                Some("refusal") => self.refusal = fields.next_value()?,
                Some("tool_calls") => self.tool_calls = objects(&mut fields)?,
                _ => keep(name, &mut fields, &mut self.other)?,
            }
        }
        Ok(())
    }
}

impl<'de> Lenient<'de> for ToolCall<'de> {
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            match name.as_str() {
                Some("index") => self.index = fields.next_value()?,
                Some("id") => self.id = fields.next_value()?,
                Some("function") => self.function = object(&mut fields)?,
                _ => keep(name, &mut fields, &mut self.other)?,
            }
        }
        Ok(())
    }
}

impl<'de> Lenient<'de> for Function<'de> {
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            match name.as_str() {
                Some("name") => self.name = fields.next_value()?,
                Some("arguments") => self.arguments = fields.next_value()?,
                _ => ignore(&mut fields)?,
            }
        }
        Ok(())
    }
}

impl<'de> Lenient<'de> for Groq {
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            if name.as_str() == Some("usage") {
                self.usage = fields.next_value()?;
            } else {
                ignore(&mut fields)?;
            }
        }
        Ok(())
    }
}

deserialize_leniently!(Groq);

impl<'de: 'a, 'a> Deserialize<'de> for Answer<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Object(answer) = Object::<Answer<'de>>::deserialize(deserializer)?;
        answer.ok_or_else(|| D::Error::custom("not an object"))
    }
}
