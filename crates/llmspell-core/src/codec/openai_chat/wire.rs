//! The JSON of answers, read leniently.

use super::halves::{self, Marked};
use crate::codec::lenient::{Count, Lenient, Loose, Object, deserialize_leniently, ignore, keep, object, objects};
use crate::json;
use crate::outcome::FinishReason;
use crate::usage::Usage;
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
                _ => ignore(&mut fields)?,
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
                _ => ignore(&mut fields)?,
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

/// What an answer says that it used.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// Whether there is a value, and not null.
    pub given: bool,
    /// `None` when the value says nothing.
    pub usage: Option<Usage>,
}

/// The fields of a usage object, in the spellings of several servers.
#[derive(Debug, Default)]
struct Counts {
    prompt_tokens: Count,
    completion_tokens: Count,
    total_tokens: Count,
    prompt_tokens_details: Details,
    completion_tokens_details: Details,
    prompt_cache_hit_tokens: Count,
    cached_tokens: Count,
    reasoning_tokens: Count,
    cost: Cost,
}

impl Counts {
    fn usage(self) -> Usage {
        let input_tokens = self.prompt_tokens.0.unwrap_or(0);
        let output_tokens = self.completion_tokens.0.unwrap_or(0);
        Usage {
            input_tokens,
            output_tokens,
            total_tokens: self.total_tokens.0.unwrap_or_else(|| input_tokens.saturating_add(output_tokens)),
            cached_tokens: self
                .prompt_tokens_details
                .cached
                .or(self.prompt_cache_hit_tokens.0)
                .or(self.cached_tokens.0)
                .unwrap_or(0),
            reasoning_tokens: self.completion_tokens_details.reasoning.or(self.reasoning_tokens.0).unwrap_or(0),
            cost: self.cost.0,
            ..Usage::default()
        }
    }
}

/// An amount of money; `None` for anything else.
#[derive(Debug, Default)]
struct Cost(Option<f64>);

#[derive(Debug, Default)]
struct Details {
    cached: Option<u64>,
    reasoning: Option<u64>,
}

impl Lenient<'_> for Cost {
    fn integer(&mut self, value: u64) {
        self.0 = Some(value as f64);
    }

    fn number(&mut self, value: f64) {
        self.0 = Some(value);
    }
}

impl<'de> Lenient<'de> for Details {
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            let Count(count) = fields.next_value()?;
            match name.as_str() {
                Some("cached_tokens") => self.cached = count,
                Some("reasoning_tokens") => self.reasoning = count,
                _ => {}
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

impl<'de> Lenient<'de> for Counted {
    fn given(&mut self) {
        self.given = true;
    }

    /// An empty object says nothing.
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        let mut counts: Option<Counts> = None;
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            let counts = counts.get_or_insert_default();
            match name.as_str() {
                Some("prompt_tokens") => counts.prompt_tokens = fields.next_value()?,
                Some("completion_tokens") => counts.completion_tokens = fields.next_value()?,
                Some("total_tokens") => counts.total_tokens = fields.next_value()?,
                Some("prompt_tokens_details") => counts.prompt_tokens_details = fields.next_value()?,
                Some("completion_tokens_details") => counts.completion_tokens_details = fields.next_value()?,
                Some("prompt_cache_hit_tokens") => counts.prompt_cache_hit_tokens = fields.next_value()?,
                Some("cached_tokens") => counts.cached_tokens = fields.next_value()?,
                Some("reasoning_tokens") => counts.reasoning_tokens = fields.next_value()?,
                Some("cost") => counts.cost = fields.next_value()?,
                _ => ignore(&mut fields)?,
            }
        }
        self.usage = counts.map(Counts::usage);
        Ok(())
    }
}

deserialize_leniently!(Cost, Details, Counted, Groq);

impl<'de: 'a, 'a> Deserialize<'de> for Answer<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Object(answer) = Object::<Answer<'de>>::deserialize(deserializer)?;
        answer.ok_or_else(|| D::Error::custom("not an object"))
    }
}

/// Reads a finish reason.
pub(super) fn finish_reason(name: &str) -> FinishReason {
    match name {
        "stop" | "eos" | "eos_token" | "end_turn" | "stop_sequence" => FinishReason::Stop,
        "length" | "max_tokens" | "model_length" => FinishReason::Length,
        "tool_calls" | "function_call" | "tool_use" => FinishReason::ToolCalls,
        "content_filter" => FinishReason::ContentFilter,
        _ => FinishReason::Other,
    }
}
