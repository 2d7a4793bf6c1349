//! The JSON of answers, read leniently: a field of an unexpected type counts as absent.

use crate::outcome::FinishReason;
use crate::usage::Usage;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;

/// A chunk of a stream, or a whole plain answer. Texts are borrowed from it where they have no escapes.
#[derive(Debug, Deserialize)]
pub(super) struct Answer<'a> {
    #[serde(borrow, default, deserialize_with = "nullable")]
    pub choices: Vec<Choice<'a>>,
    #[serde(borrow)]
    pub model: Option<Loose<'a>>,
    pub usage: Option<Value>,
    pub error: Option<Value>,
    #[serde(borrow)]
    pub object: Option<Loose<'a>>,
    pub x_groq: Option<Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Choice<'a> {
    pub index: Option<Value>,
    #[serde(borrow)]
    pub delta: Option<Delta<'a>>,
    /// The whole message: in a plain answer, and at the end of some servers' streams.
    #[serde(borrow)]
    pub message: Option<Delta<'a>>,
    #[serde(borrow)]
    pub finish_reason: Option<Loose<'a>>,
    pub usage: Option<Value>,
    pub error: Option<Value>,
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

#[derive(Debug, Deserialize)]
pub(super) struct Function<'a> {
    #[serde(borrow)]
    pub name: Option<Loose<'a>>,
    #[serde(borrow)]
    pub arguments: Option<Loose<'a>>,
}

/// A value that should be a text. (`Cow` alone is never borrowed inside an `Option`, and a `Value` never borrows.)
#[derive(Debug)]
pub(super) enum Loose<'a> {
    Text(Cow<'a, str>),
    Other(Value),
}

impl<'a> Loose<'a> {
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Loose<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Loose<'de>, E> {
                Ok(Loose::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Loose<'de>, E> {
                Ok(Loose::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_unit<E>(self) -> Result<Loose<'de>, E> {
                Ok(Loose::Other(Value::Null))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Loose<'de>, E> {
                Ok(Loose::Other(Value::Bool(value)))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Loose<'de>, E> {
                Ok(Loose::Other(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Loose<'de>, E> {
                Ok(Loose::Other(value.into()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Loose<'de>, E> {
                Ok(Loose::Other(value.into()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Loose<'de>, A::Error> {
                Value::deserialize(SeqAccessDeserializer::new(items)).map(Loose::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Loose<'de>, A::Error> {
                Value::deserialize(MapAccessDeserializer::new(fields)).map(Loose::Other)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// An object whose unknown fields are kept. (serde's `flatten` would put every field aside first.)
trait Open<'de>: Default {
    const WHAT: &'static str;

    /// Reads the value of a known field; `false` when the name is not known, and nothing was read.
    fn field<A: MapAccess<'de>>(&mut self, name: &str, fields: &mut A) -> Result<bool, A::Error>;
    fn other(&mut self) -> &mut Map<String, Value>;
}

struct Fields<T>(std::marker::PhantomData<T>);

impl<'de, T: Open<'de>> Visitor<'de> for Fields<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::WHAT)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<T, A::Error> {
        let mut object = T::default();
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            let Loose::Text(name) = name else {
                fields.next_value::<IgnoredAny>()?;
                continue;
            };
            if !object.field(&name, &mut fields)? {
                let value = fields.next_value()?;
                object.other().insert(name.into_owned(), value);
            }
        }
        Ok(object)
    }
}

impl<'de> Open<'de> for Delta<'de> {
    const WHAT: &'static str = "a message";

    fn field<A: MapAccess<'de>>(&mut self, name: &str, fields: &mut A) -> Result<bool, A::Error> {
        match name {
            "content" => self.content = fields.next_value()?,
            "refusal" => self.refusal = fields.next_value()?,
            "tool_calls" => self.tool_calls = fields.next_value::<Option<_>>()?.unwrap_or_default(),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn other(&mut self) -> &mut Map<String, Value> {
        &mut self.other
    }
}

impl<'de> Open<'de> for ToolCall<'de> {
    const WHAT: &'static str = "a tool call";

    fn field<A: MapAccess<'de>>(&mut self, name: &str, fields: &mut A) -> Result<bool, A::Error> {
        match name {
            "index" => self.index = fields.next_value()?,
            "id" => self.id = fields.next_value()?,
            "function" => self.function = fields.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn other(&mut self) -> &mut Map<String, Value> {
        &mut self.other
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Delta<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields::<Delta<'de>>(std::marker::PhantomData))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for ToolCall<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields::<ToolCall<'de>>(std::marker::PhantomData))
    }
}

fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads a usage object.
pub(super) fn usage(value: &Value) -> Option<Usage> {
    let count = |value: Option<&Value>| value.and_then(whole);
    let object = value.as_object().filter(|object| !object.is_empty())?;
    let detail = |group: &str, name: &str| count(object.get(group).and_then(|group| group.get(name)));
    let input_tokens = count(object.get("prompt_tokens")).unwrap_or(0);
    let output_tokens = count(object.get("completion_tokens")).unwrap_or(0);
    Some(Usage {
        input_tokens,
        output_tokens,
        total_tokens: count(object.get("total_tokens")).unwrap_or_else(|| input_tokens.saturating_add(output_tokens)),
        cached_tokens: detail("prompt_tokens_details", "cached_tokens")
            .or_else(|| count(object.get("prompt_cache_hit_tokens")))
            .or_else(|| count(object.get("cached_tokens")))
            .unwrap_or(0),
        reasoning_tokens: detail("completion_tokens_details", "reasoning_tokens")
            .or_else(|| count(object.get("reasoning_tokens")))
            .unwrap_or(0),
        cost: object.get("cost").and_then(Value::as_f64),
    })
}

/// A count, which some servers write as 12.0.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded just before")]
fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_f64().filter(|count| (0.0..1e15).contains(count)).map(|count| count as u64))
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
