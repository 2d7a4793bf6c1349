//! The JSON of answers, read leniently and, where it is text, without a tree.

use crate::codec::lenient::{Count, Lenient, Loose, Object, deserialize_leniently, ignore, keep, object, objects};
use crate::json;
use crate::usage::Usage;
use serde::de::{Error as _, MapAccess, SeqAccess};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A `GenerateContentResponse`: an event of a stream, or a whole plain answer.
#[derive(Debug, Default)]
pub(super) struct Answer<'a> {
    pub candidates: Vec<Candidate<'a>>,
    pub prompt_feedback: Option<Value>,
    pub usage: Used,
    pub model_version: Option<Loose<'a>>,
    pub response_id: Option<Loose<'a>>,
    pub error: Option<Value>,
    pub other: Map<String, Value>,
}

/// One of the answers; the first counts.
#[derive(Debug, Default)]
pub(super) struct Candidate<'a> {
    pub index: Count,
    pub content: Option<Content<'a>>,
    pub finish_reason: Option<Loose<'a>>,
    pub finish_message: Option<Loose<'a>>,
    /// Citations, grounding, log probabilities, ratings, and what we do not know.
    pub other: Map<String, Value>,
}

#[derive(Debug, Default)]
pub(super) struct Content<'a> {
    pub parts: Vec<Part<'a>>,
}

/// A part of the content: its text, and its other fields as they came.
#[derive(Debug, Default)]
pub(super) struct Part<'a> {
    pub text: Option<Loose<'a>>,
    pub other: Map<String, Value>,
}

/// Reads an event or a plain answer.
pub(super) fn read(text: &str) -> Result<Answer<'_>, String> {
    json::from_wire_borrowed(text)
}

/// A text with whole characters, where [`read`] found a half of one.
pub(super) fn mended(text: &str) -> Option<String> {
    json::replace_halves(text, |_| char::REPLACEMENT_CHARACTER)
}

impl<'de> Lenient<'de> for Answer<'de> {
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            match name.as_str() {
                Some("candidates") => self.candidates = objects(&mut fields)?,
                Some("promptFeedback") => self.prompt_feedback = fields.next_value()?,
                Some("usageMetadata") => self.usage = fields.next_value()?,
                Some("modelVersion") => self.model_version = fields.next_value()?,
                Some("responseId") => self.response_id = fields.next_value()?,
                Some("error") => self.error = fields.next_value()?,
                Some("createTime") => ignore(&mut fields)?,
                _ => keep(name, &mut fields, &mut self.other)?,
            }
        }
        Ok(())
    }
}

impl<'de> Lenient<'de> for Candidate<'de> {
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            match name.as_str() {
                Some("index") => self.index = fields.next_value()?,
                Some("content") => self.content = object(&mut fields)?,
                Some("finishReason") => self.finish_reason = fields.next_value()?,
                Some("finishMessage") => self.finish_message = fields.next_value()?,
                _ => keep(name, &mut fields, &mut self.other)?,
            }
        }
        Ok(())
    }
}

impl<'de> Lenient<'de> for Content<'de> {
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            match name.as_str() {
                Some("parts") => self.parts = objects(&mut fields)?,
                _ => ignore(&mut fields)?,
            }
        }
        Ok(())
    }
}

impl<'de> Lenient<'de> for Part<'de> {
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            match name.as_str() {
                Some("text") => self.text = fields.next_value()?,
                _ => keep(name, &mut fields, &mut self.other)?,
            }
        }
        Ok(())
    }
}

/// What was used; `None` where the answer does not say.
#[derive(Debug, Default)]
pub(super) struct Used(pub Option<Usage>);

/// The fields of `usageMetadata`.
#[derive(Debug, Default)]
struct Counts {
    prompt: Count,
    cached: Count,
    candidates: Count,
    thoughts: Count,
    tool_use: Count,
    total: Count,
    sound_in: Sound,
    sound_out: Sound,
}

impl Counts {
    fn usage(&self) -> Usage {
        let count = |count: &Count| count.0.unwrap_or(0);
        // Prompt and tool use, like candidates and thoughts, are counted apart.
        let input_tokens = count(&self.prompt).saturating_add(count(&self.tool_use));
        let output_tokens = count(&self.candidates).saturating_add(count(&self.thoughts));
        Usage {
            input_tokens,
            output_tokens,
            total_tokens: self.total.0.unwrap_or_else(|| input_tokens.saturating_add(output_tokens)),
            cached_tokens: count(&self.cached),
            reasoning_tokens: count(&self.thoughts),
            input_audio_tokens: self.sound_in.0,
            output_audio_tokens: self.sound_out.0,
            ..Usage::default()
        }
    }
}

impl<'de> Lenient<'de> for Used {
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        let mut counts = Counts::default();
        let mut any = false;
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            let count = match name.as_str() {
                Some("promptTokenCount") => &mut counts.prompt,
                Some("cachedContentTokenCount") => &mut counts.cached,
                Some("candidatesTokenCount" | "responseTokenCount") => &mut counts.candidates,
                Some("thoughtsTokenCount") => &mut counts.thoughts,
                Some("toolUsePromptTokenCount") => &mut counts.tool_use,
                Some("totalTokenCount") => &mut counts.total,
                Some("promptTokensDetails") => {
                    counts.sound_in = fields.next_value()?;
                    continue;
                }
                Some("candidatesTokensDetails" | "responseTokensDetails") => {
                    counts.sound_out = fields.next_value()?;
                    continue;
                }
                _ => {
                    ignore(&mut fields)?;
                    continue;
                }
            };
            *count = fields.next_value()?;
            any |= count.0.is_some();
        }
        self.0 = any.then(|| counts.usage());
        Ok(())
    }
}

/// Tokens that were sound, from a list of counts by modality.
#[derive(Debug, Default)]
struct Sound(u64);

impl<'de> Lenient<'de> for Sound {
    fn items<A: SeqAccess<'de>>(&mut self, mut items: A) -> Result<(), A::Error> {
        while let Some(Object(item)) = items.next_element::<Object<Modality>>()? {
            if let Some(Modality { is_sound: true, tokens: Count(Some(tokens)) }) = item {
                self.0 = self.0.saturating_add(tokens);
            }
        }
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Modality {
    is_sound: bool,
    tokens: Count,
}

impl<'de> Lenient<'de> for Modality {
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            match name.as_str() {
                Some("modality") => self.is_sound = fields.next_value::<Loose<'de>>()?.as_str() == Some("AUDIO"),
                Some("tokenCount") => self.tokens = fields.next_value()?,
                _ => ignore(&mut fields)?,
            }
        }
        Ok(())
    }
}

deserialize_leniently!(Used, Sound);

impl<'de: 'a, 'a> Deserialize<'de> for Answer<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Object(answer) = Object::<Answer<'de>>::deserialize(deserializer)?;
        answer.ok_or_else(|| D::Error::custom("not an object"))
    }
}

impl<'a> Candidate<'a> {
    /// Whether it is the answer that counts; the first has index 0, or none.
    pub(super) fn is_first(&self) -> bool {
        self.index.0.unwrap_or(0) == 0
    }
}

/// What an event that brings one piece of text brings, and nothing but it and counts.
pub(super) enum Only<'a> {
    Text(&'a str),
    Thought(&'a str),
}

/// The piece that is all that an event brings, if it is.
pub(super) fn only_piece<'a>(answer: &'a Answer<'_>) -> Option<Only<'a>> {
    let [candidate] = answer.candidates.as_slice() else { return None };
    let [part] = candidate.content.as_ref()?.parts.as_slice() else { return None };
    let alone = candidate.is_first()
        && candidate.finish_reason.is_none()
        && candidate.finish_message.is_none()
        && candidate.other.is_empty()
        && answer.prompt_feedback.is_none()
        && answer.error.is_none()
        && answer.other.is_empty();
    let text = part.text.as_ref().filter(|_| alone)?.as_str()?;
    match (part.other.len(), part.other.get("thought")) {
        (0, _) | (1, Some(Value::Bool(false))) => Some(Only::Text(text)),
        (1, Some(Value::Bool(true))) => Some(Only::Thought(text)),
        _ => None,
    }
}
