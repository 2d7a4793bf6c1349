//! The JSON of answers, read leniently: a field of an unexpected type counts as absent.

use crate::outcome::FinishReason;
use crate::usage::Usage;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
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
    #[serde(default)]
    pub usage: Counted,
    pub error: Option<Value>,
    #[serde(borrow)]
    pub object: Option<Loose<'a>>,
    #[serde(default)]
    pub x_groq: Groq,
}

#[derive(Debug, Deserialize)]
pub(super) struct Choice<'a> {
    pub index: Option<Value>,
    #[serde(borrow)]
    pub delta: Option<Delta<'a>>,
    /// The whole message: in a plain answer, and at the end of some servers' streams.
    #[serde(borrow)]
    pub message: Option<Box<Delta<'a>>>,
    #[serde(borrow)]
    pub finish_reason: Option<Loose<'a>>,
    #[serde(default)]
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

/// What an answer says that it used.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// Whether there is a value, and not null.
    pub given: bool,
    /// `None` when the value says nothing.
    pub usage: Option<Usage>,
}

/// The fields of a usage object, in the spellings of several servers.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
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
        }
    }
}

/// A number of tokens; `None` for anything else.
#[derive(Debug, Default)]
struct Count(Option<u64>);

/// An amount of money; `None` for anything else.
#[derive(Debug, Default)]
struct Cost(Option<f64>);

#[derive(Debug, Default)]
struct Details {
    cached: Option<u64>,
    reasoning: Option<u64>,
}

/// A value of any type, told to one of the four: what a type has no use for is passed over.
trait Lenient<'de>: Default {
    fn given(&mut self) {}
    fn integer(&mut self, _: u64) {}
    fn number(&mut self, _: f64) {}
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

impl Lenient<'_> for Count {
    fn integer(&mut self, value: u64) {
        self.0 = Some(value);
    }

    /// Some servers write a count as 12.0.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded just before")]
    fn number(&mut self, value: f64) {
        self.0 = Some(value).filter(|count| (0.0..1e15).contains(count)).map(|count| count as u64);
    }
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
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

impl<'de> Lenient<'de> for Counted {
    fn given(&mut self) {
        self.given = true;
    }

    fn fields<A: MapAccess<'de>>(&mut self, fields: A) -> Result<(), A::Error> {
        let mut any = false;
        let counts = Counts::deserialize(MapAccessDeserializer::new(Noticed { fields, any: &mut any }))?;
        self.usage = any.then(|| counts.usage());
        Ok(())
    }
}

/// Fields, and whether there was one: an empty usage object says nothing.
struct Noticed<'a, A> {
    fields: A,
    any: &'a mut bool,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Noticed<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let key = self.fields.next_key_seed(seed)?;
        *self.any |= key.is_some();
        Ok(key)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.fields.next_value_seed(seed)
    }
}

struct Told<T>(T);

impl<'de, T: Lenient<'de>> Visitor<'de> for Told<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(self.0)
    }

    fn visit_bool<E>(mut self, _: bool) -> Result<T, E> {
        self.0.given();
        Ok(self.0)
    }

    fn visit_str<E>(mut self, _: &str) -> Result<T, E> {
        self.0.given();
        Ok(self.0)
    }

    fn visit_i64<E>(mut self, value: i64) -> Result<T, E> {
        self.0.given();
        match u64::try_from(value) {
            Ok(value) => self.0.integer(value),
            Err(_) => self.0.number(value as f64),
        }
        Ok(self.0)
    }

    fn visit_u64<E>(mut self, value: u64) -> Result<T, E> {
        self.0.given();
        self.0.integer(value);
        Ok(self.0)
    }

    fn visit_f64<E>(mut self, value: f64) -> Result<T, E> {
        self.0.given();
        self.0.number(value);
        Ok(self.0)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<T, A::Error> {
        self.0.given();
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(self.0)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, fields: A) -> Result<T, A::Error> {
        self.0.given();
        self.0.fields(fields)?;
        Ok(self.0)
    }
}

macro_rules! deserialize_leniently {
    ($($name:ident),*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Told(Self::default()))
            }
        }
    )*};
}

deserialize_leniently!(Count, Cost, Details, Counted, Groq);

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
